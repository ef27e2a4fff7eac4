"""The measuring sets as passages, a plain BM25 over them, and the statistics that the sections share."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report import data_folder
from rag.protocols import Embedder
from rag.sentences import segment
from rag.terms import analyse
from rag.types import Passage, ReadingText

Array = NDArray[np.float64]
SHOWN = 6
"""Passages shown to the drafter."""


def rows(path: str) -> list[dict[str, Any]]:
    """Return the rows of one file of the measuring sets."""
    with (data_folder() / path).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    """Return the bundled embedder."""
    from rag.encoders import load_embedder

    return load_embedder()


def embed(texts: Sequence[str]) -> Array:
    """Return one unit row per text, long texts cut."""
    model = embedder()
    cut: list[str] = []
    for text in texts:
        text = text[:1500]
        while model.count_tokens([text])[0] > model.identity.max_tokens:
            text = text[: int(len(text) * 0.8)]
        cut.append(text)
    return np.concatenate([model.embed_passages(cut[i : i + 32]) for i in range(0, len(cut), 32)]).astype(float)


class Bm25:
    """BM25 (k1 1.2, b 0.75) over the content terms and numbers of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Count the terms."""
        counts = [Counter(self.keys(text)) for text in texts]
        self.lengths = [count.total() for count in counts]
        self.mean = sum(self.lengths) / len(texts)
        self.postings: dict[str, list[tuple[int, int]]] = {}
        for index, count in enumerate(counts):
            for key, frequency in count.items():
                self.postings.setdefault(key, []).append((index, frequency))

    @staticmethod
    def keys(text: str) -> list[str]:
        """Return what a text is found by."""
        analysis = analyse(text)
        return [term.key for term in analysis.terms] + [str(number.value) for number in analysis.numbers]

    def search(self, question: str) -> dict[int, float]:
        """Return the score of every text that shares a term with the question."""
        scores: dict[int, float] = {}
        for key in sorted(set(self.keys(question))):
            found = self.postings.get(key, [])
            rarity = math.log(1 + (len(self.lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for index, frequency in found:
                norm = frequency + 1.2 * (0.25 + 0.75 * self.lengths[index] / self.mean)
                scores[index] = scores.get(index, 0.0) + rarity * frequency * 2.2 / norm
        return scores


def passage(number: int, name: str, title: str, text: str) -> Passage:
    """Return a whole text as a passage."""
    end = len(text)
    return Passage(number, name, name, title or name, "", 0, end, text, ReadingText.plain(text), 1.0, (1, 1))


def windows(sentences: Sequence[str], characters: int = 1200) -> list[str]:
    """Return the sentences joined to pieces of about the size of a passage."""
    pieces: list[str] = [""]
    for sentence in sentences:
        if pieces[-1] and len(pieces[-1]) + len(sentence) > characters:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {sentence}".strip()
    return [piece for piece in pieces if piece]


def cut(text: str) -> list[str]:
    """Return a text in pieces of about the size of a passage."""
    return windows([text[start:end] for start, end in segment(text)])


def in_first_half(name: str) -> bool:
    """Return whether a row belongs to the half that is fitted on, by a hash of its group."""
    return hashlib.md5(name.encode()).digest()[0] % 2 == 0


def fit(
    features: Array, labels: Array, weights: Array, *, intercept: bool = True, c: float = 1.0
) -> tuple[Array, float]:
    """Return the coefficients and the intercept of a weighted logistic regression."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, fit_intercept=intercept, max_iter=500).fit(features, labels, sample_weight=weights)
    return model.coef_[0], float(model.intercept_[0]) if intercept else 0.0


def balanced(labels: Array, total: float) -> Array:
    """Return weights under which both labels weigh the same, `total` together."""
    positive = labels.mean()
    return np.where(labels > 0, 0.5 / positive, 0.5 / (1 - positive)) / len(labels) * total


def auroc(labels: Array, scores: Array) -> float:
    """Return the share of pairs of a positive and a negative that the scores order rightly."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))


def interval(measure: Callable[[Array], float], count: int) -> str:
    """Return a 95 % bootstrap interval of a measure that is given the drawn indices."""
    random = np.random.default_rng(0)
    drawn = [measure(random.integers(0, count, count)) for _ in range(300)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return f"[{low:.3f}, {high:.3f}]"


def shown(names: Sequence[str], coefficients: Array) -> str:
    """Return coefficients as they stand in the code."""
    return "{" + ", ".join(f'"{name}": {value:.1f}' for name, value in zip(names, coefficients, strict=True)) + "}"
