"""Work beside the event loop: threads that cancelling waits for, and streams that end with whoever reads them.

What runs in such a thread, a person waits for: work in the background of the same process gives way to it.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, create_memory_object_stream, to_thread
from anyio.lowlevel import RunVar

P = ParamSpec("P")
T = TypeVar("T")

CPU_THREADS = 4
"""Threads of one event loop for work that keeps a core busy."""

QUIET_S = 0.03
"""An answer's work is many short steps: it is over only when none has begun for so long."""
LOOK_S = 0.01

cpu_limiter: RunVar[CapacityLimiter] = RunVar("cpu_limiter")


class RightOfWay:
    """Lets work that a person waits for go before work in the background; safe to use from any thread."""

    def __init__(self) -> None:
        """Begin with nobody under way."""
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._under_way = 0
        self._ended_at = -math.inf

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the right of way in the block, together with others who have it."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Do without it in the block, in which this thread only waits, for a reply over the network say."""
        held = getattr(self._mine, "held", 0)
        self._count(-held)
        try:
            yield
        finally:
            self._count(held)

    def _count(self, more: int) -> None:
        """Note that this thread has it so many times more."""
        self._mine.held = getattr(self._mine, "held", 0) + more
        with self._lock:
            self._under_way += more
            if more < 0:
                self._ended_at = time.monotonic()

    def is_taken(self) -> bool:
        """Tell whether anybody has it, or had it a moment ago."""
        with self._lock:
            return self._under_way > 0 or time.monotonic() - self._ended_at < QUIET_S

    def give_way(self, at_most_s: float) -> None:
        """Wait until nobody has it, but not longer than `at_most_s`, so that the background gets on."""
        until = time.monotonic() + at_most_s
        while self.is_taken() and time.monotonic() < until:
            time.sleep(LOOK_S)


foreground = RightOfWay()
"""The one of this process: its cores are what all compete for."""


async def run_in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a thread, at most `CPU_THREADS` at once; cancelling waits for it, so nothing runs on unseen."""
    limiter = cpu_limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(CPU_THREADS)
        cpu_limiter.set(limiter)

    def run() -> T:
        with foreground.taken():
            return work(*args, **kwargs)

    running = asyncio.ensure_future(to_thread.run_sync(run, limiter=limiter))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        # A task's own cancellation passes through anyio's shield, and would leave the thread to itself.
        await asyncio.wait({running})
        raise


@asynccontextmanager
async def open_stream(
    produce: Callable[[Callable[[T], Awaitable[None]]], Awaitable[None]], waiting_most: int
) -> AsyncIterator[AsyncIterator[T]]:
    """Run `produce` as a task and give the items it emits; leaving the block cancels and awaits it.

    What `produce` raises is raised to whoever iterates, after the items emitted before.

    Args:
        produce: Takes the function to emit an item with.
        waiting_most: Items that may wait for a slow reader before `produce` waits too.
    """
    send, receive = create_memory_object_stream[T](waiting_most)

    async def run() -> None:
        async with send:
            await produce(send.send)

    async def read() -> AsyncIterator[T]:
        async for item in receive:
            yield item
        await task

    task = asyncio.create_task(run())
    items = read()
    try:
        yield items
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        receive.close()
