"""Can this question be answered from these passages? Decided on evidence, before anything is released.

A logistic model of a few features: nearness in meaning, how much of the question the passages carry, and whether
each of its names and numbers stands there. Coefficients and threshold were fitted by
``python -m bench answering_parts`` with the bundled embedder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.sentences import segment
from rag.terms import Question, Term, analyse, analyse_question, bag, carried, language, script, weigh_terms
from rag.types import Passage

COEFFICIENTS = {
    "intercept": -3.8,
    "similarity": 5.0,
    "sentence": 0.3,
    "passage": 1.0,
    "names": -1.8,
    "numbers": -1.5,
}
THRESHOLD = 0.2
"""Score from which a question counts as answerable at risk 0.5. Below it lie 0.7, 0.8 and 3.1 % of the answerable
questions of the three sets: on none more than 5 %, because refusing what the documents do say costs trust first."""

RISK_SLOPE = 1.0
"""Log-odds of the threshold for one of risk's: how far the knob reaches."""

STRONGEST = 0.99
"""Score asked for at risk 0."""


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether the passages can answer.

    Attributes:
        answerable: The decision.
        score: How likely they can, in [0, 1].
        reason: Why not, for a person; why, where they can.
        missing: Names and numbers of the question that stand nowhere in the passages; words too where they cannot.
    """

    answerable: bool
    score: float
    reason: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """What of a question stands nowhere in the passages, as asked."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    numbers: tuple[str, ...]


def judge_sufficiency(question: str, passages: Sequence[Passage], *, similarity: float, risk: float) -> Sufficiency:
    """Decide whether a question can be answered from passages.

    Args:
        question: The stand-alone question.
        passages: What was found, best first.
        similarity: Cosine of the question with the nearest chunk.
        risk: How readily to answer: 0 only on strong evidence, 0.5 as fitted, 1 whenever there is anything.
    """
    asked = analyse_question(question)
    if not passages:
        return Sufficiency(False, 0.0, "Nothing was found in the documents.")
    read = [read_passage(passage) for passage in passages]
    absent = absent_from(asked, [text for title, sentences in read for text in (title, *sentences)])
    score = round(logistic(features_of(asked, read, absent, similarity)), 4)
    answerable = score >= threshold_at(risk)
    # A word may stand there in another form, so only a name or a number is surely missing from what was answered.
    spoken = script(question) == "latin" and language(question) in ("en", "")
    missing = (*absent.names, *absent.numbers, *(absent.words if spoken and not answerable else ()))
    return Sufficiency(answerable, score, reason_of(answerable, missing), missing)


def threshold_at(risk: float) -> float:
    """Return the least score that is answered: `STRONGEST` at 0, `THRESHOLD` at 0.5, 0 at 1, falling all the way."""
    if risk >= 1.0:
        return 0.0
    if risk <= 0.0:
        return STRONGEST
    log_odds = math.log(THRESHOLD / (1.0 - THRESHOLD)) - RISK_SLOPE * math.log(risk / (1.0 - risk))
    return min(STRONGEST, 1.0 / (1.0 + math.exp(-log_odds)))


def logistic(features: Mapping[str, float]) -> float:
    """Return the fitted probability that the passages can answer."""
    total = COEFFICIENTS["intercept"] + sum(COEFFICIENTS[name] * value for name, value in features.items())
    return 1.0 / (1.0 + math.exp(-total))


def read_passage(passage: Passage) -> tuple[str, list[str]]:
    """Return what a passage is about (title and headings), and its sentences."""
    about = " ".join((passage.title, *passage.heading))
    return about, [passage.text[start:end] for start, end in segment(passage.text)]


def features_of(
    question: Question, read: Sequence[tuple[str, list[str]]], absent: Absent, similarity: float
) -> dict[str, float]:
    """Return what the decision rests on.

    Returns:
        ``similarity`` as given; ``sentence`` and ``passage``: the share of the question that the best sentence and
        the best passage carry, titles and headings included, rare terms weighing more; ``names`` and ``numbers``:
        1.0 where one of the question's stands nowhere, else 0.0.
    """
    groups = [(bag(about), [bag(text) for text in sentences]) for about, sentences in read]
    weights = weigh_terms(question.terms, [held for _, group in groups for held in group])
    return {
        "similarity": similarity,
        "sentence": max((carried(weights, [held, about]) for about, group in groups for held in group), default=0.0),
        "passage": max((carried(weights, [*group, about]) for about, group in groups), default=0.0),
        "names": float(bool(absent.names)),
        "numbers": float(bool(absent.numbers)),
    }


def absent_from(question: Question, texts: Sequence[str]) -> Absent:
    """Return what of the question stands in none of the texts."""
    bags = [bag(text) for text in texts]
    known = [number for text in texts for number in analyse(text).numbers]
    terms = [term for term in question.terms if not any(held.credit(term.key) for held in bags)]
    numbers = [number for number in question.analysis.numbers if not any(number.agrees(other) for other in known)]
    return Absent(
        names=tuple(question.text[term.start : term.end] for term in terms if is_name(term, question)),
        words=tuple(question.text[term.start : term.end] for term in terms if not is_name(term, question)),
        numbers=tuple(question.text[number.start : number.end] for number in numbers),
    )


def is_name(term: Term, question: Question) -> bool:
    """Return whether a term of the question is written as a name; months are dates."""
    return term.key in question.analysis.names and not term.key.startswith("month-")


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
