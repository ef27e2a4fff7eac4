"""Embedding without doing it twice: one answer embeds nothing again, and finds what those before it embedded.

The same few sentences are compared with the question by whatever judges whether it can be answered, for each of its
parts anew, and by whatever quotes them; and the next question finds many of them again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.protocols import Embedder
from rag.types import EmbedderIdentity

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

REMEMBERED_MOST = 4096
"""Vectors kept at most: 6 MB of 384 dimensions, and at most as much again of text. An answer to a question of three
parts needs some 60."""


class VectorMemory:
    """Texts with their vectors, least recently used first out. Safe in several threads.

    It belongs to one embedder: a text's vector is another one's by any other.
    """

    def __init__(self, most: int = REMEMBERED_MOST) -> None:
        """Keep at most `most` vectors."""
        self.most = most
        self.held: OrderedDict[str, Vector] = OrderedDict()
        self.turn = threading.Lock()

    def find(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those of the texts that are remembered; they are not to be written to."""
        with self.turn:
            found = {text: self.held[text] for text in texts if text in self.held}
            for text in found:
                self.held.move_to_end(text)
        return found

    def add(self, vectors: Mapping[str, Vector]) -> None:
        """Remember vectors; what has not been used for longest is forgotten for them."""
        with self.turn:
            self.held.update(vectors)
            while len(self.held) > self.most:
                self.held.popitem(last=False)


class RememberingEmbedder:
    """Another embedder, asked only for what it was not asked before. Its vectors. Safe in several threads."""

    def __init__(self, embedder: Embedder, passages: VectorMemory | None = None) -> None:
        """Take the embedder whose vectors are remembered.

        Args:
            embedder: Gives what is not remembered.
            passages: What it gave before for passages, which others may share; a memory of its own if None.
                Questions are remembered apart, and by none but this one.
        """
        self.embedder = embedder
        self.passages = VectorMemory() if passages is None else passages
        self.questions = VectorMemory()

    @property
    def identity(self) -> EmbedderIdentity:
        """That of the other embedder."""
        return self.embedder.identity

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Return one unit row per text, (n, dimension), float32, in order; (0, dimension) for none.

        What is new is embedded in one call, each text once.

        Raises:
            EmbedderError: The model cannot be run, or gave a vector that is not finite; nothing is remembered of it.
        """
        import numpy as np

        vectors = self.passages.find(texts)
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        if new:
            made = {text: row.copy() for text, row in zip(new, self.embedder.embed_passages(new), strict=True)}
            self.passages.add(made)
            vectors |= made
        rows = [vectors[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.identity.dimension), np.float32)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question, (dimension,), float32.

        Raises:
            EmbedderError: The model cannot be run, or gave a vector that is not finite.
        """
        vector = self.questions.find([text]).get(text)
        if vector is None:
            vector = self.embedder.embed_query(text)
            self.questions.add({text: vector})
        return vector.copy()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has as a passage, prompt and special tokens included, uncut."""
        return self.embedder.count_tokens(texts)
