"""An embedder whose vectors one can compute in the head: each word counts one at the place its crc32 names."""

from __future__ import annotations

import re
import threading
import time
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import EmbedderError
from rag.types import EmbedderIdentity

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

WORD = re.compile(r"\w+")
SPECIAL_TOKENS = 2


class HashEmbedder:
    """Hashed bag of words: the vector of "a b b" is one at `place("a")`, two at `place("b")`, made unit length.

    A text without words has its one at place 0. The cosine of two texts is that of their word counts, but for
    words that share a place. Tokens are words plus two, like a real model's with its special tokens.

    Attributes:
        embedded: Every text embedded as a passage, in order, for tests that count the work done.
    """

    def __init__(self, *, name: str = "hash", dimension: int = 64, max_tokens: int = 256) -> None:
        self.identity = EmbedderIdentity(
            name=name,
            revision="sha256:" + f"{zlib.crc32(name.encode()):08x}" * 8,
            dimension=dimension,
            query_prompt="",
            document_prompt="",
            max_tokens=max_tokens,
        )
        self.embedded: list[str] = []

    def place(self, word: str) -> int:
        """Return where a word counts."""
        return zlib.crc32(word.lower().encode()) % self.identity.dimension

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Return one unit row per text."""
        for text, tokens in zip(texts, self.count_tokens(texts), strict=True):
            if tokens > self.identity.max_tokens:
                raise EmbedderError(f"A text of {tokens} tokens is too long: {text[:40]!r}.")
        self.embedded.extend(texts)
        rows = [self.embed_query(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.identity.dimension), np.float32)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question; the same as that of the text as a passage."""
        vector = np.zeros(self.identity.dimension, np.float32)
        for word in WORD.findall(text):
            vector[self.place(word)] += 1
        if not vector.any():
            vector[0] = 1
        unit: Vector = vector / np.linalg.norm(vector)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return words plus two."""
        return [len(WORD.findall(text)) + SPECIAL_TOKENS for text in texts]


class GatedEmbedder(HashEmbedder):
    """Takes its time for the passages of ingests, and stops at its gate while that is closed.

    Attributes:
        chunk_s: Seconds for each passage.
        gate: Set while passages are let through.
        came: Set when an ingest has come to the closed gate.
    """

    def __init__(self) -> None:
        super().__init__()
        self.chunk_s = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.came = threading.Event()

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Wait, then embed."""
        if threading.current_thread().name.startswith("ingest-"):
            time.sleep(self.chunk_s * len(texts))
            if not self.gate.is_set():
                self.came.set()
                assert self.gate.wait(30)
        return super().embed_passages(texts)

    def close(self) -> None:
        """Let nobody through from now on."""
        self.came.clear()
        self.gate.clear()
