"""Headings that open a paragraph instead of standing above it, as in ``4. Air conditioning. Two quotes came in``."""

from __future__ import annotations

from collections.abc import Sequence

from rag.terms import analyse
from rag.terms.numbers import ENUMERATOR

WORDS_MOST = 4
"""Words up to which the first, numbered sentence of a paragraph is taken for its heading."""


def run_in_headings(sentences: Sequence[str], gaps: Sequence[str]) -> list[str]:
    r"""Return for each sentence the heading that opens its paragraph; empty where none does, and for itself.

    Args:
        sentences: In order, each on one line.
        gaps: What stands before each of them in the text, as many.

    >>> run_in_headings(["4. Air conditioning.", "Two quotes came in.", "The fair is in May."], ["", " ", "\n\n"])
    ['', 'Air conditioning', '']
    """
    headings: list[str] = []
    heading = ""
    for position, text in enumerate(sentences):
        numbered = ENUMERATOR.match(text)
        if gaps[position].count("\n") > 1 or numbered:
            heading = ""
        headings.append(heading)
        follows = position + 1 < len(sentences) and "\n" not in gaps[position + 1]
        if numbered and follows and is_run_in(text):
            heading = text[numbered.end() :].rstrip(". ")
    return headings


def is_run_in(text: str) -> bool:
    """Return whether a sentence may head its paragraph: numbered, of a few words that say no number.

    >>> is_run_in("2. Missed appointments."), is_run_in("The shop is closed."), is_run_in("3. Rye bread costs 4 euros.")
    (True, False, False)
    """
    numbered = ENUMERATOR.match(text)
    if numbered is None or not text.endswith("."):
        return False
    return 0 < len(text[numbered.end() :].split()) <= WORDS_MOST and not analyse(text).numbers
