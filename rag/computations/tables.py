"""Which cells of a table row a sentence speaks of: those under the years that it names."""

from __future__ import annotations

import re

from rag.types import Span

YEAR = re.compile(r"(?<![\d.,])(?:1[0-9]|20|21)\d{2}(?![\d.,]*\d)")
RANGE = re.compile(r"\b(\d{4})\s?(?:-|–|—|to|and|through|until)\s?(\d{4})\b")
OVER_ALL = re.compile(r"\b(?:averag\w*|mean|total|sum|combined|altogether|overall)\b", re.IGNORECASE)
"""Words that take the years within ``2017-2019`` in."""


def years_named(text: str) -> frozenset[int]:
    """Return the years that a sentence names; with an average or a total over several, those between too."""
    named = {int(year) for year in YEAR.findall(text)}
    for first, last in RANGE.findall(text) if OVER_ALL.search(text) and " and " not in text else ():
        named |= set(range(int(first), min(int(last), int(first) + 20) + 1))
    return frozenset(named)


def under_years(text: str, row: Span, years: frozenset[int]) -> tuple[str, frozenset[int]] | None:
    """Return a table row with only its first cell and those under these years, and the years found.

    Args:
        text: What the row stands in; a row is a line of cells between ``|``.
        row: Where it stands.
        years: Years that the sentence names.

    Returns:
        None where this is no row, or no row above it has one of the years.
    """
    cells = text[row.start : row.end].split("|")
    if len(cells) < 4:
        return None
    for line in reversed(text[: row.start].splitlines()):
        if "|" not in line:
            return None
        header = [{int(year) for year in YEAR.findall(cell)} for cell in line.split("|")]
        found = frozenset().union(*header) & years
        if found and len(header) == len(cells):
            first = next((index for index, cell in enumerate(cells) if cell.strip()), 0)
            kept = [cell if index == first or header[index] & years else " " for index, cell in enumerate(cells)]
            return "|".join(kept), found
    return None
