"""The offline drafter: is the sentence that answers the first, or among the first two, of those it would quote?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.answering_parts.data import SHOWN, Bm25, embedder, fit, interval, passage, rows, shown
from bench.report import Row, print_table
from rag.drafting.candidates import Candidate, candidates_of
from rag.drafting.extractive import (
    WEIGHTS_BY_MEANING,
    WEIGHTS_BY_WORDS,
    in_reading_order,
    take_best,
    with_antecedents,
    with_cosines,
)
from rag.sentences import segment
from rag.terms import analyse_question

TUNED_ON = "qed_nq"


@dataclass(frozen=True)
class Case:
    """A question's nearest candidates, which of them hold the answer, and all candidates."""

    candidates: list[Candidate]
    right: list[bool]
    everything: list[Candidate]
    gold: list[tuple[str, int, int]]


def load(name: str) -> list[Case]:
    """Return the questions whose answering passage is among the first found, one sentence of it marked at least."""
    documents = rows(f"retrieval/{name}/corpus.jsonl")
    index = Bm25([f"{document['title']}\n{document['text']}" for document in documents])
    cases: list[Case] = []
    for row in rows(f"retrieval/{name}/questions.jsonl"):
        gold = [(item["doc_id"], item["start"], item["end"]) for item in row["relevant"] if "start" in item]
        scores = index.search(row["question"])
        best = sorted(scores, key=lambda i: (-scores[i], i))[:SHOWN]
        if not any(documents[i]["id"] == place[0] for i in best for place in gold):
            continue
        passages = [
            passage(number, documents[i]["id"], documents[i]["title"], documents[i]["text"])
            for number, i in enumerate(best, start=1)
        ]
        candidates = candidates_of(analyse_question(row["question"]), passages)
        near = with_cosines(row["question"], candidates, embedder())
        right = [holds_answer(candidate, gold) for candidate in near]
        if any(right):
            cases.append(Case(near, right, candidates, gold))
    return cases


def holds_answer(candidate: Candidate, gold: Sequence[tuple[str, int, int]]) -> bool:
    """Return whether a sentence overlaps a marked one by more than half of the shorter."""
    start, end = segment(candidate.passage.text)[candidate.position]
    return any(
        candidate.passage.document_id == name and min(end, high) - max(start, low) > 0.5 * min(end - start, high - low)
        for name, low, high in gold
    )


def fit_weights(cases: Sequence[Case], names: Sequence[str]) -> str:
    """Return the coefficients of a logistic regression on pairs of a right and a wrong sentence of one question."""
    differences, weights = [], []
    for case in cases:
        features = np.array([[candidate.features[name] for name in names] for candidate in case.candidates])
        right = np.array(case.right)
        for good in features[right]:
            differences += list(good - features[~right])
        count = int(right.sum() * (~right).sum())
        weights += [1 / count] * count
    both = np.array(differences + [-difference for difference in differences])
    labels = np.array([1.0] * len(differences) + [0.0] * len(differences))
    coefficients, _ = fit(both, labels, np.array(weights * 2), intercept=False, c=float(len(cases)))
    return shown(names, coefficients)


def row_of(title: str, cases: Sequence[Case], weights: Mapping[str, float]) -> Row:
    """Return how often the answer is first, among two, and in the answer as it would be released."""
    first, second, released, lengths = [], [], [], []
    for case in cases:
        right = {id(candidate): label for candidate, label in zip(case.candidates, case.right, strict=True)}
        ranked = sorted(case.candidates, key=lambda c: (-c.score(weights), c.passage.number, c.position))
        answer = in_reading_order(with_antecedents(take_best(ranked, weights), case.everything))
        first.append(right[id(ranked[0])])
        second.append(any(right[id(candidate)] for candidate in ranked[:2]))
        released.append(any(holds_answer(candidate, case.gold) for candidate in answer))
        lengths.append(len(answer))
    bounds = interval(lambda draw: float(np.mean(np.array(first)[draw])), len(first))
    shares = [f"{np.mean(share):.3f}" for share in (second, released)]
    return Row(title, (len(cases), f"{np.mean(first):.3f}", bounds, *shares, f"{np.mean(lengths):.1f}"))


def report() -> None:
    """Print the fit and the hit rates."""
    sets = {name: load(name) for name in ("clapnq", "qed_nq")}
    table = []
    for name, cases in sets.items():
        title = f"{name}{' (tuned on)' if name == TUNED_ON else ''}"
        table.append(row_of(f"{title}, by words", cases, WEIGHTS_BY_WORDS))
        table.append(row_of(f"{title}, by meaning", cases, WEIGHTS_BY_MEANING))
        table.append(row_of(f"{title}, first sentence of the first passage", cases, {"rank": 10.0}))
        table.append(row_of(f"{title}, cosine alone", cases, {"cosine": 10.0}))
    fitted = [fit_weights(sets[TUNED_ON], list(weights)) for weights in (WEIGHTS_BY_WORDS, WEIGHTS_BY_MEANING)]
    print_table(
        "Offline drafter",
        ("set", "questions", "hit@1", "95 %", "hit@2", "in the answer", "sentences"),
        table,
        f"Passages: the first {SHOWN} by BM25, the answering one among them. Fitted: {fitted[0]}; {fitted[1]}",
    )
