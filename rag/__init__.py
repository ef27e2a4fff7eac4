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
    "CollectionSummary": "rag.collection.library",
    "DocumentRecord": "rag.types",
    "Event": "rag.types",
    "GivenPassage": "rag.checking",
    "IngestNotes": "rag.collection.staging",
    "IngestReport": "rag.types",
    "Locator": "rag.types",
    "Original": "rag.types",
    "PagePicture": "rag.reading.pdf",
    "Passage": "rag.types",
    "Progress": "rag.ingesting",
    "Refusal": "rag.types",
    "Released": "rag.types",
    "Report": "rag.evaluation",
    "Retrieved": "rag.types",
    "Settings": "rag.config",
    "Staging": "rag.collection.staging",
    "SupportCheck": "rag.checking",
    "Turn": "rag.types",
    "Verdict": "rag.types",
    "can_draw": "rag.collection.pictures",
    "create_collection": "rag.collection.library",
    "delete_collection": "rag.collection.library",
    "describe": "rag.types.places",
    "describe_collection": "rag.collection.library",
    "describe_collections": "rag.collection.library",
    "draw_page": "rag.collection.pictures",
    "errors": "rag.errors",
    "evaluate": "rag.evaluation",
    "export_collection": "rag.collection.exporting",
    "find_dialect": "rag.reading.delimited",
    "has_lines": "rag.types.places",
    "import_collection": "rag.collection.importing",
    "list_collections": "rag.collection",
    "load_settings": "rag.config",
    "render_page": "rag.evaluation.page",
    "require_metadata": "rag.store",
    "sanitize": "rag.sanitize",
    "split_rows": "rag.reading.delimited",
    "verify": "rag.collection.verifying",
    "wire": "rag.wire",
    "write_place": "rag.types.places",
}

__all__ = [
    "Answer",
    "Answered",
    "Citation",
    "Claim",
    "Collection",
    "CollectionSummary",
    "DocumentRecord",
    "Event",
    "GivenPassage",
    "IngestNotes",
    "IngestReport",
    "Locator",
    "Original",
    "PagePicture",
    "Passage",
    "Progress",
    "Refusal",
    "Released",
    "Report",
    "Retrieved",
    "Settings",
    "Staging",
    "SupportCheck",
    "Turn",
    "Verdict",
    "can_draw",
    "create_collection",
    "delete_collection",
    "describe",
    "describe_collection",
    "describe_collections",
    "draw_page",
    "errors",
    "evaluate",
    "export_collection",
    "find_dialect",
    "has_lines",
    "import_collection",
    "list_collections",
    "load_settings",
    "render_page",
    "require_metadata",
    "sanitize",
    "split_rows",
    "verify",
    "wire",
    "write_place",
]

if TYPE_CHECKING:
    from rag import errors, sanitize, wire
    from rag.checking import GivenPassage, SupportCheck
    from rag.collection import Collection, list_collections
    from rag.collection.exporting import export_collection
    from rag.collection.importing import import_collection
    from rag.collection.library import (
        CollectionSummary,
        create_collection,
        delete_collection,
        describe_collection,
        describe_collections,
    )
    from rag.collection.pictures import can_draw, draw_page
    from rag.collection.staging import IngestNotes, Staging
    from rag.collection.verifying import verify
    from rag.config import Settings, load_settings
    from rag.evaluation import Report, evaluate
    from rag.evaluation.page import render_page
    from rag.ingesting import Progress
    from rag.reading.delimited import find_dialect, split_rows
    from rag.reading.pdf import PagePicture
    from rag.store import require_metadata
    from rag.types import (
        Answer,
        Answered,
        Citation,
        Claim,
        DocumentRecord,
        Event,
        IngestReport,
        Locator,
        Original,
        Passage,
        Refusal,
        Released,
        Retrieved,
        Turn,
        Verdict,
    )
    from rag.types.places import describe, has_lines, write_place


def __getattr__(name: str) -> object:
    """Load an exported name (PEP 562)."""
    if name not in EXPORTS:
        raise AttributeError(f"module 'rag' has no attribute '{name}'")
    module = importlib.import_module(EXPORTS[name])
    return module if EXPORTS[name].removeprefix("rag.") == name else getattr(module, name)
