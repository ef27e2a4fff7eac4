"""What a person names: files to ingest, and a document by its id or source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.errors import DocumentNotFound
from rag.reading import discover
from rag.store import Store
from rag.types import DocumentRecord, Refusal


def find_files(
    paths: Sequence[Path | str], root: Path, *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[list[tuple[Path, str]], list[Refusal]]:
    """Return the files that paths name, each with its source as counted from `root`, and those refused.

    Raises:
        UsageError: A pattern or an ignore file cannot be understood.
    """
    files: list[tuple[Path, str]] = []
    refused: list[Refusal] = []
    for found in discover([Path(path) for path in paths], root=root, include=include, exclude=exclude):
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            files.append((found.path, found.source))
    return files, refused


def find_document(document: str, store: Store, collection: str) -> DocumentRecord:
    """Return a document by its id, its source, or the end of a source that no other document's has.

    Raises:
        DocumentNotFound: There is none, or several sources end so.
    """
    found = store.find(document)
    if found is not None:
        return found
    try:
        return store.document(document)
    except DocumentNotFound:
        ending = [record for record in store.documents() if record.source.endswith(f"/{document}")]
    if len(ending) == 1:
        return ending[0]
    number = f"{len(ending)} documents" if ending else "no document"
    raise DocumentNotFound(
        f"The collection '{collection}' holds {number} '{document}'.",
        remedy="`vouch documents` lists them.",
        field="document",
    )
