"""How a figure changes between two quoted sentences, or what both come to: a sentence that is then checked."""

from __future__ import annotations

import re

from rag.terms import Quantity, analyse
from rag.terms.comparing import Comparison
from rag.terms.lexicon import SCALES
from rag.terms.periods import place_periods

CURRENCY = "$€£¥"
DIGITS = re.compile(r"\d[\d,\u00a0\u202f]*(?:\.\d+)?")
PERCENT_DECIMALS = 1


def state_change(comparison: Comparison, first: str, second: str) -> str | None:
    """Return how a figure changes from one sentence to the other, or their total; None where that is not certain.

    Certain where each sentence has one figure, periods apart, both of the same unit or of the same things, both
    positive, and in no percentages.

    >>> from rag.terms.comparing import read_comparison
    >>> asked = read_comparison("How much did revenue grow from Q1 to Q2?")
    >>> state_change(asked, "Revenue in Q1 was 1.84 million euros.", "Revenue in Q2 was 2.07 million euros.")
    'Revenue rose by 0.23 million euros (12.5 %), from 1.84 million euros in Q1 to 2.07 million euros in Q2.'
    """
    before, after = only_figure(first), only_figure(second)
    if before is None or after is None or not comparison.over_time or not alike(before, after):
        return None
    if any(each.approximate or each.bound for each in (before, after)):
        return None
    if before.unit == "%" or min(before.value, after.value) <= 0:
        return None
    what = comparison.what[:1].upper() + comparison.what[1:]
    earlier, later = f"{shown(first, before)} in {comparison.first}", f"{shown(second, after)} in {comparison.second}"
    if comparison.total:
        total = written(after.value + before.value, second, after, first, before)
        return f"{what} was {total} in total, {earlier} and {later}." if total else None
    difference = written(abs(after.value - before.value), second, after, first, before)
    if difference is None or before.value == after.value:
        return None
    percent = abs(after.value - before.value) / before.value * 100
    verb = "rose" if after.value > before.value else "fell"
    return f"{what} {verb} by {difference} ({percent:.{PERCENT_DECIMALS}f} %), from {earlier} to {later}."


def only_figure(text: str) -> Quantity | None:
    """Return the one number of a sentence in digits that is no part of a period; None where there are more."""
    placed = place_periods(text)
    figures = [
        number
        for number in analyse(text).numbers
        if not number.spelled and not any(start < number.end and number.start < end for start, end, _ in placed)
    ]
    return figures[0] if len(figures) == 1 else None


def alike(one: Quantity, other: Quantity) -> bool:
    """Return whether two figures are of the same unit, and of the same things where they count any."""
    return (one.unit, one.counted, one.rate) == (other.unit, other.counted, other.rate)


def shown(text: str, figure: Quantity) -> str:
    """Return a figure as it stands in its sentence, with what it counts and the sign of its currency."""
    start = figure.start
    before = text[:start].rstrip()
    if before and before[-1] in CURRENCY:
        start = len(before) - 1
    counted = f" {figure.counted}" if figure.counted else ""
    return f"{text[start : figure.end]}{counted}"


def written(value: float, text: str, figure: Quantity, other_text: str, other: Quantity) -> str | None:
    """Return a value written as two figures are: scale, unit and decimals; None where they are not written alike."""
    pattern, other_pattern = shown(text, figure), shown(other_text, other)
    digits, other_digits = DIGITS.search(pattern), DIGITS.search(other_pattern)
    if digits is None or other_digits is None:
        return None
    frame = (pattern[: digits.start()], pattern[digits.end() :])
    if frame != (other_pattern[: other_digits.start()], other_pattern[other_digits.end() :]):
        return None
    decimals = max(len(found.group().partition(".")[2]) for found in (digits, other_digits))
    words = re.findall(r"[^\W\d_]+", frame[1])
    scale = SCALES.get(words[0].lower(), 1.0) if words else 1.0
    return f"{frame[0]}{value / scale:,.{decimals}f}{frame[1]}"
