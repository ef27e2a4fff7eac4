"""Plain text: its reading text, headings that stand by themselves, and a title."""

from __future__ import annotations

import re

from rag.reading.mapping import ReadingTextBuilder
from rag.sentences import segment
from rag.types import Locator, ReadingText

TITLE_MAX_CHARACTERS = 120
HEADING_MAX_CHARACTERS = 90

BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|\Z")
SENTENCE_ENDS = frozenset('.!?…。！？:;,，；：、)"”')
LETTER = re.compile(r"[^\W\d_]")
LIST_MARK = re.compile(r"[-*+•‣◦▪·–—>|#=~/\\<{(\[]|\d{1,3}[)]")


def read_text(text: str) -> tuple[ReadingText, tuple[Locator, ...], str | None]:
    """Return the reading text of plain text, its headings, and its title (None where nothing looks like one).

    Characters that nobody can see are dropped from the reading text; nothing else is. A heading is a short line by
    itself, with a blank line before and after, that does not end like a sentence, above a longer paragraph.
    """
    builder = ReadingTextBuilder(text)
    builder.keep(0, len(text))
    reading = builder.build()
    title = find_title(reading.text)
    return reading, find_headings(reading, title), title


def find_title(text: str) -> str | None:
    """Return the first line that is not blank if it looks like a title: short, and no sentence."""
    line = re.search(r"\S[^\n]*", text)
    if not line:
        return None
    words = line.group().strip()
    is_only_line = not text[line.end() :].strip()
    if is_only_line or len(words) > TITLE_MAX_CHARACTERS or words[-1] in SENTENCE_ENDS or not LETTER.search(words):
        return None
    return words


def find_headings(reading: ReadingText, title: str | None) -> tuple[Locator, ...]:
    """Return the headings of plain text: lines by themselves above a longer paragraph."""
    found: list[Locator] = []
    line, line_start, start = "", 0, 0
    for blank in BLANK_LINES.finditer(reading.text):
        block = reading.text[start : blank.start()].strip()
        if line and len(block) > 1.5 * len(line) and not is_heading(block):
            found.append(Locator(reading.position(line_start), "heading", (line,)))
        line, line_start = (block, start) if block != title and is_heading(block) else ("", 0)
        start = blank.end()
    return tuple(found)


def is_heading(line: str) -> bool:
    """Tell whether a block, stripped, reads as a heading: one short line that does not end like a sentence."""
    return (
        bool(line)
        and "\n" not in line
        and len(line) <= HEADING_MAX_CHARACTERS
        and line[-1] not in SENTENCE_ENDS
        and not line[0].islower()
        and LETTER.search(line) is not None
        and not LIST_MARK.match(line)
    )


def shorten(words: str, limit: int = TITLE_MAX_CHARACTERS) -> str:
    """Return words on one line, cut between two of them with an ellipsis where they are longer than `limit`."""
    words = " ".join(words[: 8 * limit].split())
    if len(words) <= limit:
        return words
    space = words.rfind(" ", 0, limit)
    return words[: space if space > limit // 2 else limit - 1].rstrip(" ,;:–—-") + "…"


def first_sentence(reading: str) -> str:
    """Return the first sentence that has a letter, or the first at all; empty for text of white space."""
    spans = segment(reading.lstrip()[:4000])
    sentences = [reading.lstrip()[start:end] for start, end in spans]
    return next((sentence for sentence in sentences if LETTER.search(sentence)), sentences[0] if sentences else "")
