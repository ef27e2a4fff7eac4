"""Which of the sentences that say different things of the same stands now, or stood when the question means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from rag.conflicts.amendments import SINCE, read_amendment
from rag.conflicts.dates import DocumentDate
from rag.conflicts.days import read_days
from rag.conflicts.finding import Spot, differ, order_of, spots_of
from rag.conflicts.reworded import marks, subject_of
from rag.terms import Question, analyse_question, bag, carries_or_means
from rag.terms.periods import read_periods
from rag.types import Passage

ASKS_BEFORE = re.compile(
    r"\b(?:originally|initially|previously|formerly|used to|back then|at the time|at first|until then"
    r"|(?:first|original|initial|earlier|previous|former) (?:decision|resolution|rule|vote|plan|version|choice)\b"
    r"|before (?:that|it|the change)|before\s*\?)",
    re.IGNORECASE,
)
"""Asks for what was, whatever came of it."""

Key = tuple[int, int]
"""Number of a passage, and canonical position at which a sentence of it begins."""


LAST_DAY = 28
"""Of any month; a day more or less orders nothing otherwise."""


class Standing(NamedTuple):
    """A sentence that stands, and those that say of the same what was before or came after."""

    stands: Key
    others: frozenset[Key]


def find_standing(question: str, passages: Sequence[Passage], quoted: Sequence[Key]) -> tuple[Standing, ...]:
    """Return what stands of that which quoted sentences and others of another day say differently; empty for most.

    The latest stands, unless the question names an earlier time or asks for what was before. Where it is not sure that
    the later one is of all that is asked about, nothing is returned.

    Args:
        question: The stand-alone question.
        passages: What was found.
        quoted: The sentences to answer with, best first.
    """
    asked = analyse_question(question)
    spots = [spot for passage in passages for spot in spots_of(passage)]
    dated = {key_of(spot): spot for spot in spots if spot.date is not None}
    found: list[Standing] = []
    settled: set[Key] = set()
    for key in quoted:
        spot = dated.get(key)
        if spot is None or key in settled:
            continue
        group = [spot, *(o for o in dated.values() if order_of(spot, o) and differ(spot, o, asked) is not None)]
        chosen = chosen_of(asked, sorted(group, key=effective_from))
        if len(group) > 1 and (chosen is spot or is_sure(spot, chosen, asked)):
            settled |= {key_of(each) for each in group}
            found.append(Standing(key_of(chosen), frozenset(key_of(each) for each in group if each is not chosen)))
    return tuple(found)


def key_of(spot: Spot) -> Key:
    """Return what a sentence is known by."""
    return spot.passage.number, spot.span.start


def is_sure(quoted: Spot, chosen: Spot, question: Question) -> bool:
    """Return whether a sentence is of that part which the quoted one names as the question does."""
    amendment = read_amendment(chosen.statement.text)
    if amendment and amendment.undone:
        return True
    named = marks(quoted.statement, question) & frozenset(subject_of(question))
    near = bag(". ".join((chosen.statement.text, chosen.statement.about, chosen.statement.around)))
    return all(carries_or_means(near, key) for key in named)


def chosen_of(question: Question, group: Sequence[Spot]) -> Spot:
    """Return the sentence that the question means, of some in the order of their days.

    The one of the day or month that it names; else the first where it asks for what was, and the last that held in the
    period that it names.
    """
    named = [spot for spot in group if spot.date and is_named(question.text, spot.date)]
    if len(named) == 1:
        return named[0]
    if ASKS_BEFORE.search(question.text):
        return group[0]
    ends = [period.last_day() for period in read_periods(question.text) if period.year]
    held = [spot for spot in group if not ends or effective_from(spot) <= max(ends)]
    return held[-1] if held else group[0]


def is_named(question: str, written: DocumentDate) -> bool:
    """Return whether a question names the day or the month of a date, its year left out or not.

    >>> is_named("What was decided in February?", DocumentDate(2025, 2, 11))
    True
    """
    return any(
        day.month == written.month and day.day in (0, written.day) and day.year in (0, written.year)
        for day in read_days(question)
    )


def effective_from(spot: Spot) -> date:
    """Return from when on a sentence holds: the day that it says, or that on which it was written, if later."""
    written = spot.date or DocumentDate(1)
    days = [date(written.year, written.month or 1, written.day or 1)]
    for since in SINCE.finditer(spot.statement.text):
        for day in read_days(since.group()):
            # A month without a year is the next such month.
            year = day.year or written.year + (day.month < written.month)
            days.append(date(year, day.month, min(day.day or 1, LAST_DAY)))
    return max(days)
