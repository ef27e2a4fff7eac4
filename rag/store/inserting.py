"""The rows of a document, a chunk or a new collection: refused where they cannot be trusted, then inserted."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rag.durable import seal
from rag.errors import EmbedderError
from rag.store.records import (
    CHUNK_COLUMNS,
    State,
    pack_heading,
    pack_identity,
    pack_record,
    pack_state,
    pack_vectors,
)
from rag.store.schema import write_meta
from rag.types import Chunk, Document, DocumentRecord, EmbedderIdentity

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

UNIT_TOLERANCE = 1e-3


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
