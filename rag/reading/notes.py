"""Marks of notes that stand raised behind a word, ``revenue¹``: told apart from exponents and ordinals, and set off."""

from __future__ import annotations

import re

MARK = re.compile(r"(?:\d{1,3}|[a-z]|[*†‡§]{1,3})(?:\s?[,;]\s?(?:\d{1,3}|[a-z]))*")
NOTED = re.compile(r"(?:[^\W\d_]{3}|[^\W\d_]{2}[.,;:!?)\]”\"’']|\d[.,;)%”])\Z")
"""What a note is to: a word of three letters, or the punctuation behind one; shorter ones are units as often."""


def write_mark(before: str, raised: str) -> str | None:
    """Return raised words as the mark of a note, with the space before it; None where they are none.

    >>> write_mark("The revenue", "1"), write_mark("12 km", "2"), write_mark("21", "st")
    (' [1]', None, None)
    """
    words = raised.strip()
    bare = words.strip("[]()")
    return f" [{bare}]" if MARK.fullmatch(bare) and NOTED.search(before) else None
