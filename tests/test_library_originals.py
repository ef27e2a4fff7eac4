"""Kept files: as they were given, checked when read, gone with their documents, never missing after a crash."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.collection import Collection
from rag.collection.pictures import draw_page
from rag.config import Settings
from rag.errors import CollectionDamaged, OriginalNotFound, SourceDeleted, StorageFull, UsageError
from rag.store import Store, originals
from tests.fakes.embedder import HashEmbedder
from tests.fakes.store import make_chunks, make_document, make_store, make_vectors
from tests.fakes.store import put as put_text

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
RINGS = "The rings of Saturn are made of ice and rock."


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    settings = Settings(home=tmp_path / "work" / ".vouch")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        yield collection
        assert [finding for finding in collection.check(full=True) if not finding.ok] == []


def upload(tmp_path: Path, text: str, name: str = "upload.txt") -> Path:
    """A file as a server may have received it, in a folder that has nothing to do with the collection."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def kept_files(collection: Collection) -> set[str]:
    folder = collection.store.originals.folder
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_an_added_file_is_given_back_as_it_was_after_its_own_is_gone(collection: Collection, tmp_path: Path) -> None:
    path = upload(tmp_path, MOONS)
    report = collection.add([(path, "space/moons.md")])
    assert report.added == ("space/moons.md",)
    path.unlink()
    original = collection.original("space/moons.md")
    assert original.path.read_bytes() == MOONS.encode()
    assert collection.read_original("space/moons.md") == MOONS.encode()
    assert (original.filename, original.media_type) == ("moons.md", "text/markdown")
    assert (original.size_bytes, original.revision) == (
        len(MOONS),
        collection.document("space/moons.md").revision,
    )
    assert original.path.stat().st_mode & 0o777 == 0o600


def test_an_added_file_is_read_as_what_its_name_says(collection: Collection, tmp_path: Path) -> None:
    collection.add([(upload(tmp_path, "a,b\n1,2\n", "received"), "numbers.csv")])
    assert collection.document("numbers.csv").reader.startswith("delimited")


def test_a_replaced_or_deleted_document_leaves_no_file(collection: Collection, tmp_path: Path) -> None:
    collection.add([(upload(tmp_path, MOONS), "a.txt")])
    before = kept_files(collection)
    collection.add([(upload(tmp_path, RINGS), "a.txt")])
    assert len(kept_files(collection)) == 1
    assert not before & kept_files(collection)
    collection.delete("a.txt")
    assert kept_files(collection) == set()


def test_a_file_that_two_documents_have_stays_until_the_second_is_gone(collection: Collection, tmp_path: Path) -> None:
    path = upload(tmp_path, MOONS)
    collection.add([(path, "a.txt"), (path, "b.txt")])
    assert len(kept_files(collection)) == 1
    collection.delete("a.txt")
    assert collection.read_original("b.txt") == MOONS.encode()
    collection.delete("b.txt")
    assert kept_files(collection) == set()


def test_an_ingested_file_is_given_while_it_is_what_was_read(collection: Collection, tmp_path: Path) -> None:
    path = upload(tmp_path / "work", MOONS, "moons.txt")
    collection.ingest([path])
    assert collection.original("moons.txt").path == path
    assert kept_files(collection) == set()
    path.write_text(RINGS, encoding="utf-8")
    with pytest.raises(OriginalNotFound, match="has changed since it was read"):
        collection.original("moons.txt")
    path.unlink()
    with pytest.raises(OriginalNotFound, match="is not kept"):
        collection.original("moons.txt")


def test_an_ingested_file_that_is_added_unchanged_is_kept_from_then_on(collection: Collection, tmp_path: Path) -> None:
    path = upload(tmp_path / "work", MOONS, "moons.txt")
    collection.ingest([path])
    report = collection.add([(path, "moons.txt")], metadata={"client": "Acme"})
    assert report.unchanged == ("moons.txt",)
    path.unlink()
    assert collection.read_original("moons.txt") == MOONS.encode()
    assert collection.document("moons.txt").metadata["client"] == "Acme"


def test_what_is_embedded_and_then_not_committed_is_counted_as_embedded_only(
    collection: Collection, tmp_path: Path
) -> None:
    collection.add([(upload(tmp_path, MOONS), "moons.txt")])
    document_id = collection.document("moons.txt").document_id

    def delete_meanwhile() -> None:
        if collection.store.find("moons.txt") is not None:
            collection.delete("moons.txt")

    report = collection.add(
        [(upload(tmp_path, RINGS), "moons.txt")],
        replaces={"moons.txt": document_id},
        require_going_on=delete_meanwhile,
    )
    assert [each.code for each in report.refused] == [SourceDeleted.code]
    assert (report.chunks, report.embedded) == (0, 1)


@pytest.mark.parametrize("damage", ["flip", "remove"])
def test_a_damaged_or_missing_kept_file_is_told_and_never_given(tmp_path: Path, damage: str) -> None:
    settings = Settings(home=tmp_path / ".vouch")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        # The file that it was uploaded from lies where its name would lead: that must not be what is given.
        collection.add([(upload(tmp_path, MOONS, "moons.txt"), "moons.txt")])
        path = collection.original("moons.txt").path
        if damage == "flip":
            path.write_bytes(MOONS.encode().replace(b"274", b"275"))
        else:
            path.unlink()
        with pytest.raises(CollectionDamaged, match=r"The kept file of .moons\.txt."):
            collection.original("moons.txt")
        assert [found.check for found in collection.check(full=True) if not found.ok] == ["originals"]
        assert collection.add([(upload(tmp_path, RINGS), "moons.txt")]).replaced == ("moons.txt",)
        assert collection.read_original("moons.txt") == RINGS.encode()


def test_a_damaged_kept_file_is_mended_by_adding_it_to_another_document(collection: Collection, tmp_path: Path) -> None:
    collection.add([(upload(tmp_path, MOONS), "a.txt")])
    collection.original("a.txt").path.write_bytes(b"rot")
    collection.add([(upload(tmp_path, MOONS), "b.txt")])
    assert collection.read_original("a.txt") == MOONS.encode()


@pytest.mark.parametrize(
    "source",
    [
        "",
        "/etc/passwd",
        "../a.txt",
        "a/../b.txt",
        "a//b.txt",
        "a/",
        "./a.txt",
        "a\\b.txt",
        "a\x00.txt",
        "a\x1b[31m.txt",
        "a\u202etxt.exe",
        "\ud800.txt",
        "x" * 1001,
    ],
)
def test_a_name_that_is_no_relative_path_is_refused_and_nothing_is_added(
    collection: Collection, tmp_path: Path, source: str
) -> None:
    with pytest.raises(UsageError):
        collection.add([(upload(tmp_path, MOONS), "good.txt"), (upload(tmp_path, RINGS, "b.txt"), source)])
    assert collection.documents() == []
    assert kept_files(collection) == set()


def test_a_name_given_twice_is_refused(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="given twice"):
        collection.add([(upload(tmp_path, MOONS), "a.txt"), (upload(tmp_path, RINGS, "b.txt"), "a.txt")])


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    with make_store(tmp_path / "default") as store:
        document = make_document("a.txt", MOONS)  # its revision is not the hash of these bytes
        chunks = make_chunks(document)
        with store.writer() as writer, pytest.raises(Exception, match="has changed while it was being read"):
            writer.put(document, chunks, make_vectors(chunks), upload(tmp_path, MOONS))
        assert store.documents() == []
        assert store.originals.revisions() == []


def orphan(folder: Path) -> Path:
    """Put a file among the kept ones that no document needs, as a crash between two steps does."""
    path = folder / "originals" / ("ab" * 32)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(b"left over")
    path.chmod(0o600)
    return path


def test_a_file_that_no_document_needs_is_named_and_removed_by_repair(tmp_path: Path) -> None:
    with Collection.open(tmp_path / ".vouch", create=True, embedder=HashEmbedder()) as collection:
        path = orphan(collection.store.folder)
        problem = next(found for found in collection.check() if not found.ok)
        assert problem.check == "originals"
        assert str(path) in problem.detail
        assert collection.remove_unneeded() == ["sha256:" + "ab" * 32]
        assert not path.exists()
        assert all(found.ok for found in collection.check(full=True))


def test_a_file_that_no_document_needs_is_removed_by_the_next_writer(collection: Collection, tmp_path: Path) -> None:
    path = orphan(collection.store.folder)
    collection.add([(upload(tmp_path, MOONS), "a.txt")])
    assert not path.exists()
    assert collection.read_original("a.txt") == MOONS.encode()


def test_a_full_disk_keeps_neither_document_nor_file(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("rag.durable.files.os.fsync", full)
        with pytest.raises(StorageFull):
            collection.add([(upload(tmp_path, MOONS), "a.txt")])
    assert collection.documents() == []
    assert kept_files(collection) == set()
    assert collection.add([(upload(tmp_path, MOONS), "a.txt")]).added == ("a.txt",)


STEPS = 12
"""More calls of the system than adding, replacing or deleting one kept file makes."""


def change_and_die(folder: Path, change: str, point: int, upload_path: Path) -> None:
    """Make one change of a store and be killed before the call number `point` that keeps or removes a file."""
    left = [point]

    def counted(function: object) -> object:
        def call(*arguments: object, **options: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)  # type: ignore[operator]

        return call

    for name in ("fsync", "replace", "unlink", "open"):
        setattr(os, name, counted(getattr(os, name)))
    with Store.open(folder) as store, store.writer() as writer:
        if change == "delete":
            writer.delete(store.revisions()["a.txt"][0])
        else:
            keep(writer, upload_path, "a.txt" if change == "replace" else "new.txt")


def keep(writer: object, path: Path, source: str) -> None:
    from dataclasses import replace

    text = path.read_text(encoding="utf-8")
    document = replace(make_document(source, text), revision=originals.hash_of(path) or "")
    chunks = make_chunks(document)
    writer.put(document, chunks, make_vectors(chunks), path)  # type: ignore[attr-defined]


@pytest.mark.parametrize("change", ["add", "replace", "delete"])
def test_killed_anywhere_no_document_lacks_its_file_and_the_next_writer_tidies(tmp_path: Path, change: str) -> None:
    context = multiprocessing.get_context("fork")
    deaths = 0
    for point in range(1, STEPS + 1):
        folder = tmp_path / f"{change}-{point}"
        first, second = upload(tmp_path, MOONS, "first.txt"), upload(tmp_path, RINGS, "second.txt")
        with make_store(folder) as store, store.writer() as writer:
            keep(writer, first, "a.txt")
            put_text(writer, "b.txt", "Not kept.")
        process = context.Process(target=change_and_die, args=(folder, change, point, second))
        process.start()
        process.join(20)
        deaths += process.exitcode == -signal.SIGKILL
        with Store.open(folder) as store:
            for document_id, revision in store.kept_revisions().items():
                record = store.document(document_id)
                assert record.revision == revision
                store.originals.require(revision, record.source)
            assert "a.txt" in store.revisions() or change == "delete"
            with store.writer():
                pass
            assert set(store.originals.revisions()) == set(store.kept_revisions().values())
            assert all(found.ok for found in store.check(full=True))
    assert deaths >= 2, "it was never killed: the test cannot fail"


def test_pages_are_drawn_by_one_process_that_ends_with_the_collection(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes((Path(__file__).parent / "documents" / "report.pdf").read_bytes())
    settings = Settings(home=tmp_path / ".vouch")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([path])
        (record,) = collection.documents()
        drawn = [draw_page(collection, record.document_id, page) for page in (1, 2, 1)]
        assert drawn[0] == drawn[2] != drawn[1]
        assert collection.drawing is not None
        (process,) = collection.drawing._all
        assert process.served == 3
    assert process._process.poll() is not None
