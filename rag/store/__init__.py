"""The truth of one collection: documents, texts, chunks and vectors in one SQLite file. All else is derived from it."""

from rag.store.filters import Where, read_filter
from rag.store.notes import require_metadata
from rag.store.reading import Changes
from rag.store.store import CANARY_TEXT, Store
from rag.store.writing import Writer

__all__ = ["CANARY_TEXT", "Changes", "Store", "Where", "Writer", "read_filter", "require_metadata"]
