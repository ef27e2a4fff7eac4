"""Numbers that belong to a name: which a question singles out, and which a text names."""

from __future__ import annotations

import pytest

from rag.terms import Held, Identifier, identifiers_of


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Ember 80", [("ember", "80")]),
        ("What became of order 4711?", [("order", "4711")]),
        ("Who sits in room A 2.14?", [("room", "a2.14")]),
        ("What does ISO 9001 ask for?", [("iso", "9001")]),
        ("What does Form 10-Q say of order HK-2051?", [("", "10-q"), ("", "hk-2051")]),
        ("Is GPT-4 older than GPT-5?", [("", "gpt-4"), ("", "gpt-5")]),
    ],
)
def test_a_number_behind_a_name_and_a_code_single_something_out(question: str, found: list[tuple[str, str]]) -> None:
    assert [(each.label, each.code) for each in identifiers_of(question)] == found


@pytest.mark.parametrize(
    "question",
    [
        "What was the revenue in Q1 2024?",
        "What was sold in May 22 years ago?",
        "Did it run for 45 minutes or 7.3m?",
        "Is there a 24-hour service in report.pdf?",
        "What were the Results 2024?",
        "How did Apple 82,959 come about?",
        "How many of the 501st are left in 20 years?",
    ],
)
def test_amounts_and_dates_single_nothing_out(question: str) -> None:
    assert identifiers_of(question) == ()


@pytest.mark.parametrize(
    ("label", "code", "text", "held"),
    [
        ("ember", "80", "Product: Ember 80; Units: 12", Held.EXACT),
        ("ember", "80", "The Ember 40 and the Ember 80.", Held.EXACT),
        ("ember", "80", "The Ember 40 costs 80 euros.", Held.OTHER),
        ("ember", "4", "Ember 4.6 is new.", Held.OTHER),
        ("ember", "80", "80 kilns were sold.", Held.NONE),
        ("room", "a2.14", "Room: A 2.14; Name: Cedar", Held.EXACT),
        ("room", "a2.14", "Room: A 2.15; Name: Maple", Held.OTHER),
        ("order", "4711", "Order no. 4711 was sent.", Held.EXACT),
        ("", "hk-2051", "Order: HK-2051.", Held.EXACT),
        ("", "hk-2051", "Order: HK-2052; City: Oslo", Held.OTHER),
        ("", "hk-2051", "Part: BP-310", Held.NONE),
    ],
)
def test_a_text_names_it_or_another_of_its_kind_or_neither(label: str, code: str, text: str, held: Held) -> None:
    assert Identifier(label, code).held_by(text) is held
