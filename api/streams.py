"""Events -> responses: server-sent events or one JSON answer; a client that leaves cancels the work."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

from api.links import Linker
from api.problems import Problem, describe_error, describe_mistake
from rag import Answered, Event, errors, wire

T = TypeVar("T")

logger = logging.getLogger("vouch.api")

PING_S = 15
LINE_END = "\n"
CLIENT_CLOSED_REQUEST = 499
WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")
"""How much a client wants a media type (RFC 9110, 12.4.2)."""


class ClientGone(Exception):
    """The client has closed the connection."""


def wants_stream(request: Request) -> bool:
    """Return whether the client asks for server-sent events: its ``Accept`` ranks them above JSON."""
    accepted: dict[str, float] = {}
    for part in request.headers.get("accept", "*/*").split(","):
        media_type, *parameters = (piece.strip() for piece in part.lower().split(";"))
        weights = [float(found[1]) for value in parameters if (found := WEIGHT.fullmatch(value))]
        accepted[media_type] = weights[0] if weights else 1.0
    stream = accepted.get("text/event-stream", 0.0)
    return stream > 0 and stream >= accepted.get("application/json", 0.0)


async def run_while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` gives; cancel it as soon as the client closes the connection.

    The framework does not: it runs a plain handler to its end, and the model's answer with it.

    Raises:
        ClientGone: The client has left.
    """
    task = asyncio.create_task(work)
    watcher = asyncio.create_task(wait_until_gone(request))
    try:
        await asyncio.wait({task, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientGone
    finally:
        task.cancel()
        watcher.cancel()
        await asyncio.gather(task, watcher, return_exceptions=True)


async def wait_until_gone(request: Request) -> None:
    """Return when the client has closed the connection; its body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        continue


async def last_answer(events: AsyncIterator[Event]) -> wire.WireAnswer:
    """Return the whole answer at the end of the events."""
    async for event in events:
        if isinstance(event, Answered):
            return wire.answer_to_wire(event.answer)
    raise AssertionError("asking ended without an answer")


class EventStream(EventSourceResponse):
    """Server-sent events that hold what they stream from open until the response is over, however it ends."""

    def __init__(self, events: AsyncIterator[Event], first: Event, linker: Linker, held: AsyncExitStack) -> None:
        """Take the events, the one already read, what gives citations their links, and what to close at the end."""
        super().__init__(encode_events(events, first, linker), ping=PING_S, sep=LINE_END)
        self.held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.held.aclose()


async def encode_events(events: AsyncIterator[Event], first: Event, linker: Linker) -> AsyncIterator[ServerSentEvent]:
    """Yield events as they are sent; an error ends the stream with an ``error`` event."""
    yield encode_event(first, linker)
    try:
        async for event in events:
            yield encode_event(event, linker)
    except errors.VouchError as error:
        yield encode_problem(describe_error(error))
    except Exception as error:  # what would otherwise just break off; a cancellation is none of these
        logger.error("A streamed answer failed", exc_info=error)
        yield encode_problem(describe_mistake())


def encode_problem(problem: Problem) -> ServerSentEvent:
    """Return a problem document as it ends a stream."""
    return ServerSentEvent(problem.model_dump_json(), event="error", sep=LINE_END)


def encode_event(event: Event, linker: Linker) -> ServerSentEvent:
    """Return an event as it is sent."""
    name, data = wire.event_to_wire(event)
    return ServerSentEvent(wire.dump(linker.link(data)), event=name, sep=LINE_END)
