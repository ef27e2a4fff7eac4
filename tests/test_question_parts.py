"""A question is cut into parts only where each part asks something, and each part can be read alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.sufficiency import holds_what_is_expected
from rag.terms import question_parts
from tests.fakes.passages import passages
from tests.fakes.timing import cpu_time_limit


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When was Acme founded and who runs it?", ("When was Acme founded", "who runs it (Acme)?")),
        ("When was Acme founded? Who runs it?", ("When was Acme founded", "Who runs it (Acme)?")),
        ("When and where was Acme founded?", ("When was Acme founded?", "Where was Acme founded?")),
        ("Tell me what Acme sells and who buys it", ("Tell me what Acme sells", "who buys it (Acme)")),
        ("what is aws and what does it cost", ("what is aws", "what does it cost (aws)")),
        (
            "What did Acme sell, when was it founded, and who runs it?",
            ("What did Acme sell", "when was it founded (Acme)", "who runs it (Acme)?"),
        ),
        (
            "When did Claude Opus 4 appear and how long did it play?",
            ("When did Claude Opus 4 appear", "how long did it play (Claude Opus 4)?"),
        ),
    ],
)
def test_a_question_of_several_parts_is_cut(question: str, parts: tuple[str, ...]) -> None:
    assert question_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "How do Acme and Bolt differ?",
        "What did the woman who founded Acme and who sold it do?",
        "When Acme shut Bolt down, what did its staff say?",
        "What is evidence in court, where a person tells everything?",
        "Who discovered the atom and in what year?",
        "How do habits change, both in what people wave through and in how often they step in?",
        "Wann wurde Acme gegründet und wer leitet es?",
        "谁创立了公司，它在哪里？",
        "",
        "and?",
    ],
)
def test_a_question_of_one_part_is_left_whole(question: str) -> None:
    assert question_parts(question) == (question,)


@pytest.mark.parametrize("gap", [" ", "\n", " \t", " and", ", and ", ",", ";"])
def test_a_long_gap_in_a_question_takes_no_time_that_grows_with_its_cube(gap: str) -> None:
    with cpu_time_limit(2.0):
        question_parts("When was Acme" + gap * (3_900 // len(gap)) + "founded?")


def test_a_question_of_several_parts_is_cut_whatever_white_space_it_has() -> None:
    assert question_parts("When was\n Acme   founded \n and  who runs it?") == (
        "When was Acme founded",
        "who runs it (Acme)?",
    )


VOCABULARY = "who what and when is it the Acme founded , ? how many ; runs 4 or"
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=18)


@settings(max_examples=200, deadline=None)
@given(WORDS.map(" ".join))
def test_cutting_loses_no_name_and_never_gives_an_empty_part(question: str) -> None:
    parts = question_parts(question)
    assert 1 <= len(parts) <= 4
    assert question in parts or all(part.strip() for part in parts)
    assert ("Acme" in question) == any("Acme" in part for part in parts)


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("Who runs Acme?", False),
        ("When was Acme founded?", True),
        ("How many people does Acme employ?", False),
        ("Why was Acme founded?", True),
    ],
)
def test_a_part_needs_the_kind_of_thing_it_asks_for_said_of_what_it_asks_about(question: str, holds: bool) -> None:
    shown = passages("Acme was founded in 1999 in Berlin. Its warehouse holds 300 robots.")
    assert holds_what_is_expected(question, shown) is holds


def test_a_related_word_is_what_it_asks_about_too() -> None:
    assert holds_what_is_expected("Who runs Acme?", passages("The chief executive of Acme is Jane Doe."))
