"""The folders in which a collection's documents lie, and which of them a caller means."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import PurePosixPath

from rag.errors import FilterError

FOLDERS_SHOWN = 10
EVERYWHERE = "."


def folders_of(sources: Iterable[str]) -> set[str]:
    """Return every folder in which one of these sources lies, however deep.

    >>> sorted(folders_of(["reports/2023/q1.md", "a.md"]))
    ['reports', 'reports/2023']
    """
    found: set[str] = set()
    for source in sources:
        folder = posixpath.dirname(source)
        while folder and folder != "/" and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return found


def find_folder(named: str, folders: Collection[str]) -> str:
    """Return the folder that a caller names: by its path, by the end of its path, or by a path that leads to it.

    Args:
        named: As it was typed: ``reports/2023``, ``2023``, ``../work/reports/2023/``; ``.`` stands for all folders.
        folders: Those there are.

    Raises:
        FilterError: There is none, or several paths end so; the message names them.
    """
    path = posixpath.normpath(named.strip())
    if path == EVERYWHERE or path in folders:
        return path
    ending = sorted(folder for folder in folders if folder.endswith(f"/{path}"))
    if len(ending) == 1:
        return ending[0]
    # A path of the file system begins further out than the collection's, or elsewhere.
    leading = [folder for folder in folders if path.endswith(f"/{folder}")]
    if leading and not ending:
        return max(leading, key=len)
    raise no_folder(named, ending, folders)


def no_folder(named: str, ending: Collection[str], folders: Collection[str]) -> FilterError:
    """Return the error for a folder that is none, or that several paths end with."""
    if ending:
        shown = sorted(ending)
        told, remedy = f"{len(ending)} folders end with '{named}'", "Name one of them by its whole path: "
    else:
        names = {PurePosixPath(folder).name.lower(): folder for folder in sorted(folders, reverse=True)}
        near = get_close_matches(PurePosixPath(named).name.lower(), names, n=1)
        shown = sorted(folders, key=lambda folder: (folder.count("/"), folder))
        hint = f"Did you mean '{names[near[0]]}'? " if near else ""
        told, remedy = f"No document lies below '{named[:200]}'", f"{hint}Folders are: "
    listed = ", ".join(shown[:FOLDERS_SHOWN])
    rest = f" and {len(shown) - FOLDERS_SHOWN} more" if len(shown) > FOLDERS_SHOWN else ""
    return FilterError(
        f"{told}.",
        remedy=f"{remedy}{listed}{rest}." if shown else "The documents lie in no folder.",
        field="where.folder",
    )
