"""The store of one collection: opened, read by many, written by one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rag.durable import (
    ConnectionPool,
    connect,
    database_error,
    make_database,
    make_folder,
    remove_unfinished,
    storage_errors,
    transaction,
)
from rag.errors import CollectionError, DocumentNotFound, EmbedderMismatch
from rag.store.backup import copy_database
from rag.store.checks import embedder_problem, findings
from rag.store.filters import Where
from rag.store.inserting import require_vectors, write_first_rows
from rag.store.lock import locked
from rag.store.notes import kept_revision, kept_revisions
from rag.store.originals import Originals
from rag.store.presence import Presence, subject_of
from rag.store.reading import Changes, Rows, StoredText
from rag.store.records import (
    unpack_identity,
    unpack_locators,
    unpack_reading,
    unpack_text,
    unpack_vector,
)
from rag.store.schema import (
    DATABASE_FILE,
    SCHEMA,
    read_meta,
    read_state,
    require_readable,
    require_sound,
)
from rag.store.writing import Writer, empty_log, is_io_error
from rag.types import DocumentRecord, EmbedderIdentity, Finding, IndexRow, Locator, ReadingText, StoredChunk

if TYPE_CHECKING:
    from rag.types.sources import Vector

CANARY_TEXT = "The canary sings at 5:30 in the mine shaft; at twenty past nine it is silent."
"""Embedded when a collection is made and again when it is opened: another model gives another vector."""
LOCK_TIMEOUT_S = 0.5


class Store:
    """The truth of one collection, for any number of threads; made by `create` or `open`.

    Every row is compared with its checksum when it is read: each method that reads raises `CollectionDamaged` rather
    than give what was not written. What another process commits is seen by the next call.

    Attributes:
        folder: Where the collection lies.
        write_failure: The I/O error after which this process writes no more; None while all is well.
        originals: The files kept of its documents.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write_failure: CollectionError | None = None
        self.originals = Originals(folder)
        self._subject = subject_of(folder)
        self._path = folder / DATABASE_FILE
        self._pool = ConnectionPool(self._path, synchronous="FULL", query_only=True)
        self._local = threading.local()
        self._presence = Presence(self._path, self._subject)

    @classmethod
    def create(cls, folder: Path, identity: EmbedderIdentity, canary: Vector, *, may_exist: bool = False) -> Self:
        """Make an empty collection in a folder and open it.

        Args:
            folder: Created if missing; its name is the collection's.
            identity: The embedder that makes the vectors.
            canary: Its vector of `CANARY_TEXT`.
            may_exist: Open the collection that is there already, which another process may just have made.

        Raises:
            CollectionError: There is a collection already, and there may not be.
            CollectionLocked: Another process is making it.
            EmbedderError: The canary is not a unit vector of the embedder's dimension.
            StorageFull: There is no space left.
        """
        require_vectors("the canary sentence", canary.reshape(1, -1), (1, identity.dimension))
        make_folder(folder)
        path, subject = folder / DATABASE_FILE, subject_of(folder)
        with locked(folder, LOCK_TIMEOUT_S, subject):
            if not path.exists():
                make_database(path, SCHEMA, lambda connection: write_first_rows(connection, identity, canary))
            elif not may_exist:
                raise CollectionError(f"{subject} exists already.", remedy="Open it, or choose another name.")
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the collection in a folder, after a check of its structure (0.2 s for 100,000 chunks).

        Raises:
            CollectionNotFound: There is none.
            SchemaTooNew: A newer Vouch made it; nothing is changed.
            CollectionDamaged: It cannot be trusted.
            StorageFull: There is no space left for what SQLite keeps beside it.
        """
        store = cls(folder)
        require_readable(store._path, store._subject)
        try:
            with storage_errors(store._subject):
                store._presence.hold()
            with store._transaction() as connection:
                require_sound(connection, store._subject)
                read_state(connection, store._subject)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close the files; what is being read now is read to its end."""
        self._pool.close()
        self._presence.release()

    def is_present(self) -> bool:
        """Tell whether the collection is still there; where it is not, reading and writing raise `CollectionNotFound`.

        Another one of its name does not count.
        """
        return self._presence.holds()

    def copy(self, path: Path) -> None:
        """Write a copy of the present generation to a new file; readers and writers go on meanwhile.

        Raises:
            StorageFull: There is no space left.
            CollectionError: It cannot be written.
        """
        with self._reading() as connection:
            copy_database(connection, path, self._subject)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # What it was made with

    def identity(self) -> EmbedderIdentity:
        """Return the embedder that made the vectors."""
        with self._reading() as connection:
            return unpack_identity(read_meta(connection, "embedder", self._subject))

    def canary(self) -> Vector:
        """Return that embedder's vector of `CANARY_TEXT`."""
        with self._reading() as connection:
            return unpack_vector(read_meta(connection, "canary", self._subject))

    def require_embedder(self, identity: EmbedderIdentity, canary: Vector) -> None:
        """Refuse an embedder whose vectors cannot be compared with the stored ones.

        Args:
            identity: The embedder at hand. Its name may differ; revision, dimension, prompts and length may not.
            canary: Its vector of `CANARY_TEXT`.

        Raises:
            EmbedderMismatch: It is another one; the message names both.
        """
        stored = self.identity()
        problem = embedder_problem(stored, self.canary(), identity, canary)
        if problem:
            raise EmbedderMismatch(
                f"{self._subject} was made with the embedder '{stored.name}', not with '{identity.name}': {problem}.",
                remedy=f"Use '{stored.name}' (--embedder), or ingest the documents into a new collection.",
                field="embedder",
            )

    # Reading

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
        """Tell whether the collection holds this document, in whatever revision, now."""
        with self._reading() as connection:
            return Rows(connection, self._subject).record("document_id", document_id) is not None

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

    def check(self, full: bool) -> list[Finding]:
        """Examine the collection; problems are findings, not errors.

        Args:
            full: Also read every row and compare it with its checksum, its text and its document.
        """
        with self._transaction() as connection:
            return findings(connection, self.folder, self._subject, full=full)

    # Writing

    @contextmanager
    def writer(self, timeout_s: float = LOCK_TIMEOUT_S, *, tidy: bool = True) -> Iterator[Writer]:
        """Become the one who may change the collection, until the block ends.

        Args:
            timeout_s: How long to wait for another writer.
            tidy: Remove first what a crash may have left.

        Raises:
            CollectionLocked: Another one is writing; the message names process and command.
            CollectionError: This process has met an I/O error while writing, and writes no more.
        """
        if self.write_failure is not None:
            raise CollectionError(
                f"{self._subject} takes no changes after an I/O error: {self.write_failure.message}",
                remedy="What was acknowledged is intact. Check the disk, then start again.",
            ) from self.write_failure
        self._presence.require()
        with locked(self.folder, timeout_s, self._subject), self._write_errors():
            self._presence.require()
            remove_unfinished(self.folder)
            identity = self.identity()
            with closing(connect(self._path, synchronous="FULL")) as connection:
                writer = Writer(connection, identity.dimension, self._subject, self.originals)
                try:
                    if tidy:
                        writer.remove_unneeded()
                    yield writer
                finally:
                    if writer.failure is None:
                        empty_log(connection)
                    elif is_io_error(writer.failure.__cause__):
                        self.write_failure = writer.failure

    @contextmanager
    def _write_errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ours; remember an I/O error."""
        try:
            yield
        except sqlite3.Error as error:
            ours = database_error(error, self._subject)
            if is_io_error(error):
                self.write_failure = ours
            raise ours from error

    def _text(self, document_id: str) -> StoredText:
        with self._transaction() as connection:
            return Rows(connection, self._subject).text(document_id)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection: the pinned one, or one from the pool."""
        pinned = getattr(self._local, "connection", None)
        with storage_errors(self._subject):
            if pinned is not None:
                yield pinned
                return
            self._presence.require()
            with self._pool.borrowed() as connection:
                self._presence.require()  # it may just have been opened where another collection lies by now
                yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one generation."""
        with self._reading() as connection, transaction(connection, "DEFERRED"):
            yield connection
