"""Ask, search, verify."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import CollectionsDep, GateDep
from api.limits import time_limit
from api.links import Linker
from api.problems import PROBLEM_RESPONSES
from api.schemas import AskBody, SearchBody, VerifyBody
from api.streams import EventStream, last_answer, run_while_connected, wants_stream
from rag import Event, GivenPassage, wire

router = APIRouter(prefix="/v1", tags=["asking"], responses=PROBLEM_RESPONSES)

EVENT_EXAMPLE = (
    'event: retrieved\ndata: {"question": "...", "generation": 7, "passages": [...]}\n\n'
    'event: sentence\ndata: {"sentence": {...}, "citations": [...]}\n\n'
    'event: answer\ndata: {"schema": 1, "id": "ans_...", ...}\n\n'
)
ASK_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "The whole answer; or, with `Accept: text/event-stream`, the events `retrieved`, `sentence` (as each is "
            "verified), `answer` (the whole), and `error` (a problem document) where it fails on the way."
        ),
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EVENT_EXAMPLE}},
    }
}


@router.post("/ask", response_model=wire.WireAnswer, responses=ASK_RESPONSES)
async def ask(body: AskBody, request: Request, collections: CollectionsDep, gate: GateDep) -> Response:
    """Answer a question from the documents, every sentence cited and checked.

    Where the documents do not say, `abstained` is true and `passages` holds the nearest evidence. Closing the
    connection cancels the answer.
    """
    if wants_stream(request):
        return await stream_answer(body, request, collections, gate)
    return await run_while_connected(request, whole_answer(body, request, collections, gate))


async def stream_answer(body: AskBody, request: Request, collections: CollectionsDep, gate: GateDep) -> Response:
    """Return a response that streams; what fails before the first event is an ordinary error response."""

    async def begin() -> tuple[AsyncIterator[Event], Event]:
        collection = await collections.get(body.collection)
        await held.enter_async_context(gate.enter())
        events = await held.enter_async_context(collection.ask(**ask_options(body)))
        return events, await anext(events)

    # Made out here, so that what `begin` has opened is closed even where its result never arrives.
    async with AsyncExitStack() as held:
        events, first = await run_while_connected(request, begin())
        return EventStream(events, first, Linker(request, body.collection), held.pop_all())
    raise AssertionError("an exit stack swallows nothing")


async def whole_answer(body: AskBody, request: Request, collections: CollectionsDep, gate: GateDep) -> Response:
    """Return the whole answer as JSON."""
    collection = await collections.get(body.collection)
    async with gate.enter(), collection.ask(**ask_options(body)) as events:
        answer = Linker(request, body.collection).link(await last_answer(events))
        return Response(wire.dump(answer), media_type="application/json")


def ask_options(body: AskBody) -> dict[str, Any]:
    """Return a body as `Collection.ask` takes it."""
    return body.model_dump(exclude={"collection"})


@router.post("/search")
async def search(body: SearchBody, request: Request, collections: CollectionsDep, gate: GateDep) -> wire.WireRetrieved:
    """Find the passages that bear on a question, best first."""

    async def find() -> wire.WireRetrieved:
        collection = await collections.get(body.collection)
        async with gate.enter():
            found = await collection.search(body.question, top_k=body.top_k, where=body.where)
        told = wire.passages_to_wire(found.standalone_question, found.generation, found.passages)
        return Linker(request, body.collection).link(told)

    return await run_while_connected(request, find())


@router.post("/verify")
async def verify(body: VerifyBody, request: Request, collections: CollectionsDep, gate: GateDep) -> wire.WireChecked:
    """Judge each sentence of an answer, anyone's, by the passages given or by what the collection holds.

    `windows` are the passages that every sentence was judged by. Each sentence has its verdict, what is wrong with it
    (`problem`, `problem_kind`, and in `unsupported` the parts concerned), and in `evidence` the smallest stretches that
    the verdict rests on; only what is supported is cited. The spans of citations and evidence count characters of the
    passage's text, or of the document's canonical text. Closing the connection ends the judging, as does the time
    limit (`deadline_exceeded`).
    """
    answer = body.answer if body.answer is not None else body.sentences or []
    given = None
    if body.passages is not None:
        given = [GivenPassage(passage.text, passage.source, passage.title) for passage in body.passages]

    async def judge() -> wire.WireChecked:
        collection = await collections.get(body.collection)
        async with gate.enter(), time_limit(collection.settings.judging_timeout_s):
            checked = await collection.judge(answer, given, question=body.question or "")
        return Linker(request, body.collection).link(wire.WireChecked.model_validate(checked))

    return await run_while_connected(request, judge())
