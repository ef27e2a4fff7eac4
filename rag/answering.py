"""The staircase: question -> events. Rewrite, retrieve, judge sufficiency, draft, cite and verify, release.

`produce_answer` reads from top to bottom; each step is one function of one lower room. `open_events` runs it as a task
that feeds a bounded queue, so that whoever leaves early cancels everything under way, the model's call included.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from functools import partial

from rag.citations import Source
from rag.composition import Checked, Clock, Composition, Parts, Request
from rag.drafting.markers import without_bare_markers
from rag.errors import ModelError, ModelReplyBroken
from rag.followups import rewrite
from rag.repairing import Repairs, open_repairs
from rag.sufficiency import FalsePremise
from rag.tasks import open_stream, run_in_thread
from rag.types import Answered, DraftEnd, DraftSentence, Event, Released, Retrieved, Usage
from rag.weighing import assess, find_evidence

Emit = Callable[[Event], Awaitable[None]]

QUEUE_EVENTS = 16
"""Events that may wait for a slow reader before drafting waits too."""

INSTEAD = "The documents say instead:"
"""Stands before what the documents say where the question takes for granted what they do not."""

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
    standalone = await run_in_thread(rewrite, request.question, request.history)
    found = await run_in_thread(find_evidence, standalone, request, parts)
    clock.mark("retrieve")
    await emit(Retrieved(standalone, parts.index.generation, found.retrieval.passages))
    assessment = await run_in_thread(assess, standalone, found, request, parts)
    composition = Composition(request, parts, standalone, found.retrieval, assessment, clock)
    if assessment.premise is not None:
        await tell_instead(composition, assessment.premise, emit)
    elif assessment.answerable:
        await draft_and_release(composition, emit)
    shown = {passage.document_id for passage in found.retrieval.passages}
    leaned_on = {document_id for turn in request.history for document_id in turn.documents}
    await emit(Answered(await run_in_thread(composition.finish), tuple(sorted(shown | leaned_on))))


async def tell_instead(composition: Composition, premise: FalsePremise, emit: Emit) -> None:
    """Release what the documents say instead of what the question takes for granted: their own sentence, cited."""
    passage = composition.retrieval.passages[premise.passage]
    said = without_bare_markers(" ".join(passage.text[premise.start : premise.end].split()))
    sentences = DraftSentence(INSTEAD), DraftSentence(said, (passage.number,))

    def release() -> tuple[Released, ...]:
        lead, checked = map(composition.check, sentences)
        return composition.release_led(lead, checked)

    for released in await run_in_thread(release):
        await emit(released)


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
    """Draft, check each sentence, and begin the repair of one that fails, while those before it are being released.

    Where one question becomes several drafts, a sentence that stands in an earlier one with the same sources is left
    out, and a model that fails after it has said something only ends the answer.
    """
    ends: list[DraftEnd] = []
    nearby: tuple[Source, ...] = ()
    said: set[tuple[str, tuple[Source, ...]]] = set()
    try:
        for question in composition.sufficiency.to_draft:
            drafter = composition.parts.drafter
            known = frozenset(said)
            async with aclosing(drafter.draft(question, composition.retrieval.passages)) as draft:  # type: ignore[type-var]
                async for piece in draft:
                    if isinstance(piece, DraftEnd):
                        ends.append(piece)
                        break
                    checked = await run_in_thread(composition.check, piece, nearby)
                    stated = normal_form(piece.text), checked.cited.sources
                    if stated in known:
                        continue
                    said.add(stated)
                    nearby = checked.cited.sources
                    await emit(repairs.begin(checked))
    except ModelError as error:
        if not (ends and said):
            raise
        ends.append(DraftEnd("incomplete", Usage(llm_calls=1), (error.message,)))
    composition.end = joined(ends)


def normal_form(text: str) -> str:
    """Return a sentence as it is compared with others: the same for any white space and capitals."""
    return " ".join(text.split()).casefold()


def joined(ends: Sequence[DraftEnd]) -> DraftEnd:
    """Return the end of several drafts of one answer: broken off where one is, refused where all are."""
    if len(ends) == 1:
        return ends[0]
    finishes = {end.finish for end in ends}
    return DraftEnd(
        "incomplete" if "incomplete" in finishes else "complete" if "complete" in finishes else "refused",
        sum((end.usage for end in ends), Usage()),
        tuple(dict.fromkeys(warning for end in ends for warning in end.warnings)),
        next((end.prompt_sha256 for end in ends), None),
    )


def open_events(produce: Callable[[Emit], Awaitable[None]]) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
    """Run `produce` as a task and give the events it emits; leaving the block cancels and awaits it.

    What `produce` raises is raised to whoever iterates, after the events emitted before.
    """
    return open_stream(produce, QUEUE_EVENTS)
