"""What a source asks, plans, supposes, denies or lets others claim does not bear out who states it."""

from __future__ import annotations

import pytest

from rag.terms import left_open
from rag.types import Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.timing import cpu_time_limit

LEFT_OPEN = [
    ("Is the lift safe for bicycles?", "The lift is safe for bicycles.", "It is asked whether the lift is safe."),
    ("Who broke the vase? Was it the cat?", "The cat broke the vase.", "It is unclear whether the cat broke the vase."),
    ("If the seal leaks, the pump stops.", "The seal leaked.", "The pump stops when the seal leaks."),
    ("The pump stops if the seal leaks.", "The seal leaks.", "If the seal leaks, the pump stops."),
    ("The town plans to build a pier.", "The town built a pier.", "The town plans to build a pier by the lake."),
    ("The town is expected to sell the pier.", "The town sold the pier.", "The town may sell the pier."),
    ("Acme hopes to sell the drug.", "Acme will sell the drug.", "Acme may sell the drug."),
    ("The house rejected the bill to ban fireworks.", "The house banned fireworks.", "The house rejected the bill."),
    ("We expect costs of 3 million euros in 2026.", "Costs in 2026 were 3 million euros.", "We expect costs in 2026."),
    ("The target for 2024 is a share of 70 %.", "The share in 2024 was 70 %.", "The target is a share of 70 %."),
    ("The roof nearly collapsed in 1998.", "The roof collapsed in 1998.", "The roof almost collapsed in 1998."),
    ("Acme almost went bankrupt in 2019.", "Acme went bankrupt in 2019.", "Acme nearly went bankrupt in 2019."),
    ("The chair may resign in May.", "The chair resigned in May.", "The chair could resign in May."),
    ("The chair may resign in May.", "The chair will resign in May.", "The chair might resign in May."),
    ("Rivals claim that the dam leaks badly.", "The dam leaks badly.", "According to rivals, the dam leaks badly."),
]


@pytest.mark.parametrize(("source", "claim", "twin"), LEFT_OPEN)
def test_what_the_source_leaves_open_is_not_supported_when_stated(source: str, claim: str, twin: str) -> None:
    judgement = BuiltInVerifier().verify(claim, [source])
    assert judgement.verdict is not Verdict.SUPPORTED
    assert (judgement.problem or "").startswith("the source ")


@pytest.mark.parametrize(("source", "claim", "twin"), LEFT_OPEN)
def test_who_leaves_it_open_too_says_no_more_than_the_source(source: str, claim: str, twin: str) -> None:
    sentences = [part.strip() + "?" for part in source.rstrip("?").split("?")] if "?" in source else [source]
    assert left_open(claim, sentences, sentences)
    assert not left_open(twin, sentences, sentences)


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("The firm, which had planned to move to Bergen, moved to Oslo in 2019.", "The firm moved to Oslo in 2019."),
        ("Can the goods be returned? The goods can be returned within a month.", "The goods can be returned."),
        ("The house rejected the bill to raise the fee; the fee stays at 12 euros.", "The fee stays at 12 euros."),
        ("The town plans to build a pier. It built a pier in 1910 already.", "The town built a pier in 1910."),
        ("The drug may cause drowsiness.", "The drug can cause drowsiness."),
        ("Almost all members left in June.", "Members left in June."),
        ("If the seal leaks, the pump stops at once.", "The pump stops at once if the seal leaks."),
        ("The work took longer than expected and cost 30,000 euros.", "The work cost 30,000 euros."),
    ],
)
def test_what_the_source_states_as_well_stays_supported(source: str, claim: str) -> None:
    assert BuiltInVerifier().verify(claim, [source]).verdict is Verdict.SUPPORTED


def test_another_passage_that_states_it_settles_what_one_leaves_open() -> None:
    plan, deed = "The town plans to build a pier in 2020.", "In 2020 the town built a pier."
    assert BuiltInVerifier().verify("The town built a pier in 2020.", [plan, deed]).verdict is Verdict.SUPPORTED
    assert BuiltInVerifier().verify("The town built a pier in 2020.", [plan]).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    "repeated", ["if ", "may sell ", "plans to sell ", "expect 5 ", "the target of ", "? ", "if a, "]
)
def test_leaving_open_again_and_again_takes_no_time_that_grows_with_its_square(repeated: str) -> None:
    text = repeated * (20_000 // len(repeated))
    with cpu_time_limit(2.0):
        left_open("Acme sold 5.", [text, text[:1400]], [text])
