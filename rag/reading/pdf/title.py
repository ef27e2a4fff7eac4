"""The title of a PDF: its property where a person wrote it, else what is set largest on its first page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.reading.dates import find_dates
from rag.reading.pdf.pages import PlacedLine
from rag.reading.titles import is_generic, names_kind

NO_TITLE = re.compile(
    r"(?:untitled|document|presentation|slide|microsoft |powerpoint |layout )\s*\w{0,12}\b.*"
    r"|.*\.(?:docx?|pptx?|xlsx?|pdf|indd|qxd|tex|dvi|rtf|odt|html?)",
    re.IGNORECASE,
)
LETTERS_MIN = 4
LARGER = 1.2
"""A title is larger than most of the document by this factor; where nothing is, the first line is taken for it."""
BESIDE = 0.7
"""A line that says the kind of a document is at least this part of the size of its name."""
SAME_SIZE = 0.5
"""Points by which lines of one title may differ."""
TITLE_LINES_MAX = 3
LEADING_MAX = 1.8
"""Lines of one title follow one another within so many ems."""
TITLE_MAX_CHARACTERS = 120
OPENING_LINES = 20
PERIOD = re.compile(
    r"\b((?:quarterly |annual |fiscal |financial |half-year(?:ly)? |interim |transition )?(?:period|quarter|year)"
    r"|(?:three|six|nine|twelve|\d{1,2}) (?:months|weeks)|half[- ]year) (ended|ending) ",
    re.IGNORECASE,
)


def find_title(named: str, lines: Sequence[PlacedLine]) -> str | None:
    """Return the title of a document; None where nothing looks like one.

    A report of a period that its opening names (``for the quarterly period ended June 25, 2022``) has it in its title,
    and one whose largest line names its author or its kind only has both.

    Args:
        named: The title property.
        lines: All lines, in order.
    """
    title = named if is_title(named) and not is_generic(named) else cover_title(lines)
    period = find_period(" ".join(line.text for line in lines[:OPENING_LINES]))
    if title is None or period is None or period in title:
        return title
    return f"{title}, {period}"


def is_title(words: str) -> bool:
    """Tell whether the title property is one that a person wrote, and not a file's name, a number or a default."""
    letters = sum(character.isalpha() for character in words)
    return letters >= LETTERS_MIN and letters * 2 > len(words.replace(" ", "")) and NO_TITLE.fullmatch(words) is None


def cover_title(lines: Sequence[PlacedLine]) -> str | None:
    """Return what is set largest on the first page, and what kind of document it is where another large line says so.

    Where nothing is larger than the text the first line is taken; a date, which a letter may begin with, is none.
    """
    first = [line for line in lines if line.page == lines[0].page and line.box.is_upright]
    worded = [line for line in first if sum(map(str.isalpha, line.text)) >= LETTERS_MIN and not is_date(line.text)]
    if not worded:
        return None
    usual = usual_size(lines)
    large = [line for line in worded if line.box.size >= LARGER * usual and len(line.text) <= TITLE_MAX_CHARACTERS]
    if not large:
        return worded[0].text
    naming = [line for line in large if not is_generic(line.text)]
    largest = max(line.box.size for line in naming or large)
    name = next(line for line in naming or large if line.box.size > largest - SAME_SIZE)
    title = go_on(name, first)
    prominent = [line.text for line in large if line.box.size >= BESIDE * name.box.size and names_kind(line.text)]
    return ", ".join((title, *prominent[:1])) if naming else title


def usual_size(lines: Sequence[PlacedLine]) -> float:
    """Return the size of type in which most of a document is set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.box.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def go_on(line: PlacedLine, lines: Sequence[PlacedLine]) -> str:
    """Return a line of a title with those below it that are part of the same."""
    index = lines.index(line)
    title = line.text
    before = line
    for following in lines[index + 1 : index + TITLE_LINES_MAX]:
        drop = before.box.base - following.box.base
        is_same = abs(following.box.size - line.box.size) <= SAME_SIZE
        if not is_same or not 0 < drop < LEADING_MAX * line.box.size:
            break
        if len(title) + len(following.text) >= TITLE_MAX_CHARACTERS:
            break
        title += f" {following.text}"
        before = following
    return title


def is_date(words: str) -> bool:
    """Tell whether a line is a date and nothing else."""
    return any(not words[: found.start].strip() and not words[found.end :].strip() for found in find_dates(words))


def find_period(opening: str) -> str | None:
    """Return the period that the opening of a report says it is of; None where it says none.

    >>> find_period("For the quarterly period ended June 25, 2022 or")
    'quarterly period ended June 25, 2022'
    """
    for found in PERIOD.finditer(opening):
        day = next(find_dates(opening[found.end() :]), None)
        if day is not None and day.start == 0:
            words = opening[found.end() : found.end() + day.end]
            return f"{found[1].lower()} {found[2].lower()} {words}"
    return None
