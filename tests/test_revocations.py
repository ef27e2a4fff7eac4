"""A decision that a later document takes back is no answer any longer: what was decided in its place is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from rag import Collection
from rag.revocations import day_taken_back
from rag.terms.periods import Period
from rag.types import Answer, Answered

MARCH = """# Board of the allotment society, 5 March 2024

Present: Ines Dahl (chair), Oskar Brandt, Lena Moss.

## 1. Boiler
The boiler of the greenhouse broke on 2 March. The board agreed to order the Thermo 300 boiler for 12,400 euros. Oskar
Brandt will sign the contract by Easter.

## 2. Roof
The board agreed to have the roof of the shed mended for 3,100 euros.
"""
JUNE = """# Board of the allotment society, 11 June 2024

Present: Ines Dahl (chair), Oskar Brandt.

## 1. Boiler
Thermo cannot deliver this year. The board agreed to order the Calida 5 boiler for 13,900 euros. {taken_back}

## 2. Gate
The gate is locked at 21:00 from now on.
"""
TAKEN_BACK = "This supersedes the resolution of 5 March."
Ask = Callable[..., Answer]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Give a function that asks of the minutes of March and of others after them."""
    with Collection.open(tmp_path / "home", create=True) as collection:

        def asked(question: str, later: str = JUNE.format(taken_back=TAKEN_BACK), earlier: str = MARCH) -> Answer:
            folder = tmp_path / "docs"
            folder.mkdir()
            (folder / "2024-03-05-board.md").write_text(earlier, encoding="utf-8")
            (folder / "2024-06-11-board.md").write_text(later, encoding="utf-8")
            collection.ingest([folder])

            async def run() -> list[Answer]:
                async with collection.ask(question) as events:
                    return [event.answer async for event in events if isinstance(event, Answered)]

            return anyio.run(run)[0]

        yield asked


@pytest.mark.parametrize("question", ["Which boiler did the board order?", "How much does the boiler cost in the end?"])
def test_the_later_decision_answers_and_what_it_takes_back_is_told_as_earlier(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.text.startswith("The board agreed to order the Calida 5 boiler for 13,900 euros.")
    assert "Thermo 300" not in answer.text
    assert "contract" not in answer.text
    assert "broke" not in answer.text
    (told,) = answer.disagreements
    assert told.only_before
    assert "An earlier source said" in told.told
    assert "Thermo 300" in answer.citations[told.citations[1] - 1].quote


def test_the_amounts_of_both_decisions_are_told_where_an_amount_is_asked(ask: Ask) -> None:
    (told,) = ask("How much does the boiler cost in the end?").disagreements
    assert told.said == ("13,900 euros", "12,400 euros")


@pytest.mark.parametrize(
    "question", ["Which boiler did the board originally order?", "Which boiler did the board agree on on 5 March?"]
)
def test_a_question_of_what_was_is_answered_so_and_the_later_decision_told(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert "Thermo 300" in answer.text
    (told,) = answer.disagreements
    assert "Calida 5" in " ".join(answer.citations[number - 1].quote for number in told.citations)


@pytest.mark.parametrize(
    "question",
    ["What does it cost to have the roof of the shed mended?", "When did the boiler of the greenhouse break?"],
)
def test_another_matter_of_the_same_day_and_what_led_to_it_stand(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert ("3,100 euros" in answer.text) or ("broke on 2 March" in answer.text)
    assert answer.conflicts == ()


@pytest.mark.parametrize(
    "said",
    [
        "This supersedes the resolution of 9 January.",
        "It is not clear whether this supersedes the resolution of 5 March.",
        "This would supersede the resolution of 5 March.",
        "Does this supersede the resolution of 5 March?",
    ],
)
def test_another_day_or_what_is_left_open_takes_nothing_back(ask: Ask, said: str) -> None:
    answer = ask("Who will sign the contract of the boiler?", JUNE.format(taken_back=said))
    assert "Oskar Brandt will sign" in answer.text
    assert answer.conflicts == ()


def test_a_decision_is_taken_back_in_notes_without_headings(ask: Ask) -> None:
    earlier = "Board, 5 March 2024\n\nThe board agreed to order the Thermo 300 boiler. The roof is mended in May.\n"
    later = "Board, 11 June 2024\n\nThe decision of 5 March is withdrawn: the board will order the Calida 5 boiler.\n"
    answer = ask("Which boiler does the board order?", later, earlier)
    assert "Calida 5" in answer.text
    assert "Thermo 300" not in answer.text


def test_it_was_decided_refers_to_nothing_before_it(ask: Ask) -> None:
    earlier = MARCH.replace("The board agreed to order", "It was decided to order")
    answer = ask("Which boiler did the board originally order?", earlier=earlier)
    assert "Thermo 300" in answer.text
    assert "broke" not in answer.text


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("With this we revoke our decision of 5 March 2024.", (2024, 3, 5)),
        ("It overturns the vote taken on March 5th.", (2024, 3, 5)),
        ("This replaces the decision of the meeting of 20 December.", (2023, 12, 20)),
        ("The resolution of 2024-03-05 no longer applies.", (2024, 3, 5)),
        ("The decision of 5 March is no longer valid.", (2024, 3, 5)),
        ("The vote of 5 March does not apply to members.", None),
        ("This does not replace the decision of 5 March.", None),
        ("This replaces the decision of 5 July 2024.", None),
        ("This carries out the decision of 5 March.", None),
        ("The new pump replaces the one of 5 March.", None),
    ],
)
def test_the_day_of_what_is_taken_back_is_read(sentence: str, day: tuple[int, int, int] | None) -> None:
    expected = Period(day[0], month=day[1], day=day[2]) if day else None
    assert day_taken_back(sentence, Period(2024, month=6, day=11)) == expected
