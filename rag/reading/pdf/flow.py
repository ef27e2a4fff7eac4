"""The reading text of a PDF: lines flowed into paragraphs, words made whole, what repeats on every page dropped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from rag.reading.mapping import ReadingTextBuilder
from rag.reading.pdf.columns import NamedRow, name_rows
from rag.reading.pdf.pages import PlacedLine
from rag.types import ReadingText

EDGE_LINES = 3
"""Lines at the top and at the bottom of a page that may be a running header or footer."""
REPEATED_SHARE = 0.4
"""Share of the pages on which a running line stands: those that differ on left and right pages are on half."""
REPEATED_PAGES_MIN = 3
PARAGRAPH_GAP = 1.25
"""Lines further apart than usual by this factor begin a new paragraph."""
USUAL_LEADING = 1.2
"""From line to line, in ems, where a document does not show it."""
FULL_LINE = 0.86
"""A line that reaches this part of the width of its column goes on in the next."""
NEIGHBOURS = 4
"""Lines before and after one that show how wide its column is."""
DIGITS = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
NUMBER = re.compile(r"\d{1,18}")
PACE_SHARE = 0.6
"""Share of the pages from one to the next on which the numbers of a running line stay, or rise with the pages: those
of chapters and parts jump now and then."""
FIGURES_AT_END = re.compile(
    r"(?:^|\s)[(]?[$€£]?\s?[(]?[\d—–-][\d.,]*\s?[%)]*\s+(?:[$€£]\s?)?[(]?[\d—–-][\d.,]*\s?[%)]*$"
)
MARK_MAX_CHARACTERS = 5
"""A first cell this short may be the mark of a list: ``(iii)``."""
LEADERS = re.compile(r"(?:\.\s?){4,}")
FIGURES_ONLY = re.compile(r"[\d\s.,()$€£%—–/-]+")
LIST_MARK = re.compile(r"[•●▪◦‣·■○*–—\ue000-\uf8ff]\s|[-]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s", re.IGNORECASE)
PRIVATE_MARK = re.compile(r"[\ue000-\uf8ff]\s+(?=\S)")
"""The mark of an item in a font of symbols that nobody else has: it is not read."""

SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*$")
DIVIDED = re.compile(r"\w+-\n\w+")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def flow(text: str, lines: Sequence[PlacedLine]) -> ReadingText:
    """Return the reading text of a PDF.

    Lines of a paragraph are joined by a space and words divided at a line's end made whole; rows of a table and items
    of a list stay on lines of their own; running headers, footers, page numbers and marks of symbol fonts are dropped.
    A row of a table reads ``Total assets: June 25, 2022: 336,309; September 25, 2021: 351,002`` where the header over
    each figure is certain.

    Args:
        text: Canonical text.
        lines: All of its lines, in order.
    """
    running = find_running(lines)
    kept = [line for line in lines if line.start not in running]
    rights = column_edges(kept)
    leading = find_leading(kept)
    words = Counter(word.lower() for word in WORD.findall(DIVIDED.sub(" ", text)))
    named = name_rows(kept)
    builder = ReadingTextBuilder(text)
    for index, line in enumerate(kept):
        end = line.end
        if index + 1 < len(kept) and line.box.is_hyphenated and hyphen_falls(line, kept[index + 1], words):
            end -= 1
        mark = PRIVATE_MARK.match(line.text)
        start = line.start + (mark.end() if mark else 0)
        if line.start in named:
            keep_row(builder, start, named[line.start])
        else:
            builder.keep(start, end)
        if index + 1 < len(kept):
            builder.put(separator(line, kept[index + 1], rights[index], leading), line.end)
    return builder.build()


def keep_row(builder: ReadingTextBuilder, start: int, row: NamedRow) -> None:
    """Append a row of a table, with the name of the column before each figure."""
    builder.keep(start, row.label_end)
    between = ": "
    for name, first, last in row.figures:
        builder.put(f"{between}{name}: ", first)
        builder.keep(first, last)
        between = "; "


def separator(line: PlacedLine, following: PlacedLine, right: float, leading: float) -> str:
    """Return what stands between two lines in the reading text."""
    if line.box.is_hyphenated and is_alike(line, following):
        return ""
    if goes_on(line, following, right, leading):
        return " "
    if line.page != following.page:
        return "\n" if is_row(line) and is_row(following) else "\n\n"
    if is_row(line) or is_row(following):
        return "\n"
    near = 0 <= line.box.base - following.box.base <= leading * PARAGRAPH_GAP * following.box.size
    return "\n" if near and LIST_MARK.match(following.text) else "\n\n"


def goes_on(line: PlacedLine, following: PlacedLine, right: float, leading: float) -> bool:
    """Tell whether a paragraph goes on from one line to the next.

    Args:
        line: The one.
        following: The next one.
        right: How far lines reach in the column of the first.
        leading: Usual distance from line to line, in ems.
    """
    if is_row(line) or is_row(following) or LIST_MARK.match(following.text) or not is_alike(line, following):
        return False
    box, after = line.box, following.box
    ended = SENTENCE_END.search(line.text) is not None
    drop = box.base - after.base
    if line.page != following.page or drop < -box.size:  # another page or column
        return not ended and following.text[:1].islower()
    if drop > leading * PARAGRAPH_GAP * box.size:
        return False
    if following.text[:1].islower() and not ended:
        return True
    width = right - box.left
    is_full = box.right - box.left >= FULL_LINE * width
    hanging = 4.0 if LIST_MARK.match(line.text) else 0.8
    is_aligned = -4 * box.size < after.left - box.left < hanging * box.size
    return is_full and is_aligned and width > 10 * box.size


def find_leading(lines: Sequence[PlacedLine]) -> float:
    """Return the usual distance from one line of a paragraph to the next, in ems."""
    drops = [
        (line.box.base - after.box.base) / line.box.size
        for line, after in pairwise(lines)
        if line.page == after.page and after.text[:1].islower() and line.box.size and is_alike(line, after)
    ]
    usual = sorted(drop for drop in drops if 0.8 < drop < 3)
    return max(usual[len(usual) // 2], 1.0) if usual else USUAL_LEADING


def is_alike(line: PlacedLine, following: PlacedLine) -> bool:
    """Tell whether two lines are set in about the same size."""
    return 0.88 < following.box.size / (line.box.size or 1) < 1.14


def is_row(line: PlacedLine) -> bool:
    """Tell whether a line is a row of a table or of a table of contents.

    It has cells, a list's mark aside, figures at its end, or nothing but figures.
    """
    cells = line.box.cells
    first = 1 if cells and cells[0].end - cells[0].start <= MARK_MAX_CHARACTERS else 0
    return len(cells) > first + 1 or bool(
        FIGURES_AT_END.search(line.text) or LEADERS.search(line.text) or FIGURES_ONLY.fullmatch(line.text)
    )


def column_edges(lines: Sequence[PlacedLine]) -> list[float]:
    """Return how far to the right the lines about each one reach that begin where it does."""
    edges: list[float] = []
    for index, line in enumerate(lines):
        about = lines[max(index - NEIGHBOURS, 0) : index + NEIGHBOURS + 1]
        near = 2.5 * line.box.size
        beside = [o.box.right for o in about if o.page == line.page and abs(o.box.left - line.box.left) < near]
        edges.append(max(beside))
    return edges


def hyphen_falls(line: PlacedLine, following: PlacedLine, words: Counter[str]) -> bool:
    """Tell whether the hyphen at a line's end only divides a word.

    The document's own words decide: one that it writes with its hyphen elsewhere, or of two parts that both are words
    of it while the whole is none, keeps it.
    """
    first = re.search(r"([^\W\d_]+)-$", line.text)
    second = re.match(r"[^\W\d_]+", following.text)
    if not first or not second or not second.group()[0].islower():
        return False
    before, after = first[1].lower(), second.group().lower()
    if words[before + after]:
        return True
    if words[f"{before}-{after}"]:
        return False
    return not (len(before) > 2 and words[before] and words[after])


def find_running(lines: Sequence[PlacedLine]) -> frozenset[int]:
    """Return the starts of the lines that are running headers, footers or page numbers.

    A line at a page's edge that stands on many pages, page numbers aside, is one. In a document of fewer than
    `REPEATED_PAGES_MIN` pages there are none.
    """
    pages: dict[int, list[PlacedLine]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    places: dict[tuple[bool, str], list[PlacedLine]] = {}
    for on_page in pages.values():
        for is_header, edge in ((True, on_page[:EDGE_LINES]), (False, on_page[-EDGE_LINES:])):
            for line in edge if len(on_page) > 1 else ():
                places.setdefault((is_header, DIGITS.sub("#", line.text.lower())), []).append(line)
    least = max(REPEATED_PAGES_MIN, REPEATED_SHARE * len(pages))
    return frozenset(
        line.start
        for (_, shape), found in places.items()
        if len({line.page for line in found}) >= least and keeps_pace(found) and not is_counted_row(shape, found)
        for line in found
    )


def keeps_pace(lines: Sequence[PlacedLine]) -> bool:
    """Tell whether the numbers in lines alike stay the same from page to page, or rise with the pages.

    Where they do not, as in ``Invoice 1007`` or ``Total due: 250``, each line says something of its own.
    """
    numbers = [list(map(int, NUMBER.findall(line.text))) for line in lines]
    kept = [
        len(one) == len(two)
        and all(new - old in (0, after.page - before.page) for old, new in zip(one, two, strict=True))
        for (one, two), (before, after) in zip(pairwise(numbers), pairwise(lines), strict=True)
    ]
    return sum(kept) >= PACE_SHARE * len(kept)


def is_counted_row(shape: str, lines: Sequence[PlacedLine]) -> bool:
    """Tell whether lines alike are figures of a table rather than page numbers: they do not count up."""
    if shape.strip("#() -–—|/.") or shape.count("#") == 0:
        return False
    numbers = [NUMBER.findall(line.text) for line in lines]
    rises = [
        bool(one and two) and int(two[0]) - int(one[0]) == after.page - before.page
        for (one, two), (before, after) in zip(pairwise(numbers), pairwise(lines), strict=True)
    ]
    roman = all(not found for found in numbers)
    return not roman and sum(rises) < PACE_SHARE * len(rises)
