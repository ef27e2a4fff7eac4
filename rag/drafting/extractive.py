"""The offline drafter: it answers with the sentences of the passages that answer best, word for word.

Deterministic. Each sentence is scored by how much of the question it carries, itself and in its surroundings,
whether it holds the kind of thing asked for, and where its passage ranks; with an embedder also by nearness in
meaning. The weights were fitted by ``python -m bench.answering_parts drafter``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from rag.protocols import Embedder
from rag.sentences import segment
from rag.terms import Question, analyse, analyse_question, bag, carried, offers, weigh_terms
from rag.types import DraftEnd, DraftSentence, Passage

SENTENCES_MOST = 4
RELATIVE_LEAST = 0.8
"""Share of the best score that a further sentence must reach."""

OVERLAP_MOST = 0.6
"""Share of a sentence's terms that may stand in one chosen before."""

EMBEDDED_MOST = 64
"""Sentences embedded for one question at most, the best by words first."""

WEIGHTS = {
    "terms": 3.0,
    "around": 1.0,
    "title": 0.5,
    "offers": 0.8,
    "opens": 0.3,
    "rank": 1.0,
    "cosine": 0.0,
}
WEIGHTS_DENSE = {
    "terms": 2.0,
    "around": 0.7,
    "title": 0.3,
    "offers": 0.8,
    "opens": 0.3,
    "rank": 0.8,
    "cosine": 4.0,
}

RELATED_LEAST = 0.01
COSINE_LEAST = 0.25
"""Below both, no sentence is about the question."""

REFERS_BACK = re.compile(
    r"(?:he|she|it|they|this|these|that|those|such|his|her|its|their|both|the (?:former|latter|company|same))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        passage: Its passage.
        position: Its number among the passage's sentences, from 0.
        text: Its text, line breaks made spaces.
        features: What its score is made of, each in [0, 1].
    """

    passage: Passage
    position: int
    text: str
    features: Mapping[str, float]

    def score(self, weights: Mapping[str, float]) -> float:
        """Return how well it answers; comparable within one question."""
        return sum(weight * self.features.get(name, 0.0) for name, weight in weights.items())


class ExtractiveDrafter:
    """Quotes the sentences that answer best; needs neither a model nor the network."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        """Take an embedder to rank sentences by meaning too, or None to go by words alone."""
        self.embedder = embedder

    @property
    def name(self) -> str:
        """``extractive``."""
        return "extractive"

    async def draft(self, question: str, passages: Sequence[Passage]) -> AsyncIterator[DraftSentence | DraftEnd]:
        """Yield the sentences that answer best, in reading order, then one `DraftEnd`.

        The end is ``refused`` where no sentence is about the question.
        """
        chosen = await asyncio.to_thread(choose, question, passages, self.embedder)
        previous: Candidate | None = None
        for candidate in chosen:
            same = previous is not None and previous.passage.number == candidate.passage.number
            lead = " " if previous is None or same else "\n\n"
            yield DraftSentence(candidate.text, (candidate.passage.number,), lead)
            previous = candidate
        yield DraftEnd("complete" if chosen else "refused")


def choose(question: str, passages: Sequence[Passage], embedder: Embedder | None = None) -> list[Candidate]:
    """Return the sentences to answer with, in reading order; none where no sentence is about the question."""
    asked = analyse_question(question)
    candidates = candidates_of(asked, passages)
    weights = WEIGHTS
    if embedder is not None and candidates:
        candidates, weights = with_cosines(question, candidates, embedder), WEIGHTS_DENSE
    ranked = sorted(candidates, key=lambda c: (-c.score(weights), c.passage.number, c.position))
    related = [c for c in ranked if is_related(c)]
    return in_reading_order(with_antecedents(take_best(related, weights), candidates))


def is_related(candidate: Candidate) -> bool:
    """Return whether a sentence is about the question at all."""
    return candidate.features["terms"] >= RELATED_LEAST or candidate.features.get("cosine", 0.0) >= COSINE_LEAST


def candidates_of(question: Question, passages: Sequence[Passage]) -> list[Candidate]:
    """Return the readable sentences of the passages with their features."""
    read = [(passage, sentences_of(passage.text)) for passage in passages]
    weigh = weigh_terms(question.terms, [bag(text) for _, texts in read for text in texts])
    candidates: list[Candidate] = []
    for passage, texts in read:
        bags = [bag(text) for text in texts]
        title = bag(" ".join((passage.title, *passage.heading)))
        for position, text in enumerate(texts):
            if not is_readable(text):
                continue
            own = carried(weigh, [bags[position]])
            near = [title, *bags[max(0, position - 2) : position + 2]]
            features = {
                "terms": own,
                "around": carried(weigh, near),
                "title": carried(weigh, [title]),
                "offers": float(offers(question, text)),
                "opens": float(position == 0),
                "rank": 1.0 / passage.number,
            }
            candidates.append(Candidate(passage, position, text, features))
    return candidates


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a reading text, each on one line."""
    return [" ".join(text[start:end].split()) for start, end in segment(text)]


def is_readable(text: str) -> bool:
    """Return whether a sentence can stand in an answer: no heading, question, announcement or fragment."""
    if text.endswith(("?", "？", ":", "：")):
        return False
    return len(analyse(text).terms) >= 2 and (len(text.split()) >= 4 or not text.isascii())


def with_cosines(question: str, candidates: Sequence[Candidate], embedder: Embedder) -> list[Candidate]:
    """Return the candidates that do best by words, with their cosine with the question.

    Raises:
        EmbedderError: The model cannot be run.
    """
    kept = sorted(candidates, key=lambda c: -c.score(WEIGHTS))[:EMBEDDED_MOST]
    vectors = embedder.embed_passages([candidate.text for candidate in kept])
    cosines = vectors @ embedder.embed_query(question)
    return [
        Candidate(c.passage, c.position, c.text, {**c.features, "cosine": float(cosine)})
        for c, cosine in zip(kept, cosines, strict=True)
    ]


def take_best(ranked: Sequence[Candidate], weights: Mapping[str, float]) -> list[Candidate]:
    """Return the best sentence, and those nearly as good that say something else."""
    taken: list[Candidate] = []
    for candidate in ranked:
        if len(taken) == SENTENCES_MOST or candidate.score(weights) < RELATIVE_LEAST * ranked[0].score(weights):
            break
        keys = bag(candidate.text).keys
        if all(len(keys & bag(other.text).keys) <= OVERLAP_MOST * len(keys) for other in taken):
            taken.append(candidate)
    return taken


def with_antecedents(taken: Sequence[Candidate], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences, each that refers back preceded by the one it refers to, if there is room."""
    places = {(c.passage.number, c.position): c for c in candidates}
    kept = list(taken)
    for candidate in taken:
        before = places.get((candidate.passage.number, candidate.position - 1))
        if len(kept) < SENTENCES_MOST and before and before not in kept and REFERS_BACK.match(candidate.text):
            kept.append(before)
    return kept


def in_reading_order(taken: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences by passage, the passage of the best one first, and by position within a passage."""
    order: dict[int, int] = {}
    for candidate in taken:
        order.setdefault(candidate.passage.number, len(order))
    return sorted(taken, key=lambda c: (order[c.passage.number], c.position))
