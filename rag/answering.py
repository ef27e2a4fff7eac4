"""The staircase: question -> events. Rewrite, retrieve, judge sufficiency, draft, cite and verify, release.

`produce_answer` reads from top to bottom; each step is one function of one lower room. `open_events` runs it as a task
that feeds a bounded queue, so that whoever leaves early cancels everything under way, the model's call included.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, create_memory_object_stream, to_thread
from anyio.lowlevel import RunVar

from rag.citations import Numbering, cite, claim_of
from rag.errors import ModelReplyBroken
from rag.followups import rewrite
from rag.protocols import Drafter, Embedder, SearchIndex, Verifier
from rag.retrieval import DocumentTexts, PassageSource, Retrieval, retrieve
from rag.sufficiency import Sufficiency, judge_sufficiency
from rag.types import (
    Answer,
    Answered,
    Claim,
    DraftEnd,
    DraftSentence,
    Event,
    Passage,
    Released,
    Retrieved,
    Turn,
    Verdict,
)

Emit = Callable[[Event], Awaitable[None]]
P = ParamSpec("P")
T = TypeVar("T")

QUEUE_EVENTS = 16
"""Events that may wait for a slow reader before drafting waits too."""

CPU_THREADS = 4
"""Threads of one event loop for work that keeps a core busy."""

WITHHELD_BY_STRICT = (Verdict.UNSUPPORTED, Verdict.UNCITED, Verdict.PARTIAL)

cpu_limiter: RunVar[CapacityLimiter] = RunVar("cpu_limiter")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, and how.

    Attributes:
        question: As asked; already checked for length.
        history: Earlier turns of the conversation, oldest first.
        allowed: Chunks that may be found; None for all.
        top_k: Passages shown to the drafter.
        risk: How readily it answers, from 0 to 1.
        strict: Withhold what the sources do not support.
        conversation_id: The conversation it belongs to.
    """

    question: str
    history: tuple[Turn, ...] = ()
    allowed: Collection[int] | None = None
    top_k: int = 6
    risk: float = 0.5
    strict: bool = False
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What answers: one collection's snapshot and the workers.

    Attributes:
        collection: The collection's name.
        embedder: For the question.
        index: The snapshot to search.
        source: Where the texts of what was found are read.
        texts: Those read lately, kept open.
        drafter: Writes the sentences.
        verifier: Judges them.
        is_live: Whether a document still has this revision; asked at release.
    """

    collection: str
    embedder: Embedder
    index: SearchIndex
    source: PassageSource
    texts: DocumentTexts
    drafter: Drafter
    verifier: Verifier
    is_live: Callable[[str, str], bool]


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
    """Draft, and release each sentence once it is cited and verified."""
    drafter = composition.parts.drafter
    async with aclosing(drafter.draft(composition.standalone, composition.retrieval.passages)) as draft:  # type: ignore[type-var]
        async for piece in draft:
            if isinstance(piece, DraftEnd):
                composition.end = piece
                break
            released = await run_in_thread(composition.add, piece)
            if released is not None:
                await emit(released)
    if composition.end.finish == "incomplete" and not (composition.claims or composition.withheld):
        # Nothing was said, which is not the same as the documents not saying it.
        raise ModelReplyBroken(
            f"The reply of {drafter.name} broke off before its first sentence.",
            remedy="Try again, or answer from quotes alone: --model extractive.",
        )


@dataclass(slots=True)
class Composition:
    """An answer in the making.

    Attributes:
        request: What was asked.
        parts: What answers.
        standalone: The question as searched for.
        retrieval: What was found.
        sufficiency: Whether it can answer.
        clock: Timings.
        claims: Released so far.
        text: Their text.
        end: How the draft ended.
        withheld: Sentences not released.
        numbering: Citations given so far.
    """

    request: Request
    parts: Parts
    standalone: str
    retrieval: Retrieval
    sufficiency: Sufficiency
    clock: Clock
    claims: list[Claim] = field(default_factory=list)
    text: str = ""
    end: DraftEnd = field(default_factory=lambda: DraftEnd("complete"))
    withheld: int = 0
    removed: bool = False
    numbering: Numbering = field(default_factory=Numbering)

    def add(self, sentence: DraftSentence) -> Released | None:
        """Cite and verify a drafted sentence; return it released, or None where it is withheld.

        Only passages whose document is still live are considered, so nothing released cites a deleted one; and once
        one is gone, only what the others support is released, since the rest may be its very words.
        """
        live = self.live_passages()
        cited = cite(sentence, live, self.parts.verifier, question=self.standalone)
        judgement = cited.judgement
        if (self.request.strict or self.removed) and judgement.verdict in WITHHELD_BY_STRICT:
            self.withheld += 1
            return None
        known = len(self.numbering.citations)
        numbers = tuple(self.numbering.number(passage, span) for passage, span in cited.sources)
        lead = sentence.lead if self.text else ""
        start = len(self.text) + len(lead)
        self.text += lead + sentence.text
        claim = claim_of(sentence.text, start, judgement, numbers)
        self.claims.append(claim)
        self.clock.mark_once("first_sentence")
        return Released(claim, tuple(self.numbering.citations[known:]), lead)

    def live_passages(self) -> tuple[Passage, ...]:
        """Return the passages whose document still has the revision they were taken from."""
        live = tuple(p for p in self.retrieval.passages if self.parts.is_live(p.document_id, p.revision))
        self.removed |= len(live) < len(self.retrieval.passages)
        return live

    def finish(self) -> Answer:
        """Return the whole answer, its citations checked for liveness once more."""
        self.live_passages()
        reason = self.abstention_reason()
        self.clock.mark("total")
        answer = Answer(
            id=f"ans_{secrets.token_hex(8)}",
            question=self.request.question,
            standalone_question=self.standalone,
            status="incomplete" if self.end.finish == "incomplete" else "complete",
            abstained=reason is not None,
            reason=reason,
            text=self.text,
            collection=self.parts.collection,
            generation=self.parts.index.generation,
            model=self.parts.drafter.name,
            verifier=self.parts.verifier.identity,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            sentences=tuple(self.claims),
            citations=tuple(self.numbering.citations),
            passages=self.retrieval.passages,
            usage=self.end.usage,
            timings_ms=dict(self.clock.timings_ms),
            warnings=self.warnings(),
            missing=self.sufficiency.missing,
            conversation_id=self.request.conversation_id,
            prompt_sha256=self.end.prompt_sha256,
        )
        return withdraw_dead(answer, self.parts.is_live)

    def abstention_reason(self) -> str | None:
        """Return why there is no answer, or None where there is one."""
        if any(claim.verdict is not Verdict.NOT_A_CLAIM for claim in self.claims):
            return None
        if not self.sufficiency.answerable:
            return self.sufficiency.reason
        if self.withheld:
            return f"None of the {count(self.withheld, 'drafted sentence')} is supported by the documents."
        if self.removed and not self.live_passages():
            return "The documents that could answer were removed meanwhile."
        return "The passages found do not hold an answer."

    def warnings(self) -> tuple[str, ...]:
        """Return what a person should know about the answer."""
        notes = list(self.end.warnings)
        unsupported = sum(claim.verdict is Verdict.UNSUPPORTED for claim in self.claims)
        if unsupported:
            notes.append(f"{count(unsupported, 'sentence')} not supported by the documents.")
        if self.withheld:
            notes.append(f"{count(self.withheld, 'sentence')} withheld: not fully supported by the documents.")
        if self.removed:
            notes.append("A document that was found has been removed or replaced meanwhile.")
        return tuple(notes)


def withdraw_dead(answer: Answer, is_live: Callable[[str, str], bool]) -> Answer:
    """Return an answer without what documents gave that are gone or replaced: quotes and passages.

    Their places stay known. Sentences stay too: they have been released.
    """
    citations = tuple(
        citation if is_live(citation.document_id, citation.revision) else replace(citation, quote="", state="removed")
        for citation in answer.citations
    )
    passages = tuple(passage for passage in answer.passages if is_live(passage.document_id, passage.revision))
    lost = any(citation.state == "removed" for citation in citations)
    return replace(
        answer,
        citations=citations,
        passages=passages,
        status="source_removed" if lost else answer.status,
    )


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 sentence``, ``2 sentences``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Clock:
    """Milliseconds since the question came, by stage."""

    def __init__(self) -> None:
        """Start."""
        self.began = time.perf_counter()
        self.timings_ms: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        """Note that `stage` is reached now."""
        self.timings_ms[stage] = round((time.perf_counter() - self.began) * 1000, 2)

    def mark_once(self, stage: str) -> None:
        """Note that `stage` is reached now, unless it was before."""
        if stage not in self.timings_ms:
            self.mark(stage)


async def run_in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a thread, at most `CPU_THREADS` at once; cancelling waits for it, so nothing runs on unseen."""
    limiter = cpu_limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(CPU_THREADS)
        cpu_limiter.set(limiter)
    running = asyncio.ensure_future(to_thread.run_sync(partial(work, *args, **kwargs), limiter=limiter))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        # A task's own cancellation passes through anyio's shield, and would leave the thread to itself.
        await asyncio.wait({running})
        raise


@asynccontextmanager
async def open_events(produce: Callable[[Emit], Awaitable[None]]) -> AsyncIterator[AsyncIterator[Event]]:
    """Run `produce` as a task and give the events it emits; leaving the block cancels and awaits it.

    What `produce` raises is raised to whoever iterates, after the events emitted before.
    """
    send, receive = create_memory_object_stream[Event](QUEUE_EVENTS)

    async def run() -> None:
        async with send:
            await produce(send.send)

    async def read() -> AsyncIterator[Event]:
        async for event in receive:
            yield event
        await task

    task = asyncio.create_task(run())
    events = read()
    try:
        yield events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        receive.close()
