"""Abstention is decided on evidence: what is absent is named, and the knob moves the threshold one way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.sufficiency import judge_sufficiency, threshold_at
from tests.fakes.passages import passage, passages

OPUS = (
    "Claude Opus 4 has been built to execute complex tasks. It played Pokémon Red for more than 24 hours straight.",
    "Anthropic released Claude Opus 4 in May 2025. The model scores 72.5 % on a benchmark of software engineering.",
    "Rakuten deployed Claude Opus 4 to code autonomously for close to seven hours on an open-source project.",
)
SHOWN = passages(*OPUS)


@pytest.mark.parametrize(
    "question",
    [
        "How long did Claude Opus 4 play Pokémon Red?",
        "When was Claude Opus 4 released?",
        "What did Rakuten use Claude Opus 4 for?",
    ],
)
def test_a_question_the_passages_answer_is_answered(question: str) -> None:
    found = judge_sufficiency(question, SHOWN, similarity=0.65, risk=0.5)
    assert found.answerable
    assert 0.0 <= found.score <= 1.0
    assert found.reason


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What is the price of Claude Opus 4 on AWS?", ("AWS", "price")),
        ("How does Claude Opus 4 compare with Gemini Ultra?", ("Gemini", "Ultra")),
    ],
)
def test_what_topical_passages_do_not_speak_of_is_not_answered_but_named(
    question: str, missing: tuple[str, ...]
) -> None:
    found = judge_sufficiency(question, SHOWN, similarity=0.55, risk=0.5)
    assert not found.answerable
    assert found.missing == missing
    assert missing[0] in found.reason


def test_a_question_about_something_else_is_not_answered() -> None:
    found = judge_sufficiency("What is the capital of Peru?", SHOWN, similarity=0.05, risk=0.5)
    assert not found.answerable
    assert found.missing == ("Peru", "capital")
    assert found.reason == "The documents found do not mention 'Peru' or 'capital'."


def test_numbers_that_stand_nowhere_are_missing() -> None:
    found = judge_sufficiency("What happened to Claude Opus 4 in 1987?", SHOWN, similarity=0.5, risk=0.5)
    assert "1987" in found.missing


def test_titles_and_headings_count_as_mentioned() -> None:
    shown = [passage("It rises in the Black Forest.", title="The Danube", heading=("Sources",))]
    assert judge_sufficiency("Where does the Danube rise?", shown, similarity=0.6, risk=0.5).missing == ()


def test_without_passages_nothing_is_answered_whatever_the_risk() -> None:
    for risk in (0.0, 0.5, 1.0):
        found = judge_sufficiency("How long?", (), similarity=0.0, risk=risk)
        assert (found.answerable, found.score, found.missing) == (False, 0.0, ())
        assert found.reason == "Nothing was found in the documents."


def test_at_the_highest_risk_whatever_was_found_is_answered_from() -> None:
    assert judge_sufficiency("What is the capital of Peru?", SHOWN, similarity=0.0, risk=1.0).answerable


def test_at_the_lowest_risk_only_strong_evidence_is_answered_from() -> None:
    question = "How long did Claude Opus 4 play Pokémon Red?"
    assert not judge_sufficiency(question, SHOWN, similarity=0.35, risk=0.0).answerable


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_risk_never_asks_for_more_evidence(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert threshold_at(low) >= threshold_at(high)


VOCABULARY = "what is the Danube Peru 24 hours price of in ? 不 中文"
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=15).map(" ".join)


@settings(max_examples=80, deadline=None)
@given(question=WORDS, similarity=st.floats(-1, 1), closer=st.floats(0, 1), risk=st.floats(0, 1))
def test_any_question_gets_a_decision_and_nearness_never_hurts(
    question: str, similarity: float, closer: float, risk: float
) -> None:
    found = judge_sufficiency(question, SHOWN, similarity=similarity, risk=risk)
    nearer = judge_sufficiency(question, SHOWN, similarity=min(1.0, similarity + closer), risk=risk)
    assert 0.0 <= found.score <= nearer.score <= 1.0
    assert found.reason
    assert all(word in question for word in found.missing)


def test_an_exact_number_with_the_kind_of_thing_asked_for_is_enough() -> None:
    rows = passages("Name: Cedar; Job: bookkeeper; Room: A 2.14; Extension: 4473", "Saturn has 274 known moons.")
    for question, answerable in (
        ("Who sits in room A 2.14?", True),
        ("Who sits in room A 2.15?", False),
        ("Why is room A 2.14 so cold?", False),
        ("Who painted the wall of room A 2.14?", False),
    ):
        found = judge_sufficiency(question, rows, similarity=0.2, risk=0.5)
        assert found.answerable is answerable, question
    assert not judge_sufficiency("Who sits in room A 2.14?", rows, similarity=0.2, risk=0.2).answerable


PAID = passage(
    "The salary that Hanne Vik set is 29,150 pounds, paid on the 26th of each month.", title="Contract of Tomasz Lind"
)


@pytest.mark.parametrize(
    ("question", "answerable"),
    [
        ("When is Tomasz paid?", True),
        ("When is it paid?", True),
        ("Does the contract mention a salary?", True),
        ("Who was paid before Tomasz?", False),
        ("Where is Tomasz paid?", False),
        ("When is Tomasz promoted?", False),
        ("What about Ida's salary?", False),
    ],
)
def test_a_statement_with_every_word_of_a_question_and_what_it_asks_for_is_enough(
    question: str, answerable: bool
) -> None:
    assert judge_sufficiency(question, [PAID], similarity=0.1, risk=0.5).answerable is answerable


def test_one_word_said_is_not_enough_for_a_question_that_expects_no_kind_of_thing() -> None:
    assert not judge_sufficiency("What about the salary?", [PAID], similarity=0.1, risk=0.5).answerable


def test_every_word_said_is_not_enough_where_only_strong_evidence_is() -> None:
    assert not judge_sufficiency("When is Tomasz paid?", [PAID], similarity=0.1, risk=0.2).answerable
