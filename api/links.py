"""Where a citation leads: the page that shows its document at the cited words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import quote, urlencode

from fastapi import Request
from pydantic import BaseModel

from rag import sanitize, wire, write_place

REVISION_CHARACTERS = 12
"""Of a revision's hash in an address: enough to see that it is another."""

Model = TypeVar("Model", bound=BaseModel)
Placed = wire.WireCitation | wire.WirePassage | wire.WireExcerpt


def source_url(
    document_id: str,
    span: tuple[int, int | None] | None = None,
    *,
    revision: str = "",
    at: int | None = None,
    collection: str | None = None,
) -> str:
    """Return the address of a document's page, relative to the server.

    >>> source_url("doc_1", (4, 61), revision="9f86d081884c")
    '/sources/doc_1?start=4&end=61&revision=9f86d081884c#cite'
    >>> source_url("doc_1", at=5, collection="reports")
    '/sources/doc_1?at=5&collection=reports'
    """
    start, end = span or (None, None)
    given = {"start": start, "end": end, "at": at, "revision": revision or None, "collection": collection}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    mark = "#cite" if span and at is None else ""
    return f"/sources/{quote(document_id, safe='')}{'?' if query else ''}{query}{mark}"


def page_picture_url(
    document_id: str, page: int, span: tuple[int, int] | None, revision: str, collection: str | None
) -> str:
    """Return the address of a page's picture with a span marked, relative to the server.

    >>> page_picture_url("doc_1", 3, (4, 61), "9f86d081884c", None)
    '/sources/doc_1/pages/3.svg?start=4&end=61&revision=9f86d081884c'
    """
    start, end = span or (None, None)
    given = {"start": start, "end": end, "revision": revision, "collection": collection}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return f"/sources/{quote(document_id, safe='')}/pages/{page}.svg?{query}"


def prefix_of(request: Request) -> str:
    """Return the path under which a proxy has put the server; empty at the root."""
    return str(request.scope.get("root_path", "")).rstrip("/")


class Linker:
    """Gives what is sent the addresses of its sources.

    Attributes:
        prefix: Path under which the server is reached; empty at the root.
        collection: The collection as addresses have to name it; None for the server's own.
    """

    def __init__(self, request: Request, collection: str | None) -> None:
        """Take where the server is reached from a request, and the collection that was asked."""
        own = request.app.state.collections.settings.collection
        self.prefix = prefix_of(request)
        self.collection = None if collection in (None, own) else collection

    def link(self, model: Model) -> Model:
        """Return a wire model with the place at each citation, passage and excerpt, and of a document the address."""
        for placed in placed_in(model):
            placed.place = sanitize.clean_line(write_place(placed))
            if placed.document_id:
                revision = placed.revision.removeprefix("sha256:")[:REVISION_CHARACTERS]
                span = (placed.start, placed.end)
                placed.url = self.prefix + source_url(
                    placed.document_id, span, revision=revision, collection=self.collection
                )
        return model


def placed_in(value: object) -> Iterator[Placed]:
    """Yield every citation, passage and excerpt in a wire model, however deep."""
    if isinstance(value, Placed):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from placed_in(getattr(value, name))
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes | dict):
        for item in value:
            yield from placed_in(item)
