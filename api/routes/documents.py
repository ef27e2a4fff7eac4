"""Documents and their texts."""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from api.dependencies import CollectionDep, CollectionsDep
from api.problems import PROBLEM_RESPONSES
from api.schemas import DocumentPage
from rag import errors, wire

router = APIRouter(prefix="/v1/documents", tags=["documents"], responses=PROBLEM_RESPONSES)

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]


@router.get("")
async def list_documents(
    collection: CollectionDep, collections: CollectionsDep, limit: Limit = 100, offset: Offset = 0
) -> DocumentPage:
    """List the documents by source."""

    def read() -> DocumentPage:
        with collection.store.pinned() as generation:
            records = collection.store.documents(limit, offset)
            total = collections.total(collection, generation)
        page = [wire.document_to_wire(record) for record in records]
        return DocumentPage(documents=page, total=total, generation=generation)

    return await anyio.to_thread.run_sync(read)


@router.get("/{document_id}")
async def show_document(document_id: str, collection: CollectionDep) -> wire.WireDocument:
    """Return a document without its text."""
    record = await anyio.to_thread.run_sync(collection.document, document_id)
    return wire.document_to_wire(record)


@router.get("/{document_id}/text", response_class=PlainTextResponse)
async def show_text(
    document_id: str,
    collection: CollectionDep,
    start: Annotated[int, Query(ge=0, description="First character.")] = 0,
    end: Annotated[int | None, Query(ge=0, description="End, exclusive; the text's end if left out.")] = None,
) -> PlainTextResponse:
    """Return a document's canonical text, or a span of it, as citations count it: in characters."""

    def read() -> tuple[str, str]:
        record = collection.document(document_id)
        return collection.text(record.document_id), record.revision

    text, revision = await anyio.to_thread.run_sync(read)
    if start > len(text) or (end is not None and not start <= end <= len(text)):
        raise errors.UsageError(
            f"The document has {len(text)} characters; {start}:{'' if end is None else end} is not within.",
            field="start" if start > len(text) else "end",
        )
    return PlainTextResponse(text[start:end], headers={"ETag": f'"{revision}"', "X-Vouch-Revision": revision})
