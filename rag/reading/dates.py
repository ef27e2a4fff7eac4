"""Dates as people write them, read without guessing: ``2025-06-23``, ``23 June 2025``, ``June 23, 2025``, ``3.6.2025``.

They are told as ISO 8601, as a day, a month or a year. Of ``03/04/2025``, which is March or April by where it was
written, the year is told only. A quarter (``Q1 2025``) is told by its last month, as what is written of it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from rag.terms.months import MONTHS, NAMES

YEAR = r"(?:1[5-9]|20|21)\d\d"
DATE = re.compile(
    rf"""(?<![\w$€£])(?<!\d[.,/-])(?<!\w-)(?:
      (?P<iso_year>{YEAR})-(?P<iso_month>\d\d)(?:-(?P<iso_day>\d\d))?(?![\d-]|/\d)
    | (?P<day>\d\d?)(?:st|nd|rd|th|er|\.|º)?[ ](?:of[ ]|de[ ])?(?P<month>{NAMES})\b\.?,?[ ](?:de[ ])?(?P<year>{YEAR})
    | (?P<month_first>{NAMES})\b\.?[ ](?P<day_after>\d\d?)(?:st|nd|rd|th)?,?[ ](?P<year_after>{YEAR})
    | (?P<month_alone>{NAMES})\b\.?,?[ ](?:of[ ]|de[ ])?(?P<year_alone>{YEAR})
    | Q(?P<quarter>[1-4])[ /-](?P<quarter_year>{YEAR}) | (?P<year_of_quarter>{YEAR})[ /-]?Q(?P<quarter_after>[1-4])
    | (?P<first>\d\d?)(?P<mark>[./-])[ ]?(?P<second>\d\d?)(?P=mark)[ ]?(?P<numeric_year>{YEAR})
    | (?P<year_before>{YEAR})(?P<mark_after>[./])(?P<third>\d\d?)(?P=mark_after)(?P<fourth>\d\d?)
    )(?:(?=T\d\d:)|(?!\w|[.,/-]\d))""",
    re.VERBOSE | re.IGNORECASE,
)
YEAR_ONLY = re.compile(YEAR)


class Dated(NamedTuple):
    """A date in a text: where it stands, and what it says in ISO 8601."""

    start: int
    end: int
    day: str


def read_date(written: str) -> str | None:
    """Return the date that a text says and nothing else, a time of day aside; None where it is none.

    >>> read_date("23 June 2025"), read_date("2025-06-23T09:00:00Z"), read_date("03/04/2025"), read_date("14/02/2025")
    ('2025-06-23', '2025-06-23', '2025', '2025-02-14')
    """
    words = " ".join(written.split())
    if YEAR_ONLY.fullmatch(words):
        return words
    found = next(find_dates(words), None)
    if found is None or found.start > 0 or not re.fullmatch(r"(?:[T, ]+(?:at )?\d.*)?", words[found.end :]):
        return None
    return found.day


def find_dates(text: str) -> Iterator[Dated]:
    """Yield the dates of a text in order; a day that no calendar has is none."""
    for match in DATE.finditer(text):
        if day := read_match(match):
            yield Dated(match.start(), match.end(), day)


def read_match(match: re.Match[str]) -> str | None:
    """Return what one match of `DATE` says; None where it is no date that there is."""
    found = match.groupdict()
    if found["iso_year"]:
        return write_date(found["iso_year"], found["iso_month"], found["iso_day"])
    if found["year"]:
        return write_date(found["year"], MONTHS[found["month"].lower()], found["day"])
    if found["year_after"]:
        return write_date(found["year_after"], MONTHS[found["month_first"].lower()], found["day_after"])
    if found["year_alone"]:
        return write_date(found["year_alone"], MONTHS[found["month_alone"].lower()])
    if found["year_before"]:
        return write_date(found["year_before"], found["third"], found["fourth"])
    if quarter := found["quarter"] or found["quarter_after"]:
        return write_date(found["quarter_year"] or found["year_of_quarter"], 3 * int(quarter))
    first, second, year = int(found["first"]), int(found["second"]), found["numeric_year"]
    if found["mark"] == "." or first > 12 or first == second:  # with points the day comes first wherever it is written
        return write_date(year, second, first)
    return write_date(year, first, second) if second > 12 else year


def write_date(year: str, month: str | int, day: str | int | None = None) -> str | None:
    """Return a day or a month in ISO 8601; None where the calendar has none such.

    >>> write_date("2024", "2", "29"), write_date("2025", 2, 29), write_date("2025", "06")
    ('2024-02-29', None, '2025-06')
    """
    try:
        found = date(int(year), int(month), int(day) if day is not None else 1)
    except ValueError:
        return None
    return found.isoformat() if day is not None else f"{found:%Y-%m}"
