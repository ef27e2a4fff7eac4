"""A verifier whose verdicts one can tell by looking: are the claim's words in one piece of the evidence?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Evidence, Judgement, Verdict, VerifierIdentity

LITTLE_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "by",
        "has",
        "have",
        "how",
        "in",
        "is",
        "it",
        "many",
        "of",
        "on",
        "the",
        "to",
        "was",
        "what",
        "who",
    }
)


class WordVerifier:
    """Supported if one piece holds every word of the claim, partial from half of them on.

    Words of another alphabet than Latin are not checked; a claim without words, or one that asks, is none.

    Attributes:
        asked: Every claim with its evidence, in order.
    """

    def __init__(self, version: str = "1") -> None:
        self.identity = VerifierIdentity("words", version, 1.0)
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        self.asked.append((claim, tuple(evidence)))
        if claim.strip().endswith("?"):
            return Judgement(Verdict.NOT_A_CLAIM, None)
        if any(letter > "\u024f" and letter.isalpha() for letter in claim):
            return Judgement(Verdict.NOT_CHECKED, None, problem="another alphabet")
        words = words_of(claim)
        shares = [len(words & words_of(piece)) / len(words) if words else 0.0 for piece in evidence]
        if not words or not shares:
            return Judgement(Verdict.UNSUPPORTED, 0.0, problem="nothing to check it by")
        best = max(range(len(shares)), key=lambda index: (shares[index], -index))
        if shares[best] < 0.5:
            return Judgement(Verdict.UNSUPPORTED, shares[best], problem="not mentioned")
        found = (Evidence(best, 0, len(evidence[best])),)
        if shares[best] < 1:
            return Judgement(Verdict.PARTIAL, shares[best], found, problem="not all is mentioned")
        return Judgement(Verdict.SUPPORTED, 1.0, found)


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - LITTLE_WORDS
