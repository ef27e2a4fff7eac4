"""Whole collections: listed, made, deleted, exported while others work, imported once all is checked."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from rag.collection import (
    Collection,
    create_collection,
    delete_collection,
    describe_collections,
    export_collection,
    import_collection,
    list_collections,
)
from rag.collection import exporting as exporting_module
from rag.config import Settings
from rag.errors import (
    ArchiveError,
    CollectionError,
    CollectionLocked,
    CollectionNotFound,
    ConfigError,
    SchemaTooNew,
    UsageError,
)
from rag.store import Store
from rag.types import Answer, Answered
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

ROOT = Path(__file__).parents[1]
MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
SECRET = "The launch code of Saturn is xyzzy-4711."
QUESTION = "How many known moons has Saturn?"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / ".vouch", risk=1.0)


@pytest.fixture
def filled(settings: Settings, tmp_path: Path) -> Settings:
    """A collection with one kept file and one that is not."""
    path = tmp_path / "moons.txt"
    path.write_text(MOONS, encoding="utf-8")
    with open_named(settings, "default") as collection:
        collection.ingest([path])
        collection.add([(path, "kept/moons.md")], metadata={"lang": "en"})
    return settings


def open_named(settings: Settings, name: str) -> Collection:
    return Collection.open(None, name, settings=settings, create=True, embedder=HashEmbedder())


def ask(collection: Collection, question: str = QUESTION) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question) as events:
            last = [event async for event in events][-1]
        assert isinstance(last, Answered)
        return last.answer

    return asyncio.run(run())


def contents(settings: Settings, name: str) -> dict[str, tuple[object, ...]]:
    """Everything that a collection knows of its documents, by source."""
    with Collection.open(None, name, settings=settings, embedder=HashEmbedder()) as collection:
        assert [found for found in collection.check(full=True) if not found.ok] == []
        return {
            record.source: (
                record,
                collection.text(record.document_id),
                collection.store.locators(record.document_id),
                [row.vector.tobytes() for row in collection.store.rows()],
                collection.store.kept(record.document_id),
            )
            for record in collection.documents()
        }


# Listing, making, deleting


def test_collections_are_told_of_with_what_they_hold(filled: Settings) -> None:
    create_collection(filled, "empty", embedder=HashEmbedder())
    broken = filled.home / "collections" / "broken"
    broken.mkdir()
    (broken / "store.db").write_bytes(b"nothing")
    found = {each.name: each for each in describe_collections(filled.home)}
    assert list(found) == ["broken", "default", "empty"]
    assert (found["default"].documents, found["default"].embedder, found["default"].problem) == (2, "hash", "")
    assert found["default"].changed_at is not None
    assert found["default"].size_bytes > len(MOONS)
    assert (found["empty"].documents, found["empty"].changed_at) == (0, None)
    assert (found["broken"].documents, found["broken"].problem) == (None, "collection_damaged")


def test_a_collection_is_not_made_over_another(filled: Settings) -> None:
    before = contents(filled, "default")
    with pytest.raises(CollectionError, match="exists already"):
        create_collection(filled, "default", embedder=HashEmbedder())
    assert contents(filled, "default") == before


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/tmp/x", "a/b", "a\\b", ".x", "x" * 65, "a\x00b", "a\n", "é"])
def test_a_name_that_is_no_name_is_refused_everywhere(filled: Settings, tmp_path: Path, name: str) -> None:
    file = tmp_path / "out.vouch"
    export_collection(filled, "default", file)
    doings: list[Callable[[], object]] = [
        lambda: create_collection(filled, name or "/", embedder=HashEmbedder()),
        lambda: delete_collection(filled, name or "/"),
        lambda: export_collection(filled, name or "/", tmp_path / "other.vouch"),
        lambda: import_collection(filled, file, name or "/"),
    ]
    before = sorted(tmp_path.rglob("*"))
    for doing in doings:
        with pytest.raises(ConfigError):
            doing()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_deleted_collection_leaves_nothing_of_its_text(filled: Settings) -> None:
    with open_named(filled, "default") as collection:
        assert "274" in ask(collection).text
    with open_named(filled, "other") as collection:
        collection.add([(filled.home.parent / "moons.txt", "moons.txt")])
        other = ask(collection)
    (filled.home.parent / "moons.txt").unlink()
    delete_collection(filled, "default")
    assert list_collections(filled.home) == ["other"]
    assert [path.name for path in (filled.home / "collections").iterdir()] == ["other"]
    with open_named(filled, "other") as collection:
        assert collection.archive.answer(other.id).text == other.text
    with open_named(filled, "default") as collection:
        assert collection.documents() == []
        assert collection.archive.answers() == []
        assert collection.archive.conversations() == []


def test_a_collection_that_somebody_writes_to_is_not_deleted(filled: Settings) -> None:
    folder = filled.home / "collections" / "default"
    with Store.open(folder) as store:
        for changing in (store.writer(), store.ingesting()):
            with changing, pytest.raises(CollectionLocked):
                delete_collection(filled, "default")
    assert len(contents(filled, "default")) == 2


def test_who_has_a_deleted_collection_open_is_told_even_if_another_has_its_name(filled: Settings) -> None:
    with open_named(filled, "default") as collection:
        document_id = collection.documents()[0].document_id
        ask(collection)
        delete_collection(filled, "default")
        for doing in (
            lambda: collection.documents(),
            lambda: collection.text(document_id),
            lambda: ask(collection),
            lambda: collection.store.is_live(document_id, "x"),
            lambda: collection.set_metadata(document_id, {"a": 1}),
        ):
            with pytest.raises(CollectionNotFound, match="has been deleted"):
                doing()
        create_collection(filled, "default", embedder=HashEmbedder())
        with pytest.raises(CollectionNotFound, match="has been deleted"):
            collection.documents()
        with pytest.raises(CollectionNotFound), collection.store.writer():
            pass
    assert contents(filled, "default") == {}


def test_a_server_answers_404_from_a_collection_deleted_under_it_and_finds_a_new_one(filled: Settings) -> None:
    with (
        open_named(filled, "default") as collection,
        serving(create_app(filled, collection=collection)) as address,
        httpx.Client(base_url=address) as client,
    ):
        assert client.get("/v1/documents").json()["total"] == 2
        delete_collection(filled, "default")
        for path in ("/v1/documents", "/v1/documents/doc_1"):
            response = client.get(path)
            assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")
        asked = client.post("/v1/ask", json={"question": QUESTION})
        assert (asked.status_code, asked.json()["code"]) == (404, "collection_not_found")
        create_collection(filled, "default", embedder=HashEmbedder())
        assert client.get("/v1/documents").json()["total"] == 0


def test_a_question_in_one_collection_never_shows_anothers_text(filled: Settings, tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET, encoding="utf-8")
    with open_named(filled, "secrets") as secrets, open_named(filled, "default") as public:
        secrets.ingest([path])
        document_id = secrets.documents()[0].document_id
        for question in ("What is the launch code of Saturn?", SECRET, QUESTION):
            answer = ask(public, question)
            shown = json.dumps([answer.text, [each.text for each in answer.passages]], default=str)
            assert "xyzzy" not in shown
            found = asyncio.run(public.search(question))
            assert all("xyzzy" not in passage.text for passage in found.passages)
        told = ask(secrets, "What is the launch code of Saturn?")
        assert "xyzzy" in told.text
        for reading in (public.document, public.text, public.original, public.archive.answer):
            with pytest.raises(Exception, match=r"holds no|no answer"):
                reading(told.id if reading == public.archive.answer else document_id)
        assert told.id not in [summary.answer_id for summary in public.archive.answers()]


# Exporting and importing


def test_what_is_imported_is_what_was_exported(filled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "out.vouch"
    before = contents(filled, "default")
    manifest = export_collection(filled, "default", file)
    assert (manifest.documents, manifest.collection, file.stat().st_mode & 0o777) == (2, "default", 0o600)
    elsewhere = filled.model_copy(update={"home": tmp_path / "elsewhere" / ".vouch"})
    import_collection(elsewhere, file)
    import_collection(filled, file, "copy")
    assert contents(elsewhere, "default") == contents(filled, "copy") == before
    with Collection.open(None, "default", settings=elsewhere, embedder=HashEmbedder()) as collection:
        assert collection.read_original("kept/moons.md") == MOONS.encode()
        assert "274" in ask(collection).text
    assert [path.name for path in (filled.home / "collections").iterdir() if path.name.startswith(".")] == []


def test_a_file_is_overwritten_only_on_demand(filled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "out.vouch"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        export_collection(filled, "default", file)
    assert file.read_text(encoding="utf-8") == "mine"
    export_collection(filled, "default", file, overwrite=True)
    import_collection(filled, file, "copy")


def test_an_import_takes_no_collections_place(filled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "out.vouch"
    export_collection(filled, "default", file)
    with open_named(filled, "other") as collection:
        collection.add([(tmp_path / "moons.txt", "only/here.txt")])
    with pytest.raises(CollectionError, match="exists already"):
        import_collection(filled, file, "other")
    assert list(contents(filled, "other")) == ["only/here.txt"]


def changed(file: Path, change: Callable[[dict[str, bytes]], None], **options: object) -> Path:
    """Write an exported file anew with other members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    path = file.with_name("changed.vouch")
    with zipfile.ZipFile(path, "w", **options) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def with_manifest(members: dict[str, bytes], change: Callable[[dict[str, object]], None]) -> None:
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(manifest).encode()


def traversal(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members[name] = b"evil"
        sha256 = "c41f0cc2faf4f8f4e5f4b0c7c1a8b7b2a7f0d3b6c5e4f3a2b1c0d9e8f7a6b5c4"

        def name_it(manifest: dict[str, object]) -> None:
            manifest["members"].append({"name": name, "size_bytes": 4, "sha256": sha256})  # type: ignore[attr-defined]

        with_manifest(members, name_it)

    return change


def forget_member(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith("originals/"))]


def swap_original(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith("originals/"))
    members[name] = b"x" * len(members[name])


def schema(version: int) -> Callable[[dict[str, bytes]], None]:
    return lambda members: with_manifest(members, lambda manifest: manifest.update(store_schema=version))


def reseal(members: dict[str, bytes], data: bytes) -> None:
    """Put other bytes in the place of the database, and make the checksums of the file true again."""
    import hashlib

    members["store.db"] = data

    def tell(manifest: dict[str, object]) -> None:
        for member in manifest["members"]:  # type: ignore[attr-defined]
            if member["name"] == "store.db":
                member.update(sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))

    with_manifest(members, tell)


def flip_a_row(members: dict[str, bytes]) -> None:
    """Change a stored text: only the row's own checksum tells."""
    assert b"the largest" in members["store.db"]
    reseal(members, members["store.db"].replace(b"the largest", b"the Largest"))


def write_garbage(members: dict[str, bytes]) -> None:
    reseal(members, b"garbage")


def spoil_a_page(members: dict[str, bytes]) -> None:
    data = members["store.db"]
    reseal(members, data[:8192] + bytes(100) + data[8292:])


def raise_schema(members: dict[str, bytes]) -> None:
    """Write a schema into the header of the database of which the manifest says nothing."""
    data = members["store.db"]
    reseal(members, data[:60] + (2).to_bytes(4, "big") + data[64:])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (traversal("../../evil.txt"), ArchiveError),
        (traversal("/tmp/evil.txt"), ArchiveError),
        (traversal("originals/../../evil"), ArchiveError),
        (traversal("originals/" + "AB" * 32), ArchiveError),
        (traversal("store.db-wal"), ArchiveError),
        (lambda members: members.update({"extra": b"1"}), ArchiveError),
        (lambda members: members.pop("manifest.json"), ArchiveError),
        (lambda members: members.update({"manifest.json": b"{"}), ArchiveError),
        (lambda members: members.update({"manifest.json": b"[]"}), ArchiveError),
        (lambda members: members.update({"store.db": members["store.db"][:-1] + b"\x01"}), ArchiveError),
        (forget_member, ArchiveError),
        (swap_original, ArchiveError),
        (flip_a_row, ArchiveError),
        (write_garbage, ArchiveError),
        (spoil_a_page, ArchiveError),
        (raise_schema, SchemaTooNew),
        (schema(2), SchemaTooNew),
        (lambda members: with_manifest(members, lambda manifest: manifest.update(version=2)), SchemaTooNew),
        (lambda members: with_manifest(members, lambda manifest: manifest.update(generation=99)), ArchiveError),
    ],
)
def test_a_damaged_hostile_or_newer_file_changes_nothing(
    filled: Settings, tmp_path: Path, change: Callable[[dict[str, bytes]], None], error: type[Exception]
) -> None:
    file = tmp_path / "out.vouch"
    export_collection(filled, "default", file)
    path = changed(file, change)
    before = sorted(each for each in tmp_path.rglob("*") if "index" not in each.parts)
    with pytest.raises(error) as raised:
        import_collection(filled, path, "copy")
    assert str(path) in str(raised.value)
    assert "unfinished" not in str(raised.value), "the user knows nothing of the folder where it was unpacked"
    assert sorted(each for each in tmp_path.rglob("*") if "index" not in each.parts) == before
    assert not Path("/tmp/evil.txt").exists()


def test_a_compressed_file_is_refused_before_it_can_grow(filled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "out.vouch"
    export_collection(filled, "default", file)
    path = changed(file, lambda members: None, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ArchiveError, match="compressed"):
        import_collection(filled, path, "copy")


def test_every_flipped_bit_of_a_file_is_found_or_changes_nothing(filled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "out.vouch"
    export_collection(filled, "default", file)
    data = file.read_bytes()
    expected = contents(filled, "default")
    refused = 0
    for position in range(11, len(data), len(data) // 60):
        flipped = bytearray(data)
        flipped[position] ^= 1 << position % 8
        path = tmp_path / "flipped.vouch"
        path.write_bytes(flipped)
        name = f"flip{position}"
        try:
            import_collection(filled, path, name)
        except (ArchiveError, CollectionError):
            refused += 1
            assert name not in list_collections(filled.home)
        else:
            assert contents(filled, name) == expected
    assert refused > 50


def test_a_truncated_file_is_refused(filled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "out.vouch"
    export_collection(filled, "default", file)
    data = file.read_bytes()
    for length in (0, 10, len(data) // 2, len(data) - 1):
        file.write_bytes(data[:length])
        with pytest.raises(ArchiveError):
            import_collection(filled, file, "copy")
    assert list_collections(filled.home) == ["default"]


def test_a_document_that_comes_and_goes_during_an_export_begins_it_anew(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first links and the copy a document comes; between the copy and the second links it goes."""
    late = tmp_path / "late.txt"
    late.write_text(SECRET, encoding="utf-8")
    copy, times = Store.copy, []

    def copy_between(store: Store, path: Path) -> None:
        times.append(1)
        if len(times) > 1:
            copy(store, path)
            return
        with open_named(filled, "default") as collection:
            collection.add([(late, "late.txt")])
            copy(store, path)
            collection.delete("late.txt")

    monkeypatch.setattr(Store, "copy", copy_between)
    manifest = export_collection(filled, "default", tmp_path / "out.vouch")
    assert (len(times), manifest.documents) == (2, 2)
    monkeypatch.undo()
    import_collection(filled, tmp_path / "out.vouch", "copy")
    assert contents(filled, "copy") == contents(filled, "default")


def test_a_document_that_comes_during_an_export_is_whole_or_not_in_it(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = tmp_path / "late.txt"
    late.write_text(SECRET, encoding="utf-8")
    copy = Store.copy

    def copy_after_adding(store: Store, path: Path) -> None:
        with open_named(filled, "default") as collection:
            collection.add([(late, "late.txt")])
        copy(store, path)

    monkeypatch.setattr(Store, "copy", copy_after_adding)
    assert export_collection(filled, "default", tmp_path / "out.vouch").documents == 3
    import_collection(filled, tmp_path / "out.vouch", "copy")
    with Collection.open(None, "copy", settings=filled, embedder=HashEmbedder()) as collection:
        assert collection.read_original("late.txt") == SECRET.encode()


def test_a_disk_that_knows_no_links_gets_copies(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def refuse(source: str, target: str) -> None:
        if "originals" in str(source):
            raise PermissionError(1, "Operation not permitted")
        link(source, target)

    monkeypatch.setattr(exporting_module.os, "link", refuse)
    export_collection(filled, "default", tmp_path / "out.vouch")
    import_collection(filled, tmp_path / "out.vouch", "copy")
    assert contents(filled, "copy") == contents(filled, "default")


WRITING = """
import sys
from pathlib import Path
from rag.collection import Collection
from tests.fakes.embedder import HashEmbedder
home, folder = Path(sys.argv[1]), Path(sys.argv[2])
with Collection.open(home, "default", embedder=HashEmbedder()) as collection:
    number = 0
    print("ready", flush=True)
    while True:
        path = folder / f"{number % 7}.txt"
        path.write_text(f"Moon number {number} of Saturn was found in {1600 + number}. " * 20)
        if number % 3 == 2:
            collection.delete(collection.documents()[-1].document_id)
        else:
            collection.add([(path, f"moons/{number % 5}.txt")])
        number += 1
"""


def test_a_collection_is_backed_up_while_it_is_served_and_written_to(filled: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    command = [sys.executable, "-c", WRITING, str(filled.home), str(folder)]
    with (
        open_named(filled, "default") as collection,
        serving(create_app(filled, collection=collection)) as address,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer,
    ):
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            generations = []
            for number in range(6):
                file = tmp_path / f"{number}.vouch"
                generations.append(export_collection(filled, "default", file).generation)
                assert httpx.get(f"{address}/v1/documents", timeout=30).status_code == 200
                import_collection(filled, file, f"copy{number}")
                until = time.monotonic() + 10
                while collection.store.generation() < generations[-1] + 2 and time.monotonic() < until:
                    time.sleep(0.01)
            assert writer.poll() is None, "the writer died: " + str(writer.stderr and writer.stderr.read())
        finally:
            writer.kill()
    assert generations[-1] > generations[0] + 5, "nobody wrote: the test cannot fail"
    for number in range(6):
        copied = contents(filled, f"copy{number}")
        assert copied
        with Collection.open(None, f"copy{number}", settings=filled, embedder=HashEmbedder()) as collection:
            for record in collection.documents():
                if record.source.startswith("moons/"):
                    collection.read_original(record.document_id)


HELD = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
    except OSError:
        print("held")
"""
"""Tries SQLite's shared bytes, which a connection in another process holds while it has the file open."""


def test_opening_a_collection_twice_in_one_process_keeps_its_locks(filled: Settings) -> None:
    path = filled.home / "collections" / "default" / "store.db"

    def held() -> bool:
        done = subprocess.run([sys.executable, "-c", HELD, str(path)], capture_output=True, check=True)
        return done.stdout == b"held\n"

    with Store.open(path.parent) as store:
        store.documents()
        assert held(), "the test cannot see the lock"
        describe_collections(filled.home)
        with Store.open(path.parent):
            pass
        export_collection(filled, "default", filled.home.parent / "out.vouch")
        assert held(), "SQLite has lost its lock: another process may remove the log under it"
    assert not held()
