"""Building the canonical text of a format that is no text: blocks one after another, and their places."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.reading.reader import Source, read_whole
from rag.types import Locator, ReadingText

HEADING_MAX_CHARACTERS = 300
"""A longer one opens no section: it would be repeated above each of its chunks."""
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
SPACES = re.compile(r"[ \t\r\n\f\v]+")


class Blocks:
    """Collects paragraphs, headings, items and rows, in order, and the places they stand at."""

    def __init__(self, source: Source) -> None:
        """Take the file that is read, whose limit holds."""
        self.source = source
        self.locators: list[Locator] = []
        self.path: list[tuple[int, str]] = []
        self.length = 0
        self._parts: list[str] = []
        self._was_line = False

    def paragraph(self, words: str) -> None:
        """Append a paragraph, a blank line before it; one of white space is passed over."""
        self._append(words.strip(), is_line=False)

    def line(self, words: str) -> None:
        """Append an item of a list or a row: a line by itself, beside those before it."""
        self._append(words.strip(), is_line=True)

    def pieces(self, pieces: Sequence[tuple[str, Locator | None]]) -> None:
        """Append a line made of pieces, some of which begin a place; its locator's start is set here."""
        if not any(words.strip() for words, _ in pieces):
            return
        self._separate(is_line=True)
        for words, locator in pieces:
            if locator is not None:
                self.locators.append(Locator(self.length, locator.kind, locator.value))
            self._write(words)

    def heading(self, level: int, words: str) -> None:
        """Append a heading, and open its section; level 1 is the outermost."""
        words = clean(words)
        if not words:
            return
        self.section(level, words)
        self.paragraph(words)

    def section(self, level: int, words: str) -> None:
        """Open a section whose name does not stand in the text here."""
        if 0 < len(words) <= HEADING_MAX_CHARACTERS:
            self.path = [above for above in self.path if above[0] < level] + [(level, words)]
            self.place("heading", *(name for _, name in self.path))

    def place(self, kind: str, *value: str) -> None:
        """Say where the next block stands. A second place at the same point takes the place of the first."""
        start = self.length + (2 if self.length else 0)
        if self.locators and self.locators[-1].kind == kind and self.locators[-1].start == start:
            self.locators.pop()
        self.locators.append(Locator(start, kind, value))

    def end_table(self) -> None:
        """Part what follows from the rows before it."""
        self._was_line = False

    def build(self) -> tuple[str, ReadingText, tuple[Locator, ...]]:
        """Return the canonical text, its reading text and the locators; places after the last block are dropped."""
        text = "".join(self._parts)
        return text, read_whole(text), tuple(place for place in self.locators if place.start < len(text))

    def _append(self, words: str, *, is_line: bool) -> None:
        if words:
            self._separate(is_line=is_line)
            self._write(words)

    def _separate(self, *, is_line: bool) -> None:
        if self.length:
            beside = is_line and self._was_line and not self._is_place()
            self._write("\n" if beside else "\n\n")
        self._was_line = is_line

    def _is_place(self) -> bool:
        """Tell whether a place begins here: then a blank line stands before it, as `place` takes for granted."""
        return any(locator.start == self.length + 2 for locator in self.locators[-4:])

    def _write(self, words: str) -> None:
        words = UNWRITABLE.sub("\ufffd", words)
        self._parts.append(words)
        self.length += len(words)
        self.source.check_length(self.length)


def clean(words: str) -> str:
    """Return words on one line, single spaces between them; spaces that may not break stay."""
    return SPACES.sub(" ", words).strip(" ")


def write_ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as ranges: ``3, 5-7``."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
