"""Answers that hold: sentences leave in order once checked, failed ones get one repair, and what has left stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.collection import Collection
from rag.config import Settings
from rag.drafting.extractive import ExtractiveDrafter
from rag.errors import ModelTimeout, ModelUnavailable
from rag.types import Answer, Answered, DraftEnd, DraftSentence, Event, Released, Repair, Usage, Verdict
from tests.fakes.drafter import REPAIR_USAGE, ScriptedDrafter
from tests.fakes.embedder import HashEmbedder
from tests.fakes.passages import passages

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn. Huygens discovered Titan in 1655."
RINGS = "The rings of Saturn are made of ice and rock. Galileo saw the rings of Saturn first in 1610."
QUESTION = "What of Saturn, its moons, its rings and Titan?"

GOOD = "Saturn has 274 known moons."
LARGEST = "Titan is the largest moon of Saturn."
ICE = "The rings of Saturn are made of ice and rock."
LIE = "Saturn has 900 known moons."
OTHER_LIE = "Saturn has 901 known moons."
HALF = "Titan is the largest moon of Saturn and hosts an ocean."


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "moons.txt").write_text(MOONS, encoding="utf-8")
    (documents / "rings.txt").write_text(RINGS, encoding="utf-8")
    settings = Settings(home=tmp_path / ".vouch", risk=1.0, repair_timeout_s=30)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([documents])
        yield collection


def set_up(collection: Collection, **changed: object) -> None:
    collection.settings = collection.settings.model_copy(update=changed)


async def ask_events(collection: Collection, **options: object) -> tuple[list[Released], Answer]:
    events: list[Event] = []
    async with collection.ask(QUESTION, keep=False, **options) as stream:  # type: ignore[arg-type]
        events = [event async for event in stream]
    last = events[-1]
    assert isinstance(last, Answered)
    return [event for event in events if isinstance(event, Released)], last.answer


def ask(collection: Collection, drafter: ScriptedDrafter, **options: object) -> Answer:
    collection.drafter = drafter
    return asyncio.run(asyncio.wait_for(ask_events(collection, **options), 20))[1]


def texts(answer: Answer) -> list[str]:
    return [claim.text for claim in answer.sentences]


def test_a_sentence_that_fails_is_replaced_by_its_repair_cited_and_counted(collection: Collection) -> None:
    answer = ask(collection, ScriptedDrafter(LIE, LARGEST, repairs={LIE: GOOD}))
    assert texts(answer) == [GOOD, LARGEST]
    assert [claim.verdict for claim in answer.sentences] == [Verdict.SUPPORTED] * 2
    assert answer.citations[0].quote == GOOD
    assert answer.warnings == ("1 sentence repaired.",)
    assert answer.usage == REPAIR_USAGE


def test_the_repair_is_told_what_is_wrong_and_the_draft_costs_are_kept(collection: Collection) -> None:
    end = DraftEnd("complete", Usage(100, 50, 1, 1.0))
    drafter = ScriptedDrafter(LIE, OTHER_LIE, end, repairs={LIE: GOOD, OTHER_LIE: "Saturn has 902 known moons."})
    answer = ask(collection, drafter)
    assert [text for text, _ in drafter.repaired] == [LIE, OTHER_LIE]
    assert "900" in drafter.repaired[0][1]
    assert answer.usage == Usage(114, 56, 3, 2.0)
    assert answer.warnings == ("1 sentence repaired, 1 not supported by the documents.",)


def test_a_repair_stands_where_the_failed_sentence_would_have_stood(collection: Collection) -> None:
    item = DraftSentence(LIE, (1,), "\n- ")
    answer = ask(collection, ScriptedDrafter(ICE, item, repairs={LIE: DraftSentence(GOOD, (), " ")}))
    assert answer.text == f"{ICE}\n- {GOOD}"


@pytest.mark.parametrize(
    "repair",
    [OTHER_LIE, None, "I hope this helps!", "Die Ringe wurden von der Sonde nicht und auch nie gesehen.", LIE],
    ids=["another lie", "nothing", "no claim", "another language", "the same"],
)
def test_a_repair_that_is_no_better_leaves_the_sentence_flagged(collection: Collection, repair: str | None) -> None:
    answer = ask(collection, ScriptedDrafter(LIE, GOOD, repairs={LIE: repair}))
    assert texts(answer) == [LIE, GOOD]
    assert answer.sentences[0].verdict is Verdict.UNSUPPORTED
    assert not answer.sentences[0].citations
    assert answer.warnings == ("1 sentence not supported by the documents.",)


def test_a_repair_never_makes_a_partly_supported_sentence_worse(collection: Collection) -> None:
    drafter = ScriptedDrafter(HALF, repairs={HALF: LIE})
    answer = ask(collection, drafter)
    assert [text for text, _ in drafter.repaired] == [HALF], "a partly supported sentence gets its repair too"
    assert texts(answer) == [HALF]
    assert answer.sentences[0].verdict is Verdict.PARTIAL
    assert texts(ask(collection, ScriptedDrafter(HALF, repairs={HALF: LARGEST}))) == [LARGEST]


def test_strict_releases_the_repair_and_withholds_what_still_fails(collection: Collection) -> None:
    drafter = ScriptedDrafter(LIE, OTHER_LIE, LARGEST, repairs={LIE: GOOD, OTHER_LIE: LIE})
    answer = ask(collection, drafter, strict=True)
    assert texts(answer) == [GOOD, LARGEST]
    assert answer.warnings == (
        "1 sentence repaired.",
        "1 sentence withheld: not fully supported by the documents.",
    )


def test_what_is_supported_or_claims_nothing_is_never_repaired(collection: Collection) -> None:
    drafter = ScriptedDrafter("Sure!", GOOD, "Die Ringe sind nicht von der Sonde und auch nie gesehen.")
    answer = ask(collection, drafter)
    assert drafter.repaired == []
    assert answer.usage.llm_calls == 0


def test_the_first_three_failures_get_a_repair_and_no_more(collection: Collection) -> None:
    lies = [f"Saturn has {number} known moons." for number in range(900, 905)]
    answer = ask(collection, drafter := ScriptedDrafter(*lies, repairs=dict.fromkeys(lies, GOOD)))
    assert [text for text, _ in drafter.repaired] == lies[:3]
    assert texts(answer) == [GOOD, GOOD, GOOD, *lies[3:]]
    assert answer.warnings == ("3 sentences repaired, 2 not supported by the documents.",)
    assert answer.usage.llm_calls == 3


@pytest.mark.parametrize("off", [{"repair_max_calls": 0}, {"repair_timeout_s": 0.0}])
def test_no_calls_or_no_time_turns_repair_off(collection: Collection, off: dict[str, object]) -> None:
    set_up(collection, **off)
    answer = ask(collection, drafter := ScriptedDrafter(LIE, repairs={LIE: GOOD}))
    assert drafter.repaired == []
    assert texts(answer) == [LIE]


def test_a_repair_call_that_fails_is_a_warning(collection: Collection) -> None:
    failing = ScriptedDrafter(
        LIE, GOOD, OTHER_LIE, repairs={LIE: ModelUnavailable("No room.", remedy="Wait."), OTHER_LIE: ModelTimeout("x")}
    )
    answer = ask(collection, failing)
    assert texts(answer) == [LIE, GOOD, OTHER_LIE]
    assert answer.warnings == ("2 sentences not supported by the documents.", "2 repairs failed: No room.")
    assert answer.usage.llm_calls == 2, "calls that failed were made all the same"


def test_a_repair_that_takes_too_long_is_given_up(collection: Collection) -> None:
    set_up(collection, repair_timeout_s=0.05)
    answer = ask(collection, ScriptedDrafter(LIE, GOOD, repairs={LIE: asyncio.Event().wait}))  # type: ignore[dict-item]
    assert texts(answer) == [LIE, GOOD]
    assert answer.warnings[-1] == "1 repair failed: it took longer than 0.05 s."


def test_any_other_error_of_a_repair_reaches_the_one_who_asks(collection: Collection) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(collection, ScriptedDrafter(LIE, GOOD, repairs={LIE: ZeroDivisionError()}))


def test_later_sentences_are_drafted_and_checked_while_a_repair_runs_and_leave_after_it(collection: Collection) -> None:
    async def run() -> tuple[list[Released], Answer]:
        drafted = asyncio.Event()

        async def all_drafted() -> None:
            drafted.set()

        async def repaired() -> str:
            await drafted.wait()  # for ever, were drafting to wait for the repair
            return GOOD

        collection.drafter = ScriptedDrafter(LIE, LARGEST, ICE, all_drafted, repairs={LIE: repaired})
        return await asyncio.wait_for(ask_events(collection), 20)

    released, answer = asyncio.run(run())
    assert [event.sentence.text for event in released] == texts(answer) == [GOOD, LARGEST, ICE]


def test_a_sentence_leaves_before_the_next_one_is_drafted(collection: Collection) -> None:
    async def run() -> None:
        left = asyncio.Event()
        collection.drafter = ScriptedDrafter(GOOD, left.wait, LARGEST)  # type: ignore[arg-type]
        async with collection.ask(QUESTION, keep=False) as events:
            async for event in events:
                if isinstance(event, Released):
                    left.set()

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("repairs", [1, 3])
def test_leaving_ends_the_repairs_under_way_and_no_task_survives(collection: Collection, repairs: int) -> None:
    lies = [f"Saturn has {number} known moons." for number in range(900, 900 + repairs)]

    async def run() -> None:
        begun, ended = asyncio.Semaphore(0), asyncio.Semaphore(0)

        async def hang() -> str:
            begun.release()
            try:
                await asyncio.Event().wait()
            finally:
                ended.release()
            return ""

        before = asyncio.all_tasks()
        collection.drafter = ScriptedDrafter(*lies, repairs=dict.fromkeys(lies, hang))
        async with collection.ask(QUESTION, keep=False):
            for _ in lies:
                await begun.acquire()
        assert asyncio.all_tasks() == before
        assert not ended.locked()

    asyncio.run(asyncio.wait_for(run(), 20))


def test_an_error_of_the_drafter_comes_after_what_was_drafted_and_ends_the_repairs(collection: Collection) -> None:
    async def run() -> list[str]:
        seen: list[str] = []
        before = asyncio.all_tasks()
        collection.drafter = ScriptedDrafter(LIE, LARGEST, ModelUnavailable("gone"), repairs={LIE: GOOD})
        try:
            async with collection.ask(QUESTION, keep=False) as events:
                async for event in events:
                    seen += [event.sentence.text] if isinstance(event, Released) else []
        except ModelUnavailable:
            seen.append("the error")
        assert asyncio.all_tasks() == before
        return seen

    assert asyncio.run(asyncio.wait_for(run(), 20)) == [GOOD, LARGEST, "the error"]


def deleting(collection: Collection, then: str | None = None) -> Callable[[], Awaitable[str | None]]:
    async def delete() -> str | None:
        await asyncio.to_thread(collection.delete, "moons.txt")
        return then

    return delete


def test_a_document_deleted_while_a_sentence_waits_for_a_repair_is_not_cited_by_it(collection: Collection) -> None:
    # The second sentence is checked against the document before it goes, and waits behind the repair of the first.
    async def run() -> Answer:
        checked = asyncio.Event()

        async def both_checked() -> None:
            checked.set()

        async def delete() -> str | None:
            await checked.wait()
            return await deleting(collection, GOOD)()

        collection.drafter = ScriptedDrafter(LIE, LARGEST, both_checked, ICE, repairs={LIE: delete})
        return (await asyncio.wait_for(ask_events(collection), 20))[1]

    answer = asyncio.run(run())
    assert texts(answer) == [ICE], "words of the deleted document were released"
    assert [citation.source for citation in answer.citations] == ["documents/rings.txt"]


def test_what_was_released_stays_when_its_document_goes_and_its_citation_says_so(collection: Collection) -> None:
    async def run() -> tuple[list[Released], Answer]:
        released = asyncio.Event()
        collection.drafter = ScriptedDrafter(GOOD, released.wait, deleting(collection), ICE)  # type: ignore[arg-type]
        events: list[Event] = []
        async with collection.ask(QUESTION, keep=False) as stream:
            async for event in stream:
                events.append(event)
                if isinstance(event, Released):
                    released.set()
        assert isinstance(events[-1], Answered)
        return [event for event in events if isinstance(event, Released)], events[-1].answer

    events, answer = asyncio.run(asyncio.wait_for(run(), 20))
    assert [event.sentence for event in events] == list(answer.sentences)
    assert texts(answer) == [GOOD, ICE]
    assert [citation.state for citation in answer.citations] == ["removed", "live"]
    assert events[0].citations[0].quote == GOOD
    assert answer.citations[0].quote == ""


STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 12), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.booleans())
def test_whatever_the_delays_the_order_is_kept_and_what_was_released_never_changes(
    collection: Collection, steps: list[tuple[bool, int, int, bool]], strict: bool
) -> None:
    """Each step: whether the sentence is true, turns of the loop before it and for its repair, whether that helps."""
    script: list[DraftSentence | Callable[[], Awaitable[None]]] = []
    repairs: dict[str, Callable[[], Awaitable[str | None]]] = {}
    expected: list[str] = []
    calls = 3
    for number, (true, before, during, helps) in enumerate(steps):
        text = LARGEST if true else f"Saturn has {900 + number} known moons."
        script += [waiting(before), DraftSentence(text)]
        repairs[text] = waiting(during, GOOD if helps else None)
        repaired = not true and helps and calls > 0
        calls -= not true and calls > 0
        expected += [GOOD if repaired else text] if true or repaired or not strict else []
    collection.drafter = ScriptedDrafter(*script, repairs=repairs)

    async def run() -> None:
        shown, claims = "", []
        async with collection.ask(QUESTION, keep=False, strict=strict) as events:
            async for event in events:
                if isinstance(event, Released):
                    shown += event.lead + event.sentence.text
                    claims.append(event.sentence)
                    assert shown[event.sentence.start : event.sentence.end] == event.sentence.text
        assert isinstance(event, Answered)
        assert (event.answer.text, list(event.answer.sentences)) == (shown, claims)
        assert [claim.text for claim in claims] == expected

    asyncio.run(asyncio.wait_for(run(), 20))


def waiting(turns: int, then: str | None = None) -> Callable[[], Awaitable[None]]:
    async def wait() -> str | None:
        for _ in range(turns):
            await asyncio.sleep(0)
        return then

    return wait  # type: ignore[return-value]


def test_the_extractive_drafter_has_no_repair() -> None:
    async def run() -> Repair:
        drafter = ExtractiveDrafter()
        async with aclosing(drafter.draft(QUESTION, passages(MOONS))) as draft:  # type: ignore[type-var]
            sentences = [piece async for piece in draft if isinstance(piece, DraftSentence)]
        return await drafter.repair(QUESTION, sentences[0], "wrong", passages(MOONS))

    assert asyncio.run(run()) == Repair()


def test_a_name_of_the_question_that_no_cited_document_mentions_is_told(collection: Collection) -> None:
    (Path(collection.settings.home).parent / "documents" / "mars.txt").write_text("Phobos is a moon of Mars.")
    collection.ingest([Path(collection.settings.home).parent / "documents"])
    set_up(collection, top_k=10)
    told = "No document cited mentions 'Titan': the answer may be about something else."
    assert told in ask(collection, ScriptedDrafter("Galileo saw the rings of Saturn first in 1610.")).warnings
    assert told not in ask(collection, ScriptedDrafter(LARGEST)).warnings
    assert told not in ask(collection, ScriptedDrafter(ICE, LARGEST)).warnings
