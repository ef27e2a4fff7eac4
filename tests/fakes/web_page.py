"""The page of a server, in a browser that is watched: its collection, its drafter, and what a reader does there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, Page

from api import create_app
from api.limits import Gate
from rag import Collection, Settings
from rag.types import DraftEnd, DraftSentence
from tests.fakes.chromium import Watched, watched
from tests.fakes.drafter import ScriptedDrafter, Step
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

MOONS = (
    "Moons of the planets\n\nSaturn has 274 known moons.\n"
    "Titan is the largest moon of Saturn. It was discovered by Christiaan Huygens in 1655.\n"
)
QUESTION = "How many known moons has Saturn?"


@dataclass
class Open:
    """A page that is open, and what is behind it."""

    watched: Watched
    collection: Collection
    app: FastAPI
    gate: Gate
    address: str

    @property
    def page(self) -> Page:
        """The page itself."""
        return self.watched.page

    def script(self, *steps: Step | str) -> ScriptedDrafter:
        """Let the next answers be drafted so."""
        self.collection.drafter = drafter = ScriptedDrafter(*steps)
        return drafter

    def ask(self, question: str = QUESTION, *, wait: bool = True) -> Locator:
        """Ask a question and return its turn, once the answer is there."""
        turns = self.page.locator(".turn")
        before = turns.count()
        self.page.fill("#question", question)
        self.page.press("#question", "Enter")
        turn = turns.nth(before)
        turn.wait_for()
        if wait:
            turn.locator(".foot, .status").wait_for()
        return turn

    def focused(self) -> str:
        """Return what has the focus: its id, or its label."""
        found = self.page.evaluate(
            "document.activeElement.id || document.activeElement.getAttribute('aria-label') "
            "|| document.activeElement.textContent"
        )
        return str(found)

    def require_quiet(self) -> None:
        """Fail where the page complained, or asked anything of another server."""
        assert self.watched.complaints == []
        assert self.watched.outside(self.address) == []


def collect(folder: Path, files: dict[str, str], upload_max_bytes: int) -> Collection:
    """Return a collection of texts, by file name."""
    documents = folder / "documents"
    documents.mkdir()
    for name, text in files.items():
        (documents / name).write_text(text, encoding="utf-8")
    settings = Settings(home=folder / "home", risk=1.0, upload_max_bytes=upload_max_bytes)
    collection = Collection.open(settings=settings, create=True, embedder=HashEmbedder())
    collection.ingest([documents / name for name in files])
    return collection


@contextmanager
def opened(
    browser: Browser,
    folder: Path,
    files: dict[str, str] | None = None,
    *,
    path: str = "/",
    width: int = 1440,
    dark: bool = False,
    upload_max_bytes: int = 10_000_000,
) -> Iterator[Open]:
    """Serve a collection, and open its page."""
    with collect(folder, {"moons.txt": MOONS} if files is None else files, upload_max_bytes) as collection:
        gate = Gate()
        app = create_app(collection=collection, gate=gate)
        with serving(app) as address, watched(browser, address, width=width, dark=dark) as seen:
            seen.page.goto(path)
            seen.page.locator(".view:not([hidden])").first.wait_for()
            yield Open(seen, collection, app, gate, address)


def marked(text: str, *numbers: int) -> DraftSentence:
    """Return a drafted sentence with its markers."""
    return DraftSentence(text, numbers)


END = DraftEnd("complete")
