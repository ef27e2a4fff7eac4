"""Whether a question leans on the conversation before it."""

from __future__ import annotations

import re

from rag.followups.phrases import WORD, is_empty, names_of, stems_of
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
    r"|second|third|last|next|previous)(?: (?:one|ones|two))?|the (?:two|three)(?! \w+s\b)"
    r"|another one|other ones?|those|these|this"
    r"|that(?=\s*(?:[?.!,]|$)|\s+(?:one|time|year|case)\b)"
    r"|(?:about|of|in|for|to|like|after|before|than|by|with|do|does|did|was|is) that|there(?=\s*[?.!]|\s*$))\b",
    re.IGNORECASE,
)
EMPTY = re.compile(
    r"\b(?:is|was|would|will) it \w+(?: \w+)? (?:to|that|if|for|when)\b|\bit (?:seems|appears)\b"
    r"|\bit(?:['’]s)?(?: (?:is|was|be|been|will|would|should|may|might|can|could|does|did|has|had|not|still|ever|also"
    r"|suddenly|begins|starts|to)){0,3} (?:rain|snow|hail|sleet|thunder|drizzle?)(?:s|ed|ing)?\b"
    r"|\bit(?:['’]s| is| was| gets| becomes| turns)(?: (?:not|too|very|so|still|already|past)){0,2}"
    r" (?:rainy|snowy|windy|stormy|foggy|frosty|icy|sunny|cloudy|dark|night|noon|midnight|spring|summer|autumn|winter"
    r"|christmas|easter|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2}(?:[:.]\d\d)? ?(?:o['’]clock|[ap]\.?m)"
    r"|(?:wet|hot|warm|cold) out(?:side|doors))\b"
    r"|\bwhat (?:time|day|date|month|year) (?:is|was) it\b"
    r"|\bit(?:['’]s| is| was| will be| would be)(?: (?:not|also|always|still|only)){0,2}"
    r" (?:(?:possible|impossible|important|necessary|essential|vital|advisable|permitted|forbidden|usual|customary"
    r"|agreed|decided|planned) (?:that|to|for)|(?:true|clear|known|said|thought|believed|likely|unlikely) that)\b"
    r"|\b(?:does|did|will|would) it (?:cost|take)(?: \w+){0,3} to [a-z]+ (?:an?|the|our|my|your)\b(?! same| other)"
    r"|\bthere (?:is|are|was|were)\b|\b(?:is|are|was|were) there\b"
    r"|\bthe (?:first|last|second|third|next|same|other) (?!ones?\b|two\b)\w+",
    re.IGNORECASE,
)
"""Where such a word stands for nothing said before: the weather, the time, or what the clause itself goes on to say."""
GENERIC = re.compile(
    r"\bthe (?:author|band|book|city|company|country|event|film|firm|game|group|model|movie|organi[sz]ation|paper"
    r"|person|product|project|report|series|show|software|song|study|system|team|town|war)s?\b",
    re.IGNORECASE,
)
DEFINITION = re.compile(
    r"^\W*(?:what|who(?= \w+ (?-i:[A-Z]))) (?:is|are|was|were) "
    r"(?!the\b|it\b|its\b|that\b|th[ei]\w+\b|this\b|he\b|she\b|his\b|her\b)(?:an? )?[\w-]+\W*$",
    re.IGNORECASE,
)
"""Asks for a word's meaning, and stands alone."""
DEFINITE = re.compile(r"\bthe [^\W\d_]{3,}", re.IGNORECASE)
"""Names its subject by a noun (``the deposit``), which may well be a new one."""
OPENING = re.compile(
    r"^\W*(?:(?:and|but|so|then|or|also|ok|okay|yes|no|i see)\b[\s,.]*)+|^\W*(?:what|how) about\b", re.IGNORECASE
)


PLURAL_PRONOUNS = frozenset(("they", "them", "their", "theirs"))
GROUPS = frozenset(("and", "people", "children", "women", "men", "staff", "police", "team", "family", "group"))
"""What "they" may stand for: a plural, several, or a group."""
WHO = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)
PERSONAL = re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their|theirs)\b", re.IGNORECASE)


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
    if pronoun and not has_antecedent(plain[: pronoun.start()], pronoun.group().lower()):
        return True
    if OPENING.search(question):
        return len(content) <= CONTENT_WORDS_OF_FRAGMENT
    bare = len(content) <= 1 and not DEFINITE.search(question)
    generic = len(content) <= CONTENT_WORDS_OF_GENERIC and GENERIC.search(question) is not None
    return not names_of(question) and (bare or generic)


def has_antecedent(before: str, pronoun: str) -> bool:
    """Whether what stands before a pronoun in its own question may be what it stands for."""
    if len(stems_of(before)) < CONTENT_WORDS_TO_STAND:
        return False
    words = [word.lower() for word in WORD.findall(before)]
    return pronoun not in PLURAL_PRONOUNS or any(
        word in GROUPS or (word.endswith("s") and not is_empty(word)) for word in words
    )


def asks_who(question: str) -> bool:
    """Whether a question asks for a person."""
    return WHO.search(question) is not None


def speaks_of_person(question: str) -> bool:
    """Whether a question speaks of a person, or of several, by a pronoun."""
    return PERSONAL.search(question) is not None


def speaks_of_several(question: str) -> bool:
    """Whether a question speaks of several by a pronoun, or of a firm."""
    return any(word.lower() in PLURAL_PRONOUNS for word in WORD.findall(question))
