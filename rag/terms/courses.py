"""What something goes from and to: ``rose from 20 to 23``, ``rose to 23 from 20``."""

from __future__ import annotations

import itertools
import re

from rag.terms.analysis import analyse
from rag.terms.clocks import CLOCKS
from rag.terms.numbers import DAY_OF_MONTH

_FROM = re.compile(r"\bfrom (?:about |around |roughly |some |a |an )?[$€£¥]?$", re.IGNORECASE)
_TO = re.compile(r"\bto (?:about |around |roughly |some |a |an )?[$€£¥]?$", re.IGNORECASE)
_THEN_TO = re.compile(r"[^.;]{0,40}? to (?:about |around |roughly |some |a |an )?[$€£¥]?", re.IGNORECASE)
_THEN_FROM = re.compile(
    r"[^.;]{0,40}?,? (?:up |down )?from (?:about |around |roughly |some |a |an )?[$€£¥]?", re.IGNORECASE
)

TIMES = CLOCKS | {DAY_OF_MONTH}
"""What is no amount, so that ``from 1 March to 30 April`` is no rise."""


def courses_of(text: str) -> list[tuple[float, float]]:
    """Return the numbers that something goes from and to, each pair in this order.

    >>> courses_of("Net income rose to $2.1 million from $1.8 million.")
    [(1800000.0, 2100000.0)]
    >>> courses_of("It fell from 23 to 20.")
    [(23.0, 20.0)]
    """
    found = []
    for first, last in itertools.pairwise(analyse(text).numbers):
        if {first.unit, last.unit} & TIMES or (first.unit and last.unit and first.unit != last.unit):
            continue
        before, between = text[max(0, first.start - 16) : first.start], text[first.end : last.start]
        if _FROM.search(before) and _THEN_TO.fullmatch(between):
            found.append((first.value, last.value))
        elif _TO.search(before) and _THEN_FROM.fullmatch(between):
            found.append((last.value, first.value))
    return found
