"""Rows and their checksums: values to bytes and back, without a database.

Every row carries a checksum over all its columns. It is compared before anything of the row is decoded, so that a
flipped bit is found before it can be believed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rag.types import Document, DocumentRecord, EmbedderIdentity, Locator, ReadingText, Runs

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

COMPRESSION_LEVEL = 1
VECTOR_TYPE = "<f4"
CHUNK_ID_TYPE = "<i8"

DOCUMENT_COLUMNS = (
    "document_id, source, title, revision, metadata, reader, size_bytes, characters, chunks, added_at, generation"
)
TEXT_COLUMNS = "document_id, revision, canonical, reading, runs, locators"
CHUNK_COLUMNS = 'chunk_id, document_id, start, "end", heading, embedded, vector'


@dataclass(frozen=True, slots=True)
class State:
    """What changes with every commit.

    Attributes:
        generation: Counts the commits; 0 for a new collection.
        last_chunk_id: The highest number ever given to a chunk; the next one is higher.
        changes_since: The earliest generation whose later changes are all known.
        documents: Number of documents.
        chunks: Number of chunks.
    """

    generation: int = 0
    last_chunk_id: int = 0
    changes_since: int = 0
    documents: int = 0
    chunks: int = 0


def pack_state(state: State) -> bytes:
    """Return the state as stored."""
    return json.dumps(asdict(state)).encode()


def unpack_state(data: bytes) -> State:
    """Return the state that `pack_state` packed."""
    return State(**json.loads(data))


def pack_identity(identity: EmbedderIdentity) -> bytes:
    """Return an embedder's identity as stored."""
    return json.dumps(asdict(identity)).encode()


def unpack_identity(data: bytes) -> EmbedderIdentity:
    """Return the identity that `pack_identity` packed."""
    return EmbedderIdentity(**json.loads(data))


def pack_vectors(vectors: Matrix) -> list[bytes]:
    """Return each row as little-endian float32."""
    import numpy as np

    return [row.tobytes() for row in np.ascontiguousarray(vectors, dtype=VECTOR_TYPE)]


def unpack_vector(data: bytes) -> Vector:
    """Return the vector that `pack_vectors` packed; read-only."""
    import numpy as np

    return np.frombuffer(data, dtype=VECTOR_TYPE)


def pack_chunk_ids(chunk_ids: Sequence[int]) -> bytes:
    """Return numbers of chunks as stored."""
    import numpy as np

    return np.array(chunk_ids, dtype=CHUNK_ID_TYPE).tobytes()


def unpack_chunk_ids(data: bytes) -> list[int]:
    """Return the numbers that `pack_chunk_ids` packed."""
    import numpy as np

    return list(np.frombuffer(data, dtype=CHUNK_ID_TYPE).tolist())


def pack_heading(heading: Sequence[str]) -> str:
    """Return a heading path as stored."""
    return json.dumps(list(heading))


def unpack_heading(data: str) -> tuple[str, ...]:
    """Return the path that `pack_heading` packed."""
    return tuple(json.loads(data))


def pack_text(document: Document) -> tuple[bytes, bytes, bytes, bytes]:
    """Return canonical text, reading text (empty: the same), runs and locators as stored."""
    reading = document.reading
    same = reading.text == document.text
    locators = [(place.start, place.kind, place.value) for place in document.locators]
    return (
        compress(document.text.encode()),
        b"" if same else compress(reading.text.encode()),
        compress(reading.runs.pack()),
        compress(json.dumps(locators).encode()),
    )


def unpack_reading(canonical: bytes, reading: bytes, runs: bytes) -> ReadingText:
    """Return the reading text that `pack_text` packed."""
    return ReadingText(unpack_text(reading or canonical), Runs.unpack(zlib.decompress(runs)))


def unpack_text(data: bytes) -> str:
    """Return a text that `pack_text` packed."""
    return zlib.decompress(data).decode()


def unpack_locators(data: bytes) -> tuple[Locator, ...]:
    """Return the locators that `pack_text` packed."""
    return tuple(Locator(start, kind, tuple(value)) for start, kind, value in json.loads(zlib.decompress(data)))


def compress(data: bytes) -> bytes:
    """Return the bytes made smaller, quickly."""
    return zlib.compress(data, COMPRESSION_LEVEL)


def pack_record(record: DocumentRecord) -> tuple[str | int, ...]:
    """Return a document's row, in the order of `DOCUMENT_COLUMNS`."""
    return (
        record.document_id,
        record.source,
        record.title,
        record.revision,
        json.dumps(dict(record.metadata)),
        record.reader,
        record.size_bytes,
        record.characters,
        record.chunks,
        record.added_at,
        record.generation,
    )


def unpack_record(row: Sequence[Any]) -> DocumentRecord:
    """Return the record that `pack_record` packed; its checksum has been compared."""
    document_id, source, title, revision, metadata, *rest = row
    return DocumentRecord(document_id, source, title, revision, json.loads(metadata), *rest)
