"""A document that asks and answers: its answer is quoted with its question, and judged enough."""

from __future__ import annotations

import pytest

from rag.drafting.extractive import choose
from rag.sufficiency import judge_sufficiency
from tests.fakes.passages import passage

FAQ = (
    "Questions about our shop\n\nIs the showroom open on Sunday? No, only on workdays.\n\n"
    "Can I return opened goods?\n\nNo.\n\nHow long does a refund take?\n\nFive working days.\n\n"
    "Where can I park? Behind the house.\n\nDo you ship to Norway?\n\nYes, for 12 euros.\n\n"
    "Is there a café?\n\nThe shop sells tea."
)


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Is the showroom open on Sunday?", "Is the showroom open on Sunday? No, only on workdays."),
        ("Can I return opened goods?", "Can I return opened goods? No."),
        ("How long does a refund take?", "How long does a refund take? Five working days."),
        ("Where can I park?", "Where can I park? Behind the house."),
        ("Do you ship to Norway?", "Do you ship to Norway? Yes, for 12 euros."),
    ],
)
def test_an_answer_is_quoted_with_its_question(question: str, quote: str) -> None:
    shown = [passage(FAQ)]
    assert choose(question, shown)[0].text == quote
    assert judge_sufficiency(question, shown, similarity=0.6, risk=0.5).answerable


def test_a_question_without_a_short_answer_behind_it_is_not_quoted() -> None:
    assert all("café" not in candidate.text for candidate in choose("Is there a café?", [passage(FAQ)]))


@pytest.mark.parametrize("question", ["gizmo count?", "Gizmo count", "What is the gizmo count?"])
def test_a_question_of_two_words_is_not_answered_of_another_kind(question: str) -> None:
    shown = [passage("The widget count is 43. Widgets are made in Leeds.")]
    found = judge_sufficiency(question, shown, similarity=0.9, risk=0.5)
    assert not found.answerable
    assert [word.lower() for word in found.missing] == ["gizmo"]


@pytest.mark.parametrize("question", ["widget count?", "What is the widget count?", "holiday allowance?"])
def test_a_question_of_two_words_is_answered_of_its_kind_and_of_what_means_the_same(question: str) -> None:
    shown = [passage("The widget count is 43. The vacation allowance is 25 days.")]
    assert judge_sufficiency(question, shown, similarity=0.9, risk=0.5).answerable
