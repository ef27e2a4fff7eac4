"""Columns of figures in a PDF: which header stands above each figure of a row, told from where they are on the page.

Nothing is guessed. The figures of a table's rows must fall into columns that do not touch, and the lines above the
first row must name each column in a way that leaves no other reading; else the rows stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.reading.pdf.headers import VALUE, YEAR, Column, is_of_all, name_columns, words_of
from rag.reading.pdf.pages import PlacedLine

CURRENCY = re.compile(r"[$€£¥]")
MARK = re.compile(r"[$€£¥]|[%)]+")
"""A cell of these alone belongs to the figure beside it."""
HANGING_CURRENCY = re.compile(r"(?<=\S)\s+[$€£¥]\Z")
LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]")
MARK_MAX_CHARACTERS = 5
"""A first cell this short may be the number of a row."""
ROWS_MIN = 2
COLUMNS_MIN, COLUMNS_MAX = 2, 12
GAP_EMS = 6.0
"""Rows further apart than this are not of one table."""
BETWEEN_MAX = 6
"""Lines between two rows of one table: headings within it, and labels that go over several lines."""
ABOVE_MAX = 24
"""Lines above the first row among which its header is looked for: each date of a header may take two."""
REACH_EMS = 9.0
"""And how far above it they may stand."""
SLACK_EMS = 3.0
"""So far a header may begin to the left of the figures below it."""
HEADER_MAX_CHARACTERS = 60
NAMES_MAX_CHARACTERS = 400
"""Longer names together would bury the figures of a row."""


class Figure(NamedTuple):
    """A figure of a row: where it stands in the canonical text, with its currency, and across the page without it.

    `outer` is where the currency before it begins, or the figure itself.
    """

    start: int
    end: int
    left: float
    right: float
    outer: float


class Row(NamedTuple):
    """A row of a table: the number of its line, where its label ends, and its figures from left to right."""

    line: int
    label_end: int
    figures: tuple[Figure, ...]


class NamedRow(NamedTuple):
    """A row whose figures are named.

    Attributes:
        label_end: Where its label ends in the canonical text.
        figures: Name of the column, start and end of the figure.
    """

    label_end: int
    figures: tuple[tuple[str, int, int], ...]


def name_rows(lines: Sequence[PlacedLine]) -> Mapping[int, NamedRow]:
    """Return the rows whose figures' columns are certain, by the start of their line.

    Args:
        lines: All lines of a document, in order, without what repeats on every page.
    """
    named: dict[int, NamedRow] = {}
    for first, last in pages_of(lines):
        rows = [row for index in range(first, last) if (row := read_row(lines[index], index)) is not None]
        floor = first
        for table in split_tables(rows, lines):
            named |= name_table(table, lines, floor)
            floor = table[-1].line + 1
    return named


def pages_of(lines: Sequence[PlacedLine]) -> Iterator[tuple[int, int]]:
    """Yield the first index, and the one after the last, of each page's lines."""
    first = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or lines[index].page != lines[first].page:
            yield first, index
            first = index


def read_row(line: PlacedLine, index: int) -> Row | None:
    """Return a line as a row: a label, then figures in cells of their own; None where it is none."""
    cells = line.box.cells
    offset = line.start - line.box.start
    figures: list[Figure] = []
    currency: tuple[int, float] | None = None
    label_end = 0
    for cell in cells if len(cells) > 1 and line.box.is_upright else ():
        words = line.text[cell.start - line.box.start : cell.end - line.box.start]
        start, end = cell.start + offset, cell.end + offset
        hanging = HANGING_CURRENCY.search(words) if label_end else None
        body = words[: hanging.start()] if hanging else words
        if label_end and MARK.fullmatch(words):
            if CURRENCY.fullmatch(words):
                currency = start, cell.left
            elif figures:
                figures[-1] = figures[-1]._replace(end=end)
        elif label_end and VALUE.fullmatch(body):
            right = cell.right - (cell.right - cell.left) * (len(words) - len(body)) / len(words)
            begin, outer = currency or (start, cell.left)
            figures.append(Figure(begin, start + len(body), cell.left, right, outer))
            currency = (end - 1, cell.right) if hanging else None
        elif figures or currency is not None or label_end - line.start > MARK_MAX_CHARACTERS:
            return None
        else:
            label_end = end
    is_labelled = LETTERS.search(line.text[: label_end - line.start]) is not None
    return Row(index, label_end, tuple(figures)) if figures and is_labelled else None


def split_tables(rows: Sequence[Row], lines: Sequence[PlacedLine]) -> Iterator[list[Row]]:
    """Yield the rows of each table of a page: those with nothing between them but labels and headings on the left."""
    table: list[Row] = []
    for row in rows:
        if table and not goes_on(table[-1], row, lines):
            yield table
            table = []
        table.append(row)
    if table:
        yield table


def goes_on(before: Row, row: Row, lines: Sequence[PlacedLine]) -> bool:
    """Tell whether a table goes on from one row to the next."""
    between = lines[before.line + 1 : row.line]
    drops = [upper.box.base - lower.box.base for upper, lower in pairwise(lines[before.line : row.line + 1])]
    if len(between) > BETWEEN_MAX or min(drops) < 0 or max(drops) > GAP_EMS * lines[row.line].box.size:
        return False
    edge = min(figure.left for figure in (*before.figures, *row.figures))
    return all(is_beside(line, edge) or is_total(line) for line in between)


def is_beside(line: PlacedLine, edge: float) -> bool:
    """Tell whether a line stands to the left of the figures."""
    return line.box.right <= edge


def is_total(line: PlacedLine) -> bool:
    """Tell whether a line holds figures only, and no years."""
    cells = list(words_of(line))
    return not all(map(YEAR.fullmatch, cells)) and all(VALUE.fullmatch(cell) or MARK.fullmatch(cell) for cell in cells)


def name_table(table: Sequence[Row], lines: Sequence[PlacedLine], floor: int) -> dict[int, NamedRow]:
    """Return the rows of a table with their columns' names, by the start of their line; none where they are not sure.

    Args:
        table: Its rows.
        lines: All lines.
        floor: Index of the first line that may belong to its header.
    """
    headers: list[PlacedLine] = []
    while table and is_header_row(table[0], lines):  # years under a label: "Years ended December 31, 2022 2021"
        headers.append(lines[table[0].line])
        table = table[1:]
    columns = find_columns(table, lines[table[0].line].box.size) if table else []
    if len(table) < ROWS_MIN or not COLUMNS_MIN <= len(columns) <= COLUMNS_MAX:
        return {}
    first = headers[0] if headers else lines[table[0].line]
    above = find_header(lines, floor, lines.index(first, floor), columns, first.box.size)
    names = name_columns([*above, *headers], columns, first.box.size)
    if names is None or sum(map(len, names)) > NAMES_MAX_CHARACTERS:
        return {}
    named: dict[int, NamedRow] = {}
    for row in table:
        places = [place_of(figure, columns) for figure in row.figures]
        figures = tuple((names[at], each.start, each.end) for at, each in zip(places, row.figures, strict=True))
        named[lines[row.line].start] = NamedRow(row.label_end, figures)
    return named


def is_header_row(row: Row, lines: Sequence[PlacedLine]) -> bool:
    """Tell whether what looks like a row names the columns: years only."""
    line = lines[row.line]
    return all(YEAR.fullmatch(line.text[each.start - line.start : each.end - line.start]) for each in row.figures)


def find_columns(table: Sequence[Row], size: float) -> list[Column]:
    """Return the columns that the figures of rows fall into, from left to right; none where two of a row share one."""
    columns: list[Column] = []
    for each in sorted((figure for row in table for figure in row.figures), key=lambda figure: figure.left):
        if columns and each.left < columns[-1].right:
            last = columns[-1]
            columns[-1] = last._replace(right=max(last.right, each.right), outer=min(last.outer, each.outer))
        else:
            columns.append(Column(each.left, each.right, each.outer, 0.0))
    for at, column in enumerate(columns):
        floor = columns[at - 1].right if at else min(column.outer - size, column.left - SLACK_EMS * size)
        columns[at] = column._replace(floor=floor)
    for row in table:
        places = [place_of(figure, columns) for figure in row.figures]
        if len(set(places)) < len(places):
            return []
    return columns


def place_of(figure: Figure, columns: Sequence[Column]) -> int:
    """Return which column a figure stands in."""
    return next(at for at, column in enumerate(columns) if column.left <= figure.left and figure.right <= column.right)


def find_header(
    lines: Sequence[PlacedLine], floor: int, index: int, columns: Sequence[Column], size: float
) -> list[PlacedLine]:
    """Return the lines above a table that stand over its columns, in order; those beside them are passed over."""
    edge = columns[0].floor
    base = lines[index].box.base
    found: list[PlacedLine] = []
    has_stub = False
    for line in reversed(lines[max(floor, index - ABOVE_MAX) : index]):
        box = line.box
        if not 0 < box.base - base < REACH_EMS * size or not box.is_upright:
            break
        if box.right <= edge:
            continue
        over = [cell for cell in box.cells if cell.right > edge]
        if over[0].left < edge or any(cell.end - cell.start > HEADER_MAX_CHARACTERS for cell in over):
            break
        if any(VALUE.fullmatch(words) and not YEAR.fullmatch(words) for words in words_of(line)):
            break
        if len(over) < len(box.cells) and not is_of_all(next(words_of(line))):
            if has_stub:  # a row whose values are words
                break
            has_stub = True
        found.append(line)
    return found[::-1]
