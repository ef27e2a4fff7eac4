"""Reading rows of a collection: every one is compared with its checksum before anything of it is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

from rag.durable import bindable, intact
from rag.errors import CollectionDamaged, DocumentNotFound
from rag.store.filters import Where, excluded_in, read_exclusions, select
from rag.store.records import (
    CHUNK_COLUMNS,
    DOCUMENT_COLUMNS,
    TEXT_COLUMNS,
    unpack_chunk_ids,
    unpack_heading,
    unpack_reading,
    unpack_record,
    unpack_vector,
)
from rag.store.schema import DAMAGE_REMEDY, read_state
from rag.types import DocumentRecord, IndexRow, Span, StoredChunk

PARAMETERS_AT_ONCE = 500
ChunkRow = tuple[int, str, int, int, str, str, bytes, bytes]
"""`CHUNK_COLUMNS` and the checksum."""


class StoredText(NamedTuple):
    """A document's texts as stored; `rag.store.records` unpacks them."""

    canonical: bytes
    reading: bytes
    runs: bytes
    locators: bytes


class Changes(NamedTuple):
    """What turns an index of one generation into one of a later one.

    Attributes:
        added: Chunks that came, ascending.
        removed: Numbers of chunks that the earlier generation had and this one has not.
        generation: The later one.
    """

    added: list[IndexRow]
    removed: list[int]
    generation: int


class Rows:
    """What can be read over one connection; several calls within a transaction see one generation."""

    def __init__(self, connection: sqlite3.Connection, subject: str) -> None:
        self._connection = connection
        self._subject = subject

    def some_records(self, limit: int, offset: int) -> list[DocumentRecord]:
        """Return at most `limit` documents by source, after leaving out `offset`."""
        rows = self._select(DOCUMENT_COLUMNS, "documents ORDER BY source LIMIT ? OFFSET ?", (limit, offset))
        return [self._record(row) for row in rows]

    def records(self) -> list[DocumentRecord]:
        """Return all documents, by source.

        Raises:
            CollectionDamaged: One of them cannot be trusted, or is missing.
        """
        found = [self._record(row) for row in self._select(DOCUMENT_COLUMNS, "documents NOT INDEXED")]
        if len(found) != read_state(self._connection, self._subject).documents:
            self._damaged("documents are missing")
        return sorted(found, key=lambda record: record.source)

    def record(self, column: str, value: str | int) -> DocumentRecord | None:
        """Return the document whose `column` is `value`; None where there is none."""
        for row in self._select(DOCUMENT_COLUMNS, f"documents WHERE {column} = ?", (value,)):
            return self._record(row)
        return None

    def revisions(self, document_ids: Sequence[str]) -> dict[str, str]:
        """Return the revisions of those of the documents that are there, by id.

        Raises:
            CollectionDamaged: One of them cannot be trusted.
        """
        found: dict[str, str] = {}
        for first in range(0, len(document_ids), PARAMETERS_AT_ONCE):
            some = document_ids[first : first + PARAMETERS_AT_ONCE]
            marks = ", ".join("?" * len(some))
            records = map(
                self._record, self._select(DOCUMENT_COLUMNS, f"documents WHERE document_id IN ({marks})", some)
            )
            found |= {record.document_id: record.revision for record in records}
        return found

    def text(self, document_id: str) -> StoredText:
        """Return a document's texts.

        Raises:
            DocumentNotFound: The collection holds no such document.
            CollectionDamaged: They cannot be trusted; the message names the document.
        """
        for row in self._select(TEXT_COLUMNS, "texts WHERE document_id = ?", (document_id,)):
            *values, checksum = row
            if not intact(checksum, values[:2], *values[2:]):
                self._damaged("its text does not match its checksum", document_id)
            return StoredText(*values[2:])
        if self.record("document_id", document_id) is not None:
            self._damaged("its text is missing", document_id)
        raise DocumentNotFound(f"{self._subject} holds no document {document_id}.", field="document_id")

    def chunks(self, chunk_ids: Sequence[int]) -> list[StoredChunk]:
        """Return those of the chunks that are live, in any order."""
        found: list[StoredChunk] = []
        for first in range(0, len(chunk_ids), PARAMETERS_AT_ONCE):
            some = chunk_ids[first : first + PARAMETERS_AT_ONCE]
            marks = ", ".join("?" * len(some))
            found += map(stored_chunk, self.chunk_rows(f"chunk_id IN ({marks})", some))
        return found

    def document_chunks(self, document_id: str) -> list[StoredChunk]:
        """Return a document's chunks in order.

        Raises:
            DocumentNotFound: The collection holds no such document.
            CollectionDamaged: A chunk is missing or cannot be trusted.
        """
        record = self.record("document_id", document_id)
        if record is None:
            raise DocumentNotFound(f"{self._subject} holds no document {document_id}.", field="document_id")
        found = list(map(stored_chunk, self.chunk_rows("document_id = ? ORDER BY chunk_id", (document_id,))))
        if len({chunk.chunk_id for chunk in found}) != record.chunks:
            self._damaged("chunks are missing", document_id)
        return found

    def chunk_rows(self, condition: str, parameters: Sequence[int | str]) -> Iterator[ChunkRow]:
        """Yield rows of the table ``chunks``, each compared with its checksum.

        Raises:
            CollectionDamaged: A row cannot be trusted; the message names the document.
        """
        for row in self._select(CHUNK_COLUMNS, f"chunks WHERE {condition}", parameters):
            if not intact(row[7], row[:6], row[6]):
                self._damaged(f"its chunk {row[0]} does not match its checksum", str(row[1]))
            yield row

    def index_rows(self, after_chunk_id: int) -> Iterator[IndexRow]:
        """Yield what an index is built from, ascending.

        Raises:
            CollectionDamaged: A row is missing or cannot be trusted.
        """
        count = 0
        for row in self.chunk_rows("chunk_id > ? ORDER BY chunk_id", (after_chunk_id,)):
            count += 1
            yield index_row(row)
        if after_chunk_id == 0 and count != read_state(self._connection, self._subject).chunks:
            self._damaged("chunks are missing")

    def changes(self, since: int) -> Changes | None:
        """Return what happened after a generation; None where that is no longer known.

        Raises:
            CollectionDamaged: A row cannot be trusted.
        """
        state = read_state(self._connection, self._subject)
        if not state.changes_since <= since <= state.generation:
            return None
        condition = "document_id IN (SELECT document_id FROM documents WHERE generation > ?) ORDER BY chunk_id"
        added = [index_row(row) for row in self.chunk_rows(condition, (since,))]
        return Changes(added, self.removed(since), state.generation)

    def removed(self, since: int) -> list[int]:
        """Return the chunks taken away after a generation, of those that it had.

        Raises:
            CollectionDamaged: The list of them cannot be trusted.
        """
        found: list[int] = []
        for generation, added, chunk_ids, checksum in self._select(
            "generation, added, chunk_ids", "removals WHERE generation > ? ORDER BY generation", (since,)
        ):
            if not intact(checksum, (generation, added), chunk_ids):
                self._damaged(f"its list of removals in generation {generation} cannot be trusted")
            # What came and went in between was never in the index of `since`.
            if added <= since:
                found += unpack_chunk_ids(chunk_ids)
        return found

    def matching(self, where: Where) -> set[int]:
        """Return the numbers of the chunks that a filter lets through.

        Raises:
            FilterError: The filter cannot be understood.
            CollectionDamaged: A document cannot be trusted.
        """
        passed = select(self.records(), where)
        exclusions = read_exclusions(where)
        found: set[int] = set()
        for record in passed:
            excluded = excluded_in(record.source, exclusions)
            if excluded is not None:
                found.update(self.chunks_outside(record.document_id, excluded))
                continue
            rows = self._connection.execute("SELECT chunk_id FROM chunks WHERE document_id = ?", (record.document_id,))
            found.update(chunk_id for (chunk_id,) in rows)
        return found

    def chunks_outside(self, document_id: str, stretches: Sequence[Span]) -> set[int]:
        """Return a document's chunks that hold no character of these canonical stretches; none where there is none."""
        if not stretches:
            return set()
        stored = self.text(document_id)
        reading = unpack_reading(stored.canonical, stored.reading, stored.runs)
        kept = set()
        for chunk in self.document_chunks(document_id):
            start, end = reading.locate(chunk.start, chunk.end)
            if all(end <= stretch.start or stretch.end <= start for stretch in stretches):
                kept.add(chunk.chunk_id)
        return kept

    def _select(self, columns: str, rest: str, parameters: Sequence[int | str] = ()) -> Iterator[Any]:
        """Return rows with their checksum last; what damage makes of the values is for `intact` to see."""
        bound = [bindable(value) if isinstance(value, str) else value for value in parameters]
        return self._connection.execute(f"SELECT {columns}, checksum FROM {rest}", bound)

    def _record(self, row: Sequence[Any]) -> DocumentRecord:
        *values, checksum = row
        if not intact(checksum, values):
            self._damaged("its record does not match its checksum", str(values[0]), str(values[1]))
        return unpack_record(values)

    def _damaged(self, problem: str, document_id: str = "", source: str = "") -> NoReturn:
        """Say which document cannot be trusted.

        Raises:
            CollectionDamaged: Always.
        """
        if not document_id:
            raise CollectionDamaged(f"{self._subject} is damaged: {problem}.", remedy=DAMAGE_REMEDY)
        if not source:
            query = "SELECT source FROM documents WHERE document_id = ?"
            (source,) = self._connection.execute(query, (bindable(document_id),)).fetchone() or ("",)
        raise CollectionDamaged(
            f"{self._subject} is damaged in the document {source!r} ({document_id!r}): {problem}.",
            remedy="Delete this document and ingest its file again.",
        )


def stored_chunk(row: ChunkRow) -> StoredChunk:
    """Return the chunk of a row."""
    return StoredChunk(row[0], row[1], row[2], row[3], unpack_heading(row[4]))


def index_row(row: ChunkRow) -> IndexRow:
    """Return what an index needs of a row."""
    return IndexRow(row[0], row[5], unpack_vector(row[6]))
