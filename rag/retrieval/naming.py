"""What a document is called, and what it says of itself.

The name is read from its source, its title and its metadata; what it says of itself from its first characters: "for the
quarterly period ended June 25, 2022". Its name goes before that, and that before the calendar: a report called
``2022 Q3`` is the one of the third quarter, whenever that quarter ended.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from rag.retrieval.mentions import looks_like_name, name_words
from rag.terms.periods import Period, read_periods
from rag.types import DocumentRecord

OPENING_CHARACTERS = 1000
"""Of each document so many are read for what it says of itself."""

_ENDED = re.compile(
    r"\b(?:period|quarter|year|months|weeks)\s+end(?:ed|ing)\b[\s:]*([\w.]+\s+\d{1,2},?\s+\d{4}|\d{1,2}\s+\w+,?\s+\d{4}"
    r"|\d{4}-\d\d-\d\d|\w+\s+\d{4})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DocumentName:
    """What a document is called, or what it says of itself.

    Attributes:
        words: Words of its name, folded.
        periods: Those it names.
        dated: When it was written, where only that is known.
    """

    words: frozenset[str]
    periods: tuple[Period, ...] = ()
    dated: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a document: what it is called, and what it says of itself if that was read."""

    record: DocumentRecord
    name: DocumentName
    opening: DocumentName = DocumentName(frozenset())

    def is_of(self, period: Period, *, by_opening: bool = True) -> bool:
        """Return whether it is about a period: by its name if that speaks of such, else by what it says of itself."""
        for said in (self.name.periods, self.opening.periods if by_opening else ()):
            if period.month:
                if exact := [one for one in said if one.month]:
                    return any(period.holds(one) for one in exact)
            elif period.quarter:
                if quarters := [one for one in said if one.quarter]:
                    return any(period.holds(one) for one in quarters)
                if ended := [one.calendar() for one in said if one.month]:
                    return any(period.holds(one) for one in ended)
            elif said:
                return any(period.holds(one) for one in said)
        return False

    def is_dated(self, period: Period) -> bool:
        """Return whether it was written in a period; what it is about may be another."""
        return any(period.holds(one.calendar() if period.quarter else one) for one in self.name.dated)

    def named_by(self, words: Collection[str]) -> frozenset[str]:
        """Return those of the words that belong to its name."""
        return frozenset(word for word in words if word in self.name.words or word in self.opening.words)

    def place_in_series(self) -> date | None:
        """Return the day that orders it among documents that are alike; None where it names no period."""
        ended = [one for one in self.opening.periods if one.day]
        periods = ended or [*self.name.periods, *self.opening.periods]
        return max((period.last_day() for period in periods), default=None)


def read_name(record: DocumentRecord) -> DocumentName:
    """Return what a document is called by its record."""
    path = PurePosixPath(record.source)
    called = f"{path.stem} | {record.title}"
    stated = [str(value) for key, value in record.metadata.items() if key in ("period", "quarter", "fiscal_year")]
    dated = read_periods(str(record.metadata.get("date", "")))
    periods = read_periods(" | ".join((path.stem, *stated))) or read_periods(record.title)
    return DocumentName(frozenset(name_words(called)), periods, dated)


def read_opening(text: str) -> DocumentName:
    """Return what a document says of itself in its first characters: names, and the period that it is about.

    >>> read_opening("Apple Inc. For the quarterly period ended June 25, 2022").periods
    (Period(year=2022, quarter=None, month=6, day=25),)
    """
    words = frozenset(folded for word in text.split() if looks_like_name(word) for folded in name_words(word))
    quarters = tuple(period for period in read_periods(text) if period.quarter and period.year)
    ended = tuple(period for match in _ENDED.finditer(text) for period in read_periods(match[1]))
    return DocumentName(words, (*quarters[:1], *ended[:1]))
