"""The row of a table that holds every word and number asked for is enough; one that lacks any settles nothing."""

from __future__ import annotations

import pytest

from rag.sufficiency import judge_sufficiency
from rag.sufficiency.evidence import weigh_passages
from rag.sufficiency.rows import answers_by_row
from rag.terms import analyse_question
from tests.fakes.passages import passages

STOCK = passages(
    "Timber: Oak; Planks: 70; Price per m (€): 9.20\nTimber: Larch; Planks: 15; Price per m (€): 4.10\n"
    "Metres a year: 20 to 49; Bonus: 3 %\nMetres a year: 50 and more; Bonus: 6 %"
)


@pytest.mark.parametrize(
    "question",
    ["How many planks of larch are there?", "What is the bonus for 60 m?", "What does oak cost?", "List every bonus"],
)
def test_a_row_that_says_all_that_is_asked_is_enough(question: str) -> None:
    found = judge_sufficiency(question, STOCK, similarity=0.0, risk=0.5)
    assert found.answerable
    assert found.missing == ()
    assert not judge_sufficiency(question, STOCK, similarity=0.0, risk=0.2).answerable


@pytest.mark.parametrize(
    "question",
    [
        "How many planks of elm are there?",
        "How many planks of larch were sold?",
        "What is the bonus for 10 m?",
        "What was the price of oak in 1999?",
        "Who counted the planks of larch?",
        "Why are there planks of larch?",
        "How many planks are there?",
        "What about the price of planks?",
    ],
)
def test_a_row_that_lacks_something_asked_for_settles_nothing(question: str) -> None:
    asked = analyse_question(question)
    assert not answers_by_row(asked, STOCK, weigh_passages(asked, STOCK))
