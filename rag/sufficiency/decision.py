"""The decision: evidence -> a score, and whether it is enough; before anything is released."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.protocols import Embedder
from rag.sufficiency.evidence import Absent, Weighed, weigh_passages
from rag.sufficiency.features import UNTYPED, features_of
from rag.sufficiency.model import BY_LANGUAGE, BY_MEANING, BY_READING, BY_WORDS, odds_of, probability, threshold_at
from rag.sufficiency.rows import answers_by_row
from rag.terms import Held, Question, analyse_question, bag, carries_or_means, identifiers_of, language, script
from rag.terms.languages import amount_asked, language_of, name_language
from rag.types import Passage

NAMED_RISK = 0.5
"""How readily it must answer for an exact number of a room, an order or a product to be enough, or for every word."""

MISSING_MOST = 1
"""Words of a question that may stand nowhere in a statement about exactly what it singles out by a number."""

WORDS_LEAST = 2
"""Words of a question that expects no kind of thing from which a statement that holds them all is enough."""

TURNING = re.compile(r"\b(?:before|after|except|besides|other|instead|without|not|never|since|until)\b")
"""Little words that make another question of the same words: ``Where did Ida work before Acme?``."""

JUST_BELOW = 0.0001
"""By how much less than is asked for a score keeps a question from being answered."""

WHOLE = 0.999
"""Share of the question that counts as all of it."""

TWO_WORDS = re.compile(
    r"\s*(?:(?:what|which) (?:is|are|was|were) (?:the |our |your )?)?(?P<kind>[^\W\d_]+) (?P<head>[^\W\d_]+)[\s?]*",
    re.IGNORECASE,
)
"""``Widget count?``, ``What is the widget count?``: a thing, and the word before it that says which."""

READ = 3
"""Passages that a reader reads with the question, best first: each costs it some twenty milliseconds."""


class SufficiencyReader(Protocol):
    """A model that reads question and passage together. Deterministic; safe in several threads."""

    @property
    def name(self) -> str:
        """Name and version: a threshold fitted with another one does not fit."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return how likely each text answers the question, in [0, 1], in order."""
        ...


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether the passages can answer.

    Attributes:
        answerable: The decision.
        score: How likely they can, in [0, 1].
        reason: Why not, for a person; why, where they can.
        missing: Names and numbers of the question that stand nowhere in the passages; words too where they cannot.
        threshold: The score that was asked for.
    """

    answerable: bool
    score: float
    reason: str
    missing: tuple[str, ...] = ()
    threshold: float = 0.0


def judge_sufficiency(
    question: str,
    passages: Sequence[Passage],
    *,
    similarity: float,
    risk: float,
    embedder: Embedder | None = None,
    reader: SufficiencyReader | None = None,
    fitted: float | None = None,
) -> Sufficiency:
    """Decide whether a question can be answered from passages.

    Args:
        question: The stand-alone question.
        passages: What was found, best first.
        similarity: Cosine of the question with the nearest chunk.
        risk: How readily to answer: 0 only on strong evidence, 0.5 as fitted, 1 whenever there is anything.
        embedder: Compares the question with single sentences; None to go by words alone.
        reader: Reads question and passages together; None for features alone. Without an embedder it is not asked.
        fitted: The score asked for at risk 0.5, where it was fitted to the collection; None for the built-in one.

    Raises:
        EmbedderError: The embedder cannot be run.
    """
    asked = analyse_question(question)
    if asked.language:
        model, embedder, reader, fitted = BY_LANGUAGE, None, None, None
    else:
        model = BY_WORDS if embedder is None else BY_MEANING if reader is None else BY_READING
    least = threshold_at(risk, model.threshold if fitted is None else fitted)
    if not passages:
        return Sufficiency(False, 0.0, "Nothing was found in the documents.", threshold=least)
    weighed = weigh_passages(asked, passages, embedder)
    features = features_of(asked, weighed, similarity)
    if asked.language:
        features |= features_by_words(asked, weighed)
    if embedder is not None and reader is not None:
        features["reader"] = odds_of(max(reader.score(question, [passage.text for passage in passages[:READ]])))
    score = round(probability(model.log_odds(features)), 4)
    by_row = risk >= NAMED_RISK and answers_by_row(asked, passages, weighed)
    said = risk >= NAMED_RISK and (answers_by_number(asked, weighed) or answers_word_for_word(asked, weighed))
    if by_row or said:  # as good as enough; where a threshold was fitted, that one decides
        score = max(score, round(model.threshold, 4))
    if names_another(asked, weighed):
        score = min(score, round(max(0.0, least - JUST_BELOW), 4))
    missing = () if by_row else missing_of(question, weighed.absent, answerable=score >= least)
    reason = reason_of(score >= least, missing)
    if score < least:
        reason += told_apart(question, passages)
    return Sufficiency(score >= least, score, reason, missing, least)


def features_by_words(asked: Question, weighed: Weighed) -> dict[str, float]:
    """Return the features of `BY_LANGUAGE`: the shares of the question that the best sentences carry.

    A sentence that carries nothing of it but names, or but by its title, counts only where it holds the money or time
    asked for: names say whom a question is about, not what.
    """
    spoken, names = asked.language, asked.analysis.names
    keys = [term.key for term in asked.terms if term.key not in names] or sorted(names)
    exact = asked.kind == "amount" and bool(amount_asked(spoken, asked.text))
    own = [each for each in weighed.statements if any(bag(each.text, spoken).credit(key) for key in keys)]
    offering = [each for each in (weighed.statements if exact else own) if each.offers]
    return {
        "sentence": max((each.carries for each in own), default=0.0),
        "offered": max((each.carries for each in offering), default=0.0),
    }


def told_apart(question: str, passages: Sequence[Passage]) -> str:
    """Return, for a person, that a question and what is nearest to it are in two languages; empty otherwise."""
    asked, found = language_of(question), language_of(passages[0].text)
    if asked == found or not (asked and found):
        return ""
    name = name_language(found)
    return f" The nearest evidence is in {name}, the question in {name_language(asked)}: ask in {name} to be sure."


def names_another(asked: Question, weighed: Weighed) -> bool:
    """Return whether a question of two words is of a kind that stands nowhere: ``gizmo count`` beside ``widget count``.

    Where neither word stands there, it may be asked in another language.
    """
    two = TWO_WORDS.fullmatch(asked.text)
    terms = {term.start: term for term in asked.terms}
    if two is None or len(terms) != WORDS_LEAST or two.start("kind") not in terms or two.start("head") not in terms:
        return False
    absent = (*weighed.absent.words, *weighed.absent.names)
    held = [bag(statement.text, asked.language) for statement in weighed.statements]
    means = any(carries_or_means(each, terms[two.start("kind")].key) for each in held)
    return two["kind"] in absent and two["head"] not in absent and not means


def answers_by_number(asked: Question, weighed: Weighed) -> bool:
    """Return whether a statement holds the kind of thing asked for of exactly what a question singles out by a number.

    ``Who sits in room A 2.14?`` shares nothing else with ``Name: Cedar; Job: bookkeeper; Room: A 2.14``. One word of
    the question may be missing there, not more: ``Who painted the wall of room A 2.14?`` asks for another thing.
    """
    named = identifiers_of(asked.text)
    return bool(named) and any(
        statement.offers
        and all(each.held_by(statement.text) is Held.EXACT for each in named)
        and sum(bag(statement.text, asked.language).credit(term.key) == 0 for term in asked.terms) <= MISSING_MOST
        for statement in weighed.statements
    )


def answers_word_for_word(asked: Question, weighed: Weighed) -> bool:
    """Return whether a statement holds every word of a question, under its title and headings, and what it asks for.

    A short question is near in meaning to nothing: ``When is Tomasz paid?`` beside ``The salary is 29,150 pounds a
    year, paid on the 26th of each month`` in the contract of Tomasz Lind.
    """
    enough = asked.kind in UNTYPED and len(asked.terms) >= WORDS_LEAST
    turning = frozenset(TURNING.findall(asked.text.lower()))
    return any(
        statement.carries >= WHOLE
        and (enough or statement.offers)
        and turning <= frozenset(TURNING.findall(statement.text.lower()))
        for statement in weighed.statements
    )


def missing_of(question: str, absent: Absent, *, answerable: bool) -> tuple[str, ...]:
    """Return what of the question is told to be missing.

    A word may stand there in another form, so only a name or a number is surely missing from what was answered.
    """
    spoken = script(question) == "latin" and language(question) in ("en", "")
    return (*absent.names, *absent.numbers, *(absent.words if spoken and not answerable else ()))


def reason_of(answerable: bool, missing: Sequence[str]) -> str:
    """Return the decision in words."""
    if answerable:
        return "The documents speak of what is asked."
    if missing:
        return f"The documents found do not mention {listing(missing)}."
    return "What was found in the documents is about the subject at most, and does not answer the question."


def listing(words: Sequence[str]) -> str:
    """Return at most four words as a list in quotation marks."""
    quoted = [f"'{word}'" for word in words[:4]]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
