"""Stored answers and conversations."""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from api.dependencies import CollectionDep, CollectionsDep, GateDep
from api.limits import time_limit
from api.links import Linker
from api.problems import PROBLEM_RESPONSES
from api.schemas import (
    AnswerPage,
    AnswerSummary,
    Conversation,
    ConversationBody,
    ConversationPage,
    ConversationSummary,
)
from api.streams import run_while_connected
from api.transcripts import Format, write_transcript
from rag import wire

router = APIRouter(prefix="/v1", tags=["answers"], responses=PROBLEM_RESPONSES)

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]
Cursor = Annotated[str | None, Query(max_length=100, description="The `next_cursor` of the page before.")]

ANSWERS_EXAMPLE = {
    "answers": [
        {
            "answer_id": "ans_4f1d2c0b9a8e7d65",
            "created_at": "2026-03-01T09:30:00+00:00",
            "collection": "default",
            "question": "How many moons does Saturn have?",
            "abstained": False,
            "conversation_id": None,
        }
    ],
    "next_cursor": "ans_4f1d2c0b9a8e7d65",
}
PLACE_EXAMPLE = {
    "document_id": "doc_1",
    "source": "moons.txt",
    "title": "moons",
    "revision": "sha256:9f86d081884c7d65...",
    "start": 0,
    "end": 27,
    "quote": "Saturn has 285 known moons.",
    "lines": [1, 1],
    "heading": [],
    "page": None,
    "window": None,
    "url": "/sources/doc_1?start=0&end=27&revision=9f86d081884c#cite",
}
JUDGE_EXAMPLE = {"name": "built-in", "version": "1", "threshold": 0.5, "model": None, "revision": None}
CHECK_EXAMPLE = {
    "answer_id": "ans_4f1d2c0b9a8e7d65",
    "question": "How many moons does Saturn have?",
    "created_at": "2026-03-01T09:30:00+00:00",
    "collection": "default",
    "answer_generation": 7,
    "generation": 9,
    "verifier": JUDGE_EXAMPLE,
    "answer_verifier": JUDGE_EXAMPLE,
    "stale": True,
    "holds": False,
    "summary": {"no_longer": 1},
    "sentences": [
        {
            "text": "Saturn has 274 known moons.",
            "start": 0,
            "end": 27,
            "before": "supported",
            "standing": "no_longer",
            "verdict": "unsupported",
            "score": 0.12,
            "found": [],
            "nearest": PLACE_EXAMPLE,
            "problem": "number 274 is not in the source",
            "problem_kind": "number",
            "unsupported": [[11, 14]],
            "passages_judged": 3,
            "passages": 3,
        }
    ],
}


@router.get("/answers", responses={200: {"content": {"application/json": {"example": ANSWERS_EXAMPLE}}}})
async def list_answers(
    collection: CollectionDep,
    stale: Annotated[bool, Query(description="Only those that cite a revision which has changed or gone.")] = False,
    alone: Annotated[bool, Query(description="Only those of no conversation.")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
    cursor: Cursor = None,
) -> AnswerPage:
    """List the answers that the collection gave, newest first; its own only.

    A page that begins at a `cursor` does not shift when new answers come. `GET /v1/answers/{id}/check` says what
    became of a stale one.
    """
    found = await anyio.to_thread.run_sync(
        lambda: collection.archive.answers(limit=limit + 1, offset=offset, after=cursor, stale=stale, alone=alone)
    )
    return AnswerPage(
        answers=[AnswerSummary.model_validate(each) for each in found[:limit]],
        next_cursor=found[limit - 1].answer_id if len(found) > limit else None,
    )


@router.get("/answers/{answer_id}")
async def show_answer(answer_id: str, request: Request, collection: CollectionDep) -> wire.WireAnswer:
    """Return an answer as it was given; citations of documents gone or replaced since are marked `removed`.

    The beginning of its id is enough where no other answer's begins so.
    """
    answer = await anyio.to_thread.run_sync(lambda: collection.archive.answer(answer_id))
    return Linker(request, collection.name).link(answer)


@router.delete("/answers/{answer_id}", status_code=204)
async def delete_answer(answer_id: str, collection: CollectionDep) -> Response:
    """Delete an answer, by its whole id only; it is overwritten on the disk.

    Later answers of its conversation lose the words that their questions were completed with (`standalone_question`).
    The conversation stays, and can be gone on with.
    """
    await anyio.to_thread.run_sync(collection.archive.delete_answer, answer_id)
    return Response(status_code=204)


@router.get(
    "/answers/{answer_id}/transcript",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {}, "text/markdown": {}}}},
)
async def show_transcript(
    answer_id: str,
    request: Request,
    collection: CollectionDep,
    written: Annotated[Format, Query(alias="format", description="Plain text, or Markdown with links.")] = "text",
    base: Annotated[
        str | None,
        Query(
            pattern=r"^https?://[A-Za-z0-9.:\[\]-]{1,300}$",
            description="Where this server is reached, for the links; the host of the request if left out.",
            examples=["https://vouch.example"],
        ),
    ] = None,
) -> PlainTextResponse:
    """Return an answer to be pasted elsewhere: sentences with ``[1]``, and the list of their sources."""
    answer = await anyio.to_thread.run_sync(lambda: collection.archive.answer(answer_id))
    linked = Linker(request, collection.name).link(answer)
    origin = base or f"{request.url.scheme}://{request.url.netloc}"
    media_type = "text/markdown" if written == "markdown" else "text/plain"
    return PlainTextResponse(write_transcript(linked, written, origin), media_type=media_type)


@router.get(
    "/answers/{answer_id}/check", responses={200: {"content": {"application/json": {"example": CHECK_EXAMPLE}}}}
)
async def check_answer(answer_id: str, request: Request, collection: CollectionDep, gate: GateDep) -> wire.WireRecheck:
    """Judge an answer by what its documents say now: each sentence that cites what has changed or gone.

    `standing` says what became of a sentence: `unchanged`, `still_supported` (with its new place in `found`),
    `no_longer` (with what is wrong, and in `nearest` what the text says instead), `gone` (its document was deleted, and
    its words with it), `not_checked`, `not_cited`. Closing the connection ends the judging.
    """

    async def judge() -> wire.WireRecheck:
        async with gate.enter(), time_limit(collection.settings.judging_timeout_s):
            recheck = wire.recheck_to_wire(await collection.recheck(answer_id))
        return Linker(request, collection.name).link(recheck)

    return await run_while_connected(request, judge())


@router.post("/conversations", status_code=201)
async def start_conversation(collections: CollectionsDep, body: ConversationBody | None = None) -> Conversation:
    """Begin a conversation; name it in `POST /v1/ask` to ask follow-up questions."""
    collection = await collections.get(body.collection if body else None)
    conversation_id = await anyio.to_thread.run_sync(lambda: collection.archive.start_conversation())
    return Conversation(id=conversation_id, collection=collection.name)


@router.get("/conversations")
async def list_conversations(collection: CollectionDep, limit: Limit = 50, offset: Offset = 0) -> ConversationPage:
    """List the conversations, newest first."""
    found = await anyio.to_thread.run_sync(lambda: collection.archive.conversations(limit=limit, offset=offset))
    return ConversationPage(conversations=[ConversationSummary.model_validate(each) for each in found])


@router.get("/conversations/{conversation_id}")
async def show_conversation(conversation_id: str, request: Request, collection: CollectionDep) -> Conversation:
    """Return a conversation with its answers, oldest first."""
    answers = await anyio.to_thread.run_sync(lambda: collection.archive.conversation(conversation_id))
    told = Conversation(id=conversation_id, collection=collection.name, answers=answers)
    return Linker(request, collection.name).link(told)


@router.delete("/conversations/{conversation_id}", status_code=204)
async def delete_conversation(conversation_id: str, collection: CollectionDep) -> Response:
    """Delete a conversation with all its answers; they are overwritten on the disk."""
    await anyio.to_thread.run_sync(collection.archive.delete_conversation, conversation_id)
    return Response(status_code=204)
