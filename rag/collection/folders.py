"""Where collections lie under the home folder."""

from __future__ import annotations

import re
from pathlib import Path

from rag.config import Settings
from rag.store import DATABASE_FILE

COLLECTIONS_FOLDER = "collections"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a collection can be called; the names of folders that are not yet or no longer one begin with a dot."""


def collection_folder(settings: Settings) -> Path:
    """Return the folder of the settings' collection."""
    return settings.home / COLLECTIONS_FOLDER / settings.collection


def list_collections(home: Path) -> list[str]:
    """Return the names of the collections under `home`, sorted; empty where there are none."""
    found = (path.parent.name for path in home.glob(f"{COLLECTIONS_FOLDER}/*/{DATABASE_FILE}"))
    return sorted(name for name in found if NAME.fullmatch(name))
