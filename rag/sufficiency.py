"""Can this question be answered from these passages? Decided on evidence, before anything is released.

A logistic model of a few features: nearness in meaning, how much of the question the passages carry, and whether
its names and numbers stand there. Coefficients and threshold were fitted by
``python -m bench.answering_parts sufficiency``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.sentences import segment
from rag.terms import Bag, Question, Term, analyse, analyse_question, bag, carried, offers, weigh_terms
from rag.types import Passage

COEFFICIENTS = {
    "intercept": -4.0,
    "similarity": 5.0,
    "sentence": 2.0,
    "passage": 2.0,
    "names": -1.5,
    "offers": 0.5,
}
THRESHOLD = 0.35
"""Score from which a question counts as answerable at risk 0.5: about 5 to 10 % false refusals."""


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether the passages can answer.

    Attributes:
        answerable: The decision.
        score: How likely they can, in [0, 1].
        reason: Why not, for a person; why, where they can.
        missing: Names, numbers and words of the question that stand nowhere in the passages.
    """

    answerable: bool
    score: float
    reason: str
    missing: tuple[str, ...] = ()


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
    features = features_of(asked, passages, similarity)
    score = round(logistic(features), 4)
    missing = missing_from(asked, passages)
    answerable = score >= threshold_at(risk)
    return Sufficiency(answerable, score, reason_of(answerable, missing), missing)


def threshold_at(risk: float) -> float:
    """Return the least score that is answered: `THRESHOLD` at 0.5, 0 at 1, towards 1 at 0; straight in log-odds."""
    if risk >= 1.0:
        return 0.0
    if risk <= 0.0:
        return 0.95
    shift = math.log(THRESHOLD / (1 - THRESHOLD)) - 2.0 * math.log(risk / (1 - risk))
    return 1.0 / (1.0 + math.exp(-shift))


def logistic(features: Mapping[str, float]) -> float:
    """Return the fitted probability that the passages can answer."""
    total = COEFFICIENTS["intercept"] + sum(COEFFICIENTS[name] * value for name, value in features.items())
    return 1.0 / (1.0 + math.exp(-total))


def features_of(question: Question, passages: Sequence[Passage], similarity: float) -> dict[str, float]:
    """Return what the decision rests on, each in [0, 1] (the similarity in [-1, 1])."""
    titles = [bag(" ".join((passage.title, *passage.heading))) for passage in passages]
    sentences = [[passage.text[start:end] for start, end in segment(passage.text)] for passage in passages]
    bags = [[bag(text) for text in texts] for texts in sentences]
    weights = weigh_terms(question.terms, [held for group in bags for held in group])
    single = [
        (carried(weights, [held, title]), text)
        for group, title, texts in zip(bags, titles, sentences, strict=True)
        for held, text in zip(group, texts, strict=True)
    ]
    best = max((share for share, _ in single), default=0.0)
    near = [text for share, text in single if share >= 0.8 * best]
    return {
        "similarity": similarity,
        "sentence": best,
        "passage": max(
            (carried(weights, [*group, title]) for group, title in zip(bags, titles, strict=True)), default=0.0
        ),
        "names": absent_share(question, [*titles, *(held for group in bags for held in group)]),
        "offers": float(any(offers(question, text) for text in near)),
    }


def absent_share(question: Question, bags: Sequence[Bag]) -> float:
    """Return the share of the question's names that stand nowhere; 0.0 where it has none."""
    names = names_of(question)
    absent = [term for term in names if not any(held.credit(term.key) for held in bags)]
    return len(absent) / len(names) if names else 0.0


def names_of(question: Question) -> list[Term]:
    """Return the terms of the question that are written as names."""
    return [term for term in question.terms if term.key in question.analysis.names]


def missing_from(question: Question, passages: Sequence[Passage]) -> tuple[str, ...]:
    """Return the question's terms and numbers that stand nowhere in the passages, names first, as asked."""
    everything = " \n".join("\n".join((p.title, *p.heading, p.text)) for p in passages)
    held, numbers = bag(everything), analyse(everything).numbers
    terms = [term for term in question.terms if not held.credit(term.key)]
    terms.sort(key=lambda term: (term.key not in question.analysis.names, term.start))
    absent = [number for number in question.analysis.numbers if not any(number.agrees(known) for known in numbers)]
    spans = [(term.start, term.end) for term in terms] + [(number.start, number.end) for number in absent]
    return tuple(question.text[start:end] for start, end in spans)


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
