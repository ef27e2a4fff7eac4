"""Scores -> report: means with intervals, what could not be scored, and the verdict on the bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from rag.errors import UsageError
from rag.evaluation.details import AnswerDetail, Score
from rag.evaluation.risk import RiskReport, measure_risk
from rag.evaluation.scorers import COSTS, METRICS, TIMINGS, require_metric

if TYPE_CHECKING:
    import numpy as np

RESAMPLES = 2000
SEED = 20260101
CONFIDENCE = 0.95

FEW_VALUES = 4
"""Times that each value must stand in a sample on average for it to be resampled by counting."""

DRAWN_AT_ONCE = 4_000_000
"""Numbers drawn at once, so that a large sample takes little memory."""

DIRECTIONS = dict.fromkeys((*COSTS, *TIMINGS, "uncited"), -1)
"""-1 for metrics where less is better."""


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric over all samples.

    Attributes:
        mean: Mean of the scored samples; None where none was scored.
        interval: Its 95 % interval; None where fewer than two were scored.
        scored: Samples scored.
        unscored: Why the others were not: reason -> how many.
        coverage: Share of all samples that were scored, in [0, 1].
    """

    mean: float | None
    interval: Interval | None
    scored: int
    unscored: Mapping[str, int]
    coverage: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found.

    Attributes:
        samples: How many.
        failed: How many could not be answered or read for an error, by its code.
        metrics: Quality by name; the same for the same answers, always.
        by_kind: The same by the samples' kind, means only; empty where there is but one kind.
        setup: What was evaluated with what. Always ``verifier`` (name and version), ``metrics`` (version of the
            definitions), ``vouch`` (version), ``file`` and ``file_sha256`` where there is a file, ``read_as`` (how its
            rows were understood); of our own answers also ``collection``, ``generation``, ``model``, ``embedder``,
            ``top_k``, ``risk``.
        costs: ``llm_calls``, ``input_tokens``, ``output_tokens`` and ``cost_usd`` of one answer.
        timings: ``latency_ms`` of one answer, and ``scoring_ms``.
        answers_per_minute: Answers evaluated in a minute of this run, asking included; None where nothing was done.
        abstention: How well it knows what the documents can answer; None where it did not say how sure it was.
        answers: Each answer, in the order of the file; with their texts only where these were asked for.
    """

    samples: int
    failed: Mapping[str, int]
    metrics: Mapping[str, MetricSummary]
    by_kind: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    setup: Mapping[str, str | int | float] = field(default_factory=dict)
    costs: Mapping[str, MetricSummary] = field(default_factory=dict)
    timings: Mapping[str, MetricSummary] = field(default_factory=dict)
    answers_per_minute: float | None = None
    answers: tuple[AnswerDetail, ...] = ()
    abstention: RiskReport | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values; all that time may change stands under ``speed``, the rest repeats."""
        told: dict[str, Any] = REPORT.dump_python(self, mode="json")
        by_answer = {answer["id"]: answer.pop("timings_ms") for answer in told["answers"]}
        told["speed"] = {
            "answers_per_minute": told.pop("answers_per_minute"),
            "timings": told.pop("timings"),
            "by_answer": by_answer,
        }
        return told

    @classmethod
    def from_json(cls, told: object) -> Report:
        """Return the report that `as_json` told of.

        Raises:
            UsageError: It is no report.
        """
        try:
            values = dict(told) if isinstance(told, dict) else {}
            speed = values.pop("speed", {})
            by_answer = speed.get("by_answer", {})
            values["answers"] = [
                {**answer, "timings_ms": by_answer.get(answer["id"], {})} for answer in values.get("answers", ())
            ]
            values |= {name: speed[name] for name in ("answers_per_minute", "timings") if name in speed}
            return REPORT.validate_python(values)
        except (ValidationError, AttributeError, KeyError, TypeError) as error:
            raise UsageError(
                "This is not a report of an evaluation.",
                remedy="Give the file that `vouch evaluate --output FILE` wrote.",
                field="compare",
            ) from error

    def failures(self, bars: Mapping[str, float]) -> list[str]:
        """Return which bars are missed, in words; a metric that could not be scored misses its bar.

        Raises:
            UsageError: There is no such metric.
        """
        missed = []
        found = {**self.metrics, **self.costs, **self.timings}
        for name, bar in bars.items():
            if name not in found:
                require_metric(name)
            # None was scored where every sample failed.
            mean = found[name].mean if name in found else None
            sign = DIRECTIONS.get(name, 1)
            if mean is None or sign * mean < sign * bar:
                shown = "not scored" if mean is None else f"{mean:.3f}"
                missed.append(f"{name} is {shown}, the bar is {bar:g}")
        return missed


REPORT: TypeAdapter[Report] = TypeAdapter(Report)


def summarize(
    answers: Sequence[AnswerDetail],
    setup: Mapping[str, str | int | float] | None = None,
    *,
    answers_per_minute: float | None = None,
) -> Report:
    """Return the report of answers, kept in their order; its figures are the same in whatever order they came."""
    ordered = sorted(answers, key=lambda answer: answer.id)
    failed: dict[str, int] = {}
    for answer in ordered:
        if answer.error is not None:
            failed[answer.error] = failed.get(answer.error, 0) + 1
    names = [name for name in METRICS if any(name in answer.scores for answer in ordered)]
    names += sorted({name for answer in ordered for name in answer.scores} - set(names))
    kinds = sorted({answer.kind for answer in ordered})
    by_kind = {
        kind: {name: mean_of([a.scores.get(name) for a in ordered if a.kind == kind]) for name in names}
        for kind in kinds
        if len(kinds) > 1
    }
    return Report(
        samples=len(answers),
        failed=failed,
        metrics={name: summarize_scores([answer.scores.get(name) for answer in ordered]) for name in names},
        by_kind=by_kind,
        setup=dict(setup or {}),
        costs={name: summarize_scores([cost_of(answer, name) for answer in ordered]) for name in COSTS},
        timings={name: summarize_scores([timing_of(answer, name) for answer in ordered]) for name in TIMINGS},
        answers_per_minute=answers_per_minute,
        answers=tuple(answers),
        abstention=abstention_of(ordered),
    )


def abstention_of(answers: Sequence[AnswerDetail]) -> RiskReport | None:
    """Return how well the answers' sufficiency tells what can be answered; None where none has one and a label."""
    known = [answer for answer in answers if answer.sufficiency is not None and answer.answerable is not None]
    if not known:
        return None
    return measure_risk(
        [answer.sufficiency or 0.0 for answer in known],
        [bool(answer.answerable) for answer in known],
        [answer.id for answer in known],
    )


def cost_of(answer: AnswerDetail, name: str) -> Score | None:
    """Return one cost of an answer; none where it failed."""
    return None if answer.error else Score(float(getattr(answer.usage, name)))


def timing_of(answer: AnswerDetail, name: str) -> Score:
    """Return how long an answer or its scoring took."""
    told = answer.timings_ms.get({"latency_ms": "total", "scoring_ms": "score"}[name])
    return Score(told, None if told is not None else "not known")


def mean_of(scores: Sequence[Score | None]) -> float | None:
    """Return the mean of what was scored; None where nothing was."""
    values = [score.value for score in scores if score is not None and score.value is not None]
    return sum(values) / len(values) if values else None


def summarize_scores(scores: Sequence[Score | None]) -> MetricSummary:
    """Return the summary of one metric's scores; None is an answer that was not scored at all."""
    values = [score.value for score in scores if score is not None and score.value is not None]
    unscored: dict[str, int] = {}
    for score in scores:
        if score is None or score.value is None:
            reason = (score.reason if score else None) or "not scored"
            unscored[reason] = unscored.get(reason, 0) + 1
    coverage = len(values) / len(scores) if scores else 0.0
    return MetricSummary(mean_of(scores), bootstrap_interval(values), len(values), unscored, coverage)


def bootstrap_interval(values: Sequence[float]) -> Interval | None:
    """Return the percentile bootstrap interval of the mean (Efron 1979), with a fixed seed; None below two values.

    >>> bootstrap_interval([1.0, 1.0, 1.0])
    Interval(low=1.0, high=1.0)
    """
    if len(values) < 2:
        return None
    import numpy as np

    sample = np.asarray(values, dtype=np.float64)
    means = resampled_means(sample, np.random.default_rng(SEED))
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))


def resampled_means(sample: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the means of `RESAMPLES` resamples with replacement, (RESAMPLES,).

    Where values repeat, as most scores do, only how often each is drawn matters, and that is drawn at once.
    """
    import numpy as np

    values, counts = np.unique(sample, return_counts=True)
    if FEW_VALUES * len(values) <= len(sample):
        drawn = random.multinomial(len(sample), counts / len(sample), size=RESAMPLES)
        means: np.ndarray = drawn @ values / len(sample)
        return means
    size = max(1, DRAWN_AT_ONCE // len(sample))
    batches = [min(size, RESAMPLES - done) for done in range(0, RESAMPLES, size)]
    return np.concatenate(
        [sample[random.integers(0, len(sample), size=(batch, len(sample)))].mean(axis=1) for batch in batches]
    )
