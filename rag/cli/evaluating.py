"""``vouch evaluate``: scores of anyone's answers, or of the collection's own to a file of questions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import ERROR, OK, guarded
from rag.cli.scores import write_comparison, write_report
from rag.cli.session import existing_path, load_embedder, open_collection, read_settings, run_to_end
from rag.cli.terminal import notes, progress_bar, write, write_json, write_note
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.evaluation import Comparison, Progress, Report
    from rag.types import Usage


@guarded
def evaluate(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="Questions to ask, or anyone's answers to score: JSONL, JSON or CSV.", metavar="FILE"),
    ],
    report_file: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Also write the report here, as JSON, with what was said.", metavar="FILE"),
    ] = None,
    page_file: Annotated[
        Path | None,
        typer.Option("--html", help="Also write it here as a page, with what was said.", metavar="FILE"),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option("--compare", help="Show what changed since a run that --output wrote.", metavar="RUN.json"),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="What the file holds, if its fields do not tell.", metavar="NAME"),
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
    verifier: options.Verifier = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Score answers: anyone's, or the collection's own to a file of questions.

    Takes question, answer and contexts, and the fields of RAGAS, DeepEval, LangSmith, LangChain, Haystack and TruLens.
    A file of questions is asked first. Ends with 1 if a question could not be asked, a row could not be read, or a
    metric misses its bar.
    """
    from rag.evaluation import compare

    settings = read_settings(context, home=home, collection=collection, model=model, verifier=verifier)
    bars = parse_bars(fail_under)
    existing_path(file, "file")
    require_apart({"output": report_file, "html": page_file}, {"file": file, "compare": earlier})
    require_folders({"output": report_file, "html": page_file})
    before = read_run(earlier) if earlier is not None else None
    texts = report_file is not None or page_file is not None
    wanted = Wanted(file, form, limit, resume=resume, texts=texts, before=before)
    report = score_file(settings, wanted)
    comparison = compare(before, report) if before is not None else None
    missed = report.failures(bars)
    give(report, comparison, report_file, page_file, as_json=as_json)
    for line in missed:
        write(notes(), Text.assemble(("missed: ", "bold red"), line))
    return ERROR if missed or report.failed else OK


def give(
    report: Report, comparison: Comparison | None, report_file: Path | None, page_file: Path | None, *, as_json: bool
) -> None:
    """Write the report to the files asked for and to stdout: where one of them cannot be written, the others are.

    The files come first: whoever reads stdout may close it after the first lines.

    Raises:
        UsageError: The report's file cannot be written.
        CollectionError: The page cannot be written.
    """
    told = as_text(report, comparison)
    try:
        write_files(report, comparison, told, report_file, page_file)
    finally:
        if as_json:
            write_json(told)
        else:
            write_report(report)
            if comparison is not None:
                write_comparison(comparison, report)


def write_files(
    report: Report, comparison: Comparison | None, told: str, report_file: Path | None, page_file: Path | None
) -> None:
    """Write the report to the files asked for, the page though the report's own file cannot be written.

    Raises:
        UsageError: The report's file cannot be written.
        CollectionError: The page cannot be written.
    """
    try:
        if report_file is not None:
            write_report_file(report_file, told)
    finally:
        if page_file is not None:
            from rag.evaluation.page import write_page

            write_page(page_file, report, comparison)
            write_note(f"The page: {page_file}")


def require_apart(written: Mapping[str, Path | None], read: Mapping[str, Path | None]) -> None:
    """Refuse to write over what is read, or two things to one file.

    Raises:
        UsageError: Two of the files are the same.
    """
    taken = {path.resolve() for path in read.values() if path is not None}
    for name, path in written.items():
        if path is not None and path.resolve() in taken:
            raise UsageError(
                f"--{name} '{path}' is already the name of another file of this run.",
                remedy="Name another.",
                field=name,
            )
        taken |= {path.resolve()} if path is not None else set()


def require_folders(written: Mapping[str, Path | None]) -> None:
    """Check, before anything is evaluated and paid for, that files can be put where they are to be.

    Raises:
        UsageError: There is no such folder, or a folder of this name.
    """
    for name, path in written.items():
        if path is not None and not can_be_made(path):
            raise UsageError(
                f"'{path}' cannot be written: there is no such folder, or it is one.",
                remedy="Name another.",
                field=name,
            )


def can_be_made(path: Path) -> bool:
    """Tell whether there is a folder for a file of this name, and no folder of this name."""
    try:
        return path.absolute().parent.is_dir() and not path.is_dir()
    except OSError:  # a name that no file can have
        return False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be evaluated, and how.

    Attributes:
        file: Questions or answers.
        form: Name of the file's format; told by its fields if None.
        limit: Only the first so many.
        resume: Go on where an earlier run ended.
        texts: Keep what was said.
        before: The run to compare with.
    """

    file: Path
    form: str | None
    limit: int | None
    resume: bool
    texts: bool
    before: Report | None


def score_file(settings: Settings, wanted: Wanted) -> Report:
    """Score the answers of a file, or to the questions of one."""
    from rag.evaluation import holds_answers

    answers = holds_answers(wanted.file, wanted.form)
    return ask_and_score(settings, wanted) if answers is None else score_given(settings, answers.title, wanted)


def ask_and_score(settings: Settings, wanted: Wanted) -> Report:
    """Ask the collection every question of a file and score the answers."""
    from rag.evaluation import describe_judge, require_comparable, run_file

    with open_collection(settings) as opened:
        if wanted.before is not None:
            require_comparable(wanted.before.setup, describe_judge(opened.verifier))
        load_embedder(opened)
        with progress_bar("Evaluating", "questions") as tell:

            def show_progress(progress: Progress) -> None:
                tell(progress.done, progress.total)

            evaluating = run_file(
                opened,
                wanted.file,
                limit=wanted.limit,
                resume=wanted.resume,
                texts=wanted.texts,
                on_progress=show_progress,
            )
            report, results = run_to_end(opened, evaluating)
    write_note(f"The scores of each answer: {results}")
    return report


def score_given(settings: Settings, title: str, wanted: Wanted) -> Report:
    """Score the answers of a file, whoever gave them, by the verifier that the settings name."""
    from rag.collection.workers import close_verifier, make_verifier
    from rag.evaluation import count_rows, describe_judge, evaluate, require_comparable
    from rag.verifiers import usage_of

    write_note(f"Read as {title} answers.")
    verifier = make_verifier(settings)
    try:
        if wanted.before is not None:
            require_comparable(wanted.before.setup, describe_judge(verifier))
        with progress_bar("Scoring", "answers") as tell:
            total = count_rows(wanted.file, wanted.limit)
            return evaluate(
                wanted.file,
                verifier,
                form=wanted.form,
                limit=wanted.limit,
                texts=wanted.texts,
                on_progress=lambda done: tell(done, total),
            )
    finally:
        write_judging_cost(usage_of(verifier))
        close_verifier(verifier)


def write_judging_cost(usage: Usage) -> None:
    """Write what judging has cost, which is no part of what the answers did; nothing where no model was asked."""
    if usage.llm_calls:
        tokens = f"{usage.input_tokens:,} tokens read, {usage.output_tokens:,} written, {usage.cost_usd:.4f} USD"
        write_note(f"Judging took {usage.llm_calls:,} model calls: {tokens}.")


def read_run(path: Path) -> Report:
    """Read the report of an earlier run.

    Raises:
        UsageError: It cannot be read, or is no report.
    """
    from rag.evaluation import Report

    existing_path(path, "compare")
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        told = None
    return Report.from_json(told)


def as_text(report: Report, comparison: Comparison | None) -> str:
    """Return a report as JSON text, with what changed since another run under ``comparison``."""
    told = report.as_json()
    if comparison is not None:
        told["comparison"] = comparison.as_json()
    return json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False)


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
        path.write_text(text + "\n", encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"'{path}' cannot be written: {error.strerror}.", remedy="Name another.", field="output"
        ) from None
