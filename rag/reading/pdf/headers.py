"""The header of a table of figures in a PDF: which words stand over which column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.reading.pdf.pages import PlacedLine
from rag.terms.months import MONTHS

FIGURE = r"[(+–—-]*\s?[$€£¥]?\s?[(+–-]*\s?\d[\d.,'’]*\s?[)%x]*(?:\s?(?:bp|bps|pts?|ppts?)\b)?\s?[)%]*"
UNITS = r"(?:\s(?:years?|months?|weeks?|days?|hours?|shares?|times|people|employees|[kM]?[mgWV]|[kMG]Wh|GB|MB|pp))?"
VALUE = re.compile(rf"(?:{FIGURE}{UNITS}|[—–-]\s?%?|N/?[AM]|n/?[am]|\*)(?:\s?[*†‡])?")
"""A figure as tables have them, or what stands in its place."""
YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d")
UNIT = re.compile(r"\(.*\)|\*?[Uu]naudited\*?")
"""Words over all columns that say what their figures are in; they stand in a line of their own as well."""
NAMES = "|".join(name for name in MONTHS if name.isascii() and len(name) > 2)
PERIOD = re.compile(
    rf"\b(?:end(?:ed|ing)|as (?:of|at)|(?:three|six|nine|twelve|\d+) (?:months?|weeks?)|fiscal years?"
    rf"|(?:{NAMES})\b\.?,? ?\d)|^(?:{NAMES})\.?$",
    re.IGNORECASE,
)
"""Words that stand over several columns as often as over one."""
ENDED = re.compile(r"(?:(?:for the )?[\w -]{3,30}\b(?:end(?:ed|ing))|as (?:of|at))\b[\w ,]{0,20}", re.IGNORECASE)
"""A period on the left of a header whose columns name the years: it is that of all."""
DAY = re.compile(rf"(?:{NAMES})\.? ?\d{{1,2}},?", re.IGNORECASE)
YEAR_AT_END = re.compile(r"\b(?:19|20)\d\d$")
MONTH = re.compile(rf"(?:{NAMES})\.?", re.IGNORECASE)
REST_OF_DATE = re.compile(r"\d{1,2}\b,?(?: \d{4})?")
"""What of a date stands below its month."""
REST_OF_NAME = re.compile(r"(?:and|or|of|per|in|to|the|for|from|with|by|on|at|&)\b")
WHOLE_DATE = re.compile(rf"\b(?:{NAMES})\.? ?\d.*\d{{4}}|\d{{1,4}}[./-]\d", re.IGNORECASE)
LEVEL_EMS = 0.4
"""Base lines that differ by less are those of one level of a header."""
FLUSH_EMS = 0.25
"""Words that begin so close to where figures do are set flush with them."""
LEADING_EMS = 1.8
"""Lines of the name of one column follow one another within so many ems."""
CENTRED = 0.15
"""Part of the width of several columns by which words in the middle over them may be off."""
NAME_MAX_CHARACTERS = 80


class Column(NamedTuple):
    """How far the figures of a column reach across the page.

    `outer` is where they begin with their currency, `floor` how far to the left a header over them may.
    """

    left: float
    right: float
    outer: float
    floor: float


class Heading(NamedTuple):
    """Words of a header and their place."""

    words: str
    left: float
    right: float
    base: float


def name_columns(header: Sequence[PlacedLine], columns: Sequence[Column], size: float) -> list[str] | None:
    """Return the name of each column; None where one has none, or the same as another, or it is not certain.

    The header is read from below. Words of which it is not certain over how many columns they stand are left out: the
    names must tell the columns apart without them.

    Args:
        header: The lines of the header, in order.
        columns: From left to right.
        size: Size of the table's type.
    """
    names = [""] * len(columns)
    base = 0.0
    for level in reversed(levels_of(header, columns, size)):
        if level[0].right <= columns[0].floor:  # on the left of the others
            if all(map(YEAR.fullmatch, names)):
                names = [join(level[0].words, name) for name in names]
            continue
        if len(level) == 1 and UNIT.fullmatch(level[0].words):
            continue
        words = spread(level, columns, size) if fits(level, names) else None
        is_near = level[-1].base - base < LEADING_EMS * size
        if words is None and (not any(names) or is_near):
            words = assign_some(level, columns, names, size)
        if words is None:
            break
        names = [join(above, name) for above, name in zip(words, names, strict=True)]
        base = level[0].base
    return names if are_whole(names) else None


def fits(level: Sequence[Heading], names: Sequence[str]) -> bool:
    """Tell whether a level may stand over all columns: days that several share do over years only."""
    days = [heading for heading in level if DAY.fullmatch(heading.words)]
    return not days or len(level) == len(names) or all(map(YEAR.fullmatch, names))


def join(above: str, name: str) -> str:
    """Return two lines of a name on one."""
    return f"{above}{name}" if above.endswith("-") else f"{above} {name}".strip()


def are_whole(names: Sequence[str]) -> bool:
    """Tell whether names tell the columns apart, and none is the rest of a date that others have whole."""
    if not all(re.search(r"[^\W\d_]|%", name) or YEAR.fullmatch(name) for name in names):
        return False
    if len(set(names)) < len(names) or any(REST_OF_DATE.match(name) or REST_OF_NAME.match(name) for name in names):
        return False
    if any(len(name) > NAME_MAX_CHARACTERS or ":" in name or ";" in name for name in names):
        return False
    ends = any(name.endswith(",") or DAY.fullmatch(name) for name in names)
    whole = [WHOLE_DATE.search(name) is not None for name in names]
    return not ends and not (
        any(whole) and any(YEAR_AT_END.search(name) for name in names if not WHOLE_DATE.search(name))
    )


def levels_of(header: Sequence[PlacedLine], columns: Sequence[Column], size: float) -> list[list[Heading]]:
    """Return the words of a header over the columns, level by level from the top, each from left to right.

    A period that stands on the left of the last level is a level above it.
    """
    cells = [
        Heading(words, cell.left, cell.right, line.box.base)
        for line in header
        for cell, words in zip(line.box.cells, words_of(line), strict=True)
    ]
    levels: list[list[Heading]] = []
    beside: list[Heading] = []
    for cell in sorted(cells, key=lambda cell: -cell.base):
        if cell.right <= columns[0].floor:
            beside.append(cell)
        elif levels and levels[-1][0].base - cell.base < LEVEL_EMS * size:
            levels[-1].append(cell)
        else:
            levels.append([cell])
    levels = [sorted(level, key=lambda cell: cell.left) for level in levels]
    ended = [cell for cell in beside if ENDED.fullmatch(cell.words) and levels and cell.base == levels[-1][0].base]
    return [*levels[:-1], ended, levels[-1]] if len(ended) == 1 else levels


def is_of_all(words: str) -> bool:
    """Tell whether words on the left of a header say something of all columns: a period, or a unit in brackets."""
    return bool(ENDED.fullmatch(words) or UNIT.fullmatch(words))


def words_of(line: PlacedLine) -> Iterator[str]:
    """Yield the words of each cell of a line."""
    return (line.text[cell.start - line.box.start : cell.end - line.box.start] for cell in line.box.cells)


def spread(level: Sequence[Heading], columns: Sequence[Column], size: float) -> list[str] | None:
    """Return which words stand over each column where each has its own, or equally many share theirs; else None."""
    if len(columns) % len(level):
        return None
    width = len(columns) // len(level)
    for number, heading in enumerate(level):
        first, last = columns[number * width], columns[(number + 1) * width - 1]
        if width == 1:
            following = columns[number + 1] if number + 1 < len(columns) else None
            if not is_over(heading, first, size) and not is_flush(heading, first, following, size):
                return None
            continue
        middle = (heading.left + heading.right) / 2
        is_centred = any(
            abs(middle - (left + last.right) / 2) < CENTRED * (last.right - left) for left in (first.outer, first.floor)
        )
        is_right = abs(heading.right - last.right) < size and PERIOD.search(heading.words) is not None
        if not is_centred and not is_right:
            return None
        if heading.left < first.floor - size or heading.right > last.right + size:
            return None
    return [heading.words for heading in level for _ in range(width)]


def is_over(heading: Heading, column: Column, slack: float) -> bool:
    """Tell whether words stand over a column and over no other one; `slack` is how far they may reach out of it."""
    middle = (heading.left + heading.right) / 2
    within = heading.left > column.floor - slack and heading.right < column.right + slack
    return within and column.floor < middle < column.right


def is_flush(heading: Heading, column: Column, following: Column | None, size: float) -> bool:
    """Tell whether words begin where a column set to the left does, and end before the next one begins."""
    begins = abs(heading.left - column.left) < FLUSH_EMS * size
    return begins and (following is None or heading.right < min(following.left, following.outer))


def assign_some(level: Sequence[Heading], columns: Sequence[Column], names: Sequence[str], size: float) -> list[str]:
    """Return the words of a level that stand over one column alone, and nothing over the others.

    Words for a period may be meant for columns beside theirs: they are left out. But a day above a year makes a date,
    unless another column, that has nothing in this level, has a year by itself, too.
    """
    found = [""] * len(columns)
    for heading in level:
        places = [at for at, column in enumerate(columns) if is_over(heading, column, size / 2)]
        if len(places) == 1:
            found[places[0]] = join(found[places[0]], heading.words)
    has_lone_year = any(YEAR.fullmatch(name) for name, words in zip(names, found, strict=True) if not words)
    for at, words in enumerate(found):
        is_day = bool(DAY.fullmatch(words) and YEAR.fullmatch(names[at])) and not has_lone_year
        is_day = is_day or bool(MONTH.fullmatch(words) and REST_OF_DATE.fullmatch(names[at]))
        if PERIOD.search(words) and not is_day:
            found[at] = ""
    return found
