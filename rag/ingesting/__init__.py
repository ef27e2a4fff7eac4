"""Files -> committed documents: read in processes of their own, split, embedded in slices, committed once done."""

from rag.ingesting.account import Progress
from rag.ingesting.embedding import SLICE_CHUNKS
from rag.ingesting.ingest import Ingest
from rag.parsing import Limits

__all__ = ["SLICE_CHUNKS", "Ingest", "Limits", "Progress"]
