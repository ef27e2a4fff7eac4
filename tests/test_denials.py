"""What a source says otherwise: a word denied and its opposite, all but one, most and all."""

from __future__ import annotations

import pytest

from rag.citations import cite
from rag.terms import is_excepted, say_by_opposite, stem
from rag.types import DraftSentence, Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.passages import passage


def verdict(claim: str, source: str, question: str = "") -> Verdict:
    return cite(DraftSentence(claim), [passage(source)], BuiltInVerifier(), question=question).judgement.verdict


@pytest.mark.parametrize(
    ("claim", "source", "question"),
    [
        ("The board did not approve the merger.", "The board rejected the merger.", ""),
        ("The board didn't approve the merger.", "The board rejected the merger.", ""),
        ("The door was not open at noon.", "The door was closed at noon.", ""),
        ("No.", "The old bridge is unsafe for lorries.", "Is the old bridge safe?"),
        ("No.", "The door was closed at noon.", "Was the door open at noon?"),
        ("Cats are not allowed.", "Pets are allowed except for cats.", ""),
        ("The attic is not heated.", "All rooms except the attic are heated.", ""),
        ("Almost all members voted for the plan.", "Almost all of the members voted for the plan.", ""),
        ("The committee did not agree on a budget.", "The committee, which met twice, did not agree on a budget.", ""),
        ("The permit was not granted.", "The permit, which was sought in May, was not granted.", ""),
    ],
)
def test_what_a_source_says_in_other_words_is_supported(claim: str, source: str, question: str) -> None:
    assert verdict(claim, source, question) is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "source", "question"),
    [
        ("The board did not reject the merger.", "The board rejected the merger.", ""),
        ("The board did not approve the merger.", "The board approved the merger.", ""),
        ("The board did not approve the merger.", "The board rejected the budget and approved the merger.", ""),
        ("Yes.", "The old bridge is unsafe for lorries.", "Is the old bridge safe?"),
        ("No.", "The old bridge is safe for lorries.", "Is the old bridge safe?"),
        ("No.", "The old bridge is unsafe. The new bridge is safe.", "Is the new bridge safe?"),
        ("Yes.", "The door was closed at noon.", "Was the door open at noon?"),
        ("Cats are allowed.", "Pets are allowed except for cats.", ""),
        ("Pets are not allowed.", "Pets are allowed except for cats.", ""),
        ("The attic is heated.", "All rooms except the attic are heated.", ""),
        ("Rooms are not heated.", "All rooms except the attic are heated.", ""),
        ("All members voted for the plan.", "Almost all members voted for the plan.", ""),
        ("All vaccines arrived in time.", "Nearly all of the vaccines arrived in time.", ""),
        ("All samples were clean.", "Not all samples were clean.", ""),
        ("The committee agreed on a budget.", "The committee, which met twice, did not agree on a budget.", ""),
        ("The permit was granted.", "The permit, which was sought in May, was not granted.", ""),
        ("Everyone may approve expenses.", "Only managers may approve expenses.", ""),
        ("Exactly 30 people attended the meeting.", "At least 30 people attended the meeting.", ""),
    ],
)
def test_what_a_source_denies_or_bounds_is_not_supported(claim: str, source: str, question: str) -> None:
    assert verdict(claim, source, question) in (Verdict.PARTIAL, Verdict.UNSUPPORTED)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The team did not win.", "The team won."),
        ("The team won.", "The team lost."),
        ("The team did not win and did not train.", "The team lost."),
        ("The team was not at the place where it won.", "The team lost."),
        ("It is not so that the team away", "The team lost."),
        ("", "The team lost."),
        ("The team did not win.", ""),
    ],
)
def test_only_a_word_denied_whose_opposite_stands_there_is_said_otherwise(claim: str, source: str) -> None:
    assert say_by_opposite(claim, [source]) == ""


def test_an_exception_is_of_what_it_names_and_denied_only_once() -> None:
    assert is_excepted("It is not so that cats allowed", "Pets are allowed except for cats.")
    assert not is_excepted("Cats are allowed.", "Pets are allowed except for cats.")
    assert not is_excepted("Cats are not fed.", "Pets are allowed except for cats.")
    assert not is_excepted("Cats are not allowed.", "Pets are not allowed except for cats.")


@pytest.mark.parametrize(
    "forms", [("agree", "agreed"), ("exceed", "exceeded"), ("guarantee", "guaranteed"), ("need", "needed")]
)
def test_a_verb_in_two_es_has_one_stem(forms: tuple[str, str]) -> None:
    assert stem(forms[0]) == stem(forms[1])
