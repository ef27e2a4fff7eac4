"""Anyone's answers -> report: read, judge and score them one by one, with no collection and no language model."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import SampleError, VouchError
from rag.evaluation.details import AnswerDetail, Score
from rag.evaluation.files import describe_file, describe_judge, pace
from rag.evaluation.formats import RECOGNISED_ROWS, Format, read_record, recognise
from rag.evaluation.judging import detail_of_judged, judge_record
from rag.evaluation.records import Record
from rag.evaluation.report import Report, summarize
from rag.evaluation.rows import Row, read_rows, rows_of
from rag.evaluation.scorers import score_answer, withdraw_citation_scores
from rag.protocols import Verifier


def evaluate(
    answers: Path | str | Iterable[Mapping[str, Any]],
    verifier: Verifier | None = None,
    *,
    form: str | None = None,
    limit: int | None = None,
    texts: bool = True,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Score answers that any system gave, each sentence by the passages it was drafted from.

    Nothing is asked and nothing downloaded; the same answers have the same scores. A row that cannot be read is a
    failure of its own, and the rest are scored.

    Args:
        answers: A file (JSONL, JSON, CSV), or rows with ``question``, ``answer`` and ``contexts``, or the fields of
            another system; see `rag.evaluation.formats.FORMATS`.
        verifier: Judges the sentences; the built-in one if None.
        form: Name of the format; told by the fields if None.
        limit: Only the first so many rows.
        texts: Keep questions, answers and passages in the report, for a page or for reading.
        on_progress: Called with the number of rows done.

    Raises:
        SampleError: The file cannot be read, or holds no answers.
        UsageError: There is no format of this name.

    Examples:
        >>> import rag
        >>> report = rag.evaluate(
        ...     [
        ...         {
        ...             "question": "How many moons has Saturn?",
        ...             "answer": "Saturn has 274 moons. It has 12 rings.",
        ...             "contexts": ["Saturn has 274 moons."],
        ...         }
        ...     ]
        ... )
        >>> report.metrics["faithfulness"].mean
        0.5
    """
    start = time.perf_counter()
    path = Path(answers) if isinstance(answers, Path | str) else None
    rows = read_rows(path) if path is not None else rows_of(answers)  # type: ignore[arg-type]
    found, rows = recognise_rows(rows, form)
    if found is None:
        remedy = "Give the answers as well, or ask a collection: vouch evaluate FILE."
        raise SampleError("There are questions, but no answers.", remedy=remedy, field="answer")
    if verifier is None:
        from rag.verifiers import BuiltInVerifier

        verifier = BuiltInVerifier()
    details = []
    for detail in share_scores(score_rows(itertools.islice(rows, limit), found, verifier)):
        details.append(detail if texts else detail.without_text())
        on_progress(len(details))
    setup = describe_judge(verifier) | describe_file(path, f"{found.title} answers")
    speed = pace(len(details), time.perf_counter() - start)
    return summarize(withdraw_citation_scores(details), setup, answers_per_minute=speed)


def share_scores(details: Iterable[AnswerDetail]) -> Iterator[AnswerDetail]:
    """Yield answers whose equal scores are one object, so that a hundred thousand of them take little memory."""
    shared: dict[Score, Score] = {}
    for detail in details:
        scores = {name: shared.setdefault(score, score) for name, score in detail.scores.items()}
        yield replace(detail, scores=scores)


def recognise_rows(rows: Iterator[Row], form: str | None = None) -> tuple[Format | None, Iterator[Row]]:
    """Return the format of rows, None for questions without answers, and the rows, none of them lost.

    Raises:
        SampleError: They hold neither.
        UsageError: There is no format of this name.
    """
    first = list(itertools.islice(rows, RECOGNISED_ROWS))
    return recognise(first, form), itertools.chain(first, rows)


def holds_answers(path: Path, form: str | None = None) -> Format | None:
    """Return the format of the answers that a file holds; None where it holds questions to be asked.

    Raises:
        SampleError: It holds neither, or cannot be read.
        UsageError: There is no format of this name.
    """
    return recognise_rows(read_rows(path), form)[0]


def count_rows(path: Path, limit: int | None = None) -> int:
    """Return how many rows a file has, at most `limit`; for showing progress.

    Raises:
        SampleError: It cannot be read.
    """
    return sum(1 for _ in itertools.islice(read_rows(path), limit))


def score_rows(rows: Iterable[Row], form: Format, verifier: Verifier) -> Iterator[AnswerDetail]:
    """Yield each row judged and scored, under an id of its own; one that cannot be read as a failure."""
    seen: dict[str, int] = {}
    for row in rows:
        try:
            record = read_record(row, form)
        except SampleError as error:
            yield AnswerDetail(own_id(f"row {row.number}", seen), error=error.code, error_detail=error.message)
            continue
        yield score_record(replace(record, sample=replace(record.sample, id=own_id(record.sample.id, seen))), verifier)


def score_record(record: Record, verifier: Verifier) -> AnswerDetail:
    """Return an answer judged and scored; a failure where the verifier, a language model say, cannot be asked."""
    start = time.perf_counter()
    try:
        judged = judge_record(record, verifier)
        scores = score_answer(judged, verifier)
    except VouchError as error:
        return AnswerDetail(record.sample.id, kind=record.sample.kind, error=error.code, error_detail=str(error))
    timings_ms = {"score": 1000 * (time.perf_counter() - start)}
    if record.latency_ms is not None:
        timings_ms["total"] = record.latency_ms
    return detail_of_judged(judged, scores, timings_ms)


def own_id(given: str, seen: dict[str, int]) -> str:
    """Return an id that no earlier row has: the second ``a`` is ``a#2``."""
    seen[given] = seen.get(given, 0) + 1
    return given if seen[given] == 1 else own_id(f"{given}#{seen[given]}", seen)
