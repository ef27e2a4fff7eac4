"""Documents and their texts: listed, read, described, downloaded, deleted."""

from __future__ import annotations

import re
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse

from api.dependencies import CollectionDep
from api.forms import read_value
from api.problems import PROBLEM_RESPONSES
from api.schemas import DocumentPage, MetadataBody
from rag import DocumentRecord, Original, errors, wire

router = APIRouter(prefix="/v1/documents", tags=["documents"], responses=PROBLEM_RESPONSES)

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]
Conditions = Annotated[
    list[str] | None,
    Query(
        alias="where",
        description="`key=value` on metadata, or `key>=value`, `key>value`, `key<=value`, `key<value`; all must hold.",
        examples=[["source=reports/2023.pdf"]],
    ),
]
Folder = Annotated[str, Query(max_length=1000, description="Only documents whose source lies below this folder.")]
Words = Annotated[str, Query(alias="q", max_length=1000, description="Words in the title or the source; all of them.")]
Sort = Annotated[str, Query(description="source, title, added_at or size_bytes; with `-` before it, downwards.")]

CONDITION = re.compile(r"([^\s=<>]+)(>=|<=|=|>|<)(.*)", re.DOTALL)
BOUNDS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}
INERT = re.compile(
    r"application/(?:pdf|json|epub\+zip|x-ipynb\+json|vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.[a-z.]+)"
    r"|text/(?:plain|markdown|csv|x-rst)"
)
"""Types that no browser runs anything of; others are sent as bytes."""
BYTES = "application/octet-stream"


@router.get("")
async def list_documents(
    collection: CollectionDep,
    limit: Limit = 100,
    offset: Offset = 0,
    conditions: Conditions = None,
    folder: Folder = "",
    words: Words = "",
    sort: Sort = "source",
) -> DocumentPage:
    """List the documents, by source if nothing else is said."""
    where = read_conditions(conditions or [], folder)

    def read() -> DocumentPage:
        with collection.store.pinned() as generation:
            if not (where or words.strip()) and sort == "source":
                records = collection.store.documents(limit, offset)
                return page_of(records, collection.store.count(), generation)
            found = collection.find_documents(where, words, order=sort)
        chunks = sum(record.chunks for record in found)
        return page_of(found[offset : offset + limit], len(found), generation, chunks)

    return await anyio.to_thread.run_sync(read)


def page_of(records: list[DocumentRecord], total: int, generation: int, chunks: int | None = None) -> DocumentPage:
    """Return documents as a page of a list."""
    page = [wire.document_to_wire(record) for record in records]
    return DocumentPage(documents=page, total=total, chunks=chunks, generation=generation)


def read_conditions(conditions: list[str], folder: str) -> dict[str, Any]:
    """Return the filter that a query's conditions state; a key named several times with ``=`` may have any value.

    Raises:
        FilterError: One of them cannot be understood.
    """
    where: dict[str, Any] = {}
    for condition in conditions:
        found = CONDITION.fullmatch(condition.strip())
        if found is None:
            raise errors.FilterError(
                f"The condition {condition[:100]!r} cannot be understood.",
                remedy="Write key=value, or key>=value.",
                field="where",
            )
        key, sign, text = found.groups()
        value = text if key == "source" else read_value(text.strip())
        if sign == "=":
            where.setdefault(key, [])
        bounds = where.setdefault(key, {})
        if isinstance(bounds, list) != (sign == "="):
            raise errors.FilterError(
                f"'{key[:100]}' has both a value and a range.", remedy="Give one of them.", field="where"
            )
        if sign == "=":
            bounds += [value] if value == text else [value, text]  # who writes 2023 may mean a number or a text
        else:
            bounds[BOUNDS[sign]] = value
    if folder.strip("/ "):
        if "folder" in where:
            raise errors.FilterError(
                "The folder is named twice: by itself, and in a condition.", remedy="Give one of them.", field="folder"
            )
        where["folder"] = folder.strip(" ").rstrip("/")
    return where


@router.get("/{document_id}")
async def show_document(document_id: str, collection: CollectionDep) -> wire.WireDocument:
    """Return a document without its text."""
    record = await anyio.to_thread.run_sync(collection.document, document_id)
    return wire.document_to_wire(record)


@router.patch("/{document_id}")
async def change_metadata(document_id: str, body: MetadataBody, collection: CollectionDep) -> wire.WireDocument:
    """Set some of a document's metadata; a key with null is taken away, those not named stay.

    What is set here wins over what the file says of itself, and stays when the document is replaced.
    """

    def change() -> DocumentRecord:
        return collection.set_metadata(collection.store.document(document_id).document_id, body.metadata)

    return wire.document_to_wire(await anyio.to_thread.run_sync(change))


@router.delete("/{document_id}", status_code=204)
async def delete_document(document_id: str, collection: CollectionDep) -> Response:
    """Delete a document, by its id only; once this is answered, nothing that is released cites it."""

    def delete() -> None:
        if not collection.store.has(document_id):
            collection.erase_deleted()  # what an earlier deletion could not finish
            collection.store.document(document_id)  # tells that it is not there
        collection.delete(document_id)

    await anyio.to_thread.run_sync(delete)
    return Response(status_code=204)


@router.get(
    "/{document_id}/original",
    response_class=FileResponse,
    responses={200: {"content": {"*/*": {}}, "description": "The file, byte for byte, as what it is or as bytes."}},
)
async def download_original(document_id: str, request: Request, collection: CollectionDep) -> Response:
    """Download the file that a document was read from, always as an attachment; ranges of it, too."""
    original = await anyio.to_thread.run_sync(collection.original, document_id)
    etag = f'"{original.revision}"'
    headers = {"ETag": etag, "X-Vouch-Revision": original.revision, "Content-Security-Policy": "sandbox"}
    if etag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return FileResponse(original.path, headers=headers, media_type=inert_type(original), filename=original.filename)


def inert_type(original: Original) -> str:
    """Return the type to send a file with: its own where browsers run nothing of it."""
    return original.media_type if INERT.fullmatch(original.media_type) else BYTES


@router.get("/{document_id}/text", response_class=PlainTextResponse)
async def show_text(
    document_id: str,
    collection: CollectionDep,
    start: Annotated[int, Query(ge=0, description="First character.")] = 0,
    end: Annotated[int | None, Query(ge=0, description="End, exclusive; the text's end if left out.")] = None,
) -> PlainTextResponse:
    """Return a document's canonical text, or a span of it, as citations count it: in characters."""

    def read() -> tuple[str, str]:
        with collection.store.pinned():
            record = collection.document(document_id)
            return collection.text(record.document_id), record.revision

    text, revision = await anyio.to_thread.run_sync(read)
    if start > len(text) or (end is not None and not start <= end <= len(text)):
        raise errors.UsageError(
            f"The document has {len(text)} characters; {start}:{'' if end is None else end} is not within.",
            field="start" if start > len(text) else "end",
        )
    return PlainTextResponse(text[start:end], headers={"ETag": f'"{revision}"', "X-Vouch-Revision": revision})
