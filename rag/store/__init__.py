"""The truth of one collection: documents, texts, chunks and vectors in one SQLite file. All else is derived from it."""

from rag.store.filters import Where, select
from rag.store.lock import INGEST_LOCK, locked
from rag.store.notes import require_metadata
from rag.store.originals import hash_of, is_hash
from rag.store.reading import Changes
from rag.store.schema import DATABASE_FILE, SCHEMA_VERSION, subject_of
from rag.store.shapes import UNREADABLE, TextLimits
from rag.store.store import CANARY_TEXT, CHANGE_TIMEOUT_S, LOCK_TIMEOUT_S, Store
from rag.store.writing import Writer

__all__ = [
    "CANARY_TEXT",
    "CHANGE_TIMEOUT_S",
    "DATABASE_FILE",
    "INGEST_LOCK",
    "LOCK_TIMEOUT_S",
    "SCHEMA_VERSION",
    "UNREADABLE",
    "Changes",
    "Store",
    "TextLimits",
    "Where",
    "Writer",
    "hash_of",
    "is_hash",
    "locked",
    "require_metadata",
    "select",
    "subject_of",
]
