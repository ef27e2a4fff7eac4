"""What a later source says is changed is quoted first, what was before is told beside it, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from rag import Collection
from rag.citations import Numbering
from rag.conflicts import find_conflicts
from rag.conflicts.amendments import read_amendment
from rag.conflicts.dates import date_at
from rag.drafting.extractive import choose
from rag.types import Answer, Answered, Passage, Span
from tests.fakes.passages import passage

Ask = Callable[..., Answer]


def dated(text: str, number: int, date: str, **given: str) -> Passage:
    return replace(passage(text, number, **given), metadata={"date": date})  # type: ignore[arg-type]


def quoted(question: str, earlier: str, later: str, *, titles: tuple[str, str] = ("", "")) -> str:
    """Return the sentences chosen of an earlier and a later document, the earlier found first."""
    shown = [
        dated(earlier, 1, "2024-02-05", **({"title": titles[0]} if titles[0] else {})),
        dated(later, 2, "2024-09-16", **({"title": titles[1]} if titles[1] else {})),
    ]
    return " ".join(candidate.text for candidate in choose(question, shown))


CHANGED = [
    ("What is the minimum order?", "The minimum order is 12 kg.", "The minimum order is lowered to 6 kg from June."),
    ("How much is the fee?", "The fee is set at 45 euros.", "The fee is raised by 5 euros to 50 euros a month."),
    ("How much is the fee?", "The yearly fee is 45 euros.", "The board lowered the fee to 40 euros."),
    ("How long is the visit?", "The visit of the ward lasts 2 hours.", "The visit of the ward is cut to 1 hour."),
    ("When do visits end?", "Visits on the ward end at 8 p.m.", "Visits are extended to 9.30 p.m."),
    ("When is the parade?", "The parade takes place on 14 May 2024.", "The parade is postponed to 3 June 2024."),
    ("When are releases cut?", "Releases are cut every Thursday.", "Releases are cut every Monday instead."),
    (
        "Where is the choir held?",
        "The choir is held in Vine Hall.",
        "The choir has been relocated to the Corn Exchange.",
    ),
    ("Are dogs allowed?", "Dogs are not allowed in the bar.", "The ban on dogs is lifted."),
    ("Are dogs allowed?", "Dogs are no longer allowed in the bar.", "Dogs are again allowed in the bar."),
    (
        "What is in the Dawn blend?",
        "The blend “Dawn” has 60 % oats and 40 % rye.",
        "“Dawn” is changed to 50 % oats, 30 % rye and 20 % nuts.",
    ),
    ("What is the house wine?", "The house wine is a dry Riesling.", "The house wine is changed to a Silvaner."),
]


@pytest.mark.parametrize(("question", "earlier", "later"), CHANGED)
def test_what_is_changed_later_is_quoted_and_not_what_was(question: str, earlier: str, later: str) -> None:
    assert quoted(question, earlier, later) == later


@pytest.mark.parametrize(
    ("question", "earlier", "later"),
    [
        (
            "How much is the fine?",
            "The fine for late books is 2 euros.",
            "The fee for lost cards is raised to 5 euros.",
        ),
        ("How much is the fee?", "The yearly fee is 60 euros.", "A motion to raise it to 75 euros was rejected."),
        (
            "How much is the fee?",
            "The yearly fee is 60 euros.",
            "The board discussed whether it is raised to 75 euros.",
        ),
        ("How much is the fee?", "The fee is 60 euros.", "The fee is raised to 60 euros."),
        ("When is the flower show?", "The flower show is on 12 May.", "The dog show is postponed to 2 June."),
        (
            "How much is the fee for adults?",
            "The fee for adults is 24 euros.",
            "The fee for pupils is lowered to 9 euros.",
        ),
        ("How much does the fence cost?", "The fence costs 300 euros.", "The fence was removed."),
        ("How much is parking?", "Parking costs 3 euros.", "Parking is extended to Sundays."),
        ("What is in the kitchen?", "The kitchen has two new ovens.", "The kitchen is moved to the second floor."),
        (
            "When was the fee introduced?",
            "The fee was introduced in May 2010.",
            "The fee is raised to 9 euros from July.",
        ),
        ("How heavy is the Brenta 200?", "The Brenta 200 weighs 14 kg.", "The Brenta 300 is reduced to 12 kg."),
        ("Who leads the choir?", "Mara Lind leads the choir.", "The choir is moved to Vine Hall."),
    ],
)
def test_another_thing_part_or_kind_of_value_and_what_was_rejected_changes_nothing(
    question: str, earlier: str, later: str
) -> None:
    assert earlier in quoted(question, earlier, later)


@pytest.mark.parametrize(
    ("question", "is_earlier"),
    [
        ("What is the minimum order?", False),
        ("What is the minimum order since October 2024?", False),
        ("What was the minimum order in April 2024?", True),
        ("What was the minimum order originally?", True),
        ("What is the minimum order for the first delivery?", False),
        ("What is the minimum order of former customers?", False),
        ("What was the minimum order before it was lowered?", True),
        ("What minimum order was decided in February?", True),
        ("What minimum order was decided on 16 September?", False),
    ],
)
def test_a_question_of_an_earlier_time_gets_what_held_then(question: str, is_earlier: bool) -> None:
    earlier, later = "The minimum order is 12 kg.", "The minimum order is lowered to 6 kg from 1 October."
    assert quoted(question, earlier, later) == (earlier if is_earlier else later)


def test_documents_named_by_different_names_change_nothing_of_one_another() -> None:
    texts = "The shop opens at 9 a.m. on weekdays.", "The opening of the shop is moved to 10 a.m. on weekdays."
    titles = "Minutes of the Harbour branch", "Minutes of the Hill branch"
    assert texts[0] in quoted("When does the shop open?", *texts, titles=titles)
    assert texts[0] not in quoted("When does the shop open?", *texts, titles=("Minutes of the board",) * 2)


def test_a_general_change_is_not_quoted_for_a_part_that_the_question_names() -> None:
    earlier, later = "The fee for pupils is 9 euros.", "The fee is raised to 24 euros."
    assert earlier in quoted("How much is the fee for pupils?", earlier, later)
    assert quoted("How much is the fee?", earlier, later) == later


def test_without_two_dates_nothing_is_put_before_what_was_found_first() -> None:
    shown = [passage(text, number) for number, text in enumerate(CHANGED[0][1:], 1)]
    assert CHANGED[0][1] in " ".join(c.text for c in choose(CHANGED[0][0], shown))


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("# Log\n\n4 March 2024\n\nThe fee is 9 euros.", "2024-03-04"),
        ("# Log\n\nTuesday, 4 March 2024:\nThe fee is 9 euros.", "2024-03-04"),
        ("# Log\n\n2024-03-04: The fee is 9 euros.", "2024-03-04"),
        ("# Log\n\nIt was 4 March 2024 when it rained.\nThe fee is 9 euros.", None),
    ],
)
def test_a_part_of_a_document_is_dated_by_the_line_above_it(text: str, date: str | None) -> None:
    shown = passage(text)
    found = date_at(shown, text.rindex("\n") + 1)
    assert (found.iso if found else None) == date


def test_a_part_of_a_document_is_dated_by_its_heading() -> None:
    found = date_at(passage("The fee is 9 euros.", heading=("Log", "Meeting of 4 March 2024")), 0)
    assert found is not None
    assert found.iso == "2024-03-04"


@pytest.mark.parametrize(
    "text",
    [
        "The fee is 9 euros.",
        "The fee may be raised to 9 euros.",
        "Is the fee raised to 9 euros?",
        "They refused it now.",
    ],
)
def test_most_sentences_tell_of_no_change(text: str) -> None:
    assert read_amendment(text) is None


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("How much does item 4321 weigh?", ("Item 4321 weighs 262 grams.", "Item 4332 weighs 295 grams.")),
        ("How much is invoice 17?", ("Invoice 17 is 300 euros.", "Invoice 18 is 400 euros.")),
        ("How much do the items weigh?", ("Item 4321 weighs 262 grams.", "Item 4332 weighs 295 grams.")),
    ],
)
def test_what_is_said_of_another_number_is_no_contradiction(question: str, texts: tuple[str, str]) -> None:
    shown = [passage(text, number) for number, text in enumerate(texts, 1)]
    numbering = Numbering()
    numbering.number(shown[0], Span(0, len(texts[0])))
    assert find_conflicts(question, shown, numbering.citations) == ()
    same = [shown[0], passage(texts[1].replace("4332", "4321").replace("18", "17"), 2)]
    assert len(find_conflicts(question, same, numbering.citations)) == 1


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Give a function that asks of documents, given as names and texts."""
    with Collection.open(tmp_path / "home", create=True) as collection:

        def asked(question: str, **documents: str) -> Answer:
            folder = tmp_path / "docs"
            folder.mkdir()
            for name, text in documents.items():
                (folder / f"{name}.md").write_text(text, encoding="utf-8")
            collection.ingest([folder])

            async def run() -> list[Answer]:
                async with collection.ask(question) as events:
                    return [event.answer async for event in events if isinstance(event, Answered)]

            return anyio.run(run)[0]

        yield asked


def test_the_earlier_value_is_cited_beside_the_later_one_and_told_as_earlier(ask: Ask) -> None:
    answer = ask(
        "What is the minimum order?",
        a="---\ndate: 2025-02-11\n---\nThe minimum order for wholesale customers is 12 kg. Delivery is free.\n",
        b="---\ndate: 2025-05-13\n---\nThe minimum order is lowered to 6 kg with effect from 1 June 2025.\n",
    )
    assert answer.text == "The minimum order is lowered to 6 kg with effect from 1 June 2025."
    assert answer.warnings == (
        "An earlier source said 12 kg [2] (a.md, 11 February 2025) instead of 6 kg [1] (b.md, 13 May 2025).",
    )
    assert "12 kg" in answer.citations[1].quote


def test_the_later_of_two_parts_of_one_document_answers(ask: Ask) -> None:
    answer = ask(
        "How much is the deposit for the hall?",
        log="# Log of decisions\n\n## 4 March 2024\n\nThe deposit for the hall is 200 euros. Keys: Mrs Hale.\n\n"
        "## 9 September 2024\n\nThe deposit for the hall is reduced to 120 euros with immediate effect.\n",
    )
    assert answer.text == "The deposit for the hall is reduced to 120 euros with immediate effect."
    (told,) = answer.disagreements
    assert (told.only_before, told.said) == (True, ("120 euros", "200 euros"))
    assert told.dates == ("2024-09-09", "2024-03-04")
