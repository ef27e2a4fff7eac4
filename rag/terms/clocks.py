"""Times of day as people write them: ``20:15``, ``8:15 pm``, ``8 p.m.``; in minutes since midnight."""

from __future__ import annotations

import re
from typing import NamedTuple

CLOCK = re.compile(
    r"(?<![\d:.,/])(?P<hour>\d{1,2})(?:(?P<mark>[:.])(?P<minute>[0-5]\d))?(?![\d:])(?:\s?(?P<half>[ap])(?:m\b|\.\s?m\b\.?))?",
    re.IGNORECASE,
)

OF_24_HOURS = "time of 24 hours"
OF_12_HOURS = "time of 12 hours"
HOURS_AND_MINUTES = "hours and minutes"
CLOCKS = frozenset((OF_24_HOURS, OF_12_HOURS, HOURS_AND_MINUTES))
"""How a time is written: past noon or with a leading zero; with ``am`` or ``pm``; or so that it may be of either half
of the day, or say how long something takes: ``8:15``."""

HALF_DAY = 12 * 60


class Clock(NamedTuple):
    """A time of day in a text.

    Attributes:
        minutes: Since midnight, as far as what is written tells.
        kind: One of `CLOCKS`.
        end: Its last character in the text, exclusive.
    """

    minutes: float
    kind: str
    end: int


def clock_at(text: str, start: int) -> Clock | None:
    """Return the time of day that begins at a place of a text; None where none does.

    A colon makes one, or ``am`` and ``pm``; a point alone does not: ``8.15`` is a number.

    >>> clock_at("at 8.15 pm", 3), clock_at("at 20:15", 3)
    (Clock(minutes=1215.0, kind='time of 12 hours', end=10), Clock(minutes=1215.0, kind='time of 24 hours', end=8))
    >>> clock_at("8.15", 0), clock_at("16:9", 0), clock_at("25:10", 0), clock_at("1:02:03", 0)
    (None, None, None, None)
    """
    found = CLOCK.match(text, start)
    if found is None:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").lower()
    if half:
        minutes = (hour % 12) * 60 + minute + (HALF_DAY if half == "p" else 0)
        return Clock(float(minutes), OF_12_HOURS, found.end()) if 1 <= hour <= 12 else None
    if found["mark"] != ":" or hour > 24:
        return None
    kind = HOURS_AND_MINUTES if 1 <= hour <= 12 and not found["hour"].startswith("0") else OF_24_HOURS
    return Clock(float(hour * 60 + minute), kind, found.end())


def same_clock(one: float, kind: str, other: float, other_kind: str) -> bool:
    """Return whether two times are the same, in minutes; ``8:15`` may be that of either half, where the other has one.

    >>> same_clock(495, HOURS_AND_MINUTES, 1215, OF_12_HOURS), same_clock(495, HOURS_AND_MINUTES, 1215, OF_24_HOURS)
    (True, False)
    """
    halves = {kind, other_kind} == {HOURS_AND_MINUTES, OF_12_HOURS}
    return (one - other) % HALF_DAY == 0 if halves else one == other


def is_full_hour(minutes: float, plain: float) -> bool:
    """Return whether a number without unit may be the hour of a time: the 9 of ``9 to 5 pm``."""
    return minutes % 60 == 0 and minutes // 60 in (plain, plain + 12)
