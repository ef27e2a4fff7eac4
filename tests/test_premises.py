"""A premise counts as false only where one sentence says the rest of the question and parts from it in one point."""

from __future__ import annotations

import pytest

from rag.sufficiency import PremiseKind, find_false_premise
from tests.fakes.passages import passages


@pytest.mark.parametrize(
    ("question", "source", "kind", "premise"),
    [
        ("Why did Acme reject Bolt?", "Acme accepted Bolt in 2019.", "opposite", "Acme did reject Bolt"),
        ("Why did profits at Acme rise?", "Profits at Acme fell by 3 percent.", "opposite", "profits at Acme did rise"),
        (
            "Why did Acme hire 500 engineers in Berlin?",
            "Acme hired 300 engineers in Berlin.",
            "number",
            "500 engineers",
        ),
        ("What did Acme announce in 2018?", "Acme announced a new product in 2019.", "number", "2018"),
        (
            "Why did Acme approve the Berlin merger?",
            "Acme did not approve the Berlin merger.",
            "negation",
            "Acme did approve the Berlin merger",
        ),
        (
            "Why did Acme not approve the Berlin merger?",
            "Acme approved the Berlin merger on Monday.",
            "negation",
            "Acme did not approve the Berlin merger",
        ),
        ("In which year did Bob Smith establish Acme?", "Jane Doe established Acme in 1999.", "name", "Bob Smith"),
    ],
)
def test_what_a_source_says_otherwise_is_found_with_its_sentence(
    question: str, source: str, kind: str, premise: str
) -> None:
    shown = passages("The weather in Berlin is mild.", f"Here is the news. {source} That is all.")
    found = find_false_premise(question, shown)
    assert found is not None
    assert (found.kind, found.text) == (PremiseKind(kind), premise)
    assert shown[found.passage].text[found.start : found.end] == source


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("Why did Bolt buy Acme?", "Acme sold Bolt to Ceta in 2019."),  # other roles
        ("Why did Ceta buy Bolt?", "Acme sold Bolt to Ceta in 2019."),  # the same from the other side
        ("Why did Acme buy Bolt?", "Bolt was sold to Ceta by Acme."),  # a passive
        ("Why did Acme buy Bolt?", "Acme sold Bolt in 2019. Acme had bought Bolt in 2001."),  # borne out elsewhere
        ("Why did Acme buy Bolt?", "Acme never sold Bolt."),
        ("When did Ann Lee join Acme?", "Ann Lee left Acme in 2010."),  # one follows the other
        ("What time does the store open on Sunday?", "The store closes on Sunday at 5 pm."),
        ("Why did Acme close the Graz office?", "Acme opened the Graz office in 2001."),
        ("How many people did Acme hire in 2020?", "Acme dismissed 20 people in 2020."),
        ("Why did revenue of Acme fall in Q2 2025?", "Revenue of Acme rose in Q1 2025."),  # another time
        ("Did Acme buy Bolt?", "Acme sold Bolt to Ceta in 2019."),  # asks, and takes nothing for granted
        ("Why did Acme sell Bolt?", "Acme sold Bolt to Ceta in 2019."),
        ("Why did Acme hire 500 engineers in Berlin?", "Acme hired 300 clerks in Berlin."),  # another thing counted
        ("Why did Acme hire more than 200 engineers in Berlin?", "Acme hired 300 engineers in Berlin."),
        ("How does Claude Opus 5 play?", "Claude Opus 4 plays Pokémon."),  # the number is part of a name
        ("Why did Acme approve the Berlin merger?", "Acme did not approve the Paris merger."),
        ("Why did Acme approve the Berlin merger?", "Did Acme not approve the Berlin merger?"),
        ("In which year did Jane Doe establish Acme?", "J. Doe established Acme in 1999."),  # a known part of the name
        ("In which year did Bob Smith establish Acme?", "Acme was established in 1999."),  # nobody instead
        ("When did Bob Smith join Acme?", "Jane Doe established Acme in 1999."),  # something else
        ("Warum kaufte Acme Bolt?", "Acme sold Bolt to Ceta in 2019."),
        ("", "Acme sold Bolt to Ceta in 2019."),
    ],
)
def test_what_is_not_surely_otherwise_is_left_alone(question: str, source: str) -> None:
    assert find_false_premise(question, passages(source)) is None


def test_without_passages_there_is_nothing_otherwise() -> None:
    assert find_false_premise("Why did Acme buy Bolt?", ()) is None
