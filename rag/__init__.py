"""Vouch: answers from your own documents, every sentence cited and checked.

Names are loaded when first used, so that importing `rag` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

EXPORTS = {
    "Answer": "rag.types",
    "Answered": "rag.types",
    "Citation": "rag.types",
    "Claim": "rag.types",
    "Collection": "rag.collection",
    "Passage": "rag.types",
    "Released": "rag.types",
    "Retrieved": "rag.types",
    "Settings": "rag.config",
    "Turn": "rag.types",
    "Verdict": "rag.types",
    "errors": "rag.errors",
    "wire": "rag.wire",
}

__all__ = sorted(EXPORTS)

if TYPE_CHECKING:
    from rag import errors, wire
    from rag.collection import Collection
    from rag.config import Settings
    from rag.types import Answer, Answered, Citation, Claim, Passage, Released, Retrieved, Turn, Verdict


def __getattr__(name: str) -> object:
    """Load an exported name (PEP 562)."""
    if name not in EXPORTS:
        raise AttributeError(f"module 'rag' has no attribute '{name}'")
    module = importlib.import_module(EXPORTS[name])
    return module if EXPORTS[name].removeprefix("rag.") == name else getattr(module, name)
