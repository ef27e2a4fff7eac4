"""A page of a document as it is seen, with the cited words' places on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.errors import DocumentNotFound, OriginalNotFound
from rag.types import DocumentRecord, Locator, Span

if TYPE_CHECKING:
    from rag.collection.documents import Documents
    from rag.parsing import Parsers
    from rag.reading.pdf import PagePicture

DRAWN = ".pdf"
"""Ending of the names of files whose pages can be drawn."""

DRAWING_AT_ONCE = 2


def draw_page(collection: Documents, document_id: str, page: int, marks: Sequence[tuple[int, int]] = ()) -> PagePicture:
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
    record = collection.document(document_id)
    content = read_drawn(record, collection)
    starts = [place.start for place in collection.store.locators(record.document_id) if is_page(place, page)]
    start = starts[0] if starts else None
    spans = [Span(*mark) for mark in marks]
    return drawing_processes(collection).draw(content, page, spans, page_start=start, source=record.source)


def drawing_processes(collection: Documents) -> Parsers:
    """Return the processes that draw for a collection, kept until it is closed: the next page waits for no start."""
    from rag.parsing import Limits, Parsers

    settings = collection.settings
    limits = Limits(processor_s=settings.file_timeout_s, memory_max_bytes=settings.file_memory_mb << 20)
    with collection.drawing_lock:
        if collection.drawing is None:
            collection.drawing = Parsers(limits, count=DRAWING_AT_ONCE)
        return collection.drawing


def can_draw(record: DocumentRecord, collection: Documents) -> bool:
    """Return whether a document's file is kept, or lies where it was read from as far as its size tells, with pages."""
    if not record.source.lower().endswith(DRAWN):
        return False
    if collection.store.kept(record.document_id) is not None:
        return True
    try:
        return (collection.settings.home.resolve().parent / record.source).stat().st_size == record.size_bytes
    except (OSError, ValueError):
        return False


def is_page(place: Locator, page: int) -> bool:
    """Return whether a place is the page of a number."""
    return place.kind == "page" and place.value == (str(page),)


def read_drawn(record: DocumentRecord, collection: Documents) -> bytes:
    """Return a document's file.

    Raises:
        DocumentNotFound: It is not there any more, is not what was read, or has no pages to draw.
    """
    if record.source.lower().endswith(DRAWN):
        try:
            return collection.read_original(record.document_id)
        except OriginalNotFound as error:
            problem = error.message
    else:
        problem = f"The file of {record.source!r} has no pages to draw."
    raise DocumentNotFound(
        problem, remedy="Its text is shown all the same; ingest the file again for its pages.", field="document_id"
    )
