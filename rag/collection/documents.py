"""The documents of a collection: put in, listed, read, taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from rag.collection.opened import Opened
from rag.errors import AnswersNotErased, CollectionDamaged, DocumentNotFound, StorageFull
from rag.store import CHANGE_TIMEOUT_S, Where, select
from rag.types import DamagedDocument, DocumentRecord, Finding, IngestReport, Metadata, Original

if TYPE_CHECKING:
    from rag.collection.sources import Selection
    from rag.ingesting import Progress

Named = TypeVar("Named", bound="DocumentRecord | DamagedDocument")


class Documents(Opened):
    """What can be done with the documents of an open collection."""

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        metadata: Metadata | None = None,
        prune: bool = False,
        confirmed: bool = False,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> IngestReport:
        """Add files and folders; what is there unchanged costs nothing, bad files are refused one by one.

        A document's source is its path from the folder in which the home folder lies, and its absolute path outside.

        Args:
            paths: Files and folders.
            include: In folders, only files that match one of these patterns, written as in ``.gitignore``.
            exclude: In folders, no file and no folder that matches one of these.
            metadata: Given to each of the documents found, also to those that are there unchanged; they win over what
                a file says of itself, and stay when it is replaced.
            prune: Delete the documents that came from these folders and whose files are gone; those that were added
                under a name, and those that the patterns leave out, stay.
            confirmed: Prune even if more than half of the folders' documents would go.
            on_progress: Told how far it is.

        Raises:
            UsageError: A pattern, an ignore file or the metadata cannot be used; or something is not safe to prune.
                Nothing has been done.
            CollectionLocked: Another process is writing.
            CollectionError: The collection is damaged, or there is no space left.
            EmbedderError: The embedder cannot be run.
            EmbedderMismatch: The collection was made with another embedder.
        """
        from rag.collection.sources import Selection, ingest_paths

        selection = Selection(tuple(paths), tuple(include), tuple(exclude))
        gone = self.find_gone(selection, confirmed=confirmed) if prune else []
        report = ingest_paths(self, selection, metadata or {}, on_progress)
        # A file may be back by now: some programs save by deleting and writing anew.
        gone = [record for record in gone if self.is_gone(record)]
        removed = tuple(record.source for record in self.delete_all(gone)) if gone else ()
        return replace(report, removed=removed, generation=self.store.generation())

    def find_gone(self, selection: Selection, *, confirmed: bool) -> list[DocumentRecord]:
        """Return the documents that `ingest` would prune; see `rag.collection.pruning`."""
        from rag.collection.pruning import find_gone

        kept = self.store.kept_revisions()  # those were added under a name, and came from no place
        records = [record for record in self.store.documents() if record.document_id not in kept]
        return find_gone(records, selection, confirmed=confirmed, root=self.settings.home.resolve().parent)

    def is_gone(self, record: DocumentRecord) -> bool:
        """Tell whether there is no file now where a document came from."""
        from rag.collection.pruning import is_gone

        return is_gone(self.settings.home.resolve().parent / record.source)

    def add(
        self,
        files: Sequence[tuple[Path, str]],
        *,
        metadata: Metadata | None = None,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        require_going_on: Callable[[], None] = lambda: None,
        replaces: Mapping[str, str] = MappingProxyType({}),
    ) -> IngestReport:
        """Add files that may lie anywhere, under the names given, and keep them as they are; see `original`.

        Args:
            files: Each with the source that its document shall have: a relative path with ``/``, which is only a name.
            metadata: Given to each of the documents; they win over what a file says of itself, and stay when it is
                replaced.
            on_progress: Told how far it is.
            require_going_on: Called a few times a second; what it raises ends the ingest at once, without a commit.
            replaces: The document_ids that sources had when their files were received: a document that has been
                deleted since does not come back. As they are now if left out.

        Raises:
            UsageError: A source or the metadata cannot be used; nothing has been added.
            CollectionLocked: Another process is writing.
            CollectionError: The collection is damaged, or there is no space left.
            EmbedderError: The embedder cannot be run.
            EmbedderMismatch: The collection was made with another embedder.
        """
        from rag.collection.originals import add_files

        return add_files(self, files, metadata or {}, on_progress, require_going_on=require_going_on, replaces=replaces)

    def read_again(self, on_progress: Callable[[Progress], None] = lambda progress: None) -> IngestReport:
        """Read documents again, from the files kept of them, that an earlier version of Vouch has read.

        What is ingested where it lies is read again by `ingest`. Metadata that were set by hand stay.

        Raises:
            CollectionLocked: Another process is writing.
            CollectionError: The collection is damaged, or there is no space left.
            EmbedderError: The embedder cannot be run.
        """
        from rag.collection.rereading import read_again

        return read_again(self, on_progress)

    def original(self, document: str) -> Original:
        """Return the file that a document was read from: the kept one, or the one at its path while it is the same.

        Args:
            document: Its id or source, as `document` takes it.

        Raises:
            DocumentNotFound: There is none.
            OriginalNotFound: Its file is not kept, and the one at its path has changed or is gone.
            CollectionDamaged: The kept file is missing or damaged.
        """
        from rag.collection.originals import find_original

        return find_original(self.document(document), self.store, self.settings)

    def read_original(self, document: str) -> bytes:
        """Return the bytes of the file that a document was read from, which have the hash of its revision.

        Raises:
            DocumentNotFound: There is none.
            OriginalNotFound: Its file is not kept, and the one at its path has changed or is gone.
            CollectionDamaged: The kept file is missing or damaged.
        """
        from rag.collection.originals import read_original

        return read_original(self.original(document))

    def set_metadata(self, document: str, values: Mapping[str, str | int | float | bool | None]) -> DocumentRecord:
        """Set some of a document's metadata, and take away those given as None; nothing is embedded anew.

        What is set here wins over what the file says, and stays when the document is replaced.

        Raises:
            DocumentNotFound: There is none.
            UsageError: A key or a value cannot be one.
            CollectionLocked: Another process is writing.
        """
        record = self.document(document)
        with self.store.writer(CHANGE_TIMEOUT_S) as writer:
            return writer.set_metadata(record.document_id, values)

    def remove_unneeded(self) -> list[str]:
        """Remove kept files that no document needs, as a crash may leave them; return their revisions.

        Raises:
            CollectionLocked: Another process is writing.
        """
        with self.store.writer(CHANGE_TIMEOUT_S, tidy=False) as writer:
            return writer.remove_unneeded()

    def delete(self, document: str) -> DocumentRecord | DamagedDocument:
        """Delete a document by its id or source; from then on nothing released cites it.

        Stored answers keep which file and place they cited, and lose its text.

        Raises:
            DocumentNotFound: There is none.
            CollectionLocked: Another process is writing.
            AnswersNotErased: It is deleted, but stored answers may hold its words.
        """
        return self.delete_named([document])[0]

    def delete_named(self, names: Sequence[str]) -> list[DocumentRecord | DamagedDocument]:
        """Delete documents by their ids or sources, as `delete` does one; all are there, or none goes.

        Raises:
            DocumentNotFound: One of them is not there.
            CollectionLocked: Another process is writing.
            AnswersNotErased: They are deleted, but stored answers may hold their words.
        """
        try:
            found = [self.find_deletable(name) for name in names]
        except DocumentNotFound:
            self.erase_deleted()
            raise
        deleted = self.delete_all(list({each.document_id: each for each in found}.values()))
        if not deleted:
            raise DocumentNotFound(f"The document '{names[0]}' has just been deleted.", field="document")
        return deleted

    def find_deletable(self, document: str) -> DocumentRecord | DamagedDocument:
        """Return a document as `document` does; also one whose record is damaged, by its whole id or source.

        Raises:
            DocumentNotFound: There is none.
            CollectionDamaged: What is damaged is not this document.
        """
        try:
            return self.document(document)
        except CollectionDamaged:
            damaged = self.store.find_damaged(document)
            if damaged is None:
                raise
            return damaged

    def delete_all(self, documents: Sequence[Named]) -> list[Named]:
        """Delete documents, as `delete` does one; return those that were still there.

        On a full disk the saved index makes room: it can be built again.

        Raises:
            CollectionLocked: Another process is writing.
            StorageFull: There is no space left to note down what goes; the documents stay.
            AnswersNotErased: They are deleted, but stored answers may hold their words.
        """
        from rag.snapshots import remove_saved

        deleted: list[Named] = []
        try:
            try:
                self._delete(documents, deleted)
            except StorageFull:
                remove_saved(self.store)
                self._delete(documents, deleted)
        except BaseException:
            with suppress(AnswersNotErased):  # the first error is the one to tell
                self.erase_deleted()
            raise
        self.erase_deleted()
        return deleted

    def _delete(self, documents: Sequence[Named], deleted: list[Named]) -> None:
        """Delete documents, append each to `deleted` as soon as it is gone, and forget their names."""
        from rag.collection.staging import IngestNotes

        with self.store.writer(CHANGE_TIMEOUT_S) as writer:
            try:
                for document in documents:
                    with suppress(DocumentNotFound):
                        writer.delete(document.document_id)
                        deleted.append(document)
            finally:
                IngestNotes(self.store.folder).forget_sources([document.source for document in deleted])

    def erase_deleted(self) -> None:
        """Erase what stored answers and saved indexes hold of deleted documents, also of earlier ones.

        Raises:
            AnswersNotErased: The stored answers cannot be cleaned.
        """
        from rag.collection.erasing import erasing
        from rag.snapshots import remove_outdated

        remove_outdated(self.store)
        with erasing():
            self.archive.erase_absent()

    def documents(self, where: Where | None = None) -> list[DocumentRecord]:
        """Return the documents by source: all, or those that a filter lets through.

        Raises:
            FilterError: The filter cannot be understood.
        """
        records = self.store.documents()
        return records if where is None else select(records, where)

    def find_documents(
        self, where: Where | None = None, words: str = "", *, order: str = "source"
    ) -> list[DocumentRecord]:
        """Return the documents that match a filter and hold all of some words in title or source.

        Args:
            where: Conditions on metadata or ``source``, as for asking.
            words: Beginnings, middles or ends of words, in any case.
            order: ``source``, ``title``, ``added_at`` or ``size_bytes``; with a ``-`` before it, downwards.

        Raises:
            FilterError: The filter cannot be understood.
            UsageError: There is no such order.
        """
        from rag.collection.listing import find_documents

        return find_documents(self.documents(where), words, order)

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
        from rag.collection.rereading import reader_findings
        from rag.snapshots import compare

        findings = self.store.check(full)
        with suppress(CollectionDamaged):  # that is told already
            findings += reader_findings(self.store)
        if not all(finding.ok for finding in findings):
            return findings
        return [*findings, *compare(self.snapshot(), self.store, full=full)]
