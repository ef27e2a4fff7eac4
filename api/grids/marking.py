"""What a table consists of, and how the cited words are marked in it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from pydantic import BaseModel, Field

from rag import sanitize

Span = tuple[int, int]
"""Start and end (exclusive) in the canonical text."""


class CellPiece(BaseModel):
    """A stretch of a cell's text, all of it cited or none."""

    text: str = Field(description="Without characters that are not seen.")
    cited: bool = False
    shown: bool = Field(default=True, description="False for what only parts the cells, and for a column's name.")


class Cell(BaseModel):
    """A cell with all of the text that stands for it."""

    pieces: list[CellPiece] = Field(default_factory=list, description="None where the row has no such cell.")
    cited: bool = Field(default=False, description="Whether some of it is cited.")
    begins: bool = Field(default=False, description="Whether the cited words begin in it.")


class Row(BaseModel):
    """A row, with a cell for each column."""

    number: int | None = Field(None, description="As the program counts it that the file belongs to.")
    heads: bool = Field(default=False, description="Whether it holds the names of the columns.")
    cited: bool = Field(default=False, description="Whether some of it is cited.")
    cells: list[Cell]


class Column(BaseModel):
    """A column: its name, and its letters where it has them."""

    name: str = ""
    letters: str = ""


class Grid(BaseModel):
    """Rows under common columns."""

    place: str = Field(default="", description="The sheet.")
    columns: list[Column]
    rows: list[Row]


class Block(BaseModel):
    """A stretch of the text: a table, or lines between tables."""

    lines: list[CellPiece] = Field(default_factory=list)
    begins: bool = Field(default=False, description="Whether the cited words begin in these lines.")
    grid: Grid | None = None


class Marker:
    """Cuts the text at the ends of the cited words.

    Attributes:
        text: The canonical text.
        cited: The cited words; None where there are none.
        begun: Whether they have begun.
    """

    def __init__(self, text: str, cited: Span | None) -> None:
        """Take the text and the cited words."""
        self.text = text
        self.cited = cited
        self.begun = False

    def cut(self, start: int, end: int, *, shown: bool = True) -> list[CellPiece]:
        """Return a stretch in pieces; none where it is empty."""
        cuts = sorted({start, end, *(min(max(place, start), end) for place in self.cited or ())})
        return [
            CellPiece(text=sanitize.clean_text(self.text[low:high]), cited=self.holds(low, high), shown=shown)
            for low, high in pairwise(cuts)
        ]

    def holds(self, low: int, high: int) -> bool:
        """Tell whether a stretch is cited."""
        return self.cited is not None and self.cited[0] <= low and high <= self.cited[1]

    def begins(self, pieces: Iterable[CellPiece]) -> bool:
        """Tell whether the cited words begin in these pieces, which come in the order of the text."""
        begins = not self.begun and any(piece.cited for piece in pieces)
        self.begun |= begins
        return begins

    def cell(self, pieces: list[CellPiece]) -> Cell:
        """Return a cell of pieces."""
        return Cell(pieces=pieces, cited=any(piece.cited for piece in pieces), begins=self.begins(pieces))

    def lines(self, start: int, end: int) -> list[Block]:
        """Return what stands between tables; nothing where there is nothing to see."""
        words = self.text[start:end]
        first, last = start + len(words) - len(words.lstrip()), start + len(words.rstrip())
        pieces = self.cut(start, min(first, end), shown=False)
        pieces += self.cut(first, last) + self.cut(max(first, last), end, shown=False) if first < last else []
        seen = first < last or any(piece.cited for piece in pieces)
        return [Block(lines=pieces, begins=self.begins(pieces))] if seen else []
