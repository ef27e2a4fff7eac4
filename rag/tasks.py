"""Work beside the event loop: threads that cancelling waits for, and streams that end with whoever reads them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, create_memory_object_stream, to_thread
from anyio.lowlevel import RunVar

P = ParamSpec("P")
T = TypeVar("T")

CPU_THREADS = 4
"""Threads of one event loop for work that keeps a core busy."""

cpu_limiter: RunVar[CapacityLimiter] = RunVar("cpu_limiter")


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
