"""The model itself: a call, its tries, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.errors import ModelError, ModelReplyBroken, ModelTimeout, ModelUnavailable
from rag.llm.failures import NEEDS_SERVER, Failure, Target, check_address, failure, without_credentials
from rag.llm.reply import Completed, Limits, Reply
from rag.llm.vendor import close_connections, vendor

BACK_OFF_S = 0.5
"""Longest wait before the second try; doubled for each further one."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel:
    """A model by its LiteLLM name. Safe to use from many tasks of one event loop at once."""

    def __init__(
        self,
        name: str,
        *,
        api_base: str | None = None,
        api_key: str | None = None,
        max_tokens: int = 2048,
        temperature: float = 0.0,
        connect_timeout_s: float = 5.0,
        first_token_timeout_s: float = 30.0,
        token_timeout_s: float = 15.0,
        answer_timeout_s: float = 120.0,
        retries: int = 2,
    ) -> None:
        """Take the name, the server, and the limits; nothing is loaded or asked yet.

        Args:
            name: As LiteLLM knows it: ``openai/NAME``, ``ollama_chat/NAME``.
            api_base: Address of the server; None for the provider's own.
            api_key: Key; None for the one that LiteLLM finds in the environment.
            max_tokens: Most tokens of a reply.
            temperature: Left out for models that do not take it.
            connect_timeout_s: To reach the server.
            first_token_timeout_s: Until the first sign of life, each try.
            token_timeout_s: Between two signs of life.
            answer_timeout_s: For the whole reply, tries and waits included.
            retries: Further tries before the first piece of text.
        """
        self.name = name
        self.api_base = api_base
        self.max_tokens = max_tokens
        self.temperature = temperature
        self.connect_timeout_s = connect_timeout_s
        self.first_token_timeout_s = first_token_timeout_s
        self.token_timeout_s = token_timeout_s
        self.answer_timeout_s = answer_timeout_s
        self.retries = retries
        self._api_key = api_key
        self._target = Target(name, api_base, api_key)

    def __repr__(self) -> str:
        return f"LanguageModel({self.name!r}, api_base={without_credentials(self.api_base)!r})"

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Completed]:
        """Yield the reply's text in pieces as they come, then one `Completed`.

        Closing the iterator ends the call at the server. It is tried again, with growing waits and after as long
        as the server asks for, only before the first piece, so that no text is ever repeated.

        Raises:
            ModelUnavailable: It could not be reached, or has no room, in any of the tries.
            ModelTimeout: Nothing came in time.
            ModelRejected: The request, the name or the key is refused.
            ModelReplyBroken: The reply is empty or cannot be read.
        """
        reply = await self._open(messages, time.monotonic() + self.answer_timeout_s)
        try:
            piece = reply.first
            while isinstance(piece, str):
                yield piece
                piece = await reply.following()
            yield piece
        finally:
            await reply.aclose()

    async def complete(self, messages: Sequence[Message]) -> tuple[str, Completed]:
        """Return the whole reply, or what came of it before it broke off, and how it ended.

        Raises:
            ModelError: As `stream`.
        """
        pieces: list[str] = []
        end = Completed("cut")
        async with contextlib.aclosing(self.stream(messages)) as stream:
            async for piece in stream:
                if isinstance(piece, Completed):
                    end = piece
                else:
                    pieces.append(piece)
        return "".join(pieces), end

    async def aclose(self) -> None:
        """Close the connections kept open for this event loop, those of other models included.

        For the end of a program or of its event loop; a model that is used again connects again.
        """
        await close_connections()

    async def _open(self, messages: Sequence[Message], deadline: float) -> Reply:
        """Return a reply whose first piece is there, after as many tries as allowed."""
        check_address(self._target)
        attempt = 0
        while isinstance(opened := await self._attempt(messages, deadline, attempt + 1), Failure):
            wait_s = BACK_OFF_S * 2**attempt * random.uniform(0.5, 1.0)
            if opened.wait_s is not None:
                wait_s = opened.wait_s + 0.1 * wait_s
            attempt += 1
            hopeless = not isinstance(opened.error, ModelUnavailable) or time.monotonic() + wait_s >= deadline
            if hopeless or attempt > self.retries:
                raise opened.error
            await asyncio.sleep(wait_s)
        return opened

    async def _attempt(self, messages: Sequence[Message], deadline: float, calls: int) -> Reply | Failure:
        """Call once and read up to the first piece of text."""
        litellm = await vendor()
        patience_s = min(self.first_token_timeout_s, max(deadline - time.monotonic(), 0.0))
        limits = Limits(
            deadline, time.monotonic() + patience_s, self.token_timeout_s, self.answer_timeout_s, self.max_tokens
        )
        async with contextlib.AsyncExitStack() as on_failure:
            try:
                async with asyncio.timeout(patience_s):
                    chunks = await litellm.acompletion(**self._arguments(messages))
                reply = Reply(self.name, chunks, limits, calls)
                on_failure.push_async_callback(reply.aclose)
                reply.first = await reply.read()
            except TimeoutError:
                return Failure(self._late(patience_s))
            except Exception as error:  # noqa: BLE001  the vendor's border: translated
                return failure(error, self._target)
            if isinstance(reply.first, Completed) and reply.first.finish in ("stop", "cut"):
                problem = f"{self._target} gave an empty reply, or one that is no chat completion."
                return Failure(ModelReplyBroken(problem, remedy=NEEDS_SERVER))
            on_failure.pop_all()
        return reply

    def _arguments(self, messages: Sequence[Message]) -> dict[str, Any]:
        """Return the call as LiteLLM takes it."""
        import httpx

        key = self._api_key
        if key is None and self.api_base and self.name.startswith("openai/") and "OPENAI_API_KEY" not in os.environ:
            key = "none"  # a server of one's own needs none, but the vendor insists
        return {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "api_base": self.api_base,
            "api_key": key,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "timeout": httpx.Timeout(self.answer_timeout_s, connect=self.connect_timeout_s),
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_retries": 0,
            "drop_params": True,
        }

    def _late(self, patience_s: float) -> ModelError:
        remedy = "Raise VOUCH_FIRST_TOKEN_TIMEOUT_S, or set VOUCH_MODEL to a faster model."
        return ModelTimeout(f"{self._target} sent nothing within {patience_s:g} s.", remedy=remedy)
