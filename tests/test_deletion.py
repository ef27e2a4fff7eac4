"""Deleting documents: damaged ones, too, without an index, and never one whose file is there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import create_app
from rag import index
from rag.cli import main
from rag.collection import Collection
from rag.config import Settings
from rag.errors import CollectionDamaged, DocumentNotFound
from rag.ingesting import Progress
from rag.snapshots import INDEX_FOLDER
from rag.types import DamagedDocument
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
MARS = "Mars has two moons, Phobos and Deimos."
DAMAGE: dict[str, object] = {
    "source": "docs/marz.txt",
    "title": "Marz",
    "revision": "sha256:00",
    "metadata": "{",
    "reader": "nobody/1",
    "size_bytes": 1,
    "characters": 1,
    "chunks": 7,
    "added_at": "never",
    "generation": 99,
    "checksum": b"",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "moons.txt").write_text(MOONS, encoding="utf-8")
    (folder / "mars.txt").write_text(MARS, encoding="utf-8")
    return folder


@pytest.fixture
def collection(folder: Path) -> Iterator[Collection]:
    settings = Settings(home=folder.parent / ".vouch", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([folder])
        yield collection
        assert [finding for finding in collection.check(full=True) if not finding.ok] == []


def damage(collection: Collection, column: str) -> None:
    """Change one column of the record of ``docs/mars.txt`` behind the store's back."""
    with closing(sqlite3.connect(collection.store.folder / "store.db")) as connection, connection:
        connection.execute(f"UPDATE documents SET {column} = ? WHERE source = 'docs/mars.txt'", (DAMAGE[column],))


def sources(collection: Collection) -> list[str]:
    return [record.source for record in collection.documents()]


def found(collection: Collection, question: str) -> set[str]:
    return {passage.source for passage in asyncio.run(collection.search(question)).passages}


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("column", DAMAGE)
def test_the_remedy_named_for_a_damaged_record_can_be_followed(
    collection: Collection, folder: Path, column: str, live: bool
) -> None:
    document_id = collection.document("docs/mars.txt").document_id
    if live:
        collection.snapshot()
    damage(collection, column)
    with pytest.raises(CollectionDamaged) as caught:
        collection.documents()
    assert caught.value.remedy == "Delete this document and ingest its file again."
    named = DamagedDocument(document_id, "docs/marz.txt" if column == "source" else "docs/mars.txt")
    assert repr(named.source) in caught.value.message
    assert collection.delete(named.source if live else document_id) == named
    assert sources(collection) == ["docs/moons.txt"]
    collection.ingest([folder])
    assert sources(collection) == ["docs/mars.txt", "docs/moons.txt"]
    assert found(collection, "Which moons has Mars?") == {"docs/mars.txt", "docs/moons.txt"}


def test_deleting_another_document_is_done_though_one_is_damaged(collection: Collection) -> None:
    document_id = collection.document("docs/moons.txt").document_id
    damage(collection, "title")
    with pytest.raises(CollectionDamaged):
        collection.delete("moons.txt")  # an end of a source: which documents end so cannot be told
    assert collection.delete("docs/moons.txt").document_id == document_id
    assert not collection.store.has(document_id)
    collection.delete("docs/mars.txt")


def test_a_deletion_that_is_done_is_no_error_for_what_is_damaged_elsewhere(
    collection: Collection, folder: Path
) -> None:
    collection.snapshot()
    (folder / "mars.txt").write_text(MARS + " Both are small.", encoding="utf-8")
    collection.ingest([folder])
    with closing(sqlite3.connect(collection.store.folder / "store.db")) as connection, connection:
        (mars,) = connection.execute("SELECT document_id FROM documents WHERE source = 'docs/mars.txt'").fetchone()
        connection.execute("UPDATE chunks SET embedded = 'Marz' WHERE document_id = ?", (mars,))
    collection.delete("docs/moons.txt")
    with pytest.raises(CollectionDamaged):
        collection.snapshot()
    collection.delete(mars)
    assert sources(collection) == []


def test_a_damaged_document_is_deleted_over_http(collection: Collection) -> None:
    document_id = collection.document("docs/mars.txt").document_id
    damage(collection, "title")
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address) as client:
        assert client.get("/v1/documents").json()["code"] == "collection_damaged"
        assert client.delete("/v1/documents/docs%2Fmars.txt").status_code == 404
        assert client.delete(f"/v1/documents/{document_id}").status_code == 204
        assert client.get("/v1/documents").json()["total"] == 1
        assert client.delete(f"/v1/documents/{document_id}").status_code == 404


def test_a_damaged_document_is_deleted_on_the_command_line(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(collection.settings.home.parent)
    document_id = collection.document("docs/mars.txt").document_id
    damage(collection, "title")
    with pytest.raises(SystemExit) as ended:
        main(["delete", "docs/mars.txt", "docs/moons.txt", "--json"])
    assert ended.value.code == 0
    mars, moons = json.loads(capsys.readouterr().out)["deleted"]
    assert mars == {"document_id": document_id, "source": "docs/mars.txt"}
    assert (moons["source"], moons["title"]) == ("docs/moons.txt", "Saturn has 274 known moons.")


def test_a_file_that_is_back_when_the_others_are_read_is_not_pruned(collection: Collection, folder: Path) -> None:
    (folder / "mars.txt").unlink()
    (folder / "new.txt").write_text("Venus has none.", encoding="utf-8")

    def save_anew(progress: Progress) -> None:
        (folder / "mars.txt").write_text(MARS, encoding="utf-8")

    assert collection.ingest([folder], prune=True, on_progress=save_anew).removed == ()
    assert sources(collection) == ["docs/mars.txt", "docs/moons.txt", "docs/new.txt"]


def test_what_somebody_else_has_deleted_meanwhile_does_not_stand_in_the_way_of_the_others(
    collection: Collection,
) -> None:
    mars, moons = collection.documents()
    collection.delete("docs/mars.txt")
    assert collection.delete_all([mars, moons]) == [moons]
    assert sources(collection) == []
    with pytest.raises(DocumentNotFound):
        collection.delete("docs/mars.txt")


def test_deleting_makes_no_index_and_leaves_no_saved_one(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.snapshot, "ON_DISK_FROM_ROWS", 1)
    collection.snapshot()
    saved = collection.store.folder / INDEX_FOLDER
    assert list(saved.iterdir()) != []
    made: list[object] = []
    with Collection.open(settings=collection.settings, embedder=HashEmbedder()) as another:
        monkeypatch.setattr(index, "build", lambda *rows, **options: made.append(rows))
        another.delete("docs/mars.txt")
    assert made == []
    assert list(saved.iterdir()) == []
    monkeypatch.undo()


def test_an_index_that_a_document_was_deleted_from_while_it_was_built_is_not_kept(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.snapshot, "ON_DISK_FROM_ROWS", 1)
    build = index.build

    def build_slowly(*rows: Any, **options: Any) -> Any:
        built = build(*rows, **options)
        deleting = threading.Thread(target=another.delete, args=("docs/mars.txt",))
        deleting.start()
        deleting.join()
        return built

    with Collection.open(settings=collection.settings, embedder=HashEmbedder()) as another:
        monkeypatch.setattr(index, "build", build_slowly)
        collection.snapshot()
        assert sources(another) == ["docs/moons.txt"]
    monkeypatch.undo()
    assert list((collection.store.folder / INDEX_FOLDER).iterdir()) == []


def test_deleting_waits_for_no_new_index_and_the_next_question_finds_the_rest(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(collection, "Which moons has Mars?") == {"docs/mars.txt", "docs/moons.txt"}
    built: list[object] = []
    build = index.build
    monkeypatch.setattr(index, "build", lambda *rows, **options: built.append(rows) or build(*rows, **options))
    collection.delete("docs/mars.txt")
    assert built == []
    assert found(collection, "Which moons has Mars?") == {"docs/moons.txt"}
    assert len(built) == 1


def test_a_text_goes_out_under_its_own_revision(collection: Collection, folder: Path) -> None:
    record = collection.document("docs/mars.txt")
    look = collection.document

    def look_and_replace(document: str) -> object:
        seen = look(document)
        (folder / "mars.txt").write_text("Mars has none.", encoding="utf-8")
        with Collection.open(settings=collection.settings, embedder=HashEmbedder()) as another:
            another.ingest([folder])
        return seen

    collection.document = look_and_replace  # type: ignore[method-assign, assignment]
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address) as client:
        answer = client.get(f"/v1/documents/{record.document_id}/text")
    assert (answer.text, answer.headers["x-vouch-revision"]) == (MARS, record.revision)
    assert look("docs/mars.txt").revision != record.revision
