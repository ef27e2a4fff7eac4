"""The built-in verifier: fitted on halves of three sets, measured on the other halves and on three sets unseen."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.answering_parts.data import auroc, balanced, cut, fit, in_first_half, interval, rows, shown, windows
from bench.report import Row, print_table
from rag.sentences import segment
from rag.terms import analyse, is_no_claim, without_references
from rag.types import Verdict
from rag.verifiers.built_in import BuiltInVerifier, choose_group, measure_of, read

FEATURES = ("group", "pairs", "names", "numbers")
FITTED = ("wice", "attributionbench", "ragtruth")


@dataclass(frozen=True)
class Claim:
    """A claim with its evidence in pieces, its label, and the group that may not be torn apart."""

    text: str
    evidence: list[str]
    label: bool
    group: str


def load() -> dict[str, list[Claim]]:
    """Return the claims of every set."""
    sets = {name: claims_of(name) for name in ("wice", "attributionbench", "begin", "qags_xsum", "summedits")}
    return sets | {"ragtruth": sentences_of_answers()}


def claims_of(name: str) -> list[Claim]:
    """Return the claims of a set of labelled claims."""
    claims = []
    for row in rows(f"support/{name}/claims.jsonl"):
        pieces = [piece for text in row["evidence"] for piece in cut(text)]
        evidence = windows(row["evidence"]) if name == "wice" else pieces
        claims.append(Claim(row["claim"], evidence, row["label"] == "supported", " ".join(row["evidence"])[:200]))
    return claims


def sentences_of_answers(every: int = 4) -> list[Claim]:
    """Return the sentences of answers; one that touches a hallucinated span is unsupported."""
    claims = []
    for row in rows("answers/ragtruth/answers.jsonl")[::every]:
        if row["task"] != "QA" or row.get("quality") == "incorrect_refusal":
            continue
        passages = [piece for piece in re.split(r"\n*passage \d+:", row["context"]) if piece.strip()]
        for start, end in segment(row["response"]):
            text = row["response"][start:end]
            touched = any(span["start"] < end and span["end"] > start for span in row["hallucinated_spans"])
            if len(text.split()) >= 4:
                claims.append(Claim(text, passages, not touched, row["source_id"]))
    return claims


def best_features(claim: Claim) -> list[float] | None:
    """Return the features of the piece of evidence that carries most of the claim."""
    stated = without_references(claim.text)
    target = analyse(stated)
    found: list[list[float]] = []
    for piece in claim.evidence:
        sentences = read(piece)
        if sentences and (target.terms or target.numbers):
            chosen, group = choose_group(target, sentences)
            measure = measure_of(target, [sentences[i] for i in chosen], sentences, group)
            found.append([getattr(measure, name) for name in FEATURES])
    return max(found, default=None)


def fit_weights(sets: dict[str, list[Claim]]) -> str:
    """Return the coefficients fitted on the first halves, each set and each label weighing the same."""
    features: list[Any] = []
    labels: list[Any] = []
    weights: list[Any] = []
    for name in FITTED:
        claims = [claim for claim in sets[name] if in_first_half(claim.group) and not is_no_claim(claim.text)]
        pairs = [(best, claim.label) for claim in claims if (best := best_features(claim)) is not None]
        features += [best for best, _ in pairs]
        labels += [label for _, label in pairs]
        weights.append(balanced(np.array([label for _, label in pairs], float), 1000.0))
    coefficients, intercept = fit(np.array(features), np.array(labels, float), np.concatenate(weights))
    return f"intercept {intercept:.1f} {shown(FEATURES, coefficients)}"


def report() -> None:
    """Print the fit, then AUROC and balanced accuracy at the built-in threshold."""
    sets = load()
    verifier = BuiltInVerifier()
    table = [row_of(name, claims, verifier) for name, claims in sets.items()]
    print_table(
        "Built-in verifier",
        ("set", "claims", "AUROC", "95 %", "balanced accuracy", "recall", "rejected", "ms a claim"),
        table,
        "(held out): the half not fitted on; the others are not fitted on at all. Recall: supported claims called "
        f"supported; rejected: unsupported ones not. Fitted: {fit_weights(sets)}",
    )


def row_of(name: str, claims: list[Claim], verifier: BuiltInVerifier) -> Row:
    """Return what the verifier reaches on the claims of a set that it was not fitted on."""
    held = [claim for claim in claims if name not in FITTED or not in_first_half(claim.group)]
    began = time.perf_counter()
    judged = [(claim, verifier.verify(claim.text, claim.evidence)) for claim in held]
    spent_ms = (time.perf_counter() - began) / len(held) * 1000
    judged = [(claim, judgement) for claim, judgement in judged if judgement.score is not None]
    labels = np.array([claim.label for claim, _ in judged], float)
    scores = np.array([judgement.score for _, judgement in judged], float)
    said = np.array([judgement.verdict is Verdict.SUPPORTED for _, judgement in judged])
    recall, rejected = said[labels > 0].mean(), 1 - said[labels == 0].mean()
    area = auroc(labels, scores)
    shares = [f"{value:.3f}" for value in ((recall + rejected) / 2, recall, rejected)]
    bounds = interval(lambda draw: auroc(labels[draw], scores[draw]), len(labels))
    title = f"{name} (held out)" if name in FITTED else name
    return Row(title, (len(labels), f"{area:.3f}", bounds, *shares, f"{spent_ms:.1f}"))
