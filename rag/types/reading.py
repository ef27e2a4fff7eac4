"""Reading text: what a person reads of a document, each of its characters mapped back to the canonical text."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

NUMBERS = 3
"""Of each run: where it begins in the reading text and in the canonical text, and its length, below zero where it
stands for one place."""


class Span(NamedTuple):
    """A range of characters, end exclusive."""

    start: int
    end: int


class Run(NamedTuple):
    """A stretch of reading text that stands unbroken in the canonical text, or was put in for one of its characters.

    Attributes:
        reading: Where it begins in the reading text.
        canonical: Where it begins in the canonical text, or the place it stands for.
        length: Characters of reading text.
        step: How far the canonical text goes on with each of them: 1, or 0 where the reader put them in.
    """

    reading: int
    canonical: int
    length: int
    step: int = 1

    @property
    def last(self) -> int:
        """The canonical position of its last character."""
        return self.canonical + self.step * (self.length - 1)


class Runs(Sequence[Run]):
    """Runs held as numbers, 12 bytes each: the map of a table of some megabytes has a million.

    >>> runs = Runs([Run(0, 5, 3), Run(3, 8, 2, step=0)])
    >>> runs[-1], len(runs), runs == Runs.unpack(runs.pack())
    (Run(reading=3, canonical=8, length=2, step=0), 2, True)
    """

    __slots__ = ("_numbers",)

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        """Take runs, in their order."""
        self._numbers = array("i")
        for run in runs:
            self.append(run)

    def append(self, run: Run) -> None:
        """Add a run at the end; only whoever builds them may."""
        reading, canonical, length, step = run
        self._numbers.extend((reading, canonical, length if step else -length))

    def pop(self) -> Run:
        """Take the last run off; only whoever builds them may."""
        last = self[-1]
        del self._numbers[-NUMBERS:]
        return last

    def pack(self) -> bytes:
        """Return them as bytes: little-endian numbers of 32 bits, three for each run."""
        return ordered(self._numbers).tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Runs:
        """Return the runs that `pack` packed.

        Raises:
            ValueError: They are none.
        """
        numbers = array("i")
        numbers.frombytes(packed)
        if len(numbers) % NUMBERS:
            raise ValueError("the last run is cut off")
        runs = cls()
        runs._numbers = ordered(numbers)
        return runs

    def holding(self, index: int) -> int:
        """Return the number of the run that holds a reading character; the first where none does."""
        numbers = self._numbers
        return max(bisect_right(range(len(self)), index, key=lambda number: numbers[NUMBERS * number]) - 1, 0)

    def reaching(self, position: int) -> int:
        """Return the number of the first run that ends at or after a canonical position; how many there are if none."""
        return bisect_left(range(len(self)), position, key=lambda number: self[number].last)

    def __len__(self) -> int:
        return len(self._numbers) // NUMBERS

    @overload
    def __getitem__(self, index: int) -> Run: ...

    @overload
    def __getitem__(self, index: slice) -> Runs: ...

    def __getitem__(self, index: int | slice) -> Run | Runs:
        if isinstance(index, slice):
            return Runs(self[number] for number in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(f"no run {index} of {len(self)}")
        first = NUMBERS * (index % len(self))
        reading, canonical, length = self._numbers[first : first + NUMBERS]
        return Run(reading, canonical, abs(length), 1 if length > 0 else 0)

    def __iter__(self) -> Iterator[Run]:
        return (self[number] for number in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Runs) and self._numbers == other._numbers

    def __hash__(self) -> int:
        return hash(self._numbers.tobytes())

    def __repr__(self) -> str:
        return f"Runs({list(self)})"


def ordered(numbers: array[int]) -> array[int]:
    """Return numbers whose bytes stand in the order of the pipe and the store, or of this machine from that."""
    if sys.byteorder == "little":
        return numbers
    turned = array("i", numbers)
    turned.byteswap()
    return turned


@dataclass(frozen=True, slots=True)
class ReadingText:
    """Text without markup whose every character maps back to the canonical text.

    Attributes:
        text: What a person reads.
        runs: Ascending, covering `text` without gap. What the reader put in (a space between two blocks, the name
            of a column) is a run that points at the canonical character it stands for.
    """

    text: str
    runs: Runs

    @classmethod
    def plain(cls, text: str, offset: int = 0) -> ReadingText:
        """Return the reading text of text without markup, which begins at `offset` of its canonical text."""
        return cls(text, Runs([Run(0, offset, len(text))] if text else ()))

    def locate(self, start: int, end: int) -> Span:
        """Return the canonical span of ``text[start:end]``, from its first character to its last.

        Raises:
            IndexError: The span is empty or outside the text (a mistake of the caller).
        """
        if not 0 <= start < end <= len(self.text):
            raise IndexError(f"no reading text at {start}:{end} of {len(self.text)} characters")
        return Span(self.position(start), self.position(end - 1) + 1)

    def position(self, index: int) -> int:
        """Return the canonical position of the reading character at `index`."""
        run = self.runs[self.runs.holding(index)]
        return run.canonical + run.step * (index - run.reading)

    def index_from(self, position: int) -> int:
        """Return the first reading character that stands at or after a canonical position; the text's end if none."""
        number = self.runs.reaching(position)
        if number == len(self.runs):
            return len(self.text)
        run = self.runs[number]
        return run.reading + max(position - run.canonical, 0)

    def cut(self, start: int, end: int) -> ReadingText:
        """Return ``text[start:end]`` with its map."""
        runs = Runs()
        for number in range(self.runs.holding(start), len(self.runs)):
            reading, canonical, length, step = self.runs[number]
            if reading >= end:
                break
            low, high = max(reading, start), min(reading + length, end)
            if low < high:
                runs.append(Run(low - start, canonical + step * (low - reading), high - low, step))
        return ReadingText(self.text[start:end], runs)
