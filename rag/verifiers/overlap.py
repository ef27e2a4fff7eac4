"""How much of a claim's content the evidence carries, and what in it speaks against: deterministic, without a model.

It asks how much of a claim the best few sentences of one piece of evidence carry, and looks at numbers, names and
negation apart, because overlap alone does not see them. This is half of what the built-in verifier goes by.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.fragments import read_statements
from rag.sentences import segment
from rag.terms import (
    Analysis,
    Bag,
    Quantity,
    Term,
    analyse,
    bag,
    language,
    script,
    unique,
)
from rag.terms.numbers import ENUMERATOR
from rag.types import Span

WEIGHTS = {"intercept": -1.4, "group": 1.7, "pairs": 1.5, "names": -0.5, "numbers": -1.6}
"""Logistic regression on the features of `Measure`, supported and unsupported claims weighing the same."""


GROUP_SENTENCES = 3
"""Sentences of one piece of evidence that may carry a claim together."""

NUMBER_WEIGHT = 2.0
"""A number weighs as much as so many words."""

LEAST_GAIN = 0.12
"""Share of the claim that a further sentence must add."""


MARKER = re.compile(r"\[\d{1,3}(?:\s{0,3}[,;–-]\s{0,3}\d{1,3}){0,30}\]")
"""A citation marker of a source, which is none of an answer that quotes it."""

MARKED_END = '.!?,;:)]"”。！？'
"""What stands behind a word, or behind its marker."""

CLOSING = ".!?。！？… "
"""What a word-for-word sentence may leave out at its end."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a piece of evidence, taken apart.

    Attributes:
        span: Where it stands; a question that is answered and its answer are one.
        text: What it says.
        analysis: That, taken apart.
        bag: Its terms.
    """

    span: Span
    text: str
    analysis: Analysis
    bag: Bag

    def credit(self, key: str) -> float:
        """Return how well the sentence carries a term, in [0, 1]."""
        return self.bag.credit(key)


@dataclass(frozen=True, slots=True)
class Measure:
    """How a claim stands to the best few sentences of one piece of evidence; shares in [0, 1].

    Attributes:
        group: Share of the claim's content that these sentences carry together.
        pairs: Share of the claim's neighbouring content words that stand together in one of them.
        names: Share of its names that they lack.
        numbers: Share of its numbers that the whole piece lacks.
    """

    group: float
    pairs: float
    names: float
    numbers: float

    @property
    def score(self) -> float:
        """Support in (0, 1), before faults and doubts."""
        total = WEIGHTS["intercept"] + sum(
            WEIGHTS[name] * getattr(self, name) for name in WEIGHTS if name != "intercept"
        )
        return 1.0 / (1.0 + math.exp(-total))


def measure_of(target: Analysis, carriers: Sequence[Sentence], sentences: Sequence[Sentence], group: float) -> Measure:
    """Return the features of a claim and the sentences that carry a share `group` of it."""
    names = names_of(target, sentences)
    lacking = [term for term in names if not any(sentence.credit(term.key) for sentence in carriers)]
    absent = [number for number in target.numbers if not any(states(sentence, number) for sentence in sentences)]
    return Measure(
        group=group,
        pairs=pair_share(target, carriers),
        names=len(lacking) / len(names) if names else 0.0,
        numbers=len(absent) / len(target.numbers) if target.numbers else 0.0,
    )


def verbatim_span(claim: str, piece: str) -> Span | None:
    """Return where the claim stands in the piece as one or more whole sentences, or None.

    The number of a list or a clause that opens a sentence may be left out, and so may the piece's own markers.
    """
    words = claim.split()
    if not words or words[0] not in piece:
        return None
    spans = segment(piece)
    found = whole_sentences(re.compile(r"\s+".join(re.escape(word) for word in words)), piece, spans)
    if found is None and MARKER.search(piece):
        unmarked = MARKER.sub(lambda marker: " " * len(marker[0]), piece)
        bare = [(word.rstrip(MARKED_END), word[len(word.rstrip(MARKED_END)) :]) for word in words]
        texts = [re.escape(word) + (rf"\s*{re.escape(end)}" if end else "") for word, end in bare]
        found = whole_sentences(re.compile(r"\s+".join(texts)), unmarked, spans)
    return found


def whole_sentences(pattern: re.Pattern[str], piece: str, spans: Sequence[Span]) -> Span | None:
    """Return the span of the sentences, one after another, that a pattern matches from end to end; else None."""
    ends = {span.start + len(piece[span.start : span.end].rstrip(CLOSING)): span.end for span in spans}
    ends |= {span.start + len(piece[span.start : span.end].rstrip()): span.end for span in spans}
    ends |= {span.end: span.end for span in spans}
    for span in spans:
        numbered = ENUMERATOR.match(piece, span.start, span.end)
        for start in (span.start, numbered.end() if numbered else span.start):
            match = pattern.match(piece, start)
            if match is not None and match.end() in ends:
                return Span(start, ends[match.end()])
    return None


@lru_cache(maxsize=256)
def read(piece: str) -> tuple[Sentence, ...]:
    """Return the sentences of a piece of evidence, taken apart."""
    return tuple(
        Sentence(span, text, analyse(text), bag(text)) for span, text in read_statements(piece, segment(piece))
    )


def comparable(claim: str, piece: str) -> bool:
    """Return whether claim and piece stand in the same script, and not in two languages known to differ."""
    scripts = {script(claim), script(piece)} - {""}
    languages = {language(claim), language(piece)} - {""}
    return len(scripts) < 2 and len(languages) < 2


def choose_group(target: Analysis, sentences: Sequence[Sentence]) -> tuple[list[int], float]:
    """Return the sentences that carry the claim together, best first, and the share of it that they carry.

    Greedy: the best sentence, then whichever near it adds most, as long as it adds enough.
    """
    keys = [term.key for term in unique(target.terms)]
    total = len(keys) + NUMBER_WEIGHT * len(target.numbers) or 1.0
    rows = [
        [sentence.credit(key) for key in keys] + [NUMBER_WEIGHT * states(sentence, number) for number in target.numbers]
        for sentence in sentences
    ]
    chosen: list[int] = []
    carried = [0.0] * (len(keys) + len(target.numbers))
    while len(chosen) < GROUP_SENTENCES and sum(carried) < total:
        gains = [
            sum(max(0.0, new - old) for new, old in zip(row, carried, strict=True)) * nearness(index, chosen)
            for index, row in enumerate(rows)
        ]
        index = max(range(len(rows)), key=lambda i: (gains[i], -i))
        if chosen and gains[index] < max(LEAST_GAIN * total, 0.9):
            break
        chosen.append(index)
        carried = [max(new, old) for new, old in zip(rows[index], carried, strict=True)]
    return chosen, sum(carried) / total


def states(sentence: Sentence, number: Quantity) -> bool:
    """Return whether a sentence has a number of the claim."""
    return any(number.agrees(other) for other in sentence.analysis.numbers)


def nearness(index: int, chosen: Sequence[int]) -> float:
    """Return the weight of a further sentence by its distance from those chosen; far ones belong to other things."""
    if not chosen:
        return 1.0
    distance = min(abs(index - other) for other in chosen)
    return 1.0 if distance <= 1 else 0.9 if distance <= 3 else 0.7 if distance <= 8 else 0.4


def names_of(target: Analysis, sentences: Sequence[Sentence]) -> list[Term]:
    """Return the claim's names that the source must have.

    A word that begins the claim counts where the source writes it as a name, or lacks it though it acts in the
    claim. An acronym does not count where the claim or the source spells it out.
    """
    written = frozenset().union(*(sentence.analysis.names | sentence.analysis.subjects for sentence in sentences))
    present = frozenset().union(*(sentence.analysis.keys for sentence in sentences))
    names = target.names | (target.openers & written) | (target.subjects - present)
    spelled = [target.initials, *(sentence.analysis.initials for sentence in sentences)]
    return [
        term
        for term in unique(target.terms)
        if term.key in names
        and not (
            len(term.key) > 2 and term.key in target.acronyms and any(term.key in initials for initials in spelled)
        )
    ]


def pair_share(target: Analysis, group: Sequence[Sentence]) -> float:
    """Return the share of neighbouring terms of the claim that stand together in one sentence of the source."""
    keys = [term.key for term in target.terms]
    pairs = [(a, b) for a, b in itertools.pairwise(keys) if a != b]
    if not pairs:
        return 1.0 if not keys or any(s.credit(key) for key in keys for s in group) else 0.0
    return sum(any(s.credit(a) and s.credit(b) for s in group) for a, b in pairs) / len(pairs)


def join_spans(spans: Sequence[Span], piece: str) -> tuple[Span, ...]:
    """Return ascending spans with those joined between which only white space stands."""
    joined: list[Span] = []
    for span in spans:
        if joined and not piece[joined[-1].end : span.start].strip():
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
