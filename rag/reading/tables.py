"""Rows of a table as sentences by themselves: each value with the name of its column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.reading.blocks import Blocks, clean
from rag.types import Locator

HEADER_MAX_CHARACTERS = 120
NUMBER = re.compile(r"[(+-]?\s*[$€£¥]?\s*[(+-]?\d[\d.,'’ \u00a0\u202f]*\s?[%‰)]*(?:\s?[A-Za-z€$£]{1,4})?|[—–-]")
DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[T ]\d{1,2}:\d{2}.*)?|\d{4}-\d{2}")
YEAR = re.compile(r"(?:FY ?)?(?:1[89]|20|21)\d{2}(?:/\d{2,4})?|Q[1-4](?:[ /-]\d{2,4})?")
TIME = re.compile(r"-?\d{1,6}:[0-5]\d(?::[0-5]\d)?")
NOTE_MARKS = re.compile(r"(?: \[\d{1,4}\])+\Z")
KEY_VALUE_COLUMNS = 2


def write_table(
    blocks: Blocks, rows: Sequence[Sequence[str]], headers: int | None = None, *, has_places: bool = False
) -> None:
    """Append a table, a line for each row that is not empty.

    With a header a row reads ``Bridge: Kestrel; Paint: 120``, and the header has no line of its own; without one,
    ``Kestrel | 120``.

    Args:
        blocks: Where it goes.
        rows: Cells by row.
        headers: How many rows are its header as the file says; None where it says nothing, so that the cells do.
        has_places: Whether each row has a place of its own, its number from 1, header and empty rows counted.
    """
    numbered = [(number, [clean(cell) for cell in row]) for number, row in enumerate(rows, 1)]
    numbered = [(number, row) for number, row in numbered if any(row)]
    cells = [row for _, row in numbered]
    if headers is None:
        headers = 1 if has_header(cells) else 0
    names = join_headers(cells[:headers])
    blocks.end_table()
    if headers >= len(cells):  # nothing below it
        names, headers = [], 0
    for number, row in numbered[headers:]:
        place = Locator(0, "row", (str(number),)) if has_places else None
        blocks.pieces([(write_row(row, names).strip(), place)])
    blocks.end_table()


def write_row(row: Sequence[str], names: Sequence[str]) -> str:
    """Return a row as one line; see `write_table`."""
    if not names:
        return " | ".join(row).strip(" |") if sum(map(bool, row)) > 1 else "".join(row)
    return "; ".join("".join(piece) for piece in name_cells(row, names))


def name_cells(row: Sequence[str], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the name with its colon, and the value, of each cell that is not empty."""
    for index, value in enumerate(row):
        name = names[index] if index < len(names) else ""
        if value:
            yield (f"{name.rstrip(':')}: " if name else ""), value


def join_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one name for each column of the rows of a header; what spans columns has been repeated in them."""
    if not rows:
        return []
    width = max(map(len, rows))
    columns = [[row[index] for row in rows if index < len(row) and row[index]] for index in range(width)]
    return [" ".join(dict.fromkeys(column)) for column in columns]


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names the columns: words, each once, above others.

    Of two columns of words only it is not believed: such a table more often has its names in the first column.
    """
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = rows[0]
    named = [cell for cell in first if cell]
    if len(named) < len(first) - (not first[0]) or len(named) < 2 or len(set(named)) < len(named):
        return False
    if any(len(cell) > HEADER_MAX_CHARACTERS or is_value(cell) for cell in named):
        return False
    return len(first) > KEY_VALUE_COLUMNS or has_figures(rows)


def has_figures(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column holds figures below its first row: only then is that row surely no row like the others."""
    first, rest = rows[0], rows[1:]
    below = [[row[index] for row in rest if index < len(row) and row[index]] for index in range(len(first))]
    return any(
        (column and sum(map(is_figure, column)) > len(column) / 2 and not all(map(YEAR.fullmatch, column)))
        or (column and not is_figure(name) and all(map(is_figure, column)))
        for name, column in zip(first, below, strict=True)
    )


def is_figure(cell: str) -> bool:
    """Tell whether a cell holds a number, a date or a time, be it with the mark of a note."""
    figure = NOTE_MARKS.sub("", cell)
    return any(kind.fullmatch(figure) for kind in (NUMBER, DATE, TIME))


def is_value(cell: str) -> bool:
    """Tell whether a cell holds a number or a date that names no column; a year, a quarter or a time may."""
    return is_figure(cell) and not YEAR.fullmatch(cell) and not TIME.fullmatch(cell)
