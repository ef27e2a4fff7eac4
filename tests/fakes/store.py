"""Small documents for a store: vectors follow from the text, stars are markup, and everything can be compared."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.store import Store, Writer
from rag.types import Chunk, Document, EmbedderIdentity, Locator, Metadata, ReadingText, Run, Runs

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

DIMENSION = 8
IDENTITY = EmbedderIdentity("fake", "sha256:" + "ab" * 32, DIMENSION, "query: ", "passage: ", 256)


def vector_of(text: str) -> Vector:
    """Return a unit vector that depends on the text alone."""
    vector = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


CANARY = vector_of("canary")


def reading_of(text: str) -> ReadingText:
    """Return the text without its stars."""
    runs: list[Run] = []
    reading = ""
    position = 0
    for stretch in text.split("*"):
        if stretch:
            runs.append(Run(len(reading), position, len(stretch)))
            reading += stretch
        position += len(stretch) + 1
    return ReadingText(reading, Runs(runs))


def make_document(source: str, text: str, metadata: Metadata | None = None) -> Document:
    """Return a document whose revision follows from its text."""
    return Document(
        source=source,
        title=f"Title of {source}",
        revision=f"sha256:{zlib.crc32(text.encode()):064x}",
        text=text,
        reading=reading_of(text),
        locators=(Locator(0, "heading", ("A", "B")), Locator(0, "page", ("1",))),
        metadata={"words": len(text.split())} if metadata is None else metadata,
        size_bytes=len(text.encode()),
        reader="fake/1",
    )


def make_chunks(document: Document, size: int = 24) -> list[Chunk]:
    """Cut the reading text into stretches of `size` characters."""
    text = document.reading.text
    return [
        Chunk(
            start, min(start + size, len(text)), text[start : start + size], ("A",), f"A\n{text[start : start + size]}"
        )
        for start in range(0, len(text), size)
    ]


def make_vectors(chunks: Sequence[Chunk]) -> Matrix:
    """Return one row per chunk."""
    rows = [vector_of(chunk.embedded) for chunk in chunks]
    return np.stack(rows) if rows else np.zeros((0, DIMENSION), np.float32)


def put(writer: Writer, source: str, text: str, metadata: Metadata | None = None) -> str:
    """Put a small document."""
    document = make_document(source, text, metadata)
    chunks = make_chunks(document)
    return writer.put(document, chunks, make_vectors(chunks))


def make_store(folder: Path, texts: dict[str, str] | None = None) -> Store:
    """Make a store that holds texts by source."""
    store = Store.create(folder, IDENTITY, CANARY)
    if texts:
        with store.writer() as writer:
            for source, text in texts.items():
                put(writer, source, text)
    return store


class Held(NamedTuple):
    """One thing that a store gave: where it was asked for, and the answer."""

    question: str
    answer: object


def everything(store: Store) -> Iterator[Held]:
    """Ask a store everything it knows, in a form that compares with ``==``."""
    yield Held("identity", store.identity())
    yield Held("canary", store.canary().tobytes())
    yield Held("generation", store.generation())
    records = store.documents()
    yield Held("documents", records)
    yield Held("pages of documents", [record for page in range(len(records)) for record in store.documents(1, page)])
    yield Held("revisions", store.revisions())
    for record in records:
        yield Held(f"text of {record.source}", store.text(record.document_id))
        yield Held(f"reading of {record.source}", store.reading(record.document_id))
        yield Held(f"locators of {record.source}", store.locators(record.document_id))
        yield Held(f"chunks of {record.source}", store.document_chunks(record.document_id))
        yield Held(f"find {record.source}", store.find(record.source))
        yield Held(f"live {record.source}", store.is_live(record.document_id, record.revision))
    rows = [(row.chunk_id, row.embedded, row.vector.tobytes()) for row in store.rows()]
    yield Held("rows", rows)
    yield Held("chunks", store.chunks([row[0] for row in rows]))
    changes = store.changes(1)
    assert changes is not None
    added = [(row.chunk_id, row.embedded, row.vector.tobytes()) for row in changes.added]
    yield Held("changes", (added, changes.removed, changes.generation))


def assert_holds(store: Store, texts: dict[str, str]) -> None:
    """Fail unless a store holds exactly these texts, every derived thing agrees, and the full check is content."""
    assert [finding for finding in store.check(full=True) if not finding.ok] == []
    records = store.documents()
    assert {record.source: store.text(record.document_id) for record in records} == dict(texts)
    expected: list[tuple[str, bytes]] = []
    for record in records:
        document = make_document(record.source, texts[record.source], record.metadata)
        assert store.reading(record.document_id) == document.reading
        assert store.locators(record.document_id) == document.locators
        assert (record.title, record.revision, record.characters) == (
            document.title,
            document.revision,
            len(document.text),
        )
        chunks = make_chunks(document)
        stored = store.document_chunks(record.document_id)
        assert [(one.start, one.end, one.heading) for one in stored] == [
            (one.start, one.end, one.heading) for one in chunks
        ]
        expected += [(one.embedded, vector_of(one.embedded).tobytes()) for one in chunks]
    rows = list(store.rows())
    assert sorted((row.embedded, row.vector.tobytes()) for row in rows) == sorted(expected)
    assert [row.chunk_id for row in rows] == sorted({row.chunk_id for row in rows})
