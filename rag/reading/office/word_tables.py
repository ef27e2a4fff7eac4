"""Tables of Word documents: rows and cells, those in content controls too, each cell in its own column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from rag.reading.archive import attribute, local
from rag.reading.office.word_text import SKIPPED, find
from rag.reading.tables import has_header, is_value, join_headers

WRAPPERS = frozenset(("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"))
"""What may stand around a row or a cell."""
COLUMNS_MAX = 100
HEADERS_MERGED = 2
"""Rows of a header in which names span several columns."""
DELETED = ("del", "moveFrom")


def read_table(table: Element, say: Callable[[Element], str]) -> tuple[list[list[str]], int | None]:
    """Return the cells of a table by row, and how many rows it says are its header (None: it does not say).

    A cell that goes on from the row above says the same again; a table within a cell is part of what the cell says.

    Args:
        table: The table.
        say: Returns the words of a paragraph; asked once for each, in order.
    """
    rows: list[list[str]] = []
    widened: list[str] = []
    headers = 0
    for row in parts_of(table, "tr"):
        properties = find(row, "trPr")
        if properties is not None and any(find(properties, name) is not None for name in DELETED):
            continue
        is_header = properties is not None and find(properties, "tblHeader") is not None
        headers += is_header and headers == len(rows)
        line = [""] * (read_count(properties, "gridBefore", 0) if properties is not None else 0)
        wide = list(line)
        for cell in parts_of(row, "tc"):
            words, count = read_cell(cell, rows[-1] if rows else [], len(line), say)
            line += [words] + [words if is_header else ""] * (count - 1)
            wide += [words] * count
        widened = widened if rows else wide
        rows.append(line)
    if not headers and rows and is_headed(rows, widened):
        return [widened, *rows[1:]], HEADERS_MERGED
    return rows, headers or None


def is_headed(rows: list[list[str]], widened: list[str]) -> bool:
    """Tell whether two rows name the columns of a table that does not say: cells of the first one span several.

    Args:
        rows: The table's.
        widened: The first row, with what spans several columns in each of them.
    """
    if widened == rows[0] or len(set(widened)) == 1 or len(rows) <= HEADERS_MERGED or any(map(is_value, rows[1])):
        return False
    return has_header([join_headers([widened, rows[1]]), *rows[HEADERS_MERGED:]])


def read_cell(cell: Element, above: list[str], column: int, say: Callable[[Element], str]) -> tuple[str, int]:
    """Return what a cell says, and how many columns it takes."""
    properties = find(cell, "tcPr")
    words = " ".join(filter(None, map(say, paragraphs_of(cell))))
    if properties is None:
        return words, 1
    down = find(properties, "vMerge")
    if down is not None and attribute(down, "val") != "restart" and column < len(above):
        words = above[column]
    return words, read_count(properties, "gridSpan", 1)


def parts_of(element: Element, name: str) -> Iterator[Element]:
    """Yield the rows of a table, or the cells of a row, in order; not those of a table within it."""
    waiting = list(reversed(element))
    while waiting:
        each = waiting.pop()
        if local(each) == name:
            yield each
        elif local(each) in WRAPPERS:
            waiting.extend(reversed(each))


def paragraphs_of(element: Element) -> Iterator[Element]:
    """Yield the paragraphs anywhere below an element, in order, but for what is skipped."""
    waiting = list(reversed(element))
    while waiting:
        each = waiting.pop()
        if local(each) == "p":
            yield each
        if local(each) not in SKIPPED:
            waiting.extend(reversed(each))


def read_count(properties: Element, name: str, least: int) -> int:
    """Return a number of columns that properties name, from `least` to `COLUMNS_MAX`; `least` where they do not."""
    element = find(properties, name)
    written = attribute(element, "val") if element is not None else ""
    return min(max(int(written), least), COLUMNS_MAX) if written.isascii() and written.isdecimal() else least
