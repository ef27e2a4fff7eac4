"""Words that name the same thing in different texts."""

from __future__ import annotations

from rag.terms.matching import Bag
from rag.terms.words import stem

GROUPS = tuple(
    frozenset(stem(word) for word in group.split())
    for group in (
        "launch release rollout ship", "price cost fee charge", "employee staff worker headcount workforce employ",
        "visitor guest attendee attend attendance turnout people", "customer client subscriber", "start begin commence",
        "end finish conclude complete", "contract agreement", "salary pay wage", "holiday leave vacation",
        "deadline due", "revenue turnover sales", "company firm business", "buy purchase acquire",
        "test trial", "opening open", "top high highest", "build make create design", "move relocate",
        "found establish", "meet meeting gather", "hire recruit", "job role position", "car vehicle",
        "error fault defect", "film movie", "doctor physician", "lawyer attorney", "rent lease",
    )
)  # fmt: skip
"""Stems of which one may stand for another where two sources speak of the same; general English only."""

SYNONYMS = {
    word: frozenset().union(*(group for group in GROUPS if word in group)) for word in frozenset().union(*GROUPS)
}
"""Each word of the groups with all it may stand for."""


def carries_or_means(held: Bag, key: str) -> bool:
    """Return whether a text carries a term, a related form of it or a synonym.

    >>> from rag.terms import bag
    >>> carries_or_means(bag("The release is set for May."), "launch")
    True
    """
    return any(held.credit(word) > 0 for word in (key, *sorted(SYNONYMS.get(key, frozenset()))))
