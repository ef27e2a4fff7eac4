"""Tables of Word documents: rows and cells, those in content controls too, each cell in its own column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from rag.reading.archive import attribute, local
from rag.reading.office.word_text import SKIPPED, find

WRAPPERS = frozenset(("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"))
"""What may stand around a row or a cell."""
COLUMNS_MAX = 100
DELETED = ("del", "moveFrom")


def read_table(table: Element, say: Callable[[Element], str]) -> tuple[list[list[str]], int | None]:
    """Return the cells of a table by row, and how many rows it says are its header (None: it does not say).

    A cell that goes on from the row above says the same again; a table within a cell is part of what the cell says.

    Args:
        table: The table.
        say: Returns the words of a paragraph; asked once for each, in order.
    """
    rows: list[list[str]] = []
    headers = 0
    for row in parts_of(table, "tr"):
        properties = find(row, "trPr")
        if properties is not None and any(find(properties, name) is not None for name in DELETED):
            continue
        is_header = properties is not None and find(properties, "tblHeader") is not None
        headers += is_header and headers == len(rows)
        line = [""] * (read_count(properties, "gridBefore", 0) if properties is not None else 0)
        for cell in parts_of(row, "tc"):
            line += read_cell(cell, rows[-1] if rows else [], len(line), say, is_header=is_header)
        rows.append(line)
    return rows, headers or None


def read_cell(
    cell: Element, above: list[str], column: int, say: Callable[[Element], str], *, is_header: bool
) -> list[str]:
    """Return what a cell says, once for each column that it takes: the name of several columns is repeated."""
    properties = find(cell, "tcPr")
    words = " ".join(filter(None, map(say, paragraphs_of(cell))))
    if properties is None:
        return [words]
    down = find(properties, "vMerge")
    if down is not None and attribute(down, "val") != "restart" and column < len(above):
        words = above[column]
    return [words] + [words if is_header else ""] * (read_count(properties, "gridSpan", 1) - 1)


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
