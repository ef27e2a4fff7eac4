"""The face: a collection of documents that can be ingested, searched and asked."""

from rag.collection.face import Collection, Where
from rag.collection.folders import list_collections
from rag.collection.workers import close_verifier, load_embedder, make_drafter, make_verifier

__all__ = [
    "Collection",
    "Where",
    "close_verifier",
    "list_collections",
    "load_embedder",
    "make_drafter",
    "make_verifier",
]
