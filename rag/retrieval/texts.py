"""The texts of documents, read for passages and kept between questions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Protocol

from rag.errors import DocumentNotFound
from rag.types import DocumentRecord, Locator, ReadingText, StoredChunk, text_hash

CACHED_CHARACTERS = 40_000_000
"""Text kept in memory between questions, in characters of canonical text."""


class ChunkSource(Protocol):
    """Where it is read which document a chunk is of."""

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
        """Return the chunks that are live, by number."""
        ...


class PassageSource(ChunkSource, Protocol):
    """What retrieval reads from the store."""

    def document(self, document_id: str) -> DocumentRecord:
        """Return a document's record.

        Raises:
            DocumentNotFound: It is not, or no longer, there.
        """
        ...

    def text(self, document_id: str) -> str:
        """Return the canonical text."""
        ...

    def reading(self, document_id: str) -> ReadingText:
        """Return the reading text."""
        ...

    def locators(self, document_id: str) -> Sequence[Locator]:
        """Return the locators, ascending by start within a kind."""
        ...

    def document_chunks(self, document_id: str) -> Sequence[StoredChunk]:
        """Return the document's chunks in the order of the text."""
        ...


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document held for reading: one revision, all of a piece; `text_sha256` is the hash of its `text`."""

    record: DocumentRecord
    text: str
    reading: ReadingText
    places: tuple[Locator, ...]
    headings: tuple[Locator, ...]
    chunks: Mapping[int, StoredChunk]
    text_sha256: str


class DocumentTexts:
    """Documents' texts kept between questions, least recently used first out. Safe in several threads."""

    def __init__(self, limit_characters: int = CACHED_CHARACTERS) -> None:
        """Keep at most `limit_characters` of canonical text."""
        self._limit = limit_characters
        self._held: OrderedDict[tuple[str, str, int], OpenDocument] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def open(self, source: PassageSource, document_id: str) -> OpenDocument:
        """Return the document as it is now.

        Raises:
            DocumentNotFound: It is not there, or was replaced while it was read.
        """
        record = source.document(document_id)
        key = document_id, record.revision, record.generation  # a newer reader makes another text of one revision
        with self._lock:
            if held := self._held.get(key):
                self._held.move_to_end(key)
                return replace(held, record=record)
        opened = read_document(source, record)
        with self._lock:
            if key not in self._held:
                self._held[key] = opened
                self._characters += len(opened.text)
            while self._characters > self._limit and len(self._held) > 1:
                self._characters -= len(self._held.popitem(last=False)[1].text)
        return opened


def read_document(source: PassageSource, record: DocumentRecord) -> OpenDocument:
    """Read one revision of a document.

    Raises:
        DocumentNotFound: It went away, or was replaced meanwhile.
    """
    document_id = record.document_id
    locators, text = source.locators(document_id), source.text(document_id)
    opened = OpenDocument(
        record=record,
        text=text,
        reading=source.reading(document_id),
        places=tuple(locator for locator in locators if locator.kind != "heading"),
        headings=tuple(locator for locator in locators if locator.kind == "heading"),
        chunks={chunk.chunk_id: chunk for chunk in source.document_chunks(document_id)},
        text_sha256=text_hash(text),
    )
    now = source.document(document_id)
    if (now.revision, now.generation) != (record.revision, record.generation):
        raise DocumentNotFound(f"{record.source} was replaced while it was read.", remedy="Ask again.")
    return opened
