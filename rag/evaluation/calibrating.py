"""A user's own questions -> the threshold of abstention for a collection: search and judge only, nothing is drafted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from rag.calibration import Calibration
from rag.collection import Collection
from rag.errors import SampleError, UsageError
from rag.evaluation.risk import RiskReport, measure_risk, threshold_for
from rag.evaluation.samples import Sample
from rag.followups import rewrite
from rag.sufficiency import MODEL_VERSION
from rag.tasks import run_in_thread
from rag.weighing import assess, find_evidence

CONCURRENT = 4

ANSWERABLE_LEAST = 20
"""Answerable questions needed: with fewer, one of them moves the threshold by more than is asked for."""

ANSWERABLE_FEW = 100
"""Below so many answerable or unanswerable questions the interval is wide, and is said to be."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """What came of fitting a threshold.

    Attributes:
        calibration: The threshold with what it belongs to.
        report: How well the scores tell these questions apart.
        false_answers: Share of the unanswerable questions that the threshold answers; None without any. Optimistic,
            since it was fitted to the same questions: the report's is not.
        false_refusals: Share of the answerable ones that it refuses.
        notes: What a person should know, in plain words.
    """

    calibration: Calibration
    report: RiskReport
    false_answers: float | None
    false_refusals: float
    notes: tuple[str, ...] = ()


async def calibrate(
    collection: Collection,
    samples: Sequence[Sample],
    *,
    refuse_at_most: float = 0.05,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fitting:
    """Fit the threshold to questions of which it is known whether the collection answers them; nothing is stored.

    Args:
        collection: What is asked.
        samples: The questions; one of which it is not known is left out.
        refuse_at_most: Share of the answerable questions that may be refused, in [0, 0.5].
        on_progress: Told how many are done, and of how many.

    Raises:
        UsageError: `refuse_at_most` is out of range.
        SampleError: There are too few answerable questions.
        NothingIndexed: The collection is empty.
        CollectionError: It cannot be read.
    """
    if not 0.0 <= refuse_at_most <= 0.5:
        raise UsageError(
            f"{refuse_at_most:g} is no share of questions that may be refused.",
            remedy="Give one between 0 and 0.5.",
            field="refuse_at_most",
        )
    samples = [sample for sample in samples if sample.answerable is not None]
    require_enough(samples)
    scores = await score_samples(collection, samples, on_progress)
    return fit(samples, scores, refuse_at_most, collection)


def require_enough(samples: Sequence[Sample]) -> None:
    """Check that there are enough answerable questions.

    Raises:
        SampleError: There are not.
    """
    answerable = sum(bool(sample.answerable) for sample in samples)
    if answerable < ANSWERABLE_LEAST:
        raise SampleError(
            f"The file holds {answerable} answerable questions; a threshold needs at least {ANSWERABLE_LEAST}.",
            remedy="Add questions that the documents answer, and some that they do not ('answerable': false).",
        )


async def score_samples(
    collection: Collection, samples: Sequence[Sample], on_progress: Callable[[int, int], None]
) -> list[float]:
    """Return how likely the collection answers each question, in order."""
    places = asyncio.Semaphore(CONCURRENT)
    scores = [0.0] * len(samples)
    done = 0

    def score(sample: Sample) -> float:
        request = collection.prepare(sample.question, sample.where, None)
        parts = collection.parts()
        question = rewrite(request.question, sample.history)
        found = find_evidence(question, request, parts)
        return assess(question, found, request, parts).told(parts.cutoff).score

    async def work(index: int) -> None:
        nonlocal done
        async with places:
            scores[index] = await run_in_thread(score, samples[index])
        done += 1
        on_progress(done, len(samples))

    try:
        async with asyncio.TaskGroup() as group:
            for index in range(len(samples)):
                group.create_task(work(index))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return scores


def fit(samples: Sequence[Sample], scores: Sequence[float], refuse_at_most: float, collection: Collection) -> Fitting:
    """Return the threshold for scores, with what it belongs to and how good it is."""
    labels = np.array([sample.answerable for sample in samples], dtype=bool)
    kept = np.array(scores, dtype=np.float64)
    threshold = round(threshold_for(kept, labels, refuse_at_most), 4)
    identity = collection.embedder.identity
    reader = collection.parts().reader
    calibration = Calibration(
        threshold=threshold,
        refuse_at_most=refuse_at_most,
        embedder=identity.name,
        revision=identity.revision,
        model=MODEL_VERSION,
        reader=reader.name if reader is not None else "",
        answerable=int(labels.sum()),
        unanswerable=int((~labels).sum()),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    report = measure_risk(scores, labels.tolist(), [sample.question for sample in samples], refusals=refuse_at_most)
    answered = kept >= threshold
    return Fitting(
        calibration=calibration,
        report=report,
        false_answers=float(answered[~labels].mean()) if calibration.unanswerable else None,
        false_refusals=float((~answered[labels]).mean()),
        notes=notes_on(calibration),
    )


def notes_on(calibration: Calibration) -> tuple[str, ...]:
    """Return what a person should know of how few the questions are."""
    notes = []
    if not calibration.unanswerable:
        notes.append("No question is marked as unanswerable, so false answers could not be measured.")
    elif min(calibration.answerable, calibration.unanswerable) < ANSWERABLE_FEW:
        notes.append(
            f"{calibration.answerable} answerable and {calibration.unanswerable} unanswerable questions are few: "
            f"the intervals are wide. From {ANSWERABLE_FEW} of each on they tell more."
        )
    return tuple(notes)
