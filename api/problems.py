"""Errors -> RFC 9457 ``application/problem+json``, each with our stable code."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, field_validator
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from rag import errors

logger = logging.getLogger("vouch.api")

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1

STATUS: dict[type[errors.VouchError], int] = {
    errors.UsageError: 422,
    errors.NotFoundError: 404,
    errors.SourceError: 422,
    errors.CollectionLocked: 409,
    errors.CollectionExists: 409,
    errors.EmbedderMismatch: 409,
    errors.NothingIndexed: 409,
    errors.SchemaTooNew: 409,
    errors.StorageFull: 507,
    errors.CollectionError: 503,
    errors.EmbedderError: 503,
    errors.VerifierError: 503,
    errors.ModelTimeout: 504,
    errors.ModelRejected: 502,
    errors.ModelReplyBroken: 502,
    errors.ModelError: 503,
    errors.SampleError: 422,
    errors.BusyError: 503,
    errors.DeadlineExceeded: 503,
    errors.VouchError: 500,
}
"""Status by error class; the nearest ancestor counts."""


SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a pair: JSON can write it, UTF-8 cannot."""


def replace_surrogates(text: str) -> str:
    """Return a text with the replacement character for each half of a surrogate pair; places stay the same."""
    return SURROGATE.sub("\ufffd", text)


class Problem(BaseModel):
    """An error, as RFC 9457 has it, with our code, the field it is about, and the remedy."""

    type: str = Field(default="about:blank", description="Always about:blank: `code` tells errors apart.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, for a person.")
    code: str = Field(description="Stable code of the error.", examples=["bad_question"])
    field: str = Field(default="", description="The input it is about; empty where it is about none.")
    remedy: str = Field(default="", description="What to do about it.")

    @field_validator("title", "detail", "code", "field", "remedy", mode="before")
    @classmethod
    def make_encodable(cls, text: str) -> str:
        """Replace what UTF-8 cannot hold: an error may name what the client sent."""
        return replace_surrogates(text)


class RefusedRequest(Exception):
    """A request that HTTP itself has a status for: its body is too large, or of a type that is not taken.

    Attributes:
        problem: What the client is told.
    """

    def __init__(self, status: int, code: str, detail: str, *, field: str = "", remedy: str = "") -> None:
        """Take the status, the stable code and what is said."""
        super().__init__(detail)
        self.problem = Problem(
            title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, field=field, remedy=remedy
        )


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request cannot be answered as it is.", "content": {MEDIA_TYPE: {}}, "model": Problem},
    "5XX": {"description": "The answer failed.", "content": {MEDIA_TYPE: {}}, "model": Problem},
}


def status_of(error: errors.VouchError) -> int:
    """Return the HTTP status of one of our errors."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def describe_error(error: errors.VouchError) -> Problem:
    """Return the problem document of one of our errors."""
    status = status_of(error)
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.message,
        code=error.code,
        field=error.field,
        remedy=error.remedy,
    )


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    return JSONResponse(problem.model_dump(), problem.status, headers, MEDIA_TYPE)


async def handle_vouch_error(request: Request, error: Exception) -> JSONResponse:
    """Answer with one of our errors."""
    assert isinstance(error, errors.VouchError)
    busy = isinstance(error, errors.BusyError | errors.ModelUnavailable | errors.CollectionLocked)
    return problem_response(describe_error(error), {"Retry-After": str(RETRY_AFTER_S)} if busy else None)


async def handle_refused_request(request: Request, error: Exception) -> JSONResponse:
    """Answer a request that cannot be taken; the connection is closed, since its body may not have been read."""
    assert isinstance(error, RefusedRequest)
    return problem_response(error.problem, {"Connection": "close"})


async def handle_validation_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a body or parameter that is not of the schema, naming the first field; input is not echoed."""
    assert isinstance(error, RequestValidationError)
    first: Mapping[str, Any] = next(iter(error.errors()), {})
    place: Sequence[object] = [part for part in first.get("loc", ()) if part not in ("body", "query", "path")]
    field = ".".join(str(part) for part in place)
    detail = f"{field}: {first.get('msg', 'invalid')}" if field else str(first.get("msg", "invalid"))
    problem = Problem(title="Unprocessable Content", status=422, detail=detail, code="bad_request", field=field)
    return problem_response(problem)


async def handle_http_exception(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses: unknown routes and methods."""
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_")
    problem = Problem(title=phrase, status=error.status_code, detail=str(error.detail), code=code)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (allowed := methods_of(request)):
        headers["Allow"] = ", ".join(allowed)  # the framework names those of one route only
    return problem_response(problem, headers)


def methods_of(request: Request) -> list[str]:
    """Return the methods that a request's path can be asked for with, whichever routes take them, ascending."""
    routes = [route for route in request.app.router.routes if not isinstance(route, Mount)]
    return [
        method
        for method in sorted(HTTPMethod)
        if any(route.matches({**request.scope, "method": method.value})[0] is Match.FULL for route in routes)
    ]


async def handle_unexpected(request: Request, error: Exception) -> JSONResponse:
    """Answer our own mistake without showing its text; the log has it."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem_response(describe_mistake())


def describe_mistake() -> Problem:
    """Return the problem document of our own mistake, which shows nothing of it."""
    return Problem(
        title="Internal Server Error",
        status=500,
        detail="The server made a mistake; its log says which.",
        code="internal",
    )


def add_handlers(app: FastAPI) -> None:
    """Let every error leave as a problem document."""
    app.add_exception_handler(errors.VouchError, handle_vouch_error)
    app.add_exception_handler(RefusedRequest, handle_refused_request)
    app.add_exception_handler(RequestValidationError, handle_validation_error)
    app.add_exception_handler(HTTPException, handle_http_exception)
    app.add_exception_handler(Exception, handle_unexpected)
