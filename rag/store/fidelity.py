"""Whether a stored document says what its file says: its reading text is its text, and its text that of its revision.

What answers are drafted from, what is searched and what is shown beside a citation are three stored texts. An imported
collection may come from anywhere, and answers vouch for them: they are compared here, character by character.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rag.types import ReadingText, Runs

if TYPE_CHECKING:
    from rag.types import DocumentRecord

DECODED = ("text/", "delimited/", "code/")
"""Readers whose text is the decoded file, whole: the revision is told by it."""
ENCODINGS = (
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
)
"""Byte order mark and encoding of the files that are decoded."""
WORD = re.compile(r"\w+")
PARTS_MOST = 200
"""Of words put in, so many may be parts of longer ones: each is looked for in the whole text."""
ABOVE = re.compile(r"\n| > |…")
"""Between the names above a chunk's words: title, headings, and what was left out of them where they are long."""


def text_problem(record: DocumentRecord, canonical: str) -> str:
    """Return how a text differs from the file of its revision, as far as the reader lets that be told; else empty."""
    if not record.reader.startswith(DECODED):
        return ""
    for mark, encoding in ENCODINGS:
        content = mark + canonical.encode(encoding)
        if len(content) != record.size_bytes:
            continue
        if f"sha256:{hashlib.sha256(content).hexdigest()}" == record.revision:
            return ""
    return "its text is not that of its revision"


def reading_problem(reading: ReadingText, canonical: str) -> str:
    """Return how a reading text says something else than its text; empty where it does not.

    A run that goes along with the text copies it. What a reader put in (line breaks, bars between cells, the name of a
    column, a character that is written as an entity) has no word that the text has not.
    """
    if not is_copied(reading.text, reading.runs, canonical):
        return "its reading text is not what its text says"
    put_in = {word for piece in pieces_put_in(reading) for word in WORD.findall(piece)}
    absent = put_in.difference(WORD.findall(canonical))
    if absent:
        written = html.unescape(canonical)
        absent.difference_update(WORD.findall(written))
        if len(absent) <= PARTS_MOST:
            absent = {word for word in absent if word not in canonical and word not in written}
    return f"its reading text has words that its text has not: {', '.join(sorted(absent)[:3])!r}" if absent else ""


def is_copied(text: str, runs: Runs, canonical: str) -> bool:
    """Tell whether runs cover a reading text without gap, and those that go along with the text copy it."""
    end = 0
    for start, place, length, step in runs:
        if start != end:
            return False
        end = start + length
        if step and text[start:end] != canonical[place : place + length]:
            return False
    return end == len(text)


def pieces_put_in(reading: ReadingText) -> Iterator[str]:
    """Yield the stretches of a reading text that were put in, those side by side as one."""
    begun: int | None = None
    for start, _, _, step in reading.runs:
        if not step:
            begun = start if begun is None else begun
        elif begun is not None:
            yield reading.text[begun:start]
            begun = None
    if begun is not None:
        yield reading.text[begun:]


def is_embedded(embedded: str, words: str, names: Iterable[str]) -> bool:
    r"""Tell whether a chunk was embedded as its words, with nothing above them but the names it stands under.

    Args:
        embedded: What was embedded.
        words: The chunk's stretch of reading text.
        names: The document's title and the headings above the chunk, of which the middle may be left out.

    >>> is_embedded("Moons > Titan\nIt is large.", "It is large.", ["Moons", "Titan"])
    True
    >>> is_embedded("Moons > Rhea\nIt is large.", "It is large.", ["Moons", "Titan"])
    False
    """
    if embedded == words:
        return True
    if not embedded.endswith(f"\n{words}"):
        return False
    above = embedded[: len(embedded) - len(words) - 1]
    known = [part for name in names for part in ABOVE.split(name)]
    return all(any(part.strip(" >") in name for name in known) for part in ABOVE.split(above))
