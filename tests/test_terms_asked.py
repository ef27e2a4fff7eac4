"""What a question asks for: the kind of thing it expects, and the words that only ask."""

from __future__ import annotations

import pytest

from rag.terms import analyse_question, bag, carried, offers, stem, weigh_terms


@pytest.mark.parametrize(
    ("question", "kind", "yes", "no"),
    [
        ("How many tokens fit?", "amount", "It takes 200,000 tokens.", "It takes many tokens."),
        ("When was it released?", "time", "It came out in May 2025.", "It came out to applause."),
        ("Who leads research?", "person", "Research is led by Dianne Penn.", "research is led by a woman."),
        ("Where is the river?", "place", "It flows through Vienna.", "It flows slowly."),
        ("Why was it stopped?", "reason", "It stopped because of rain.", "It stopped."),
    ],
)
def test_a_question_expects_a_kind_of_thing(question: str, kind: str, yes: str, no: str) -> None:
    asked = analyse_question(question)
    assert asked.kind == kind
    assert offers(asked, yes)
    assert not offers(asked, no)


def test_what_the_question_says_itself_is_not_what_it_expects() -> None:
    assert not offers(analyse_question("How many hours did Opus 4 play?"), "Opus 4 played for hours.")


def test_rare_terms_weigh_more_and_weights_sum_to_one() -> None:
    asked = analyse_question("Which river flows through Vienna?")
    bags = [bag(text) for text in ("A river flows.", "The river is wide.", "Vienna lies here.", "A river.")]
    weights = weigh_terms(asked.terms, bags)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights[stem("vienna")] > weights[stem("river")]
    assert carried(weights, bags) == pytest.approx(1.0)
    assert carried(weights, []) == 0.0
    assert weigh_terms((), bags) == {}


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What does the lease say about the rent?", ["lease", "rent"]),
        ("Tell me about the rent", ["rent"]),
        ("Does the report mention overtime?", ["report", "overtime"]),
        ("According to the handbook, who buys milk?", ["handbook", "buys", "milk"]),
        ("Describe the deposit", ["deposit"]),
        ("How does Acme compare with Bolt?", ["Acme", "Bolt"]),
        ("Which vet sees Thumper?", ["vet", "Thumper"]),
        ("What was discussed?", ["discussed"]),
    ],
)
def test_words_of_asking_are_no_demand_on_the_documents_unless_there_is_nothing_else(
    question: str, told: list[str]
) -> None:
    assert [question[term.start : term.end] for term in analyse_question(question).terms] == told


@pytest.mark.parametrize(
    "moment",
    ["Wages are paid on the 26th of each month.", "Bins go out on Mondays.", "We open at 8:30.", "It is paid monthly.",
     "Claims are settled within 14 days."],
)  # fmt: skip
def test_when_something_is_done_is_told_without_a_date_but_not_when_it_once_happened(moment: str) -> None:
    assert offers(analyse_question("When is it due?"), moment)
    assert not offers(analyse_question("When did it begin?"), moment)
    assert not offers(analyse_question("When is it due?"), "It is due at the hourly rate.")


def test_who_does_something_may_be_told_by_office() -> None:
    asked = analyse_question("Who approves purchases?")
    assert offers(asked, "Purchases are approved by the office manager.")
    assert not offers(asked, "Purchases are approved by the end of the week.")
    assert not offers(asked, "Purchases are approved by email.")


def test_the_unit_asked_for_may_stand_in_the_name_of_a_column() -> None:
    asked = analyse_question("How much does scaling cost?")
    assert offers(asked, "Treatment: Scaling; Price (£): 210; Minutes: 60")
    assert not offers(asked, "Treatment: Scaling; Room: 4; Minutes: 60")
    assert not offers(asked, "Scaling (£) is done in room 60.")
