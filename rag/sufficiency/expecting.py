"""Whether passages hold the kind of thing that a question expects, said of what it asks about."""

from __future__ import annotations

from collections.abc import Sequence

from rag.sentences import segment
from rag.sufficiency.evidence import is_name
from rag.terms import analyse_question, bag, offers, stem
from rag.types import Passage

EXPECTING = ("person", "time", "place", "amount")
"""Kinds of question whose answer can be told by its form."""

WORDS_LEAST = 2
"""Words of a question from which a sentence that holds them all is about what is asked, not just about its subject."""

RELATED = tuple(
    frozenset(stem(word) for word in words.split())
    for words in (
        "run lead head manage direct chief executive ceo director president chair owner own",
        "cost price fee charge pay paid worth",
        "found establish create start begin launch form set",
        "base headquarter locate situate office seat live home",
        "make produce manufacture build develop create",
        "earn salary revenue income sales turnover",
        "employ staff worker employee people work",
        "born birth die death dead",
        "write author wrote written publish",
    )
)
"""Words that ask and answer for the same."""


def holds_what_is_expected(question: str, passages: Sequence[Passage]) -> bool:
    """Return whether a sentence holds the kind of thing that a question asks for, and a word of what it is asked about.

    Names do not count as such words: they say whom it is about, not what. True where a question expects no kind that
    can be told, or is made of names alone; and where a sentence holds every word of one that has some, since people
    and places are not always named: ``Purchases are approved by whoever is on duty``.
    """
    asked = analyse_question(question)
    if asked.kind not in EXPECTING:
        return True
    words = {term.key for term in asked.terms if not is_name(term, asked)}
    every = frozenset(words) if len(words) >= WORDS_LEAST else None
    for group in RELATED:
        words |= group if words & group else set()
    for passage in passages:
        for start, end in segment(passage.text):
            text = passage.text[start:end]
            held = bag(text)
            if every and all(held.credit(word) for word in every):
                return True
            if offers(asked, text) and (not words or any(held.credit(word) for word in words)):
                return True
    return False
