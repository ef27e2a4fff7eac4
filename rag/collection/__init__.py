"""The face: a collection of documents that can be ingested, searched and asked."""

from rag.collection.face import Collection, Where
from rag.collection.folders import list_collections
from rag.collection.workers import load_embedder, make_drafter

__all__ = ["Collection", "Where", "list_collections", "load_embedder", "make_drafter"]
