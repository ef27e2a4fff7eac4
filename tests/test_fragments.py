"""Short answers: judged as what they say in answer to their question."""

from __future__ import annotations

import pytest

from rag.citations import Cited, cite
from rag.fragments import said_of_another, state_answer, told_by
from rag.types import DraftSentence, Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.passages import passage


def answered(question: str, text: str, source: str) -> Cited:
    return cite(DraftSentence(text), [passage(source)], BuiltInVerifier(), question=question)


WHETHER = [
    ("Is smoking allowed?", "Smoking is allowed in the building.", "Smoking is not allowed in the building."),
    ("Was the contract signed?", "The contract was signed in May.", "The contract was never signed."),
    ("Are dogs allowed?", "Dogs are allowed on the terrace.", "No dogs are allowed on the terrace."),
    ("Do interns get a laptop?", "Interns get a laptop on their first day.", "Interns do not get a laptop."),
    ("Are dogs allowed in the hall?", "Dogs are allowed in the hall.", "Dogs are not allowed in the hall."),
    ("Can interns work from home?", "Interns can work from home.", "Interns cannot work from home."),
    ("Is tea included in the price?", "Tea is included in the price.", "Tea is not included in the price."),
    ("Will the museum open in May?", "The museum will open in May.", "The museum will not open in May."),
    ("Is there a gym in the office?", "There is a gym in the office.", "There is no gym in the office."),
]


@pytest.mark.parametrize(("question", "affirms", "denies"), WHETHER)
@pytest.mark.parametrize("answer", ["Yes.", "yes", "Yes, it is."])
def test_yes_needs_a_source_that_affirms(question: str, affirms: str, denies: str, answer: str) -> None:
    assert answered(question, answer, affirms).judgement.verdict is Verdict.SUPPORTED
    wrong = answered(question, answer, denies)
    assert wrong.judgement.verdict is Verdict.UNSUPPORTED
    assert wrong.sources == ()


@pytest.mark.parametrize(("question", "affirms", "denies"), WHETHER)
@pytest.mark.parametrize("answer", ["No.", "no", "No, it is not."])
def test_no_needs_a_source_that_denies(question: str, affirms: str, denies: str, answer: str) -> None:
    assert answered(question, answer, denies).judgement.verdict is Verdict.SUPPORTED
    assert answered(question, answer, affirms).judgement.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("question", "answer", "source"),
    [
        ("How long is the notice period?", "24 hours.", "The notice period is 24 hours."),
        ("How long is the notice period?", "Yes, 24 hours.", "The notice period is 24 hours."),
        ("What colour is the logo?", "Green.", "The logo is green."),
        ("What is the price of the blue ticket?", "€12.", "The blue ticket costs €12."),
        ("How many days of leave do interns get?", "10 days.", "Employees get 25 days of leave. Interns get 10 days."),
        ("Who founded Acme?", "Ann Lee.", "Acme was founded by Ann Lee. Bob Ray founded Bolt."),
        ("When was Acme founded?", "1990.", "Acme makes kilns. It was founded in 1990."),
        ("In which city is the head office?", "Graz.", "The head office of Acme is in Graz."),
    ],
)
def test_a_right_short_answer_is_supported(question: str, answer: str, source: str) -> None:
    assert answered(question, answer, source).judgement.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("question", "answer", "source"),
    [
        ("How many days do interns get?", "25 days.", "Employees get 25 days. Interns get 10 days."),
        ("Who founded Acme?", "Bob Ray.", "Acme was founded by Ann Lee. Bob Ray founded Bolt."),
        ("How long is the notice period?", "48 hours.", "The notice period is 24 hours."),
        ("What is the notice period?", "<passage>", "The notice period is 24 hours."),
        ("When was Acme founded?", "1985.", "Bolt opened in 1985. Acme was founded in 1990."),
    ],
)
def test_an_answer_that_is_said_of_something_else_is_not_supported(question: str, answer: str, source: str) -> None:
    found = answered(question, answer, source)
    assert found.judgement.verdict in (Verdict.PARTIAL, Verdict.UNSUPPORTED)


def test_what_is_said_of_nothing_else_is_not_said_of_another() -> None:
    assert not said_of_another("24 hours", "How long is the notice period?", ["The period is 24 hours."])
    assert not said_of_another(
        "24 hours", "How long is the notice period?", ["The notice is in writing. It is 24 hours."]
    )
    assert said_of_another("24 hours", "How long is the notice period?", ["The notice is in writing."])


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How long is the notice period?", "the notice period"),
        ("Which city is the head office in?", "the head office in"),
        ("Who founded Acme?", "founded Acme"),
        ("When did Acme open the shop?", "did Acme open the shop"),
        ("How much does the Ember 80 cost?", "does the Ember 80 cost"),
        ("Is smoking allowed?", "smoking allowed"),
        ("And why?", ""),
        ("", ""),
    ],
)
def test_a_question_tells_what_is_left_without_asking(question: str, told: str) -> None:
    assert told_by(question) == told


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Smoking is forbidden everywhere in the building.", "Is smoking allowed?"),
        ("Yes.", "What is the notice period?"),
        ("Is it 24 hours?", "How long is the notice period?"),
        ("24 hours.", ""),
        ("", "How long is the notice period?"),
        ("24 hours.", "Why?"),
    ],
)
def test_what_is_no_short_answer_stands_for_itself(text: str, question: str) -> None:
    stated = state_answer(text, question)
    assert (stated.text, stated.offset) == (text, 0)


def test_the_place_of_a_short_answer_in_its_statement_is_known() -> None:
    stated = state_answer("Yes, 24 hours.", "How long is the notice period?")
    assert stated.offset is not None
    assert stated.text[stated.offset :].strip() == "24 hours."
    assert len(stated.text) - stated.offset == len("Yes, 24 hours.")


@pytest.mark.parametrize(
    ("question", "answer", "affirms", "denies"),
    [
        ("Does the fee include breakfast?", "No, lunch.", "The fee includes breakfast and lunch.", ""),
        ("Does the fee include breakfast?", "No, the fee includes lunch.", "The fee includes breakfast and lunch.", ""),
        (
            "Is Anna Berg the manager?", "No, Tom Reed.",
            "The managers are Anna Berg and Tom Reed.", "The manager is Tom Reed.",
        ),
        ("Is the fee 20 euros?", "No, 30 euros.", "The fee is 20 euros, 30 with lunch.", "The fee is 30 euros."),
        ("Is the office in Oslo?", "No, in Bergen.", "Its offices are in Oslo and Bergen.", "The office is in Bergen."),
        ("May guests park here?", "No, guests may not.", "Guests may park here.", "Guests may not park here."),
    ],
)  # fmt: skip
def test_a_no_that_goes_on_needs_a_source_that_does_not_affirm(
    question: str, answer: str, affirms: str, denies: str
) -> None:
    assert answered(question, answer, affirms).judgement.verdict is not Verdict.SUPPORTED
    assert not denies or answered(question, answer, denies).judgement.verdict is Verdict.SUPPORTED


ANSWERED_IN_SOURCE = [
    ("Are dogs admitted? No.", "Dogs are admitted.", "Dogs are not admitted."),
    ("Q: Are dogs admitted?\nA: No.", "Dogs are admitted.", "Dogs are not admitted."),
    ("**Are dogs admitted?**\n\nUnfortunately not.", "Dogs are admitted.", "Dogs are not admitted."),
    ("Can I return opened goods? No, opened goods stay with the buyer.", "Opened goods can be returned.", ""),
    ("Is smoking allowed on the terrace? Never.", "Smoking is allowed on the terrace.", ""),
    ("Is the office in Bonn open on Friday? It is closed then.", "The office in Bonn is open on Friday.", ""),
    ("Are dogs admitted? Yes.", "Dogs are not admitted.", "Dogs are admitted."),
    ("Are dogs admitted? Yes, but only on a lead.", "Dogs are not admitted.", "Dogs are admitted on a lead."),
    ("When does the pool close? At 21:00.", "The pool closes at 22:00.", "The pool closes at 21:00."),
    ("Are dogs admitted?\n\nOpening hours", "Dogs are admitted.", ""),
]


@pytest.mark.parametrize(("source", "wrong", "right"), ANSWERED_IN_SOURCE)
def test_a_question_of_the_source_says_what_its_answer_makes_of_it(source: str, wrong: str, right: str) -> None:
    verifier = BuiltInVerifier()
    assert verifier.verify(wrong, [source]).verdict is not Verdict.SUPPORTED
    if right:
        judgement = verifier.verify(right, [source])
        assert judgement.verdict is Verdict.SUPPORTED
        cited = "".join(source[item.start : item.end] for item in judgement.evidence)
        assert cited.startswith(source.split("?")[0])
        assert len(cited) > len(source.split("?")[0]) + 3
