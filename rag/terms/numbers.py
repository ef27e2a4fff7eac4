"""Numbers with their scale and unit, so that ``$3 billion`` is ``$3B`` and ``1,000`` is ``1000``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.terms.lexicon import APPROXIMATIONS, NUMBER_WORDS, SCALES, UNITS
from rag.terms.words import Token

ENUMERATOR = re.compile(r"\s*(?:\(?\d{1,2}[.)]|#\d+)\s")
ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
FOOTNOTE = re.compile(r"[^\W\d_][)\]”\"’'%]*[.!?,;][)\]”\"’']*$")
"""What stands right before the number of a footnote, without a space between."""

CURRENCY = "$€£¥"
TOLERANCE = 0.06
"""Relative difference allowed to a claim that says ``about``."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text.

    Attributes:
        value: Its value, the scale applied.
        unit: Name of its unit; empty where none is known.
        start: First character.
        end: End, scale and unit included.
        approximate: Whether the text says ``about`` or the like.
        spelled: Whether it is written as a word.
    """

    value: float
    unit: str
    start: int
    end: int
    approximate: bool = False
    spelled: bool = False

    def agrees(self, other: Quantity) -> bool:
        """Return whether a claim's number (self) stands in a source as `other`."""
        if self.unit and other.unit and self.unit != other.unit:
            return False
        allowed = TOLERANCE * abs(self.value) if self.approximate else 1e-9 * max(1.0, abs(self.value))
        return abs(self.value - other.value) <= allowed


def quantities(text: str, parts: Sequence[Token]) -> tuple[Quantity, ...]:
    """Return the numbers of `text`, in order; `parts` are its tokens. The number of a list item is none."""
    skipped = ENUMERATOR.match(text)
    first = skipped.end() if skipped else 0
    months = {match.start(2) for match in ISO_DATE.finditer(text)}
    found: list[Quantity] = []
    after = -1
    for index, token in enumerate(parts):
        if token.start < first or index <= after or token.start in months:
            continue
        if token.kind == "number" and FOOTNOTE.search(text[max(0, token.start - 6) : token.start]):
            continue
        value = plain_value(token)
        if value is None:
            continue
        quantity, after = scaled(text, parts, index, value)
        if not (quantity.spelled and quantity.value <= 1 and not quantity.unit):  # one of them
            found.append(quantity)
    return tuple(found)


def plain_value(token: Token) -> float | None:
    """Return the value of a number token or number word, or None."""
    if token.kind == "word":
        return NUMBER_WORDS.get(token.text.lower())
    if token.kind != "number":
        return None
    digits = re.sub("[,\u00a0\u202f]", "", token.text)
    return float(digits) if digits.count(".") <= 1 else float(".".join(digits.split(".")[:2]))


def scaled(text: str, parts: Sequence[Token], index: int, value: float) -> tuple[Quantity, int]:
    """Return the number at `index` with sign, scale and unit, and the index of the last token it takes."""
    token = parts[index]
    last, end = index, token.end
    if token.kind == "word" and value >= 20 and index + 1 < len(parts):  # twenty-four
        ones = NUMBER_WORDS.get(parts[index + 1].text.lower())
        if ones is not None and 0 < ones < 10 and text[end : parts[index + 1].start] in {"-", " "}:
            value, last, end = value + ones, index + 1, parts[index + 1].end
    while last + 1 < len(parts):
        following = parts[last + 1]
        gap = text[end : following.start]
        factor = scale_of(following.text, attached=not gap)
        if gap not in {"", " ", "-", "\u00a0"} or factor is None:
            break
        value, last, end = value * factor, last + 1, following.end
    unit = currency_before(text, token.start)
    if not unit:
        unit, last, end = unit_after(text, parts, last, end)
    before = re.split(r"[^\w~]+", text[max(0, token.start - 16) : token.start].lower().rstrip(" $€£¥"))
    negative = re.search(r"(?:^|[\s(])[-−]$", text[max(0, token.start - 2) : token.start]) is not None
    approximate = bool(APPROXIMATIONS.intersection(before[-2:]))
    return Quantity(-value if negative else value, unit, token.start, end, approximate, token.kind == "word"), last


def scale_of(word: str, *, attached: bool) -> float | None:
    """Return what `word` multiplies a number by; a letter counts only as a capital (or k) attached: ``3B``, ``5k``."""
    if len(word) == 1 and word.isascii():
        return SCALES.get(word.lower()) if attached and (word.isupper() or word == "k") else None
    return SCALES.get(word.lower())


def currency_before(text: str, start: int) -> str:
    """Return the currency sign written before a number; empty where there is none."""
    before = text[max(0, start - 2) : start].rstrip()
    return before[-1] if before and before[-1] in CURRENCY else ""


def unit_after(text: str, parts: Sequence[Token], last: int, end: int) -> tuple[str, int, int]:
    """Return the unit written after a number, with the last token and character it takes."""
    sign = re.match(r"\s?([%％°×€£¥$])", text[end:])
    if sign:
        return UNITS[sign.group(1)], last, end + sign.end()
    if last + 1 < len(parts):
        following = parts[last + 1]
        if text[end : following.start] in {"", " ", "-", "\u00a0"} and following.text.lower() in UNITS:
            if following.text.lower() == "per" or (len(following.text) == 1 and following.start != end):
                return "", last, end
            return UNITS[following.text.lower()], last + 1, following.end
    return "", last, end
