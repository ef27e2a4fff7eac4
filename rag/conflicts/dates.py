"""The date of a document, where it gives one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from rag.terms.periods import Period
from rag.types import Passage

KEYS = (
    "date",
    "published",
    "published_at",
    "publication_date",
    "updated",
    "last_updated",
    "modified",
    "created",
    "year",
)
"""Metadata that dates a document, in lower case, the most telling first."""

OPENING_CHARACTERS = 600
"""Beginning of a document in which its date is looked for."""

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
YEAR = r"(?P<year>(?:19|20)\d{2})"
DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){YEAR}(?P<sign>[-/.])(?P<number>0?[1-9]|1[0-2])(?:(?P=sign){DAY})?(?!\d)",
        rf"(?<![\d.]){DAY}\.(?P<number>0?[1-9]|1[0-2])\.{YEAR}(?!\d)",
        rf"\b(?P<month>{MONTHS}|{SHORT})\.? (?:{DAY}(?:st|nd|rd|th)?,? )?{YEAR}\b",
        rf"\b{DAY}(?:st|nd|rd|th)? (?P<month>{MONTHS}|{SHORT})\.?,? {YEAR}\b",
    )
)
WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
LOGGED = re.compile(r"\W{0,4}(?:\d{4}-\d\d-\d\d|\d\d?\.\d\d?\.\d{4}|\d\d? [A-Z][a-z]+ \d{4})\s?[:–—|-]\s")
"""Begins an entry of a log: ``2025-05-13: the fee is raised``."""

ALONE = re.compile(rf"(?<![\d.,-]){YEAR}(?![\d.,-])")


class DocumentDate(NamedTuple):
    """When a document was written, as far as it says: `month` and `day` are 0 where it does not."""

    year: int
    month: int = 0
    day: int = 0

    @property
    def period(self) -> Period:
        """The same as a period."""
        return Period(self.year, month=self.month or None, day=self.day or None)

    @property
    def iso(self) -> str:
        """The date in ISO 8601, as far as it is said: ``2025-05-22``, ``2025-05`` or ``2025``."""
        return "-".join(f"{part:0{width}}" for part, width in zip(self, (4, 2, 2), strict=True) if part)

    def is_before(self, other: DocumentDate) -> bool:
        """Return whether it is surely earlier than another one.

        >>> DocumentDate(2025, 3).is_before(DocumentDate(2025, 6, 23))
        True
        >>> DocumentDate(2025).is_before(DocumentDate(2025, 6))
        False
        """
        for own, theirs in zip(self, other, strict=True):
            if own != theirs:
                return bool(own and theirs and own < theirs)
        return False

    def __str__(self) -> str:
        """Return it for a person: ``22 May 2025``, ``May 2025`` or ``2025``."""
        day = f"{self.day} " if self.day else ""
        return f"{day}{MONTHS.split('|')[self.month - 1]} {self.year}" if self.month else str(self.year)


def date_of(passage: Passage, opening: str = "") -> DocumentDate | None:
    """Return when a passage's document was written; None where it does not say.

    Looked for in its metadata, then in its title and in the name of its file, then in its opening, where only a date
    with a month counts.
    """
    name = PurePosixPath(passage.source).name.replace("_", " ")
    return (
        dated(passage.metadata)
        or read_date(passage.title)
        or read_date(name, whole=True)
        or read_date(opening[:OPENING_CHARACTERS], whole=True)
    )


def date_at(passage: Passage, position: int, opening: str = "") -> DocumentDate | None:
    """Return when what stands at a canonical position was written: that of its heading or line, else the document's.

    A heading counts that names a day, or is nothing but a month; a line above it, or the beginning of its own, that is
    nothing but a day.
    """
    under = [heading for heading in passage.heading_at(position) if heading != passage.title]
    for heading in reversed(under):
        found = read_date(heading, whole=True)
        if found and (found.day or is_date_alone(heading)):
            return found
    above = passage.canonical[: max(0, position - passage.start)]
    line = passage.canonical[len(above) :].partition("\n")[0]
    if LOGGED.match(line):
        return read_date(line, whole=True)
    lines = [text for text in above.splitlines() if is_date_alone(text)]
    return (read_date(lines[-1], whole=True) if lines else None) or date_of(passage, opening)


def is_date_alone(text: str) -> bool:
    """Return whether a line is nothing but a date.

    >>> is_date_alone("## Tuesday, 13 May 2025"), is_date_alone("Budget of May 2025")
    (True, False)
    """
    rests = [pattern.sub(" ", text) for pattern in DATES if pattern.search(text)]
    return any(re.search(r"\w", WEEKDAY.sub(" ", rest)) is None for rest in rests)


def dated(metadata: Mapping[str, str | int | float | bool]) -> DocumentDate | None:
    """Return the date that metadata gives; None where there is none."""
    values = {key.lower().replace(" ", "_").replace("-", "_"): str(value) for key, value in metadata.items()}
    return next((found for key in KEYS if key in values and (found := read_date(values[key]))), None)


def read_date(text: str, *, whole: bool = False) -> DocumentDate | None:
    """Return the first date of a text; with `whole`, a year by itself is none."""
    matches = [match for pattern in DATES if (match := pattern.search(text))]
    if matches:
        found = min(matches, key=lambda match: match.start()).groupdict()
        names = MONTHS.split("|")
        month = found.get("number") or next(i for i, n in enumerate(names, 1) if n.startswith(found["month"][:3]))
        return DocumentDate(int(found["year"]), int(month), int(found.get("day") or 0))
    alone = None if whole else ALONE.search(text)
    return DocumentDate(int(alone["year"])) if alone else None
