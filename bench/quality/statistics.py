"""Statistics of scores against labels: pure functions of arrays, nothing of the sets or the scorers.

Labels are 1 for supported and 0 for not; a score is support in [0, 1]. Where a class is missing the result is NaN,
which the tables show as a dash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Statistic = Callable[[Array, Array], float]
"""A statistic of labels and scores, or of labels and decisions (1 for called supported)."""

DRAWS = 300
SEED = 20260101
CANDIDATES = 200
BINS = 10


class Spans(NamedTuple):
    """Characters marked in one text: by people, by us, and by both."""

    gold: int
    marked: int
    both: int


def auroc(labels: Array, scores: Array) -> float:
    """Return the share of pairs of a supported and an unsupported one that the scores order rightly, ties a half.

    The Mann-Whitney statistic: ranks, those of ties averaged.
    """
    positive, negative = int(labels.sum()), int(len(labels) - labels.sum())
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[labels > 0].sum() - positive * (positive + 1) / 2) / (positive * negative))


def balanced_accuracy(labels: Array, decisions: Array) -> float:
    """Return the mean of the shares of supported and of unsupported ones that are called so."""
    if not labels.any() or labels.all():
        return float("nan")
    return float((decisions[labels > 0].mean() + 1 - decisions[labels == 0].mean()) / 2)


def macro_f1(labels: Array, decisions: Array) -> float:
    """Return the mean of the F1 of both classes."""
    return (f1(labels, decisions) + f1(1 - labels, 1 - decisions)) / 2


def f1(labels: Array, decisions: Array) -> float:
    """Return the F1 of the class 1; 0 where nothing of it is found."""
    both = float((labels * decisions).sum())
    return 2 * both / total if (total := float(labels.sum() + decisions.sum())) else 0.0


def f1_at_prevalence(labels: Array, decisions: Array, prevalence: float) -> float:
    """Return the F1 of the class 0 (hallucinated), as it were at another share of that class.

    Recall does not depend on the share; precision is computed from recall and the rate of false alarms, each class
    weighing as much as its share.
    """
    if not labels.any() or labels.all():
        return float("nan")
    recall, alarms = 1 - decisions[labels == 0].mean(), 1 - decisions[labels > 0].mean()
    found = prevalence * recall
    return float(2 * found / (found + (1 - prevalence) * alarms + prevalence)) if found else 0.0


def f1_of_spans(spans: Sequence[Spans]) -> float:
    """Return the F1 by characters over all texts together (micro), as RAGTruth counts it."""
    gold, marked, both = (sum(column) for column in zip(*spans, strict=True)) if spans else (0, 0, 0)
    return 2 * both / (gold + marked) if gold + marked else float("nan")


def f1_of_sets(found: Sequence[int], allowed: Sequence[Sequence[int]]) -> float:
    """Return the F1 of sentences found against the set of supporting sentences that they match best."""
    best = 0.0
    for wanted in allowed:
        both = len(set(found) & set(wanted))
        best = max(best, 2 * both / (len(set(found)) + len(set(wanted))) if both else 0.0)
    return best


def best_threshold(labels: Array, scores: Array, statistic: Statistic) -> float:
    """Return the threshold, between quantiles of the scores, from which "supported" is best; the lowest of equals."""
    candidates = np.unique(np.quantile(scores, np.linspace(0, 1, CANDIDATES)))
    middle = np.concatenate([candidates[:1], (candidates[1:] + candidates[:-1]) / 2, candidates[-1:] + 1e-9])
    values = [statistic(labels, (scores >= threshold).astype(float)) for threshold in middle]
    return float(middle[int(np.nanargmax(values))]) if not np.isnan(values).all() else float(middle[0])


def cross_fitted(labels: Array, scores: Array, first_half: Flags, statistic: Statistic) -> Array:
    """Return decisions, each by the threshold that is best on the other half; the halves share no document."""
    decisions = np.zeros(len(labels))
    for half in (first_half, ~first_half):
        if half.any() and (~half).any():
            threshold = best_threshold(labels[~half], scores[~half], statistic)
            decisions[half] = scores[half] >= threshold
    return decisions


def interval(statistic: Statistic, labels: Array, values: Array, groups: Sequence[str]) -> tuple[float, float]:
    """Return a 95 % percentile bootstrap interval; whole groups are drawn, since rows on one document are alike.

    Efron 1979; clusters as in Field and Welsh 2007. Seeded: the same rows give the same interval.
    """
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(member, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(member[order])) + 1)
    random = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        chosen = np.concatenate([rows[index] for index in random.integers(0, len(rows), len(rows))])
        drawn.append(statistic(labels[chosen], values[chosen]))
    if np.isnan(drawn).all():
        return float("nan"), float("nan")
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(low), float(high)


class Bin(NamedTuple):
    """Scores in one tenth of [0, 1]: how many, their mean, and the share that is supported."""

    low: float
    claims: int
    score: float
    supported: float


def reliability(labels: Array, scores: Array) -> list[Bin]:
    """Return the bins that hold a score, ascending; 1.0 belongs to the last."""
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        Bin(number / BINS, int(inside.sum()), float(scores[inside].mean()), float(labels[inside].mean()))
        for number in range(BINS)
        if (inside := place == number).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean distance of score and share, weighed by count (Guo 2017)."""
    total = sum(each.claims for each in bins)
    return sum(each.claims * abs(each.score - each.supported) for each in bins) / total if total else float("nan")
