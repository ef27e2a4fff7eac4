"""A real browser to click in: Chromium, driven by Playwright, that notes what a page asks for and complains of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.fakes.browser import CHROMIUM


class Watched:
    """A page, and all that it let go by.

    Attributes:
        page: The page.
        complaints: What it wrote to the console, and errors that nothing caught.
        requested: The address of each request it made.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requested: list[str] = []
        page.on("console", self.note_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self.note_request)

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def note_request(self, request: Request) -> None:
        self.requested.append(request.url)

    def outside(self, origin: str) -> list[str]:
        """Return the addresses asked for that are not of an origin."""
        return [url for url in self.requested if not url.startswith((origin, "data:", "blob:"))]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(
    browser: Browser, address: str, *, width: int = 1440, height: int = 900, dark: bool = False, script: bool = True
) -> Iterator[Watched]:
    """Open a page that has seen nothing yet; what it asks for is relative to `address`."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        java_script_enabled=script,
        has_touch=width < 500,
    )
    try:
        context.set_default_timeout(15_000)
        yield Watched(context.new_page())
    finally:
        context.close()
