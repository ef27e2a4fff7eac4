"""The application and its server."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api import pages
from api.collections import OpenCollections
from api.ingesting import Ingests
from api.limits import UPLOADS, BodyLimit, Gate, LastWord
from api.problems import add_handlers
from api.routes import answers, asking, configuration, documents, evaluations, health, ingests, page, sources, uploads
from api.routes import collections as collection_routes
from api.security import LOOPBACK_HOSTS, OwnOrigin, SafetyHeaders, require_loopback
from api.streams import CLIENT_CLOSED_REQUEST, ClientGone
from rag import Collection, Settings, errors, load_settings

GRACE_S = 20
"""Seconds that answers under way have to finish when the server is told to stop."""

ROUTES = (
    asking,
    documents,
    uploads,
    ingests,
    collection_routes,
    answers,
    sources,
    evaluations,
    configuration,
    health,
    page,
)

DESCRIPTION = """Answers from your own documents: every sentence is cited to exact characters of its source file, each
citation is checked, and where the documents do not say, the answer says so. Errors are RFC 9457 problem documents with
a stable `code`."""


def create_app(
    settings: Settings | None = None,
    *,
    collection: Collection | None = None,
    gate: Gate | None = None,
    hosts: list[str] | None = None,
) -> FastAPI:
    """Make the application.

    Args:
        settings: Read from the environment and ``vouch.toml`` if None.
        collection: An open collection to serve; opened in the lifespan from the settings if None.
        gate: How many requests run and wait.
        hosts: Names that a request's ``Host`` may have; those of this machine if None, so that a foreign page
            cannot reach the server through a name of its own (DNS rebinding).
    """
    settings = settings or (collection.settings if collection else load_settings())
    collections = OpenCollections(settings, collection)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if collection is None:
            await anyio.to_thread.run_sync(collections.find_obstacles)
        yield
        await anyio.to_thread.run_sync(app.state.ingests.stop)
        if collection is None:
            await collections.close()

    app = FastAPI(
        title="Vouch",
        summary="Answers that vouch for every sentence.",
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        docs_url=None,  # its page is loaded from a CDN
        redoc_url=None,
    )
    app.state.collections = collections
    app.state.gate = gate or Gate()
    app.state.ingests = Ingests()
    app.state.uploads = Gate(running=UPLOADS, waiting=0, what="uploads are being received")
    add_handlers(app)
    app.add_exception_handler(ClientGone, handle_client_gone)
    for routes in ROUTES:
        app.include_router(routes.router)
    app.mount("/assets", page.Assets(directory=pages.FOLDER / "assets"), name="assets")
    app.add_middleware(SafetyHeaders)
    app.add_middleware(BodyLimit)
    app.add_middleware(OwnOrigin)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts or LOOPBACK_HOSTS)
    app.add_middleware(LastWord)
    return app


async def handle_client_gone(request: Request, error: Exception) -> Response:
    """Answer nobody; the status is for the log."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def serve(settings: Settings) -> None:
    """Serve until told to stop; the address is told on standard error once it is bound.

    Raises:
        ConfigError: The address is not one of this machine's, or is taken.
        CollectionNotFound: There is nothing to serve.
        CollectionError: The collection cannot be used.
    """
    import uvicorn

    Collection.open(settings=settings).close()
    config = uvicorn.Config(
        create_app(settings), log_level="warning", server_header=False, timeout_graceful_shutdown=GRACE_S
    )
    with bind(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        sys.stderr.write(f"Serving the collection '{settings.collection}' at http://{shown}:{port} (Ctrl-C stops)\n")
        sys.stderr.flush()
        uvicorn.Server(config).run(sockets=[listener])


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address of this machine; port 0 takes a free one.

    Raises:
        ConfigError: The address is not one of this machine's, or is taken.
    """
    require_loopback(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise errors.ConfigError(
            f"Setting 'port' has the value {port}: {host}:{port} cannot be bound ({error.strerror}).",
            remedy="Choose another with --port; 0 takes a free one.",
            field="port",
        ) from None
