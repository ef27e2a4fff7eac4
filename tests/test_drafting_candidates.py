"""What speaks for a sentence: the heading in its own paragraph, the unit it counts in, an amount that is no date."""

from __future__ import annotations

import pytest

from rag.drafting.candidates import candidates_of
from rag.drafting.extractive import ExtractiveDrafter
from rag.terms import analyse_question
from tests.fakes.embedder import HashEmbedder
from tests.fakes.passages import passages
from tests.test_drafting_extractive import draft

EMBEDDERS = pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])
MEETING = (
    "1. Spring fair. We open at nine.\n\n"
    "2. Roof repair. Two offers came in: Holm 4,150 euros, Brandt 3,890 euros. The choice is made\nin June.\n\n"
    "3. Lorry. It is sold to a farm.\n"
)
ACTIONS = (
    "Action: Ask for offers for the roof repair; Who: Ida Moe; By: 30 April 2025\n"
    "Action: Sell the lorry; Who: Per Lie; By: 2 May 2025"
)


def features(question: str, text: str, begins: str) -> dict[str, float]:
    found = candidates_of(analyse_question(question), passages(text))
    return dict(next(one for one in found if one.text.startswith(begins)).features)


@EMBEDDERS
@pytest.mark.parametrize(
    "question", ["What did the offers for the roof repair come to?", "How much is the roof repair?"]
)
def test_the_amounts_of_what_an_action_asked_for_are_told(question: str, embedder: HashEmbedder | None) -> None:
    sentences, _ = draft(question, passages(ACTIONS, MEETING), ExtractiveDrafter(embedder))
    assert any("Holm 4,150 euros, Brandt 3,890 euros" in sentence.text for sentence in sentences)


def test_a_numbered_heading_that_opens_a_paragraph_is_what_its_sentences_are_about() -> None:
    found = candidates_of(analyse_question("When is the choice on the roof repair made?"), passages(MEETING))
    assert {one.text: one.heading[-1:] for one in found} == {
        "We open at nine.": ("Spring fair",),
        "Two offers came in: Holm 4,150 euros, Brandt 3,890 euros.": ("Roof repair",),
        "The choice is made in June.": ("Roof repair",),
        "It is sold to a farm.": ("Lorry",),
    }


def test_a_numbered_statement_is_no_heading() -> None:
    found = candidates_of(
        analyse_question("What costs 4 euros?"), passages("1. Bread costs 4 euros. It is rye.\n\nAh.")
    )
    assert all(one.heading == () for one in found)


@EMBEDDERS
def test_a_number_of_days_carries_the_word_days(embedder: HashEmbedder | None) -> None:
    text = "Each clerk has 26 days of paid leave a year. Some unused days may be carried over in spring."
    sentences, _ = draft("How many days of leave does a clerk have?", passages(text), ExtractiveDrafter(embedder))
    assert "26 days" in sentences[0].text
    assert features("How many days are there?", "It lasts 26 days in all.", "It")["terms"] == 1.0
    assert features("How many days are there?", "It lasts 26 weeks in all.", "It")["terms"] == 0.0


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("The roof is due by 30 April 2025.", 0.0),
        ("The roof is due by April 30, 2025.", 0.0),
        ("The roof is due by 2025-04-30.", 0.0),
        ("The roof cost 900 euros on 30 April 2025.", 1.0),
    ],
)
def test_a_date_is_no_amount(text: str, fact: float) -> None:
    assert features("How much did the roof cost?", text, "The roof")["fact"] == fact


@pytest.mark.parametrize(
    ("question", "kind"),
    [("What did the offers come to?", "amount"), ("What did Ida come to believe?", "other")],
)
def test_what_something_comes_to_is_an_amount(question: str, kind: str) -> None:
    assert analyse_question(question).kind == kind
