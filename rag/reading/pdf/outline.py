"""Headings of a PDF: its outline, or else the lines set larger than the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.reading.pdf.flow import is_row
from rag.reading.pdf.pages import PlacedLine
from rag.types import Locator

if TYPE_CHECKING:
    import pypdfium2

HEADING_MAX_CHARACTERS = 120
LARGER = 1.15
"""A heading is set larger than the text by this factor at least."""
OUTLINE_MAX = 5000
NUMBERING = re.compile(r"\s*(?:\d{1,3}(?:\.\d{1,3})*[.):]?|(?:[A-Za-z]|[IVXLC]+)[.):])\s+(?=\S)")
"""The number before a heading, which is no part of its words."""
PAGES_SHARE = 0.15
"""Large lines on a smaller share of the pages are those of a cover, and no headings of what follows."""
LEVELS = 4
"""Most sizes of type that count as levels of headings."""


def find_headings(
    document: pypdfium2.PdfDocument, text: str, lines: Sequence[PlacedLine], running: Collection[int]
) -> list[Locator]:
    """Return the headings, ascending: from the outline where there is one, else by the size of type."""
    found = list(read_outline(document, text, lines)) or list(find_large(lines, running))
    locators: list[Locator] = []
    path: list[tuple[int, str]] = []
    for start, level, words in sorted(found, key=lambda heading: heading[0]):
        path = [above for above in path if above[0] < level] + [(level, words)]
        value = tuple(name for _, name in path)
        if locators and locators[-1].start == start:
            locators.pop()
        locators.append(Locator(start, "heading", value))
    return locators


def read_outline(
    document: pypdfium2.PdfDocument, text: str, lines: Sequence[PlacedLine]
) -> Iterator[tuple[int, int, str]]:
    """Yield place, level and words of the outline's entries that lead to a page.

    The place is the line of that page that says the same, or else the page's first line.
    """
    pages: dict[int, list[PlacedLine]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    for count, bookmark in enumerate(document.get_toc(max_depth=8)):
        if count >= OUTLINE_MAX:
            return
        words = " ".join(bookmark.get_title().replace("\0", "").split())
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        on_page = pages.get(index + 1) if index is not None else None
        if on_page and words and len(words) <= HEADING_MAX_CHARACTERS:
            yield find_line(words, on_page).start, bookmark.level, words


def find_line(words: str, lines: Sequence[PlacedLine]) -> PlacedLine:
    """Return the line that says a heading's words, or the first one."""
    wanted = shape(words)
    for line in lines:
        said = shape(line.text)
        if said and (said == wanted or wanted.startswith(said) or said.startswith(wanted)) and len(said) > 3:
            return line
    return lines[0]


def shape(words: str) -> str:
    """Return words without case, spaces and punctuation."""
    return re.sub(r"\W+", "", words).lower()


def find_large(lines: Sequence[PlacedLine], running: Collection[int]) -> Iterator[tuple[int, int, str]]:
    """Yield place, level and words of the lines that are set larger than most of the text; the largest is level 0.

    Lines of one size that follow one another are one heading, though the later ones be a number only.
    """
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.box.size, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    large = [line for line in lines if is_large(line, usual) and line.start not in running]
    if len({line.page for line in large}) < len({line.page for line in lines}) * PAGES_SHARE:
        return
    levels = sorted({round(line.box.size) for line in large}, reverse=True)[:LEVELS]
    groups: list[list[PlacedLine]] = []
    first_lines = {line.start for line in large}
    for line in lines:
        if groups and follows(groups[-1][-1], line) and line.start not in running and len(line.box.cells) <= 1:
            groups[-1].append(line)
        elif line.start in first_lines:
            groups.append([line])
    for first, *others in groups:
        words = " ".join(part.text for part in (first, *others))
        if len(words) <= HEADING_MAX_CHARACTERS and round(first.box.size) in levels:
            yield first.start, levels.index(round(first.box.size)), words


def is_large(line: PlacedLine, usual: float) -> bool:
    """Tell whether a line looks like a heading: larger than the usual text, with words in it."""
    words = NUMBERING.sub("", line.text, count=1)
    letters = sum(character.isalpha() for character in words)
    return (
        line.box.size > LARGER * usual
        and letters >= (3 if words == line.text else 2)
        and not is_row(line)
        and letters * 2 > len(words)
        and line.box.is_upright
    )


def follows(before: PlacedLine, line: PlacedLine) -> bool:
    """Tell whether a large line goes on with the one before it."""
    near = 0 < before.box.base - line.box.base < 2 * before.box.size
    same = abs(before.box.size - line.box.size) < 0.5
    return before.page == line.page and line.start == before.end + 1 and near and same
