"""A long piece of evidence -> overlapping windows of whole sentences, so that nothing is cut off unseen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.sentences import segment
from rag.types import Span

OVERLAP_SHARE = 0.25
"""Most of a window's room that it shares with the one before."""

Measure = Callable[[Sequence[str]], list[int]]
"""Texts to their sizes, in whatever unit the room is given: tokens, characters. Parts may add up to more or less than
the whole, as those of tokens do; the whole is what must fit."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text, made of neighbouring sentences.

    Attributes:
        sentences: In order; a part of a sentence where that alone is too long for a window.
    """

    sentences: tuple[Span, ...]

    @property
    def span(self) -> Span:
        """From the first sentence to the end of the last one."""
        return Span(self.sentences[0].start, self.sentences[-1].end)


def cut_windows(text: str, room: int, measure: Measure) -> list[Window]:
    """Return windows that hold every sentence of a text, in order.

    A text that fits is one window. Otherwise neighbouring windows share whole sentences, as many as `OVERLAP_SHARE` of
    the room holds and at least one, unless two together do not fit; a sentence that does not fit is cut at spaces into
    parts that overlap likewise.

    Args:
        text: A piece of evidence.
        room: Size that a window may have; must hold any one character.
        measure: Gives the sizes.

    Returns:
        Windows of at most `room`; none for a text of white space.
    """
    sentences = segment(text)
    if not sentences:
        return []
    whole = Window(tuple(sentences))
    if fits(text, whole.span, room, measure):
        return [whole]
    sizes = measure([text[start:end] for start, end in sentences])
    units: list[Span] = []
    for sentence, size in zip(sentences, sizes, strict=True):
        units += [sentence] if size <= room else parts(text, sentence, max(room // 4, 1), measure)
    sizes = measure([text[start:end] for start, end in units])
    return join_units(text, units, sizes, room, measure)


def join_units(text: str, units: Sequence[Span], sizes: Sequence[int], room: int, measure: Measure) -> list[Window]:
    """Return windows of neighbouring units, each as long as fits."""
    windows: list[Window] = []
    first = 0
    while True:
        last = reach(sizes, first, room)
        while last > first and not fits(text, Span(units[first].start, units[last].end), room, measure):
            last -= 1
        windows.append(Window(tuple(units[first : last + 1])))
        if last == len(units) - 1:
            return windows
        first = step_back(text, units, sizes, first, last, room, measure)


def reach(sizes: Sequence[int], first: int, room: int) -> int:
    """Return the last unit of a window that begins with `first`, by the sum of the sizes."""
    last, total = first, sizes[first]
    while last + 1 < len(sizes) and total + sizes[last + 1] <= room:
        last += 1
        total += sizes[last]
    return last


def step_back(
    text: str, units: Sequence[Span], sizes: Sequence[int], first: int, last: int, room: int, measure: Measure
) -> int:
    """Return the unit that the window after ``first..last`` begins with: one of its last, or the one behind it."""
    begin, total = last, sizes[last]
    while begin - 1 > first and total + sizes[begin - 1] <= OVERLAP_SHARE * room:
        begin -= 1
        total += sizes[begin]
    # A window that could not grow by a single unit would be lost on what has been seen.
    while begin <= last and (
        sum(sizes[begin : last + 2]) > room
        or not fits(text, Span(units[begin].start, units[last + 1].end), room, measure)
    ):
        begin += 1
    return begin if begin > first else last + 1


def fits(text: str, span: Span, room: int, measure: Measure) -> bool:
    """Return whether a stretch of the text fits a window."""
    return measure([text[span.start : span.end]])[0] <= room


def parts(text: str, span: Span, room: int, measure: Measure) -> list[Span]:
    """Halve a stretch, at a space where there is one, until each part fits; together they are all but white space."""
    if span.end - span.start < 2 or fits(text, span, room, measure):
        return [span]
    middle = (span.start + span.end) // 2
    space = text.rfind(" ", span.start + 1, middle)
    cut = space if space > span.start + (middle - span.start) // 2 else middle
    halves = (stripped(text, Span(span.start, cut)), stripped(text, Span(cut, span.end)))
    return [part for half in halves if half is not None for part in parts(text, half, room, measure)]


def stripped(text: str, span: Span) -> Span | None:
    """Return a stretch without white space at its ends; None where nothing is left."""
    piece = text[span.start : span.end]
    if not piece.strip():
        return None
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))
