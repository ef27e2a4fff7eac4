"""A full disk stops what has to write, and nothing else; nothing is lost by it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.collection import Collection, create_collection, delete_collection, describe_collections
from rag.config import Settings
from rag.errors import StorageFull
from rag.types import Answer, Answered
from tests.fakes.disks import filled_up, may_mount, small_disk
from tests.fakes.embedder import HashEmbedder

pytestmark = pytest.mark.skipif(not may_mount(), reason="no small disk can be mounted here")

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
QUESTION = "How many known moons has Saturn?"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 2048):
        yield tmp_path / "disk"


@pytest.fixture
def settings(disk: Path) -> Settings:
    """The settings of a collection on that disk, which holds one document."""
    settings = Settings(home=disk / ".vouch", risk=1.0)
    (disk / "moons.txt").write_text(MOONS, encoding="utf-8")
    with open_collection(settings) as collection:
        collection.ingest([disk / "moons.txt"])
    return settings


def open_collection(settings: Settings) -> Collection:
    return Collection.open(settings=settings, create=True, embedder=HashEmbedder())


def ask(collection: Collection) -> Answer:
    async def asking() -> Answer:
        async with collection.ask(QUESTION) as events:
            found = [event async for event in events]
        assert isinstance(found[-1], Answered)
        return found[-1].answer

    return asyncio.run(asking())


def sources(settings: Settings) -> list[str]:
    with open_collection(settings) as collection:
        assert [finding for finding in collection.check(full=True) if not finding.ok] == []
        return [record.source for record in collection.documents()]


def test_a_full_disk_is_read_and_asked(disk: Path, settings: Settings) -> None:
    with filled_up(disk), open_collection(settings) as collection:
        assert [record.source for record in collection.documents()] == ["moons.txt"]
        answer = ask(collection)
    assert "274" in answer.text
    assert "The answer was not stored" in " ".join(answer.warnings)


def test_a_collection_read_on_a_full_disk_is_kept_from_other_processes(disk: Path, settings: Settings) -> None:
    path = settings.home / "collections" / "default" / "store.db"
    other = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0.1).execute('SELECT * FROM documents')"
    with filled_up(disk), open_collection(settings):
        run = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=False)
    assert "database is locked" in run.stderr


def test_what_a_full_disk_cannot_take_out_stays_whole(disk: Path, settings: Settings) -> None:
    with filled_up(disk), open_collection(settings) as collection, pytest.raises(StorageFull, match="Free some space"):
        collection.delete("moons.txt")
    assert sources(settings) == ["moons.txt"]


def test_the_saved_index_makes_room_to_delete(disk: Path, settings: Settings) -> None:
    saved = settings.home / "collections" / "default" / "index" / "1-0123456789abcdef.index"
    saved.parent.mkdir(mode=0o700)
    saved.write_bytes(bytes(600_000))
    with filled_up(disk), open_collection(settings) as collection:
        assert collection.delete("moons.txt").source == "moons.txt"
        assert not saved.exists()
    assert sources(settings) == []


def test_a_collection_with_its_answers_can_be_deleted_on_a_full_disk(disk: Path, settings: Settings) -> None:
    with open_collection(settings) as collection:
        ask(collection)
    with filled_up(disk):
        delete_collection(settings, "default")
        assert describe_collections(settings.home) == []
    create_collection(settings, "default", embedder=HashEmbedder())
    with open_collection(settings) as collection:
        assert collection.archive.answers(limit=9) == []
