"""Claims that say more than their source in the same words, each beside a twin that does not."""

from __future__ import annotations

import pytest

from rag.terms import contradicted, overstated
from rag.types import Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.timing import cpu_time_limit

TURNED_ROUND = [
    ("Nearly 300 people came.", "Exactly 300 people came.", "About 300 people came."),
    ("More than 40 ships were lost.", "Fewer than 40 ships were lost.", "Over 40 ships were lost."),
    ("Up to 1,200 seats are free.", "At least 1,200 seats are free.", "At most 1,200 seats are free."),
    ("Only members may vote.", "Anyone may vote.", "Members may vote."),
    ("Most patients improved.", "Every patient improved.", "Most of the patients improved."),
    ("All rooms have a window.", "Most rooms have a window.", "Every room has a window."),
    ("Ann is older than Bob.", "Bob is older than Ann.", "Bob is younger than Ann."),
    ("Ann is older than Bob.", "Ann is younger than Bob.", "Ann is older than Bob, they say."),
    ("Most delegates voted against it.", "Most delegates voted for it.", "Most delegates voted against the motion."),
    ("Turnover grew from 20 million to 24 million.", "Turnover more than doubled.", "Turnover grew by 4 million."),
    ("Turnover grew from 20 million to 41 million.", "Turnover tripled.", "Turnover more than doubled."),
    ("Sales (in thousands): 2022 812; 2023 905.", "Sales in 2023 were 905.", "Sales in 2023 were 905 thousand."),
    ("1 in 20 parts is faulty.", "20 parts are faulty.", "5 % of the parts are faulty."),
    ("Bonn is wider than Jena.", "Jena is wider than Bonn.", "Jena is narrower than Bonn."),
]  # fmt: skip
OVERSTATED = [
    ("Members have a vote.", "Only members have a vote.", "Members have a vote of their own."),
    ("Members alone have a vote.", "Members have a vote.", "Only members have a vote."),
]
WHOLE = [
    ("The museum is open every day but Monday.", "The museum is open every day."),
    ("The museum is open every day but Monday.", "The museum is open on Monday."),
    ("Myth: the herb cures fever. Trials found no effect.", "The herb cures fever."),
    ("Critics falsely claimed that the bridge was unsafe.", "The bridge was unsafe."),
    ("The bill was proposed in May but rejected in June.", "The bill was passed in June."),
]


@pytest.mark.parametrize(("source", "lie", "twin"), TURNED_ROUND)
def test_an_extent_a_bound_or_a_comparison_turned_round_is_told(source: str, lie: str, twin: str) -> None:
    assert contradicted(lie, source)
    assert not contradicted(twin, source)
    assert BuiltInVerifier().verify(lie, [source]).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(("source", "lie", "twin"), OVERSTATED[:1])
def test_an_only_of_its_own_is_told(source: str, lie: str, twin: str) -> None:
    assert overstated(lie, source)
    assert not overstated(twin, source)
    assert BuiltInVerifier().verify(lie, [source]).verdict is not Verdict.SUPPORTED


def test_what_is_alone_is_the_only_one() -> None:
    source, plain, only = OVERSTATED[1]
    assert not overstated(plain, source)
    assert not overstated(only, source)


@pytest.mark.parametrize(("source", "lie"), WHOLE)
def test_what_the_source_excepts_or_takes_back_does_not_support(source: str, lie: str) -> None:
    assert BuiltInVerifier().verify(lie, [source]).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize("repeated", ["bigger ", "bigger than a ", "more ", "a"])
def test_comparing_again_and_again_takes_no_time_that_grows_with_its_square(repeated: str) -> None:
    text = repeated * (20_000 // len(repeated))
    with cpu_time_limit(2.0):
        assert not contradicted(text, text)


def test_two_comparisons_of_one_thing_may_be_told_in_either_order() -> None:
    assert not contradicted("Ann is older than Bob and older than Eve.", "Ann is older than Eve and older than Bob.")
