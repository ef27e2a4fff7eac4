"""Files on their way in: uploaded, or put in the place of a document's content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from api.dependencies import CollectionDep, IngestsDep
from api.forms import (
    FILES_FIELD,
    MEDIA_TYPE,
    METADATA_FIELD,
    Form,
    Metadata,
    ReceivedFile,
    body_of,
    malformed,
    read_metadata,
    receive_form,
)
from api.ingesting import Ingests
from api.jobs import Job, new_identifier
from api.problems import PROBLEM_RESPONSES, RefusedRequest
from api.schemas import IngestCreated
from rag import Collection, DocumentRecord, Staging, errors, require_metadata

router = APIRouter(prefix="/v1/documents", tags=["documents"], responses=PROBLEM_RESPONSES)

FORM_SCHEMA = {
    "type": "object",
    "required": [FILES_FIELD],
    "properties": {
        FILES_FIELD: {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}},
        METADATA_FIELD: {
            "type": "string",
            "description": "Given to each of the files: a JSON object, or `key=value` in as many fields as keys.",
            "examples": ['{"year": 2023}', "year=2023"],
        },
    },
}
FORM_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": FORM_SCHEMA}}}}
CONTENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            MEDIA_TYPE: {"schema": FORM_SCHEMA},
        },
    }
}


@asynccontextmanager
async def receiving(request: Request, collection: Collection, ingests: Ingests) -> AsyncIterator[Staging]:
    """Give a folder for what a request sends; it is removed at the end, unless an ingest has taken it over.

    Raises:
        BusyError: As many uploads come in, or wait, as may.
        StorageFull: There is no space left.
    """
    ingests.require_room(collection.name)
    async with request.app.state.uploads.enter():
        identifier = new_identifier()
        await anyio.to_thread.run_sync(ingests.sweep, collection)
        staging = await anyio.to_thread.run_sync(lambda: Staging(collection.store.folder, identifier))
        try:
            yield staging
        finally:
            if identifier not in ingests.jobs:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(staging.close)


async def begin(request: Request, response: Response, job: Job, ingests: Ingests) -> IngestCreated:
    """Hand what was received to an ingest, and say where it can be followed."""
    if not job.files and job.refused:
        first = job.refused[0]
        raise RefusedRequest(
            413,
            "file_too_large",
            f"'{first.source}': {first.reason}",
            field=FILES_FIELD,
            remedy="Split it, or raise VOUCH_FILE_MAX_BYTES.",
        )
    shown = await anyio.to_thread.run_sync(ingests.submit, job)
    path = str(request.app.url_path_for("show_ingest", ingest_id=shown.id))
    response.headers["Location"] = f"{request.scope.get('root_path', '')}{path}?collection={shown.collection}"
    return IngestCreated(ingest=shown)


@router.post("", status_code=202, openapi_extra=FORM_BODY)
async def add_documents(
    request: Request, response: Response, collection: CollectionDep, ingests: IngestsDep
) -> IngestCreated:
    """Upload files; they are read and indexed by an ingest, which goes on when the client leaves.

    A file's name becomes the document's `source`, cleaned, with its folders; a document that has it already is
    replaced. Two files of one name in one request are told apart: `report.pdf` and `report (2).pdf`. A file that is
    too large, or cannot be read, is refused in the report, and the others go on.
    """
    settings = collection.settings
    async with receiving(request, collection, ingests) as staging:
        form = Form(
            request.headers.get("content-type", ""),
            staging,
            file_max_bytes=settings.file_max_bytes,
            max_files=settings.upload_max_files,
        )
        await receive_form(request, form, settings.upload_max_bytes)
        metadata = read_metadata(form.fields)
        require_metadata(metadata)
        if not form.files:
            raise malformed("it holds no file", field=FILES_FIELD)
        return await begin(request, response, Job(collection, staging, form.files, metadata), ingests)


@router.put("/{document_id}", status_code=202, openapi_extra=CONTENT_BODY)
async def replace_document(
    document_id: str, request: Request, response: Response, collection: CollectionDep, ingests: IngestsDep
) -> IngestCreated:
    """Replace a document's content by the body, or by the one file of a form; its id, name and metadata stay.

    The old content is cited until the new one is committed.
    """
    record = await anyio.to_thread.run_sync(collection.store.document, document_id)
    if record.source.startswith("/"):
        raise errors.UsageError(
            f"'{record.source}' was read from a file on the server's machine.",
            remedy="Change that file, and run `vouch ingest` again.",
            field="document_id",
        )
    async with receiving(request, collection, ingests) as staging:
        received, metadata = await receive_content(request, collection, record, staging)
        job = Job(collection, staging, [received], metadata, replaces=record.document_id)
        return await begin(request, response, job, ingests)


async def receive_content(
    request: Request, collection: Collection, record: DocumentRecord, staging: Staging
) -> tuple[ReceivedFile, Metadata]:
    """Read a document's new content, and the metadata of a form that has some.

    Raises:
        RefusedRequest: It cannot be taken.
        StorageFull: There is no space left.
        ClientGone: The client has left.
    """
    settings = collection.settings
    content_type = request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/"):
        form = Form(content_type, staging, file_max_bytes=settings.file_max_bytes, max_files=1)
        await receive_form(request, form, settings.upload_max_bytes)
        metadata = read_metadata(form.fields)
        require_metadata(metadata)
        if not form.files:
            raise malformed("it holds no file", field=FILES_FIELD)
        (received,) = form.files
        received.source = record.source
        return received, metadata
    received = ReceivedFile(record.source)
    staging.begin_file(PurePosixPath(record.source).suffix)
    async for data in body_of(request, settings.upload_max_bytes):
        received.size_bytes += len(data)
        received.too_large = received.size_bytes > settings.file_max_bytes
        if not received.too_large:
            await anyio.to_thread.run_sync(staging.write, data)
    staging.end_file()
    return received, {}
