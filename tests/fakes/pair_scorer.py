"""A cross-encoder whose scores one can compute in the head."""

from __future__ import annotations

import re
from collections.abc import Sequence

WORD = re.compile(r"\w+")
SPECIAL_TOKENS = 3


class WordScorer:
    """The support is the share of the claim's different words that the evidence has. Tokens are words plus three.

    Attributes:
        calls: The pairs of every call to `score`, in order.
    """

    name = "words"
    revision = "sha256:0"

    def __init__(self, max_tokens: int = 64) -> None:
        self.max_tokens = max_tokens
        self.calls: list[list[tuple[str, str]]] = []

    def count_tokens(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        return [len(words(evidence)) + len(words(claim)) + SPECIAL_TOKENS for evidence, claim in pairs]

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        assert all(count <= self.max_tokens for count in self.count_tokens(pairs)), "a pair would be cut off"
        self.calls.append(list(pairs))
        return [share(set(words(claim)), set(words(evidence))) for evidence, claim in pairs]


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def share(wanted: set[str], present: set[str]) -> float:
    return len(wanted & present) / len(wanted)
