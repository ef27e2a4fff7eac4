"""Texts to upload, and a client's steps: send them, wait until they are in, see what is left of them."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from rag import Collection

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
MARS = "Mars has 2 known moons. They are called Phobos and Deimos."
LONG = "\n\n".join(
    f"Paragraph {number} tells of the moon number {number} and its long way. " * 8 for number in range(900)
)
"""More than one slice of chunks, so that progress is told within it."""


def upload(client: httpx.Client, *files: tuple[str, str | bytes], **form: str) -> httpx.Response:
    """Upload files, each a name and a content."""
    sent = [("files", (name, text if isinstance(text, bytes) else text.encode())) for name, text in files]
    return client.post("/v1/documents", files=sent, data=form)


def wait_for(client: httpx.Client, response: httpx.Response) -> dict[str, object]:
    """Return an ingest once it is over."""
    assert response.status_code == 202, response.text
    until = time.monotonic() + 20
    while time.monotonic() < until:
        shown = client.get(response.headers["location"]).json()
        if shown["finished_at"]:
            return shown
        time.sleep(0.02)
    raise AssertionError("the ingest does not end")


def add(client: httpx.Client, *files: tuple[str, str | bytes], **form: str) -> dict[str, str]:
    """Upload files and return the ids of the documents, by source."""
    shown = wait_for(client, upload(client, *files, **form))
    assert shown["state"] == "done"
    return shown["report"]["document_ids"]


def left_over(collection: Collection) -> list[Path]:
    """Return what uploads have left below the collection's folder."""
    return list((collection.store.folder / "incoming").glob("*"))
