"""Figures and what they are said of: a neighbour's figure in the same sentence or table is not one's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citations import Cited, cite
from rag.computations import Statement
from rag.computations.owners import find_misgiven
from rag.sentences import segment
from rag.types import DraftSentence, ProblemKind, Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.passages import passage

NAMES = ("Oslo", "Bergen", "Molde", "Narvik", "Tromsø")
FIGURES = st.integers(11, 999).filter(lambda figure: not 190 <= figure <= 210)

PAIRS = (
    ("The {a} office has {x} people and the {b} office {y}.", "The {} office has {} people."),
    ("{a} has {x} desks, {b} {y}.", "{} has {} desks."),
    ("The {a} office has {x} people, while the {b} office has {y} people.", "{1} people work in the {0} office."),
    ("{a} sold {x} kilns; {b} sold {y} kilns.", "In {}, {} kilns were sold."),
    ("{x} kilns were sold in {a} and {y} in {b}.", "{1} kilns were sold in {0}."),
    ("A ticket costs {x} euros in {a}, {y} euros in {b} and 5 euros elsewhere.", "A ticket in {} costs {} euros."),
    ("The offices are {a} ({x} people) and {b} ({y} people).", "{} has {} people."),
    ("{a} grew by {x} %, compared with {y} % in {b}.", "{} grew by {} %."),
    ("The {a} office, which opened in May, has {x} people and the {b} office {y}.", "The {} office has {} people."),
    ("Town: {a}; People: {x}\nTown: {b}; People: {y}", "There are {1} people in {0}."),
    ("Town | People\n{a} | {x}\n{b} | {y}", "There are {1} people in {0}."),
)
"""A source with two things and a figure each, and a sentence of one thing and one figure."""


def statements(text: str) -> list[Statement]:
    return [Statement(text[start:end], (), text[:start]) for start, end in segment(text)]


def cited(claim: str, source: str, question: str = "") -> Cited:
    return cite(DraftSentence(claim), [passage(source)], BuiltInVerifier(), question=question)


@pytest.mark.parametrize(("source", "claim"), PAIRS)
@given(st.permutations(NAMES), st.tuples(FIGURES, FIGURES).filter(lambda pair: pair[0] != pair[1]))
def test_a_figure_is_that_of_its_own_neighbour_and_of_no_other(
    source: str, claim: str, names: list[str], figures: tuple[int, int]
) -> None:
    (a, b), (x, y) = names[:2], figures
    said = statements(source.format(a=a, b=b, x=x, y=y))
    assert find_misgiven(claim.format(a, x), said) is None
    assert find_misgiven(claim.format(b, y), said) is None
    for name, figure in ((b, x), (a, y)):
        found = find_misgiven(claim.format(name, figure), said)
        if (name, source) == (a, PAIRS[8][0]):
            continue  # The name stands apart from any figure there, so that the second may be its too.
        assert found is not None
        assert found.value == figure


TWINS = (
    ("Plan {} costs {} euros a month.", "Plan {} costs {} euros a month."),
    ("The {} office has {} people.", "{1} people work in the {0} office."),
    ("Team {}: {} members.", "Team {} has {} members."),
    ("In {}, {} kilns were sold.", "{} sold {} kilns."),
)


@pytest.mark.parametrize(("source", "claim"), TWINS)
@given(st.permutations(NAMES), st.tuples(FIGURES, FIGURES).filter(lambda pair: pair[0] != pair[1]))
def test_a_figure_of_a_sentence_of_the_same_build_is_that_of_its_own_name(
    source: str, claim: str, names: list[str], figures: tuple[int, int]
) -> None:
    (a, b), (x, y) = names[:2], figures
    said = [*statements(source.format(a, x)), *statements(source.format(b, y))]
    assert find_misgiven(claim.format(a, x), said) is None
    assert find_misgiven(claim.format(b, y), said) is None
    assert find_misgiven(claim.format(a, y), said) is not None
    assert find_misgiven(claim.format(b, x), said) is not None


@given(st.permutations(NAMES), st.tuples(FIGURES, FIGURES).filter(lambda pair: pair[0] != pair[1]))
def test_two_figures_of_a_sentence_may_not_be_exchanged(names: list[str], figures: tuple[int, int]) -> None:
    (a, b), (x, y) = names[:2], figures
    said = statements(f"The {a} office has {x} people and the {b} office {y}.")
    assert find_misgiven(f"{b} has {y} people and {a} has {x}.", said) is None
    assert find_misgiven(f"{a} has {y} people and {b} has {x}.", said) is not None


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Acme has 40 staff.", "Acme, which was founded in 1990, has 40 staff and 12 interns."),
        ("In 2023 the airport handled 41 planes.", "The harbour handled 82 ships in 2023, the airport 41 planes."),
        ("Acme sold 12 kilns in June.", "Acme sold 40 kilns in May and 12 in June."),
        ("Bolt sold 12 kilns.", "Acme sold 40 kilns. Bolt did worse. It sold 12, against 30 in Acme's best year."),
        ("The plan costs $480 a month for two weeks.", "For a period of only two weeks, we offer the plan for $480."),
        ("Preheat the oven to 250 F.", "1 PREHEAT oven to 250 F."),
        ("Oslo and Bergen have 40 and 12 people, respectively.", "Oslo has 40 people and Bergen 12."),
        (
            "Adults, students and children pay 14, 9 and 5 euros.",
            "14 euros for adults, 9 for students, 5 for children.",
        ),
        ("Bergen has 40 people.", "Oslo has 40 people and Bergen 12. After the move Bergen has 40 people."),
        ("Bo has room 2.14.", "Name: Ada; Room: 2.14\nName: Bo; Room: 2.14"),
        ("The office has 40 people.", "The Oslo office has 40 people and the Bergen office 12."),
        ("The capital with 40 people is ahead of Bergen with 12.", "Oslo has 40 people and Bergen 12."),
        ("It rained.", "Oslo has 40 people and Bergen 12."),
        ("", "Oslo has 40 people and Bergen 12."),
    ],
)
def test_what_may_be_right_is_not_doubted(claim: str, source: str) -> None:
    assert find_misgiven(claim, statements(source)) is None


TICKETS = "Tickets cost 14 euros for adults, 9 euros for students and 5 euros for children."


@pytest.mark.parametrize(("who", "price"), [("adults", 14), ("students", 9), ("children", 5)])
@pytest.mark.parametrize("claim", ["A ticket for {} costs {} euros.", "{} pay {} euros for a ticket."])
def test_each_part_of_a_list_has_its_own_figure(claim: str, who: str, price: int) -> None:
    for other in (14, 9, 5):
        found = find_misgiven(claim.format(who, other), statements(TICKETS))
        assert (found is None) == (other == price)


SPRING = "Last spring it had 40 people, against 12 in the Oslo office."


@pytest.mark.parametrize(
    "said",
    [
        Statement(SPRING, ("The Bergen office",)),
        Statement(SPRING, (), "The Bergen office is new. "),
    ],
)
def test_what_a_sentence_stands_under_or_refers_to_may_own_its_figures(said: Statement) -> None:
    assert find_misgiven("The Bergen office has 40 people.", [said]) is None
    assert find_misgiven("The Bergen office has 40 people.", [Statement(SPRING)]) is not None


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "7 of the 18 trainees passed the first test.",
            "Of the 18 trainees, 11 passed the first test and 7 failed it.",
        ),
        ("Revenue was 290 million.", "Revenue was 310 million, against 290 million a year earlier."),
        ("We painted 30 boxes.", "We painted 20 boxes and sold 30."),
    ],
)
def test_a_figure_of_another_deed_or_time_is_doubted(claim: str, source: str) -> None:
    assert find_misgiven(claim, statements(source)) is not None


def test_a_date_is_shared_unless_another_thing_has_a_date_of_its_own() -> None:
    source = statements("Ada joined in 2019 and Bo in 2021.")
    assert find_misgiven("Bo joined in 2021.", source) is None
    assert find_misgiven("Bo joined in 2019.", source) is not None


OFFICES = "The Oslo office has 40 people and the Bergen office 12."


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The Bergen office has 40 people.", ""),
        ("The Oslo office has 12 people.", ""),
        ("40 people.", "How many people does the Bergen office have?"),
        ("Yes.", "Does the Bergen office have 40 people?"),
    ],
)
def test_a_neighbours_figure_is_doubted_whatever_the_answer_looks_like(claim: str, question: str) -> None:
    judgement = cited(claim, OFFICES, question).judgement
    assert judgement.verdict in (Verdict.PARTIAL, Verdict.UNSUPPORTED)
    assert judgement.score is not None
    assert judgement.score < 0.5
    assert judgement.problem


def test_the_doubted_figure_is_marked_where_it_stands() -> None:
    claim = "The Bergen office has 40 people."
    judgement = cited(claim, OFFICES).judgement
    assert judgement.verdict is Verdict.PARTIAL
    assert judgement.problem == "the source may say 40 of something else"
    assert judgement.problem_kind is ProblemKind.NUMBER
    assert [claim[start:end] for start, end in judgement.unsupported] == ["40"]


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The Bergen office has 12 people.", ""),
        ("The Oslo office has 40 people.", ""),
        ("12 people.", "How many people does the Bergen office have?"),
        ("40 people.", "How many people does the Oslo office have?"),
        ("Yes.", "Does the Oslo office have 40 people?"),
    ],
)
def test_ones_own_figure_stays_supported(claim: str, question: str) -> None:
    assert cited(claim, OFFICES, question).judgement.verdict is Verdict.SUPPORTED
