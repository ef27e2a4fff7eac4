"""Building a reading text with its map: what is kept, dropped and put in."""

from __future__ import annotations

import re

from rag.types import ReadingText, Run, Runs

LINE_BREAKS = "\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]"
JOINERS = "(?<![^\x00-\u02ff\u2000-\u206f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u02ff\u2000-\u206f])"
HIDDEN = (
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
CHANGED = re.compile(f"({LINE_BREAKS})|{HIDDEN}|{JOINERS}")
"""What does not stand in reading text as it is: line breaks other than a line feed, and what nobody sees.

A joiner stays between two characters of a script or an emoji that needs it.
"""


class ReadingTextBuilder:
    r"""Collects stretches of canonical text, in order, into a reading text.

    Positions handed in may not go backwards; one that does is moved up to the last one. Characters that nobody can
    see are dropped on the way; other line breaks become ``\n``.
    """

    def __init__(self, text: str) -> None:
        """Take the canonical text."""
        self.canonical = text
        self.last = 0
        self._parts: list[str] = []
        self._runs = Runs()
        self._length = 0

    def __len__(self) -> int:
        """Return the number of characters built so far."""
        return self._length

    def keep(self, start: int, end: int) -> None:
        """Append ``canonical[start:end]`` as it stands, without what nobody can see."""
        position = start
        for match in CHANGED.finditer(self.canonical, start, end):
            self._append(position, match.start())
            if match[1]:
                self.put("\n", match.start())
            position = match.end()
        self._append(position, end)

    def put(self, characters: str, position: int) -> None:
        """Append characters that the canonical text does not hold, standing for the one at `position`."""
        if not characters:
            return
        position = max(min(position, len(self.canonical) - 1), self.last)
        last = self._runs[-1] if self._runs else None
        if last is not None and not last.step and last.canonical == position:
            self._runs.pop()
            self._runs.append(last._replace(length=last.length + len(characters)))
        else:
            self._runs.append(Run(self._length, position, len(characters), 0))
        self._length += len(characters)
        self._parts.append(characters)
        self.last = position

    def ends_with(self, space: str) -> bool:
        """Tell whether the last character is this white space, or a stronger one: a line break is one, too."""
        return bool(self._parts) and self._parts[-1].endswith((space, "\n"))

    def strip_end(self) -> None:
        """Take white space off the end."""
        while self._parts:
            part = self._parts.pop()
            kept = part.rstrip()
            self._shorten(len(part) - len(kept))
            if kept:
                self._parts.append(kept)
                return

    def text_since(self, length: int) -> str:
        """Return what was appended since the text had this length."""
        tail: list[str] = []
        missing = self._length - length
        for part in reversed(self._parts):
            if missing <= 0:
                break
            tail.append(part[-missing:])
            missing -= len(part)
        return "".join(reversed(tail))

    def build(self) -> ReadingText:
        """Return the reading text, without white space at its end."""
        self.strip_end()
        return ReadingText("".join(self._parts), self._runs)

    def _append(self, start: int, end: int) -> None:
        if start >= end:
            return
        piece = self.canonical[start:end]
        if self._runs and start < self.last:
            self.put(piece, self.last)
            return
        if self._runs and self._extends(start):
            last = self._runs.pop()
            self._runs.append(last._replace(length=last.length + end - start))
        else:
            self._runs.append(Run(self._length, start, end - start))
        self._parts.append(piece)
        self._length += end - start
        self.last = end - 1

    def _extends(self, start: int) -> bool:
        """Tell whether canonical text from `start` goes on where the last run ends, unbroken and verbatim."""
        last = self._runs[-1]
        return bool(last.step) and last.last + 1 == start

    def _shorten(self, count: int) -> None:
        self._length -= count
        while count > 0:
            last = self._runs.pop()
            if last.length > count:
                self._runs.append(last._replace(length=last.length - count))
            count -= last.length
        self.last = self._runs[-1].last if self._runs else 0
