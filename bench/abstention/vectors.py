"""The bundled embedder with its vectors kept on disk, since the same sentences are embedded at every run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.answering_parts.data import Array, embedder
from rag.types import EmbedderIdentity

FOLDER = Path(__file__).parents[1] / "results"
BATCH = 40
CHARACTERS_MOST = 1500


class KeptVectors:
    """An embedder that remembers on disk; see `rag.protocols.Embedder`."""

    def __init__(self) -> None:
        """Load what was kept."""
        self.model = embedder()
        self.path = FOLDER / f"vectors-{self.model.identity.revision.removeprefix('sha256:')[:12]}.npz"
        self.kept: dict[str, np.ndarray] = {}
        self.new = 0
        if self.path.exists():
            with np.load(self.path) as file:
                self.kept = dict(zip(file["keys"].tolist(), file["vectors"], strict=True))

    @property
    def identity(self) -> EmbedderIdentity:
        """What the vectors depend on."""
        return self.model.identity

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""
        return self.model.count_tokens(texts)

    def embed_query(self, text: str) -> np.ndarray:
        """Return the unit vector of a question."""
        return self.remembered([text], "question: ")[0]

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return one unit row per text."""
        return self.remembered(texts, "passage: ")

    def embed(self, texts: Sequence[str]) -> Array:
        """Return one unit row per text, long texts cut."""
        cut: list[str] = []
        for text in texts:
            text = text[:CHARACTERS_MOST]
            while self.model.count_tokens([text])[0] > self.identity.max_tokens:
                text = text[: int(len(text) * 0.8)]
            cut.append(text)
        return self.embed_passages(cut).astype(np.float64)

    def remembered(self, texts: Sequence[str], kind: str) -> np.ndarray:
        """Return one row per text, embedding only those not kept."""
        keys = [hashlib.sha256((kind + text).encode()).hexdigest()[:24] for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.kept}
        names = list(fresh)
        for first in range(0, len(names), BATCH):
            batch = names[first : first + BATCH]
            words = [fresh[name] for name in batch]
            is_question = kind.startswith("question")
            found = np.array([self.model.embed_query(words[0])]) if is_question else self.model.embed_passages(words)
            self.kept.update(zip(batch, found.astype(np.float16), strict=True))
            self.new += len(batch)
        return np.array([self.kept[key] for key in keys], dtype=np.float32).reshape(len(keys), -1)

    def save(self) -> None:
        """Keep what is new."""
        if self.new:
            FOLDER.mkdir(exist_ok=True)
            np.savez(self.path, keys=np.array(list(self.kept)), vectors=np.array(list(self.kept.values())))
            self.new = 0
