"""The offline drafter: it answers with the sentences of the passages that answer best, word for word.

Deterministic. Each sentence is scored by how much of the question it carries, itself and in its surroundings,
whether it holds the kind of thing asked for, and where its passage ranks; with an embedder also by nearness in
meaning. The weights were fitted by ``python -m bench answering_parts``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from rag.drafting.candidates import Candidate, candidates_of, in_context, sentences_of
from rag.drafting.changes import state_change
from rag.drafting.entities import REFERS_BACK
from rag.drafting.listing import MORE, may_leave_out, with_equal_rows
from rag.drafting.markers import without_bare_markers
from rag.drafting.revoked import with_latest
from rag.protocols import Embedder
from rag.tasks import run_in_thread
from rag.terms import analyse_question, bag, question_parts
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

WEIGHTS_BY_WORDS = {
    "terms": 6.7, "fact": 2.1, "kind": 0.5, "rank": 4.4, "length": 1.0, "opens": 1.1, "numbers": 2.0, "who": 2.0,
    "figures": 8.0, "another": -7.0, "cell": 3.0,
}  # fmt: skip
WEIGHTS_BY_MEANING = {
    "terms": 5.0, "fact": 2.2, "kind": 1.3, "rank": 2.5, "length": 1.3, "opens": 0.7, "cosine": 9.0, "near": 4.0,
    "numbers": 2.0, "who": 2.0, "figures": 8.0, "another": -7.0, "cell": 3.0,
}  # fmt: skip
"""Log-odds of one sentence against another of the same question, without and with an embedder. The second set leans
less on the passage (``near``) than the fit does, at no loss: in the fitted sets each passage is about one thing.
``numbers``, ``who``, ``figures``, ``another`` and ``cell`` are not fitted: few questions of those sets name a number,
ask who someone is, or are answered by a line of figures or the cell of a table."""

COSINE_LEAST = 0.3
"""Nearness from which a sentence that shares no word with the question may be about it."""


TERMS_EQUAL = 0.05
"""Shares of the question by which two sentences differ that carry as much of it."""


class ExtractiveDrafter:
    """Quotes the sentences that answer best; needs neither a model nor the network."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        """Take an embedder to rank sentences by meaning too, or None to go by words alone."""
        self.embedder = embedder

    @property
    def name(self) -> str:
        """``extractive``."""
        return "extractive"

    def embedding_through(self, embedder: Embedder) -> ExtractiveDrafter:
        """Return the same drafter with another embedder of the same vectors; itself where it goes by words alone."""
        return self if self.embedder is None else ExtractiveDrafter(embedder)

    async def draft(self, question: str, passages: Sequence[Passage]) -> AsyncIterator[DraftSentence | DraftEnd]:
        """Yield the sentences that answer best, in reading order, then one `DraftEnd`.

        The end is ``refused`` where no sentence is about the question.
        """
        chosen = await run_in_thread(choose_for_parts, question, passages, self.embedder)
        previous: Candidate | None = None
        for candidate in chosen:
            same = previous is not None and previous.passage.number == candidate.passage.number
            lead = ("\n" if candidate.table else " ") if previous is None or same else "\n\n"
            under = candidate.columns and not (previous and previous.table == candidate.table)
            quote = f"{candidate.columns}\n{candidate.text}" if under else without_number(candidate)
            yield DraftSentence(without_bare_markers(quote), (candidate.passage.number,), lead)
            previous = candidate
        change = change_among(question, chosen)
        if change is not None:
            yield change
        yield DraftEnd("complete" if chosen else "refused", warnings=(MORE,) if may_leave_out(question, chosen) else ())

    async def repair(self, question: str, sentence: DraftSentence, problem: str, passages: Sequence[Passage]) -> Repair:
        """Return nothing to replace a quote with: there is none better, or it would have been chosen."""
        return Repair()

    async def aclose(self) -> None:
        """Close nothing: quoting opens nothing."""


def without_number(candidate: Candidate) -> str:
    """Return a sentence without the number of the list or clause that it opens: out of its list it tells nothing.

    It is one where the number before or after it opens another sentence of the passage, of other words: ``24.
    Dezember`` is a date, and ``#12`` the name of something.
    """
    opened = opened_item(candidate.text)
    if opened is None:
        return candidate.text
    sign, number, words = opened
    items = [item for text in sentences_of(candidate.passage.text) if (item := opened_item(text)) is not None]
    listed = any(
        each == sign and abs(other - number) == 1 and other_words.split()[:1] != words.split()[:1]
        for each, other, other_words in items
    )
    return words if listed else candidate.text


def opened_item(text: str) -> tuple[str, int, str] | None:
    """Return the sign of the item that a text opens with, its number, and the words after it; None where it is none."""
    numbered = ENUMERATOR.match(text)
    if numbered is None or "#" in numbered.group():
        return None
    (digits,) = re.findall(r"\d+", numbered.group())
    return numbered.group().replace(digits, "0").strip(), int(digits), text[numbered.end() :]


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
    for text in (candidate.text, *reversed(candidate.heading), candidate.passage.title):
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
    asked = analyse_question(question)
    everything = candidates_of(asked, passages)
    candidates, weights = everything, WEIGHTS_BY_WORDS
    if embedder is not None and everything and not asked.language:  # it is fitted to English
        candidates, weights = with_cosines(question, everything, embedder), WEIGHTS_BY_MEANING
    ranked = sorted(candidates, key=lambda c: (-c.score(weights), c.passage.number, c.position))
    related = [candidate for candidate in ranked if is_related(candidate)]
    best = with_equal_rows(question, take_best(fact_first(related), weights), everything)
    taken = with_latest(question, best, everything)
    return in_reading_order(with_antecedents(taken, everything))


def fact_first(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences with one that holds the fact asked for in front, where the best is a row without.

    ``Action: Get quotes for the roof; Who: Ida Moe`` has no amount; what carries as much of the question and has one
    answers.
    """
    best = ranked[0] if ranked else None
    if best is None or best.table is None or best.features["fact"]:
        return list(ranked)
    least = best.features["terms"] - TERMS_EQUAL
    holding = next((one for one in ranked if one.features["fact"] and one.features["terms"] >= least), None)
    return [holding, *(one for one in ranked if one is not holding)] if holding else list(ranked)


def is_related(candidate: Candidate) -> bool:
    """Return whether a sentence is about the question at all."""
    return candidate.features["terms"] > 0.0 or candidate.features.get("cosine", 0.0) >= COSINE_LEAST


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
        if taken and is_beside(candidate, ranked[0]):
            continue
        keys = bag(candidate.text).keys
        # Two rows of one table say the same of two things.
        others = [other for other in taken if candidate.table is None or other.table != candidate.table]
        if all(len(keys & bag(other.text).keys) <= OVERLAP_MOST * len(keys) for other in others):
            taken.append(candidate)
    return taken


def is_beside(candidate: Candidate, best: Candidate) -> bool:
    """Return whether a further sentence is beside the point: the best holds the kind of thing asked for, it does not.

    So is one that carries less of the question than a best one that answers the whole of it.
    """
    if not offers_what_is_asked(best):
        return False
    whole = best.features["terms"] >= 1.0 - TERMS_EQUAL
    return not offers_what_is_asked(candidate) or (whole and candidate.features["terms"] < 1.0 - TERMS_EQUAL)


def offers_what_is_asked(candidate: Candidate) -> bool:
    """Return whether a sentence holds the kind of thing that a question asks for, where that can be told."""
    return candidate.features["fact"] + candidate.features["kind"] > 0.0


def with_antecedents(taken: Sequence[Candidate], everything: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences, and what those that refer back or lean on another refer to, if there is room."""
    kept = list(taken)
    for candidate in taken:
        place = (candidate.passage.number, candidate.position - 1)
        if len(kept) >= SENTENCES_MOST or not (candidate.leans or REFERS_BACK.match(candidate.text)):
            continue
        if all((other.passage.number, other.position) != place for other in kept):
            kept += [other for other in everything if (other.passage.number, other.position) == place]
    return kept


def in_reading_order(taken: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences by passage, the passage of the best one first, and by position within a passage."""
    order: dict[int, int] = {}
    for candidate in taken:
        order.setdefault(candidate.passage.number, len(order))
    return sorted(taken, key=lambda c: (order[c.passage.number], c.position))
