"""A stretch of a sheet or of a delimited file -> tables: its text in rows and columns, every character kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from api.grids.delimited import Delimited
from api.grids.marking import Block, Cell, CellPiece, Column, Grid, Row, Span
from api.grids.sheets import column_number, sheet_blocks
from rag import DocumentRecord, Locator

__all__ = ["Block", "Cell", "CellPiece", "Column", "Grid", "Row", "arrange", "column_number"]


def arrange(
    record: DocumentRecord, text: str, places: Sequence[Locator], window: Span, cited: Span | None
) -> tuple[Span, list[Block]]:
    """Return a stretch as tables, and that stretch, widened or narrowed to whole rows; no block where it has no rows.

    A workbook has them where its cells have places, a delimited file where no character between its fields would be
    lost from view.
    """
    if record.reader.startswith("sheets/"):
        return window, sheet_blocks(text, places, window, cited)
    if record.reader.startswith("delimited/") and any(place.kind == "row" for place in places):
        rows = Delimited(text, PurePosixPath(record.source).suffix.lower(), places)
        fitted = rows.fit(window, cited)
        blocks = rows.blocks(fitted, cited) if fitted else []
        return (fitted, blocks) if fitted and blocks else (window, [])
    return window, []
