"""Sample and answer -> scores. A score is a number, or None with the reason why there is none."""

from __future__ import annotations

from rag.errors import UsageError
from rag.evaluation.details import Score
from rag.evaluation.metrics import covered, ndcg, precision, recall_at_k, reciprocal_rank
from rag.evaluation.samples import Gold, Sample
from rag.protocols import Verifier
from rag.sentences import segment
from rag.types import Verdict
from rag.wire import WireAnswer

RANKS = (1, 5)

RETRIEVAL_METRICS = (*(f"recall@{k}" for k in RANKS), "mrr", "ndcg@10")
CITATION_METRICS = ("citation_precision", "citation_recall")
METRICS = (
    *RETRIEVAL_METRICS,
    *CITATION_METRICS,
    "correctness",
    "support_rate",
    "abstention_precision",
    "abstention_recall",
    "answer_rate",
    "latency_ms",
)
"""Every metric, in the order of the report."""

JUDGED = (Verdict.SUPPORTED, Verdict.PARTIAL, Verdict.UNSUPPORTED, Verdict.UNCITED)


def score_answer(sample: Sample, answer: WireAnswer, ranking: list[Gold], verifier: Verifier) -> dict[str, Score]:
    """Return every metric's score of an answer.

    Args:
        sample: The question and what is right about it.
        answer: What was answered.
        ranking: The places retrieved, best first.
        verifier: Compares the reference with the answer.
    """
    scores = score_retrieval(sample, ranking)
    scores |= score_citations(sample, answer)
    scores["correctness"] = score_correctness(sample, answer, verifier)
    scores["support_rate"] = score_support(answer)
    scores["abstention_precision"] = (
        Score(float(not sample.answerable)) if answer.abstained else Score(None, "it did not abstain")
    )
    scores["abstention_recall"] = Score(None, "the documents hold the answer")
    scores["answer_rate"] = Score(None, "the documents do not hold the answer")
    if sample.answerable:
        scores["answer_rate"] = Score(float(not answer.abstained))
    else:
        scores["abstention_recall"] = Score(float(answer.abstained))
    scores["latency_ms"] = Score(answer.timings_ms.get("total"))
    return scores


def score_retrieval(sample: Sample, ranking: list[Gold]) -> dict[str, Score]:
    """Score the places retrieved against the gold ones."""
    if not sample.gold:
        return dict.fromkeys(RETRIEVAL_METRICS, Score(None, "no gold places"))
    values = [recall_at_k(ranking, sample.gold, k, any_of=sample.any_of) for k in RANKS]
    values += [reciprocal_rank(ranking, sample.gold), ndcg(ranking, sample.gold, 10, any_of=sample.any_of)]
    return {name: Score(value) for name, value in zip(RETRIEVAL_METRICS, values, strict=True)}


def score_citations(sample: Sample, answer: WireAnswer) -> dict[str, Score]:
    """Score the citations against the gold places: strict, since the same thing may stand elsewhere too."""
    if not sample.gold:
        return dict.fromkeys(CITATION_METRICS, Score(None, "no gold places"))
    if answer.abstained:
        return dict.fromkeys(CITATION_METRICS, Score(None, "it abstained"))
    cited = [Gold(citation.source, citation.start, citation.end) for citation in answer.citations]
    recall = Score(covered(cited, sample.gold, any_of=sample.any_of))
    if not cited:
        return {"citation_precision": Score(None, "it cites nothing"), "citation_recall": recall}
    return {"citation_precision": Score(precision(cited, sample.gold)), "citation_recall": recall}


def score_correctness(sample: Sample, answer: WireAnswer, verifier: Verifier) -> Score:
    """Score how far the answer states the reference: mean support of its sentences by the answer's text.

    An abstention on an answerable question states nothing of it and scores 0.
    """
    if not sample.answerable:
        return Score(None, "the documents do not hold the answer")
    if not sample.reference:
        return Score(None, "no reference")
    if answer.abstained:
        return Score(0.0)
    # The question is part of the evidence: an answer need not repeat it for the reference to follow.
    evidence = f"{sample.question} {answer.text}"
    sentences = [sample.reference[start:end] for start, end in segment(sample.reference)]
    supports = [verifier.verify(sentence, [evidence]).score for sentence in sentences]
    values = [value for value in supports if value is not None]
    return Score(sum(values) / len(values)) if values else Score(None, "the reference could not be compared")


def score_support(answer: WireAnswer) -> Score:
    """Score the share of the claims that the verifier finds supported."""
    if answer.abstained:
        return Score(None, "it abstained")
    judged = [sentence for sentence in answer.sentences if sentence.verdict in JUDGED]
    if not judged:
        return Score(None, "no sentence could be judged")
    return Score(sum(sentence.verdict is Verdict.SUPPORTED for sentence in judged) / len(judged))


def require_metric(name: str) -> None:
    """Check the name of a metric.

    Raises:
        UsageError: There is none of this name.
    """
    if name not in METRICS:
        raise UsageError(f"There is no metric '{name}'.", remedy=f"Known: {', '.join(METRICS)}.", field="fail_under")
