"""Documents on their way through the embedder: the chunks of several are embedded together, slice by slice."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.ingesting.account import File
from rag.protocols import Embedder
from rag.types import Chunk, Document

if TYPE_CHECKING:
    from rag.types.sources import Matrix

SLICE_CHUNKS = 64
"""Chunks embedded together: half a second or so, after which an ingest can be ended, and what is done be committed."""


class Prepared(NamedTuple):
    """A document that is to be embedded and committed."""

    file: File
    document: Document
    chunks: list[Chunk]


class Embedded(NamedTuple):
    """A document all of whose chunks are embedded; one unit row for each, (chunks, dimension)."""

    prepared: Prepared
    vectors: Matrix


class UnderWay:
    """A document some of whose chunks are embedded."""

    def __init__(self, prepared: Prepared) -> None:
        """Take the document."""
        self.prepared = prepared
        self.parts: list[Matrix] = []
        self.done = 0

    @property
    def is_done(self) -> bool:
        """Whether all its chunks are embedded."""
        return self.done == len(self.prepared.chunks)

    def take(self, rows: Matrix) -> None:
        """Take the vectors of its next chunks."""
        self.parts.append(rows)
        self.done += len(rows)

    def finish(self) -> Embedded:
        """Return it with all its vectors."""
        import numpy as np

        return Embedded(self.prepared, np.concatenate(self.parts))


class Slices:
    """The documents that wait to be embedded, in order.

    Attributes:
        waiting: Chunks that are not embedded yet.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.waiting = 0
        self._documents: deque[UnderWay] = deque()

    def add(self, prepared: Prepared) -> None:
        """Put a document at the end."""
        self.waiting += len(prepared.chunks)
        self._documents.append(UnderWay(prepared))

    def __bool__(self) -> bool:
        return bool(self._documents)

    @property
    def first(self) -> UnderWay:
        """The document whose turn it is."""
        return self._documents[0]

    def embed(self, embedder: Embedder) -> list[Embedded]:
        """Embed the next slice; return the documents that are done with it, in order.

        Raises:
            EmbedderError: The embedder cannot be run.
        """
        texts: list[str] = []
        shares: list[tuple[UnderWay, int]] = []
        for each in self._documents:
            taken: Sequence[Chunk] = each.prepared.chunks[each.done : each.done + SLICE_CHUNKS - len(texts)]
            shares.append((each, len(taken)))
            texts += [chunk.embedded for chunk in taken]
            if len(texts) == SLICE_CHUNKS:
                break
        rows = embedder.embed_passages(texts)
        self.waiting -= len(texts)
        start = 0
        for each, count in shares:
            each.take(rows[start : start + count])
            start += count
        done = []
        while self._documents and self._documents[0].is_done:
            done.append(self._documents.popleft().finish())
        return done
