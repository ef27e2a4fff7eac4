"""Where a stretch of a document stands, in the words of its format: page, slide, sheet and cell."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol

from rag.types.sources import Locator

WORDS = {"page": "page", "slide": "slide", "notebook-cell": "cell", "table": "table", "row": "row"}
WORDS |= {"chapter": "", "definition": ""}
"""What stands before a place of each kind, the most exact kind last; one without a word is a name by itself."""
CELL = re.compile(r"([A-Z]+)(\d+)")
OWN_TEXT = frozenset(
    re.findall(
        r"\.\w+",
        ".docm .docx .dotm .dotx .eml .epub .htm .html .ipynb .odp .ods .odt .otp .ots .ott .pdf .potm .potx "
        ".ppsm .ppsx .pptm .pptx .xhtml .xls .xlsb .xlsm .xlsx .xltm .xltx",
    )
)
"""Suffixes of the files whose text is its reader's own: nobody who opens one finds its lines."""


class Place(NamedTuple):
    """Where something stands.

    Attributes:
        page: The page on which it begins, where the format has pages.
        locator: Its place for people: ``page 3``, ``pages 3-4``, ``slide 4``, ``Budget!B7:D7``, ``cell 5``,
            ``table 2, row 3``, ``function f``; None where lines are all there is to say.
    """

    page: int | None
    locator: str | None


def describe(locators: Iterable[Locator], start: int, end: int) -> Place:
    """Return where ``text[start:end]`` stands.

    Args:
        locators: Those that hold at `start` and those that begin within the span; others do no harm. Ascending by
            start within a kind.
        start: First canonical character.
        end: Canonical end.

    >>> describe([Locator(0, "page", ("3",)), Locator(90, "page", ("4",))], 80, 100)
    Place(page=3, locator='pages 3-4')
    """
    kinds: dict[str, list[Locator]] = {}
    for locator in locators:
        kinds.setdefault(locator.kind, []).append(locator)
    found = {kind: holding(places, start, end) for kind, places in kinds.items() if kind != "heading"}
    pages = [place.value[0] for place in found.get("page", ()) if place.value]
    page = int(pages[0]) if pages and pages[0].isdecimal() else None
    if cells := found.get("cell"):
        return Place(page, write_cells(cells))
    if sheet := found.get("sheet"):
        rows = found.get("row")
        return Place(page, ", ".join([sheet[0].value[0], *([write_numbers("row", rows)] if rows else [])]))
    parts = [write_numbers(word, found[kind]) for kind, word in WORDS.items() if found.get(kind)]
    return Place(page, ", ".join(part for part in parts if part) or None)


class Placed(Protocol):
    """What stands somewhere in a file: a citation, a passage, an excerpt."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def lines(self) -> tuple[int, int]: ...  # noqa: D102
    @property
    def heading(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def page(self) -> int | None: ...  # noqa: D102
    @property
    def locator(self) -> str | None: ...  # noqa: D102


def write_place(where: Placed) -> str:
    """Return where something stands in its file, for a person: in what he finds when he opens it.

    Lines are named where the file is text, else the page, slide, sheet and cells; then the section, where it has one.
    Empty where the file alone can be named. For example ``lines 9-12, Methods > Data``; ``page 3, Rent``.
    """
    parts = [write_lines(*where.lines)] if where.page is None and has_lines(where.source) else []
    if where.locator:
        parts.append(where.locator)
    elif where.page is not None:
        parts.append(f"page {where.page}")
    sheet = (where.locator or "").rpartition("!")[0].strip("'")
    parts.append(" > ".join(part for part in where.heading if part not in (where.title, sheet, where.locator)))
    return ", ".join(part for part in parts if part)


def has_lines(source: str) -> bool:
    """Tell whether the lines of a document, by its source, are those of the file."""
    return PurePosixPath(source).suffix.lower() not in OWN_TEXT


def write_lines(first: int, last: int) -> str:
    """Return a range of lines for a person: ``line 3``, ``lines 3-4``.

    >>> write_lines(1451, 1452)
    'lines 1,451-1,452'
    """
    return f"line {first:,}" if first == last else f"lines {first:,}-{last:,}"


def holding(places: Sequence[Locator], start: int, end: int) -> Sequence[Locator]:
    """Return the place of one kind that holds at `start`, and those that begin before `end`."""
    first = max(bisect_right(places, start, key=lambda place: place.start) - 1, 0)
    last = bisect_right(places, end - 1, key=lambda place: place.start)
    return [place for place in places[first:last] if place.value]


def write_numbers(word: str, places: Sequence[Locator]) -> str:
    """Return places of one kind: ``page 3``, ``pages 3-4``; a name, where they are names."""
    first, last = places[0].value[-1], places[-1].value[-1]
    if not word:
        return first
    return f"{word} {first}" if first == last else f"{word}s {first}-{last}"


def write_cells(places: Sequence[Locator]) -> str:
    """Return the range of cells as a spreadsheet writes it: ``Budget!B7:D7``; the last sheet's is left out."""
    sheet = places[0].value[0]
    cells = [CELL.fullmatch(place.value[1]) for place in places if place.value[0] == sheet]
    columns = sorted((cell[1] for cell in cells if cell), key=lambda column: (len(column), column))
    rows = sorted(int(cell[2]) for cell in cells if cell)
    name = sheet if re.fullmatch(r"\w+", sheet) else "'" + sheet.replace("'", "''") + "'"
    first, last = f"{columns[0]}{rows[0]}", f"{columns[-1]}{rows[-1]}"
    return f"{name}!{first}" if first == last else f"{name}!{first}:{last}"


def within(locators: Sequence[Locator], start: int, end: int) -> tuple[Locator, ...]:
    """Return the locators but headings that hold at `start` or begin before `end`, ascending within a kind."""
    kinds: dict[str, list[Locator]] = {}
    for locator in locators:
        if locator.kind != "heading":
            kinds.setdefault(locator.kind, []).append(locator)
    return tuple(place for places in kinds.values() for place in holding(places, start, end))
