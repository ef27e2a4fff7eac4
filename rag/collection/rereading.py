"""Documents that an earlier version of Vouch has read: told of, and read again from the files kept of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.collection.opened import Opened
from rag.collection.sources import limits_of
from rag.reading import is_current
from rag.store import Store, hash_of
from rag.types import DocumentRecord, Finding, IngestReport

if TYPE_CHECKING:
    from rag.ingesting import Progress


def outdated_records(store: Store) -> tuple[list[DocumentRecord], list[DocumentRecord]]:
    """Return the documents read by an earlier version: those whose file is kept, and the others.

    Raises:
        CollectionDamaged: A record cannot be trusted.
    """
    kept = store.kept_revisions()
    outdated = [record for record in store.documents() if not is_current(record.reader)]
    again = [record for record in outdated if kept.get(record.document_id) == record.revision]
    return again, [record for record in outdated if kept.get(record.document_id) != record.revision]


def read_again(collection: Opened, on_progress: Callable[[Progress], None]) -> IngestReport:
    """Read kept files again; see `rag.collection.documents.Documents.read_again`.

    Raises:
        CollectionError: The collection is locked or damaged, or there is no space left.
        EmbedderError: The embedder cannot be run.
    """
    from rag.ingesting import Ingest

    store = collection.store
    again, _ = outdated_records(store)
    paths = [(store.originals.path(record.revision), record) for record in again]
    # A damaged file would take the place of what was read while it was whole.
    files = [(path, record.source) for path, record in paths if hash_of(path) == record.revision]
    ingest = Ingest(
        store,
        lambda: collection.embedder,
        limits_of(collection.settings),
        on_progress,
        replaces={record.source: record.document_id for record in again},
    )
    return ingest.run(files)


def reader_findings(store: Store) -> list[Finding]:
    """Return how many documents an earlier version has read, and what reads them again; empty where none has been.

    Raises:
        CollectionDamaged: A record cannot be trusted.
    """
    again, others = outdated_records(store)
    told = [f"{len(again):,} added: --repair reads them again"] if again else []
    told += [f"{len(others):,} ingested where they lie: the next `vouch ingest` of them does"] if others else []
    return [Finding("readers", True, f"documents read by an earlier version: {'; '.join(told)}")] if told else []
