"""Judged answer -> scores. A score is a number, or None with the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.errors import UsageError
from rag.evaluation.claims import (
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
from rag.evaluation.details import AnswerDetail, Score
from rag.evaluation.entailment import Entailment, claims_in
from rag.evaluation.formats import FALSE_PREMISE
from rag.evaluation.judging import Judged
from rag.evaluation.metrics import character_iou, covered, ndcg, precision, recall_at_k, reciprocal_rank
from rag.evaluation.samples import Gold, Sample
from rag.protocols import Verifier

METRICS_VERSION = 3
"""Grows with every change of a definition; scores of two versions are never compared."""

RANKS = (1, 5)

RETRIEVAL_METRICS = (*(f"recall@{k}" for k in RANKS), "mrr", "ndcg@10")
REFERENCE_CLAIMS_MOST = 100
"""Claims of a reference that are looked for; a longer one is no reference answer, and the work stays bounded."""

CONTEXT_METRICS = ("context_recall", "context_precision")
CLAIM_METRICS = ("faithfulness", "checked", "uncited")
CITATION_METRICS = ("citation_recall", "citation_precision", "citation_f1")
PLACE_METRICS = ("gold_citation_recall", "gold_citation_precision", "citation_iou")
CORRECTNESS_METRICS = ("correctness_recall", "correctness_precision", "correctness_f1")
METRICS = (
    *RETRIEVAL_METRICS,
    *CONTEXT_METRICS,
    *CLAIM_METRICS,
    *CITATION_METRICS,
    "span_exactness",
    *PLACE_METRICS,
    *CORRECTNESS_METRICS,
    "abstention_precision",
    "abstention_recall",
    "answer_rate",
    "false_premise",
)
"""Every metric of quality, in the order of the report."""

COSTS = ("llm_calls", "input_tokens", "output_tokens", "cost_usd")
TIMINGS = ("latency_ms", "scoring_ms")

ABSTAINED = "it abstained"
EMPTY = "the answer is empty"


def score_answer(judged: Judged, verifier: Verifier) -> dict[str, Score]:
    """Return every metric's score of an answer."""
    sample = judged.record.sample
    entailment = Entailment(verifier, sample.question)
    claims = unique_claims(judged.sentences, judged.cited)
    scores = score_ranking(sample, judged.record.ranking)
    scores |= score_contexts(judged, entailment)
    scores |= score_claims(judged, claims, entailment)
    scores |= score_places(judged)
    scores |= score_correctness(judged, claims, entailment)
    scores |= score_abstention(judged)
    scores["false_premise"] = score_false_premise(judged, claims, scores["correctness_recall"], entailment)
    return {name: scores[name] for name in METRICS}


def score_ranking(sample: Sample, ranking: Sequence[Gold]) -> dict[str, Score]:
    """Score the places retrieved against the gold ones."""
    if not sample.gold:
        return dict.fromkeys(RETRIEVAL_METRICS, Score(None, "no gold places"))
    values = [recall_at_k(ranking, sample.gold, k, any_of=sample.any_of) for k in RANKS]
    values += [reciprocal_rank(ranking, sample.gold), ndcg(ranking, sample.gold, 10, any_of=sample.any_of)]
    return {name: Score(value) for name, value in zip(RETRIEVAL_METRICS, values, strict=True)}


def score_contexts(judged: Judged, entailment: Entailment) -> dict[str, Score]:
    """Score the passages against the reference: are its claims there, and do they stand in front?"""
    why = why_no_reference(judged.record.sample)
    texts = [context.text for context in judged.record.contexts]
    if why or not texts:
        return dict.fromkeys(CONTEXT_METRICS, Score(None, why or "no passages"))
    claims = claims_in(judged.record.sample.reference)[:REFERENCE_CLAIMS_MOST]
    recall = share_that_follows(claims, lambda claim: entailment.holds(claim, texts), "the reference claims nothing")
    if recall.value is None:
        return dict.fromkeys(CONTEXT_METRICS, recall)
    relevant = [any(entailment.holds(claim, [text]) for claim in claims) for text in texts]
    return {"context_recall": recall, "context_precision": context_precision(relevant)}


def score_claims(judged: Judged, claims: Sequence[CitedClaim], entailment: Entailment) -> dict[str, Score]:
    """Score what an answer claims by its passages, and by what it cites. A refusal is neither faithful nor not."""
    names = (*CLAIM_METRICS, *CITATION_METRICS, "span_exactness")
    if judged.abstained or not judged.text.strip():
        return dict.fromkeys(names, Score(None, ABSTAINED if judged.abstained else EMPTY))
    recall = citation_recall(claims, entailment.holds_together)
    precise = citation_precision(claims, entailment.holds_together)
    return {
        "faithfulness": faithfulness(claims),
        "checked": checked_share(claims),
        "uncited": uncited_share(claims),
        "citation_recall": recall,
        "citation_precision": precise,
        "citation_f1": harmonic_mean(precise, recall),
        "span_exactness": exact_share(judged.exact),
    }


def score_places(judged: Judged) -> dict[str, Score]:
    """Score the places cited against the gold ones: strict, since the same thing may stand elsewhere too."""
    sample, cited = judged.record.sample, judged.places
    if not sample.gold or cited is None:
        return dict.fromkeys(
            PLACE_METRICS, Score(None, "where it cites is not known" if sample.gold else "no gold places")
        )
    if judged.abstained:
        return dict.fromkeys(PLACE_METRICS, Score(None, ABSTAINED))
    return {
        "gold_citation_recall": Score(covered(cited, sample.gold, any_of=sample.any_of)),
        "gold_citation_precision": Score(precision(cited, sample.gold)) if cited else Score(None, "it cites nothing"),
        "citation_iou": Score(character_iou(cited, sample.gold, any_of=sample.any_of)),
    }


def score_correctness(judged: Judged, claims: Sequence[CitedClaim], entailment: Entailment) -> dict[str, Score]:
    """Score the answer against the reference, claim by claim in both directions (Ru et al. 2024, RAGChecker).

    A refusal of what can be answered states nothing of the reference: its recall and F1 are 0.
    """
    sample = judged.record.sample
    if why := why_no_reference(sample):
        return dict.fromkeys(CORRECTNESS_METRICS, Score(None, why))
    if judged.abstained or not claims:
        why = ABSTAINED if judged.abstained else "it claims nothing"
        return dict(zip(CORRECTNESS_METRICS, (Score(0.0, why), Score(None, why), Score(0.0, why)), strict=True))
    nothing = "the reference claims nothing"
    said = [claim.text for claim in claims]
    right = share_that_follows(said, lambda claim: entailment.follows(claim, sample.reference), "it claims nothing")
    wanted = claims_in(sample.reference)[:REFERENCE_CLAIMS_MOST]
    recall = share_that_follows(wanted, lambda claim: entailment.follows(claim, judged.text), nothing)
    return dict(zip(CORRECTNESS_METRICS, (recall, right, harmonic_mean(right, recall)), strict=True))


def score_abstention(judged: Judged) -> dict[str, Score]:
    """Score whether it abstained where it should, and only there. An empty answer neither answers nor abstains."""
    answerable, abstained = judged.record.sample.answerable, judged.abstained
    if answerable is None:
        unknown = Score(None, "whether the documents hold the answer is not known")
        return dict.fromkeys(("abstention_precision", "abstention_recall", "answer_rate"), unknown)
    answered = not abstained and bool(judged.text.strip())
    return {
        "abstention_precision": Score(float(not answerable)) if abstained else Score(None, "it did not abstain"),
        "abstention_recall": (Score(None, "the documents hold the answer") if answerable else Score(float(abstained))),
        "answer_rate": (Score(float(answered)) if answerable else Score(None, "the documents do not hold the answer")),
    }


def score_false_premise(judged: Judged, claims: Sequence[CitedClaim], recall: Score, entailment: Entailment) -> Score:
    """Score how a question that takes something wrong for granted is met.

    0 where a claim repeats what only the question says, or where the answer refuses; else the share of the
    reference's claims, what the sources say instead, that the answer states.
    """
    if judged.record.sample.kind != FALSE_PREMISE:
        return Score(None, "no false premise")
    contexts = [context.text for context in judged.record.contexts]
    for claim in claims:
        if entailment.holds(claim.text, [judged.record.sample.question]) and not entailment.holds(claim.text, contexts):
            return Score(0.0, "it repeats the premise")
    return recall


def why_no_reference(sample: Sample) -> str:
    """Return why an answer cannot be compared with a reference; empty where it can."""
    if sample.answerable is False:
        return "the documents do not hold the answer"
    return "" if sample.reference.strip() else "no reference"


def withdraw_citation_scores(answers: Sequence[AnswerDetail]) -> list[AnswerDetail]:
    """Return answers without scores of citations if none of them cites anything: theirs is a system that does not cite.

    Where only some cite nothing, that counts against them.
    """
    if any((answer.scores["uncited"].value or 0) < 1 for answer in answers if scored_uncited(answer.scores)):
        return list(answers)
    reason = Score(None, "no answer of this run cites anything")
    gone = dict.fromkeys((*CITATION_METRICS, "uncited"), reason)
    return [
        replace(answer, scores={**answer.scores, **gone}) if scored_uncited(answer.scores) else answer
        for answer in answers
    ]


def scored_uncited(scores: Mapping[str, Score]) -> bool:
    """Return whether an answer was scored for what it leaves uncited."""
    return "uncited" in scores and scores["uncited"].value is not None


def require_metric(name: str) -> None:
    """Check the name of a metric.

    Raises:
        UsageError: There is none of this name.
    """
    known = (*METRICS, *COSTS, *TIMINGS)
    if name not in known:
        raise UsageError(f"There is no metric '{name}'.", remedy=f"Known: {', '.join(known)}.", field="fail_under")
