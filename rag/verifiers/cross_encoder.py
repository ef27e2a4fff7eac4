"""A claim against evidence by a cross-encoder: support is the best that any window of any piece of evidence gives.

Each window is scored by itself, so that irrelevant evidence adds scores below the best one and moves nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.terms import is_no_claim, without_references
from rag.types import Evidence, Judgement, Span, Verdict, VerifierIdentity
from rag.verifiers.windows import Window, cut_windows

VERSION = "1"
THRESHOLD = 0.5
PARTIAL_THRESHOLD = 0.25
"""Below it a claim is unsupported; between it and `THRESHOLD` the model leans against it without being sure."""

LEAST_ROOM_TOKENS = 16
"""Room that a claim must leave for evidence in the model's window."""

MOST_SENTENCES = 3
"""Sentences of a window that may be named as the support."""

SAME_SUPPORT = 0.9
"""Share of its window's score from which a few sentences are taken to carry the support."""

SCORE_MAX = 0.9999
"""A score of 1 is for what stands in the source word for word, which no model says."""


class PairScorer(Protocol):
    """What scores a pair of evidence and claim, in this order: see `rag.encoders.CrossEncoderModel`."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def revision(self) -> str:
        """Hash of all that a score depends on."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of a pair, special ones included."""
        ...

    def count_tokens(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        """Return how many tokens each pair has, special tokens included, uncut."""
        ...

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return the probability of support of each pair, none of which is longer than `max_tokens`."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A window of one of the pieces of evidence."""

    index: int
    window: Window


class CrossEncoderVerifier:
    """Judges by a cross-encoder. Deterministic and safe in several threads as far as its scorer is."""

    def __init__(self, scorer: PairScorer, threshold: float = THRESHOLD) -> None:
        """Take the scorer, and the score from which a claim is supported."""
        self.scorer = scorer
        self.threshold = threshold

    @property
    def identity(self) -> VerifierIdentity:
        """Tier, version, threshold, the model and the hash of its files."""
        return VerifierIdentity("cross-encoder", VERSION, self.threshold, self.scorer.name, self.scorer.revision)

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """Judge one sentence by the best support among the pieces of evidence.

        Evidence longer than the model's window is cut into overlapping windows of whole sentences, never off. No
        evidence gives `Verdict.UNSUPPORTED`; a claim that leaves no room for evidence `Verdict.NOT_CHECKED`.

        Raises:
            VerifierError: The model cannot be run.
        """
        if is_no_claim(claim):
            return Judgement(Verdict.NOT_A_CLAIM, None)
        stated = " ".join(without_references(claim).split())
        alone = self.scorer.count_tokens([("", stated)])[0]
        room = self.scorer.max_tokens - alone
        if room < LEAST_ROOM_TOKENS:
            return Judgement(Verdict.NOT_CHECKED, None, problem="it is longer than the verifier's model can take in")

        def measure(texts: Sequence[str]) -> list[int]:
            return [count - alone for count in self.scorer.count_tokens([(text, stated) for text in texts])]

        places = [
            Place(index, window) for index, text in enumerate(evidence) for window in cut_windows(text, room, measure)
        ]
        if not places:
            return Judgement(Verdict.UNSUPPORTED, 0.0, problem="there is no evidence to check it against")
        scores = self.scorer.score([(text_of(evidence[place.index], place.window), stated) for place in places])
        score, place = max(zip(scores, places, strict=True), key=lambda pair: pair[0])
        return self.judge(stated, place, evidence[place.index], score)

    def judge(self, claim: str, place: Place, text: str, score: float) -> Judgement:
        """Return the judgement that the best window gives."""
        if score < min(PARTIAL_THRESHOLD, self.threshold):
            return Judgement(Verdict.UNSUPPORTED, round(score, 4), problem="the sources do not bear it out")
        carriers = self.find_carriers(claim, text, place.window, score)
        found = tuple(Evidence(place.index, start, end) for start, end in carriers)
        given = round(min(score, SCORE_MAX), 4)
        if score >= self.threshold:
            return Judgement(Verdict.SUPPORTED, given, found)
        return Judgement(Verdict.PARTIAL, given, found, "the sources bear it out in part at most")

    def find_carriers(self, claim: str, text: str, window: Window, score: float) -> list[Span]:
        """Return the fewest sentences of a window that carry its support, best first.

        The sentences that score best by themselves are joined, in the order of the text, until together they score
        nearly what the window does; at most `MOST_SENTENCES`.
        """
        if len(window.sentences) == 1:
            return list(window.sentences)
        alone = self.scorer.score([(text[start:end], claim) for start, end in window.sentences])
        ranked = [span for _, span in sorted(zip(alone, window.sentences, strict=True), key=lambda pair: -pair[0])]
        if max(alone) >= SAME_SUPPORT * score:
            return ranked[:1]
        groups = [ranked[:count] for count in range(2, min(MOST_SENTENCES, len(ranked)) + 1)]
        joined = [" ".join(text[start:end] for start, end in sorted(group)) for group in groups]
        fitting = [pair for pair in zip(groups, joined, strict=True) if self.fits(pair[1], claim)]
        together = self.scorer.score([(group_text, claim) for _, group_text in fitting])
        for (group, _), value in zip(fitting, together, strict=True):
            if value >= SAME_SUPPORT * score:
                return merged(group, window)
        return merged(ranked[:MOST_SENTENCES], window)

    def fits(self, text: str, claim: str) -> bool:
        """Return whether the model takes a text together with the claim."""
        return self.scorer.count_tokens([(text, claim)])[0] <= self.scorer.max_tokens


def text_of(text: str, window: Window) -> str:
    """Return the stretch of a piece of evidence that a window is."""
    return text[window.span.start : window.span.end]


def merged(spans: Sequence[Span], window: Window) -> list[Span]:
    """Return sentences with those that follow one another in the window joined, the one with the best first."""
    order = {span: position for position, span in enumerate(window.sentences)}
    kept = sorted(spans, key=order.__getitem__)
    runs = [[kept[0]]]
    for previous, span in itertools.pairwise(kept):
        if order[span] == order[previous] + 1:
            runs[-1].append(span)
        else:
            runs.append([span])
    best = {span: rank for rank, span in enumerate(spans)}
    runs.sort(key=lambda run: min(best[span] for span in run))
    return [Span(run[0].start, run[-1].end) for run in runs]
