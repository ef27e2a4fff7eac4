"""What a claim makes of the amounts of its source: doubled, so many thousands, one in so many."""

from __future__ import annotations

import itertools
import re

from rag.terms.analysis import analyse
from rag.terms.numbers import DAY_OF_MONTH, Quantity

MULTIPLES = {"doubl": 2.0, "tripl": 3.0, "quadrupl": 4.0, "halv": 2.0}
MULTIPLIED = re.compile(r"\b(?P<word>(?P<stem>doubl|tripl|quadrupl|halv)(?:ed|ing))\b", re.IGNORECASE)
CHANGED = re.compile(r"\b(?:from|compared|previous\w*)\b", re.IGNORECASE)
"""What tells that a sentence says from what to what."""

ROUNDED = 0.9
"""Part of a multiple from which it is said roughly: 1.84 times is ``nearly doubled``."""

AMOUNTS_MOST = 12
"""Amounts of a sentence that are compared with one another; one with more is a table."""

SCALED = re.compile(
    r"\(?\bin (?:(?:[A-Z]{3}|[$€£]|euros?|dollars?|pounds?) )?(?P<scale>thousands|millions|billions)\b", re.IGNORECASE
)
ONE_IN = re.compile(
    r"\b(?:\d+|one|two|three) in (?:every )?(?P<whole>\d{1,3}|ten|five|four|three|twenty|hundred)\b"
    r"(?! (?:second|minute|hour|day|week|month|year)s?\b)",
    re.IGNORECASE,
)


def proportion_differs(claim: str, source: str) -> str:
    """Return how a claim makes another amount of what a sentence says; empty where it does not.

    >>> proportion_differs("Sales more than doubled.", "Sales rose from 10 million to 12 million euros.")
    'doubled, where no amount of the source is so much of another'
    >>> proportion_differs("Sales in 2023 were 905.", "Sales (in thousands): 2022 812; 2023 905.")
    'the source says 905 in thousands'
    >>> proportion_differs("20 parts are faulty.", "1 in 20 parts is faulty.")
    'the source says “1 in 20”'
    """
    return multiple_differs(claim, source) or scale_differs(claim, source) or part_differs(claim, source)


def multiple_differs(claim: str, source: str) -> str:
    """Return the word of a multiple that no two amounts of the source bear out, where it has two and not the word."""
    said = MULTIPLIED.search(claim)
    if said is None or MULTIPLIED.search(source) or not CHANGED.search(source):
        return ""
    amounts = [number for number in analyse(source).numbers if is_amount(number)]
    pairs = [
        (abs(first.value), abs(second.value))
        for first, second in itertools.combinations(amounts[:AMOUNTS_MOST], 2)
        if first.value and second.value and (first.unit == second.unit or not (first.unit and second.unit))
    ]
    least = ROUNDED * MULTIPLES[said["stem"].lower()]
    if not pairs or any(max(pair) >= least * min(pair) for pair in pairs):
        return ""
    return f"{said['word']}, where no amount of the source is so much of another"


def is_amount(number: Quantity) -> bool:
    """Return whether a number is an amount: no year, no day of a month."""
    return number.unit != DAY_OF_MONTH and not (not number.unit and 1000 <= number.value < 2200)


def scale_differs(claim: str, source: str) -> str:
    """Return the scale in which a source says a number that the claim says without one; empty for none."""
    scaled = SCALED.search(source)
    if scaled is None or scaled["scale"][:-1].lower() in claim.lower():
        return ""
    theirs = {number.value for number in analyse(source).numbers if is_amount(number)}
    for number in analyse(claim).numbers:
        if is_amount(number) and number.value in theirs and number.unit != "%":
            return f"the source says {claim[number.start : number.end]} in {scaled['scale'].lower()}"
    return ""


def part_differs(claim: str, source: str) -> str:
    """Return the ``1 in 20`` of which a claim counts the 20; empty for none."""
    if ONE_IN.search(claim):
        return ""
    for found in ONE_IN.finditer(source):
        whole = analyse(found["whole"]).numbers
        elsewhere = analyse(source[: found.start()] + source[found.end() :]).numbers
        for number in analyse(claim).numbers if whole else ():
            same = number.value == whole[0].value and not number.unit
            if same and not any(number.agrees(other) for other in elsewhere):
                return f"the source says “{found.group()}”"
    return ""
