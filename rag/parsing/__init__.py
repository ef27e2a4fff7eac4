"""Files -> documents within limits: reading runs in processes of its own, which may crash, hang or be flooded."""

from rag.parsing.ordered import WAIT_S, in_order
from rag.parsing.parsers import Parsers
from rag.parsing.process import Limits

__all__ = ["WAIT_S", "Limits", "Parsers", "in_order"]
