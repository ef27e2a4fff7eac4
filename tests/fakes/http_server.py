"""Our HTTP application on a real loopback socket, in a thread of its own; and reading what it streams."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application and give its address; it is stopped, and its connections closed, at the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started:
            if not thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def read_events(text: str) -> list[tuple[str, dict[str, object]]]:
    """Return the events of a stream, its pings left out."""
    events = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events


def leave_once(holds: Callable[[], bool], address: str, method: str, path: str, **request: Any) -> None:
    """Ask something that is not answered at once, and hang up as soon as something holds."""

    async def ask_and_leave() -> None:
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            asked = asyncio.create_task(client.request(method, path, **request))
            while not holds():
                await asyncio.sleep(0.01)
                assert not asked.done(), "it was answered, or failed, before that"
            asked.cancel()
            await asyncio.wait([asked])

    asyncio.run(ask_and_leave())
