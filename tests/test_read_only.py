"""A home that may only be read is read, and what another one writes there is seen; nothing is kept, which is said."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api import create_app
from rag.collection import Collection, check_history
from rag.config import Settings
from rag.errors import CollectionError, DocumentNotFound
from rag.types import Answer, Answered
from tests.fakes.disks import may_mount, read_only, small_disk
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

pytestmark = pytest.mark.skipif(not may_mount(), reason="nothing can be mounted here")

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
MARS = "Mars has two moons, Phobos and Deimos."
QUESTION = "How many known moons has Saturn?"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with a collection of two documents and one answer, which nobody has open."""
    with small_disk(tmp_path / "disk", 4096):
        disk = tmp_path / "disk"
        (disk / "moons.txt").write_text(MOONS, encoding="utf-8")
        (disk / "mars.txt").write_text(MARS, encoding="utf-8")
        with open_collection(disk) as collection:
            collection.ingest([disk / "moons.txt", disk / "mars.txt"])
            asyncio.run(ask(collection))
        yield disk


def open_collection(disk: Path) -> Collection:
    return Collection.open(settings=Settings(home=disk / ".vouch", risk=1.0), create=True, embedder=HashEmbedder())


async def ask(collection: Collection) -> Answer:
    async with collection.ask(QUESTION) as events:
        told = [event async for event in events]
    assert isinstance(told[-1], Answered)
    return told[-1].answer


@contextmanager
def view(disk: Path) -> Iterator[Path]:
    """Show a disk at another place, where it may only be read; as a container is given one."""
    place = disk.with_name("view")
    place.mkdir()
    subprocess.run(["mount", "--bind", str(disk), str(place)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def sources(collection: Collection) -> list[str]:
    return [record.source for record in collection.documents()]


def test_a_home_that_may_only_be_read_is_asked_and_the_answer_is_not_kept(disk: Path) -> None:
    with read_only(disk), open_collection(disk) as collection:
        assert sources(collection) == ["mars.txt", "moons.txt"]
        answer = asyncio.run(ask(collection))
        assert "274" in answer.text
        (warning,) = [each for each in answer.warnings if "was not stored" in each]
        assert "readonly database" in warning
        assert len(collection.archive.answers()) == 1
        assert asyncio.run(collection.search(QUESTION)).passages[0].source == "moons.txt"
        assert all(finding.ok for finding in collection.check(full=True))
        assert check_history(disk / ".vouch", full=True).ok
    assert list((disk / ".vouch").rglob("*-shm")) == []


def test_what_would_change_such_a_home_is_refused(disk: Path) -> None:
    with read_only(disk), open_collection(disk) as collection:
        for change in (lambda: collection.delete("moons.txt"), lambda: collection.ingest([disk / "moons.txt"])):
            with pytest.raises(CollectionError, match="Read-only file system"):
                change()
        assert sources(collection) == ["mars.txt", "moons.txt"]


def test_such_a_home_is_served(disk: Path) -> None:
    with read_only(disk), open_collection(disk) as collection:
        app = create_app(collection=collection)
        with serving(app) as address, httpx.Client(base_url=address, timeout=20) as client:
            assert client.get("/readyz").status_code == 200
            assert "274" in client.post("/v1/ask", json={"question": QUESTION}).json()["text"]
            refused = client.post("/v1/documents", files=[("files", ("a.txt", b"A text."))])
            assert (refused.status_code, refused.json()["code"]) == (503, "collection")


@pytest.mark.parametrize("open_before", [False, True])
def test_what_another_one_deletes_is_not_cited_by_who_may_only_read(disk: Path, open_before: bool) -> None:
    with view(disk) as place:
        if open_before:  # its files beside the database are there from the beginning
            with open_collection(disk) as owner, open_collection(place) as reader:
                delete_and_ask(owner, reader)
        else:
            with open_collection(place) as reader:
                assert "274" in asyncio.run(ask(reader)).text
                with open_collection(disk) as owner:
                    delete_and_ask(owner, reader)
                assert sources(reader) == ["mars.txt"]


def delete_and_ask(owner: Collection, reader: Collection) -> None:
    assert "274" in asyncio.run(ask(reader)).text
    owner.delete("moons.txt")
    assert sources(reader) == ["mars.txt"]
    assert "274" not in asyncio.run(ask(reader)).text
    with pytest.raises(DocumentNotFound):
        reader.document("moons.txt")


def test_what_stands_in_the_log_of_one_that_was_killed_is_read_or_the_file_refused(disk: Path) -> None:
    folder = Path(".vouch", "collections", "default")
    with open_collection(disk) as collection, collection.store.pinned():
        collection.delete("moons.txt")  # who reads keeps the log from being emptied
        assert (disk / folder / "store.db-wal").stat().st_size > 0
        shutil.copytree(disk, disk / "killed")
    with read_only(disk), open_collection(disk / "killed") as killed:
        assert sources(killed) == ["mars.txt"]
    (disk / "killed" / folder / "store.db-shm").unlink()
    with read_only(disk), pytest.raises(CollectionError, match="cannot be used"):
        open_collection(disk / "killed")
