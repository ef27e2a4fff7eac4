"""Questions made from a person's own documents, with the places that answer them, for that person to review."""

from rag.sampling.drafting import Wish, draft_samples
from rag.sampling.samples import DROPPED, EDITED, KEPT, TODO, as_rows, dump_rows, read_rows, write_rows

__all__ = [
    "DROPPED", "EDITED", "KEPT", "TODO", "Wish", "as_rows", "draft_samples", "dump_rows", "read_rows", "write_rows",
]  # fmt: skip
