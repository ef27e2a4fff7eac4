"""A report -> what the page shows: figures, tables, distributions, and its answers in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.evaluation.comparison import Change, Comparison
from rag.evaluation.page.answers import AnswerView, view_answers
from rag.evaluation.page.wording import (
    HEADLINES,
    NOTHING,
    SETUP_WORDS,
    VERDICTS,
    change_shown,
    definition_of,
    label_of,
    number_shown,
)
from rag.evaluation.report import MetricSummary, Report

BINS = 10
BAR_STEP, BAR_HEIGHT_MOST = 12, 28
CHANGES_SHOWN = 20
"""Answers listed as better, and as worse."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a histogram, in pixels."""

    x: int
    y: float
    height: float


def look_at(report: Report, comparison: Comparison | None) -> Mapping[str, Any]:
    """Return what the page shows of a report, under the names that its template uses."""
    answers = view_answers(report.answers)
    scored = {name: metric for name, metric in report.metrics.items() if metric.scored}
    return {
        "title": title_of(report),
        "subtitle": subtitle_of(report),
        "headlines": headlines_of(report, comparison),
        "failed": failures_told(report),
        "metrics": [metric_row(name, metric, report) for name, metric in scored.items()],
        "unscored": ", ".join(label_of(name) for name in report.metrics if name not in scored),
        "kinds": kinds_of(report, list(scored)),
        "costs": [
            metric_row(name, metric, None)
            for name, metric in {**report.costs, **report.timings}.items()
            if metric.scored
        ],
        "pace": pace_told(report),
        "setup": [(SETUP_WORDS.get(name, name), value) for name, value in report.setup.items() if value != ""],
        "compared": compared(comparison, answers) if comparison is not None else None,
        "verdicts": list(VERDICTS.values()),
        "filters": verdict_filters(answers),
        "kind_filters": kind_filters(answers),
        "answers": answers,
        "footer": f"Made by Vouch {report.setup.get('vouch', '')}".strip() + ".",
    }


def title_of(report: Report) -> str:
    """Return the title: the file's name, or the collection's."""
    name = str(report.setup.get("file") or report.setup.get("collection") or "")
    return f"Evaluation of {name.replace(chr(92), '/').rsplit('/', 1)[-1]}" if name else "Evaluation"


def subtitle_of(report: Report) -> str:
    """Return what was evaluated, in a line."""
    parts = [f"{report.samples:,} answer{'' if report.samples == 1 else 's'}"]
    for name, words in (("model", "answered by"), ("verifier", "judged by")):
        if report.setup.get(name):
            parts.append(f"{words} {report.setup[name]}")
    return ", ".join(parts)


def headlines_of(report: Report, comparison: Comparison | None) -> list[dict[str, Any]]:
    """Return the figures that stand first."""
    found = []
    for group in HEADLINES:
        name = next((name for name in group if name in report.metrics and report.metrics[name].scored), None)
        if name is None:
            continue
        metric = report.metrics[name]
        interval = [f"95 % interval {interval_shown(metric, 2)}"] if metric.interval else []
        difference = comparison.differences.get(name) if comparison is not None else None
        found.append(
            {
                "label": label_of(name),
                "short": number_shown(metric.mean, 2),
                "definition": definition_of(name),
                "sureness": [*interval, f"n = {metric.scored:,}"],
                "change": f"{change_shown(difference.difference)} since the other run" if difference else "",
            }
        )
    return found


def metric_row(name: str, metric: MetricSummary, report: Report | None) -> dict[str, Any]:
    """Return a row of the table of metrics; with a distribution where the report's answers are given."""
    values = values_of(name, report) if report is not None else []
    counts = histogram(values)
    return {
        "label": label_of(name),
        "definition": definition_of(name),
        "mean": number_shown(metric.mean),
        "interval": interval_shown(metric, 3),
        "scored": f"{metric.scored:,}",
        "reasons": "; ".join(f"{count:,} {reason}" for reason, count in metric.unscored.items()) or NOTHING,
        "bars": bars_of(counts) if values else [],
        "spread": f"Distribution from 0 to 1 in tenths: {', '.join(map(str, counts))} answers",
    }


def interval_shown(metric: MetricSummary, digits: int) -> str:
    """Return a metric's interval; a dash where it has none."""
    if metric.interval is None:
        return NOTHING
    return f"{number_shown(metric.interval.low, digits)}–{number_shown(metric.interval.high, digits)}"


def values_of(name: str, report: Report) -> list[float]:
    """Return one metric's scores, if all lie in [0, 1]; none otherwise."""
    scores = [answer.scores[name].value for answer in report.answers if name in answer.scores]
    values = [value for value in scores if value is not None]
    return values if all(0 <= value <= 1 for value in values) else []


def histogram(values: Sequence[float]) -> list[int]:
    """Return how many values lie in each tenth of [0, 1]; 1.0 lies in the last.

    >>> histogram([0.0, 0.05, 0.1, 1.0])
    [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    """
    # A tenth such as 0.3 is a little less than three tenths in binary.
    counts = Counter(min(int(value * BINS + 1e-9), BINS - 1) for value in values)
    return [counts[tenth] for tenth in range(BINS)]


def bars_of(counts: Sequence[int]) -> list[Bar]:
    """Return the bars of a histogram; whatever is not empty is seen."""
    most = max(counts)
    heights = [round(max(BAR_HEIGHT_MOST * count / most, 1.0), 1) if count else 0.0 for count in counts]
    return [
        Bar(BAR_STEP * tenth + 1, round(BAR_HEIGHT_MOST + 1 - height, 1), height)
        for tenth, height in enumerate(heights)
        if height
    ]


def kinds_of(report: Report, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the table by kind; None where there is but one kind."""
    if not report.by_kind:
        return None
    rows = [
        {"label": label_of(name), "cells": [number_shown(means.get(name)) for means in report.by_kind.values()]}
        for name in names
    ]
    return {"names": [kind_shown(kind) for kind in report.by_kind], "rows": rows}


def kind_shown(kind: str) -> str:
    """Return a kind for a person."""
    return kind.replace("_", " ") or "none"


def failures_told(report: Report) -> str:
    """Return what failed, in words; empty where nothing did."""
    failed = ", ".join(f"{count:,} for {code}" for code, count in report.failed.items())
    return f"{sum(report.failed.values()):,} of {report.samples:,} failed: {failed}." if failed else ""


def pace_told(report: Report) -> str:
    """Return how fast the run was; empty where that is not known."""
    if report.answers_per_minute is None:
        return ""
    return f"This run evaluated {number_shown(report.answers_per_minute)} answers a minute."


def verdict_filters(answers: Sequence[AnswerView]) -> list[dict[str, object]]:
    """Return the verdicts to filter by: those that occur, and what became of whole answers."""
    counts = Counter(verdict for answer in answers for verdict in answer.verdicts.split())
    known = [(words.value, words.label) for words in VERDICTS.values()]
    known += [("refused", "Refused"), ("failed", "Failed")]
    return [{"value": value, "label": label, "count": counts[value]} for value, label in known if counts[value]]


def kind_filters(answers: Sequence[AnswerView]) -> list[dict[str, object]]:
    """Return the kinds to filter by; none where there are not two."""
    counts = Counter(answer.kind for answer in answers)
    found = [{"value": kind, "label": kind_shown(kind), "count": counts[kind]} for kind in sorted(counts) if kind]
    return found if len(counts) > 1 else []


def compared(comparison: Comparison, answers: Sequence[AnswerView]) -> dict[str, Any]:
    """Return what changed since the other run."""
    rows = [
        {
            "label": label_of(name),
            "cells": [
                number_shown(each.before),
                number_shown(each.after),
                change_shown(each.difference),
                f"{change_shown(each.interval.low)} to {change_shown(each.interval.high)}"
                if each.interval
                else NOTHING,
                number_shown(each.p_value),
                f"{len(each.better):,}",
                f"{len(each.worse):,}",
                f"{each.pairs:,}",
            ],
        }
        for name, each in comparison.differences.items()
    ]
    groups = [
        changes_of(comparison, "worse", "Answers that got worse", answers),
        changes_of(comparison, "better", "Answers that got better", answers),
    ]
    return {"rows": rows, "groups": [group for group in groups if group["changes"]], "warnings": comparison.warnings}


def changes_of(comparison: Comparison, direction: str, title: str, answers: Sequence[AnswerView]) -> dict[str, Any]:
    """Return the answers that changed most in one direction, each by its largest change."""
    largest: dict[str, tuple[float, str, Change]] = {}
    for name, difference in comparison.differences.items():
        changes: Sequence[Change] = getattr(difference, direction)
        for change in changes:
            size = abs(change.after - change.before)
            if change.id not in largest or size > largest[change.id][0]:
                largest[change.id] = size, name, change
    ranked = sorted(largest.values(), key=lambda item: (-item[0], item[2].id))
    views = {answer.id: answer for answer in answers}
    told = [
        {
            "anchor": views[change.id].anchor if change.id in views else "",
            "question": views[change.id].question if change.id in views else change.id,
            "told": f"{label_of(name)} {number_shown(change.before)} → {number_shown(change.after)}",
        }
        for _, name, change in ranked[:CHANGES_SHOWN]
    ]
    more = f" ({len(told)} of {len(ranked):,})" if len(ranked) > len(told) else f" ({len(ranked):,})"
    return {"title": title + more, "changes": told}
