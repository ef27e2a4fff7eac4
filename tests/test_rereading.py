"""What an earlier version of Vouch has read is told of, and read again from the file that is kept of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import typer.testing

import rag.collection.workers
from rag.cli.app import make_app
from rag.collection import Collection
from rag.config import Settings
from rag.store import DATABASE_FILE
from tests.fakes.embedder import HashEmbedder
from tests.test_hostile_archives import record

MOONS = "# Moons\n\nSaturn has 274 known moons."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Where a collection holds one document that was added and is outdated, and that has metadata set by hand."""
    settings = Settings(home=tmp_path / "home")
    (tmp_path / "upload").write_text(MOONS, encoding="utf-8")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.add([(tmp_path / "upload", "moons.md")], metadata={"client": "Acme"})
    (tmp_path / "upload").unlink()
    make_outdated(settings)
    return settings


@pytest.fixture
def collection(settings: Settings) -> Iterator[Collection]:
    with Collection.open(settings=settings, embedder=HashEmbedder()) as collection:
        yield collection


def make_outdated(settings: Settings) -> None:
    """Make it as if an earlier version had read all documents, under another title."""
    database = settings.home / "collections" / "default" / DATABASE_FILE
    with closing(sqlite3.connect(database)) as connection, connection:
        record(reader="text/0", title="As it was")(connection)


def readers(collection: Collection) -> list[str]:
    """Return what is told of outdated documents."""
    return [found.detail for found in collection.check() if found.check == "readers"]


def test_an_added_document_is_read_again_from_its_kept_file_and_keeps_what_was_set(collection: Collection) -> None:
    before = collection.document("moons.md")
    assert readers(collection) == ["documents read by an earlier version: 1 added: --repair reads them again"]
    report = collection.read_again()
    assert (report.replaced, report.refused) == (("moons.md",), ())
    after = collection.document("moons.md")
    assert (before.title, after.title) == ("As it was", "Moons")
    assert (after.document_id, after.revision) == (before.document_id, before.revision)
    assert after.metadata["client"] == "Acme"
    assert collection.read_original("moons.md") == MOONS.encode()
    assert readers(collection) == []
    assert [found for found in collection.check(full=True) if not found.ok] == []
    assert collection.read_again().replaced == ()


def test_a_kept_file_that_is_damaged_does_not_take_the_place_of_what_was_read(collection: Collection) -> None:
    collection.original("moons.md").path.write_text(MOONS.replace("274", "275"), encoding="utf-8")
    assert collection.read_again().replaced == ()
    assert "274" in collection.text(collection.document("moons.md").document_id)


def test_what_was_ingested_where_it_lies_is_told_of_and_left_to_the_next_ingest(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    (tmp_path / "moons.md").write_text(MOONS, encoding="utf-8")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "moons.md"])
        make_outdated(settings)
        assert collection.read_again().replaced == ()
        assert "1 ingested where they lie: the next `vouch ingest` of them does" in readers(collection)[0]
        assert collection.ingest([tmp_path / "moons.md"]).replaced == ("moons.md",)
        assert readers(collection) == []


def test_the_command_that_repairs_reads_them_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.collection.workers, "load_embedder", lambda settings: HashEmbedder())
    run = typer.testing.CliRunner().invoke(make_app(), ["doctor", "--repair", "--home", str(settings.home)])
    assert "Documents read again that an earlier version had read: 1." in run.stderr
    with Collection.open(settings=settings, embedder=HashEmbedder()) as collection:
        assert collection.document("moons.md").title == "Moons"
