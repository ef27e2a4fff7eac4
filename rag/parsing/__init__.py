"""Files -> documents within limits: reading runs in processes of its own, which may crash, hang or be flooded."""

from rag.parsing.ordered import in_order
from rag.parsing.parsers import Parsers
from rag.parsing.process import Limits

__all__ = ["Limits", "Parsers", "in_order"]
