"""Which sentences are quoted beside the best one: those that answer too, and no others."""

from __future__ import annotations

from rag.drafting.candidates import Candidate, candidates_of
from rag.drafting.extractive import take_best
from rag.terms import analyse_question
from tests.fakes.passages import passage

FEES = passage("The fee of members is 80 euros. Guests pay 95 euros for a week. The board sets fees in spring.")
MEMBERS, GUESTS, BOARD = "The fee of members is 80 euros.", "Guests pay 95 euros for a week.", "The board sets fees."


def candidate(text: str, position: int, terms: float, *, fact: float = 0.0, kind: float = 0.0) -> Candidate:
    return Candidate(FEES, position, text, {"terms": terms, "fact": fact, "kind": kind})


def quoted(*ranked: Candidate) -> list[str]:
    return [taken.text for taken in take_best(ranked, {"terms": 1.0})]


def test_behind_a_sentence_with_the_kind_of_thing_asked_for_stands_none_without() -> None:
    half = candidate(MEMBERS, 0, 0.6, fact=1.0)
    assert quoted(half, candidate(GUESTS, 1, 0.5, fact=1.0), candidate(BOARD, 2, 0.6)) == [MEMBERS, GUESTS]
    assert quoted(candidate(BOARD, 2, 0.6, kind=1.0), candidate(MEMBERS, 0, 0.6)) == [BOARD]


def test_behind_a_sentence_that_answers_the_whole_stands_none_that_answers_half() -> None:
    whole = candidate(MEMBERS, 0, 1.0, fact=1.0)
    assert quoted(whole, candidate(GUESTS, 1, 0.5, fact=1.0)) == [MEMBERS]
    assert quoted(whole, candidate(GUESTS, 1, 1.0, fact=1.0)) == [MEMBERS, GUESTS]


def test_where_the_best_has_no_such_thing_further_ones_need_none() -> None:
    assert quoted(candidate(BOARD, 2, 1.0), candidate(MEMBERS, 0, 0.5)) == [BOARD, MEMBERS]


def test_the_title_and_the_headings_of_a_passage_are_no_answer() -> None:
    said = "Revenue was 80 euros on 9 July 2025."
    text = f"Minutes of 14 January 2025\n\nMembers and guests in 2025\n\n{said}"
    shown = passage(text, title="Minutes of 14 January 2025", heading=("Members and guests in 2025",))
    question = analyse_question("When was the revenue told in the minutes of 2025?")
    assert [candidate.text for candidate in candidates_of(question, [shown])] == [said]
