"""Who may reach the server, and what a browser may make of what it says."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import errors

LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
"""What a request's ``Host`` may be."""

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
