"""A stretch of a delimited file -> a table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from api.grids.marking import Block, Cell, CellPiece, Column, Grid, Marker, Row, Span
from rag import Locator, find_dialect, sanitize, split_rows

ROW_MAX_CHARACTERS = 50_000
"""A longer row is no row to look at; the file is then shown by its lines."""
COLUMNS_MIN = 2
"""A delimited file of fewer is a list, and reads better as its lines."""


class Delimited:
    """A delimited file: where its rows begin, and what its columns are called.

    Attributes:
        text: The canonical text.
        start: Where the first row begins.
        delimiter: What parts its fields.
        numbers: The number of each row that is not empty, by where its first field begins.
        begins: Where the rows begin, beginning with the text itself; what stands before the first row that has a
            place (a header, perhaps) is one with it.
    """

    def __init__(self, text: str, suffix: str, places: Sequence[Locator]) -> None:
        """Take a text and the places of its rows."""
        self.text = text
        self.start, self.delimiter = find_dialect(text, suffix)
        self.numbers = {place.start: int(place.value[0]) for place in places if place.kind == "row"}
        self.begins = sorted({0, *map(self.begin_of, self.numbers)})

    def begin_of(self, field: int) -> int:
        """Return where a row begins whose first field's content begins at `field`: before its quote, if it has one."""
        quoted = self.text[field - 1 : field] == '"' and (field == 1 or self.text[field - 2] in "\r\n")
        return field - quoted

    def fit(self, window: Span, cited: Span | None) -> Span | None:
        """Return the whole rows of a stretch: one at least, and that in which cited words begin within the stretch.

        None where there is one among them that is too long to be looked at.
        """
        start = self.begins[bisect_right(self.begins, window[0]) - 1]
        needed = cited[0] if cited and window[0] <= cited[0] < window[1] else start
        whole = len(self.begins) if window[1] >= len(self.text) else bisect_right(self.begins, window[1]) - 1
        after = max(whole, bisect_right(self.begins, needed))
        end = self.begins[after] if after < len(self.begins) else len(self.text)
        return (start, end) if end - start <= window[1] - window[0] + ROW_MAX_CHARACTERS else None

    def names(self) -> list[str]:
        """Return the names of the columns; empty where no row above the others holds them."""
        end = self.begin_of(min(self.numbers))
        above = split_rows(self.text[:end], self.start, self.delimiter) if self.start < end else iter(())
        fields = next(above, [])
        return [" ".join(sanitize.clean_text(self.text[start:end]).split()) for start, end, _ in fields]

    def blocks(self, window: Span, cited: Span | None) -> list[Block]:
        """Return the rows as a table; empty where a character would be lost."""
        begin = max(window[0], self.start)
        rows = [
            [(begin + start, begin + end, quoted) for start, end, quoted in fields]
            for fields in split_rows(self.text[begin : window[1]], 0, self.delimiter)
        ]
        placed = {place for place in self.numbers if begin <= place < window[1]}
        if not rows or not placed <= {fields[0][0] for fields in rows} or self.loses(rows, window[1]):
            return []
        names = self.names()
        width = max(len(names), *map(len, rows))
        if width < COLUMNS_MIN:
            return []
        marker = Marker(self.text, cited)
        first = rows[0][0][0] - rows[0][0][2]
        blocks = marker.lines(window[0], first)
        # The text before the first row is blank, and so are lines between rows: they stand at the end of the row above.
        ends = [*(fields[0][0] - fields[0][2] for fields in rows[1:]), window[1]]
        built: list[Row] = []
        for fields, end in zip(rows, ends, strict=True):
            number = self.numbers.get(fields[0][0]) or ((built[-1].number or 0) + 1 if built else 1)
            cells = [marker.cell(self.pieces(marker, field, after)) for field, after in with_ends(fields, end)]
            heads = not built and any(names) and window[0] <= self.start and fields[0][0] not in self.numbers
            cells += [Cell() for _ in range(width - len(cells))]
            built.append(Row(number=number, heads=heads, cited=any(cell.cited for cell in cells), cells=cells))
        columns = [Column(name=names[index] if index < len(names) else "") for index in range(width)]
        return [*blocks, Block(grid=Grid(columns=columns, rows=built))]

    def loses(self, rows: Sequence[Sequence[tuple[int, int, bool]]], end: int) -> bool:
        """Tell whether words stand between the fields, as after a quote that closes too early."""
        fields = [field for row in rows for field in row]
        between = [self.text[field[1] : following[0] - following[2]] for field, following in pairwise(fields)] + [
            self.text[fields[-1][1] : end]
        ]
        return any(stretch.strip(f'"{self.delimiter} \r\n') for stretch in between)

    def pieces(self, marker: Marker, field: tuple[int, int, bool], after: int) -> list[CellPiece]:
        """Return a field in pieces: its quotes and its delimiter are not shown, a doubled quote is shown once."""
        start, end, quoted = field
        pieces = marker.cut(start - quoted, start, shown=False) if quoted else []
        position = start
        while quoted and (doubled := self.text.find('""', position, end)) >= 0:
            pieces += marker.cut(position, doubled + 1) + marker.cut(doubled + 1, doubled + 2, shown=False)
            position = doubled + 2
        return pieces + marker.cut(position, end) + marker.cut(end, after, shown=False)


def with_ends(fields: Sequence[tuple[int, int, bool]], end: int) -> Iterator[tuple[tuple[int, int, bool], int]]:
    """Yield each field of a row with where all that belongs to it ends."""
    for field, following in pairwise(fields):
        yield field, following[0] - following[2]
    yield fields[-1], end
