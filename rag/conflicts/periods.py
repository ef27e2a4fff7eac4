"""Statements of different periods: what happened in one quarter says nothing of what happened in another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.conflicts.statements import Statement
from rag.terms.periods import Period, read_periods

REPORTS = re.compile(
    r"\b(?:annual|yearly|quarterly|monthly|weekly|interim|half[- ]year\w*) (?:\w+ )?(?:report|review|results?|accounts?"
    r"|statements?|figures|summary|update|letter)s?\b"
    r"|\b(?:results?|accounts|statistics|figures|turnover|earnings|balance sheet|10-[kq]|reports? (?:for|of|on))\b",
    re.IGNORECASE,
)
"""Titles and headings of what is told of a period; minutes, rules and price lists of a year stand until the next."""

STANDING = re.compile(
    r"\b(?:is|are|am|has|have|will|shall|may|must|can|does|do|should|now|costs?|gets?|needs?|owns?|holds?|lies?|stands?)\b"
    r"|\bn[o']t\b",
    re.IGNORECASE,
)
PAST = re.compile(
    r"\b(?:was|were|had|did|came|went|rose|fell|grew|won|lost|sold|bought|made|took|got|gave|held|paid|built|began|left|met"
    r"|ran|spent|led|kept|saw|sent|spoke|drew|shipped|(?!need|speed|feed|seed|indeed|exceed|proceed)[a-z]{2,}ed)\b",
    re.IGNORECASE,
)


def of_other_periods(
    first: Statement, second: Statement, named: Sequence[tuple[Period, ...]], *, reports_only: bool = False
) -> bool:
    """Return whether two statements belong to periods that have nothing in common.

    The period is that of a quarter or a report in whose name it stands, or, where something is told that happened, of
    any document named by a date. Sentences that name the same year themselves are of that year.

    Args:
        first: A statement.
        second: A statement.
        named: For each of both, the periods that the names of its document and headings give.
        reports_only: Whether a date counts for a quarter or a report only.
    """
    if first.years & second.years or not all(named):
        return False
    if any(one.holds(two) or two.holds(one) for one in named[0] for two in named[1]):
        return False
    quarters = [any(period.quarter for period in periods) for periods in named]
    reports = [REPORTS.search(statement.about) is not None for statement in (first, second)]
    if all(quarters) or all(reports):
        return True
    return not reports_only and tells_of_past(first.text) and tells_of_past(second.text)


@lru_cache(maxsize=2048)
def tells_of_past(text: str) -> bool:
    """Return whether a sentence tells what happened, and nothing that lasts.

    >>> tells_of_past("Two welders joined the workshop.")
    True
    >>> tells_of_past("The fee has been raised.")
    False
    """
    return STANDING.search(text) is None and PAST.search(text) is not None


@lru_cache(maxsize=512)
def periods_named(*names: str) -> tuple[Period, ...]:
    """Return the periods in the first of some names that has one; empty where none has.

    >>> periods_named("People", "Quarterly report Q1 2025", "2024.txt")
    (Period(year=2025, quarter=1, month=None, day=None),)
    """
    return next((found for name in names if (found := read_periods(name))), ())
