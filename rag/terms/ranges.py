"""Ranges of numbers in the rows of tables: ``up to £50,000``, ``£50,001 to £120,000``, ``over 5 years``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.terms.analysis import analyse
from rag.terms.cells import cells_of, units_named
from rag.terms.numbers import Quantity

SIGNED = r"[$€£¥]?\s?"
BETWEEN = re.compile(rf"(?:from |between )?{SIGNED}(?P<low>\d)")
JOINED = re.compile(rf"\s?(?:to|and|up to|[–—-])\s?{SIGNED}(?=\d)")
BELOW = re.compile(rf"(?P<word>up to|at most|(?:no|not) more than|until|under|below|less than) {SIGNED}(?=\d)", re.I)
ABOVE = re.compile(rf"(?P<word>from|at least|(?:no|not) less than|above|over|more than) {SIGNED}(?=\d)", re.I)
OPEN_END = re.compile(r"\s?(?:\+|(?:and|or) (?:more|over|above|up)\b)")
STRICT = frozenset(("under", "below", "less than", "above", "over", "more than"))
"""What leaves the number itself out of the range."""


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from a lowest to a highest one.

    Attributes:
        low: The lowest; minus infinity where there is none.
        high: The highest; infinity where there is none.
        numbers: The numbers as written.
        strict: Whether the bound itself lies outside.
    """

    low: float
    high: float
    numbers: tuple[Quantity, ...]
    strict: bool = False

    def holds(self, number: Quantity) -> bool:
        """Return whether a number lies within; of ``over 5``, what is just above 5. One of another unit does not."""
        units = {one.unit for one in (*self.numbers, number) if one.unit}
        if len(units) > 1:
            return False
        if number.bound == "over":
            return self.low <= number.value < self.high
        if number.bound == "under":
            return self.low < number.value <= self.high
        return self.low < number.value < self.high if self.strict else self.low <= number.value <= self.high


def opening_range(text: str) -> tuple[Range | None, str]:
    """Return the range that a text opens with, and what stands behind it; None and the text where there is none.

    >>> opening_range("£50,001 to £120,000 3 %")[1], opening_range("over 5 years 28 days")[1], opening_range("3 days")
    ('3 %', '28 days', (None, '3 days'))
    """
    numbers = analyse(text).numbers
    if not numbers:
        return None, text
    first = numbers[0]
    for pattern, is_below in ((BELOW, True), (ABOVE, False)):
        match = pattern.match(text)
        if match and match.end() == first.start:
            strict = match["word"].lower() in STRICT
            low, high = (-math.inf, first.value) if is_below else (first.value, math.inf)
            joined = JOINED.match(text, first.end)
            if is_below or not (joined and len(numbers) > 1 and joined.end() == numbers[1].start):
                return Range(low, high, (first,), strict), text[first.end :].strip()
    opened = BETWEEN.match(text)
    if not opened or opened.start("low") != first.start:
        return None, text
    joined = JOINED.match(text, first.end)
    if joined and len(numbers) > 1 and joined.end() == numbers[1].start and first.value < numbers[1].value:
        return Range(first.value, numbers[1].value, numbers[:2]), text[numbers[1].end :].strip()
    ended = OPEN_END.match(text, first.end)
    return (Range(first.value, math.inf, (first,)), text[ended.end() :].strip()) if ended else (None, text)


def falls_into(numbers: Sequence[Quantity], row: str, header: str = "") -> float:
    """Return the share of numbers that lie in a range that a row of a table, one of its cells, or a column is for."""
    if not numbers:
        return 0.0
    ranges = ranges_of(row, header)
    return sum(any(lies_in(number, name, each) for name, each in ranges) for number in numbers) / len(numbers)


def ranges_of(row: str, header: str = "") -> list[tuple[str, Range]]:
    """Return the ranges that a row, a cell or a column is for, each with the name of the column that it stands in.

    A column's counts where the row has something in it: ``2 to 10 kg: 29.50``.
    """
    found = [("", opening_range(row)[0])]
    for name, value in cells_of(row, header):
        within, rest = opening_range(value)
        found += [(name, within if not rest else None), ("", opening_range(name)[0] if value.strip() else None)]
    return [(name, each) for name, each in found if each is not None]


def lies_in(number: Quantity, name: str, within: Range) -> bool:
    """Return whether a number lies in a range, in a unit that its column names, if that names any."""
    units = units_named(name)
    return within.holds(number) and not (number.unit and units and number.unit not in units)
