"""What verifying adds to a sentence's way to the reader: ``python -m bench streaming``.

A scripted model says sentences of the passages found in the five documents of ``corpus``, and the same with their
numbers changed; each is cited, verified by the built-in verifier against eight passages, checked for liveness in the
store, and released. The time is taken from the moment a sentence is whole to the moment its event is there. The model
waits for that before it goes on, so that no sentence waits for another.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bench.report import Row, print_table
from rag import Collection, Settings
from rag.sentences import segment
from rag.types import DraftEnd, DraftSentence, Passage, Released, Repair

PASSAGES = 8
SENTENCES_EACH = 4
DOCUMENTS = Path(__file__).parents[1] / "corpus" / "documents"
QUESTIONS = (
    "What can Claude Opus 4 do in software engineering?",
    "What changed in the latest version?",
    "How are agents evaluated?",
    "Which safety measures are described?",
    "What does it cost, and since when?",
)


class PacedDrafter:
    """Says sentences of the passages, true and changed, and waits for the release of each before the next.

    Attributes:
        drafted_s: When each sentence was whole, by `time.perf_counter`.
    """

    name = "paced"

    def __init__(self) -> None:
        """Start without sentences."""
        self.drafted_s: list[float] = []
        self.released = asyncio.Event()

    async def draft(self, question: str, passages: Sequence[Passage]) -> AsyncIterator[DraftSentence | DraftEnd]:
        """Yield some sentences of each passage, every second one with its numbers changed."""
        texts = [
            passage.text[start:end] for passage in passages for start, end in segment(passage.text)[:SENTENCES_EACH]
        ]
        for position, text in enumerate(texts):
            said = re.sub(r"\d+", lambda number: f"{int(number[0]) + 1}", text) if position % 2 else text
            self.released.clear()
            self.drafted_s.append(time.perf_counter())
            yield DraftSentence(" ".join(said.split()))
            await self.released.wait()
        yield DraftEnd("complete")

    async def repair(self, question: str, sentence: DraftSentence, problem: str, passages: Sequence[Passage]) -> Repair:
        """Repair nothing."""
        return Repair()

    async def aclose(self) -> None:
        """Close nothing."""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(home=Path(scratch, "home"), top_k=PASSAGES, risk=1.0)
        with Collection.open(settings=settings, create=True) as collection:
            collection.ingest([DOCUMENTS])
            asyncio.run(measure(collection, QUESTIONS[0]))  # what is loaded once is no part of it
            taken_ms = [taken for question in QUESTIONS for taken in asyncio.run(measure(collection, question))]
    cuts = statistics.quantiles(taken_ms, n=20)
    print_table(
        "Streaming: what verifying adds to a sentence",
        ["from drafted to released", "sentences", "passages", "p50 ms", "p95 ms", "most ms"],
        [
            Row(
                "built-in verifier",
                [len(taken_ms), PASSAGES, *(f"{value:.1f}" for value in (cuts[9], cuts[18], max(taken_ms)))],
            )
        ],
    )


async def measure(collection: Collection, question: str) -> list[float]:
    """Return, for each sentence of an answer, the milliseconds from its draft to its release."""
    drafter = PacedDrafter()
    collection.drafter = drafter
    taken_ms: list[float] = []
    async with collection.ask(question, keep=False) as events:
        async for event in events:
            if isinstance(event, Released):
                taken_ms.append(1000 * (time.perf_counter() - drafter.drafted_s[-1]))
                drafter.released.set()
    return taken_ms
