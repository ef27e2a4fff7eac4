"""The date of a document, where it gives one."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){YEAR}[-/.](?P<number>0?[1-9]|1[0-2])(?:[-/.]\d{{1,2}})?(?!\d)",
        rf"\b(?P<month>{MONTHS}|{SHORT})\.? (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?{YEAR}\b",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?P<month>{MONTHS}|{SHORT})\.?,? {YEAR}\b",
    )
)
ALONE = re.compile(rf"(?<![\d.,-]){YEAR}(?![\d.,-])")


def date_of(passage: Passage, opening: str = "") -> str:
    """Return when a passage's document was written, as ``May 2025`` or ``2025``; empty where it does not say.

    Looked for in its metadata, then in its title, then in its opening, where only a whole date counts.
    """
    return dated(passage.metadata) or read_date(passage.title) or read_date(opening[:OPENING_CHARACTERS], whole=True)


def dated(metadata: Mapping[str, str | int | float | bool]) -> str:
    """Return the date that metadata gives; empty where there is none."""
    values = {key.lower().replace(" ", "_").replace("-", "_"): str(value) for key, value in metadata.items()}
    return next((found for key in KEYS if key in values and (found := read_date(values[key]))), "")


def read_date(text: str, *, whole: bool = False) -> str:
    """Return the first date of a text as month and year; with `whole`, a year by itself is none."""
    matches = [match for pattern in DATES if (match := pattern.search(text))]
    if matches:
        first = min(matches, key=lambda match: match.start())
        found = first.groupdict()
        names = MONTHS.split("|")
        name = found.get("month") or names[int(found["number"]) - 1]
        return f"{next(month for month in names if month.startswith(name[:3]))} {found['year']}"
    alone = None if whole else ALONE.search(text)
    return alone["year"] if alone else ""
