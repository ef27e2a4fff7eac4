"""A stretch of a source in its context: line numbers, and the cited characters marked."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from rag.cli.terminal import is_watched
from rag.sanitize import clean_text

CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a canonical text.

    Attributes:
        text: The whole canonical text.
        start: First character that is marked.
        end: Its end; equal to `start` where nothing is.
        first_line: First line shown, from 1.
        last_line: Last line shown.
    """

    text: str
    start: int
    end: int
    first_line: int
    last_line: int


def excerpt_of_span(text: str, start: int, end: int, context_lines: int = CONTEXT_LINES) -> Excerpt:
    """Return the lines of ``text[start:end]`` with those around them."""
    first = text.count("\n", 0, start) + 1
    last = text.count("\n", 0, max(end - 1, start)) + 1
    total = text.count("\n") + 1
    return Excerpt(text, start, end, max(first - context_lines, 1), min(last + context_lines, total))


def excerpt_of_lines(text: str, first: int, last: int) -> Excerpt:
    """Return lines of a text, counted from 1; those that it does not have are left out."""
    total = text.count("\n") + 1
    return Excerpt(text, 0, 0, max(first, 1), min(last, total))


def excerpt_text(excerpt: Excerpt, title: str, console: Console, *, numbered: bool = True) -> Text:
    """Return an excerpt as it is shown; marked characters are bold, and their lines begin with ``>``.

    Args:
        excerpt: What to show.
        title: Stands above it; empty for none.
        console: Where it is to be shown: lines are wrapped beside their numbers where a person is looking.
        numbered: Whether the lines have their numbers.
    """
    shown = [Text(clean_text(title), style="bold")] if title else []
    lines = excerpt.text.split("\n")
    position = sum(len(line) + 1 for line in lines[: excerpt.first_line - 1])
    digits = len(str(excerpt.last_line))
    for number in range(excerpt.first_line, excerpt.last_line + 1):
        line = lines[number - 1]
        low = min(max(excerpt.start - position, 0), len(line))
        high = min(max(excerpt.end - position, 0), len(line))
        named = f"{number:{digits}}  " if numbered else ""
        gutter = Text(f"{'>' if low < high else ' '} {named}", style="cyan" if low < high else "dim")
        marked = Text.assemble(
            clean_cell(line[:low]), (clean_cell(line[low:high]), "bold yellow"), clean_cell(line[high:])
        )
        pieces = marked.wrap(console, max(console.width - len(gutter), 20)) if is_watched(console) else [marked]
        for piece in pieces or [Text()]:
            piece.rstrip()
            shown.append(gutter + piece)
            gutter = Text(" " * len(gutter))
        position += len(line) + 1
    return Text("\n").join(shown)


def clean_cell(text: str) -> str:
    """Return a stretch of one line, safe for a terminal; its spaces are kept."""
    return clean_text(text).replace("\n", " ").expandtabs(4)
