"""A document opened at the cited words: as a page that needs no script, and as data."""

from __future__ import annotations

import base64
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from api import pages
from api.dependencies import CollectionDep, CollectionName, CollectionsDep
from api.links import REVISION_CHARACTERS, page_picture_url, prefix_of, source_url
from api.problems import PROBLEM_RESPONSES, describe_error
from api.security import PAGE_HEADERS
from api.sources import Asked, SourceView, view_source
from rag import Collection, PagePicture, can_draw, draw_page, errors

DRAWING = anyio.CapacityLimiter(2)
"""Pages drawn at once; each takes a process of its own."""
PICTURE_POLICY = "default-src 'none'; img-src data:; frame-ancestors 'none'"

router = APIRouter(tags=["sources"], responses=PROBLEM_RESPONSES)

Position = Query(ge=0, le=1_000_000_000)
Start = Annotated[int | None, Position]
Revision = Annotated[
    str, Query(pattern=r"^[0-9a-f]{0,64}$", description="Beginning of the hash of the revision that was cited.")
]


def asked_of(
    request: Request,
    start: Start = None,
    end: Annotated[int | None, Position] = None,
    at: Annotated[int | None, Position] = None,
    revision: Revision = "",
    collection: CollectionName = None,
) -> Asked:
    """Return what a query asks for."""
    return Asked(prefix=prefix_of(request), start=start, end=end, at=at, revision=revision, collection=collection)


AskedDep = Annotated[Asked, Depends(asked_of)]


def read_view(collection: Collection, document_id: str, asked: Asked) -> SourceView:
    """Return what is shown of a document, all of one revision.

    Raises:
        DocumentNotFound: The collection does not hold it.
        UsageError: What was asked for is not within its text.
    """
    with collection.store.pinned():
        record = collection.document(document_id)
        text = collection.text(record.document_id)
        places = collection.store.locators(record.document_id)
    view = view_source(record, text, places, asked, collection.name)
    if view.page is not None and can_draw(record, collection):
        revision = record.revision.removeprefix("sha256:")[:REVISION_CHARACTERS]
        picture = page_picture_url(record.document_id, view.page, view.cited, revision, asked.collection)
        view.page_url = asked.prefix + picture
    return view


@router.get("/v1/sources/{document_id}")
async def show_source(document_id: str, collection: CollectionDep, asked: AskedDep) -> SourceView:
    """Return a document's text around a span, line by line, with its pages, slides or sheets.

    What lies further away is left out: `earlier_at` and `later_at` name where the stretches before and after begin
    (give them as `at`). Where another revision was cited, `stale` is true and nothing is marked.
    """
    return await anyio.to_thread.run_sync(read_view, collection, document_id, asked)


@router.get("/sources/{document_id}/pages/{page}.svg", include_in_schema=False)
async def show_page_picture(
    document_id: str, page: Annotated[int, Path(ge=1, le=1_000_000)], collection: CollectionDep, asked: AskedDep
) -> Response:
    """Return a page of a PDF as a picture, with the cited words marked."""

    def draw() -> str:
        marks = [] if asked.start is None or asked.end is None else [(asked.start, asked.end)]
        record = collection.document(document_id)
        stale = not record.revision.removeprefix("sha256:").startswith(asked.revision)
        return write_picture(draw_page(collection, document_id, page, [] if stale else marks))

    picture = await anyio.to_thread.run_sync(draw, limiter=DRAWING)
    headers = PAGE_HEADERS | {"Content-Security-Policy": PICTURE_POLICY}
    return Response(picture, media_type="image/svg+xml", headers=headers)


def write_picture(drawn: PagePicture) -> str:
    """Return a page and its marks as one SVG picture, which a page may show without a style or a script of its own."""
    boxes = "".join(
        f'<rect x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}" rx="2" fill="#ffd24d" '
        'fill-opacity=".26" stroke="#a86f00" stroke-width="1.5"/>'
        for box in drawn.boxes
    )
    size = f'width="{drawn.width}" height="{drawn.height}"'
    png = base64.b64encode(drawn.png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {drawn.width} {drawn.height}">'
        f'<image {size} href="data:image/png;base64,{png}"/>{boxes}</svg>'
    )


@router.get("/sources/{document_id}", include_in_schema=False)
async def show_source_page(document_id: str, collections: CollectionsDep, asked: AskedDep) -> HTMLResponse:
    """Show a document's text around the cited words; works without a script."""
    try:
        collection = await collections.get(asked.collection)
        view = await anyio.to_thread.run_sync(read_view, collection, document_id, asked)
    except (errors.NotFoundError, errors.UsageError) as error:
        problem = describe_error(error)
        gone = isinstance(error, errors.NotFoundError)
        begin = None if gone else asked.prefix + source_url(document_id, collection=asked.collection)
        return pages.render("notice.html", problem.status, gone=gone, detail=problem.detail, begin=begin)
    return pages.render("source.html", view=view)
