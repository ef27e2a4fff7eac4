"""The store of one collection: opened, read by many, written by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rag.durable import (
    HeldDatabase,
    connect,
    database_error,
    make_database,
    make_folder,
    remove_unfinished,
    storage_errors,
)
from rag.errors import CollectionError, CollectionExists, EmbedderMismatch
from rag.store.backup import copy_database
from rag.store.checks import embedder_problem, findings
from rag.store.inserting import require_vectors, write_first_rows
from rag.store.lock import INGEST_LOCK, locked
from rag.store.readable import ReadableStore
from rag.store.records import (
    unpack_identity,
    unpack_vector,
)
from rag.store.schema import (
    DATABASE_FILE,
    SCHEMA,
    read_meta,
    read_state,
    require_readable,
    require_sound,
    subject_of,
)
from rag.store.shapes import TextLimits
from rag.store.writing import Writer, empty_log, is_io_error
from rag.types import EmbedderIdentity, Finding

if TYPE_CHECKING:
    from rag.types.sources import Vector

CANARY_TEXT = "The canary sings at 5:30 in the mine shaft; at twenty past nine it is silent."
"""Embedded when a collection is made and again when it is opened: another model gives another vector."""
LOCK_TIMEOUT_S = 0.5
CHANGE_TIMEOUT_S = 10.0
"""How long a single change waits for its turn; an ingest gives the lock away after each of its commits."""


class Store(ReadableStore):
    """The truth of one collection, for any number of threads; made by `create` or `open`.

    What is written goes through one `writer` at a time, of all processes: each of its changes is one transaction, and
    is there after a crash once it has returned. `ingesting` keeps two ingests apart that take turns with others.
    """

    @classmethod
    def create(cls, folder: Path, identity: EmbedderIdentity, canary: Vector, *, may_exist: bool = False) -> Self:
        """Make an empty collection in a folder and open it.

        Args:
            folder: Created if missing; its name is the collection's.
            identity: The embedder that makes the vectors.
            canary: Its vector of `CANARY_TEXT`.
            may_exist: Open the collection that is there already, which another process may just have made.

        Raises:
            CollectionExists: There is a collection already, and there may not be.
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
                raise CollectionExists(f"{subject} exists already.", remedy="Open it, or choose another name.")
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, subject: str = "") -> Self:
        """Open the collection in a folder, after a check of its structure (0.2 s for 100,000 chunks).

        Args:
            folder: Where it lies.
            subject: How messages call it; by its folder's name if empty.

        Raises:
            CollectionNotFound: There is none.
            SchemaTooNew: A newer Vouch made it; nothing is changed.
            CollectionDamaged: It cannot be trusted.
            StorageFull: There is no space left for what SQLite keeps beside it.
        """
        store = cls(folder, subject)
        require_readable(store._path, store._subject)
        try:
            with storage_errors(store._subject):
                store._held = HeldDatabase(store._path)
            with store._transaction() as connection:
                require_sound(connection, store._subject)
                read_state(connection, store._subject)
        except BaseException:
            store.close()
            raise
        return store

    def copy(self, path: Path) -> None:
        """Write a copy of the present generation to a new file; readers and writers go on meanwhile.

        Raises:
            StorageFull: There is no space left.
            CollectionError: It cannot be written.
        """
        with self._reading() as connection:
            copy_database(connection, path, self._subject)

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

    def check(self, full: bool, limits: TextLimits | None = None) -> list[Finding]:
        """Examine the collection; problems are findings, not errors.

        Args:
            full: Also read every row and compare it with its checksum, its text and its document.
            limits: What a document may have, where the collection comes from elsewhere.
        """
        with self._transaction() as connection:
            return findings(connection, self.folder, self._subject, full=full, limits=limits)

    # Writing

    @contextmanager
    def ingesting(self, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Be the only one who ingests, until the block ends; single changes of others go on meanwhile.

        Raises:
            CollectionLocked: Another one is ingesting; the message names process and command.
            CollectionError: This process has met an I/O error while writing, and writes no more.
        """
        self._require_writable()
        with locked(self.folder, timeout_s, self._subject, INGEST_LOCK):
            self._require_present()
            yield

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
        self._require_writable()
        with locked(self.folder, timeout_s, self._subject), self._write_errors():
            self._require_present()
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

    def _require_writable(self) -> None:
        """Refuse to change a collection that is gone, or after an I/O error of this process.

        Raises:
            CollectionNotFound: It is gone.
            CollectionError: There was such an error.
        """
        if self.write_failure is not None:
            raise CollectionError(
                f"{self._subject} takes no changes after an I/O error: {self.write_failure.message}",
                remedy="What was acknowledged is intact. Check the disk, then start again.",
            ) from self.write_failure
        self._require_present()

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
