"""Numbers and codes that belong to a name: ``Ember 80``, ``order 4711``, ``room A 2.14``, ``ISO 9001``, ``HK-2052``.

Another number beside the same name is another thing, however alike the two look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rag.terms.lexicon import MONTHS, STOP_WORDS, listed
from rag.terms.words import stem

NUMBERED = listed(
    """account annex appendix article batch berth bin box building bus case chapter clause code contract customer dock
    exhibit figure flat flight floor form gate hall invoice item job lane level line lot machine model module order
    page paragraph part permit phase phone plot position project room rule seat section serial series shelf size slide
    step table ticket track train type unit version volume warehouse ward zone"""
)
"""Common nouns that a number behind them singles out, whether or not they are written like a name."""

CODE = re.compile(r"(?<![\w./-])(?=[\w./-]*\d)(?=[\w./-]*[^\W\d_])[^\W_]+(?:[-/.][^\W_]+)*(?![\w/-])")
"""A word of letters and digits."""
NO_CODE = re.compile(
    r"\d+(?:[.,]\d+)*[a-z°%]{1,3}|[a-z]?\d+(?:-[a-z]{2,})+|(?:[qh][1-4]|fy\d+|cy\d+)|\d+(?:th|st|nd|rd)|.*\.[a-z]{2,4}",
    re.IGNORECASE,
)
"""Amounts with their unit, quarters, ordinals and names of files."""
NUMBER = r"(?:[A-Z]{1,2}[ -]?)?\d+(?:[./-]\d+)*[A-Za-z]?(?:-[A-Z])?"
LABELLED = re.compile(rf"(?<![\w-])(?P<label>[^\W\d_]{{2,}})\s+(?P<code>{NUMBER})(?![\w%]|[.,:/-]\d|\s?[%€$£])")
HELD = re.compile(
    rf"(?<![\w-])(?P<label>[^\W\d_]{{2,}})[\s:#.№-]{{1,3}}(?:(?:no|nr|number)\b[.:]?\s*)?(?P<code>{NUMBER})(?![\w%]|[.,:/-]\d)"
)
YEAR = re.compile(r"(?:19|20)\d\d")


class Held(IntEnum):
    """What a text says of something that is singled out by a number."""

    OTHER = -1
    NONE = 0
    EXACT = 1


@dataclass(frozen=True, slots=True)
class Identifier:
    """Something singled out by a number or a code.

    Attributes:
        label: Stem of the word that the number belongs to; empty for a code that stands by itself.
        code: The number or code, folded.
    """

    label: str
    code: str

    def held_by(self, text: str) -> Held:
        """Return whether a text names it, or only another one of its kind, or neither.

        >>> identifier = Identifier("ember", "80")
        >>> [identifier.held_by(text).name for text in ("The Ember 80.", "The Ember 40.", "The kiln.")]
        ['EXACT', 'OTHER', 'NONE']
        """
        found = codes_of(text).get(self.label, frozenset()) if self.label else codes_like(text, shape_of(self.code))
        if self.code in found:
            return Held.EXACT
        return Held.OTHER if found else Held.NONE


@lru_cache(maxsize=256)
def identifiers_of(question: str) -> tuple[Identifier, ...]:
    """Return what a question singles out by a number or a code, each once, in order.

    >>> identifiers_of("Who ordered the Ember 80 in order HK-2051?")
    (Identifier(label='ember', code='80'), Identifier(label='', code='hk-2051'))
    """
    found: dict[Identifier, int] = {}
    for match in LABELLED.finditer(question):
        word = match["label"]
        named = word[0].isupper() and not YEAR.fullmatch(match["code"])
        if (named or word.lower() in NUMBERED) and is_label(word):
            label = "" if stands_alone(match["code"]) else stem(word)
            found.setdefault(Identifier(label, folded(match["code"])), match.start())
    labelled = {identifier.code for identifier in found}
    for match in CODE.finditer(question):
        code = folded(match.group())
        if stands_alone(match.group()) and code not in labelled:
            found.setdefault(Identifier("", code), match.start())
    return tuple(sorted(found, key=lambda identifier: found[identifier]))


def stands_alone(code: str) -> bool:
    """Return whether a code singles something out without a word before it."""
    return CODE.fullmatch(code) is not None and NO_CODE.fullmatch(code) is None


def is_label(word: str) -> bool:
    """Return whether a number behind a word may belong to it as to a name: no stop word, no month."""
    return word.lower() not in STOP_WORDS and word.lower() not in MONTHS


@lru_cache(maxsize=4096)
def codes_of(text: str) -> dict[str, frozenset[str]]:
    """Return the codes that stand behind each word of a text, by the word's stem."""
    found: dict[str, set[str]] = {}
    for match in HELD.finditer(text):
        if is_label(match["label"]):
            found.setdefault(stem(match["label"]), set()).add(folded(match["code"]))
    return {label: frozenset(codes) for label, codes in found.items()}


def codes_like(text: str, shape: re.Pattern[str]) -> frozenset[str]:
    """Return the codes of a text that are built like one."""
    return frozenset(code for match in CODE.finditer(text) if shape.fullmatch(code := folded(match.group())))


@lru_cache(maxsize=256)
def shape_of(code: str) -> re.Pattern[str]:
    """Return what codes look like that differ from one in their numbers only."""
    return re.compile(re.sub(r"\d+", r"\\d+", re.escape(code)))


def folded(code: str) -> str:
    """Return a code in small letters, without the spaces in it."""
    return re.sub(r"\s+", "", code).lower()
