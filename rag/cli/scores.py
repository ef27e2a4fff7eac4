"""A report of an evaluation in the terminal: scores, kinds, cost and speed, and what changed since another run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from rag.cli.risk import write_risk
from rag.cli.terminal import notes, output, write, write_note, write_table, write_warning

if TYPE_CHECKING:
    from rag.evaluation import Change, Comparison, MetricSummary, Report

NOTHING = "-"
"""What stands where there is no number."""

CHANGES_SHOWN = 10
"""Answers shown of those that changed."""

UNSCORED_SHOWN = 4
"""Metrics named that were not scored."""

PROBLEMS_SHOWN = 5
"""Failed rows shown."""


def write_report(report: Report) -> None:
    """Write the report's tables: all questions, each kind, abstention, cost and speed, and what failed."""
    rows = [(name, *metric_cells(metric)) for name, metric in report.metrics.items() if metric.scored]
    write_table(("metric", ">mean", "95 % interval", ">scored", ">coverage", "not scored"), rows, wide=5, head=True)
    if report.by_kind:
        write(output())
        kinds = [(name, *(shown(means[name]) for means in report.by_kind.values())) for name, *_ in rows]
        write_table(("by kind", *(f">{kind or 'none'}" for kind in report.by_kind)), kinds, head=True)
    if report.abstention is not None:
        write(output())
        write_risk(report.abstention)
    write(output())
    write_table(
        ("cost and speed", ">an answer", "95 % interval", ">known", ">coverage", "not known"),
        cost_rows(report),
        head=True,
    )
    unscored = [name for name, metric in report.metrics.items() if not metric.scored]
    if unscored:
        more = len(unscored) - UNSCORED_SHOWN
        listed = ", ".join(unscored[:UNSCORED_SHOWN]) + (f" and {more} more" if more > 0 else "")
        write_note(f"Not scored: {listed}.")
    write_failures(report)


def cost_rows(report: Report) -> list[tuple[str, ...]]:
    """Return the rows of what an answer costs and how long it takes."""
    found = {**report.costs, **report.timings}
    rows: list[tuple[str, ...]] = [
        (name, *metric_cells(metric)) for name, metric in found.items() if metric.scored and metric.mean
    ]
    if report.answers_per_minute is not None:
        rows.append(("answers a minute", shown(report.answers_per_minute), NOTHING, NOTHING, NOTHING, NOTHING))
    return rows


def write_failures(report: Report) -> None:
    """Write on stderr what failed: how many by code, and the first ones by name."""
    for code, count in report.failed.items():
        write(notes(), Text.assemble(("failed: ", "bold red"), f"{count} of {report.samples} ({code})"))
    failed = [answer for answer in report.answers if answer.error is not None and answer.error_detail]
    for answer in failed[:PROBLEMS_SHOWN]:
        write_note(f"  {answer.error_detail}")
    if len(failed) > PROBLEMS_SHOWN:
        write_note(f"  and {len(failed) - PROBLEMS_SHOWN} more")


def metric_cells(metric: MetricSummary) -> tuple[str, str, str, str, str]:
    """Return the cells of a metric: mean, interval, how many and which share were scored, and why not the others."""
    interval = f"{shown(metric.interval.low)} to {shown(metric.interval.high)}" if metric.interval else NOTHING
    unscored = ", ".join(f"{count} {reason}" for reason, count in metric.unscored.items()) or NOTHING
    return shown(metric.mean), interval, str(metric.scored), f"{metric.coverage:.0%}", unscored


def shown(value: float | None) -> str:
    """Return a mean: three decimals below ten, one above, ``-`` for none."""
    if value is None:
        return NOTHING
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def write_comparison(comparison: Comparison, report: Report) -> None:
    """Write what changed since the other run: each metric, then the answers that changed most."""
    for warning in comparison.warnings:
        write_warning(f"{warning}.")
    write(output())
    rows = [
        (
            name,
            shown(each.before),
            shown(each.after),
            f"{each.difference:+.3f}",
            f"{each.interval.low:+.3f} to {each.interval.high:+.3f}" if each.interval else NOTHING,
            NOTHING if each.p_value is None else "<0.001" if each.p_value < 0.001 else f"{each.p_value:.3f}",
            f"{len(each.better)}",
            f"{len(each.worse)}",
            f"{each.pairs}",
        )
        for name, each in comparison.differences.items()
    ]
    head = ("compared", ">before", ">now", ">change", "95 % interval", ">p", ">better", ">worse", ">pairs")
    write_table(head, rows, wide=4)
    questions = {answer.id: answer.question for answer in report.answers}
    changed = [
        (change.id, name, shown(change.before), shown(change.after), questions.get(change.id, ""))
        for name, change in largest_changes(comparison)
    ]
    if changed:
        write(output())
        write_table(("changed", "metric", ">before", ">now", "question"), changed, wide=4)
    for missing, where in ((comparison.only_before, "the other run"), (comparison.only_after, "this run")):
        if missing:
            write_note(f"{len(missing)} answers are in {where} only.")


def largest_changes(comparison: Comparison) -> list[tuple[str, Change]]:
    """Return metric and change of the answers whose quality changed most, each answer once, the worse ones first."""
    from rag.evaluation.scorers import COSTS

    found: dict[str, tuple[str, Change]] = {}
    for direction in ("worse", "better"):
        ranked = [
            (name, change)
            for name, difference in comparison.differences.items()
            for change in getattr(difference, direction)
            if name not in COSTS
        ]
        for name, change in sorted(ranked, key=lambda pair: -abs(pair[1].after - pair[1].before)):
            found.setdefault(change.id, (name, change))
    return list(found.values())[:CHANGES_SHOWN]
