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
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.store.fidelity import reading_problem, text_problem
from rag.store.notes import require_values
from rag.store.records import unpack_heading, unpack_locators, unpack_reading, unpack_text
from rag.types import Locator, ReadingText

if TYPE_CHECKING:
    from rag.store.reading import StoredText
    from rag.types import DocumentRecord

TEXT_MAX_BYTES = 64 << 20
"""A text may have so many bytes however little it is compressed to: more than the longest that is read by default."""
PLACES_MAX_BYTES = 16 << 20
"""The same for runs and locators."""
RATIO_MAX = 50
"""What is longer may be so many times as long as what it is compressed to; texts are 2 to 10 times as long."""
PIECE_BYTES = 1 << 20
REVISION = re.compile(r"sha256:[0-9a-f]{64}")

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, RecursionError, zlib.error)
"""What decoding something that Vouch has not written may raise."""


def text_problems(record: DocumentRecord, stored: StoredText) -> Iterator[str]:
    """Yield what keeps a document's metadata, texts, runs or locators from being used; nothing large is unpacked."""
    for name, data, floor in zip(
        ("text", "reading text", "runs", "locators"),
        stored,
        (TEXT_MAX_BYTES, TEXT_MAX_BYTES, PLACES_MAX_BYTES, PLACES_MAX_BYTES),
        strict=True,
    ):
        if data and grows_beyond(data, max(floor, RATIO_MAX * len(data))):
            yield f"its {name} would grow more than {RATIO_MAX} times when it is read"
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


def grows_beyond(data: bytes, limit_bytes: int) -> bool:
    """Tell whether compressed bytes unpack to more than a limit; they are counted piece by piece, and not kept.

    Raises:
        zlib.error: They are no compressed bytes.
    """
    unpacking = zlib.decompressobj()
    size_bytes, rest = 0, data
    while not unpacking.eof:
        size_bytes += (grown := len(unpacking.decompress(rest, PIECE_BYTES)))
        rest = unpacking.unconsumed_tail
        if size_bytes > limit_bytes:
            return True
        if not (rest or grown or unpacking.eof):
            raise zlib.error("incomplete")
    return False


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
