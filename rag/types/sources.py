"""Nouns of the corpus: from a file to the passages found in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.types.reading import ReadingText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    """Rows of unit vectors, (n, dimension)."""
    Vector = NDArray[np.float32]
    """One unit vector, (dimension,)."""

Metadata = Mapping[str, str | int | float | bool]
"""A document's free key-values, which ``where`` filters on."""


@dataclass(frozen=True, slots=True)
class Locator:
    """From `start` (canonical) on, until the next locator of the same kind, the text stands at this place.

    Attributes:
        start: First canonical character.
        kind: ``heading`` (value: the path, outermost first), ``page`` ("3"), ``slide`` ("4"), ``sheet`` ("Budget"),
            ``cell`` ("Budget", "B7": where the text of that cell begins), ``row`` ("7": of a sheet or a table in a
            file), ``notebook-cell`` ("5"), ``chapter`` or ``definition`` ("function f").
        value: The place. An empty heading path ends the section before it, another empty value the place before it.
    """

    start: int
    kind: str
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read.

    Attributes:
        source: Path relative to the ingested root, with ``/``; the document's name for people.
        title: Title for people; never empty.
        revision: ``sha256:`` and the hexadecimal hash of the file's bytes.
        text: Canonical text.
        reading: Reading text of `text`.
        locators: Ascending by `start` within a kind. Lines need none: they are counted in `text`.
        metadata: Free key-values; a ``date`` of the file's goes with ``date_from``.
        size_bytes: Size of the file.
        reader: Name and version of the reader, as ``text/1``.
    """

    source: str
    title: str
    revision: str
    text: str
    reading: ReadingText
    locators: tuple[Locator, ...] = ()
    metadata: Metadata = field(default_factory=dict, hash=False)
    size_bytes: int = 0
    reader: str = "text/1"


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as stored, without its text."""

    document_id: str
    source: str
    title: str
    revision: str
    metadata: Metadata
    reader: str
    size_bytes: int
    characters: int
    chunks: int
    added_at: str
    generation: int


@dataclass(frozen=True, slots=True)
class DamagedDocument:
    """How a document is called whose record cannot be trusted; all that can be done with it is to delete it."""

    document_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Original:
    """The file that a document was read from, byte for byte.

    Attributes:
        path: Where it lies: the kept copy, or the file that was ingested.
        revision: ``sha256:`` of its bytes, compared just now.
        size_bytes: Its size.
        media_type: Type for a browser, told by the name; ``application/octet-stream`` where that tells nothing.
        filename: The last part of the document's source; it comes from outside, and is never part of a path.
    """

    path: Path
    revision: str
    size_bytes: int
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document that is embedded and found as one.

    Attributes:
        start: First character in the document's *reading* text.
        end: End in the reading text; ``document.reading.text[start:end] == text``.
        text: The stretch itself, reading text.
        heading: Path of headings above it, outermost first.
        embedded: What the embedder and the lexical index see: title and heading path before the text.
    """

    start: int
    end: int
    text: str
    heading: tuple[str, ...]
    embedded: str


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as stored: its number (never reused) and its document."""

    chunk_id: int
    document_id: str
    start: int
    end: int
    heading: tuple[str, ...]


class Hit(NamedTuple):
    """A chunk found by one retriever; scores compare within one result list only."""

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved stretch of a document, whole enough to be read by itself.

    Attributes:
        number: Rank in its result list, from 1; what a drafter's ``[n]`` refers to.
        document_id: The document's identity; empty for a passage that a caller brought himself.
        source: The document's source path.
        title: The document's title.
        revision: Revision of the document the passage was taken from.
        start: First canonical character.
        end: Canonical end.
        canonical: The canonical text from `start` to `end`, verbatim.
        reading: Reading text; its map points at positions in the document's canonical text.
        score: Fused score; comparable within one result list only.
        lines: First and last line of the passage in the canonical text, from 1.
        heading: Path of headings at its beginning.
        headings: Headings that begin within it, ascending.
        page: Page on which it begins, where the format has pages.
        places: Locators, headings apart, that hold at its beginning or begin within it.
        metadata: The document's metadata.
        also_in: Sources of other documents in which the same text stands.
        text_sha256: Hash of the whole canonical text, as `text_hash` makes it; empty where that is not at hand.
        reader: Name and version of the reader that made that text; empty as that is.
    """

    number: int
    document_id: str
    source: str
    title: str
    revision: str
    start: int
    end: int
    canonical: str
    reading: ReadingText
    score: float
    lines: tuple[int, int]
    heading: tuple[str, ...] = ()
    headings: tuple[Locator, ...] = ()
    page: int | None = None
    places: tuple[Locator, ...] = ()
    metadata: Metadata = field(default_factory=dict, hash=False)
    also_in: tuple[str, ...] = ()
    text_sha256: str = ""
    reader: str = ""

    @property
    def text(self) -> str:
        """The reading text."""
        return self.reading.text

    @property
    def locator(self) -> str | None:
        """Its place for people, where the format has places: ``pages 3-4``, ``slide 4``, ``Budget!B7:D9``."""
        from rag.types.places import describe

        return describe(self.places, self.start, self.end).locator

    def heading_at(self, position: int) -> tuple[str, ...]:
        """Return the path of headings above a canonical position within the passage."""
        above = [locator.value for locator in self.headings if locator.start <= position]
        return above[-1] if above else self.heading


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """What vectors depend on; a collection made with another one is refused.

    Attributes:
        name: Model name or path as configured.
        revision: ``sha256:`` of the weights.
        dimension: Length of a vector.
        query_prompt: Put before a question.
        document_prompt: Put before a passage.
        max_tokens: Tokens of one text, special ones included; more would be cut.
    """

    name: str
    revision: str
    dimension: int
    query_prompt: str
    document_prompt: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not ingested, and why."""

    source: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A file that was ingested, and what of it could not be read: ``pages 2-3 have no text layer``."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, by source path; each file stands in exactly one list.

    Attributes:
        added: Files that are new documents.
        replaced: Files whose document was there with other content, or had been read by an older reader.
        unchanged: Files whose document was there as they are.
        refused: Files that were not taken, and why.
        chunks: Chunks committed.
        embedded: Chunks embedded, those of documents that were deleted before their commit as well.
        generation: The collection's generation afterwards.
        seconds: How long it took.
        removed: Documents that were deleted because their files are gone.
        partial: Of the files added and replaced, those of which something could not be read.
    """

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: tuple[Refusal, ...]
    chunks: int
    embedded: int
    generation: int
    seconds: float
    removed: tuple[str, ...] = ()
    partial: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of ``vouch doctor``."""

    check: str
    ok: bool
    detail: str


class IndexRow(NamedTuple):
    """What an index is built from: one chunk's number, the text to find it by, and its unit vector."""

    chunk_id: int
    embedded: str
    vector: Vector


def text_hash(text: str) -> str:
    """Return ``sha256:`` of a canonical text in UTF-8; half a character, which no stored text has, counts as ``?``."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
