"""Spreadsheets (XLSX, XLS, ODS): sheet by sheet, each row a line that names its columns."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import SourceTooLarge
from rag.reading.archive import Archive
from rag.reading.blocks import Blocks, clean, write_ranges
from rag.reading.office.package import Properties, read_properties, sort_properties
from rag.reading.office.sheet_looks import Looks, number_of, read_looks
from rag.reading.reader import Reading, Source
from rag.reading.tables import has_header, is_value, join_headers, name_cells
from rag.types import Locator

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

VERSION = "sheets/4"
CELLS_MAX = 200_000
"""Most cells that have a place of their own; in a larger workbook rows have."""
AREA_MAX_CELLS = 20_000_000
"""Each takes some 30 bytes while it is read, be it empty or not."""
CELL = re.compile(rb"<(?:\w{1,20}:)?c\s[^<>]{0,200}?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
GIVEN_NAME = re.compile(r"[A-Za-zÀ-ÿ]+ ?\d{1,3}")
"""A sheet's name as the program gives it: it says nothing where there is one sheet only."""
TITLE_ROWS_MAX = 3

Value = None | str | int | float | bool | datetime.date | datetime.time | datetime.timedelta


class Row(NamedTuple):
    """A row of a sheet that is not empty.

    Attributes:
        number: From 0.
        cells: As they are shown, from column 0.
    """

    number: int
    cells: list[str]


def read_sheets(content: bytes, source: Source) -> Reading:
    """Read a workbook; sheets that are hidden are left out, and of Excel's, rows and columns that are.

    What is left out and not empty is named in the metadata (``hidden_cells``). Rows that a filter leaves out are read.

    A row reads ``Item: Sand; Cost: 120``, with the names of the first row of its table where that is a header;
    else its cells stand between bars. A blank row ends a table.

    Raises:
        SourceDamaged: It is broken.
        SourceTooLarge: It is over the limit.
        SourceEncrypted: It needs a password.
    """
    from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

    title, metadata, date = Properties(None, {}, None)
    looks: Mapping[str, Looks] = {}
    if content.startswith(b"PK"):
        archive = Archive(content, source)
        archive.check()
        check_area(archive)
        looks = read_looks(archive)
        is_open = "meta.xml" in archive
        title, metadata, date = sort_properties(archive.parse("meta.xml")) if is_open else read_properties(archive)
    blocks = Blocks(source)
    try:
        workbook = load_workbook(io.BytesIO(content))
        shown = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names if name in shown]
    except (CalamineError, ValueError, OSError) as error:
        raise source.damaged(f"it is no workbook that can be opened ({error})") from None
    filled = [sheet for sheet in sheets if sheet.height and sheet.width]
    has_cells = sum(sheet.height * sheet.width for sheet in filled) <= CELLS_MAX
    unseen: list[str] = []
    for sheet in filled:
        writer = SheetWriter(blocks, sheet, looks.get(sheet.name, Looks()), has_cells=has_cells)
        try:
            writer.write(is_named=len(filled) > 1)
        except OverflowError:
            raise source.damaged(f"a time on its sheet {sheet.name!r} is longer than can be told") from None
        unseen += writer.tell_unseen()
    unseen += [f"the sheet '{name}'" for name in workbook.sheet_names if name not in shown]
    if unseen:
        metadata = metadata | {"hidden_cells": ", ".join(unseen)}
    text, reading, locators = blocks.build()
    return Reading(text, reading, locators, title, metadata, VERSION, date)


def check_area(archive: Archive) -> None:
    """Refuse a workbook of Excel in which cells stand so far apart that all between them would fill the memory.

    Raises:
        SourceTooLarge: It is so.
    """
    for name in archive.names:
        if not name.startswith("xl/worksheets/"):
            continue
        columns: set[bytes] = set()
        first, last = AREA_MAX_CELLS, 0
        for place in CELL.finditer(archive.read(name)):
            columns.add(place[1])
            row = int(place[2])
            first, last = min(first, row), max(last, row)
        numbers = [number_of(column.decode()) for column in columns] or [0]
        area = (max(numbers) - min(numbers) + 1) * (last - first + 1)
        if area > AREA_MAX_CELLS:
            raise SourceTooLarge(
                f"{archive.source.name!r} has a sheet of {area:,} cells from its first to its last; "
                f"at most {AREA_MAX_CELLS:,} are read.",
                remedy="Delete the cells that stand far away from the rest.",
            )


class SheetWriter:
    """Writes one sheet."""

    def __init__(self, blocks: Blocks, sheet: CalamineSheet, looks: Looks, *, has_cells: bool) -> None:
        """Take where the text goes, the sheet, how it looks, and whether each cell has a place or each row."""
        self.blocks = blocks
        self.sheet = sheet
        self.looks = looks
        self.has_cells = has_cells
        self.names: list[str] = []
        self.unseen_rows: set[int] = set()
        self.unseen_columns: set[int] = set()
        self.merged = [(first, last) for first, last in sheet.merged_cell_ranges or () if first[1] < last[1]]

    def write(self, *, is_named: bool) -> None:
        """Append the sheet, under its name where it has one that says something."""
        name = self.sheet.name
        self.blocks.path = []
        self.blocks.place("sheet", name)
        if is_named or not GIVEN_NAME.fullmatch(name):
            self.blocks.heading(1, name)
        for table in split_tables(self.rows()):
            self.write_table(table)

    def rows(self) -> Iterator[Row | None]:
        """Yield the rows that are shown, without columns that are hidden; None for blank ones."""
        top, left = self.sheet.start or (0, 0)
        hidden = self.looks.hidden_columns
        for number, values in enumerate(self.sheet.to_python(skip_empty_area=True), top):
            filled = [column for column, value in enumerate(values, left) if value not in ("", None)]
            if number in self.looks.hidden_rows:
                self.unseen_rows.update([number] if filled else ())
                continue
            self.unseen_columns.update(hidden.intersection(filled) if hidden else ())
            cells = [""] * left + [
                show_cell(value, (number, column), self.looks) for column, value in enumerate(values, left)
            ]
            while cells and not cells[-1]:
                cells.pop()
            yield Row(number, cells) if cells else None

    def tell_unseen(self) -> list[str]:
        """Return the rows and columns that are hidden and not empty, of what has been written."""
        told = []
        if self.unseen_rows:
            rows = write_ranges([number + 1 for number in sorted(self.unseen_rows)])
            told.append(f"row{'s' if len(self.unseen_rows) > 1 else ''} {rows} of '{self.sheet.name}'")
        if self.unseen_columns:
            columns = ", ".join(letters(column) for column in sorted(self.unseen_columns))
            told.append(f"column{'s' if len(self.unseen_columns) > 1 else ''} {columns} of '{self.sheet.name}'")
        return told

    def write_table(self, table: list[Row]) -> None:
        """Append the rows between two blank ones: those of one cell at the top by themselves, the rest by columns."""
        self.blocks.end_table()
        while table and sum(map(bool, table[0].cells)) == 1 and len(table) > 1:
            self.write_row(table.pop(0), ())
        first = min(next(index for index, cell in enumerate(row.cells) if cell) for row in table)
        headers = self.count_headers(table, first)
        if headers:
            self.names = [""] * first + join_headers([self.spread(row)[first:] for row in table[:headers]])
        elif not self.goes_on(table):
            self.names = []
        self.blocks.end_table()
        for row in table[headers:]:
            self.write_row(row, self.names)

    def count_headers(self, table: list[Row], first: int) -> int:
        """Return how many rows name the columns of a table: two, where cells of the first one span several."""
        spans = sum(start[0] == table[0].number for start, _ in self.merged)
        if spans and len(table) > TITLE_ROWS_MAX - 1 and not any(map(is_value, table[1].cells)):
            named = join_headers([self.spread(row)[first:] for row in table[:2]])
            if has_header(self.shown([[""] * first + named, *(row.cells for row in table[2:])], first)):
                return 2
        return int(has_header(self.shown([row.cells for row in table], first)))

    def shown(self, rows: Sequence[list[str]], first: int) -> list[list[str]]:
        """Return the cells of rows from a column on, without columns that are hidden."""
        hidden = self.looks.hidden_columns
        return [[cell for at, cell in enumerate(row) if at >= first and at not in hidden] for row in rows]

    def goes_on(self, table: list[Row]) -> bool:
        """Tell whether a table without a header is the rest of the one above: of figures, under the same columns."""
        filled = {index for row in table for index, cell in enumerate(row.cells) if cell}
        return bool(self.names) and len(filled) > 1 and all(index < len(self.names) for index in filled)

    def spread(self, row: Row) -> list[str]:
        """Return the cells of a row, one that spans several columns in each of them."""
        cells = list(row.cells)
        for (number, left), (_, right) in self.merged:
            if number == row.number and left < len(cells):
                cells += [""] * (right + 1 - len(cells))
                cells[left : right + 1] = [cells[left]] * (right + 1 - left)
        return cells

    def write_row(self, row: Row, names: Sequence[str]) -> None:
        """Append a row with its places."""
        filled = [index for index, cell in enumerate(row.cells) if cell]
        pieces: list[tuple[str, Locator | None]] = []
        if not self.has_cells:
            pieces.append(("", Locator(0, "row", (str(row.number + 1),))))
        pairs = list(name_cells(row.cells, names))
        for order, (column, (name, value)) in enumerate(zip(filled, pairs, strict=True)):
            if order:
                pieces.append(("; " if names else " | ", None))
            place = Locator(0, "cell", (self.sheet.name, f"{letters(column)}{row.number + 1}"))
            pieces.append((name + value, place if self.has_cells else None))
        self.blocks.pieces(pieces)


def split_tables(rows: Iterator[Row | None]) -> Iterator[list[Row]]:
    """Yield the stretches of rows between blank ones."""
    table: list[Row] = []
    for row in rows:
        if row is not None:
            table.append(row)
        elif table:
            yield table
            table = []
    if table:
        yield table


def show_cell(value: Value, place: tuple[int, int], looks: Looks) -> str:
    """Return a value as a person reads it in its cell: nothing where that hides it."""
    if place[1] in looks.hidden_columns:
        return ""
    value = looks.no_moments.get(place, value)
    shown, plain = looks.formats.get(place), show(value)
    if shown is None or not plain:
        return plain
    if isinstance(value, bool | str):
        return "" if "@" in shown.hides else plain
    if isinstance(value, int | float):
        return shown.write(value, plain)
    if isinstance(value, datetime.datetime) and shown.moment == "time":
        return show(value.time())
    return plain


def show(value: Value) -> str:
    """Return a value as a person reads it: whole numbers without a point, dates as ISO 8601."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format(value, ".15g") if abs(value) < 1e15 else str(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, datetime.timedelta):
        return show_duration(value)
    return clean(str(value))


def show_duration(value: datetime.timedelta) -> str:
    """Return the hours, minutes and, where there are any, seconds that have passed.

    >>> show_duration(datetime.timedelta(days=1.5)), show_duration(datetime.timedelta(seconds=59.9996))
    ('36:00', '0:01')
    """
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def letters(column: int) -> str:
    """Return the name of a column counted from 0.

    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
