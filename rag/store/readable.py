"""What is read of a collection, by any number of threads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from rag.durable import ConnectionPool, HeldDatabase, bindable, storage_errors, transaction
from rag.errors import CollectionError, CollectionNotFound, DocumentNotFound
from rag.store.filters import Where
from rag.store.notes import kept_revision, kept_revisions
from rag.store.originals import Originals
from rag.store.reading import Changes, Rows, StoredText
from rag.store.records import unpack_locators, unpack_reading, unpack_text
from rag.store.schema import DATABASE_FILE, read_state, subject_of
from rag.types import DamagedDocument, DocumentRecord, IndexRow, Locator, ReadingText, StoredChunk


class ReadableStore:
    """The reading part of `rag.store.Store`.

    Every row is compared with its checksum when it is read: each method that reads raises `CollectionDamaged` rather
    than give what was not written. What another process commits is seen by the next call.

    Attributes:
        folder: Where the collection lies.
        write_failure: The I/O error after which this process writes no more; None while all is well.
        originals: The files kept of its documents.
    """

    def __init__(self, folder: Path, subject: str = "") -> None:
        self.folder = folder
        self.write_failure: CollectionError | None = None
        self.originals = Originals(folder)
        self._subject = subject or subject_of(folder)
        self._path = folder / DATABASE_FILE
        self._pool = ConnectionPool(self._path, synchronous="FULL", query_only=True)
        self._local = threading.local()
        self._held: HeldDatabase | None = None
        self._closed = False

    def close(self) -> None:
        """Close the files; what is being read now is read to its end."""
        self._closed = True
        self._pool.close()
        if self._held is not None:
            self._held.close()

    def is_present(self) -> bool:
        """Tell whether the collection is still there; where it is not, reading and writing raise `CollectionNotFound`.

        Another one of its name does not count, and of a closed one nobody can tell: its file's number is given on.
        """
        return not self._closed and (self._held is None or self._held.lies_there())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def pinned(self) -> Iterator[int]:
        """Hold one generation for what this thread reads in the block, and return it; nested, the outer one holds."""
        if getattr(self._local, "connection", None) is not None:
            yield self.generation()
            return
        with self._transaction() as connection:
            self._local.connection = connection
            try:
                yield self.generation()
            finally:
                self._local.connection = None

    def generation(self) -> int:
        """Return how many commits the collection has seen, read afresh."""
        with self._reading() as connection:
            return read_state(connection, self._subject).generation

    def count(self) -> int:
        """Return how many documents there are."""
        with self._reading() as connection:
            return read_state(connection, self._subject).documents

    def documents(self, limit: int | None = None, offset: int = 0) -> list[DocumentRecord]:
        """Return the documents by source; at most `limit`, after leaving out `offset`."""
        with self._transaction() as connection:
            rows = Rows(connection, self._subject)
            return rows.records()[offset:] if limit is None else rows.some_records(limit, offset)

    def document(self, document_id: str) -> DocumentRecord:
        """Return one document.

        Raises:
            DocumentNotFound: The collection holds no such document.
        """
        with self._reading() as connection:
            record = Rows(connection, self._subject).record("document_id", document_id)
        if record is None:
            raise DocumentNotFound(f"{self._subject} holds no document {document_id}.", field="document_id")
        return record

    def find(self, source: str) -> DocumentRecord | None:
        """Return the document with this source, or None."""
        with self._reading() as connection:
            return Rows(connection, self._subject).record("source", source)

    def revisions(self) -> dict[str, tuple[str, str]]:
        """Return document_id and revision of each document by source."""
        return {record.source: (record.document_id, record.revision) for record in self.documents()}

    def current_revisions(self, document_ids: Sequence[str]) -> dict[str, str]:
        """Return the revision that each of these documents has now; one that is not there is left out."""
        with self._transaction() as connection:
            return Rows(connection, self._subject).revisions(document_ids)

    def is_live(self, document_id: str, revision: str) -> bool:
        """Tell whether the collection holds this document in this revision, now."""
        with self._reading() as connection:
            record = Rows(connection, self._subject).record("document_id", document_id)
        return record is not None and record.revision == revision

    def has(self, document_id: str) -> bool:
        """Tell whether the collection holds this document, in whatever revision and be it damaged, now."""
        query = "SELECT 1 FROM documents WHERE document_id = ?"
        with self._reading() as connection:
            return connection.execute(query, (bindable(document_id),)).fetchone() is not None

    def find_damaged(self, document: str) -> DamagedDocument | None:
        """Return how the document with this id or source is called, though its record cannot be trusted; or None.

        It is for deleting one: nothing else of it can be read.
        """
        query = "SELECT document_id, source FROM documents WHERE document_id = ?1 OR source = ?1 LIMIT 1"
        with self._reading() as connection:
            row = connection.execute(query, (bindable(document),)).fetchone()
        return None if row is None else DamagedDocument(*map(str, row))

    def text(self, document_id: str) -> str:
        """Return a document's canonical text.

        Raises:
            DocumentNotFound: The collection holds no such document.
        """
        return unpack_text(self._text(document_id).canonical)

    def reading(self, document_id: str) -> ReadingText:
        """Return a document's reading text.

        Raises:
            DocumentNotFound: The collection holds no such document.
        """
        stored = self._text(document_id)
        return unpack_reading(stored.canonical, stored.reading, stored.runs)

    def locators(self, document_id: str) -> tuple[Locator, ...]:
        """Return a document's locators, in the order they were given.

        Raises:
            DocumentNotFound: The collection holds no such document.
        """
        return unpack_locators(self._text(document_id).locators)

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
        """Return the chunks by number, in the order asked for; one that is no longer live is left out."""
        with self._transaction() as connection:
            found = {chunk.chunk_id: chunk for chunk in Rows(connection, self._subject).chunks(chunk_ids)}
        return {chunk_id: found[chunk_id] for chunk_id in chunk_ids if chunk_id in found}

    def document_chunks(self, document_id: str) -> list[StoredChunk]:
        """Return a document's chunks in order.

        Raises:
            DocumentNotFound: The collection holds no such document.
        """
        with self._transaction() as connection:
            return Rows(connection, self._subject).document_chunks(document_id)

    def rows(self, after_chunk_id: int = 0) -> Iterator[IndexRow]:
        """Yield every live chunk with a higher number, ascending, all of one generation; vectors are read-only."""
        with self._transaction() as connection:
            yield from Rows(connection, self._subject).index_rows(after_chunk_id)

    def changes(self, since: int) -> Changes | None:
        """Return what turns an index of the generation `since` into one of now; None where that is no longer known."""
        with self._transaction() as connection:
            return Rows(connection, self._subject).changes(since)

    def matching(self, where: Where) -> set[int]:
        """Return the numbers of the chunks that a filter lets through; see `rag.store.filters` for what it can say.

        Raises:
            FilterError: It cannot be understood.
        """
        with self._transaction() as connection:
            return Rows(connection, self._subject).matching(where)

    def kept(self, document_id: str) -> str | None:
        """Return the revision whose file is kept for a document; None where none is."""
        with self._reading() as connection:
            return kept_revision(connection, document_id, self._subject)

    def kept_revisions(self) -> dict[str, str]:
        """Return the revisions whose files are kept, by document_id."""
        with self._transaction() as connection:
            return kept_revisions(connection, self._subject)

    def _text(self, document_id: str) -> StoredText:
        with self._transaction() as connection:
            return Rows(connection, self._subject).text(document_id)

    def _require_present(self) -> None:
        """Refuse to go on with a collection that is not there any more.

        Raises:
            CollectionNotFound: It has been deleted; there may be another one of its name.
        """
        if not (self._closed or self.is_present()):
            raise CollectionNotFound(
                f"{self._subject} has been deleted.", remedy="Choose another, or open it anew.", field="collection"
            )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection: the pinned one, or one from the pool."""
        pinned = getattr(self._local, "connection", None)
        with storage_errors(self._subject):
            if pinned is not None:
                yield pinned
                return
            self._require_present()
            with self._pool.borrowed() as connection:
                self._require_present()  # it may just have been opened where another collection lies by now
                yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one generation."""
        with self._reading() as connection, transaction(connection, "DEFERRED"):
            yield connection
