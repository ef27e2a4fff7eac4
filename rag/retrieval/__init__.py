"""Question -> passages: dense and lexical search, fused, copies folded, neighbours joined."""

from rag.retrieval.fusion import dense_weight, fuse
from rag.retrieval.named import DocumentNames
from rag.retrieval.search import CANDIDATES, Retrieval, retrieve
from rag.retrieval.texts import DocumentTexts, PassageSource

__all__ = [
    "CANDIDATES",
    "DocumentNames",
    "DocumentTexts",
    "PassageSource",
    "Retrieval",
    "dense_weight",
    "fuse",
    "retrieve",
]
