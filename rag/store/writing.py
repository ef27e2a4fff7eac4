"""Changing a collection: each change is one transaction, and is there whole once it has been acknowledged."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from rag.durable import bindable, database_error, intact, seal, transaction
from rag.errors import CollectionError, CollectionLocked, DocumentNotFound, SourceDeleted, SourceNotText
from rag.store.inserting import record_of, require_spans, require_vectors, write_chunks, write_document
from rag.store.notes import (
    forget_notes,
    is_kept,
    kept_revision,
    kept_revisions,
    note_kept,
    note_values,
    overlaid,
    require_metadata,
    values_set,
)
from rag.store.originals import Originals
from rag.store.reading import Rows
from rag.store.records import (
    DOCUMENT_COLUMNS,
    State,
    pack_chunk_ids,
    pack_record,
    pack_state,
    pack_text,
    unpack_record,
)
from rag.store.schema import read_state, write_meta
from rag.types import Chunk, Document, DocumentRecord, Metadata

if TYPE_CHECKING:
    from rag.types.sources import Matrix

GENERATIONS_KEPT = 1000
"""For so many commits it stays known which chunks they took away."""
CHECKPOINT_TIMEOUT_S = 0.2


class OldDocument(NamedTuple):
    """What has to be known of a document that goes.

    Attributes:
        document_id: Its id.
        generation: The one that its chunks came with, or an earlier one.
        chunks: Number of its chunks.
    """

    document_id: str
    generation: int
    chunks: int


class Writer:
    """The one who may change a collection; made by `Store.writer`, and good until its block ends.

    Not for several threads at once. After an error of the disk it refuses to go on: SQLite may then have lost what it
    believes written, so that another try could seem to succeed.

    Attributes:
        failure: The error after which writing stopped; None while all is well.
    """

    def __init__(self, connection: sqlite3.Connection, dimension: int, subject: str, originals: Originals) -> None:
        self.failure: CollectionError | None = None
        self._originals = originals
        self._connection = connection
        self._dimension = dimension
        self._subject = subject

    def put(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Matrix,
        original: Path | None = None,
        *,
        replaces: str | None = None,
        metadata: Metadata = MappingProxyType({}),
    ) -> str:
        """Add a document, or put it in the place of the one that has its source; return its document_id.

        The document_id of a replaced document stays; that of a deleted one never comes back. When this returns, the
        change is on the disk; if it raises, the collection is as it was. Metadata set by hand stay set.

        Args:
            document: Its `source` decides what is replaced.
            chunks: Stretches of `document.reading`.
            vectors: One unit row per chunk, (len(chunks), dimension).
            original: The file it was read from, to be kept as it is; None to keep none.
            replaces: The document_id that its source had when it was read; where that document has been deleted
                since, it stays deleted. None where there was none.
            metadata: Set by hand, as by `set_metadata`, in the same transaction.

        Raises:
            SourceDeleted: The document that it was to replace has been deleted.
            SourceUnreadable: The original cannot be read, or has changed since.
            SourceNotText: A text holds characters that UTF-8 cannot express.
            EmbedderError: A vector is not finite, not of unit length, or of another dimension.
            StorageFull: There is no space left.
            CollectionError: It cannot be written.
            ValueError: A chunk is not the stretch of the document that it says (a mistake of the caller).
        """
        require_spans(document, chunks)
        require_vectors(document.source, vectors, (len(chunks), self._dimension))
        require_metadata(metadata)
        try:
            text = pack_text(document)
            self._require_present(document.source, replaces)
            if original is not None:
                self._require_going_on()
                self._originals.keep(original, document.revision, document.source)
            with self._changing() as state:
                document_id, kept = self._store(document, chunks, vectors, text, state, original is not None, metadata)
            self._drop(kept, document.revision)
            return document_id
        except UnicodeEncodeError as error:
            raise SourceNotText(
                f"{document.source!r} holds characters that are no text: {error.reason}.",
                remedy="Correct the file or its name.",
            ) from error

    def delete(self, document_id: str) -> None:
        """Delete a document. When this returns it is gone for good; its bytes are overwritten.

        Raises:
            DocumentNotFound: The collection holds no such document.
            StorageFull: There is no space left.
            CollectionError: It cannot be written.
        """
        with self._changing() as state:
            old = self._old("document_id", document_id)
            if old is None:
                raise DocumentNotFound(f"{self._subject} holds no document {document_id}.", field="document_id")
            generation = state.generation + 1
            kept = kept_revision(self._connection, old.document_id, self._subject)
            self._remove(old, generation)
            forget_notes(self._connection, old.document_id)
            self._finish(state, generation, documents=state.documents - 1, chunks=state.chunks - old.chunks)
        self._drop(kept)

    def keep_original(self, document_id: str, file: Path) -> None:
        """Keep the file that a stored document was read from, which was not kept so far.

        Raises:
            DocumentNotFound: The collection holds no such document.
            SourceUnreadable: The file cannot be read, or is not the one that was read.
            CollectionError: It cannot be written.
        """
        record = self._record(document_id)
        self._originals.keep(file, record.revision, record.source)
        with self._changing() as state:
            note_kept(self._connection, document_id, record.revision)
            self._finish(state, state.generation + 1, documents=state.documents, chunks=state.chunks)

    def set_metadata(self, document_id: str, values: Mapping[str, str | int | float | bool | None]) -> DocumentRecord:
        """Set some of a document's metadata, and take away those given as None; return its new record.

        The rest stays, and so do text, chunks and vectors. What was set stays when the document is replaced.

        Raises:
            DocumentNotFound: The collection holds no such document.
            UsageError: A key or a value cannot be one; the message names it.
            CollectionError: It cannot be written.
        """
        require_metadata(values)
        with self._changing() as state:
            record = self._record(document_id)
            noted = values_set(self._connection, document_id, self._subject) | dict(values)
            note_values(self._connection, document_id, noted)
            record = replace(record, metadata=overlaid(record.metadata, noted))
            row = pack_record(record)
            marks = ", ".join("?" * len(row))
            # The generation in the record is that of its chunks, which are as they were.
            self._connection.execute(
                f"UPDATE documents SET ({DOCUMENT_COLUMNS}, checksum) = ({marks}, ?) WHERE document_id = ?",
                (*row, seal(row), document_id),
            )
            self._finish(state, state.generation + 1, documents=state.documents, chunks=state.chunks)
        return record

    def remove_unneeded(self) -> list[str]:
        """Remove kept files that no document needs, as a crash may leave them; return their revisions.

        Raises:
            CollectionError: One cannot be removed.
        """
        if not self._originals.revisions():
            return []
        needed = set(kept_revisions(self._connection, self._subject).values())
        unneeded = self._originals.unneeded(needed)
        for revision in unneeded:
            self._originals.remove(revision)
        return unneeded

    def _drop(self, revision: str | None, successor: str | None = None) -> None:
        """Remove the kept file of a revision that a document has no more, unless another one needs it."""
        if revision is None or revision == successor:
            return
        if not is_kept(self._connection, revision):
            self._originals.remove(revision)

    def _record(self, document_id: str) -> DocumentRecord:
        """Return a document's record.

        Raises:
            DocumentNotFound: The collection holds no such document.
        """
        record = Rows(self._connection, self._subject).record("document_id", document_id)
        if record is None:
            raise DocumentNotFound(f"{self._subject} holds no document {document_id}.", field="document_id")
        return record

    def _require_present(self, source: str, document_id: str | None) -> None:
        """Refuse to bring back a document that has been deleted.

        Raises:
            SourceDeleted: The document of this source has not this id; None for the id is always well.
        """
        if document_id is None:
            return
        found = self._connection.execute(
            "SELECT 1 FROM documents WHERE source = ? AND document_id = ?", (bindable(source), document_id)
        ).fetchone()
        if found is None:
            raise SourceDeleted(
                f"{source!r} was deleted from the collection while it was being ingested.",
                remedy="Add it again if it shall be there.",
            )

    def _require_going_on(self) -> None:
        """Refuse any change after an error of the database.

        Raises:
            CollectionError: There was one.
        """
        if self.failure is not None:
            raise CollectionError(
                f"{self._subject} takes no further changes after an error: {self.failure.message}",
                remedy="What was acknowledged is intact. Mend the cause and begin again.",
            ) from self.failure

    @contextmanager
    def _changing(self) -> Iterator[State]:
        """Make the block one transaction; after an error of the database, refuse any further one."""
        self._require_going_on()
        try:
            with transaction(self._connection, "IMMEDIATE"):
                yield read_state(self._connection, self._subject)
        except sqlite3.Error as error:
            ours = database_error(error, self._subject)
            # Another process in the way has changed nothing; anything else may have.
            if not isinstance(ours, CollectionLocked):
                self.failure = ours
            raise ours from error

    def _store(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Matrix,
        text: tuple[bytes, bytes, bytes, bytes],
        state: State,
        keeps: bool,
        metadata: Metadata,
    ) -> tuple[str, str | None]:
        """Write the rows of a document and the new state; return its id and the revision that was kept for it so far.

        `keeps` tells whether its file is kept; `metadata` are set by hand.
        """
        connection, generation = self._connection, state.generation + 1
        old = self._old("source", document.source)
        if old is not None:
            self._remove(old, generation)
        document_id = old.document_id if old is not None else f"doc_{secrets.token_hex(8)}"
        kept = kept_revision(connection, document_id, self._subject)
        if keeps or kept not in (None, document.revision):
            note_kept(connection, document_id, document.revision if keeps else None)
        values = values_set(connection, document_id, self._subject)
        if not metadata.items() <= values.items():
            values = values | dict(metadata)
            note_values(connection, document_id, values)
        document = replace(document, metadata=overlaid(document.metadata, values)) if values else document
        write_document(connection, record_of(document, document_id, len(chunks), generation), text)
        last_chunk_id = write_chunks(connection, document_id, chunks, vectors, state.last_chunk_id)
        self._finish(
            replace(state, last_chunk_id=last_chunk_id),
            generation,
            documents=state.documents + (old is None),
            chunks=state.chunks + len(chunks) - (old.chunks if old is not None else 0),
        )
        return document_id, kept

    def _old(self, column: str, value: str) -> OldDocument | None:
        """Return the document whose `column` is `value`; None where there is none.

        The number of its chunks comes from its record, so that one whose chunks are damaged can be removed and leaves
        no trace; where the record is damaged itself, they are counted.
        """
        query = f"SELECT {DOCUMENT_COLUMNS}, checksum FROM documents WHERE {column} = ?"
        row = self._connection.execute(query, (bindable(value),)).fetchone()
        if row is None:
            return None
        *values, checksum = row
        if intact(checksum, values):
            record = unpack_record(values)
            return OldDocument(record.document_id, record.generation, record.chunks)
        count = "SELECT count(*) FROM chunks WHERE document_id = ?"
        return OldDocument(values[0], 0, self._connection.execute(count, values[:1]).fetchone()[0])

    def _remove(self, old: OldDocument, generation: int) -> None:
        """Delete a document's rows and note which chunks it had."""
        connection = self._connection
        rows = connection.execute("SELECT chunk_id FROM chunks WHERE document_id = ?", (old.document_id,))
        chunk_ids = pack_chunk_ids(sorted(chunk_id for (chunk_id,) in rows))
        checksum = seal((generation, old.generation), chunk_ids)
        connection.execute(
            "INSERT INTO removals VALUES (?, ?, ?, ?)", (generation, old.generation, chunk_ids, checksum)
        )
        # Chunks and text go with it: ON DELETE CASCADE.
        connection.execute("DELETE FROM documents WHERE document_id = ?", (old.document_id,))

    def _finish(self, state: State, generation: int, *, documents: int, chunks: int) -> None:
        """Forget old removals and write the state that the commit makes true."""
        changes_since = max(state.changes_since, generation - GENERATIONS_KEPT)
        self._connection.execute("DELETE FROM removals WHERE generation <= ?", (changes_since,))
        state = replace(state, generation=generation, changes_since=changes_since, documents=documents, chunks=chunks)
        write_meta(self._connection, "state", pack_state(state))


def empty_log(connection: sqlite3.Connection) -> None:
    """Move what is committed from the log into the file, and empty the log, so that deleted text is nowhere left.

    Readers can put it off; the next writer, or the last to close, does it then.
    """
    connection.execute(f"PRAGMA busy_timeout = {int(CHECKPOINT_TIMEOUT_S * 1000)}")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        # Every commit is safe in the log; there only was no room, or no turn, to move it.
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise


def is_io_error(error: BaseException | None) -> bool:
    """Tell whether an error of SQLite is one of reading, writing or syncing, and not for want of space."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_IOERR and code != sqlite3.SQLITE_IOERR_SHMSIZE
