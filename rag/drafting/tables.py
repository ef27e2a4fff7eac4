"""Rows of tables among the sentences of a passage, each with the header that says what its cells are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.terms import Bag, bag
from rag.terms.cells import CELL, cells_of

LABELLED = re.compile(r"(?=[^:|]*[^\W\d_]{3})[^:|?]{2,60}: \S")
"""A line that gives a value for what stands before its colon: ``Parental leave: 16 weeks``."""

LABELLED_WORDS_MOST = 30

FIGURES = re.compile(
    r"(?P<label>[^\W\d_][^\d$€£%]{1,80}?)[\s.…]*[:;]?\s*(?:[$€£]\s?)?[(]?\d"
    r"[\d.,]*+[)%]*+(?:[\s$€£%()—–-]++\d[\d.,]*+[)%]*+)*+\s*%?\s*"
)
"""A line of a statement of accounts: ``Total net sales 82,959 81,434``. Nothing of it is read again: a line of thirty
percentages would take a quarter of an hour."""

NAMED_FIGURES = re.compile(
    r"(?P<label>[^\W\d_][^\d$€£%:;]{1,80}): (?:[^:;]{1,80}: [$€£]?\s?[(–—-]*[\d—–-][\d.,]*[\s)%]*(?:; |\Z))+"
)
"""The same where each figure has the name of its column: ``Total net sales: 2022: 82,959; 2021: 81,434``."""


PERIOD = re.compile(
    r"(?:(?:fy|cy) ?)?(?:19|20)\d\d|[qh][1-4](?: (?:19|20)\d\d)?|(?:19|20)\d\d ?[qh][1-4]"
    r"|\w+ (?:\d{1,2},? )?(?:19|20)\d\d|week \d{1,2}|day \d{1,2}",
    re.IGNORECASE,
)
"""A year, a quarter, a month of a year, or a week: what a column of figures is named by."""

NOTHING = frozenset(("closed", "none", "no", "nothing", "-", "–", "—", "n/a", "not available", "not offered", "nil"))
"""What stands in a cell that has nothing in it."""


LISTS = re.compile(
    r"^\s*(?:please )?(?:list|name|show)\b|\b(?:all|every|each) (?:of )?(?:the |our |my )?[a-z]{3,}"
    r"|\b(?:which|what) (?:[a-z]+ )?(?!(?:was|does|has)\b)[a-z]{2,}[^\Ws]s\b",
    re.IGNORECASE,
)
"""``Which customers``, ``what open tasks``, ``all actions``; a word that only ends like a plural does no harm."""


def asks_for_all(question: str) -> bool:
    """Return whether a question asks for all that fit, not for one.

    >>> [asks_for_all(asked) for asked in ("Which customers pay late?", "List all actions", "What was the price?")]
    [True, True, False]
    """
    return LISTS.search(question) is not None


def headers_of(sentences: Sequence[str]) -> Mapping[int, int]:
    """Return for each row of a table the position of its header; rows without one are left out.

    A header is a row without figures but those of years and quarters, followed by rows of as many cells.

    >>> dict(headers_of(["Staff get leave.", "Years | Days", "under 2 | 22", "over 2 | 25"]))
    {2: 1, 3: 1}
    """
    headers: dict[int, int] = {}
    header, cells = -1, 0
    for position, text in enumerate(sentences):
        count = text.count(CELL)
        if not count:
            header = -1
        elif header >= 0 and count == cells:
            headers[position] = header
        else:
            header, cells = (position if is_header(text) else -1), count
    return headers


def is_header(row: str) -> bool:
    """Return whether the first row of a table names its columns: no figures in it but those of periods."""
    figures = [cell for cell in row.split(CELL) if any(letter.isdigit() for letter in cell)]
    return all(PERIOD.fullmatch(cell.strip()) for cell in figures)


def denies(asked: Bag, row: str, header: str = "") -> bool:
    """Return whether a row has nothing in a column that is asked for: ``closed`` where it is asked what is open."""
    return any(
        value.strip().lower() in NOTHING
        and not (bag(value).keys & asked.keys)
        and bool(bag(name).keys)
        and all(asked.credit(key) for key in bag(name).keys)
        for name, value in cells_of(row, header)
    )


def is_row(text: str) -> bool:
    """Return whether a sentence is a row of a table."""
    return CELL in text


def is_labelled(text: str) -> bool:
    """Return whether a line gives a value for a label."""
    return LABELLED.match(text) is not None and len(text.split()) <= LABELLED_WORDS_MOST


def label_of_figures(text: str) -> str:
    """Return what the figures of a line are, where it is a label and figures and nothing else; else empty.

    >>> label_of_figures("Total net sales $ 82,959 $ 81,434"), label_of_figures("It sold 12 ships in May.")
    ('Total net sales', '')
    >>> label_of_figures("Total net sales: June 25, 2022: $ 82,959; June 26, 2021: $ (81,434)")
    'Total net sales'
    """
    match = FIGURES.fullmatch(text) or NAMED_FIGURES.fullmatch(text)
    return match["label"].strip() if match else ""
