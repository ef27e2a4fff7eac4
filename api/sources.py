"""A document's text -> the stretch of it that is shown around the cited words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pydantic import BaseModel, Field

from api.grids import Block, arrange
from api.links import source_url
from rag import Citation, DocumentRecord, Locator, describe, errors, has_lines, sanitize, write_place

WINDOW_CHARACTERS = 12_000
"""Of a document, so much is shown at once, in canonical characters: an answer to a click, whatever its size."""
WINDOW_LINES = 300
BEFORE_CHARACTERS = 3_000
"""What is shown before the cited words, at most."""
BEFORE_LINES = 60
QUOTE_CHARACTERS = 200

PLACE_WORDS = {
    "page": "page",
    "slide": "slide",
    "sheet": "sheet",
    "notebook-cell": "cell",
    "chapter": "chapter",
}
"""Kinds of places that part a text for its reader, and what they are called."""

LEAVES = ("page", "slide")
"""Places that are seen one at a time."""

SET_SOLID = re.compile(
    r"\.(?:csv|tsv|xlsx|ods|json|jsonl|ya?ml|toml|xml|ipynb|py|js|ts|c|h|cc|cpp|java|go|rs|rb|sh|sql|log)"
)
"""Names of files whose columns and indents mean something, so that every character has to be as wide as the next."""


class Piece(BaseModel):
    """A stretch of the text, all of it cited or none."""

    text: str = Field(description="Without characters that are not seen.")
    cited: bool = False
    line: int | None = Field(None, description="The number of the line that it begins; null within one.")
    place: str | None = Field(None, description="The page, slide, sheet, cell or chapter that it begins.")


class SourceView(BaseModel):
    """A stretch of a document, around the cited words where there are any."""

    document_id: str
    source: str
    title: str
    revision: str
    collection: str
    metadata: dict[str, str | int | float | bool] = Field(default_factory=dict)
    characters: int = Field(description="Of the whole text.")
    lines: int = Field(description="Of the whole text.")
    start: int = Field(description="First canonical character shown.")
    end: int = Field(description="End of what is shown, exclusive.")
    numbered: bool = Field(
        default=True, description="Whether its lines are those of the file, which a person can count."
    )
    prose: bool = Field(default=True, description="Whether it reads as running text; tables and code do not.")
    cited: tuple[int, int] | None = Field(None, description="The cited span; null where none was asked for.")
    stale: bool = Field(
        default=False, description="Whether another revision was asked for; the span then says nothing of this one."
    )
    quote: str = Field("", description="The beginning of the cited words, on one line.")
    where: str = Field("", description="Where the cited words stand in the file, for a person.")
    page_url: str | None = Field(
        default=None, description="A picture of the cited page, or of the first one shown; null where there is none."
    )
    page: int | None = Field(None, description="The number of that page.")
    unseen: int = Field(0, description="Characters left out of the pieces, since nobody would see them.")
    pieces: list[Piece] = Field(default_factory=list)
    blocks: list[Block] = Field(
        default_factory=list,
        description="The same stretch as tables and the lines between; empty where it has no rows.",
    )
    url: str = Field(description="This view as a page.")
    earlier: str | None = Field(None, description="The stretch before as a page; null at the beginning.")
    later: str | None = Field(None, description="The stretch after as a page; null at the end.")
    earlier_at: int | None = Field(None, description="Where the stretch before begins.")
    later_at: int | None = Field(None, description="Where the stretch after begins.")


class Asked(BaseModel):
    """What of a document is asked for.

    Attributes:
        start: First cited character; None for no citation.
        end: End of the cited words, exclusive.
        revision: Beginning of the hash of the revision that was cited; empty for the present one.
        at: Where the stretch shown shall begin; around the cited words if None.
        collection: The collection, as links have to name it; None for the server's own.
        prefix: Path under which the server is reached; empty at the root.
    """

    start: int | None = None
    end: int | None = None
    revision: str = ""
    at: int | None = None
    collection: str | None = None
    prefix: str = ""


def view_source(
    record: DocumentRecord, text: str, places: Sequence[Locator], asked: Asked, collection: str
) -> SourceView:
    """Return the stretch of a document that was asked for.

    Raises:
        UsageError: What was asked for is not within the text.
    """
    stale = bool(asked.revision) and not record.revision.removeprefix("sha256:").startswith(asked.revision)
    cited = None if stale else cited_span(text, asked)
    begin = begin_around(text, cited, asked, places)
    (start, end), blocks = arrange(record, text, places, (begin, end_of_window(text, begin)), cited)
    pieces = cut_pieces(text, (start, end), cited, [place for place in places if place.kind in PLACE_WORDS])
    shown = [piece.model_copy(update={"text": sanitize.clean_text(piece.text)}) for piece in pieces]
    earlier_at = begin_of_window(text, start) if start else None
    later_at = end if end < len(text) else None
    return SourceView(
        document_id=record.document_id,
        source=record.source,
        title=record.title,
        revision=record.revision,
        collection=collection,
        metadata=dict(record.metadata),
        characters=len(text),
        lines=text.count("\n") + 1,
        start=start,
        end=end,
        numbered=has_lines(record.source),
        prose=not SET_SOLID.search(record.source.lower(), max(record.source.rfind("."), 0)),
        cited=cited,
        stale=stale,
        quote=shorten_words(text[slice(*cited)]) if cited else "",
        where=describe_span(record, text, cited, places) if cited else "",
        unseen=sum(map(count_characters, pieces)) - sum(map(count_characters, shown)),
        pieces=shown,
        blocks=blocks,
        page=page_of(places, cited, (start, end)),
        url=link_to(record, asked, asked.at),
        earlier=None if earlier_at is None else link_to(record, asked, earlier_at),
        later=None if later_at is None else link_to(record, asked, later_at),
        earlier_at=earlier_at,
        later_at=later_at,
    )


def cited_span(text: str, asked: Asked) -> tuple[int, int] | None:
    """Return the cited span; None where none is asked for.

    Raises:
        UsageError: It is not within the text, or is empty.
    """
    if asked.start is None and asked.end is None:
        return None
    start = asked.start or 0
    end = len(text) if asked.end is None else asked.end
    if not start < end <= len(text):
        raise errors.UsageError(
            f"The document has {len(text)} characters; {start} to {end} is no stretch of it.",
            field="start" if start >= len(text) else "end",
        )
    return start, end


def begin_around(text: str, cited: tuple[int, int] | None, asked: Asked, places: Sequence[Locator]) -> int:
    """Return where the stretch shown begins: with the cited page or slide, or some lines before the cited words.

    Raises:
        UsageError: It is asked to begin outside the text.
    """
    if asked.at is not None:
        if asked.at > len(text):
            raise errors.UsageError(f"The document has {len(text)} characters, and none at {asked.at}.", field="at")
        return asked.at
    if cited is None:
        return 0
    begin = begin_of_window(text, cited[0], BEFORE_CHARACTERS, BEFORE_LINES)
    return max([begin, *(place.start for place in places if place.kind in LEAVES and place.start <= cited[0])])


def end_of_window(text: str, start: int, characters: int = WINDOW_CHARACTERS, lines: int = WINDOW_LINES) -> int:
    """Return the end of a stretch that begins at `start`: whole lines, unless one alone is too long.

    >>> end_of_window("one two three", 0, characters=5), end_of_window("a" + chr(10) + "b" + chr(10), 0, lines=1)
    (5, 2)
    """
    limit = min(start + characters, len(text))
    position = start
    for _ in range(lines):
        line_break = text.find("\n", position, limit)
        if line_break < 0:
            # A long line is cut rather than left for a stretch of its own.
            return position if limit < len(text) and position - start > characters // 2 else limit
        position = line_break + 1
    return position


def begin_of_window(text: str, end: int, characters: int = WINDOW_CHARACTERS, lines: int = WINDOW_LINES) -> int:
    """Return the beginning of a stretch that ends at `end`: whole lines, unless one alone is too long."""
    limit = max(end - characters, 0)
    position = end
    for _ in range(lines):
        # What `end` follows is the end of the last line that belongs to the stretch.
        line_break = text.rfind("\n", limit, max(position - 1, limit))
        if line_break < 0:
            return position if limit and end - position > characters // 2 else limit
        position = line_break + 1
    return position


def cut_pieces(
    text: str, window: tuple[int, int], cited: tuple[int, int] | None, places: Sequence[Locator]
) -> list[Piece]:
    """Return a stretch of text, cut where a line, a place or the cited span begins or ends."""
    start, end = window
    begun: dict[int, list[str]] = {}
    for place in places:
        if start <= place.start < end:
            begun.setdefault(place.start, []).append(name_of(place))
    if start not in begun:
        begun[start] = [name_of(place) for place in in_force(places, start)]
    line_starts = {start} | {at + 1 for at in find_all(text, "\n", start, end) if at + 1 < end}
    cuts = sorted({end} | line_starts | set(begun) | {at for at in cited or () if start < at < end})
    first_line = text.count("\n", 0, start) + 1
    numbers = {at: first_line + index for index, at in enumerate(sorted(line_starts))}
    return [
        Piece(
            text=text[low:high],
            cited=bool(cited and cited[0] <= low and high <= cited[1]),
            line=numbers.get(low),
            place=", ".join(begun.get(low, ())) or None,
        )
        for low, high in pairwise(cuts)
    ]


def find_all(text: str, character: str, start: int, end: int) -> Iterable[int]:
    """Yield where a character stands in a stretch."""
    position = text.find(character, start, end)
    while position >= 0:
        yield position
        position = text.find(character, position + 1, end)


def in_force(places: Sequence[Locator], position: int) -> list[Locator]:
    """Return the place of each kind that holds at a position; none before the first."""
    found = []
    for kind in PLACE_WORDS:
        of_kind = [place for place in places if place.kind == kind]
        index = bisect_right(of_kind, position, key=lambda place: place.start)
        found += of_kind[index - 1 : index] if index else []
    return found


def name_of(place: Locator) -> str:
    """Return what a place is called: ``page 3``."""
    return sanitize.clean_line(f"{PLACE_WORDS[place.kind]} {' '.join(place.value)}")


def describe_span(record: DocumentRecord, text: str, span: tuple[int, int], places: Sequence[Locator]) -> str:
    """Return where a span stands in its document, for a person: ``page 2, Rent``."""
    first = text.count("\n", 0, span[0]) + 1
    page, locator = describe(places, *span)
    above = [place for place in places if place.kind == "heading" and place.start <= span[0]]
    cited = Citation(
        number=0,
        document_id=record.document_id,
        source=record.source,
        title=record.title,
        revision=record.revision,
        start=span[0],
        end=span[1],
        quote="",
        lines=(first, first + text.count("\n", span[0], span[1] - 1)),
        heading=above[-1].value if above else (),
        page=page,
        locator=locator,
    )
    return sanitize.clean_line(write_place(cited))


def shorten_words(words: str) -> str:
    """Return the beginning of words on one line, as a person is told of them."""
    line = sanitize.clean_line(words[: 2 * QUOTE_CHARACTERS])
    return line if len(line) <= QUOTE_CHARACTERS else line[:QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " …"


def page_of(places: Sequence[Locator], cited: tuple[int, int] | None, window: tuple[int, int]) -> int | None:
    """Return the page on which the cited words begin, or what is shown; None where there are no pages."""
    start, end = window
    within = cited is not None and start <= cited[0] < end
    return describe(places, *(cited if cited and within else window)).page if start < end else None


def count_characters(piece: Piece) -> int:
    """Return how many characters a piece has once it is cleaned, if all are seen.

    A line break of two counts as one, and the end of a paragraph (U+2029) as the two that stand for it.
    """
    return len(piece.text) - piece.text.count("\r\n") + piece.text.count("\u2029")


def link_to(record: DocumentRecord, asked: Asked, at: int | None) -> str:
    """Return the address of the stretch of a document that begins at `at`."""
    span = None if asked.start is None and asked.end is None else (asked.start or 0, asked.end)
    return asked.prefix + source_url(
        record.document_id, span, revision=asked.revision, at=at, collection=asked.collection
    )
