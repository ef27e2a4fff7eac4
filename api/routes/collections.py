"""Collections: listed and made."""

from __future__ import annotations

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from api.collections import OpenCollections
from api.dependencies import CollectionsDep
from api.problems import PROBLEM_RESPONSES
from api.schemas import CollectionBody, CollectionList, CollectionSummary
from rag import Collection, errors, list_collections

router = APIRouter(prefix="/v1/collections", tags=["collections"], responses=PROBLEM_RESPONSES)


@router.get("")
async def show_collections(collections: CollectionsDep) -> CollectionList:
    """List the collections of the server's home folder, by name."""

    def read() -> CollectionList:
        names = list_collections(collections.settings.home)
        return CollectionList(collections=[describe_named(collections, name) for name in names])

    return await anyio.to_thread.run_sync(read, limiter=collections.threads)


@router.post("", status_code=201)
async def create_collection(
    body: CollectionBody, request: Request, response: Response, collections: CollectionsDep
) -> CollectionSummary:
    """Make an empty collection, for the embedder that the server has loaded."""
    made = await anyio.to_thread.run_sync(collections.create, body.name, limiter=collections.threads)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/documents?collection={made.name}"
    return describe(collections, made)


def describe_named(collections: OpenCollections, name: str) -> CollectionSummary:
    """Return what is told of a collection; of one that cannot be opened, why."""
    try:
        return describe(collections, collections.find(name))
    except errors.VouchError as error:
        return CollectionSummary(name=name, documents=None, generation=None, problem=error.code)


def describe(collections: OpenCollections, collection: Collection) -> CollectionSummary:
    """Return what is told of an open collection."""
    generation = collection.store.generation()
    total = collections.total(collection, generation)
    return CollectionSummary(name=collection.name, documents=total, generation=generation)
