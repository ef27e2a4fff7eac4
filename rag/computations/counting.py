"""A number that counts the items of a cited list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.computations.figures import Computation, Target
from rag.terms import stem

SERIES = re.compile(r"(?:[^,;:.()]{1,60}, ){1,18}(?:and |or )?[^,;:.()]{1,60}|[^,;:.()]{1,60} and [^,;:.()]{1,60}")
BETWEEN_ITEMS = re.compile(r",\s*(?:and|or)\s+|,\s+|\s+and\s+")
COUNTED_MOST = 20


def count_listed(target: Target, sentence: str, pieces: Sequence[str]) -> Computation | None:
    """Return the cited list whose items this number counts: after a colon, or beside the noun that is counted."""
    number = target.number
    # The range comes first: a number of thousands of digits is infinite as a float, and has no integer.
    if number.unit or not 2 <= number.value <= COUNTED_MOST or number.value != int(number.value):
        return None
    noun = re.match(r"(?:\s+[\w-]+){0,2}?\s+([a-z]+s)\b", sentence[number.end :])
    counted = stem(noun.group(1)) if noun else ""
    for index, piece in enumerate(pieces):
        for listing, items in lists_of(piece):
            about = counted and counted in {stem(word) for word in re.findall(r"[A-Za-z]+", piece[:listing])}
            if len(items) == number.value and about:
                return Computation(f"{target.shown} = count of {'; '.join(items)}", (index,))
    return None


def lists_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield where a list begins behind a colon or a dash, or in lines of their own, and its items."""
    for match in re.finditer(r":\s+|\s[—–-]\s+|\b(?:namely|including|such as|are)\s+", text):
        series = SERIES.match(text, match.end())
        if series:
            items = [item.strip(" ,") for item in BETWEEN_ITEMS.split(series.group())]
            yield match.start(), [item for item in items if item]
    lines = list(re.finditer(r"(?m)^\s*(?:[-*•]|\d{1,2}[.)])\s+(.+)$", text))
    if len(lines) > 1:
        yield lines[0].start(), [line.group(1).strip() for line in lines]
