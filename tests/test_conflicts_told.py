"""A contradiction is told with which source is the later one, loudly only where the answer rests on the earlier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from rag.citations import Numbering
from rag.conflicts import Conflict, DocumentDate, date_of, find_conflicts
from rag.types import Citation, Passage, Span
from tests.fakes.passages import passage

FEE = "What is the annual fee?"


def dated(text: str, number: int, date: str = "", **given: str) -> Passage:
    metadata: Mapping[str, str] = {"date": date} if date else {}
    return replace(passage(text, number, **given), metadata=metadata)  # type: ignore[arg-type]


def cite(*shown: Passage) -> tuple[Citation, ...]:
    numbering = Numbering()
    for each in shown:
        numbering.number(each, Span(each.start, each.end))
    return tuple(numbering.citations)


def found(question: str, *shown: Passage, cited: int = 1) -> Conflict:
    (conflict,) = find_conflicts(question, shown, cite(*shown[:cited]))
    return conflict


@pytest.mark.parametrize(
    ("dates", "cited", "told"),
    [
        (("", ""), 1, "The sources differ: $20 [1] (doc1.txt) and $40 [2] (doc2.txt)."),
        (
            ("2024-05-22", "2025-03"),
            1,
            "A later source says $40 [2] (doc2.txt, March 2025) instead of $20 [1] (doc1.txt, 22 May 2024).",
        ),
        (
            ("2025-05-22", "2024"),
            1,
            "An earlier source said $40 [2] (doc2.txt, 2024) instead of $20 [1] (doc1.txt, 22 May 2025).",
        ),
        (
            ("2024-05-22", "2025-03-01"),
            2,
            "The sources differ: $20 [1] (doc1.txt, 22 May 2024) and $40 [2] (doc2.txt, 1 March 2025, the later).",
        ),
        (("2024-05", "2024"), 1, "The sources differ: $20 [1] (doc1.txt, May 2024) and $40 [2] (doc2.txt, 2024)."),
    ],
)
def test_two_values_are_told_with_the_later_one(dates: tuple[str, str], cited: int, told: str) -> None:
    shown = [
        dated(text, number, date)
        for number, (text, date) in enumerate(
            zip(("The annual fee is $20.", "The annual fee is $40."), dates, strict=True), 1
        )
    ]
    assert found(FEE, *shown, cited=cited).told([1, 2]) == told


def test_the_latest_of_three_is_named() -> None:
    texts = ("The annual fee is $20.", "The annual fee is $40.", "The annual fee is $60.")
    shown = [dated(text, number, f"202{number}-01-05") for number, text in enumerate(texts, 1)]
    conflict = found(FEE, *shown)
    assert conflict.told([1, 2, 3]).endswith("and $60 [3] (doc3.txt, 5 January 2023, the latest).")
    assert not conflict.only_before


@pytest.mark.parametrize(
    ("denial", "quote", "told"),
    [
        (
            "Bread. The shop will not open in Bergen. It will open in Molde. Rents are high.",
            "The shop will not open in Bergen. It will open in Molde.",
            "A later source says Molde [2] (doc2.txt, 23 June 2024) instead of Bergen [1] (doc1.txt, 17 March 2024).",
        ),
        (
            "Bread. The shop will not open in Bergen. It is looked for elsewhere. Rents are high.",
            "The shop will not open in Bergen. It is looked for elsewhere.",
            "A later source says otherwise: [2] (doc2.txt, 23 June 2024) against [1] (doc1.txt, 17 March 2024).",
        ),
    ],
)
def test_a_denial_and_what_is_so_instead_are_cited_together(denial: str, quote: str, told: str) -> None:
    plan = dated("The shop will open in Bergen in May.", 1, "2024-03-17")
    conflict = found("Where will the shop open?", plan, dated(denial, 2, "2024-06-23"))
    assert conflict.told([1, 2]) == told
    last = conflict.places[1]
    assert last.passage.canonical[last.span.start : last.span.end] == quote


def test_a_place_that_refers_back_is_cited_with_what_it_refers_to() -> None:
    second = dated("Bread. The fair is new. It opens in Oslo. Rents are high.", 2)
    conflict = found("Where does the fair open?", dated("The fair opens in Bergen.", 1), second)
    last = conflict.places[1]
    assert last.passage.canonical[last.span.start : last.span.end] == "The fair is new. It opens in Oslo."


def test_a_document_that_replaces_another_is_told_whatever_the_metadata_say() -> None:
    old = dated("Nurses report faults by telephone.", 1, "2024-03-01", title="Reporting, version 1")
    new = dated("This version replaces version 1. Use the form.", 2, "2021-01-01", title="Reporting, version 2")
    conflict = found("How do nurses report faults?", old, new)
    assert conflict.told([1, 2]) == (
        "The document of [1] (doc1.txt, 1 March 2024) is replaced by a later one: [2] (doc2.txt, 1 January 2021)."
    )
    assert conflict.numbered([4, 7]).latest == 7


def test_a_program_gets_values_dates_and_the_latest() -> None:
    conflict = found(
        FEE, dated("The annual fee is $20.", 1, "2025-05-22"), dated("The annual fee is $40.", 2, "2024-02")
    )
    told = conflict.numbered([3, 5])
    assert (told.citations, told.kind, told.said, told.dates, told.latest, told.only_before) == (
        (3, 5), "differ", ("$20", "$40"), ("2025-05-22", "2024-02"), 3, True,
    )  # fmt: skip
    assert told.told == conflict.told([3, 5])


@pytest.mark.parametrize(
    ("earlier", "later", "is_before"),
    [
        (DocumentDate(2024), DocumentDate(2025, 1), True),
        (DocumentDate(2024, 3, 1), DocumentDate(2024, 3, 2), True),
        (DocumentDate(2024, 3), DocumentDate(2024, 3, 2), False),
        (DocumentDate(2024, 3, 2), DocumentDate(2024), False),
        (DocumentDate(2024, 3), DocumentDate(2024, 3), False),
    ],
)
def test_a_date_is_before_another_only_where_that_is_sure(
    earlier: DocumentDate, later: DocumentDate, is_before: bool
) -> None:
    assert earlier.is_before(later) is is_before
    assert not later.is_before(earlier)


def test_a_document_is_dated_by_the_name_of_its_file_too() -> None:
    shown = replace(passage("text"), source="minutes 2023/2025_06-23 board.md")
    assert date_of(shown) is None
    assert date_of(replace(shown, source="2019/2025-06-23_board.md")) == DocumentDate(2025, 6, 23)
    assert date_of(replace(shown, source="minutes/plan 2030.md")) is None
