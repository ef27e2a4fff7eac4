"""Abstention measured: scores and what was answerable -> how often it is wrong at which share of questions answered.

A *false answer* is an answer to a question that the documents do not answer; a *false refusal* is an abstention where
they do. Everything here is a pure function of scores (the higher, the surer) and labels, in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]
    Labels = NDArray[np.bool_]

FOLDS = 5
RESAMPLES = 1000
SEED = 20260101
CONFIDENCE = 0.95
REFUSALS = 0.05
"""Share of false refusals at which false answers are compared."""

SHOWN_COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of questions answered that a table shows."""


class RiskPoint(NamedTuple):
    """What comes of answering every question from a score on.

    Attributes:
        threshold: The score.
        coverage: Share of all questions that are answered.
        risk: Share of the answered ones that the documents do not answer.
        false_answers: Share of the unanswerable questions that are answered.
        false_refusals: Share of the answerable questions that are refused.
    """

    threshold: float
    coverage: float
    risk: float
    false_answers: float
    false_refusals: float


class Estimate(NamedTuple):
    """A figure with its 95 % bootstrap interval (Efron 1979); None where it cannot be told from these questions."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RiskReport:
    """How well scores tell what can be answered.

    Attributes:
        answerable: Number of answerable questions.
        unanswerable: Number of the others.
        curve: By coverage, ascending; one point for each score given; empty where nothing was scored.
        aurc: Area under the risk-coverage curve (Geifman and El-Yaniv 2017): mean risk over all coverages, less is
            better; None where nothing was scored.
        auroc: Share of pairs of an answerable and an unanswerable question that the scores order rightly, equal
            scores counting half; None unless there are both.
        false_answers: Share of the unanswerable questions answered where a given share of the answerable is refused,
            each by a threshold chosen on other questions; None unless there are enough of both.
        false_refusals: Share of the answerable ones refused by those thresholds.
        refusals: The share of the answerable questions that those thresholds were to refuse.
    """

    answerable: int
    unanswerable: int
    curve: tuple[RiskPoint, ...]
    aurc: float | None
    auroc: Estimate | None
    false_answers: Estimate | None
    false_refusals: float | None
    refusals: float = REFUSALS


def measure_risk(
    scores: Sequence[float],
    answerable: Sequence[bool],
    groups: Sequence[str] | None = None,
    *,
    refusals: float = REFUSALS,
) -> RiskReport:
    """Return how well scores tell answerable questions from the others.

    Args:
        scores: How likely each question can be answered.
        answerable: Whether it can.
        groups: What belongs together (several askings of one question), so that a threshold is never chosen on what
            it is scored on; each question by itself if None.
        refusals: Share of false refusals at which false answers are told.

    Raises:
        ValueError: The lengths differ (a mistake of the caller).
    """
    import numpy as np

    kept, labels = np.asarray(scores, dtype=np.float64), np.asarray(answerable, dtype=bool)
    names = [str(index) for index in range(len(kept))] if groups is None else list(groups)
    if not len(kept) == len(labels) == len(names):
        raise ValueError("scores, labels and groups must be of one length")
    folds = folds_of(names)
    crossed = cross_answers(kept, labels, folds, refusals)
    points = curve(kept, labels)
    both = 0 < labels.sum() < len(labels)

    def bootstrapped(measure: Callable[[Scores, Labels, Labels], float]) -> Estimate:
        answered = crossed if crossed is not None else labels
        return estimate(measure, kept, labels, answered, names)

    return RiskReport(
        answerable=int(labels.sum()),
        unanswerable=int((~labels).sum()),
        curve=points,
        aurc=float(np.mean([point.risk for point in points])) if points else None,
        auroc=bootstrapped(lambda s, y, _: auroc(s, y)) if both else None,
        false_answers=bootstrapped(lambda _, y, a: share(a[~y])) if both and crossed is not None else None,
        false_refusals=share(~crossed[labels]) if both and crossed is not None else None,
        refusals=refusals,
    )


def curve(scores: Scores, labels: Labels) -> tuple[RiskPoint, ...]:
    """Return one point for each score given, the highest score first, so that coverage ascends."""
    import numpy as np

    positives, negatives = max(int(labels.sum()), 1), max(int((~labels).sum()), 1)
    points = []
    for threshold in np.unique(scores)[::-1]:
        answered = scores >= threshold
        wrong = int((answered & ~labels).sum())
        points.append(
            RiskPoint(
                threshold=float(threshold),
                coverage=float(answered.mean()),
                risk=wrong / int(answered.sum()),
                false_answers=wrong / negatives,
                false_refusals=int((labels & ~answered).sum()) / positives,
            )
        )
    return tuple(points)


def shown_points(points: Sequence[RiskPoint]) -> tuple[RiskPoint, ...]:
    """Return the points of a curve that a table shows: the first of at least each of `SHOWN_COVERAGES`, none twice."""
    found = (
        next((point for point in points if point.coverage >= coverage - 1e-12), None) for coverage in SHOWN_COVERAGES
    )
    return tuple(dict.fromkeys(point for point in found if point is not None))


def threshold_for(scores: Scores, labels: Labels, refusals: float) -> float:
    """Return the highest score at which at most this share of the answerable questions is refused.

    Half way to the next score below, so that a small shift of the scores refuses nobody else; 0.0 without answerable
    questions.
    """
    import numpy as np

    known = np.sort(scores[labels])
    if not len(known):
        return 0.0
    kept = float(known[min(int(refusals * len(known) + 1e-9), len(known) - 1)])
    below = scores[scores < kept]
    return (kept + float(below.max())) / 2 if len(below) else kept


def cross_answers(scores: Scores, labels: Labels, folds: NDArray[np.int_], refusals: float) -> Labels | None:
    """Return which questions are answered, each by a threshold chosen on the other folds.

    Returns:
        None where the other folds of some question hold no answerable one.
    """
    import numpy as np

    answered = np.zeros(len(scores), dtype=bool)
    for fold in np.unique(folds):
        held = folds == fold
        if not labels[~held].any():
            return None
        answered[held] = scores[held] >= threshold_for(scores[~held], labels[~held], refusals)
    return answered if len(scores) else None


def folds_of(groups: Sequence[str]) -> NDArray[np.int_]:
    """Return the fold of each question: a hash of its group, so that it depends on nothing else."""
    import numpy as np

    return np.array([hashlib.sha256(group.encode()).digest()[0] % FOLDS for group in groups], dtype=np.int_)


def auroc(scores: Scores, labels: Labels) -> float:
    """Return the area under the ROC curve, by ranks (Mann and Whitney 1947); NaN unless both labels occur."""
    import numpy as np

    positives, negatives = int(labels.sum()), int((~labels).sum())
    if not positives or not negatives:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[place]
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def estimate(
    measure: Callable[[Scores, Labels, Labels], float],
    scores: Scores,
    labels: Labels,
    answered: Labels,
    groups: Sequence[str],
) -> Estimate:
    """Return a measure with its percentile bootstrap interval; groups are drawn whole, with a fixed seed."""
    import numpy as np

    names: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        names.setdefault(group, []).append(index)
    members = list(names.values())
    random = np.random.default_rng(SEED)
    drawn = []
    for _ in range(RESAMPLES):
        taken = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))]).astype(np.int_)
        drawn.append(measure(scores[taken], labels[taken], answered[taken]))
    found = np.array(drawn)[~np.isnan(drawn)]
    value = measure(scores, labels, answered)
    if not len(found):
        return Estimate(value, value, value)
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, float(low), float(high))


def share(answers: Labels) -> float:
    """Return the share that is true; NaN of none."""
    return float(answers.mean()) if len(answers) else float("nan")
