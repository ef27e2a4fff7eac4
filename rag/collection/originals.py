"""The files that documents were read from: taken in under a name, and given back as they were."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rag.collection.opened import Opened
from rag.config import Settings
from rag.errors import OriginalNotFound, SourceError, UsageError
from rag.reading import hash_file
from rag.store import CHANGE_TIMEOUT_S, Store, require_metadata
from rag.types import DocumentRecord, IngestReport, Metadata, Original

if TYPE_CHECKING:
    from rag.ingesting import Progress

SOURCE_CHARACTERS_MAX = 1000
UNKNOWN_TYPE = "application/octet-stream"
MEDIA_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".rst": "text/x-rst",
    ".ipynb": "application/x-ipynb+json",
    ".epub": "application/epub+zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".odp": "application/vnd.oasis.opendocument.presentation",
}
"""What the machine's own table may not know, or knows by another name."""


def add_files(
    collection: Opened,
    files: Sequence[tuple[Path, str]],
    metadata: Metadata,
    on_progress: Callable[[Progress], None],
    *,
    require_going_on: Callable[[], None],
    replaces: Mapping[str, str],
) -> IngestReport:
    """Ingest files under the names given and keep them; see `rag.collection.documents.Documents.add`.

    Raises:
        UsageError: A source or the metadata cannot be used; nothing has been added.
        CollectionError: The collection is locked or damaged, or there is no space left.
        EmbedderError: The embedder cannot be run.
    """
    from rag.collection.sources import limits_of
    from rag.ingesting import Ingest

    require_sources([source for _, source in files], replaces)
    require_metadata(metadata)
    settings, store = collection.settings, collection.store
    originals = {source: path for path, source in files}
    limits = limits_of(settings)
    ingest = Ingest(
        store,
        lambda: collection.embedder,
        limits,
        on_progress,
        originals=originals,
        metadata=metadata,
        replaces=replaces,
        require_going_on=require_going_on,
    )
    report = ingest.run(files)
    complete(store, originals, report, metadata)
    return report


def complete(store: Store, originals: dict[str, Path], report: IngestReport, metadata: Metadata) -> None:
    """Keep the files of documents that were there unchanged without one, and set the metadata given."""
    if not report.unchanged:
        return
    with store.writer(CHANGE_TIMEOUT_S, tidy=False) as writer:
        kept = store.kept_revisions()
        for source in report.unchanged:
            record = store.find(source)
            if record is None:  # deleted meanwhile
                continue
            if record.document_id not in kept and source in originals:
                writer.keep_original(record.document_id, originals[source])
            if not metadata.items() <= record.metadata.items():
                writer.set_metadata(record.document_id, metadata)


def require_sources(sources: Sequence[str], known: Container[str] = ()) -> None:
    """Refuse names that are no relative path, and a name that is given twice.

    A relative name that a document has already (`known`) may be any: a file on a disk may be called so.

    Raises:
        UsageError: One cannot be used; the message names it.
    """
    seen: set[str] = set()
    for source in sources:
        kept = source in known and not source.startswith("/")
        problem = ("" if kept else source_problem(source)) or ("is given twice" if source in seen else "")
        if problem:
            raise UsageError(
                f"The name {source[:SOURCE_CHARACTERS_MAX]!r} {problem}.",
                remedy="Give each file a name such as 'reports/2023.pdf'.",
                field="source",
            )
        seen.add(source)


def source_problem(source: str) -> str:
    """Return what keeps a name from being a document's source; empty where nothing does."""
    parts = source.split("/")
    if not source or len(source) > SOURCE_CHARACTERS_MAX:
        return f"has not between 1 and {SOURCE_CHARACTERS_MAX} characters"
    if any(part in ("", ".", "..") for part in parts) or "\\" in source:
        return "is no relative path"
    if not source.isprintable() or source.encode("utf-8", "replace").decode() != source:
        return "holds characters that cannot be shown"
    return ""


def find_original(record: DocumentRecord, store: Store, settings: Settings) -> Original:
    """Return the file that a document was read from; see `rag.collection.documents.Documents.original`.

    Raises:
        OriginalNotFound: It is not kept, and the one at its path has changed or is gone.
        CollectionDamaged: The kept file is missing or damaged.
    """
    if store.kept(record.document_id) == record.revision:
        path = store.originals.require(record.revision, record.source)
    else:
        # Only a file that was ingested where it lies: the name of an added one is never opened.
        path = settings.home.resolve().parent / record.source
        require_same(path, record, settings.file_max_bytes)
    filename = PurePosixPath(record.source).name
    suffix = PurePosixPath(filename).suffix.lower()
    media_type = MEDIA_TYPES.get(suffix) or mimetypes.guess_type(f"file{suffix}")[0] or UNKNOWN_TYPE
    return Original(path, record.revision, record.size_bytes, media_type, filename)


def require_same(path: Path, record: DocumentRecord, max_bytes: int) -> None:
    """Refuse a file that is not what a document was read from.

    Raises:
        OriginalNotFound: It has changed, or is gone.
    """
    remedy = "Ingest it again; `vouch show` shows its text as it was read."
    try:
        found = hash_file(path, max_bytes=max_bytes, source=record.source)
    except SourceError as error:
        raise OriginalNotFound(f"The file of {record.source!r} is not kept: {error.message}", remedy=remedy) from error
    if found != record.revision:
        raise OriginalNotFound(f"The file {record.source!r} has changed since it was read.", remedy=remedy)


def read_original(original: Original) -> bytes:
    """Return the bytes of an original, compared with its revision once more.

    Raises:
        OriginalNotFound: They have changed or gone since it was found.
    """
    try:
        content = original.path.read_bytes()
    except OSError:
        content = None
    if content is None or f"sha256:{hashlib.sha256(content).hexdigest()}" != original.revision:
        raise OriginalNotFound(f"The file {original.filename!r} has just changed or gone.", remedy="Try again.")
    return content
