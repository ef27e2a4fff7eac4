"""Dates in a filter: a day, a month or a year is a period, and periods compare as a person means it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[T ].*)?)?)?", re.DOTALL)
YEARS = range(1, 9999)


class Period(NamedTuple):
    """Days from `first` to `last`, both included."""

    first: date
    last: date


def period_of(value: object) -> Period | None:
    """Return the day, month or year that a text states in ISO 8601, or a number that is a year; None for others.

    >>> period_of("2024-02")
    Period(first=datetime.date(2024, 2, 1), last=datetime.date(2024, 2, 29))
    """
    if type(value) is int and value in YEARS:
        return Period(date(value, 1, 1), date(value, 12, 31))
    found = DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if year is None or year not in YEARS:
            return None
        if month is None:
            return Period(date(year, 1, 1), date(year, 12, 31))
        if day is None:
            following = date(year + month // 12, month % 12 + 1, 1)
            return Period(date(year, month, 1), following - timedelta(days=1))
        return Period(date(year, month, day), date(year, month, day))
    except ValueError:
        return None


def is_within(value: Period, other: Period) -> bool:
    """Tell whether all of a period lies in another."""
    return other.first <= value.first and value.last <= other.last


def holds(value: Period, comparison: str, bound: Period) -> bool:
    """Tell whether all of a period lies after or before a bound (``gt``, ``lt``), or not before or after it.

    ``{"lte": "2023"}`` lets through what is of 2023 or earlier, ``{"gt": "2023"}`` what is later than all of 2023.
    """
    if comparison == "gte":
        return value.first >= bound.first
    if comparison == "gt":
        return value.first > bound.last
    if comparison == "lte":
        return value.last <= bound.last
    return value.last < bound.first
