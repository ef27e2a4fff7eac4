"""Whether the server is up, and whether it can answer."""

from __future__ import annotations

import anyio.to_thread
from fastapi import APIRouter, Response

from api.dependencies import CollectionsDep
from api.schemas import Health

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def report_health() -> Health:
    """Return 200 while the process is up; touches nothing."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health}})
async def report_readiness(response: Response, collections: CollectionsDep) -> Health:
    """Return 200 once the collection is open and the embedder loaded, and 503 with the reasons otherwise.

    What could not be opened or loaded before is tried again.
    """
    reasons = await anyio.to_thread.run_sync(collections.find_obstacles)
    if reasons:
        response.status_code = 503
        return Health(status="unavailable", reasons=reasons)
    return Health(status="ok")
