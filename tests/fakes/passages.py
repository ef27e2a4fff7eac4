"""Passages built in one line, with or without markup between reading and canonical text."""

from __future__ import annotations

import re

from rag.types import Passage, ReadingText, Run, Runs

MARKUP = re.compile(r"\*\*|<[^>]*>|\[\[|\]\]")
"""What `reading_of` drops: bold, tags, wiki brackets."""


def passage(
    text: str,
    number: int = 1,
    *,
    document: str = "",
    title: str = "",
    before: str = "",
    after: str = "",
    heading: tuple[str, ...] = (),
    score: float = 1.0,
) -> Passage:
    """Return a passage whose canonical text is `text`, standing between `before` and `after` in its document."""
    name = document or f"doc{number}"
    start = len(before)
    return Passage(
        number=number,
        document_id=name,
        source=f"{name}.txt",
        title=title or name,
        revision="sha256:0",
        start=start,
        end=start + len(text),
        canonical=text,
        reading=reading_of(text, start),
        score=score,
        lines=(1 + before.count("\n"), 1 + before.count("\n") + text.count("\n")),
        heading=heading,
    )


def reading_of(canonical: str, offset: int = 0) -> ReadingText:
    """Return the reading text of canonical text that begins at `offset`: its markup left out, the rest mapped."""
    parts: list[str] = []
    runs: list[Run] = []
    read = position = 0
    for match in [*MARKUP.finditer(canonical), None]:
        end = match.start() if match else len(canonical)
        if end > position:
            parts.append(canonical[position:end])
            runs.append(Run(read, offset + position, end - position))
            read += end - position
        position = match.end() if match else end
    return ReadingText("".join(parts), Runs(runs))


def passages(*texts: str) -> tuple[Passage, ...]:
    """Return one passage per text, each of a document of its own, numbered from 1."""
    return tuple(passage(text, number) for number, text in enumerate(texts, start=1))
