"""What a person names: files to ingest, and a document by its id or source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from rag.collection.opened import Opened
from rag.config import Settings
from rag.errors import DocumentNotFound
from rag.reading import discover
from rag.store import Store
from rag.types import DocumentRecord, IngestReport, Metadata, Refusal

if TYPE_CHECKING:
    from rag.ingesting import Limits, Progress


NEAR_NAMED = 3
"""Of documents that a name may have been meant for, so many are named."""


class Selection(NamedTuple):
    """What a person names: files and folders, and which files of the folders.

    Attributes:
        paths: Files and folders.
        include: In folders, only files that match one of these patterns; all if empty.
        exclude: In folders, no file and no folder that matches one of these.
    """

    paths: tuple[Path | str, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def ingest_paths(
    collection: Opened, selection: Selection, metadata: Metadata, on_progress: Callable[[Progress], None]
) -> IngestReport:
    """Ingest files and folders; see `rag.collection.documents.Documents.ingest`.

    Raises:
        UsageError: A pattern, an ignore file or the metadata cannot be used; nothing has been done.
        CollectionError: The collection is locked or damaged, or there is no space left.
        EmbedderError: The embedder cannot be run.
    """
    from rag.collection.originals import complete
    from rag.ingesting import Ingest
    from rag.store import require_metadata

    require_metadata(metadata)
    settings = collection.settings
    files, refused = find_files(selection, settings.home.resolve().parent)
    limits = limits_of(settings)
    ingest = Ingest(collection.store, lambda: collection.embedder, limits, on_progress, metadata=metadata)
    report = ingest.run(files, refused)
    if metadata:
        complete(collection.store, {}, report, metadata)
    return report


def limits_of(settings: Settings) -> Limits:
    """Return the limits that the settings put on a file."""
    from rag.ingesting import Limits

    return Limits(
        file_max_bytes=settings.file_max_bytes,
        file_max_characters=settings.file_max_characters,
        processor_s=settings.file_timeout_s,
        memory_max_bytes=settings.file_memory_mb << 20,
    )


def find_files(selection: Selection, root: Path) -> tuple[list[tuple[Path, str]], list[Refusal]]:
    """Return the files that are named, each with its source as counted from `root`, and those refused.

    Raises:
        UsageError: A pattern or an ignore file cannot be understood.
    """
    paths, include, exclude = selection
    files: list[tuple[Path, str]] = []
    refused: list[Refusal] = []
    for found in discover(paths, root=root, include=include, exclude=exclude):
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
        records = store.documents()
    ending = [record for record in records if record.source.endswith(f"/{document}")]
    if len(ending) == 1:
        return ending[0]
    number = f"{len(ending)} documents" if ending else "no document"
    near = [record.source for record in ending] or near_sources(document, [record.source for record in records])
    named = f"Is it {' or '.join(repr(source) for source in near[:NEAR_NAMED])}? " if near else ""
    raise DocumentNotFound(
        f"The collection '{collection}' holds {number} '{document}'.",
        remedy=f"{named}`vouch documents` lists them all.",
        field="document",
    )


def near_sources(document: str, sources: Sequence[str]) -> list[str]:
    """Return the sources that a name may have been meant for: those that hold it, else those written much like it.

    >>> near_sources("report.pdf", ["reports/Q1-report.pdf", "notes.md"]), near_sources("note.md", ["a/notes.md"])
    (['reports/Q1-report.pdf'], ['a/notes.md'])
    """
    named = PurePosixPath(document).name.casefold()
    names = {source: PurePosixPath(source).name.casefold() for source in sources}
    holding = [source for source, name in names.items() if named and named in name]
    alike = get_close_matches(named, names.values(), n=NEAR_NAMED)
    return holding or [source for source, name in names.items() if name in alike]
