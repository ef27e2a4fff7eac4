"""An embedder with a memory: of the texts that it is given again and again, each is embedded once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.protocols import Embedder
from rag.types import EmbedderIdentity

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

REMEMBERED_MOST = 1024
"""Vectors kept at most, of questions and of passages each: 3 MB of 384 dimensions. An answer to a question of three
parts needs some 60; what comes when it is full is embedded each time."""


class RememberingEmbedder:
    """Another embedder, asked only for what it was not asked before. Safe in several threads.

    The vectors are those of the other embedder. Meant for one answer: it forgets nothing, and takes no more than
    `REMEMBERED_MOST` of either kind.
    """

    def __init__(self, embedder: Embedder) -> None:
        """Take the embedder whose vectors are remembered."""
        self.embedder = embedder
        self.passages: dict[str, Vector] = {}
        self.questions: dict[str, Vector] = {}
        self.adding = threading.Lock()

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

        vectors = {text: vector for text in texts if (vector := self.passages.get(text)) is not None}
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        if new:
            made = dict(zip(new, self.embedder.embed_passages(new), strict=True))
            self.add(self.passages, made)
            vectors |= made
        rows = [vectors[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.identity.dimension), np.float32)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question, (dimension,), float32.

        Raises:
            EmbedderError: The model cannot be run, or gave a vector that is not finite.
        """
        vector = self.questions.get(text)
        if vector is None:
            vector = self.embedder.embed_query(text)
            self.add(self.questions, {text: vector})
        return vector.copy()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has as a passage, prompt and special tokens included, uncut."""
        return self.embedder.count_tokens(texts)

    def add(self, memory: dict[str, Vector], vectors: dict[str, Vector]) -> None:
        """Remember vectors, as far as there is room."""
        with self.adding:
            for text in list(vectors)[: REMEMBERED_MOST - len(memory)]:
                memory[text] = vectors[text]
