"""How much at once: requests that run, requests that wait, and bytes of a body."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypeVar

import anyio
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, RefusedRequest, problem_response
from rag import errors

T = TypeVar("T")

RUNNING = 16
WAITING = 64
ANSWERED = "questions are being answered"
UPLOADS = 8
"""Uploads that may be received at once."""
BODY_MAX_BYTES = 25_000_000
RECEIVE_TIMEOUT_S = 60.0
"""How long a client may send nothing, and how long a body may take that is small."""
RECEIVED_PER_S = 10_000
"""Bytes that a client has to send each second, taken over a whole body, once that time is over."""
DISCARDED_MAX_BYTES = 100_000_000
DISCARDING_S = 10.0
"""How much of a body that is refused is still read, and for how long."""
STREAMED = re.compile(r"POST /v1/(?:documents|collections/import)|PUT /v1/documents/[^/]+")
"""Requests whose body goes to the disk as it comes in, within limits of their own."""


class Gate:
    """Lets `running` requests through and `waiting` wait; the next is told to come back.

    Attributes:
        running: Requests that may run at once.
        waiting: Requests that may wait.
        inside: Requests that run or wait now.
    """

    def __init__(self, running: int = RUNNING, waiting: int = WAITING, what: str = ANSWERED) -> None:
        """Start empty; `what` tells in a message what those inside are."""
        self.what = what
        self.running = running
        self.waiting = waiting
        self.inside = 0
        self.semaphore = anyio.Semaphore(running)

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Hold a place; wait for it if need be.

        Raises:
            BusyError: As many wait as may.
        """
        if self.inside >= self.running + self.waiting:
            raise errors.BusyError(
                f"{self.running} {self.what} and {self.waiting} wait.", remedy="Try again in a moment."
            )
        self.inside += 1
        try:
            async with self.semaphore:
                yield
        finally:
            self.inside -= 1


@asynccontextmanager
async def time_limit(limit_s: float) -> AsyncIterator[None]:
    """End the block when the time is over; what runs in a thread then is awaited.

    Raises:
        DeadlineExceeded: It took longer.
    """
    try:
        async with asyncio.timeout(limit_s) as timeout:
            yield
    except TimeoutError:
        if not timeout.expired():
            raise
        raise errors.DeadlineExceeded(
            f"Judging took longer than {limit_s:g} seconds.",
            remedy="Send fewer sentences or passages, or raise VOUCH_JUDGING_TIMEOUT_S.",
        ) from None


class Pace:
    """How long a body is in coming: bounded for its next bytes, and for the whole by its size.

    Only waiting counts, and not what the server does meanwhile.

    Attributes:
        waited_s: How long was waited for what has come.
        received: Bytes that have come.
    """

    def __init__(self) -> None:
        """Begin to count."""
        self.waited_s = 0.0
        self.received = 0

    async def next(self, coming: Awaitable[T], size: Callable[[T], int]) -> T:
        """Wait for what comes next and return it; `size` tells its bytes.

        Raises:
            RefusedRequest: It does not come in time.
        """
        left_s = RECEIVE_TIMEOUT_S + self.received / RECEIVED_PER_S - self.waited_s
        began_s = time.monotonic()
        try:
            with anyio.fail_after(min(left_s, RECEIVE_TIMEOUT_S)):
                found = await coming
        except TimeoutError:
            told = f"Nothing came for {RECEIVE_TIMEOUT_S:g} seconds"
            if left_s < RECEIVE_TIMEOUT_S:
                told = f"The body came at less than {RECEIVED_PER_S:,} bytes a second"
            raise RefusedRequest(408, "request_timeout", f"{told}.", remedy="Send it again, at one go.") from None
        self.waited_s += time.monotonic() - began_s
        self.received += size(found)
        return found


class BodyLimit:
    """Refuses a body larger than the limit, announced or not, before anything is made of it."""

    def __init__(self, app: ASGIApp, max_bytes: int = BODY_MAX_BYTES) -> None:
        """Wrap an application."""
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a request's body, and pass the request on with it."""
        if scope["type"] != "http" or STREAMED.fullmatch(f"{scope['method']} {get_route_path(scope)}"):
            await self.app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > self.max_bytes:
            await self.refuse(scope, receive, send)
            return
        try:
            messages = await self.read(receive)
        except RefusedRequest as refusal:
            await problem_response(refusal.problem, {"Connection": "close"})(scope, receive, send)
            return
        if not messages:
            await self.refuse(scope, receive, send)
            return
        waiting = iter(messages)

        async def replay() -> Message:
            return next(waiting, None) or await receive()

        await self.app(scope, replay, send)

    async def read(self, receive: Receive) -> list[Message]:
        """Return the messages that hold the body; none where it is too large.

        Raises:
            RefusedRequest: It does not come in time.
        """
        messages: list[Message] = []
        size, pace = 0, Pace()
        while not messages or (messages[-1]["type"] == "http.request" and messages[-1].get("more_body")):
            messages.append(await pace.next(receive(), body_bytes))
            size += body_bytes(messages[-1])
            if size > self.max_bytes:
                return []
        return messages

    async def refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer that the body is too large."""
        problem = Problem(
            title="Content Too Large",
            status=413,
            detail=f"The body is larger than {self.max_bytes} bytes.",
            code="body_too_large",
            remedy="Send less at a time.",
        )
        await problem_response(problem, {"Connection": "close"})(scope, receive, send)


def body_bytes(message: Message) -> int:
    """Return how many bytes of a body a message holds."""
    return len(message.get("body", b""))


class LastWord:
    """Reads on what a client still sends before a response that closes the connection, and keeps nothing of it.

    What closes while bytes come in is reset (RFC 9112, 9.6): the client may never read why it was refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how far its body has been read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # What waits to be told to send has nothing on its way until it is read from.
        coming = not any(name == b"expect" for name, _ in scope["headers"])

        async def receive_and_note() -> Message:
            nonlocal coming
            message = await receive()
            coming = message.get("more_body", False)
            return message

        async def send_after_reading(message: Message) -> None:
            if coming and is_cut(message):
                await discard(receive_and_note)
            await send(message)

        await self.app(scope, receive_and_note, send_after_reading)


def is_cut(message: Message) -> bool:
    """Return whether a message starts a response that closes the connection on a client that may still send.

    One that has stopped sending (408) is not waited for once more.
    """
    if message["type"] != "http.response.start" or message["status"] == HTTPStatus.REQUEST_TIMEOUT:
        return False
    return Headers(raw=list(message["headers"])).get("connection", "").lower() == "close"


async def discard(receive: Receive) -> None:
    """Read on to the end of a body, within `DISCARDED_MAX_BYTES` and `DISCARDING_S`."""
    left = DISCARDED_MAX_BYTES
    with anyio.move_on_after(DISCARDING_S):
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if not message.get("more_body"):
                return
