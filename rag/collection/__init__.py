"""The face: a collection of documents that can be ingested, searched and asked."""

from rag.collection.exporting import export_collection
from rag.collection.face import Collection, Where
from rag.collection.folders import list_collections
from rag.collection.importing import import_collection
from rag.collection.library import (
    CollectionSummary,
    check_history,
    create_collection,
    delete_collection,
    describe_collection,
    describe_collections,
)
from rag.collection.workers import close_verifier, load_embedder, make_drafter, make_verifier

__all__ = [
    "Collection",
    "CollectionSummary",
    "Where",
    "check_history",
    "close_verifier",
    "create_collection",
    "delete_collection",
    "describe_collection",
    "describe_collections",
    "export_collection",
    "import_collection",
    "list_collections",
    "load_embedder",
    "make_drafter",
    "make_verifier",
]
