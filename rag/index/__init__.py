"""FAISS and Tantivy: immutable search snapshots, built from rows handed in (`IndexRow`), thrown away without loss.

A `Snapshot` shows one generation of the store. `Snapshot.updated` makes the next one, and leaves the old one as it is.
"""

from rag.index.cache import open_cached, remove_saved, save
from rag.index.snapshot import Snapshot, build

__all__ = ["Snapshot", "build", "open_cached", "remove_saved", "save"]
