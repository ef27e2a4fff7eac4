"""What routes get handed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from api.collections import OpenCollections
from api.ingesting import Ingests
from api.limits import Gate
from rag import Collection


def get_collections(request: Request) -> OpenCollections:
    """Return the open collections of the application."""
    found = request.app.state.collections
    assert isinstance(found, OpenCollections)
    return found


def get_gate(request: Request) -> Gate:
    """Return the application's gate."""
    gate = request.app.state.gate
    assert isinstance(gate, Gate)
    return gate


def get_ingests(request: Request) -> Ingests:
    """Return the ingests of the application."""
    ingests = request.app.state.ingests
    assert isinstance(ingests, Ingests)
    return ingests


CollectionsDep = Annotated[OpenCollections, Depends(get_collections)]
CollectionName = Annotated[
    str | None, Query(alias="collection", description="The collection; the server's own if left out.")
]


async def get_collection(collections: CollectionsDep, name: CollectionName = None) -> Collection:
    """Return the collection that the query names."""
    return await collections.get(name)


CollectionDep = Annotated[Collection, Depends(get_collection)]
GateDep = Annotated[Gate, Depends(get_gate)]
IngestsDep = Annotated[Ingests, Depends(get_ingests)]
