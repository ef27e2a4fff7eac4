"""Runs of content words in what was said, names apart from the words about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple

from rag.terms import stem
from rag.terms.lexicon import STOP_WORDS

Kind = Literal["name", "word", ""]

WORD = re.compile(r"[^\W_]+(?:[-.'’/][^\W_]+)*")
SENTENCE_END = re.compile(r"(?<=\w\w[.?!:;])\s+|\n+")
BREAK = re.compile(r"[\w\s'’./-]+")
POSSESSIVE = re.compile(r"['’]s?$")
CONTRACTION = re.compile(r"['’](?:d|s|ll|re|ve|m)$|n['’]t$")
MONTH = r"(?:(?:jan|febr)uary|march|april|may|june|july|august|(?:sept|nov|dec)ember|october)"
TIME = re.compile(rf"\d|[qh]\d(?!\w)|(?:(?:fy|cy)\s?\d|{MONTH}\b(?! [^\W\d_]))", re.IGNORECASE)
"""A day, a quarter, a year or a month, which is no subject; "August Strindberg" is."""

SMALL_TALK = frozenset(
    """know tell interested interest hear learn explain describe example examples yes okay ok thanks thank sorry find
    found information question ask asking wondering wonder kind kinds type types sort sorts number name detail details
    thing way reason reasons sure pretty excuse talking speaking apart sounds lot case meant""".split()  # noqa: SIM905  a word list reads as words
)
"""Words of talking about talking, which say nothing of the subject."""


class Word(NamedTuple):
    """A word where it stands: ``name``, ``word``, or nothing for one without content."""

    text: str
    kind: Kind
    start: int
    end: int


class Phrase(NamedTuple):
    """Words of one kind that stand together, and where."""

    text: str
    named: bool
    start: int
    end: int


def pieces_of(text: str) -> Iterator[list[Word]]:
    """Yield the words of each piece of a text that no sign cuts in two, in order."""
    begin = 0
    for end in (*SENTENCE_END.finditer(text), None):
        until = end.start() if end else len(text)
        for piece in BREAK.finditer(text, begin, until):
            yield words_of(text, *piece.span(), opening=begin)
        begin = end.end() if end else until


def words_of(text: str, start: int, end: int, *, opening: int) -> list[Word]:
    """Return the words between two positions; the one at `opening` begins its sentence.

    That one is a name where its letters are odd for a first word, or where a name follows it.
    """
    words = []
    for match in WORD.finditer(text, start, end):
        kind = kind_of(match.group(), first=match.start() == opening)
        words.append(Word(match.group(), kind, match.start(), match.end()))
    if len(words) > 1 and words[1].kind == "name" and words[0].kind == "word" and words[0].text[0].isupper():
        words[0] = words[0]._replace(kind="name")
    return words


def phrases_of(text: str) -> Iterator[Phrase]:
    """Yield the runs of content words in order, names apart from the words about them.

    What stands before a colon is the label of a value, and no name; nor is a day or a quarter.

    >>> [(phrase.text, phrase.named) for phrase in phrases_of("Ruta Balsys leads the project.")]
    [('Ruta Balsys', True), ('leads', False), ('project', False)]
    """
    for words in pieces_of(text):
        for kind, run in groupby(words, key=lambda word: word.kind):
            found = list(run)
            start, end = found[0].start, found[-1].end
            phrase = POSSESSIVE.sub("", text[start:end])
            if kind and text[end : end + 1] != ":" and not (kind == "name" and TIME.match(phrase)):
                yield Phrase(phrase, kind == "name", start, start + len(phrase))


def names_of(text: str) -> list[str]:
    """Return the names in a text, in order."""
    return [phrase.text for phrase in phrases_of(text) if phrase.named]


def kind_of(word: str, *, first: bool) -> Kind:
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
