"""Questions for a change: both figures quoted, and the change computed and checked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.collection import Collection
from rag.config import Settings
from rag.drafting.changes import state_change
from rag.terms import question_parts
from rag.terms.comparing import Comparison, read_comparison
from rag.types import Answer, Answered, Verdict

Q1 = """# North Mill, quarterly report Q1 2025

## Results

Turnover in the first quarter of 2025 was 3.4 million euros. Operating profit was 310,000 euros.

## People

At the end of March 112 people worked in the mill.
"""
Q2 = """# North Mill, quarterly report Q2 2025

## Results

Turnover in the second quarter of 2025 was 3.9 million euros. Operating profit was 248,000 euros.

## People

At the end of June 118 people worked in the mill.
"""


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    folder: Path = tmp_path_factory.mktemp("mill")
    for name, text in (("q1.md", Q1), ("q2.md", Q2)):
        (folder / name).write_text(text, encoding="utf-8")
    settings = Settings(home=folder / ".vouch")
    with Collection.open(settings=settings, create=True) as opened:
        opened.ingest([folder])
        yield opened


def asked(question: str) -> Comparison:
    comparison = read_comparison(question)
    assert comparison is not None
    return comparison


def answer_to(collection: Collection, question: str) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question) as events:
            async for event in events:
                if isinstance(event, Answered):
                    return event.answer
        raise AssertionError("no answer came")

    return asyncio.run(run())


@pytest.mark.parametrize(
    "question",
    [
        "What was the change in turnover from Q1 2025 to Q2 2025?",
        "How much did turnover grow between Q1 and Q2 2025?",
        "How did the turnover change from the first quarter of 2025 to the second quarter of 2025?",
    ],
)
def test_a_change_is_quoted_from_both_reports_and_computed(collection: Collection, question: str) -> None:
    answer = answer_to(collection, question)
    assert "was 3.4 million euros" in answer.text
    assert "was 3.9 million euros" in answer.text
    change = answer.sentences[-1]
    assert change.text.startswith("Turnover rose by 0.5 million euros (14.7 %)")
    assert change.verdict is Verdict.SUPPORTED
    assert change.computed[0] == "0.5 million euros = 3.9 million - 3.4 million"
    assert {answer.citations[number - 1].title for number in change.citations} == {
        "North Mill, quarterly report Q1 2025",
        "North Mill, quarterly report Q2 2025",
    }
    assert answer.missing == ()


def test_a_fall_is_told_as_one(collection: Collection) -> None:
    answer = answer_to(collection, "By how much did operating profit fall from Q1 2025 to Q2 2025?")
    assert answer.sentences[-1].text.startswith(
        "Operating profit fell by 62,000 euros (20.0 %), from 310,000 euros in Q1"
    )
    assert answer.sentences[-1].verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "question",
    [
        "What was the total turnover of Q1 and Q2 2025?",
        "What was our turnover in Q1 2025 and Q2 2025 together?",
    ],
)
def test_a_total_is_quoted_from_both_reports_and_computed(collection: Collection, question: str) -> None:
    answer = answer_to(collection, question)
    assert answer.sentences[-1].text.startswith("Turnover was 7.3 million euros in total, 3.4 million euros in Q1 2025")
    assert answer.sentences[-1].verdict is Verdict.SUPPORTED
    assert answer.sentences[-1].computed == ("7.3 million euros = 3.9 million + 3.4 million",)


def test_a_period_that_no_document_is_of_is_told_to_be_missing(collection: Collection) -> None:
    answer = answer_to(collection, "How did turnover change from Q1 2025 to Q4 2025?")
    assert answer.missing == ("What was turnover in Q4 2025",)
    assert "rose" not in answer.text
    assert "fell" not in answer.text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Turnover in Q1 was 3 million euros and profit 1 million euros.", "Turnover in Q2 was 4 million euros."),
        ("Turnover in Q1 was 3 million euros.", "Turnover in Q2 was 4 million dollars."),
        ("Turnover in Q1 was 3 million euros.", "Turnover in Q2 was 3,900 thousand euros."),
        ("Turnover in Q1 was 3 million euros.", "Turnover in Q2 was 3 million euros."),
        ("The share in Q1 was 3 %.", "The share in Q2 was 4 %."),
        ("Turnover in Q1 was 0 euros.", "Turnover in Q2 was 4 euros."),
        ("The balance in Q1 was -3 euros.", "The balance in Q2 was 4 euros."),
        ("Turnover in Q1 was good.", "Turnover in Q2 was 4 euros."),
        ("We shipped 4 kilns.", "We shipped 5 ovens."),
        ("Turnover in Q1 was about 3 euros.", "Turnover in Q2 was 4 euros."),
        ("Turnover in Q1 was 3 euros.", "Turnover in Q2 was over 4 euros."),
        ("", ""),
    ],
)
def test_what_is_not_surely_alike_is_not_subtracted(first: str, second: str) -> None:
    assert state_change(asked("How much did turnover grow from Q1 to Q2?"), first, second) is None


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("Sales in Q1 were $1,200.50.", "Sales in Q2 were $1,500.", "rose by $299.50 (24.9 %), from $1,200.50 in Q1"),
        ("We shipped 46 kilns.", "We shipped 51 kilns.", "rose by 5 kilns (10.9 %), from 46 kilns in Q1"),
        ("It was 1,250 euros in 2024.", "It was 1,000 euros.", "fell by 250 euros (20.0 %), from 1,250 euros in Q1"),
    ],
)
def test_a_change_is_written_as_its_figures_are(first: str, second: str, told: str) -> None:
    change = state_change(asked("How much did it change from Q1 to Q2?"), first, second)
    assert change is not None
    assert told in change


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How much did revenue grow from Q1 to Q2 2025?",
            ("What was revenue in Q1 2025?", "What was revenue in Q2 2025?"),
        ),
        (
            "How much more does the Ember 80 cost than the Ember 40?",
            ("How much does the Ember 80 cost?", "How much does the Ember 40 cost?"),
        ),
        (
            "What is the difference in price between the Ember 40 and the Ember 80?",
            ("What is the price of the Ember 40?", "What is the price of the Ember 80?"),
        ),
        ("How do Acme and Bolt differ?", ("How do Acme and Bolt differ?",)),
        (
            "How much did it grow from humble beginnings to 2025?",
            ("How much did it grow from humble beginnings to 2025?",),
        ),
        ("How did he get from Oslo to Bergen?", ("How did he get from Oslo to Bergen?",)),
    ],
)
def test_a_comparison_has_a_part_for_each_figure(question: str, parts: tuple[str, ...]) -> None:
    assert question_parts(question) == parts
