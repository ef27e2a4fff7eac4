"""Whether a question leans on the conversation before it."""

from __future__ import annotations

import re

from rag.followups.phrases import names_of, stems_of
from rag.followups.subjects import MEASURED
from rag.terms import bag
from rag.types import Turn

CONTENT_WORDS_OF_LONG = 8
"""Content words from which on a question says enough, whatever it leans on."""
CONTENT_WORDS_OF_FRAGMENT = 3
"""Content words up to which "And ...?" is a fragment."""
CONTENT_WORDS_OF_GENERIC = 3
"""Content words up to which "the company" is the one spoken of."""
CONTENT_WORDS_TO_STAND = 2
"""Content words before a pronoun from which on it stands for something in its own question."""

PRONOUN = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|he|him|his|she|her|hers|the (?:same|former|latter|other|others|first"
    r"|second|third|last|next|previous)(?: (?:one|ones|two))?|another one|other ones?|those|these|this"
    r"|that(?=\s*(?:[?.!,]|$)|\s+(?:one|time|year|case)\b)"
    r"|(?:about|of|in|for|to|like|after|before|than|by|with|do|does|did|was|is) that|there(?=\s*[?.!]|\s*$))\b",
    re.IGNORECASE,
)
EMPTY = re.compile(
    r"\b(?:is|was|would|will) it \w+(?: \w+)? (?:to|that|if|for|when)\b|\bit (?:seems|appears)\b"
    r"|\bthere (?:is|are|was|were)\b|\b(?:is|are|was|were) there\b"
    r"|\bthe (?:first|last|second|third|next|same|other) (?!ones?\b|two\b)\w+",
    re.IGNORECASE,
)
"""Where such a word stands for nothing said before."""
GENERIC = re.compile(
    r"\bthe (?:author|band|book|city|company|country|event|film|firm|game|group|model|movie|organi[sz]ation|paper"
    r"|person|product|project|report|series|show|software|song|study|system|team|town|war)s?\b",
    re.IGNORECASE,
)
DEFINITION = re.compile(
    r"^\W*(?:what|who) (?:is|are|was|were) (?!the\b|it\b|its\b|that\b|th[ei]\w+\b|this\b|he\b|she\b|his\b|her\b)"
    r"(?:an? )?[\w-]+\W*$",
    re.IGNORECASE,
)
"""Asks for a word's meaning, and stands alone."""
DEFINITE = re.compile(r"\bthe [^\W\d_]{3,}", re.IGNORECASE)
"""Names its subject by a noun (``the deposit``), which may well be a new one."""
OPENING = re.compile(
    r"^\W*(?:(?:and|but|so|then|or|also|ok|okay|yes|no|i see)\b[\s,.]*)+|^\W*(?:what|how) about\b", re.IGNORECASE
)


PERSON = re.compile(r"\b(?:who|whom|whose|he|him|his|she|her|hers|they|them|their|theirs)\b", re.IGNORECASE)


def leans(question: str, last: Turn) -> bool:
    """Whether a question leans on the turn before it: by itself, or for a noun that is that turn's own.

    "What is the budget?" is about the project spoken of, where what was cited tells of a budget.
    """
    if leans_on_history(question):
        return True
    asked = stems_of(MEASURED.sub(" ", question))
    if names_of(question) or not 0 < len(asked) <= CONTENT_WORDS_OF_FRAGMENT or not DEFINITE.search(question):
        return False
    told = [bag(passage) for passage in last.passages]
    return all(any(held.credit(key) for held in told) for key in asked)


def leans_on_history(question: str) -> bool:
    """Whether the question has a pronoun without a noun before it, opens as a continuation, or names nothing."""
    content = stems_of(question)
    if len(content) >= CONTENT_WORDS_OF_LONG or DEFINITION.search(question):
        return False
    plain = EMPTY.sub(" ", question)
    pronoun = PRONOUN.search(plain)
    if pronoun and len(stems_of(plain[: pronoun.start()])) < CONTENT_WORDS_TO_STAND:
        return True
    if OPENING.search(question):
        return len(content) <= CONTENT_WORDS_OF_FRAGMENT
    bare = len(content) <= 1 and not DEFINITE.search(question)
    generic = len(content) <= CONTENT_WORDS_OF_GENERIC and GENERIC.search(question) is not None
    return not names_of(question) and (bare or generic)


def asks_for_person(question: str) -> bool:
    """Whether a question asks for a person, or speaks of one or of several by a pronoun."""
    return PERSON.search(question) is not None
