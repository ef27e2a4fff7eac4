"""A stretch of a workbook -> tables, and the lines between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from api.grids.marking import Block, Cell, Column, Grid, Marker, Row, Span
from rag import Locator, sanitize

SEPARATORS = ("; ", " | ")
"""What parts the cells of a sheet's row: where the columns have names, and where they have none."""
NAME = re.compile(r"([^\n]{1,200}?): ")
"""The name of a cell's column, before its value."""
LETTER_VALUES = {chr(ord("A") + index): index + 1 for index in range(26)}


class SheetCell(NamedTuple):
    """A cell of a sheet in the text: its name and value, and what parts it from the next one."""

    letters: str
    start: int
    end: int
    after: int


class SheetRow(NamedTuple):
    """A row of a sheet in the text."""

    sheet: str
    number: int
    separator: str
    cells: list[SheetCell]
    end: int


def read_sheet_rows(text: str, cells: Sequence[Locator], window: Span) -> list[SheetRow | Span] | None:
    """Return the rows and the lines between them; None where the text does not part as the places say.

    Args:
        text: Canonical text.
        cells: The places of the cells, in the order of the text.
        window: The stretch.
    """
    found: list[SheetRow | Span] = []
    starts = [place.start for place in cells]
    position = window[0]
    while position < window[1]:
        line_end = text.find("\n", position, window[1])
        content_end = window[1] if line_end < 0 else line_end
        end = window[1] if line_end < 0 else line_end + 1
        within = cells[bisect_left(starts, position) : bisect_left(starts, end)]
        if within:
            row = read_sheet_row(text, within, position, content_end, end)
            if row is None:
                return None
            found.append(row)
        else:
            found.append((position, end))
        position = end
    return found


def read_sheet_row(text: str, places: Sequence[Locator], start: int, content_end: int, end: int) -> SheetRow | None:
    """Return a line as a row; None where it does not part as the places of its cells say."""
    numbers = [re.fullmatch(r"([A-Z]{1,4})(\d{1,8})", place.value[-1]) for place in places]
    named = [number for number in numbers if number]
    has_cells = (
        places[0].start == start
        and len({number[1] for number in named}) == len(places)
        and len({(place.value[0], number[2]) for place, number in zip(places, named, strict=False)}) == 1
    )
    separator = ""
    if len(places) > 1:
        separator = next((each for each in SEPARATORS if text.endswith(each, start, places[1].start)), "")
    is_parted = all(
        separator and previous.start < place.start - len(separator) and text.endswith(separator, start, place.start)
        for previous, place in pairwise(places)
    )
    if not (has_cells and is_parted):
        return None
    ends = [place.start - len(separator) for place in places[1:]] + [content_end]
    afters = [place.start for place in places[1:]] + [end]
    cells = [
        SheetCell(number[1], place.start, low, after)
        for number, place, low, after in zip(named, places, ends, afters, strict=True)
    ]
    return SheetRow(places[0].value[0], int(named[0][2]), separator, cells, end)


def column_number(letters: str) -> int:
    """Return the number of a column, counted from 1.

    >>> column_number("A"), column_number("Z"), column_number("AA")
    (1, 26, 27)
    """
    number = 0
    for letter in letters:
        number = 26 * number + LETTER_VALUES[letter]
    return number


def sheet_blocks(text: str, places: Sequence[Locator], window: Span, cited: Span | None) -> list[Block]:
    """Return a stretch of a workbook as tables and the lines between them; empty where it does not part safely."""
    cells = [place for place in places if place.kind == "cell"]
    found = read_sheet_rows(text, cells, window)
    if found is None or not any(isinstance(each, SheetRow) for each in found):
        return []
    marker = Marker(text, cited)
    blocks: list[Block] = []
    for kind, group in groupby(found, lambda each: each.sheet if isinstance(each, SheetRow) else None):
        members = list(group)
        rows = [each for each in members if isinstance(each, SheetRow)]
        if kind is not None:
            blocks.append(Block(grid=sheet_grid(marker, rows)))
            continue
        spans = [each for each in members if not isinstance(each, SheetRow)]
        blocks += marker.lines(spans[0][0], spans[-1][1])
    return blocks


def sheet_grid(marker: Marker, rows: Sequence[SheetRow]) -> Grid:
    """Return rows of one sheet, one below the other in the text, as a table."""
    letters = sorted({cell.letters for row in rows for cell in row.cells}, key=column_number)
    has_names = not any(row.separator == SEPARATORS[1] for row in rows)
    names = {each: common_name(marker.text, rows, each) if has_names else "" for each in letters}
    built = []
    for row in rows:
        by_column = {cell.letters: cell for cell in row.cells}
        cells = []
        for each in letters:
            cell = by_column.get(each)
            if cell is None:
                cells.append(Cell())
                continue
            value = cell.start + (len(names[each]) + 2 if names[each] else 0)
            pieces = marker.cut(cell.start, value, shown=False) + marker.cut(value, cell.end)
            cells.append(marker.cell(pieces + marker.cut(cell.end, cell.after, shown=False)))
        built.append(Row(number=row.number, cited=any(cell.cited for cell in cells), cells=cells))
    columns = [Column(name=sanitize.clean_line(names[each]), letters=each) for each in letters]
    return Grid(place=sanitize.clean_line(rows[0].sheet), columns=columns, rows=built)


def common_name(text: str, rows: Sequence[SheetRow], letters: str) -> str:
    """Return the name that every cell of a column begins with; empty where there is none."""
    values = [text[cell.start : cell.end] for row in rows for cell in row.cells if cell.letters == letters]
    name = NAME.match(values[0])
    return name[1] if name and all(value.startswith(name[0]) for value in values) else ""
