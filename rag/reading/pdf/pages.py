"""A page of a PDF: its text, line by line as it is seen, and the character behind each place in it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.reading.pdf.sight import Sight

if TYPE_CHECKING:
    import pypdfium2

PAGE_BREAK = "\n\n"
"""Stands between the texts of two pages."""
LINE_END = re.compile("\r\n?|\n|[\ufffe\x02]")
"""Where PDFium ends a line; a hyphen that it takes for one at a line's end is U+FFFE."""
HYPHENS = "\ufffe\x02"
UNSEEN = str.maketrans({"\0": "\ufffd"})
SPACES = re.compile(r"\s+")
WIDE_GAP = 0.9
"""A gap wider than this part of the em parts two cells; words, be they justified, stand closer."""
SAME_ROW = 0.4
"""Part of the em by which the base lines of two pieces of one row may differ: some are raised."""
TURNS = {0: ((1, 0), (0, 1)), 90: ((0, 1), (-1, 0)), 180: ((-1, 0), (0, -1)), 270: ((0, -1), (1, 0))}
"""Degrees a page is turned, clockwise -> which direction of the page is seen as across, and which as up."""


class Cell(NamedTuple):
    """A stretch of a line that a wide gap sets off from the next one, and how far it reaches across the page."""

    start: int
    end: int
    left: float
    right: float


class Line(NamedTuple):
    """A line of a page's text and where it is seen, in points; up is more.

    Attributes:
        start: First character in the page's text.
        end: End in it.
        left: Left edge.
        right: Right edge.
        base: Height of its base line.
        size: Size of its type (the em), without what is raised or lowered.
        cells: Its stretches between wide gaps; one where it is written without.
        is_upright: Whether it is written across the page, not up or down its side.
        is_hyphenated: Whether it ends inside a word, with a hyphen.
    """

    start: int
    end: int
    left: float
    right: float
    base: float
    size: float
    cells: tuple[Cell, ...] = ()
    is_upright: bool = True
    is_hyphenated: bool = False

    def moved(self, offset: int) -> Line:
        """Return the same line of a text in which it stands so many characters later."""
        cells = tuple(cell._replace(start=cell.start + offset, end=cell.end + offset) for cell in self.cells)
        return self._replace(start=self.start + offset, end=self.end + offset, cells=cells)


class PageText(NamedTuple):
    """The text of one page.

    Attributes:
        text: Lines ended by a line feed; no white space at its ends.
        lines: In the order of the text, without gap but for white space.
        indexes: For each character of `text`, PDFium's number of the character it stands for.
    """

    text: str
    lines: tuple[Line, ...]
    indexes: Sequence[int]


class PlacedLine(NamedTuple):
    """A line of a document: its words, its place in the canonical text, its page (from 1) and its box there."""

    text: str
    start: int
    end: int
    page: int
    box: Line


def read_page(page: pypdfium2.PdfTextPage, rotation: int = 0) -> PageText:
    """Return the text of a page in the order of its content, pieces of one row on one line.

    Lines that nobody sees are left out: outside of the page as it is shown, invisible, or white on white.

    Args:
        page: Its text.
        rotation: By how many degrees it is turned, clockwise, when it is shown.
    """
    raw = page.get_text_range()
    measure = Measure(page, rotation)
    numbers = number_characters(page, raw)
    sight = Sight(page)
    parts: list[str] = []
    lines: list[Line] = []
    indexes: list[int] = []
    for start, end, hyphenated in split_lines(raw):
        first, last = numbers[start], numbers[min(end, len(numbers)) - 1]
        if measure.is_outside(first, last) or sight.is_unseen(first, last, measure.type(first)[1]):
            continue
        line = measure.line(raw, numbers, start, end, hyphenated).moved(len(indexes) - start)
        if lines and stands_beside(lines[-1], line):
            parts.append(" ")
            lines.append(join(lines.pop(), line.moved(1)))
            indexes.append(indexes[-1])
        else:
            parts.append("\n" if lines else "")
            lines.append(line.moved(1 if lines else 0))
            indexes.extend(indexes[-1:])
        parts.append(raw[start : end - 1] + "-" if hyphenated else raw[start:end])
        indexes.extend(numbers[start:end])
    return PageText("".join(parts).translate(UNSEEN), tuple(lines), indexes)


class Measure:
    """Finds where the characters of a page are seen."""

    def __init__(self, page: pypdfium2.PdfTextPage, rotation: int) -> None:
        """Take the page, and by how many degrees it is turned."""
        from pypdfium2 import raw as pdfium

        self._page = page
        self._pdfium = pdfium
        self._rectangle = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        self._across, self._up = TURNS.get(rotation, TURNS[0])
        self._shown = page.page.get_bbox()

    def is_outside(self, first: int, last: int) -> bool:
        """Tell whether a line lies outside of what is shown of the page, by its first and its last character."""
        left, bottom, right, top = self._shown
        for number in (first, last):
            found = self._rectangle
            if not self._pdfium.FPDFText_GetLooseCharBox(self._page, number, found) or found.left == found.right:
                return False
            if left < found.right and found.left < right and bottom < found.top and found.bottom < top:
                return False
        return True

    def edges(self, number: int) -> tuple[float, float]:
        """Return where a character begins and ends across the page; zeros where it has no place."""
        found = self._rectangle
        if not self._pdfium.FPDFText_GetLooseCharBox(self._page, number, found):
            return 0.0, 0.0
        x, y = self._across
        one, other = x * found.left + y * found.bottom, x * found.right + y * found.top
        return min(one, other), max(one, other)

    def type(self, number: int) -> tuple[float, float, bool]:
        """Return the base line and the size of a character, and whether it stands upright."""
        size: float = self._pdfium.FPDFText_GetFontSize(self._page, number)
        matrix = self._matrix
        if not self._pdfium.FPDFText_GetMatrix(self._page, number, matrix):
            return 0.0, size, True
        up = self._up
        height = up[0] * matrix.c + up[1] * matrix.d
        base = up[0] * matrix.e + up[1] * matrix.f
        return base, size * math.hypot(matrix.c, matrix.d), abs(height) > 0.5 * math.hypot(matrix.c, matrix.d)

    def line(self, raw: str, numbers: Sequence[int], start: int, end: int, is_hyphenated: bool) -> Line:
        """Return a line of PDFium's text with its place and its cells."""
        base, size, upright = self.type(numbers[start])
        left, right = self.edges(numbers[start])
        if end - start > 1:
            last_base, last_size, _ = self.type(numbers[end - 1])
            base = base if size >= last_size else last_base
            size = max(size, last_size)
            right = max(right, self.edges(numbers[end - 1])[1])
        cells: list[Cell] = []
        first, cell_left = start, left
        for space in SPACES.finditer(raw, start, end):
            before, after = self.edges(numbers[space.start() - 1]), self.edges(numbers[min(space.end(), end - 1)])
            if after[0] - before[1] > WIDE_GAP * size > 0:
                cells.append(Cell(first, space.start(), cell_left, before[1]))
                first, cell_left = space.end(), after[0]
        cells.append(Cell(first, end, cell_left, right))
        return Line(start, end, left, right, base, size, tuple(cells), upright, is_hyphenated)


def split_lines(raw: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the start and end of each line that is not blank, stripped, and whether its last word is hyphenated."""
    start = 0
    for mark in [*LINE_END.finditer(raw), None]:
        end = mark.start() if mark else len(raw)
        hyphenated = mark is not None and mark.group() in HYPHENS
        line = raw[start:end]
        if line.strip():
            first = start + len(line) - len(line.lstrip())
            yield first, end + 1 if hyphenated else start + len(line.rstrip()), hyphenated
        start = mark.end() if mark else end


def number_characters(page: pypdfium2.PdfTextPage, raw: str) -> Sequence[int]:
    """Return PDFium's number of each character of the text it gives.

    The two differ where a character takes two of UTF-16, and where characters have no place in the text.
    """
    if page.count_chars() == len(raw) and raw.isascii():
        return range(len(raw))
    from pypdfium2 import raw as pdfium

    numbers: list[int] = []
    offset = 0
    last = 0
    for character in raw:
        found: int = pdfium.FPDFText_GetCharIndexFromTextIndex(page, offset)
        last = found if found >= 0 else last
        numbers.append(last)
        offset += 2 if ord(character) > 0xFFFF else 1
    return numbers


def stands_beside(before: Line, line: Line) -> bool:
    """Tell whether a line goes on to the right of the one before it, in the same row."""
    level = abs(before.base - line.base) < SAME_ROW * min(before.size, line.size)
    return level and before.is_upright and not before.is_hyphenated and line.left >= before.right - 1


def join(before: Line, line: Line) -> Line:
    """Return the row of two pieces, the second one after the first and a space."""
    taller = before if before.size >= line.size else line
    return before._replace(
        end=line.end,
        right=line.right,
        base=taller.base,
        size=taller.size,
        cells=before.cells + line.cells,
        is_hyphenated=line.is_hyphenated,
    )
