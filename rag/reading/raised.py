"""Raised words, ``revenue¹`` and ``10⁶``: notes are set off from the word before, exponents are written as such."""

from __future__ import annotations

import re

MARK = re.compile(r"(?:\d{1,3}|[a-z]|[*†‡§]{1,3})(?:\s?[,;]\s?(?:\d{1,3}|[a-z]))*")
NOTED = re.compile(r"(?:[^\W\d_]{3}|[^\W\d_]{2}[.,;:!?)\]”\"’']|\d[.,;)%”])\Z")
"""What a note is to: a word of three letters, or the punctuation behind one; shorter ones are units as often."""
LENGTH = re.compile(r"(?:met(?:re|er)|foot|feet|inch|mile|yard)(?:e?s)?\Z", re.IGNORECASE)
"""What is squared and cubed."""
POWERS = ("2", "3")
EXPONENT = re.compile(r"[+\-−]?\d{1,3}")
BASE = re.compile(r"(?<![\d^])(?<!\^[+\-−])\d+\Z")
"""Digits that are no exponent themselves, of which a second piece may follow."""


def write_raised(before: str, raised: str) -> str | None:
    """Return raised words as they are written behind others: the mark of a note, or an exponent; None as they are.

    >>> write_raised("The revenue", "1"), write_raised("12 km", "2"), write_raised("21", "st")
    (' [1]', None, None)
    >>> write_raised("5 x 10", "-6"), write_raised("per kilometre", "2")
    ('^-6', None)
    """
    words = raised.strip()
    if EXPONENT.fullmatch(words) and BASE.search(before):
        return f"^{words}"
    bare = words.strip("[]()")
    if not MARK.fullmatch(bare) or not NOTED.search(before) or (words in POWERS and LENGTH.search(before)):
        return None
    return f" [{bare}]"
