"""Examining a collection: what ``vouch doctor`` looks at, and whether an embedder is the one it was made with."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rag.durable import database_error
from rag.errors import CollectionDamaged, CollectionError, DocumentNotFound
from rag.store.fidelity import is_embedded
from rag.store.notes import kept_revisions, values_set
from rag.store.originals import ORIGINALS_FOLDER, Originals, hash_of
from rag.store.reading import ChunkRow, Rows
from rag.store.records import VECTOR_TYPE, pack_vectors, unpack_heading, unpack_identity, unpack_reading
from rag.store.schema import read_meta, read_state, schema_problem, structure_problem
from rag.store.shapes import UNREADABLE, TextLimits, are_headings, metadata_problem, record_problems, text_problems
from rag.types import EmbedderIdentity, Finding

if TYPE_CHECKING:
    from rag.types import DocumentRecord
    from rag.types.sources import Vector

CANARY_COSINE = 0.99
"""Below it two embedders are not the same; precision and batch size move it by less than 0.001."""
UNIT_TOLERANCE = 1e-3
PROBLEMS_SHOWN = 5
PRIVATE = stat.S_IRWXG | stat.S_IRWXO
"""Permissions that nobody but the owner should have."""


def findings(
    connection: sqlite3.Connection, folder: Path, subject: str, *, full: bool, limits: TextLimits | None = None
) -> list[Finding]:
    """Examine a collection, in one transaction of the caller; a problem is a finding, not an error.

    Args:
        connection: Reads the collection.
        folder: Where it lies.
        subject: How messages call it.
        full: Also compare every row with its checksum and every chunk with its text.
        limits: What a document may have, where the collection comes from elsewhere.
    """
    checks: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("structure", lambda: filter(None, [structure_problem(connection)])),
        ("schema", lambda: filter(None, [schema_problem(connection)])),
        ("counts", lambda: count_problems(connection, subject)),
        ("permissions", lambda: permission_problems(folder)),
        ("originals", lambda: original_problems(connection, Originals(folder), subject, full=full)),
    ]
    if full:
        checks += [
            ("embedder", lambda: embedder_problems(connection, subject)),
            ("documents", lambda: document_problems(connection, subject, limits)),
            ("orphans", lambda: orphan_problems(connection)),
            ("removals", lambda: removal_problems(connection, subject)),
        ]
    return [finding(name, check) for name, check in checks]


def finding(name: str, problems: Callable[[], Iterator[str]]) -> Finding:
    """Return one finding on what a check yields, damage included that stops it."""
    found: list[str] = []
    try:
        found.extend(problems())
    except CollectionError as error:
        found.append(error.message)
    except sqlite3.Error as error:
        found.append(database_error(error, "The database").message)
    shown = found[:PROBLEMS_SHOWN]
    if len(found) > PROBLEMS_SHOWN:
        shown.append(f"and {len(found) - PROBLEMS_SHOWN} more")
    return Finding(name, not found, " ".join(shown) or "ok")


def count_problems(connection: sqlite3.Connection, subject: str) -> Iterator[str]:
    """Yield where the number of documents or chunks is not what the last commit left."""
    state = read_state(connection, subject)
    for table, expected in (("documents", state.documents), ("texts", state.documents), ("chunks", state.chunks)):
        (count,) = connection.execute(f"SELECT count(*) FROM {table} NOT INDEXED").fetchone()
        if count != expected:
            yield f"{count} {table} where {expected} were committed."


def permission_problems(folder: Path) -> Iterator[str]:
    """Yield what others than the owner may open."""
    originals = folder / ORIGINALS_FOLDER
    for path in (folder, *sorted(folder.iterdir()), *(originals.iterdir() if originals.is_dir() else ())):
        with suppress(FileNotFoundError):  # a writer may just have removed it
            mode = path.lstat().st_mode
            if mode & PRIVATE:
                yield f"{path} is open to others."


def original_problems(
    connection: sqlite3.Connection, originals: Originals, subject: str, *, full: bool
) -> Iterator[str]:
    """Yield documents whose kept file is missing (with `full`: or is another), and kept files that nobody needs."""
    kept = kept_revisions(connection, subject)
    for document_id, revision in sorted(kept.items()):
        if hash_of(originals.path(revision)) != revision if full else not originals.has(revision):
            yield f"The kept file of the document {document_id} is missing or damaged: {originals.path(revision)}."
    for revision in originals.unneeded(set(kept.values())):
        yield f"{originals.path(revision)} is kept for no document; --repair removes it."


def embedder_problems(connection: sqlite3.Connection, subject: str) -> Iterator[str]:
    """Yield what is wrong with the stored identity and canary."""
    identity = unpack_identity(read_meta(connection, "embedder", subject))
    if problem := vectors_problem([read_meta(connection, "canary", subject)], identity.dimension):
        yield f"The vector of the known sentence {problem}."


def document_problems(connection: sqlite3.Connection, subject: str, limits: TextLimits | None) -> Iterator[str]:
    """Yield documents whose record or text cannot be trusted, or whose chunks are not those that were stored."""
    rows = Rows(connection, subject)
    dimension = unpack_identity(read_meta(connection, "embedder", subject)).dimension
    generation = read_state(connection, subject).generation
    for (row_number,) in connection.execute("SELECT rowid FROM documents NOT INDEXED").fetchall():
        try:
            record = rows.record("rowid", row_number)
            if record is None:
                continue
            text = rows.text(record.document_id)
            if problems := [*record_problems(record, generation), *text_problems(record, text, limits)]:
                yield from (f"{record.source!r} is not as Vouch stores it: {problem}." for problem in problems)
                continue
            reading = unpack_reading(text.canonical, text.reading, text.runs).text
            chunks = list(rows.chunk_rows("document_id = ?", (record.document_id,)))
            noted = values_set(connection, record.document_id, subject)
            if not are_headings(row[4] for row in chunks) or metadata_problem(
                {key: value for key, value in noted.items() if value is not None}
            ):
                yield f"{record.source!r} has a heading or a note that is not as Vouch stores it."
                continue
        except (CollectionDamaged, DocumentNotFound) as error:
            yield error.message
            continue
        except UNREADABLE as error:
            yield f"Document {row_number} is not as Vouch stores it: {error}."
            continue
        yield from (f"{record.source!r} has {problem}." for problem in chunk_problems(record, reading, chunks))
        if problem := vectors_problem([row[6] for row in chunks], dimension):
            yield f"{record.source!r} has a vector that {problem}."


def chunk_problems(record: DocumentRecord, reading: str, chunks: Sequence[ChunkRow]) -> Iterator[str]:
    """Yield in what a document's chunks are not the stretches of its reading text that were committed."""
    if len(chunks) != record.chunks:
        yield f"{len(chunks)} chunks where {record.chunks} were committed"
    if any(not 0 <= start < end <= len(reading) for _, _, start, end, *_ in chunks):
        yield "a chunk outside its text"
        return
    for _, _, start, end, heading, embedded, *_ in chunks:
        if not is_embedded(embedded, reading[start:end], (record.title, *unpack_heading(heading))):
            yield "a chunk that was embedded with other words than its own"
            return


def orphan_problems(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield rows that belong to no document; the tables are read, not their indexes."""
    for table in ("texts", "chunks"):
        (count,) = connection.execute(
            f"SELECT count(*) FROM {table} NOT INDEXED WHERE document_id NOT IN "
            "(SELECT document_id FROM documents NOT INDEXED)"
        ).fetchone()
        if count:
            yield f"{count} {table} belong to no document."


def removal_problems(connection: sqlite3.Connection, subject: str) -> Iterator[str]:
    """Yield removed chunks that are live, or numbers that were never given."""
    state = read_state(connection, subject)
    removed = set(Rows(connection, subject).removed(state.changes_since))
    live = {chunk_id for (chunk_id,) in connection.execute("SELECT chunk_id FROM chunks NOT INDEXED")}
    if removed & live:
        yield f"{len(removed & live)} removed chunks are live."
    if max(removed | live, default=0) > state.last_chunk_id:
        yield "A chunk has a number that was never given."


def vectors_problem(vectors: Sequence[bytes], dimension: int) -> str | None:
    """Return what keeps one of the stored vectors from being searched, or None."""
    import numpy as np

    size_bytes = dimension * np.dtype(VECTOR_TYPE).itemsize
    if any(len(vector) != size_bytes for vector in vectors):
        return f"has not {dimension} numbers"
    matrix = np.frombuffer(b"".join(vectors), dtype=VECTOR_TYPE).reshape(-1, dimension)
    if not np.isfinite(matrix).all():
        return "is not finite"
    if len(matrix) and abs(np.linalg.norm(matrix, axis=1) - 1.0).max() > UNIT_TOLERANCE:
        return "is not of unit length"
    return None


def embedder_problem(
    stored: EmbedderIdentity, stored_canary: Vector, given: EmbedderIdentity, given_canary: Vector
) -> str | None:
    """Return how an embedder differs from the one a collection was made with, or None.

    The name alone may differ: the same weights can lie at another path.
    """
    names = ("revision", "dimension", "query_prompt", "document_prompt", "max_tokens")
    for name in names:
        if getattr(stored, name) != getattr(given, name):
            return f"{name.replace('_', ' ')} {getattr(stored, name)!r} is not {getattr(given, name)!r}"
    if problem := vectors_problem([pack_vectors(given_canary.reshape(1, -1))[0]], stored.dimension):
        return f"its vector of a known sentence {problem}"
    cosine = float(stored_canary @ given_canary)
    if cosine < CANARY_COSINE:
        return f"a known sentence gets another vector (cosine {cosine:.2f})"
    return None
