"""Plain text: its reading text, headings that stand by themselves, and a title."""

from __future__ import annotations

import itertools
import re

from rag.reading.mapping import ReadingTextBuilder
from rag.sentences import segment
from rag.types import Locator, ReadingText

TITLE_MAX_CHARACTERS = 120
HEADING_MAX_CHARACTERS = 90

BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|\Z")
SENTENCE_ENDS = frozenset('.!?…。！？:;,，；：、)"”')
LETTER = re.compile(r"[^\W\d_]")
HEADER = re.compile(r"([^\W\d_][\w-]{0,24}):[ \t]+(\S.*)")
"""A line of the head of a message (RFC 5322), in whatever language it was saved."""
SUBJECTS = frozenset(("subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp"))
LABEL_WORDS = 6
"""Words up to which what stands before a colon is taken to name what follows it."""
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
    r"""Return what names a text in its first line: the line if it is short and no sentence, or its words to a colon.

    A text that opens with the head of a message is named by its subject, or what it says first.

    >>> find_title("From: Ida\nSubject: The kilns\n\nThey burn."), find_title("Stock: counted by Ida.\nAll there.")
    ('The kilns', 'Stock')
    """
    line = re.search(r"\S[^\n]*", text)
    if not line or not text[line.end() :].strip():
        return None
    if headers := read_headers(text[line.start() :]):
        body = BLANK_LINES.split(text[line.start() :], maxsplit=1)[-1]
        return next((value for name, value in headers.items() if name in SUBJECTS), first_sentence(body) or None)
    words = line.group().strip()
    if len(words) > TITLE_MAX_CHARACTERS or not LETTER.search(words):
        return None
    if words[-1] not in SENTENCE_ENDS:
        return words
    label, colon, rest = words.partition(": ")
    named = colon and rest and label[-1] not in SENTENCE_ENDS and len(label.split()) <= LABEL_WORDS
    return label if named and LETTER.search(label) else None


def read_headers(text: str) -> dict[str, str]:
    """Return the head of a message that a text opens with, names in lower case; empty for any other text.

    A message tells who writes it and what of: several lines with a name, an address or a subject among them.
    """
    lines = itertools.takewhile(str.strip, text.splitlines())
    found = [match for line in lines if not line[0].isspace() for match in [HEADER.fullmatch(line.rstrip())]]
    headers = {match[1].lower(): match[2] for match in itertools.takewhile(bool, found) if match}
    is_message = not SUBJECTS.isdisjoint(headers) or any("@" in value for value in headers.values())
    return headers if len(headers) > 1 and is_message else {}


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
