"""A reply under way, read within its time limits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.llm.vendor import price_usd
from rag.types import Usage

CLOSE_TIMEOUT_S = 1.0
CHARACTERS_PER_TOKEN = 32
"""Few tokens are longer, and none on average; a server that sends more ignores ``max_tokens``."""

Finish = Literal["stop", "length", "filtered", "cut"]


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a reply.

    Attributes:
        finish: ``stop`` when the model was done; ``length`` at the limit of tokens; ``filtered`` when the provider
            withheld the rest; ``cut`` when the reply broke off, stalled or could no longer be read.
        usage: Tokens as the server counted them, zero where it did not say; the cost where the model's price is
            known, else zero; ``llm_calls`` counts the retries too.
        detail: What went wrong, for a person; None after ``stop``.
    """

    finish: Finish
    usage: Usage = field(default_factory=Usage)
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reply may take. Times of day are by `time.monotonic`.

    Attributes:
        deadline: When all must be over.
        first_by: When the first sign of life must have come.
        token_timeout_s: Longest silence after it.
        answer_timeout_s: What the deadline was, for people.
        max_tokens: What the server was asked for.
    """

    deadline: float
    first_by: float
    token_timeout_s: float
    answer_timeout_s: float
    max_tokens: int


class Reply:
    """Reads the vendor's chunks one by one; `first` is there before anything is handed on."""

    def __init__(self, model: str, chunks: Any, limits: Limits, calls: int) -> None:  # noqa: ANN401  the vendor's
        self.first: str | Completed = ""
        self._model = model
        self._chunks = chunks
        self._limits = limits
        self._calls = calls
        self._quiet_until = limits.first_by
        self._finish: str | None = None
        self._room = limits.max_tokens * CHARACTERS_PER_TOKEN

    async def following(self) -> str | Completed:
        """Return the next piece of text, or the end; what goes wrong from here on is an end, not an error."""
        try:
            return await self.read()
        except TimeoutError:
            if time.monotonic() >= self._limits.deadline:
                return self._end("cut", f"The reply took longer than {self._limits.answer_timeout_s:g} s.")
            return self._end("cut", f"The reply stalled for {self._limits.token_timeout_s:g} s.")
        except Exception:  # noqa: BLE001  the vendor's border: whatever it was, the reply is over
            return self._end("cut", "The reply broke off.")

    async def read(self) -> str | Completed:
        """Return the next piece of text, or the end.

        Raises:
            TimeoutError: Nothing came in time.
            Exception: The vendor's.
        """
        while True:
            limit_s = min(self._quiet_until, self._limits.deadline) - time.monotonic()
            async with asyncio.timeout(max(limit_s, 0.0)):
                chunk = await anext(self._chunks, None)
            if chunk is None:
                return self._finished()
            if not chunk.choices:
                continue
            choice = chunk.choices[0]
            self._finish = choice.finish_reason or self._finish
            text = str(choice.delta.content or "")
            if text or getattr(choice.delta, "reasoning_content", None):
                self._quiet_until = time.monotonic() + self._limits.token_timeout_s
            if text and self._room <= 0:
                return self._end("length", "The server sends more than was asked for.")
            if text:
                self._room -= len(text)
                return text

    async def aclose(self) -> None:
        """End the call at the server; the vendor shields this from cancellation."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._chunks.aclose()

    def _finished(self) -> Completed:
        # The vendor's last chunk says "stop" whatever happened; what the server said stands in these two.
        said = [getattr(self._chunks, name, "?") for name in ("received_finish_reason", "intermittent_finish_reason")]
        if not any(said):
            return self._end("cut", "The reply ended without saying that it was complete.")
        if self._finish == "length":
            return self._end("length", f"The reply reached the limit of {self._limits.max_tokens} tokens.")
        if self._finish == "content_filter":
            return self._end("filtered", "The provider's content filter withheld the rest of the reply.")
        return self._end("stop", None)

    def _end(self, finish: Finish, detail: str | None) -> Completed:
        return Completed(finish, self._usage(), detail)

    def _usage(self) -> Usage:
        """Return what the server counted; the vendor's own estimate, where the server was silent, is left out."""
        chunks = getattr(self._chunks, "chunks", ())
        counted = [usage for chunk in chunks if (usage := getattr(chunk, "usage", None)) is not None]
        if not counted:
            return Usage(llm_calls=self._calls)
        read, written = int(counted[-1].prompt_tokens or 0), int(counted[-1].completion_tokens or 0)
        return Usage(read, written, self._calls, price_usd(self._model, read, written))
