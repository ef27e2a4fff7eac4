"""While an ingest runs: what is done is there at once, others delete and change documents, and ending it is prompt."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from rag import Collection, Settings
from rag.errors import CollectionLocked, SourceDeleted
from rag.ingesting import SLICE_CHUNKS, Ingest, Limits
from rag.parsing import Parsers
from rag.store import Store
from tests.fakes.embedder import GatedEmbedder
from tests.fakes.uploads import LONG, MARS, MOONS, add, left_over, upload, wait_for

if TYPE_CHECKING:
    pass

READING_CHILD = "tests.fakes.reading_child"
PROMPT_S = 2.0
"""What shall be prompt takes a tenth of this on an idle machine."""


@pytest.fixture
def embedder() -> Iterator[GatedEmbedder]:
    embedder = GatedEmbedder()
    yield embedder
    embedder.gate.set()


@pytest.fixture
def collection(tmp_path: Path, embedder: GatedEmbedder) -> Iterator[Collection]:
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=embedder) as collection:
        yield collection
        assert [finding for finding in collection.check(full=True) if not finding.ok] == []


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reading processes do what files say."""
    monkeypatch.setitem(Parsers.__init__.__kwdefaults__, "module", READING_CHILD)


def eventually(holds: Callable[[], object], timeout_s: float = 10.0) -> float:
    """Return the seconds until something holds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < timeout_s
        time.sleep(0.01)
    return time.monotonic() - began


def sources(collection: Collection) -> list[str]:
    return [record.source for record in collection.documents()]


def reading_processes() -> list[int]:
    """Return the reading processes that this process has started and that run."""
    found = []
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                if READING_CHILD.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
            except FileNotFoundError:
                continue
    return found


# What is done is there


def test_the_first_of_many_small_files_can_be_asked_while_the_others_are_embedded(
    client: httpx.Client, embedder: GatedEmbedder
) -> None:
    embedder.chunk_s = 0.02
    files = [
        (f"{number:02}.txt", f"The moon M{number} of Saturn is {number} km wide.\n\n" * 60) for number in range(40)
    ]
    response = upload(client, *files)
    listed = client.get("/v1/documents").json
    took_s = eventually(lambda: client.get("/v1/documents").json()["total"])
    assert took_s < PROMPT_S + SLICE_CHUNKS * embedder.chunk_s
    assert listed()["total"] < len(files)
    answer = client.post("/v1/ask", json={"question": "How wide is the moon M0 of Saturn?"}).json()
    assert answer["citations"][0]["source"] == "00.txt"
    assert client.get(response.headers["location"]).json()["state"] == "running"
    embedder.chunk_s = 0.0
    assert wait_for(client, response)["report"]["added"] == [name for name, _ in files]


def test_what_is_read_is_committed_while_the_next_file_is_still_being_read(
    client: httpx.Client, collection: Collection, scripted: None
) -> None:
    response = upload(client, ("moons.txt", MOONS), ("slow.scripted", "sleep"), ("mars.txt", MARS))
    eventually(lambda: sources(collection) == ["moons.txt"])
    client.delete(response.headers["location"])
    assert wait_for(client, response)["report"]["added"] == ["moons.txt"]


def test_what_is_embedded_is_committed_while_a_long_document_behind_it_is_embedded(
    client: httpx.Client, collection: Collection, embedder: GatedEmbedder, scripted: None
) -> None:
    embedder.chunk_s = 0.01
    # The second is read already when the first comes.
    response = upload(client, ("first.scripted", "hold 3000"), ("long.md", LONG))
    eventually(lambda: sources(collection), 30.0)
    embedded = client.get(response.headers["location"]).json()["progress"]["chunks"]
    embedder.chunk_s = 0.0
    shown = wait_for(client, response)
    assert shown["report"]["added"] == ["first.scripted", "long.md"]
    assert embedded < shown["progress"]["chunks"] / 2


def test_what_is_read_is_committed_while_unchanged_files_are_passed_over(
    collection: Collection, tmp_path: Path
) -> None:
    files = [(tmp_path / f"{number:03}.txt", f"{number:03}.txt") for number in range(200)]
    for path, source in files:
        path.write_text(f"The text of {source} is short.")
    collection.add(files)
    files[0][0].write_text("The first one has changed.")
    committed_after: list[int] = []

    class SlowlyPassedOver(Ingest):
        def examine(self, file, parsers):  # type: ignore[no-untyped-def]
            time.sleep(0.02)
            return super().examine(file, parsers)

    def note(progress: object) -> None:
        if collection.store.text(collection.document("000.txt").document_id).startswith("The first one"):
            committed_after.append(ingest.account.files_done)

    ingest = SlowlyPassedOver(collection.store, lambda: collection.embedder, Limits(), note)
    assert ingest.run(files).replaced == ("000.txt",)
    assert committed_after[0] < len(files)


# Others change documents


def test_a_document_is_deleted_and_another_described_while_a_long_one_is_embedded(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    ids = add(client, ("moons.txt", MOONS), ("mars.txt", MARS))
    embedder.close()
    response = upload(client, ("long.md", LONG))
    assert embedder.came.wait(10)
    began = time.monotonic()
    assert client.delete(f"/v1/documents/{ids['moons.txt']}").status_code == 204
    assert client.patch(f"/v1/documents/{ids['mars.txt']}", json={"metadata": {"year": 2023}}).status_code == 200
    assert time.monotonic() - began < PROMPT_S
    found = client.post("/v1/search", json={"question": "How many known moons has Saturn?"}).json()
    assert [passage["source"] for passage in found["passages"]] == ["mars.txt"]
    embedder.gate.set()
    assert wait_for(client, response)["state"] == "done"
    assert sources(collection) == ["long.md", "mars.txt"]
    assert collection.document("mars.txt").metadata["year"] == 2023


def test_a_document_is_deleted_between_the_commits_of_many_small_ones(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    ids = add(client, *[(f"old{number}.txt", f"{MOONS} {number}") for number in range(5)])
    files = [(f"{number:03}.txt", f"The moon M{number} of Saturn is {number} km wide.") for number in range(300)]
    embedder.chunk_s = 0.002
    response = upload(client, *files)
    eventually(lambda: len(collection.documents()) > 20)
    for document_id in ids.values():
        began = time.monotonic()
        assert client.delete(f"/v1/documents/{document_id}").status_code == 204
        assert time.monotonic() - began < PROMPT_S
    embedder.chunk_s = 0.0
    report = wait_for(client, response)["report"]
    assert report["added"] == sources(collection) == [name for name, _ in files]


def test_a_document_that_is_deleted_while_its_new_content_is_embedded_does_not_come_back(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    ids = add(client, ("moons.txt", MOONS))
    embedder.close()
    response = upload(client, ("moons.txt", f"{MOONS} Mimas is small."), ("mars.txt", MARS))
    assert embedder.came.wait(10)
    assert client.delete(f"/v1/documents/{ids['moons.txt']}").status_code == 204
    embedder.gate.set()
    report = wait_for(client, response)["report"]
    assert [(each["source"], each["code"]) for each in report["refused"]] == [("moons.txt", SourceDeleted.code)]
    assert sources(collection) == report["added"] == ["mars.txt"]
    assert "moons.txt" not in report["document_ids"]
    kept = [path.read_bytes() for path in collection.settings.home.rglob("*") if path.is_file()]
    assert not any(b"Titan is the largest" in content for content in kept)


def test_a_document_that_the_running_ingest_has_added_can_be_deleted_at_once(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    embedder.chunk_s = 0.02
    response = upload(client, ("moons.txt", MOONS), ("long.md", LONG), metadata="year=2023")
    assert eventually(lambda: sources(collection), 60.0) < PROMPT_S + SLICE_CHUNKS * embedder.chunk_s
    record = collection.document("moons.txt")
    assert record.metadata["year"] == 2023  # committed with it, not at the end of the ingest
    assert client.delete(f"/v1/documents/{record.document_id}").status_code == 204
    embedder.chunk_s = 0.0
    assert wait_for(client, response)["report"]["document_ids"].keys() == {"long.md"}
    assert sources(collection) == ["long.md"]


def test_a_document_deleted_while_the_upload_of_its_new_content_waits_does_not_come_back(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    ids = add(client, ("moons.txt", MOONS))
    embedder.close()
    running = upload(client, ("long.md", LONG))
    assert embedder.came.wait(10)
    waiting = upload(client, ("moons.txt", f"{MOONS} Mimas is small."))
    assert client.delete(f"/v1/documents/{ids['moons.txt']}").status_code == 204
    embedder.gate.set()
    assert wait_for(client, running)["state"] == "done"
    report = wait_for(client, waiting)["report"]
    assert [each["code"] for each in report["refused"]] == [SourceDeleted.code]
    assert sources(collection) == ["long.md"]


def test_what_prune_would_delete_may_be_gone_when_it_comes_to_it(collection: Collection, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("a.txt", "b.txt", "c.txt", "d.txt", "e.txt"):
        (folder / name).write_text(f"The text of {name} is short.")
    collection.ingest([folder])
    (folder / "a.txt").unlink()
    (folder / "b.txt").unlink()
    (folder / "new.txt").write_text("This one is new.")

    def delete(progress: object) -> None:
        if "docs/a.txt" in sources(collection):
            collection.delete("docs/a.txt")

    report = collection.ingest([folder], prune=True, on_progress=delete)
    assert report.removed == ("docs/b.txt",)
    assert sources(collection) == ["docs/c.txt", "docs/d.txt", "docs/e.txt", "docs/new.txt"]


def test_a_document_deleted_before_the_ingest_has_its_turn_is_not_called_unchanged(
    collection: Collection, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(MOONS)
    collection.add([(tmp_path / "a.txt", "a.txt")])
    ingest = Ingest(collection.store, lambda: collection.embedder, Limits())
    collection.delete("a.txt")
    report = ingest.run([(tmp_path / "a.txt", "a.txt")])
    assert (report.added, report.unchanged) == (("a.txt",), ())
    assert sources(collection) == ["a.txt"]


def test_two_ingests_of_a_collection_do_not_run_at_once_and_the_second_says_who_runs(
    collection: Collection, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(MOONS)
    with Store.open(collection.store.folder) as other, other.ingesting():
        with pytest.raises(CollectionLocked, match=rf"process {os.getpid()} \("):
            collection.ingest([tmp_path / "a.txt"])
        with other.writer():  # whoever ingests can write, and others between its commits
            pass
    assert collection.ingest([tmp_path / "a.txt"]).added


# Ending it


def test_cancelling_ends_a_reader_that_hangs(client: httpx.Client, collection: Collection, scripted: None) -> None:
    response = upload(client, ("moons.txt", MOONS), ("slow.scripted", "sleep"), ("mars.txt", MARS))
    eventually(lambda: sources(collection) and reading_processes())
    began = time.monotonic()
    assert client.delete(response.headers["location"]).status_code == 202
    shown = wait_for(client, response)
    assert time.monotonic() - began < PROMPT_S
    assert shown["state"] == "cancelled"
    assert shown["report"]["added"] == sources(collection) == ["moons.txt"]
    assert shown["report"]["refused"] == []  # that its reader was ended is no fault of the file
    eventually(lambda: not reading_processes())
    eventually(lambda: not left_over(collection))


def test_cancelling_ends_the_embedding_of_a_long_document_at_the_next_slice(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    add(client, ("mars.txt", MARS))
    embedder.chunk_s = 0.01
    response = upload(client, ("long.md", LONG))
    eventually(lambda: client.get(response.headers["location"]).json()["progress"]["file_chunks_done"])
    began = time.monotonic()
    client.delete(response.headers["location"])
    shown = wait_for(client, response)
    assert time.monotonic() - began < PROMPT_S + SLICE_CHUNKS * embedder.chunk_s
    assert (shown["state"], shown["report"]["added"]) == ("cancelled", [])
    assert shown["progress"]["file_chunks_done"] < shown["progress"]["file_chunks"] / 2
    assert sources(collection) == ["mars.txt"]


def test_cancelling_does_not_wait_for_another_writer(
    client: httpx.Client, collection: Collection, embedder: GatedEmbedder
) -> None:
    with collection.store.writer():
        response = upload(client, ("moons.txt", MOONS))
        eventually(lambda: embedder.embedded)
        began = time.monotonic()
        client.delete(response.headers["location"])
        assert wait_for(client, response)["state"] == "cancelled"
        assert time.monotonic() - began < PROMPT_S
    assert sources(collection) == []
