"""Collections: listed, made, deleted; given out as one file, and taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.dependencies import CollectionsDep, IngestsDep
from api.forms import body_of
from api.jobs import new_identifier
from api.problems import PROBLEM_RESPONSES, RefusedRequest
from api.schemas import CollectionBody, CollectionList, CollectionSummary
from rag import (
    Staging,
    delete_collection,
    describe_collection,
    describe_collections,
    errors,
    export_collection,
    import_collection,
    list_collections,
)

router = APIRouter(prefix="/v1/collections", tags=["collections"], responses=PROBLEM_RESPONSES)

IMPORTING = anyio.CapacityLimiter(2)
"""Imports at once; each may take minutes, in which other collections can be opened."""
ARCHIVE_TYPE = "application/zip"
ARCHIVE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {ARCHIVE_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
OptionalName = Annotated[str | None, Query(alias="name", pattern=NAME, description="Its name here; its own if None.")]


@router.get("")
async def show_collections(collections: CollectionsDep) -> CollectionList:
    """List the collections of the server's home folder, by name."""
    found = await anyio.to_thread.run_sync(describe_collections, collections.settings.home, limiter=collections.threads)
    return CollectionList(collections=[CollectionSummary.model_validate(each) for each in found])


@router.post("", status_code=201)
async def create_collection(
    body: CollectionBody, request: Request, response: Response, collections: CollectionsDep
) -> CollectionSummary:
    """Make an empty collection, for the embedder that the server has loaded."""

    def make() -> CollectionSummary:
        collections.create(body.name)
        return describe_one(collections.settings.home, body.name)

    made = await anyio.to_thread.run_sync(make, limiter=collections.threads)
    response.headers["Location"] = location_of(request, made.name)
    return made


@router.delete("/{name}", status_code=204)
async def remove_collection(name: str, collections: CollectionsDep, ingests: IngestsDep) -> Response:
    """Delete a collection with all it holds, and the answers given from it; the server's own one stays."""
    if name == collections.settings.collection:
        raise RefusedRequest(
            409,
            "collection_in_use",
            f"The server serves '{name}'.",
            field="name",
            remedy="Delete its documents, or stop the server and run `vouch collections delete`.",
        )

    def remove() -> None:
        # One that has been there under this name before is told of as it was.
        require_present(collections.settings.home, name)
        ingests.require_idle(name)
        delete_collection(collections.settings, name)
        collections.forget(name)

    await anyio.to_thread.run_sync(remove, limiter=collections.threads)
    return Response(status_code=204)


@router.get(
    "/{name}/export",
    response_class=FileResponse,
    responses={200: {"content": {ARCHIVE_TYPE: {}}, "description": "The collection, as `import` takes it."}},
)
async def export(name: str, collections: CollectionsDep) -> FileResponse:
    """Download a collection with its kept files as one file, of one generation, while others read and write it.

    It is put together on the server's disk first, and checked sums are part of it; answers are not.
    """

    def write() -> tuple[Staging, Path]:
        require_present(collections.settings.home, name)
        staging = Staging(collections.find(name).store.folder, new_identifier())
        try:
            file = staging.folder / "collection.zip"
            export_collection(collections.settings, name, file)
        except BaseException:
            staging.close()
            raise
        return staging, file

    staging, file = await anyio.to_thread.run_sync(write, limiter=collections.threads)
    return ExportResponse(
        file, media_type=ARCHIVE_TYPE, filename=f"{name}.vouch.zip", background=BackgroundTask(staging.close)
    )


class ExportResponse(FileResponse):
    """A file that is removed when it has been sent, or cannot be: its client may have left."""

    async def __call__(self, *call: Any) -> None:  # noqa: ANN401  scope, receive and send, as they come
        """Send it."""
        background, self.background = self.background, None
        try:
            await super().__call__(*call)
        finally:
            if background is not None:
                with anyio.CancelScope(shield=True):
                    await background()


@router.post("/import", status_code=201, openapi_extra=ARCHIVE_BODY)
async def import_file(
    request: Request, response: Response, collections: CollectionsDep, name: OptionalName = None
) -> CollectionSummary:
    """Make a collection of an exported file; nothing of it is believed before all has been checked."""
    home = collections.settings.home
    if name is not None:
        await anyio.to_thread.run_sync(require_absent, home, name)
    async with request.app.state.uploads.enter():
        own = await collections.get()
        staging = await anyio.to_thread.run_sync(lambda: Staging(own.store.folder, new_identifier()))
        try:
            staging.begin_file(".zip")
            async for data in body_of(request, collections.settings.import_max_bytes, "VOUCH_IMPORT_MAX_BYTES"):
                await anyio.to_thread.run_sync(staging.write, data)
            staging.end_file()

            def put() -> CollectionSummary:
                manifest = import_collection(collections.settings, staging.files[0], name, subject="The uploaded file")
                return describe_one(home, name or manifest.collection)

            made = await anyio.to_thread.run_sync(put, limiter=IMPORTING)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(staging.close)
    response.headers["Location"] = location_of(request, made.name)
    return made


def location_of(request: Request, name: str) -> str:
    """Return where a collection's documents are listed."""
    return f"{request.scope.get('root_path', '')}/v1/documents?collection={name}"


def describe_one(home: Path, name: str) -> CollectionSummary:
    """Return what is told of a collection that has just been made."""
    return CollectionSummary.model_validate(describe_collection(home, name))


def require_absent(home: Path, name: str) -> None:
    """Refuse a name that a collection has.

    Raises:
        CollectionExists: There is one of this name.
    """
    if name in list_collections(home):
        raise errors.CollectionExists(f"There is a collection '{name}' already.", field="name")


def require_present(home: Path, name: str) -> None:
    """Refuse a name that no collection has, whatever is in it.

    Raises:
        CollectionNotFound: There is none of this name.
    """
    if name not in list_collections(home):
        raise errors.CollectionNotFound(f"There is no collection '{name[:80]}'.", field="name")
