"""Abstention: can the question be answered from what was found? Cross-fitted over three sets.

``clapnq`` asks about one passage judged not to answer; ``nomiracl`` shows passages judged by people; ``chunking``
takes the questions of chunking_eval and removes, for a second asking, all that answers them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.answering_parts.data import (
    SHOWN,
    Array,
    Bm25,
    auroc,
    balanced,
    embed,
    embedder,
    fit,
    interval,
    passage,
    rows,
    shown,
)
from bench.report import Row, print_table
from rag.sentences import segment
from rag.sufficiency import COEFFICIENTS, THRESHOLD, absent_from, features_of, logistic, read_passage
from rag.terms import analyse_question
from rag.types import Passage

FEATURES = tuple(name for name in COEFFICIENTS if name != "intercept")
FOLDS = 5
REFUSED = 0.05
CHUNK_CHARACTERS = 1000
TITLES = {"state_of_the_union": "State of the Union address of President Biden"}
"""What the questions take for granted, and the set's titles leave out."""


@dataclass(frozen=True)
class Case:
    """The features of a question with what was found for it, and whether that can answer."""

    features: dict[str, float]
    answerable: bool


def case(question: str, passages: Sequence[Passage], similarity: float, answerable: bool) -> Case:
    """Return a question's case."""
    asked = analyse_question(question)
    read = [read_passage(item) for item in passages]
    absent = absent_from(asked, [text for title, sentences in read for text in (title, *sentences)])
    return Case(features_of(asked, read, absent, similarity), answerable)


def search(cosines: Array, lexical: dict[int, float], allowed: Sequence[int]) -> list[int]:
    """Return the best texts by cosine and half the normalised lexical score."""
    most = max((score for index, score in lexical.items()), default=1.0)
    return sorted(allowed, key=lambda i: -(cosines[i] + 0.5 * lexical.get(i, 0.0) / most))[:SHOWN]


def clapnq() -> Iterator[Case]:
    """Yield the questions of clapnq; answerable ones only where the answering passage was found."""
    documents = rows("retrieval/clapnq/corpus.jsonl")
    texts = [f"{document['title']}\n{document['text']}" for document in documents]
    vectors, index = embed(texts), Bm25(texts)
    for row in rows("retrieval/clapnq/questions.jsonl"):
        cosines = vectors @ embedder().embed_query(row["question"])
        best = search(cosines, index.search(row["question"]), range(len(documents)))
        found = {documents[i]["id"] for i in best}
        if row["answerable"] and not any(item["doc_id"] in found for item in row["relevant"]):
            continue
        passages = [
            passage(n + 1, documents[i]["id"], documents[i]["title"], documents[i]["text"]) for n, i in enumerate(best)
        ]
        yield case(row["question"], passages, float(cosines.max()), row["answerable"])


def nomiracl() -> Iterator[Case]:
    """Yield the questions of nomiracl with the nearest of their ten passages."""
    for row in rows("abstention/nomiracl/questions.jsonl"):
        texts = [item["text"] for item in row["passages"]]
        cosines = embed(texts) @ embedder().embed_query(row["question"])
        best = np.argsort(-cosines)[:SHOWN]
        parted = [texts[i].partition(": ") for i in best]
        passages = [passage(n + 1, str(n), title, text) for n, (title, _, text) in enumerate(parted)]
        yield case(row["question"], passages, float(cosines.max()), row["answerable"])


def chunks_of(documents: Sequence[dict[str, str]]) -> list[tuple[str, int, int, str]]:
    """Return document, start, end and text of chunks of whole sentences."""
    chunks: list[tuple[str, int, int, str]] = []
    for document in documents:
        text, first, last = document["text"][:260_000], 0, 0
        for start, end in segment(text):
            if end - first > CHUNK_CHARACTERS and last > first:
                chunks.append((document["id"], first, last, text[first:last]))
                first = start
            last = end
        chunks.append((document["id"], first, last, text[first:last]))
    return chunks


def chunking() -> Iterator[Case]:
    """Yield each question twice: with what answers it found, and with that and its neighbours taken away."""
    chunks = chunks_of(rows("retrieval/chunking_eval/corpus.jsonl"))
    vectors, index = embed([text for *_, text in chunks]), Bm25([text for *_, text in chunks])
    for row in rows("retrieval/chunking_eval/questions.jsonl"):
        gold = {
            number
            for number, (name, start, end, _) in enumerate(chunks)
            if any(item["doc_id"] == name and item["start"] < end and item["end"] > start for item in row["relevant"])
        }
        cosines = vectors @ embedder().embed_query(row["question"])
        lexical = index.search(row["question"])
        around = {number + step for number in gold for step in (-1, 0, 1)}
        for removed in (set(), around):
            allowed = [number for number in range(len(chunks)) if number not in removed]
            best = search(cosines, lexical, allowed)
            if gold and (removed or gold & set(best)):
                named = [(TITLES.get(chunks[i][0], chunks[i][0]), chunks[i][3]) for i in best]
                passages = [passage(n + 1, title, title, text) for n, (title, text) in enumerate(named)]
                yield case(row["question"], passages, float(cosines[allowed].max()), not removed)


def matrix(cases: Sequence[Case]) -> tuple[Array, Array]:
    """Return features and labels."""
    features = np.array([[item.features[name] for name in FEATURES] for item in cases])
    return features, np.array([item.answerable for item in cases], float)


def fit_all(parts: Sequence[Sequence[Case]]) -> tuple[Array, float]:
    """Return coefficients and intercept, each set and each label weighing the same."""
    pairs = [matrix(cases) for cases in parts if cases]
    weights = [balanced(labels, 500.0) for _, labels in pairs]
    return fit(
        np.concatenate([features for features, _ in pairs]),
        np.concatenate([labels for _, labels in pairs]),
        np.concatenate(weights),
        c=10.0,
    )


def cross_fitted(name: str, sets: dict[str, list[Case]]) -> Array:
    """Return scores of a set's cases, each by a fit on the other sets and the other folds of its own."""
    cases = sets[name]
    features, _ = matrix(cases)
    fold = np.arange(len(cases)) // 2 % FOLDS
    scores = np.zeros(len(cases))
    for held in range(FOLDS):
        own = [item for item, number in zip(cases, fold, strict=True) if number != held]
        coefficients, intercept = fit_all([own, *(sets[other] for other in sets if other != name)])
        scores[fold == held] = features[fold == held] @ coefficients + intercept
    return scores


def false_answers(labels: Array, scores: Array) -> float:
    """Return the share of unanswerable questions answered where 5 % of the answerable ones are refused."""
    if not labels.any() or labels.all():
        return float("nan")
    return float((scores[labels == 0] >= np.quantile(scores[labels > 0], REFUSED)).mean())


def row_of(name: str, sets: dict[str, list[Case]]) -> Row:
    """Return how well a set's answerable questions are told from the others, cross-fitted and as built in."""
    _, labels = matrix(sets[name])
    scores = cross_fitted(name, sets)
    answered = np.array([logistic(item.features) >= THRESHOLD for item in sets[name]])
    return Row(
        name,
        (
            len(labels),
            f"{auroc(labels, scores):.3f}",
            interval(lambda draw: auroc(labels[draw], scores[draw]), len(labels)),
            f"{false_answers(labels, scores):.3f}",
            interval(lambda draw: false_answers(labels[draw], scores[draw]), len(labels)),
            f"{1 - answered[labels > 0].mean():.3f}",
            f"{answered[labels == 0].mean():.3f}",
        ),
    )


def report() -> None:
    """Print the fit, and how well it tells answerable questions from others."""
    sets = {"clapnq": list(clapnq()), "nomiracl": list(nomiracl()), "chunking": list(chunking())}
    coefficients, intercept = fit_all(list(sets.values()))
    kept = [1 / (1 + np.exp(-(matrix(cases)[0] @ coefficients + intercept))) for cases in sets.values()]
    quantiles = [
        [float(np.quantile(scores[matrix(cases)[1] > 0], share)) for share in (0.05, 0.07, 0.1)]
        for scores, cases in zip(kept, sets.values(), strict=True)
    ]
    note = f"Fitted: intercept {intercept:.1f} {shown(FEATURES, coefficients)}; scores that 5, 7 and 10 % of the "
    note += (
        f"answerable fall under: {np.round(quantiles, 3).tolist()}, mean {np.round(np.mean(quantiles, 0), 3).tolist()}"
    )
    print_table(
        "Abstention",
        (
            "set",
            "questions",
            "AUROC",
            "95 %",
            "false answers at 5 % refused",
            "95 %",
            "refused as built",
            "false as built",
        ),
        [row_of(name, sets) for name in sets],
        note,
    )
