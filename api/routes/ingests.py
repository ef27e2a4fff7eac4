"""Ingests of uploaded files: looked at, followed, ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.dependencies import CollectionDep, IngestsDep
from api.ingesting import Ingests, is_over
from api.problems import PROBLEM_RESPONSES
from api.schemas import Ingest, IngestPage
from api.streams import LINE_END, PING_S, encode_problem
from rag import Collection

router = APIRouter(prefix="/v1/ingests", tags=["documents"], responses=PROBLEM_RESPONSES)

LOOK_S = 0.15
"""How often those who follow an ingest are told of it, at most."""


@router.get("")
async def list_ingests(
    collection: CollectionDep, ingests: IngestsDep, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> IngestPage:
    """List the ingests of uploaded files, newest first, also those of an earlier run of the server."""
    return IngestPage(ingests=await anyio.to_thread.run_sync(ingests.list, collection, limit))


@router.get("/{ingest_id}")
async def show_ingest(ingest_id: str, collection: CollectionDep, ingests: IngestsDep) -> Ingest:
    """Return how far an ingest is, or what became of it."""
    return await anyio.to_thread.run_sync(ingests.find, ingest_id, collection)


@router.delete(
    "/{ingest_id}",
    responses={202: {"model": Ingest, "description": "It ends within a moment, without another commit."}},
)
async def cancel_ingest(ingest_id: str, response: Response, collection: CollectionDep, ingests: IngestsDep) -> Ingest:
    """End an ingest: what it has not committed yet is left out, and what it has stays, as its report tells.

    A file that is being read is let go at once. One that is over stays so.
    """
    found = await anyio.to_thread.run_sync(ingests.cancel, ingest_id, collection)
    response.status_code = 200 if is_over(found) else 202
    return found


@router.get(
    "/{ingest_id}/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "`progress`, then `done` or `error`."}},
)
async def follow_ingest(
    ingest_id: str, request: Request, collection: CollectionDep, ingests: IngestsDep
) -> EventSourceResponse:
    """Follow an ingest: `progress` events, then `done` with all of it, or `error` with what went wrong.

    Closing the stream does not end the ingest, and one that is over tells its end at once.
    """
    await anyio.to_thread.run_sync(ingests.find, ingest_id, collection)  # not found is told before the stream begins
    return EventSourceResponse(tell(ingest_id, collection, ingests), ping=PING_S, sep=LINE_END)


async def tell(ingest_id: str, collection: Collection, ingests: Ingests) -> AsyncIterator[ServerSentEvent]:
    """Yield what changes of an ingest until it is over."""
    told = None
    while True:
        job = ingests.jobs.get(ingest_id)
        shown = job.shown if job else await anyio.to_thread.run_sync(ingests.find, ingest_id, collection)
        if is_over(shown):
            break
        if shown != told:
            yield ServerSentEvent(shown.progress.model_dump_json(), event="progress", sep=LINE_END)
            told = shown
        await anyio.sleep(LOOK_S)
    if shown.problem is not None and shown.state == "failed":
        yield encode_problem(shown.problem)
    else:
        yield ServerSentEvent(shown.model_dump_json(), event="done", sep=LINE_END)
