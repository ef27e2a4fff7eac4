"""Changing a collection: each change is one transaction, and is there whole once it has been acknowledged."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from rag.durable import bindable, database_error, seal, transaction
from rag.errors import CollectionError, CollectionLocked, DocumentNotFound, EmbedderError, SourceNotText
from rag.store.records import (
    CHUNK_COLUMNS,
    State,
    pack_chunk_ids,
    pack_heading,
    pack_identity,
    pack_record,
    pack_state,
    pack_text,
    pack_vectors,
)
from rag.store.schema import read_state, write_meta
from rag.types import Chunk, Document, DocumentRecord, EmbedderIdentity

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

GENERATIONS_KEPT = 1000
"""For so many commits it stays known which chunks they took away."""
UNIT_TOLERANCE = 1e-3
CHECKPOINT_TIMEOUT_S = 0.2
OLD_COLUMNS = "document_id, generation, chunks"


class OldDocument(NamedTuple):
    """What has to be known of a document that goes."""

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

    def __init__(self, connection: sqlite3.Connection, dimension: int, subject: str) -> None:
        self.failure: CollectionError | None = None
        self._connection = connection
        self._dimension = dimension
        self._subject = subject

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: Matrix) -> str:
        """Add a document, or put it in the place of the one that has its source; return its document_id.

        The document_id of a replaced document stays; that of a deleted one never comes back. When this returns, the
        change is on the disk; if it raises, the collection is as it was.

        Args:
            document: Its `source` decides what is replaced.
            chunks: Stretches of `document.reading`.
            vectors: One unit row per chunk, (len(chunks), dimension).

        Raises:
            SourceNotText: A text holds characters that UTF-8 cannot express.
            EmbedderError: A vector is not finite, not of unit length, or of another dimension.
            StorageFull: There is no space left.
            CollectionError: It cannot be written.
            ValueError: A chunk is not the stretch of the document that it says (a mistake of the caller).
        """
        require_spans(document, chunks)
        require_vectors(document.source, vectors, (len(chunks), self._dimension))
        try:
            text = pack_text(document)
            with self._changing() as state:
                return self._store(document, chunks, vectors, text, state)
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
            found = self._connection.execute(
                f"SELECT {OLD_COLUMNS} FROM documents WHERE document_id = ?", (bindable(document_id),)
            ).fetchone()
            if found is None:
                raise DocumentNotFound(f"{self._subject} holds no document {document_id}.", field="document_id")
            old = OldDocument(*found)
            generation = state.generation + 1
            self._remove(old, generation)
            self._finish(state, generation, documents=state.documents - 1, chunks=state.chunks - old.chunks)

    @contextmanager
    def _changing(self) -> Iterator[State]:
        """Make the block one transaction; after an error of the database, refuse any further one."""
        if self.failure is not None:
            raise CollectionError(
                f"{self._subject} takes no further changes after an error: {self.failure.message}",
                remedy="What was acknowledged is intact. Mend the cause and begin again.",
            ) from self.failure
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
    ) -> str:
        """Write the rows of a document and the new state."""
        connection, generation = self._connection, state.generation + 1
        found = connection.execute(
            f"SELECT {OLD_COLUMNS} FROM documents WHERE source = ?", (document.source,)
        ).fetchone()
        old = OldDocument(*found) if found else None
        if old is not None:
            self._remove(old, generation)
        document_id = old.document_id if old is not None else f"doc_{secrets.token_hex(8)}"
        write_document(connection, record_of(document, document_id, len(chunks), generation), text)
        last_chunk_id = write_chunks(connection, document_id, chunks, vectors, state.last_chunk_id)
        self._finish(
            replace(state, last_chunk_id=last_chunk_id),
            generation,
            documents=state.documents + (old is None),
            chunks=state.chunks + len(chunks) - (old.chunks if old is not None else 0),
        )
        return document_id

    def _remove(self, old: OldDocument, generation: int) -> None:
        """Delete a document's rows and note which chunks it had.

        Its count comes from the record, so that a document whose rows are damaged can be removed and leaves no trace.
        """
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


def record_of(document: Document, document_id: str, chunks: int, generation: int) -> DocumentRecord:
    """Return the record of a document that is about to be stored."""
    return DocumentRecord(
        document_id=document_id,
        source=document.source,
        title=document.title,
        revision=document.revision,
        metadata=document.metadata,
        reader=document.reader,
        size_bytes=document.size_bytes,
        characters=len(document.text),
        chunks=chunks,
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
        generation=generation,
    )


def write_document(
    connection: sqlite3.Connection, record: DocumentRecord, text: tuple[bytes, bytes, bytes, bytes]
) -> None:
    """Insert a document's record and texts."""
    row = pack_record(record)
    connection.execute(f"INSERT INTO documents VALUES ({', '.join('?' * len(row))}, ?)", (*row, seal(row)))
    key = (record.document_id, record.revision)
    connection.execute("INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?, ?)", (*key, *text, seal(key, *text)))


def write_chunks(
    connection: sqlite3.Connection, document_id: str, chunks: Sequence[Chunk], vectors: Matrix, last_chunk_id: int
) -> int:
    """Insert a document's chunks, numbered after `last_chunk_id`, and return the last number given."""
    rows = []
    for chunk_id, (chunk, vector) in enumerate(zip(chunks, pack_vectors(vectors), strict=True), last_chunk_id + 1):
        fields = (chunk_id, document_id, chunk.start, chunk.end, pack_heading(chunk.heading), chunk.embedded)
        rows.append((*fields, vector, seal(fields, vector)))
    connection.executemany(f"INSERT INTO chunks ({CHUNK_COLUMNS}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return last_chunk_id + len(rows)


def require_spans(document: Document, chunks: Sequence[Chunk]) -> None:
    """Refuse chunks that are not stretches of the document's reading text.

    Raises:
        ValueError: One is not.
    """
    for chunk in chunks:
        if document.reading.text[chunk.start : chunk.end] != chunk.text:
            raise ValueError(f"{document.source}: the chunk at {chunk.start}:{chunk.end} is not its stretch of text")


def require_vectors(source: str, vectors: Matrix, shape: tuple[int, int]) -> None:
    """Refuse vectors that cannot be searched.

    Raises:
        EmbedderError: They are of another shape, not finite, or not of unit length.
    """
    import numpy as np

    if vectors.shape != shape:
        problem = f"are {vectors.shape} where {shape} were expected"
    elif not np.isfinite(vectors).all():
        problem = "are not finite"
    elif shape[0] and abs(np.linalg.norm(vectors, axis=1) - 1.0).max() > UNIT_TOLERANCE:
        problem = "are not of unit length"
    else:
        return
    raise EmbedderError(
        f"The vectors of '{source}' {problem}.", remedy="Check the embedding model, then ingest the file again."
    )


def write_first_rows(connection: sqlite3.Connection, identity: EmbedderIdentity, canary: Vector) -> None:
    """Store what a new collection knows: its embedder and that it is empty."""
    write_meta(connection, "embedder", pack_identity(identity))
    write_meta(connection, "canary", pack_vectors(canary.reshape(1, -1))[0])
    write_meta(connection, "state", pack_state(State()))


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
