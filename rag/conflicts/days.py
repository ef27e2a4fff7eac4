"""The dates that a sentence names, and whether two of them can be one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.terms.lexicon import MONTHS

NAMES = "|".join(sorted((form.title() for form in MONTHS), key=len, reverse=True))
DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
YEAR = r"(?P<year>(?:1[0-9]|20|21)\d{2})"
FORMS = tuple(
    re.compile(form)
    for form in (
        rf"\b{YEAR}-(?P<number>0[1-9]|1[0-2])-{DAY}\b",
        rf"(?<![\d.]){DAY}\.(?P<number>0?[1-9]|1[0-2])\.{YEAR}\b",
        rf"(?<![\d.,]){DAY}(?:st|nd|rd|th)?(?: of)? (?P<month>{NAMES})\b\.?(?:,? {YEAR}\b)?",
        rf"\b(?P<month>{NAMES})\b\.? {DAY}(?:st|nd|rd|th)?(?![\d:])\b(?:,? {YEAR}\b)?",
        rf"\b(?P<month>{NAMES})\b\.?,? {YEAR}\b",
        rf"\b(?i:in|of|by|since|until|from|to|early|late|mid)[ -](?P<month>{NAMES})\b(?! \d)",
    )
)
"""A whole date, a day of a month, a month of a year, a month by itself; the earlier form is read first."""


class Day(NamedTuple):
    """A date, as far as it is said: 0 stands for what is not; `start` and `end` are its place."""

    year: int
    month: int
    day: int
    start: int
    end: int

    def differs(self, other: Day) -> bool:
        """Return whether both cannot be one date: a part that both say is another one.

        >>> read_days("on 15 September")[0].differs(read_days("on 2025-10-06")[0])
        True
        >>> read_days("on 15 September")[0].differs(read_days("in September 2025")[0])
        False
        """
        return any(own and theirs and own != theirs for own, theirs in zip(self[:3], other[:3], strict=True))


@lru_cache(maxsize=2048)
def read_days(text: str) -> tuple[Day, ...]:
    """Return the dates of a text that name a month at least, in order; none where it names none.

    >>> [(day.year, day.month, day.day) for day in read_days("From May 2024 to 3 June.")]
    [(2024, 5, 0), (0, 6, 3)]
    """
    found: list[Day] = []
    for form in FORMS:
        for match in form.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            parts = match.groupdict()
            name = parts.get("month")
            month = int(MONTHS[name.lower()].removeprefix("month-")) if name else int(parts["number"])
            start = match.start("month") if parts.get("day") is None and name else match.start()
            end = match.end() - match.group().endswith(".")
            found.append(Day(int(parts.get("year") or 0), month, int(parts.get("day") or 0), start, end))
    return tuple(sorted(found, key=lambda day: day.start))
