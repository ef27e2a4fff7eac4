"""A row of a table said under its header, with other rows between the two in the source."""

from __future__ import annotations

import re

from rag.sentences import CELL
from rag.types import Span

LINE = re.compile(r"[^\n]+")
FIGURE = re.compile(r"\d")


def verbatim_rows(claim: str, piece: str) -> tuple[Span, ...]:
    r"""Return where the header and the row that a claim of two lines is made of stand; empty where it is no such claim.

    Both must stand there as whole lines of one table: all from header to row have as many cells, and where none has
    cells, all but the header have figures. A blank line ends a table of cells; in one without, a page may break there.

    >>> verbatim_rows("Kind £\nOther 24,300", "Kind £\nPremises 21,600\nOther 24,300")
    (Span(start=0, end=6), Span(start=23, end=35))
    >>> verbatim_rows("Kind £\nDogs 1,513", "Kind £\nOther 24,300\nSpecies Number\nDogs 1,513")
    ()
    """
    header, _, row = claim.partition("\n")
    if not header or not row or "\n" in row:
        return ()
    opened: Span | None = None
    before = 0
    previous_cells = 0
    for match in LINE.finditer(piece):
        line = " ".join(match.group().split())
        cells = line.count(CELL)
        parted = CELL in row and piece.count("\n", before, match.start()) > 1
        before = match.end()
        if opened is not None and not parted and cells == row.count(CELL) and (cells or FIGURE.search(line)):
            if line == row:
                return opened, stripped(match)
        elif line == header and is_header(line) and (parted or cells != previous_cells or not cells):
            opened = stripped(match)
        else:
            opened = None
        previous_cells = cells
    return ()


def is_header(line: str) -> bool:
    """Return whether a line may be a table's header: one with cells, or one without figures."""
    return CELL in line or FIGURE.search(line) is None


def stripped(match: re.Match[str]) -> Span:
    """Return where a line stands, without the white space around it."""
    text = match.group()
    return Span(match.start() + len(text) - len(text.lstrip()), match.start() + len(text.rstrip()))
