"""One repair for a sentence that failed: the drafter is asked for another, and the better of the two is released."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from rag.composition import Checked, Composition
from rag.errors import ModelError
from rag.tasks import run_in_thread
from rag.types import Repair, Usage, Verdict

RANKS = {Verdict.SUPPORTED: 2, Verdict.PARTIAL: 1}
"""Verdicts for which a replacement may be taken. One that claims nothing takes no claim's place, and neither does one
that could not be checked."""


class Repairs:
    """The repairs of one answer, each a task beside the draft: as many as allowed, for the first sentences that fail.

    What they cost, and why some did not come about, is noted in the composition.
    """

    def __init__(self, composition: Composition) -> None:
        """Take the answer in the making, which holds the limits and the drafter."""
        self.composition = composition
        request = composition.request
        self.calls_left = request.repair_max_calls if request.repair_timeout_s > 0 else 0
        self.timeout_s = request.repair_timeout_s
        self.tasks: list[asyncio.Task[Checked]] = []

    def begin(self, checked: Checked) -> asyncio.Future[Checked]:
        """Return what will be released in a sentence's place: itself, or the better of it and its repair."""
        if checked.fails and checked.shown and self.calls_left:
            self.calls_left -= 1
            self.tasks.append(asyncio.create_task(self.repair(checked)))
            return self.tasks[-1]
        settled: asyncio.Future[Checked] = asyncio.get_running_loop().create_future()
        settled.set_result(checked)
        return settled

    async def repair(self, checked: Checked) -> Checked:
        """Ask the drafter for another sentence and check it too; return the better one."""
        repair = await self.ask(checked)
        self.composition.repair_usage += repair.usage
        if repair.sentence is None:
            return checked
        sentence = replace(repair.sentence, lead=checked.sentence.lead)
        return better_of(checked, await run_in_thread(self.composition.check, sentence, checked.nearby))

    async def ask(self, checked: Checked) -> Repair:
        """Ask the drafter, within the time limit; a call that fails is noted and gives nothing."""
        composition = self.composition
        judgement = checked.cited.judgement
        try:
            async with asyncio.timeout(self.timeout_s):
                return await composition.parts.drafter.repair(
                    composition.standalone, checked.sentence, judgement.problem or "not supported", checked.shown
                )
        except TimeoutError:
            composition.failed_repairs.append(f"it took longer than {self.timeout_s:g} s.")
        except ModelError as error:
            composition.failed_repairs.append(error.message)
        # What a call that failed has cost nobody says, but that it was made.
        return Repair(usage=Usage(llm_calls=1))

    async def aclose(self) -> None:
        """Cancel what is under way, and wait for it."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def better_of(checked: Checked, other: Checked) -> Checked:
    """Return the sentence with the better verdict, then the higher score; the first of two equal ones."""
    return replace(other, repaired=True) if rank(other) > rank(checked) else checked


def rank(checked: Checked) -> tuple[int, float]:
    """Return how good a sentence is; only what the passages support, wholly or in part, is any good."""
    judgement = checked.cited.judgement
    return (rank_of, judgement.score or 0.0) if (rank_of := RANKS.get(judgement.verdict, 0)) else (0, 0.0)


@asynccontextmanager
async def open_repairs(composition: Composition) -> AsyncIterator[Repairs]:
    """Give the repairs of an answer; leaving the block cancels and awaits those under way."""
    repairs = Repairs(composition)
    try:
        yield repairs
    finally:
        await repairs.aclose()
