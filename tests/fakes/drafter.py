"""A drafter that says what it was told to, and may do something in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from rag.types import DraftEnd, DraftSentence, Passage

Step = DraftSentence | DraftEnd | Exception | Callable[[], Awaitable[None]]


class ScriptedDrafter:
    """Yields the script's sentences; awaits its callables and raises its errors where they stand.

    Attributes:
        asked: Every question drafted for, with the passages shown.
        closed: Whether the iterator was closed, by its end or from outside.
    """

    name = "scripted"

    def __init__(self, *script: Step | str) -> None:
        self.script = [DraftSentence(step) if isinstance(step, str) else step for step in script]
        self.asked: list[tuple[str, tuple[Passage, ...]]] = []
        self.closed = False

    async def draft(self, question: str, passages: Sequence[Passage]) -> AsyncIterator[DraftSentence | DraftEnd]:
        self.asked.append((question, tuple(passages)))
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, DraftSentence | DraftEnd):
                    yield step
                else:
                    await step()
            if not any(isinstance(step, DraftEnd) for step in self.script):
                yield DraftEnd("complete")
        finally:
            self.closed = True

    async def aclose(self) -> None:
        """Nothing is open."""
