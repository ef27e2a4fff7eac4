"""A history that is damaged: found by an examination, and told of where a deletion cannot clean it."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from api import create_app
from rag import index
from rag.cli import main
from rag.collection import Collection, check_history, delete_collection
from rag.config import Settings
from rag.errors import AnswersNotErased, CollectionLocked, CollectionNotFound, DocumentNotFound
from rag.snapshots import INDEX_FOLDER
from rag.types import Answered
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
MARS = "Mars has two moons, Phobos and Deimos."


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    (tmp_path / "moons.txt").write_text(MOONS, encoding="utf-8")
    (tmp_path / "mars.txt").write_text(MARS, encoding="utf-8")
    settings = Settings(home=tmp_path / ".vouch", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "moons.txt", tmp_path / "mars.txt"])
        asyncio.run(ask(collection))
        collection.archive.history.close()
        yield collection


async def ask(collection: Collection) -> None:
    async with collection.ask("How many known moons has Saturn?") as events:
        told = [event async for event in events]
    assert isinstance(told[-1], Answered)


def history_of(collection: Collection) -> Path:
    return collection.settings.home / "history.db"


def damage(collection: Collection, seek: int = 4096) -> None:
    """Overwrite a stretch of the history, as a failing disk may."""
    with history_of(collection).open("r+b") as file:
        file.seek(seek)
        file.write(random.Random(11).randbytes(9000))


def test_a_sound_history_and_one_that_has_not_begun_are_no_problem(collection: Collection, tmp_path: Path) -> None:
    assert check_history(collection.settings.home, full=True).ok
    assert check_history(tmp_path / "nowhere", full=True).ok
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("seek", [0, 4096, 8192, 16384])
def test_a_damaged_history_is_found_wherever_the_damage_is(collection: Collection, seek: int) -> None:
    damage(collection, seek)
    finding = check_history(collection.settings.home)
    assert (finding.check, finding.ok) == ("history", False)
    assert "Move it away to begin a new one; the documents are not concerned." in finding.detail


def test_a_stored_answer_that_is_not_as_it_was_is_found_by_the_full_examination(collection: Collection) -> None:
    with closing(sqlite3.connect(history_of(collection))) as connection, connection:
        connection.execute("UPDATE answers SET document = CAST(replace(document, '274', '275') AS BLOB)")
    assert check_history(collection.settings.home).ok
    finding = check_history(collection.settings.home, full=True)
    assert not finding.ok
    assert collection.archive.answers()[0].answer_id in finding.detail


def run(arguments: list[str], monkeypatch: pytest.MonkeyPatch, collection: Collection) -> int:
    monkeypatch.chdir(collection.settings.home.parent)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(str(ended.value.code))


def test_doctor_says_that_the_history_is_damaged(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rag.collection.workers.load_embedder", lambda settings: HashEmbedder())
    assert run(["doctor"], monkeypatch, collection) == 0
    damage(collection)
    capsys.readouterr()
    assert run(["doctor"], monkeypatch, collection) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("ok")]
    assert line.startswith("FAILED  history")
    assert "Move it away" in line


def test_a_deletion_that_cannot_clean_the_answers_says_that_the_document_is_gone(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(collection)
    assert run(["delete", "moons.txt", "mars.txt", "--json"], monkeypatch, collection) == 1
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == "answers_not_erased"
    assert (
        "What was deleted is gone; the stored answers could not be cleaned, and may hold its words" in told["message"]
    )
    assert told["remedy"].startswith("Move it away")
    assert collection.documents() == []  # all of those named, not only the first
    assert run(["delete", "moons.txt"], monkeypatch, collection) == 1
    assert "answers_not_erased" in capsys.readouterr().err  # it can be tried again until it is done
    history_of(collection).unlink()
    assert run(["delete", "moons.txt"], monkeypatch, collection) == 1
    assert "document_not_found" in capsys.readouterr().err


def test_a_deletion_that_cannot_clean_the_answers_is_told_over_http(collection: Collection) -> None:
    damage(collection)
    document_id = collection.document("moons.txt").document_id
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address) as client:
        for _ in range(2):
            response = client.delete(f"/v1/documents/{document_id}")
            assert (response.status_code, response.json()["code"]) == (503, "answers_not_erased")
        assert [each["source"] for each in client.get("/v1/documents").json()["documents"]] == ["mars.txt"]
        history_of(collection).unlink()
        assert client.delete(f"/v1/documents/{document_id}").status_code == 404


def test_what_is_not_deleted_is_not_said_to_be_gone(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(collection)
    monkeypatch.setattr("rag.collection.documents.CHANGE_TIMEOUT_S", 0.05)
    with collection.store.writer(), pytest.raises(CollectionLocked):
        collection.delete("moons.txt")
    assert len(collection.documents()) == 2


def test_a_failed_cleaning_leaves_no_saved_index_with_the_words(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.snapshot, "ON_DISK_FROM_ROWS", 1)
    collection.last_snapshot = None
    collection.snapshot()
    saved = collection.store.folder / INDEX_FOLDER
    assert list(saved.iterdir()) != []
    collection.last_snapshot = None  # as a command has it, which asks nothing
    damage(collection)
    with pytest.raises(AnswersNotErased):
        collection.delete("moons.txt")
    assert list(saved.iterdir()) == []
    with pytest.raises(DocumentNotFound):
        collection.document("moons.txt")


def test_a_collection_is_deleted_whose_answers_cannot_be_removed(collection: Collection) -> None:
    damage(collection)
    with pytest.raises(AnswersNotErased, match="What was deleted is gone"):
        delete_collection(collection.settings, "default")
    history_of(collection).unlink()
    with pytest.raises(CollectionNotFound):
        delete_collection(collection.settings, "default")
