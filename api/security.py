"""Who may reach the server, and what a browser may make of what it says."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, problem_response
from rag import errors

LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
"""What a request's ``Host`` may be."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""

SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a page of ours may load: its own files, and nothing that a document or a model wrote."""

PAGE_HEADERS = {"Content-Security-Policy": PAGE_POLICY, "Referrer-Policy": "no-referrer"}


class SafetyHeaders:
    """Tells browsers to make nothing of a response but its data."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and put the headers into its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFETY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class OwnOrigin:
    """Refuses what a foreign page makes a browser send to change something (cross-site request forgery).

    A browser says itself where a request comes from: by ``Sec-Fetch-Site``, which no page can set, and where that is
    missing by ``Origin``. A request with neither comes from a program, which a page cannot drive. The rules are those
    of Go's ``net/http.CrossOriginProtection``.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it comes from a foreign page."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and is_foreign(Headers(scope=scope)):
            problem = Problem(
                title="Forbidden",
                status=403,
                detail="The request comes from another page than the server's own.",
                code="foreign_origin",
                remedy="Send it from the server's own page, or from a program.",
            )
            await problem_response(problem, {"Connection": "close"})(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_foreign(headers: Headers) -> bool:
    """Tell whether a browser sends a request for another page than ours."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    # Without the scheme: a proxy before the server may speak another one.
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def require_loopback(host: str) -> None:
    """Refuse to serve anyone but this machine, since there are no keys yet.

    Raises:
        ConfigError: `host` is not an address of this machine's loopback.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise errors.ConfigError(
            f"Setting 'host' has the value {host!r}: the server answers this machine only, since it has no keys yet.",
            remedy="Use 127.0.0.1, and a proxy that authenticates if others must reach it.",
            field="host",
        )
