"""Claims and what a scorer said of them -> arrays -> the cells of a table."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.quality.scorers import Scored
from bench.quality.sets import Claim
from bench.quality.statistics import (
    Array,
    Flags,
    Spans,
    Statistic,
    auroc,
    balanced_accuracy,
    cross_fitted,
    f1_at_prevalence,
    f1_of_sets,
    f1_of_spans,
    interval,
)

PREVALENCE = 0.2
"""Share of hallucinated answers that F1 is re-weighted to."""

F1_REWEIGHTED: Statistic = partial(f1_at_prevalence, prevalence=PREVALENCE)


@dataclass(frozen=True, slots=True)
class Sample:
    """Labels and scores of one kind of row; those that a scorer could not score are left out and counted.

    Attributes:
        labels: 1 for supported.
        scores: Support in [0, 1].
        own: The scorer's own decisions, 1 for supported; None for a scorer without a threshold.
        groups: The source document of each.
        unscored: How many were left out.
    """

    labels: Array
    scores: Array
    own: Array | None
    groups: tuple[str, ...]
    unscored: int

    @property
    def first_half(self) -> Flags:
        """Which rows belong to one half of the documents, by a hash of the document."""
        return np.array([hashlib.sha256(group.encode()).digest()[0] % 2 == 0 for group in self.groups], bool)

    def decisions(self, statistic: Statistic) -> Array:
        """Return decisions by a threshold that is best for a statistic on the other half of the documents."""
        return cross_fitted(self.labels, self.scores, self.first_half, statistic)


def sample_of(rows: Sequence[tuple[bool, float | None, bool | None, str]]) -> Sample:
    """Return rows (label, score, own decision, document) as arrays."""
    scored = [row for row in rows if row[1] is not None]
    decided = all(row[2] is not None for row in scored)
    return Sample(
        labels=np.array([row[0] for row in scored], float),
        scores=np.array([row[1] for row in scored], float),
        own=np.array([row[2] for row in scored], float) if decided and scored else None,
        groups=tuple(row[3] for row in scored),
        unscored=len(rows) - len(scored),
    )


def of_sentences(claims: Sequence[Claim], scored: Sequence[Scored]) -> Sample:
    """Return one row a claim."""
    pairs = zip(claims, scored, strict=True)
    return sample_of([(claim.supported, one.score, one.supported, claim.source_id) for claim, one in pairs])


def of_answers(claims: Sequence[Claim], scored: Sequence[Scored], *, share: bool = False) -> Sample:
    """Return one row an answer, which is supported where each sentence is.

    Its score is that of its weakest sentence; with `share`, its faithfulness: the share of its sentences supported.
    """
    grouped: dict[str, list[tuple[Claim, Scored]]] = defaultdict(list)
    for claim, one in zip(claims, scored, strict=True):
        grouped[claim.answer].append((claim, one))
    rows: list[tuple[bool, float | None, bool | None, str]] = []
    for pairs in grouped.values():
        known = [one for _, one in pairs if one.score is not None]
        own = [one.supported for one in known]
        decided = None if not own or None in own else all(own)
        weakest = min((one.score for one in known if one.score is not None), default=None)
        faithfulness = sum(map(bool, own)) / len(own) if own else None
        label = all(claim.supported for claim, _ in pairs)
        rows.append((label, faithfulness if share else weakest, decided, pairs[0][0].source_id))
    return sample_of(rows)


def percent(value: float) -> str:
    """Return a share in percent; a dash where there is none."""
    return "-" if math.isnan(value) else f"{100 * value:.1f}"


def with_interval(statistic: Statistic, sample: Sample, values: Array) -> str:
    """Return a statistic with its 95 % interval over documents."""
    if not len(sample.labels):
        return "-"
    value = statistic(sample.labels, values)
    if math.isnan(value):
        return "-"
    low, high = interval(statistic, sample.labels, values, sample.groups)
    return f"{percent(value)} [{percent(low)}, {percent(high)}]"


def decided(statistic: Statistic, sample: Sample) -> str:
    """Return a statistic of the scorer's own decisions; a dash for a scorer that makes none."""
    return "-" if sample.own is None else with_interval(statistic, sample, sample.own)


def refitted(statistic: Statistic, sample: Sample) -> str:
    """Return a statistic with a threshold fitted for it on the other half of the documents."""
    return with_interval(statistic, sample, sample.decisions(statistic)) if len(sample.labels) else "-"


def cells(sample: Sample, *statistics: Statistic) -> list[str]:
    """Return count, AUROC, each statistic at the scorer's own and at a cross-fitted threshold, and the share scored."""
    found = [str(len(sample.labels)), with_interval(auroc, sample, sample.scores)]
    for statistic in statistics or (balanced_accuracy,):
        found += [decided(statistic, sample), refitted(statistic, sample)]
    total = len(sample.labels) + sample.unscored
    return [*found, percent(len(sample.labels) / total if total else math.nan)]


def span_f1(claims: Sequence[Claim], scored: Sequence[Scored]) -> float:
    """Return the F1 of characters marked as hallucinated.

    A scorer marks the parts that it names, else the whole sentence; one without a threshold of its own gets one that is
    cross-fitted for the re-weighted F1 of sentences.
    """
    sample = of_sentences(claims, scored)
    known = [(claim, one) for claim, one in zip(claims, scored, strict=True) if one.score is not None]
    calls = sample.own if sample.own is not None else sample.decisions(F1_REWEIGHTED)
    return f1_of_spans([spans_of(claim, one, bool(call)) for (claim, one), call in zip(known, calls, strict=True)])


def spans_of(claim: Claim, one: Scored, supported: bool) -> Spans:
    """Return the characters of a claim that people, and a scorer, take for unsupported."""
    marked: set[int] = set()
    if not supported:
        marked = {at for start, end in one.unsupported or ((0, len(claim.text)),) for at in range(start, end)}
    gold = {at for span in claim.hallucinated for at in range(*span)}
    return Spans(len(gold), len(marked), len(gold & marked))


def sentence_f1(claims: Sequence[Claim], scored: Sequence[Scored]) -> float:
    """Return the mean F1 of the sentences named, over the claims for which people named some."""
    pairs = [(claim, one) for claim, one in zip(claims, scored, strict=True) if claim.supporting]
    found = [f1_of_sets(one.sentences, claim.supporting) for claim, one in pairs]
    return float(np.mean(found)) if found else math.nan


def by(claims: Sequence[Claim], key: Callable[[Claim], str]) -> dict[str, list[int]]:
    """Return the indices of the claims by a key, keys sorted."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, claim in enumerate(claims):
        found[key(claim)].append(index)
    return dict(sorted(found.items()))
