"""What rows must hold to be believed though their checksums are right: an imported collection may come from anywhere.

A checksum is no secret. Whoever writes one can write any value under it: texts that grow a thousandfold when they are
read, metadata of another shape, places outside the text.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import UsageError
from rag.store.fidelity import reading_problem, text_problem
from rag.store.notes import require_values
from rag.store.records import unpack_heading, unpack_locators, unpack_reading, unpack_text
from rag.types import Locator, ReadingText

if TYPE_CHECKING:
    from rag.store.reading import StoredText
    from rag.types import DocumentRecord

CHARACTER_MAX_BYTES = 4
"""UTF-8 has no longer ones."""
PIECE_BYTES = 1 << 20
REVISION = re.compile(r"sha256:[0-9a-f]{64}")

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, RecursionError, zlib.error)
"""What decoding something that Vouch has not written may raise."""


class TextLimits(NamedTuple):
    """What a document may have that comes from elsewhere: as much as one that is read from a file.

    Attributes:
        characters: Of its text.
        size_bytes: Of its texts, their map and places, together.
    """

    characters: int
    size_bytes: int


def text_problems(record: DocumentRecord, stored: StoredText, limits: TextLimits | None) -> Iterator[str]:
    """Yield what keeps a document's metadata, texts, runs or locators from being used.

    Nothing is unpacked that is over the limits, where there are any.
    """
    if limits is not None and (problem := size_problem(record, stored, limits)):
        yield problem
        return
    if problem := metadata_problem(record.metadata):
        yield problem
    canonical = unpack_text(stored.canonical)
    if len(canonical) != record.characters:
        yield f"its text has {len(canonical)} characters where {record.characters} were committed"
    yield from filter(None, [text_problem(record, canonical)])
    reading = unpack_reading(stored.canonical, stored.reading, stored.runs)
    if not maps_within(reading, len(canonical)):
        yield "its reading text does not map into its text"
    elif problem := reading_problem(reading, canonical):
        yield problem
    if not all(is_place(locator, len(canonical)) for locator in unpack_locators(stored.locators)):
        yield "a locator is no place in its text"


def size_problem(record: DocumentRecord, stored: StoredText, limits: TextLimits) -> str:
    """Return in what a document is over the limits; empty where it is not."""
    if record.characters > limits.characters:
        return f"its text has more than {limits.characters:,} characters, which VOUCH_FILE_MAX_CHARACTERS allows"
    left = limits.size_bytes
    for name, data in zip(("text", "reading text", "runs", "locators"), stored, strict=True):
        most = min(left, CHARACTER_MAX_BYTES * record.characters) if name == "text" else left
        size_bytes = unpacked_bytes(data, most) if data else 0
        if size_bytes > most:
            return f"its {name} would grow beyond what a document may have"
        left -= size_bytes
    return ""


def record_problems(record: DocumentRecord, generation: int) -> Iterator[str]:
    """Yield what no record has that Vouch stored, up to a generation of the collection."""
    parts = record.source.removeprefix("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in record.source:
        yield "its source is no path"
    if not record.title.strip():
        yield "it has no title"
    if not REVISION.fullmatch(record.revision):
        yield "its revision is no hash"
    if min(record.size_bytes, record.characters, record.chunks) < 0:
        yield "a number of it is below zero"
    if not 0 < record.generation <= generation:
        yield f"its generation {record.generation} never was"
    if not is_time(record.added_at):
        yield "the time it was added at is none"


def is_time(text: str) -> bool:
    """Tell whether a text is a time as it is stored, ISO 8601 with its offset."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def unpacked_bytes(data: bytes, most: int) -> int:
    """Return to how many bytes compressed ones unpack; where it is more than `most`, only that it is.

    They are counted piece by piece, and not kept.

    Raises:
        zlib.error: They are no compressed bytes.
    """
    unpacking = zlib.decompressobj()
    size_bytes, rest = 0, data
    while not unpacking.eof:
        size_bytes += (grown := len(unpacking.decompress(rest, PIECE_BYTES)))
        rest = unpacking.unconsumed_tail
        if size_bytes > most:
            break
        if not (rest or grown or unpacking.eof):
            raise zlib.error("incomplete")
    return size_bytes


def metadata_problem(metadata: object) -> str:
    """Return what keeps something from being metadata; empty where it is some."""
    if not isinstance(metadata, dict) or None in metadata.values():
        return "its metadata are no keys and values"
    try:
        require_values(metadata)
    except UsageError as error:
        return f"its metadata cannot be used: {error.message.rstrip('.')}"
    return ""


def maps_within(reading: ReadingText, characters: int) -> bool:
    """Tell whether the runs of a reading text begin with it, ascend, and stay within it and the canonical text."""
    runs = reading.runs
    if not runs:
        return not reading.text
    return (
        runs[0].reading == 0
        and all(before.reading < after.reading for before, after in pairwise(runs))
        and all(run.length > 0 and run.reading + run.length <= len(reading.text) for run in runs)
        and all(run.canonical >= 0 and run.last < characters for run in runs)
    )


def is_place(locator: Locator, characters: int) -> bool:
    """Tell whether a locator begins within a text, and names a kind and a place."""
    start, kind, value = locator.start, locator.kind, locator.value
    return type(start) is int and 0 <= start <= characters and isinstance(kind, str) and are_texts(value)


def are_headings(packed: Iterable[str]) -> bool:
    """Tell whether headings as stored are lists of texts."""
    return all(are_texts(unpack_heading(heading)) for heading in packed)


def are_texts(values: Sequence[object]) -> bool:
    """Tell whether all values are texts."""
    return all(isinstance(value, str) for value in values)
