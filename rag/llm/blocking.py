"""A language model for callers that wait: from any thread, with or without an event loop of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from rag.errors import ModelUnavailable
from rag.llm.model import LanguageModel, Message
from rag.llm.reply import Completed

T = TypeVar("T")

JOIN_TIMEOUT_S = 5.0


class BlockingModel:
    """Asks a language model and waits for the reply. Safe in several threads, whose calls run at the same time.

    All calls run on one event loop in a thread of its own, which is begun with the first of them: the vendor keeps
    connections per event loop, so that a loop for each call would connect anew each time, and a caller's own loop, if
    there is one, could not run the call that it waits for.
    """

    def __init__(self, model: LanguageModel) -> None:
        """Take the model; nothing is begun yet."""
        self.model = model
        self.turn = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def complete(self, messages: Sequence[Message]) -> tuple[str, Completed]:
        """Return the whole reply, or what came of it before it broke off, and how it ended.

        Whoever stops waiting (Ctrl-C) ends the call at the server.

        Raises:
            ModelError: As `LanguageModel.stream`.
        """
        return self.wait_for(self.model.complete(messages))

    def close(self) -> None:
        """Close the connections and end the thread; what is under way fails. Asking again begins anew. Idempotent."""
        with self.turn:
            loop, thread, self.loop, self.thread = self.loop, self.thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self.end(), loop).result(JOIN_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(JOIN_TIMEOUT_S)
        loop.close()

    async def end(self) -> None:
        """Cancel what is under way on this loop, and close its connections."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.model.aclose()
        await asyncio.get_running_loop().shutdown_asyncgens()
        await asyncio.get_running_loop().shutdown_default_executor()

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for what it gives."""
        from rag.tasks import foreground  # it loads anyio, which whoever only names a model need not

        with self.turn:
            if self.loop is None:
                self.begin()
            assert self.loop is not None
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            with foreground.lent():
                return future.result()
        except concurrent.futures.CancelledError:
            raise ModelUnavailable(f"The model '{self.name}' was closed during the call.") from None
        except BaseException:
            future.cancel()
            raise

    def begin(self) -> None:
        """Begin the thread and its loop."""
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="language-model", daemon=True)
        self.thread.start()
