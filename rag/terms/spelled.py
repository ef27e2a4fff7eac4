"""Numbers written in words and fractions: ``one hundred and twenty``, ``two dozen``, ``twenty-first``, ``2½``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rag.terms.lexicon import NUMBER_WORDS
from rag.terms.words import Token

THOUSANDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
MULTIPLES = THOUSANDS | {"hundred": 1e2, "dozen": 12.0}

ORDINALS_SPELLED = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: float(value) for value, word in enumerate(ORDINALS_SPELLED.split(), start=1)}
SPOKEN_ORDINALS = 3
"""``first`` to ``third`` by themselves order what is said (``Third, open it``) as often as they count."""

PARTS = {"half": 2.0, "third": 3.0, "quarter": 4.0, "fourth": 4.0, "fifth": 5.0, "eighth": 8.0, "tenth": 10.0}
FRACTION = re.compile(r"(?: |-)(half|third|quarter|fourth|fifth|eighth|tenth)s?(?= of\b)", re.IGNORECASE)
"""The part of ``two thirds of``; without ``of``, quarters may be those of a year."""

SLASHED = re.compile(r"/(2|3|4|5|8|10)(?![\d/.,]*\d|/)")
"""The lower part of a fraction in figures."""

JOINT = re.compile(r"-| | and ")


def spelled_value(text: str, parts: Sequence[Token], index: int) -> tuple[float, int] | None:
    """Return the number that begins with the word at `index` and the index of its last token; None where none does.

    ``a`` counts only before ``hundred`` and the like, and an ordinal from ``fourth`` on.
    """
    word = parts[index].text.lower()
    following = parts[index + 1].text.lower() if index + 1 < len(parts) else ""
    if word in ("a", "an"):
        if following in MULTIPLES:
            return MULTIPLES[following], index + 1
        return (1.0, index) if FRACTION.match(text, parts[index].end) else None
    if ORDINALS.get(word, 0.0) > SPOKEN_ORDINALS:
        return ORDINALS[word], index
    if len(word) == 1 and not word.isalpha():
        return fraction_sign(word), index
    value = NUMBER_WORDS.get(word)
    return None if value is None else joined_words(text, parts, index, value)


def fraction_sign(sign: str) -> float:
    """Return the value of a character such as ``½``."""
    return float(unicodedata.numeric(sign))


def joined_words(text: str, parts: Sequence[Token], index: int, value: float) -> tuple[float, int]:
    """Return the value of a run of number words that begins with `value` at `index`, and its last index."""
    whole, current, last = 0.0, value, index
    bounded = re.search(r"\b(?:between|from) $", text[max(0, parts[index].start - 8) : parts[index].start], re.I)
    while (step := next_word(text, parts, last, bounded=bounded is not None)) is not None:
        position, word = step
        more = NUMBER_WORDS.get(word, ORDINALS.get(word, 0.0) if is_compound_ordinal(current) else 0.0)
        if word in THOUSANDS and current > 0:
            whole, current = whole + current * THOUSANDS[word], 0.0
        elif word in MULTIPLES and 0 < current < 100:
            current *= MULTIPLES[word]
        elif 0 < more < 100 and fits_behind(current, more, whole):
            current += more
        else:
            break
        last = position
    return whole + current, last


def next_word(text: str, parts: Sequence[Token], last: int, *, bounded: bool) -> tuple[int, str] | None:
    """Return the next token that may belong to a number in words, and its word; ``and`` only as in ``hundred and``."""
    position = last + 1
    if position >= len(parts) or parts[position].kind != "word":
        return None
    word = parts[position].text.lower()
    if word == "and":
        behind = parts[position + 1].text.lower() if position + 1 < len(parts) else ""
        beyond = parts[position + 2].text.lower() if position + 2 < len(parts) else ""
        joins = parts[last].text.lower() in MULTIPLES and behind in NUMBER_WORDS and beyond != "hundred"
        if bounded or not joins:
            return None
        position, word = position + 1, behind
    gap = text[parts[last].end : parts[position].start]
    return (position, word) if JOINT.fullmatch(gap) else None


def is_compound_ordinal(current: float) -> bool:
    """Return whether an ordinal may close the number: ``twenty-first``."""
    return current >= 20 and current % 10 == 0


def fits_behind(current: float, more: float, whole: float) -> bool:
    """Return whether a number word below a hundred may follow: ones behind tens, anything behind hundreds."""
    if current == 0:
        return whole > 0
    return (current % 100 == 0) or (more < 10 and current % 10 == 0 and current % 100 >= 20)


def fraction_after(text: str, end: int, value: float) -> tuple[float, int] | None:
    """Return the fraction that a number ending at `end` is the upper part of, and its end; None where it is none."""
    sign = re.match(r" ?([¼½¾⅐-⅞])", text[end : end + 2])
    if sign:
        return value + fraction_sign(sign.group(1)), end + sign.end()
    slashed = SLASHED.match(text, end)
    if slashed and 0 < value < float(slashed.group(1)):
        return value / float(slashed.group(1)), slashed.end()
    said = FRACTION.match(text, end)
    if said and 0 < value < PARTS[said.group(1).lower()]:
        return value / PARTS[said.group(1).lower()], said.end()
    return None
