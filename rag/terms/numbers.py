"""Numbers with their scale and unit, so that ``$3 billion`` is ``$3B`` and ``1,000`` is ``1000``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.terms.clocks import CLOCKS, clock_at, is_full_hour, same_clock
from rag.terms.lexicon import APPROXIMATIONS, MONTHS, SCALES, STOP_WORDS, UNITS
from rag.terms.spelled import fraction_after, spelled_value
from rag.terms.words import Token

ENUMERATOR = re.compile(r"\s*(?:\(?\d{1,2}[.)]|#\d+|Step \d{1,2}:)\s")
ISO_DATE = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(\d{2})\b")
DAY_OF_MONTH = "day of a month"
MONTH_NAMES = "|".join(MONTHS).title()
MONTH_BEFORE = re.compile(rf"\b(?:{MONTH_NAMES})\.? $")
MONTH_AFTER = re.compile(rf"(?:st|nd|rd|th)?(?: of)? (?:{MONTH_NAMES})\b")
RATE = re.compile(
    r"\s?(?:per|/|an?|each|every)\s?(?P<unit>second|minute|hour|day|week|month|year)\b"
    r"|(?:\s?/|\sper)\s?(?P<short>sec|min|hr|h|s|yr)\b"
)
COUNTED = re.compile(r" ([a-z]{3,}s|people|men|women|children)\b")
DEGREE = "degree"
DEGREES = re.compile(r"\s?(?:°\s?(?P<letter>[CF])(?![^\W\d_])|(?P<sign>[℃℉])|degrees? (?P<word>Celsius|Fahrenheit)\b)")
BETWEEN = frozenset({"business", "working", "calendar", "full", "whole", "consecutive", "more", "additional", "long"})
"""Words that may stand between a number and its unit."""

BOUNDS = tuple(
    (name, re.compile(rf"\b(?:{words}) [$€£¥]?$"))
    for name, words in (
        ("", "no (?:more|less|fewer) than|not (?:over|under)"),
        ("over", "more than|over|above|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|greater than"),
        ("under", "less than|fewer than|under|below"),
        ("twice", "twice|double"),
        ("half", "half(?: of)?"),
    )
)
"""What may be said before a number; ``at least`` and ``at most`` take the number itself in."""

ZEROS_BEFORE = re.compile(r"0\d{2,}")
VERSIONED = re.compile(
    r"(?:\b(?:version|release|build|section|clause|chapter|article)s? |\bv\.? ?|§ ?)$", re.IGNORECASE
)
DOTTED = re.compile(r"\d+(?:\.\d+)+")
"""What stands before the number of a version or a section, and how such a number is written."""

DECADE = re.compile(r"[12]\d\d0['’]?s")

SPACED_LETTERS = frozenset("glmh")
"""Units of one letter that may stand apart from their number."""

FOOTNOTE = re.compile(r"[^\W\d_][)\]”\"’'%]*[.!?,;][)\]”\"’']*$")
"""What stands right before the number of a footnote, without a space between."""

NEGATIVE = re.compile(r"(?:^|[\s(])[-−]$|\bminus $", re.IGNORECASE)
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
        rate: The time it is said of (``day`` in ``200 mg per day``); empty where none is.
        counted: The plural noun right behind a number that has no unit; empty where there is none.
        bound: ``over``, ``under``, ``twice`` or ``half`` where the text says so of it, ``decade`` for ``1930s``; else
            empty.
        name: As it is written where it is compared so: what has zeros before it, and a version; else empty.
    """

    value: float
    unit: str
    start: int
    end: int
    approximate: bool = False
    spelled: bool = False
    rate: str = ""
    counted: str = ""
    bound: str = ""
    name: str = ""

    def agrees(self, other: Quantity) -> bool:
        """Return whether a claim's number (self) stands in a source as `other`."""
        if self.unit and other.unit and not same_unit(self.unit, other.unit):
            return False
        if self.rate and other.rate and self.rate != other.rate:
            return False
        if (self.unit and other.counted) or (self.counted and other.unit):
            return False
        if self.unit in CLOCKS or other.unit in CLOCKS:
            return self.same_time(other)
        if self.name or other.name:
            return (self.name or f"{self.value:g}") == (other.name or f"{other.value:g}")
        if self.bound and self.bound != other.bound:
            return self.bounds(other)
        if other.bound == "decade" != self.bound:
            return False
        allowed = TOLERANCE * abs(self.value) if self.approximate else 1e-9 * max(1.0, abs(self.value))
        return abs(self.value - other.value) <= allowed

    def bounds(self, other: Quantity) -> bool:
        """Return whether this number says roughly what a plain number of the source says exactly.

        ``Over 12`` is 12.4 cut off at its last figure, but not 300; a year lies in its decade.
        """
        if other.bound or other.approximate:
            return False
        step = (
            10.0 if self.bound == "decade" else 10.0 ** int(Decimal(repr(self.value)).normalize().as_tuple().exponent)
        )
        beyond = other.value - self.value
        if self.bound == "decade":
            return not (other.unit or other.counted) and 0.0 <= beyond < step
        return (self.bound == "over" and 0.0 < beyond < step) or (self.bound == "under" and 0.0 < -beyond < step)

    def same_time(self, other: Quantity) -> bool:
        """Return whether both are the same time of day; one of them may be no more than the hour."""
        if self.unit and other.unit:
            return same_clock(self.value, self.unit, other.value, other.unit)
        clock, plain = (self, other) if self.unit else (other, self)
        return not plain.counted and is_full_hour(clock.value, plain.value)


def same_unit(one: str, other: str) -> bool:
    """Return whether two units may be the same: bare degrees are of either scale, times of day are written two ways."""
    if one in CLOCKS and other in CLOCKS:
        return True
    return one == other or (DEGREE in (one, other) and one.startswith(DEGREE) and other.startswith(DEGREE))


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
        clock = clock_at(text, token.start) if token.kind == "number" else None
        if clock is not None:
            found.append(Quantity(clock.minutes, clock.kind, token.start, clock.end))
            after = max(place for place in range(index, len(parts)) if parts[place].start < clock.end)
            continue
        read = plain_value(text, parts, index)
        if read is None:
            continue
        quantity, after = scaled(text, parts, index, *read)
        if not (quantity.spelled and quantity.value in (0.0, 1.0) and not quantity.unit):  # one of them
            found.append(quantity)
    return tuple(found)


def plain_value(text: str, parts: Sequence[Token], index: int) -> tuple[float, int] | None:
    """Return the value of the number, in figures or words, that begins at `index`, and its last index; or None."""
    token = parts[index]
    if token.kind == "word":
        return spelled_value(text, parts, index)
    if token.kind != "number":
        return None
    digits = re.sub("[,\u00a0\u202f]", "", token.text)
    value = float(digits) if digits.count(".") <= 1 else float(".".join(digits.split(".")[:2]))
    return value, index


def scaled(text: str, parts: Sequence[Token], index: int, value: float, last: int) -> tuple[Quantity, int]:
    """Return the number from `index` to `last` with sign, scale and unit, and the index of the last token it takes."""
    token, end = parts[index], parts[last].end
    fraction = fraction_after(text, end, value)
    if fraction is not None:
        value, end = fraction
        last = max(i for i in range(last, len(parts)) if parts[i].start < end)
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
    negative = NEGATIVE.search(text[max(0, token.start - 6) : token.start]) is not None
    approximate = bool(APPROXIMATIONS.intersection(before[-2:]))
    counted = "" if unit else counted_after(text, end)
    rate = RATE.match(text, end + len(counted) + 1 if counted else end)
    decade = DECADE.fullmatch(text, token.start, end) is not None
    return Quantity(
        value=-value if negative else value,
        unit=unit,
        start=token.start,
        end=end,
        approximate=approximate,
        spelled=token.kind == "word",
        rate=UNITS[rate["unit"] or rate["short"]] if rate else "",
        counted=counted,
        bound="decade" if decade else bound_before(text[max(0, token.start - 24) : token.start].lower()),
        name="" if unit or counted else name_of(text[max(0, token.start - 12) : token.start], text[token.start : end]),
    ), last


def name_of(before: str, written: str) -> str:
    """Return a number as it is written where it names rather than measures; empty elsewhere.

    >>> name_of("version ", "3.10"), name_of("version ", "3.0"), name_of("PIN ", "0420"), name_of("about ", "3.10")
    ('3.10', '3', '0420', '')
    """
    if ZEROS_BEFORE.fullmatch(written):
        return written
    return re.sub(r"(?:\.0)+$", "", written) if VERSIONED.search(before) and DOTTED.fullmatch(written) else ""


def bound_before(before: str) -> str:
    """Return what the text before a number says of it: ``over``, ``under``, ``twice``, ``half`` or nothing."""
    return next((name for name, pattern in BOUNDS if pattern.search(before)), "")


def counted_after(text: str, end: int) -> str:
    """Return the plural noun right behind a number, in lower case; empty where there is none."""
    noun = COUNTED.match(text, end, end + 40)
    return noun.group(1) if noun and noun.group(1) not in STOP_WORDS and not noun.group(1).endswith("ss") else ""


def scale_of(word: str, *, attached: bool) -> float | None:
    """Return what `word` multiplies a number by; a letter counts only as a capital (or k) attached: ``3B``, ``5k``."""
    if len(word) == 1 and word.isascii():
        return SCALES.get(word.lower()) if attached and (word.isupper() or word == "k") else None
    return SCALES.get(word.lower())


def currency_before(text: str, start: int) -> str:
    """Return the currency sign written before a number; empty where there is none."""
    before = text[max(0, start - 3) : start].rstrip()
    return before[-1] if before and before[-1] in CURRENCY else ""


def unit_after(text: str, parts: Sequence[Token], last: int, end: int) -> tuple[str, int, int]:
    """Return the unit written after a number, with the last token and character it takes."""
    before = text[max(0, parts[last].start - 12) : parts[last].start]
    if (MONTH_BEFORE.search(before) or MONTH_AFTER.match(text, end)) and end - parts[last].start <= 2:
        return DAY_OF_MONTH, last, end
    degrees = degrees_after(text, parts, last, end)
    if degrees is not None:
        return degrees
    sign = re.match(r"\s?([%％°×€£¥$])", text[end:])
    if sign:
        return UNITS[sign.group(1)], last, end + sign.end()
    if last + 1 < len(parts):
        following = parts[last + 1]
        if following.text.lower() in BETWEEN and last + 2 < len(parts) and parts[last + 2].text.lower() in UNITS:
            return UNITS[parts[last + 2].text.lower()], last + 2, parts[last + 2].end
        if text[end : following.start] in {"", " ", "-", "\u00a0"} and following.text.lower() in UNITS:
            apart = len(following.text) == 1 and following.start != end
            decade = following.text == "s" and re.fullmatch(r"\d{4}", parts[last].text) is not None
            if decade:
                return "", last + 1, following.end
            if apart and following.text not in SPACED_LETTERS:
                return "", last, end
            if following.text.lower() in {"percentage", "percent"} and re.match(r" points?\b", text[following.end :]):
                return "percentage point", last + 1, following.end
            return UNITS[following.text.lower()], last + 1, following.end
    return "", last, end


def degrees_after(text: str, parts: Sequence[Token], last: int, end: int) -> tuple[str, int, int] | None:
    """Return the scale of a temperature written after a number, as `unit_after` does; None where none is."""
    found = DEGREES.match(text, end)
    if found is None:
        return None
    scale = found["sign"] or (found["word"] or f"°{found['letter']}").lower()
    within = [index for index in range(last, len(parts)) if parts[index].start < found.end()]
    return UNITS[scale], within[-1], found.end()
