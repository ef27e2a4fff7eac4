"""The words of the page: what metrics and verdicts are called, and what they mean."""

from __future__ import annotations

from typing import NamedTuple

from rag.types import Verdict

NOTHING = "–"

METRIC_WORDS = {
    "faithfulness": ("Faithfulness", "Share of an answer’s claims that the sources support"),
    "support_rate": ("Support rate", "Share of an answer’s claims that the sources support"),
    "checked": ("Checked", "Share of an answer’s claims that could be checked"),
    "uncited": ("Uncited", "Share of an answer’s claims without a source; less is better"),
    "citation_recall": ("Citation recall", "Share of claims that their citations support together"),
    "citation_precision": ("Citation precision", "Share of citations that their claims need"),
    "citation_f1": ("Citation F1", "Citation precision and recall in one"),
    "span_exactness": ("Span exactness", "Share of quotes that stand word for word at their place"),
    "gold_citation_recall": ("Gold places cited", "Share of the right places that are cited"),
    "gold_citation_precision": ("Citations at gold places", "Share of citations at a right place"),
    "citation_iou": ("Citation overlap", "Overlap of the cited characters with the right ones"),
    "correctness": ("Correctness", "How far the answer states the reference"),
    "correctness_recall": ("Reference stated", "Share of the reference’s claims that the answer states"),
    "correctness_precision": ("In the reference", "Share of the answer’s claims that the reference states"),
    "correctness_f1": ("Correctness", "Claims that the answer and the reference share"),
    "context_recall": ("Context recall", "Share of the reference that the passages hold"),
    "context_precision": ("Context precision", "How early useful passages come"),
    "recall@1": ("Recall at 1", "Right places within the first passage"),
    "recall@5": ("Recall at 5", "Right places within the first five passages"),
    "mrr": ("Reciprocal rank", "One over the rank of the first right passage"),
    "ndcg@10": ("nDCG at 10", "Rank-weighted share of the right places"),
    "abstention_precision": ("Abstention precision", "Share of refusals that were right"),
    "abstention_recall": ("Abstention recall", "Share of unanswerable questions that were refused"),
    "answer_rate": ("Answer rate", "Share of answerable questions that were answered"),
    "false_premise": ("False premises seen", "Share of questions with a false premise that it did not fall for"),
    "llm_calls": ("Calls of a language model", ""),
    "input_tokens": ("Tokens read", ""),
    "output_tokens": ("Tokens written", ""),
    "cost_usd": ("Cost in US dollars", ""),
    "latency_ms": ("Time to answer in milliseconds", ""),
    "scoring_ms": ("Time to score in milliseconds", ""),
}

HEADLINES = (
    ("faithfulness", "support_rate"),
    ("citation_f1", "citation_precision"),
    ("correctness_f1", "correctness"),
    ("answer_rate",),
    ("abstention_recall",),
    ("recall@5", "context_recall"),
)
"""What stands first on the page; of each group the first that was scored."""

QUALITY = ("faithfulness", "support_rate", "citation_f1", "citation_precision", "correctness_f1", "correctness",
           "answer_rate", "abstention_recall")  # fmt: skip
"""Whose mean an answer is ranked by."""

SETUP_WORDS = {
    "file": "File", "file_sha256": "SHA-256 of the file", "read_as": "Read as", "collection": "Collection",
    "generation": "Generation", "model": "Model", "embedder": "Embedder", "verifier": "Verifier",
    "metrics": "Definitions of metrics", "vouch": "Vouch", "top_k": "Passages per answer", "risk": "Risk",
}  # fmt: skip


class VerdictWords(NamedTuple):
    """A verdict as it is shown: never by colour alone."""

    value: str
    glyph: str
    label: str


VERDICTS = {
    Verdict.SUPPORTED: VerdictWords("supported", "✓", "Supported"),
    Verdict.PARTIAL: VerdictWords("partial", "◐", "Partly supported"),
    Verdict.UNSUPPORTED: VerdictWords("unsupported", "✗", "Unsupported"),
    Verdict.UNCITED: VerdictWords("uncited", "?", "No source given"),
    Verdict.NOT_A_CLAIM: VerdictWords("not_a_claim", "·", "No claim"),
    Verdict.NOT_CHECKED: VerdictWords("not_checked", "○", "Not checked"),
}

NO_QUOTE = {
    Verdict.PARTIAL: "The place of its support is not known.",
    Verdict.UNSUPPORTED: "No source says this.",
    Verdict.UNCITED: "It names no source.",
}
"""What stands beside a sentence instead of a quote."""

PROBLEM_WORDS = {
    "number": "A number differs",
    "date": "A date differs",
    "name": "A name differs",
    "negation": "Said the other way round",
    "not_mentioned": "Not mentioned",
}


def label_of(name: str) -> str:
    """Return what a metric is called; its own name made readable where it has no other.

    >>> label_of("mrr"), label_of("some_new_metric")
    ('Reciprocal rank', 'Some new metric')
    """
    return METRIC_WORDS[name][0] if name in METRIC_WORDS else name.replace("_", " ").capitalize()


def definition_of(name: str) -> str:
    """Return what a metric means; empty where that is not known here."""
    return METRIC_WORDS[name][1] if name in METRIC_WORDS else ""


def number_shown(value: float | None, digits: int = 3) -> str:
    """Return a number: so many decimals below ten, fewer above; a dash for none.

    >>> number_shown(0.5), number_shown(1234.56), number_shown(None), number_shown(0.000012)
    ('0.500', '1,234.6', '–', '0.000012')
    """
    if value is None:
        return NOTHING
    if 0 < abs(value) < 0.5 * 10**-digits:
        return f"{value:.2g}" if abs(value) < 1e-6 else f"{value:.6f}".rstrip("0")
    return f"{value:.{digits}f}" if abs(value) < 10 else f"{value:,.1f}"


def change_shown(value: float) -> str:
    """Return a change with its sign."""
    return f"{value:+.3f}".replace("-", "−")
