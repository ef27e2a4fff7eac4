"""Samples -> results: ask and score, a few at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.checking import holds
from rag.collection import Collection
from rag.errors import DocumentNotFound, VouchError
from rag.evaluation.details import AnswerDetail
from rag.evaluation.judging import detail_of_judged, judge_our_own
from rag.evaluation.samples import Gold, Sample
from rag.evaluation.scorers import score_answer
from rag.tasks import run_in_thread
from rag.types import Answered
from rag.wire import WireAnswer, WireCitation, answer_to_wire

CONCURRENT = 4
RETRIEVED = 10


async def run(
    collection: Collection,
    samples: Sequence[Sample],
    *,
    done: Mapping[str, AnswerDetail] | None = None,
    record: Callable[[AnswerDetail], None] = lambda result: None,
) -> list[AnswerDetail]:
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


async def answer_and_score(collection: Collection, sample: Sample) -> AnswerDetail:
    """Answer one sample and score the answer."""
    try:
        answer = await answer_sample(collection, sample)
        found = await collection.search(answer.standalone_question, top_k=RETRIEVED, where=sample.where)
        ranking = [Gold(passage.source, passage.start, passage.end) for passage in found.passages]
        return await run_in_thread(score_our_own, collection, sample, answer, ranking)
    except VouchError as error:
        return AnswerDetail(sample.id, sample.question, sample.kind, error=error.code, error_detail=str(error))


def score_our_own(collection: Collection, sample: Sample, answer: WireAnswer, ranking: Sequence[Gold]) -> AnswerDetail:
    """Score an answer that was just given."""
    start = time.perf_counter()

    def is_exact(citation: WireCitation) -> bool:
        try:
            text = collection.text(citation.document_id)
        except DocumentNotFound:
            return False
        return holds(text, citation.start, citation.end, citation.quote)

    judged = judge_our_own(sample, answer, ranking, is_exact)
    scores = score_answer(judged, collection.verifier)
    timings_ms = {**answer.timings_ms, "score": 1000 * (time.perf_counter() - start)}
    sure = answer.sufficiency.score if answer.sufficiency is not None else None
    return replace(detail_of_judged(judged, scores, timings_ms), sufficiency=sure)


async def answer_sample(collection: Collection, sample: Sample) -> WireAnswer:
    """Ask a sample's question."""
    async with collection.ask(sample.question, where=sample.where, history=sample.history, keep=False) as events:
        async for event in events:
            if isinstance(event, Answered):
                return answer_to_wire(event.answer)
    raise AssertionError("asking ended without an answer")
