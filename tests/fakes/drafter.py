"""A drafter that says what it was told to, and may do something in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from rag.types import DraftEnd, DraftSentence, Passage, Repair, Usage

Step = DraftSentence | DraftEnd | Exception | Callable[[], Awaitable[None]]
Mend = str | DraftSentence | Exception | Callable[[], Awaitable[str | None]] | None

REPAIR_USAGE = Usage(input_tokens=7, output_tokens=3, llm_calls=1, cost_usd=0.5)
"""What each scripted repair costs."""


class ScriptedDrafter:
    """Yields the script's sentences; awaits its callables and raises its errors where they stand.

    Attributes:
        asked: Every question drafted for, with the passages shown.
        repairs: For a sentence what it is repaired to: a sentence, nothing, an error, or what a callable gives.
        repaired: Every sentence that a repair was asked for, with its problem.
        closed: Whether the iterator was closed, by its end or from outside.
    """

    name = "scripted"

    def __init__(self, *script: Step | str, repairs: Mapping[str, Mend] | None = None) -> None:
        self.script = [DraftSentence(step) if isinstance(step, str) else step for step in script]
        self.repairs = repairs or {}
        self.asked: list[tuple[str, tuple[Passage, ...]]] = []
        self.repaired: list[tuple[str, str]] = []
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

    async def repair(self, question: str, sentence: DraftSentence, problem: str, passages: Sequence[Passage]) -> Repair:
        self.repaired.append((sentence.text, problem))
        if sentence.text not in self.repairs:
            return Repair()
        mend = self.repairs[sentence.text]
        if isinstance(mend, Exception):
            raise mend
        if callable(mend):
            mend = await mend()
        return Repair(DraftSentence(mend) if isinstance(mend, str) else mend, REPAIR_USAGE)

    async def aclose(self) -> None:
        """Nothing is open."""
