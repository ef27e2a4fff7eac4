"""The offline drafter: it answers with the sentences of the passages that answer best, word for word.

Deterministic. Each sentence is scored by how much of the question it carries, itself and in its surroundings,
whether it holds the kind of thing asked for, and where its passage ranks; with an embedder also by nearness in
meaning. The weights were fitted by ``python -m bench answering_parts``.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.drafting.changes import state_change
from rag.drafting.entities import REFERS_BACK, says_who, speaks_of_another
from rag.drafting.tables import CELL, headers_of, is_labelled, is_row, label_of_figures
from rag.protocols import Embedder
from rag.sentences import segment
from rag.terms import (
    Bag,
    Quantity,
    Question,
    analyse,
    analyse_question,
    bag,
    carried,
    offers,
    question_parts,
    script,
    weigh_terms,
)
from rag.terms.comparing import read_comparison
from rag.terms.numbers import ENUMERATOR
from rag.terms.periods import read_periods
from rag.types import DraftEnd, DraftSentence, Passage, Repair

SENTENCES_MOST = 4
MARGIN = 1.0
"""Log-odds by which a further sentence may fall behind the best."""

OVERLAP_MOST = 0.6
"""Share of a sentence's terms that may stand in one chosen before."""

EMBEDDED_MOST = 12
"""Sentences embedded for one question at most, the best by words first: 99 % of the answers are among them."""

EMBEDDED_CHARACTERS = 600
"""Of a long sentence, so many characters are embedded."""

NAME_CHARACTERS = 60
"""Length up to which a title or heading is taken for a name."""

WEIGHTS_BY_WORDS = {
    "terms": 6.7, "fact": 2.1, "kind": 0.5, "rank": 4.4, "length": 1.0, "opens": 1.1, "numbers": 2.0, "who": 2.0,
    "figures": 8.0,
}  # fmt: skip
WEIGHTS_BY_MEANING = {
    "terms": 5.0, "fact": 2.2, "kind": 1.3, "rank": 2.5, "length": 1.3, "opens": 0.7, "cosine": 9.0, "near": 4.0,
    "numbers": 2.0, "who": 2.0, "figures": 8.0,
}  # fmt: skip
"""Log-odds of one sentence against another of the same question, without and with an embedder. The second set leans
less on the passage (``near``) than the fit does, at no loss: in the fitted sets each passage is about one thing.
``numbers``, ``who`` and ``figures`` are not fitted: few questions of those sets name a number, ask who someone is, or
are answered by a line of figures."""

COSINE_LEAST = 0.3
"""Nearness from which a sentence that shares no word with the question may be about it."""

LABEL_LEAST = 0.5
"""Share of what is asked from which the label of a line of figures is taken to be it."""

FULL_STOPS = ".!…\"”’')]"
LINE_WORDS_LEAST = 8
"""Words from which a line that ends without full stop is taken for more than a heading."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        passage: Its passage.
        position: Its number among the passage's sentences, from 0.
        text: Its text, line breaks made spaces.
        features: What its score is made of, each in [0, 1].
        header: Position of the header that says what the cells of a table's row are; None for any other sentence.
    """

    passage: Passage
    position: int
    text: str
    features: Mapping[str, float]
    header: int | None = None

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
        chosen = await asyncio.to_thread(choose_for_parts, question, passages, self.embedder)
        previous: Candidate | None = None
        for candidate in chosen:
            same = previous is not None and previous.passage.number == candidate.passage.number
            lead = ("\n" if is_row(candidate.text) else " ") if previous is None or same else "\n\n"
            yield DraftSentence(without_number(candidate.text), (candidate.passage.number,), lead)
            previous = candidate
        change = change_among(question, chosen)
        if change is not None:
            yield change
        yield DraftEnd("complete" if chosen else "refused")

    async def repair(self, question: str, sentence: DraftSentence, problem: str, passages: Sequence[Passage]) -> Repair:
        """Return nothing to replace a quote with: there is none better, or it would have been chosen."""
        return Repair()

    async def aclose(self) -> None:
        """Close nothing: quoting opens nothing."""


def without_number(text: str) -> str:
    """Return a sentence without the number of the list or clause that it opens: out of its list it tells nothing."""
    numbered = ENUMERATOR.match(text)
    return text[numbered.end() :] if numbered else text


def change_among(question: str, chosen: Sequence[Candidate]) -> DraftSentence | None:
    """Return how a figure changes from one period to another, where that is asked and two of the sentences say it.

    It is checked like any sentence, and left out where the check does not bear it out.
    """
    comparison = read_comparison(question)
    if comparison is None or not comparison.over_time:
        return None
    for first, second in itertools.permutations(chosen, 2):
        change = state_change(comparison, first.text, second.text)
        if change is not None and of_period(first, comparison.first) and of_period(second, comparison.second):
            return DraftSentence(change, (first.passage.number, second.passage.number), "\n\n", optional=True)
    return None


def of_period(candidate: Candidate, named: str) -> bool:
    """Return whether a sentence, or what it stands under, names a period."""
    (asked, *_) = read_periods(named)
    for text in (candidate.text, *reversed(candidate.passage.heading), candidate.passage.title):
        periods = read_periods(text)
        if periods:
            return any(asked.holds(period) for period in periods)
    return False


def choose_for_parts(question: str, passages: Sequence[Passage], embedder: Embedder | None = None) -> list[Candidate]:
    """Return the sentences to answer each part of a question with, part after part; none twice.

    Raises:
        EmbedderError: The embedder cannot be run.
    """
    taken: dict[tuple[int, int], Candidate] = {}
    for part in question_parts(question):
        for candidate in choose(part, passages, embedder):
            taken.setdefault((candidate.passage.number, candidate.position), candidate)
    return list(taken.values())


def choose(question: str, passages: Sequence[Passage], embedder: Embedder | None = None) -> list[Candidate]:
    """Return the sentences to answer with, in reading order; none where no sentence is about the question.

    Raises:
        EmbedderError: The embedder cannot be run.
    """
    everything = candidates_of(analyse_question(question), passages)
    candidates, weights = everything, WEIGHTS_BY_WORDS
    if embedder is not None and everything:
        candidates, weights = with_cosines(question, everything, embedder), WEIGHTS_BY_MEANING
    ranked = sorted(candidates, key=lambda c: (-c.score(weights), c.passage.number, c.position))
    related = [candidate for candidate in ranked if is_related(candidate)]
    return in_reading_order(with_antecedents(take_best(related, weights), everything))


def is_related(candidate: Candidate) -> bool:
    """Return whether a sentence is about the question at all."""
    return candidate.features["terms"] > 0.0 or candidate.features.get("cosine", 0.0) >= COSINE_LEAST


def candidates_of(question: Question, passages: Sequence[Passage]) -> list[Candidate]:
    """Return the readable sentences of the passages with their features."""
    read = [(passage, sentences_of(passage.text)) for passage in passages]
    weights = weigh_terms(question.terms, [bag(text) for _, texts in read for text in texts])
    candidates: list[Candidate] = []
    for passage, texts in read:
        title = bag(name_of(passage))
        headers = headers_of(texts)
        for position, text in enumerate(texts):
            header = headers.get(position)
            if not (is_readable(text) if header is None else has_values(text)):
                continue
            if speaks_of_another(question, text, title):
                continue
            columns = "" if header is None else texts[header]
            features = features_of(question, weights, text, columns, title)
            features["figures"] = share_labelled(question, text, passage)
            features["rank"] = 1.0 / passage.number
            features["opens"] = 1.0 / (1 + position) if passage.start == 0 else 0.0
            candidates.append(Candidate(passage, position, text, features, header))
    return nearest_rows(weights, candidates)


def tells_apart(question: Question, number: Quantity) -> bool:
    """Return whether a number of a question tells what is asked: no part of a name (``Opus 4``), no ``four things``.

    The number of an order or a part (``HK-2052``) tells more than anything else.
    """
    if re.search(r"[^\W\d_]-$", question.text[: number.start]):
        return True
    before = [term for term in question.analysis.terms if term.end == number.start - 1]
    named = any(term.key in question.analysis.names for term in before)
    return bool(number.unit) or not (number.spelled or named)


def nearest_rows(weights: Mapping[str, float], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those rows of which another of their table says more of the question itself."""
    tables: dict[tuple[int, int], list[float]] = {}
    own: list[float] = []
    for candidate in candidates:
        own.append(carried(weights, [bag(candidate.text)]) + candidate.features["numbers"])
        if candidate.header is not None:
            tables.setdefault((candidate.passage.number, candidate.header), []).append(own[-1])
    return [
        candidate
        for candidate, share in zip(candidates, own, strict=True)
        if candidate.header is None or share >= max(tables[candidate.passage.number, candidate.header])
    ]


def features_of(
    question: Question, weights: Mapping[str, float], text: str, columns: str, title: Bag
) -> dict[str, float]:
    """Return what speaks for a sentence by itself; `columns` is the header of the table that it is a row of."""
    offered = float(offers(question, text))
    asks_fact = question.kind in ("amount", "time")
    named = [number for number in question.analysis.numbers if tells_apart(question, number)]
    held = analyse(text).numbers
    return {
        "terms": carried(weights, [bag(text), bag(columns), title]),
        "fact": offered if asks_fact else 0.0,
        "kind": 0.0 if asks_fact else offered,
        "length": min(1.0, len(analyse(text).terms) / 20),
        "numbers": sum(any(n.agrees(own) for own in held) for n in named) / len(named) if named else 0.0,
        "who": float(says_who(question, text)),
    }


def share_labelled(question: Question, text: str, passage: Passage) -> float:
    """Return the share of what is asked that the label of a line of figures says, all of whose words are asked for.

    Words that only name the document (``Apple``, ``Q3 2022``) are not counted. Less than half counts for nothing.
    """
    label = {term.key for term in analyse(label_of_figures(text)).terms}
    names = bag(f"{name_of(passage)} {passage.source.replace('_', ' ').replace('/', ' ')}")
    asked = {term.key for term in question.terms if term.key in label or not names.credit(term.key)}
    asked -= question.analysis.names - label
    if not label or not label <= asked:
        return 0.0
    share = len(label) / len(asked)
    return share if share >= LABEL_LEAST else 0.0


def name_of(passage: Passage) -> str:
    """Return what a passage is about: title and headings, which its sentences take for granted."""
    return ". ".join((passage.title, *passage.heading))


def in_context(candidate: Candidate) -> str:
    """Return a sentence after what it is about, where that is a name and not a headline, which would drown it."""
    about = [
        part for part in (candidate.passage.title, *candidate.passage.heading[-1:]) if len(part) <= NAME_CHARACTERS
    ]
    return ". ".join((*about, candidate.text))


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a reading text, each on one line."""
    return [" ".join(text[start:end].split()) for start, end in segment(text)]


def is_readable(text: str) -> bool:
    """Return whether a sentence can stand in an answer: no heading, question, announcement, fragment or bare row."""
    if is_row(text):
        return False
    if is_labelled(text):
        return True
    if text.endswith(("?", "？", ":", "：")) or len(analyse(text).terms) < 2:
        return False
    if not text.isascii() and script(text) not in ("latin", "greek", "cyrillic"):
        return True
    return len(text.split()) >= (4 if text[-1] in FULL_STOPS or analyse(text).numbers else LINE_WORDS_LEAST)


def has_values(row: str) -> bool:
    """Return whether at least two cells of a table's row are filled."""
    return sum(any(letter.isalnum() for letter in cell) for cell in row.split(CELL)) > 1


def with_cosines(question: str, candidates: Sequence[Candidate], embedder: Embedder) -> list[Candidate]:
    """Return the candidates that do best by words, with their nearness to the question in meaning.

    A sentence is embedded together with what its passage is about. ``near`` is the cosine of the passage's nearest
    sentence.

    Raises:
        EmbedderError: The embedder cannot be run.
    """
    kept = sorted(candidates, key=lambda c: -c.score(WEIGHTS_BY_WORDS))[:EMBEDDED_MOST]
    texts = [fitting(in_context(c), embedder) for c in kept]
    cosines = [float(cosine) for cosine in embedder.embed_passages(texts) @ embedder.embed_query(question)]
    near: dict[int, float] = {}
    for candidate, cosine in zip(kept, cosines, strict=True):
        near[candidate.passage.number] = max(cosine, near.get(candidate.passage.number, -1.0))
    return [
        replace(c, features={**c.features, "cosine": cosine, "near": near[c.passage.number]})
        for c, cosine in zip(kept, cosines, strict=True)
    ]


def fitting(text: str, embedder: Embedder) -> str:
    """Return `text`, cut where it has more tokens than the embedder takes."""
    text = text[:EMBEDDED_CHARACTERS]
    while embedder.count_tokens([text])[0] > embedder.identity.max_tokens:
        text = text[: len(text) // 2]
    return text


def take_best(ranked: Sequence[Candidate], weights: Mapping[str, float]) -> list[Candidate]:
    """Return the best sentence, and those nearly as good that say something else."""
    taken: list[Candidate] = []
    for candidate in ranked:
        if len(taken) == SENTENCES_MOST or candidate.score(weights) < ranked[0].score(weights) - MARGIN:
            break
        keys = bag(candidate.text).keys
        if all(len(keys & bag(other.text).keys) <= OVERLAP_MOST * len(keys) for other in taken):
            taken.append(candidate)
    return taken


def with_antecedents(taken: Sequence[Candidate], everything: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences, rows with their header, and what those that refer back refer to, if there is room."""
    kept = [*taken, *headers_for(taken)]
    for candidate in taken:
        place = (candidate.passage.number, candidate.position - 1)
        if len(kept) == SENTENCES_MOST or not REFERS_BACK.match(candidate.text):
            continue
        if all((other.passage.number, other.position) != place for other in kept):
            kept += [other for other in everything if (other.passage.number, other.position) == place]
    return kept


def headers_for(taken: Sequence[Candidate]) -> list[Candidate]:
    """Return the headers of the rows among the sentences, each once."""
    found: dict[tuple[int, int], Candidate] = {}
    for row in taken:
        if row.header is not None:
            text = sentences_of(row.passage.text)[row.header]
            found[row.passage.number, row.header] = Candidate(row.passage, row.header, text, {})
    return list(found.values())


def in_reading_order(taken: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences by passage, the passage of the best one first, and by position within a passage."""
    order: dict[int, int] = {}
    for candidate in taken:
        order.setdefault(candidate.passage.number, len(order))
    return sorted(taken, key=lambda c: (order[c.passage.number], c.position))
