"""What the decision rests on: numbers that say how far passages speak to a question, none of them of its style."""

from __future__ import annotations

from statistics import fmean

from rag.sufficiency.evidence import Weighed
from rag.terms import Question

RIVALS = slice(3, 15)
"""Ranks of the sentences beside which the nearest one may stand out."""

UNTYPED = ("yes_no", "list", "other")
"""Kinds of question of which one cannot see in a sentence whether it holds what is expected."""


def features_of(question: Question, weighed: Weighed, similarity: float) -> dict[str, float]:
    """Return the features of a question with what was found for it.

    Args:
        question: The question.
        weighed: The passages, at least one.
        similarity: Cosine of the question with the nearest chunk.

    Returns:
        ``similarity`` as given. ``sentence`` and ``passage``: the share of the question that the best sentence and the
        best passage carry, titles and headings included, rare terms weighing more; ``first``: the first passage's.
        ``contrast``: how far the sentence nearest in meaning stands out among the others; ``expected``: cosine of the
        nearest sentence that holds the kind of thing asked for, 0.0 where none does. ``names`` and ``numbers``: 1.0
        where one of the question's stands nowhere, else 0.0.
    """
    statements = weighed.statements
    cosines = sorted((s.cosine for s in statements if s.cosine is not None), reverse=True)
    nearest = cosines[0] if cosines else 0.0
    fitting = [s.cosine or 0.0 for s in statements if s.offers]
    return {
        "similarity": similarity,
        "sentence": max((s.carries for s in statements), default=0.0),
        "passage": max(weighed.passages, default=0.0),
        "first": weighed.passages[0] if weighed.passages else 0.0,
        "contrast": nearest - fmean(cosines[RIVALS] or [0.0]),
        "expected": nearest if question.kind in UNTYPED else max(fitting, default=0.0),
        "names": float(bool(weighed.absent.names)),
        "numbers": float(bool(weighed.absent.numbers)),
    }
