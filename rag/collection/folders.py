"""Where collections lie under the home folder."""

from __future__ import annotations

from pathlib import Path

from rag.config import Settings


def collection_folder(settings: Settings) -> Path:
    """Return the folder of the settings' collection."""
    return settings.home / "collections" / settings.collection


def list_collections(home: Path) -> list[str]:
    """Return the names of the collections under `home`, sorted; empty where there are none."""
    return sorted(path.parent.name for path in home.glob("collections/*/store.db"))
