"""Documents whose files are gone: found, and taken out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from rag.collection.sources import Selection
from rag.errors import UsageError
from rag.reading import Folder, absolute, place_of
from rag.types import DocumentRecord

MOST = 0.5
"""If more of a folder's documents are gone, it may be the folder that is not there: a disk not mounted, say."""


def find_gone(
    records: Sequence[DocumentRecord], selection: Selection, *, root: Path, confirmed: bool = False
) -> list[DocumentRecord]:
    """Return the documents that came from the folders named and whose files are no longer there.

    A document counts only where a file at its place would be taken, so that patterns narrow what is removed as they
    narrow what is read; and only where the system says that there is no such file: one that cannot be looked at stays.

    Args:
        records: Documents that came from files where they lie.
        selection: What is named, as for reading.
        root: What sources are relative to.
        confirmed: Return them though they are most of the folders' documents.

    Raises:
        UsageError: A path is missing, or most documents are gone and this is not confirmed.
    """
    paths, include, exclude = selection
    base = absolute(root)
    tops = [place_of(path, base) for path in paths]
    for top, given in zip(tops, paths, strict=True):
        if not top.exists():
            raise UsageError(
                f"There is no file or folder '{given}', so nothing is removed.",
                remedy="Check the path, and whether its disk is there.",
                field="prune",
            )
    folders = [Folder(top, base, include=include, exclude=exclude) for top in tops if top.is_dir()]
    within = [record for record in records if is_within(base / record.source, folders)]
    gone = [record for record in within if is_gone(base / record.source)]
    if len(gone) > MOST * len(within) and not confirmed:
        raise UsageError(
            f"{len(gone):,} of the {len(within):,} documents from there have no file any more; nothing has been done.",
            remedy="If they shall be removed, say so: --prune --yes.",
            field="prune",
        )
    return gone


def is_within(path: Path, folders: Sequence[Folder]) -> bool:
    """Tell whether one of the folders would take a file at a path."""
    return any(path != Path(each.top) and path.is_relative_to(each.top) and each.would_take(path) for each in folders)


def is_gone(path: Path) -> bool:
    """Tell whether the system says that there is nothing at a path; any other difficulty does not count."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
