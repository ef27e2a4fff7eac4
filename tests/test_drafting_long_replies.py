"""A long reply is cut in time that grows with its length only, however it comes, and others run meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from rag.drafting.cutting import LINE_MAX_CHARACTERS, SentenceCutter
from rag.drafting.model import REPLY_MAX_CHARACTERS, ModelDrafter
from rag.llm import Completed, LanguageModel, Message
from rag.types import DraftSentence
from tests.fakes.passages import passages
from tests.fakes.timing import cpu_time_limit

pytestmark = pytest.mark.anyio

SENTENCE = "The cat sat on the mat today.\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def cut(reply: str, piece_characters: int) -> list[DraftSentence]:
    cutter = SentenceCutter(4)
    pieces = [reply[at : at + piece_characters] for at in range(0, len(reply), piece_characters)]
    return [sentence for piece in pieces for sentence in cutter.feed(piece)] + cutter.finish()


@pytest.mark.parametrize("repeated", [SENTENCE, "aa\n", "word " * 9 + "\n", "\n", " ", "aa\r\n"])
def test_a_reply_in_one_piece_is_cut_in_linear_time(repeated: str) -> None:
    reply = repeated * (60_000 // len(repeated))
    with cpu_time_limit(6.0):
        cut(reply, len(reply))


def test_a_long_thought_is_looked_at_once() -> None:
    with cpu_time_limit(3.0):
        assert [s.text for s in cut("<think>" + "word " * 80_000 + "</think> Yes it is.", 4)] == ["Yes it is."]


WRAPPED = [
    "The cat that sat on the mat for the whole day\nhas gone away\nfor good. The dog\nhas not.\r\nIt\r\nstays.\r\n",
    "The cat that sat on the mat for the whole day\r\nhas gone away\r\nfor good.",
    "word " * (LINE_MAX_CHARACTERS // 5) + "\nAnd more. " + "x" * LINE_MAX_CHARACTERS + "\n" + "y" * 5000,
    SENTENCE * 300,
]


@pytest.mark.parametrize("reply", WRAPPED)
def test_a_reply_gives_the_same_sentences_in_one_piece_and_letter_by_letter(reply: str) -> None:
    assert cut(reply, 1) == cut(reply, 7) == cut(reply, len(reply))


class WholeReplyModel(LanguageModel):
    """A model whose server sends all it has to say at once."""

    def __init__(self, reply: str) -> None:
        super().__init__("openai/whole")
        self.reply = reply

    async def stream(self, messages: Sequence[Message]) -> AsyncIterator[str | Completed]:  # type: ignore[override]
        yield self.reply
        yield Completed("stop")


async def longest_turn_s(task: asyncio.Task[object]) -> float:
    """Return the longest processor time that passed between two turns of the event loop till a task was done."""
    times = [time.thread_time()]
    while not task.done():
        await asyncio.sleep(0)
        times.append(time.thread_time())
    return max(later - earlier for earlier, later in itertools.pairwise(times))


async def test_others_have_their_turn_while_a_reply_in_one_piece_is_cut() -> None:
    drafter = ModelDrafter(WholeReplyModel(SENTENCE * 3000))

    async def drafted() -> int:
        return len([piece async for piece in drafter.draft("What sat?", passages("The cat sat on the mat."))])

    begun = time.thread_time()
    task = asyncio.create_task(drafted())
    longest = await longest_turn_s(task)
    assert await task == 3001
    assert longest < (time.thread_time() - begun) / 2


async def test_no_more_is_read_of_one_piece_than_of_many() -> None:
    drafter = ModelDrafter(WholeReplyModel("word and so on. " * (REPLY_MAX_CHARACTERS // 8)))
    pieces = [piece async for piece in drafter.draft("What sat?", passages("The cat sat on the mat."))]
    said = sum(len(piece.text) + 1 for piece in pieces if isinstance(piece, DraftSentence))
    assert REPLY_MAX_CHARACTERS * 0.9 < said <= REPLY_MAX_CHARACTERS


def test_a_reply_is_cut_at_its_full_stops_before_it_can_look_like_a_row() -> None:
    reply = "Note: all is well. No more is said; second: the rest is well."
    assert [one.text for one in cut(reply, 1)] == [one.text for one in cut(reply, len(reply))]
    assert len(cut(reply, 1)) == 2
