"""Two runs -> what changed: each metric's difference over the same questions, and which of them got better or worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.errors import UsageError
from rag.evaluation.details import AnswerDetail
from rag.evaluation.report import CONFIDENCE, DIRECTIONS, SEED, Interval, Report, resampled_means
from rag.evaluation.scorers import COSTS, METRICS

JUDGED_BY = ("verifier", "metrics")
"""What of the setup must be the same for scores to be compared at all."""

ALIKE = ("file_sha256", "vouch", "embedder")
"""What of the setup a reader should know to be different."""

LEAST_CHANGE = 1e-9
"""Scores that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Change:
    """One answer's score in both runs."""

    id: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric in both runs, over the answers scored in both.

    Attributes:
        before: Mean of the earlier run.
        after: Mean of the later one.
        difference: Mean of what each answer gained; negative where it lost.
        interval: Its 95 % interval by the paired bootstrap (Efron & Tibshirani 1993); None below two pairs.
        p_value: Chance of a difference as large where there is none, in (0, 1]; None below two pairs.
        pairs: Answers scored in both.
        better: Answers that got better, the largest change first.
        worse: Answers that got worse, the largest change first.
    """

    before: float
    after: float
    difference: float
    interval: Interval | None
    p_value: float | None
    pairs: int
    better: tuple[Change, ...]
    worse: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from an earlier run to a later one.

    Attributes:
        differences: By metric; those scored in both runs.
        only_before: Answers of the earlier run alone, by id.
        only_after: Answers of the later run alone.
        warnings: What else was different, in plain words.
    """

    differences: Mapping[str, Difference]
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def require_comparable(before: Mapping[str, object], after: Mapping[str, object]) -> None:
    """Check, by what they were set up with, that the scores of two runs may be compared.

    Raises:
        UsageError: They were judged by different verifiers, or by metrics of different definitions.
    """
    for name in JUDGED_BY:
        if before.get(name) != after.get(name):
            raise UsageError(
                f"The runs cannot be compared: {name} was {before.get(name)} and is {after.get(name)}; a difference "
                "could be that of the judge.",
                remedy="Evaluate the earlier answers again: `vouch evaluate RUN.json` reads the answers of a run.",
                field="compare",
            )


def compare(before: Report, after: Report) -> Comparison:
    """Return what changed between two runs; the same for the same runs, always.

    Answers are paired by id, and by question where both runs hold it.

    Raises:
        UsageError: They were judged in different ways.
    """
    require_comparable(before.setup, after.setup)
    earlier = {answer.id: answer for answer in before.answers}
    later = {answer.id: answer for answer in after.answers}
    shared = [(answer, later[name]) for name, answer in earlier.items() if name in later]
    pairs = [pair for pair in shared if is_same_question(*pair)]
    warnings = [
        f"{name} was {before.setup[name]} and is {after.setup[name]}"
        for name in ALIKE
        if name in before.setup and name in after.setup and before.setup[name] != after.setup[name]
    ]
    if len(pairs) < len(shared):
        warnings.append(f"{len(shared) - len(pairs)} answers have the same id and another question; they are left out")
    if not pairs:
        warnings.append("the runs share no answer")
    found = {name: difference_of(name, pairs) for name in (*METRICS, *COSTS)}
    return Comparison(
        differences={name: difference for name, difference in found.items() if difference is not None},
        only_before=tuple(name for name in earlier if name not in later),
        only_after=tuple(name for name in later if name not in earlier),
        warnings=tuple(warnings),
    )


def is_same_question(before: AnswerDetail, after: AnswerDetail) -> bool:
    """Return whether two answers are to the same question, as far as the runs tell."""
    return before.question == after.question or not (before.question and after.question)


def difference_of(name: str, pairs: Sequence[tuple[AnswerDetail, AnswerDetail]]) -> Difference | None:
    """Return one metric's difference; None where no answer was scored in both runs."""
    changes = [
        Change(before.id, old, new)
        for before, after in pairs
        if (old := value_of(before, name)) is not None and (new := value_of(after, name)) is not None
    ]
    if not changes:
        return None
    sign = DIRECTIONS.get(name, 1)
    gains = [change.after - change.before for change in changes]
    interval, p_value = bootstrap_difference(gains)
    ranked = sorted(changes, key=lambda change: (-abs(change.after - change.before), change.id))
    return Difference(
        before=sum(change.before for change in changes) / len(changes),
        after=sum(change.after for change in changes) / len(changes),
        difference=sum(gains) / len(gains),
        interval=interval,
        p_value=p_value,
        pairs=len(changes),
        better=tuple(change for change in ranked if sign * (change.after - change.before) > LEAST_CHANGE),
        worse=tuple(change for change in ranked if sign * (change.before - change.after) > LEAST_CHANGE),
    )


def value_of(answer: AnswerDetail, name: str) -> float | None:
    """Return an answer's score or cost; None where it has none."""
    if name in COSTS:
        return None if answer.error else float(getattr(answer.usage, name))
    score = answer.scores.get(name)
    return score.value if score is not None else None


def bootstrap_difference(gains: Sequence[float]) -> tuple[Interval | None, float | None]:
    """Return the interval of the mean gain, and the chance of one as large if there were none; None below two.

    Resamples the pairs (Efron & Tibshirani 1993, chapters 13 and 16), with a fixed seed. The chance counts resamples
    that lie as far from the mean gain as that lies from zero, the observed one among them, so it is never 0.

    >>> bootstrap_difference([0.0, 0.0, 0.0])
    (Interval(low=0.0, high=0.0), 1.0)
    """
    if len(gains) < 2:
        return None, None
    import numpy as np

    sample = np.asarray(gains, dtype=np.float64)
    means = resampled_means(sample, np.random.default_rng(SEED))
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    far = np.abs(means - sample.mean()) >= abs(sample.mean()) - LEAST_CHANGE
    return Interval(float(low), float(high)), float((1 + far.sum()) / (1 + len(means)))
