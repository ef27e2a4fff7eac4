"""Samples -> results: ask and score, a few at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.collection import Collection
from rag.errors import VouchError
from rag.evaluation.details import Score
from rag.evaluation.samples import Gold, Sample
from rag.evaluation.scorers import score_answer
from rag.types import Answered
from rag.wire import WireAnswer, answer_to_wire

CONCURRENT = 4
RETRIEVED = 10


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one sample: scores and no text, so that nothing of a document outlives its deletion in them.

    Attributes:
        sample_id: The sample.
        kind: Its kind.
        scores: By metric; empty where it failed.
        abstained: Whether it abstained.
        error: Code of the error that kept it from being answered; None where it was answered.
    """

    sample_id: str
    kind: str
    scores: Mapping[str, Score]
    abstained: bool = False
    error: str | None = None


async def run(
    collection: Collection,
    samples: Sequence[Sample],
    *,
    done: Mapping[str, Result] | None = None,
    record: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Answer and score samples, a few at once; return the results in the samples' order.

    A sample that fails is a result with its error, and the run goes on.

    Args:
        collection: What is asked.
        samples: The questions.
        done: Results of an earlier run, which are not done again.
        record: Called with each new result as it comes; its error ends the run.
    """
    places = asyncio.Semaphore(CONCURRENT)
    results = dict(done or {})

    async def work(sample: Sample) -> None:
        async with places:
            result = await answer_and_score(collection, sample)
        results[sample.id] = result
        record(result)

    try:
        async with asyncio.TaskGroup() as group:
            for sample in samples:
                if sample.id not in results:
                    group.create_task(work(sample))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [results[sample.id] for sample in samples]


async def answer_and_score(collection: Collection, sample: Sample) -> Result:
    """Answer one sample and score the answer."""
    try:
        answer = await answer_sample(collection, sample)
        found = await collection.search(answer.standalone_question, top_k=RETRIEVED, where=sample.where)
    except VouchError as error:
        return Result(sample.id, sample.kind, {}, error=error.code)
    ranking = [Gold(passage.source, passage.start, passage.end) for passage in found.passages]
    scores = score_answer(sample, answer, ranking, collection.verifier)
    return Result(sample.id, sample.kind, scores, answer.abstained)


async def answer_sample(collection: Collection, sample: Sample) -> WireAnswer:
    """Ask a sample's question."""
    async with collection.ask(sample.question, where=sample.where, history=sample.history, keep=False) as events:
        async for event in events:
            if isinstance(event, Answered):
                return answer_to_wire(event.answer)
    raise AssertionError("asking ended without an answer")
