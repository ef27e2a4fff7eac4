"""Metrics of claims against hand-computed cases. Each scorer's planted fault, which one of these tests catches:

================================  =====================================================================================
scorer                            fault
================================  =====================================================================================
`faithfulness`                    a partial claim counts as supported; what is not checked leaves the denominator; an
                                  answer that claims nothing scores 1; a refusal is faithful
`unique_claims`                   a repeated claim counts each time; the best verdict of a repeated claim wins
`citation_recall`                 a claim without citation is left out; one passage must carry the claim alone
`citation_precision`              every citation of a supported claim counts; a needed half counts as irrelevant
`uncited_share`                   counts the cited ones
`share_that_follows`              what cannot be compared leaves the denominator
`context_precision`               plain precision, whatever the rank
`exact_share`                     none quoted counts as exact
`character_iou`                   overlapping citations count twice
`Entailment.follows`              the question is evidence by itself, so that repeating it is right
`score_abstention`                an empty answer abstains; an unknown question counts as answerable
`score_false_premise`             repeating the premise is not looked for
`score_correctness`               a refusal is not scored
`withdraw_citation_scores`        an answer that cites nothing is withdrawn alone
================================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.evaluation import Gold, Score
from rag.evaluation.claims import (
    CITATIONS_JUDGED,
    CitedClaim,
    checked_share,
    citation_precision,
    citation_recall,
    context_precision,
    exact_share,
    faithfulness,
    harmonic_mean,
    share_that_follows,
    uncited_share,
    unique_claims,
)
from rag.evaluation.entailment import Entailment, claims_in
from rag.evaluation.metrics import character_iou
from rag.types import Claim, Verdict
from tests.fakes.verifier import WordVerifier

S, P, U, X, N = (
    Verdict.SUPPORTED,
    Verdict.PARTIAL,
    Verdict.UNSUPPORTED,
    Verdict.NOT_CHECKED,
    Verdict.NOT_A_CLAIM,
)


def claims(*verdicts: Verdict) -> list[CitedClaim]:
    return [CitedClaim(f"claim {number}", verdict) for number, verdict in enumerate(verdicts)]


def sentence(text: str, verdict: Verdict = S) -> Claim:
    return Claim(text, 0, len(text), verdict, None)


def cited(text: str, *texts: str) -> CitedClaim:
    return CitedClaim(text, S, texts)


@pytest.mark.parametrize(
    ("verdicts", "value"),
    [
        ((S, S), 1.0),
        ((S, P), 0.5),
        ((S, U, U, Verdict.UNCITED), 0.25),
        ((S, X), 0.5),
        ((U, X), 0.0),
        ((X, X), None),
        ((), None),
    ],
)
def test_faithfulness_is_the_share_of_claims_supported(verdicts: tuple[Verdict, ...], value: float | None) -> None:
    assert faithfulness(claims(*verdicts)).value == value


def test_what_has_no_score_says_why() -> None:
    entailment = Entailment(WordVerifier())
    empty = (
        faithfulness([]),
        checked_share([]),
        uncited_share([]),
        citation_recall([], entailment.holds_together),
        citation_precision([], entailment.holds_together),
        citation_precision([cited("a")], entailment.holds_together),
        share_that_follows([], bool, "nothing there"),
        share_that_follows(["луна"], lambda claim: None, "nothing there"),
        context_precision([]),
        exact_share([]),
    )
    assert all(score.value is None and score.reason for score in empty)


def test_a_claim_counts_once_however_often_it_is_said_and_by_its_worst_verdict() -> None:
    said = [
        sentence("The sea is blue."),
        sentence("the sea  is BLUE!", U),
        sentence("It rains.", U),
        sentence("Hi!", N),
    ]
    found = unique_claims(said, [("a",), ("b", "a"), (), ()])
    assert found == [CitedClaim("The sea is blue.", U, ("a", "b")), CitedClaim("It rains.", U, ())]
    assert unique_claims(said[1::-1], [(), ()])[0].verdict is U
    for milder in (S, P, X):
        twice = [sentence("It rains.", milder), sentence("It rains.", U)]
        assert unique_claims(twice, [(), ()])[0].verdict is unique_claims(twice[::-1], [(), ()])[0].verdict is U
    fifty = [sentence("The sea is blue.")] * 50 + [sentence("It rains.", U)]
    assert faithfulness(unique_claims(fifty, [()] * 51)).value == 0.5


def test_shares_of_checked_and_uncited_claims() -> None:
    assert checked_share(claims(S, X, U, U)).value == 0.75
    assert uncited_share([cited("a"), cited("b", "x"), cited("c", "x")]).value == pytest.approx(1 / 3)


RED, BLUE, BOTH = "the door red", "the window blue", "the door red and the window blue"


def test_citation_recall_asks_whether_all_that_a_claim_cites_supports_it_together() -> None:
    holds = Entailment(WordVerifier()).holds_together
    assert citation_recall([cited("door red", RED)], holds).value == 1
    assert citation_recall([cited("door red", BLUE)], holds).value == 0
    assert citation_recall([cited("door red window blue", RED, BLUE)], holds).value == 1
    assert citation_recall([cited("door red window blue", RED)], holds).value == 0
    assert citation_recall([cited("door red", RED), cited("window blue")], holds).value == 0.5
    assert citation_recall([cited("луна", RED)], holds).value is None


def test_citation_precision_counts_citations_that_are_irrelevant() -> None:
    holds = Entailment(WordVerifier()).holds_together
    # Blue alone does not support it, and red still does without it.
    assert citation_precision([cited("door red", RED, BLUE)], holds).value == 0.5
    # Neither does alone, and neither may be left out.
    assert citation_precision([cited("door red window blue", RED, BLUE)], holds).value == 1
    # Each does alone.
    assert citation_precision([cited("door red", RED, BOTH)], holds).value == 1
    # Nothing counts for a claim that is not supported, nor what is not there.
    assert citation_precision([cited("door green", RED), cited("door red", RED, "")], holds).value == pytest.approx(
        1 / 3
    )


def test_many_citations_of_one_claim_cost_no_more_than_a_few_and_count_as_irrelevant() -> None:
    asked: list[int] = []

    def holds(claim: str, evidence: Sequence[str]) -> bool:
        asked.append(len(evidence))
        return len(evidence) == CITATIONS_JUDGED

    # Only all of those judged together support it, so each of them counts, and none beyond.
    spam = [cited("door red", *(f"passage {number}" for number in range(200)))]
    assert citation_precision(spam, holds).value == CITATIONS_JUDGED / 200
    assert max(asked) == CITATIONS_JUDGED
    assert len(asked) <= 3 * CITATIONS_JUDGED + 1


def test_citations_to_everything_lower_precision_and_raise_nothing() -> None:
    holds = Entailment(WordVerifier()).holds_together
    passages = [RED, *(f"passage {number} about nothing" for number in range(49))]
    honest, spam = [cited("door red", RED)], [cited("door red", *passages)]
    assert citation_precision(honest, holds).value == 1
    assert citation_precision(spam, holds).value == pytest.approx(1 / 50)
    assert citation_recall(spam, holds).value == citation_recall(honest, holds).value


def test_the_harmonic_mean_is_zero_where_nothing_is_cited_and_none_where_nothing_is_known() -> None:
    assert harmonic_mean(Score(0.5), Score(0.5)).value == 0.5
    assert harmonic_mean(Score(0.0), Score(0.0)).value == 0
    assert harmonic_mean(Score(None, "it cites nothing"), Score(0.0)).value == 0
    assert harmonic_mean(Score(None, "why"), Score(1.0)).value is None
    assert harmonic_mean(Score(1.0), Score(None, "why")).value is None


def test_what_cannot_be_compared_counts_as_long_as_anything_could_be() -> None:
    found = {"a": True, "b": None, "c": False, "d": True}
    assert share_that_follows(list(found), found.get, "").value == 0.5


def test_context_precision_looks_at_the_rank() -> None:
    assert context_precision([True, False, False]).value == 1
    assert context_precision([False, False, True]).value == pytest.approx(1 / 3)
    # (1/2 + 2/4) / 2
    assert context_precision([False, True, False, True]).value == pytest.approx(0.5)
    assert context_precision([False, False]).value == 0


def test_character_iou_equals_the_hand_computed_one() -> None:
    gold = [Gold("a", 10, 30)]
    assert character_iou([Gold("a", 10, 30)], gold, any_of=False) == 1
    assert character_iou([Gold("a", 20, 40)], gold, any_of=False) == pytest.approx(1 / 3)
    assert character_iou([Gold("a", 20, 40), Gold("a", 25, 40)], gold, any_of=False) == pytest.approx(1 / 3)
    assert character_iou([Gold("folder/a", 10, 30)], gold, any_of=False) == 1
    assert character_iou([Gold("b", 10, 30)], gold, any_of=False) == 0
    assert character_iou([], gold, any_of=False) == 0
    two = [*gold, Gold("b", 0, 20)]
    assert character_iou([Gold("b", 0, 20)], two, any_of=False) == 0.5
    assert character_iou([Gold("b", 0, 20)], two, any_of=True) == 1


def test_a_fragment_is_read_as_the_answer_to_its_question() -> None:
    entailment = Entailment(WordVerifier(), "How many moons has Saturn?")
    assert entailment.follows("Saturn has 274 moons", "274.") is True
    assert entailment.follows("Saturn has 275 moons", "274.") is False


def test_what_only_the_question_says_does_not_follow_from_a_text() -> None:
    entailment = Entailment(WordVerifier(), "Why did Saturn explode?")
    assert entailment.follows("Saturn did explode", "It never happened.") is False
    assert entailment.follows("Saturn did explode", "Saturn did explode.") is True


def test_evidence_is_asked_about_once_and_no_evidence_supports_nothing() -> None:
    verifier = WordVerifier()
    entailment = Entailment(verifier)
    for _ in range(3):
        entailment.holds("a red door", ["a red door", " "])
    assert len(verifier.asked) == 1
    assert verifier.asked[0][1] == ("a red door",)
    assert entailment.holds("door", ["", "  "]) is False
    assert entailment.holds("луна", ["door"]) is None


def test_the_claims_of_a_text_are_its_sentences_that_claim_something_each_once() -> None:
    assert claims_in("Sure! It is red. It is RED. How so? It is blue.") == ("It is red.", "It is blue.")
