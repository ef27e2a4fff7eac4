"""The staircase: question -> events. Rewrite, retrieve, judge sufficiency, draft, cite and verify, release.

`produce_answer` reads from top to bottom; each step is one function of one lower room. `open_events` runs it as a task
that feeds a bounded queue, so that whoever leaves early cancels everything under way, the model's call included.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from functools import partial

from rag.citations import Source
from rag.composition import Checked, Clock, Composition, Parts, Request
from rag.errors import ModelReplyBroken
from rag.followups import rewrite
from rag.repairing import Repairs, open_repairs
from rag.retrieval import Retrieval, retrieve
from rag.sufficiency import Sufficiency, judge_sufficiency
from rag.tasks import open_stream, run_in_thread
from rag.types import Answered, DraftEnd, Event, Retrieved

Emit = Callable[[Event], Awaitable[None]]

QUEUE_EVENTS = 16
"""Events that may wait for a slow reader before drafting waits too."""

SENTENCES_AHEAD = 64
"""Sentences that may be drafted and checked while one before them is being repaired."""


async def produce_answer(request: Request, parts: Parts, emit: Emit) -> None:
    """Answer one question: emit one `Retrieved`, the released sentences, and one `Answered`.

    Raises:
        ModelError: The model did not answer, or broke off before its first sentence.
        CollectionError: The collection cannot be read.
        EmbedderError: The question cannot be embedded.
    """
    clock = Clock()
    standalone = rewrite(request.question, request.history)
    retrieval = await run_in_thread(find_passages, standalone, request, parts)
    clock.mark("retrieve")
    await emit(Retrieved(standalone, parts.index.generation, retrieval.passages))
    sufficiency = await run_in_thread(weigh_evidence, standalone, retrieval, request.risk)
    composition = Composition(request, parts, standalone, retrieval, sufficiency, clock)
    if sufficiency.answerable:
        await draft_and_release(composition, emit)
    shown = tuple({passage.document_id for passage in retrieval.passages})
    await emit(Answered(await run_in_thread(composition.finish), shown))


def find_passages(question: str, request: Request, parts: Parts) -> Retrieval:
    """Retrieve passages for a stand-alone question."""
    return retrieve(
        question,
        embedder=parts.embedder,
        index=parts.index,
        store=parts.source,
        texts=parts.texts,
        top_k=request.top_k,
        allowed=request.allowed,
    )


def weigh_evidence(question: str, retrieval: Retrieval, risk: float) -> Sufficiency:
    """Decide whether the passages can answer the question."""
    return judge_sufficiency(question, retrieval.passages, similarity=retrieval.similarity, risk=risk)


async def draft_and_release(composition: Composition, emit: Emit) -> None:
    """Draft, and release each sentence in order once it is cited, verified and, where it failed, repaired."""
    async with open_repairs(composition) as repairs:
        drafting = partial(draft_and_check, composition, repairs)
        async with open_stream(drafting, SENTENCES_AHEAD) as sentences:
            async for checked in sentences:
                released = await run_in_thread(composition.release, await checked)
                if released is not None:
                    await emit(released)
    drafter = composition.parts.drafter
    if composition.end.finish == "incomplete" and not (composition.claims or composition.withheld):
        # Nothing was said, which is not the same as the documents not saying it.
        raise ModelReplyBroken(
            f"The reply of {drafter.name} broke off before its first sentence.",
            remedy="Try again, or answer from quotes alone: --model extractive.",
        )


async def draft_and_check(
    composition: Composition, repairs: Repairs, emit: Callable[[Future[Checked]], Awaitable[None]]
) -> None:
    """Draft, check each sentence, and begin the repair of one that fails, while those before it are being released."""
    drafter = composition.parts.drafter
    nearby: tuple[Source, ...] = ()
    async with aclosing(drafter.draft(composition.standalone, composition.retrieval.passages)) as draft:  # type: ignore[type-var]
        async for piece in draft:
            if isinstance(piece, DraftEnd):
                composition.end = piece
                break
            checked = await run_in_thread(composition.check, piece, nearby)
            nearby = checked.cited.sources
            await emit(repairs.begin(checked))


def open_events(produce: Callable[[Emit], Awaitable[None]]) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
    """Run `produce` as a task and give the events it emits; leaving the block cancels and awaits it.

    What `produce` raises is raised to whoever iterates, after the events emitted before.
    """
    return open_stream(produce, QUEUE_EVENTS)
