"""``vouch evaluate``: scores of the answers to a file of questions."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import ERROR, OK, guarded
from rag.cli.session import existing_path, load_embedder, open_collection, read_settings, run_to_end
from rag.cli.terminal import notes, output, progress_bar, write, write_json, write_note, write_table
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.evaluation import MetricSummary, Progress, Report

NOTHING = "-"
"""What stands where there is no number."""


@guarded
def evaluate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Questions, one JSON object a line.", metavar="FILE")],
    report_file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write the report here, as JSON.", metavar="FILE")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", help="Only the first so many.", metavar="N", min=1)
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option("--fail-under", help="End with 1 if METRIC misses VALUE. Repeatable.", metavar="METRIC=VALUE"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume/--no-resume", help="Go on where an earlier run ended.")] = True,
    model: options.Model = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Ask every question of a file and score the answers.

    Ends with 1 if a question could not be asked, or a metric misses its bar.
    """
    from rag.evaluation import run_file

    settings = read_settings(context, home=home, collection=collection, model=model)
    bars = parse_bars(fail_under)
    existing_path(file, "file")
    with open_collection(settings) as opened:
        load_embedder(opened)
        with progress_bar("Evaluating", "questions") as tell:

            def show_progress(progress: Progress) -> None:
                tell(progress.done, progress.total)

            evaluating = run_file(opened, file, limit=limit, resume=resume, on_progress=show_progress)
            report, results = run_to_end(opened, evaluating)
    missed = report.failures(bars)
    told = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
    if report_file is not None:
        write_report_file(report_file, told)
    if as_json:
        write_json(told)
    else:
        write_report(report)
        write_note(f"The scores of each answer: {results}")
    for line in missed:
        write(notes(), Text.assemble(("missed: ", "bold red"), line))
    return ERROR if missed or report.failed else OK


def parse_bars(bars: Sequence[str] | None) -> dict[str, float]:
    """Return the metrics of ``--fail-under`` and their bars.

    Raises:
        UsageError: One of them is not ``METRIC=VALUE``, or there is no such metric.
    """
    from rag.evaluation.scorers import require_metric

    parsed: dict[str, float] = {}
    for bar in bars or ():
        metric, _, value = bar.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise UsageError(
                f"--fail-under '{bar}' cannot be understood.", remedy="Write METRIC=VALUE.", field="fail_under"
            )
        require_metric(metric.strip())
        parsed[metric.strip()] = number
    return parsed


def write_report_file(path: Path, text: str) -> None:
    """Write the report to a file.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"'{path}' cannot be written: {error.strerror}.", remedy="Name another.", field="output"
        ) from None


def write_report(report: Report) -> None:
    """Write the report's tables: all questions, then each kind."""
    rows = [(name, *metric_cells(metric)) for name, metric in report.metrics.items()]
    write_table(("metric", ">mean", "95 % interval", ">scored", "not scored"), rows, wide=4)
    if report.by_kind:
        write(output())
        kinds = [(name, *(shown(means[name]) for means in report.by_kind.values())) for name in report.metrics]
        write_table(("by kind", *(f">{kind}" for kind in report.by_kind)), kinds)
    for code, count in report.failed.items():
        write(notes(), Text.assemble(("failed: ", "bold red"), f"{count} of {report.samples} ({code})"))


def metric_cells(metric: MetricSummary) -> tuple[str, str, str, str]:
    """Return the cells of a metric: mean, interval, how many were scored, and why the others were not."""
    interval = f"{shown(metric.interval.low)} to {shown(metric.interval.high)}" if metric.interval else NOTHING
    unscored = ", ".join(f"{count} {reason}" for reason, count in metric.unscored.items()) or NOTHING
    return shown(metric.mean), interval, str(metric.scored), unscored


def shown(value: float | None) -> str:
    """Return a mean: three decimals below ten, one above, ``-`` for none."""
    if value is None:
        return NOTHING
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
