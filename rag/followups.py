"""Follow-ups without a model: a question that leans on the conversation gets the missing names put behind it.

"How long did it run?" becomes "How long did it run? (Claude Opus 4, Pokémon Red)": readable, and found by both
searches. A question that stands by itself is left alone, as is anything but English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rag.terms import language, script, stem
from rag.terms.lexicon import STOP_WORDS
from rag.types import Turn

REMEMBERED_TURNS = 4
"""Turns looked back, one from the other, for what a question is about."""
PHRASES_TAKEN = 3
"""Names or subjects put behind a question."""
SPOKEN_CHARACTERS = 2000
"""Characters looked at in each question and answer of the conversation."""
ANSWER_NAMES_TAKEN = 1
"""Names looked at in the last answer."""
CONTENT_WORDS_OF_LONG = 8
"""Content words from which on a question says enough, whatever it leans on."""
CONTENT_WORDS_OF_FRAGMENT = 3
"""Content words up to which "And ...?" is a fragment."""
CONTENT_WORDS_TO_STAND = 2
"""Content words before a pronoun from which on it stands for something in its own question."""

WORD = re.compile(r"[^\W_]+(?:[-.'’][^\W_]+)*")
SENTENCE_END = re.compile(r"(?<=\w\w[.?!:])\s+|\n+")
BREAK = re.compile(r"[\w\s'’.-]+")
POSSESSIVE = re.compile(r"['’]s?$")
CONTRACTION = re.compile(r"['’](?:d|s|ll|re|ve|m)$|n['’]t$")
TIME = re.compile(
    r"\d|(?:(?:jan|febr)uary|march|april|may|june|july|august|(?:sept|nov|dec)ember|october)\b(?! [^\W\d_])",
    re.IGNORECASE,
)
"""A day, a year or a month, which is no subject; "August Strindberg" is."""
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


def rewrite(question: str, history: Sequence[Turn]) -> str:
    """Return the question as it can be searched for without the conversation.

    Args:
        question: The last question.
        history: Earlier turns, oldest first.

    Returns:
        The question itself where it stands alone, the history is empty, or they are not in English; otherwise the
        question with what it leans on behind it, in brackets.
    """
    if not history or not leans_on_history(question) or not are_english(question, history):
        return question
    recent = history[-REMEMBERED_TURNS:]
    asked, answered = recent[-1].question[:SPOKEN_CHARACTERS], recent[-1].answer[:SPOKEN_CHARACTERS]
    before = rewrite(asked, recent[:-1])
    known = stems_of(question)
    taken: list[str] = []
    for phrase in subjects_of(before, answered):
        new = stems_of(phrase) - known
        if new and len(taken) < PHRASES_TAKEN:
            taken.append(phrase)
            known |= new
    return f"{question.rstrip()} ({', '.join(taken)})" if taken else question


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
    named = any(named for _, named in phrases_of(question))
    bare = len(content) <= 1 and not DEFINITE.search(question)
    return not named and (bare or GENERIC.search(question) is not None)


def subjects_of(question: str, answer: str) -> Iterator[str]:
    """Yield what a turn is about: the names in its question, else its content words; then the names in its answer."""
    phrases = list(phrases_of(question))
    yield from [phrase for phrase, named in phrases if named] or [phrase for phrase, _ in phrases]
    yield from [phrase for phrase, named in phrases_of(answer) if named][:ANSWER_NAMES_TAKEN]


def phrases_of(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the runs of content words in order, names apart from the words about them, and whether each is a name."""
    for sentence in SENTENCE_END.split(text):
        for piece in BREAK.finditer(sentence):
            words = list(WORD.finditer(sentence, *piece.span()))
            for kind, run in groupby(words, key=lambda word: kind_of(word.group(), first=word.start() == 0)):
                found = list(run)
                phrase = POSSESSIVE.sub("", sentence[found[0].start() : found[-1].end()])
                if kind and not (kind == "name" and TIME.match(phrase)):
                    yield phrase, kind == "name"


def kind_of(word: str, *, first: bool) -> str:
    """Return ``name``, ``word``, or nothing for a word without content; the first of a sentence is a name if odd."""
    if is_empty(word):
        return ""
    capital = any(letter.isupper() or letter.isdigit() for letter in (word[1:] if first else word))
    return "name" if capital else "word"


def is_empty(word: str) -> bool:
    """Whether a word carries no content: a stop word, also with ``'d`` or ``'s`` behind it, or talk about talking."""
    plain = CONTRACTION.sub("", word.lower())
    if len(word) == 1:
        return word == "I" or not (word.isdigit() or word.isupper())
    return plain in STOP_WORDS or plain in SMALL_TALK


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of the content words."""
    return frozenset(stem(word) for word in WORD.findall(text) if not is_empty(word))


def are_english(question: str, history: Sequence[Turn]) -> bool:
    """Whether the question can be English, by its script, and the conversation is."""
    if script(question) not in {"latin", ""}:
        return False
    spoken = (text[:SPOKEN_CHARACTERS] for turn in history[-REMEMBERED_TURNS:] for text in (turn.question, turn.answer))
    return language(" ".join((question, *spoken))) == "en"


SMALL_TALK = frozenset(
    """know tell interested interest hear learn explain describe example examples yes okay ok thanks thank sorry find
    found information question ask asking wondering wonder kind kinds type types sort sorts number name detail details
    thing way reason reasons sure pretty excuse talking speaking apart sounds lot case meant""".split()  # noqa: SIM905  a word list reads as words
)
"""Words of talking about talking, which say nothing of the subject."""
