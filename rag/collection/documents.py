"""The documents of a collection: put in, listed, read, taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.collection.opened import Opened
from rag.types import DocumentRecord, Finding, IngestReport

if TYPE_CHECKING:
    from rag.ingesting import Progress


class Documents(Opened):
    """What can be done with the documents of an open collection."""

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> IngestReport:
        """Add files and folders; what is there unchanged costs nothing, bad files are refused one by one.

        A document's source is its path from the folder in which the home folder lies, and its absolute path outside.

        Raises:
            CollectionLocked: Another process is writing.
            CollectionError: The collection is damaged, or there is no space left.
            EmbedderError: The embedder cannot be run.
            EmbedderMismatch: The collection was made with another embedder.
        """
        from rag.collection.sources import find_files
        from rag.ingesting import Ingest, Limits

        files, refused = find_files(paths, self.settings.home.resolve().parent)
        limits = Limits(
            file_max_bytes=self.settings.file_max_bytes,
            file_max_characters=self.settings.file_max_characters,
            processor_s=self.settings.file_timeout_s,
            memory_max_bytes=self.settings.file_memory_mb << 20,
        )
        return Ingest(self.store, lambda: self.embedder, limits, on_progress).run(files, refused)

    def delete(self, document: str) -> DocumentRecord:
        """Delete a document by its id or source; from then on nothing released cites it.

        Stored answers keep which file and place they cited, and lose its text.

        Raises:
            DocumentNotFound: There is none.
            CollectionLocked: Another process is writing.
        """
        try:
            record = self.document(document)
            with self.store.writer() as writer:
                writer.delete(record.document_id)
        finally:
            # Also what an earlier deletion could not finish.
            self.archive.erase_absent()
            self.snapshot()  # A saved index that holds the document's words is removed, or replaced.
        return record

    def documents(self) -> list[DocumentRecord]:
        """Return the documents by source."""
        return self.store.documents()

    def document(self, document: str) -> DocumentRecord:
        """Return a document by its id, its source, or the end of a source that no other document's has.

        Raises:
            DocumentNotFound: There is none, or several sources end so.
        """
        from rag.collection.sources import find_document

        return find_document(document, self.store, self.name)

    def text(self, document_id: str) -> str:
        """Return a document's canonical text.

        Raises:
            DocumentNotFound: There is none.
            CollectionDamaged: The stored text does not match its checksum.
        """
        return self.store.text(document_id)

    def check(self, *, full: bool = False) -> list[Finding]:
        """Check that everything agrees: the store with itself, and the index with the store."""
        from rag.snapshots import compare

        findings = self.store.check(full)
        if not all(finding.ok for finding in findings):
            return findings
        return [*findings, *compare(self.snapshot(), self.store, full=full)]
