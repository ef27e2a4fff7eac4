"""A page of a document as it is seen, with the cited words' places on it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import DocumentNotFound
from rag.types import DocumentRecord, Locator, Span

if TYPE_CHECKING:
    from rag.collection.face import Collection
    from rag.reading.pdf import PagePicture

DRAWN = ".pdf"
"""Ending of the names of files whose pages can be drawn."""


def draw_page(
    collection: Collection, document_id: str, page: int, marks: Sequence[tuple[int, int]] = ()
) -> PagePicture:
    """Draw a page of a PDF from its file, in a process of its own, within limits.

    Args:
        collection: The collection that holds it.
        document_id: The document.
        page: Number of the page, from 1.
        marks: Stretches of the canonical text to find on it.

    Raises:
        DocumentNotFound: The collection does not hold it, or its file is gone or changed, or has no pages to draw.
        SourceError: The page cannot be drawn.
    """
    from rag.parsing import Limits, Parsers

    record = collection.document(document_id)
    content = read_same(record, collection.settings.home)
    starts = [place.start for place in collection.store.locators(record.document_id) if is_page(place, page)]
    settings = collection.settings
    limits = Limits(processor_s=settings.file_timeout_s, memory_max_bytes=settings.file_memory_mb << 20)
    with Parsers(limits, count=1) as parsers:
        start = starts[0] if starts else None
        return parsers.draw(content, page, [Span(*mark) for mark in marks], page_start=start, source=record.source)


def can_draw(record: DocumentRecord, home: Path) -> bool:
    """Return whether a document's file lies where it was read from, as far as its size tells, and can be drawn."""
    try:
        return record.source.lower().endswith(DRAWN) and file_of(record, home).stat().st_size == record.size_bytes
    except (OSError, ValueError):
        return False


def is_page(place: Locator, page: int) -> bool:
    """Return whether a place is the page of a number."""
    return place.kind == "page" and place.value == (str(page),)


def file_of(record: DocumentRecord, home: Path) -> Path:
    """Return where a document was read from."""
    return home.resolve().parent / record.source


def read_same(record: DocumentRecord, home: Path) -> bytes:
    """Return a document's file.

    Raises:
        DocumentNotFound: It is not there any more, or is not what was read.
    """
    content = b""
    if can_draw(record, home):
        try:
            content = file_of(record, home).read_bytes()
        except OSError:
            content = b""
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != record.revision:
        raise DocumentNotFound(
            f"The file of {record.source!r} is gone, has changed since it was read, or has no pages to draw.",
            remedy="Its text is shown all the same; ingest the file again for its pages.",
            field="document_id",
        )
    return content
