"""Ingests over HTTP: followed, cancelled, bounded, outlived by nobody and by nothing lost; on a real socket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api import create_app
from rag import Collection, Settings
from rag.collection.staging import IngestNotes, Staging
from tests.fakes.embedder import GatedEmbedder
from tests.fakes.http_server import read_events, serving
from tests.fakes.uploads import LONG, MARS, MOONS, add, left_over, upload, wait_for


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


def follow(client: httpx.Client, location: str) -> list[tuple[str, dict[str, object]]]:
    """Return the events of an ingest, to its end."""
    return read_events(client.get(location.replace("?", "/events?")).text)


def test_an_ingest_is_followed_to_its_report(client: httpx.Client, embedder: GatedEmbedder) -> None:
    embedder.close()
    response = upload(client, ("moons.txt", MOONS), ("long.md", LONG), ("bad.pdf", b"%PDF-1.4"))
    threading.Timer(0.5, embedder.gate.set).start()
    *progress, (name, done) = follow(client, response.headers["location"])
    assert name == "done"
    assert {name for name, _ in progress} == {"progress"}
    assert (progress[0][1]["done"], progress[0][1]["total"]) == (0, 3)
    shares = [data["share"] for _, data in progress]
    assert shares == sorted(shares)
    assert done["state"] == "done"
    assert done["report"]["added"] == ["moons.txt", "long.md"]
    assert [each["code"] for each in done["report"]["refused"]] == ["source_damaged"]
    assert done["progress"]["chunks"] > 128
    again = follow(client, response.headers["location"])
    assert [name for name, _ in again] == ["done"]  # one that is over tells its end at once


def test_progress_within_a_long_document_names_it(client: httpx.Client, embedder: GatedEmbedder) -> None:
    response = upload(client, ("long.md", LONG))
    shown: list[dict[str, object]] = []
    until = time.monotonic() + 20
    while not shown or not shown[-1]["finished_at"]:
        shown.append(client.get(response.headers["location"]).json())
        assert time.monotonic() < until
    within = [each["progress"] for each in shown if each["progress"]["file_chunks_done"] > 0]
    assert within
    assert all(each["source"] == "long.md" and 0 < each["share"] < 1 and each["chunks_per_s"] > 0 for each in within)


def test_an_ingest_goes_on_when_its_client_leaves(client: httpx.Client, embedder: GatedEmbedder) -> None:
    embedder.close()
    response = upload(client, ("moons.txt", MOONS))
    location = response.headers["location"]
    with client.stream("GET", location.replace("?", "/events?")) as stream:
        next(stream.iter_lines())
    embedder.gate.set()
    assert wait_for(client, response)["state"] == "done"


def test_asking_goes_on_while_a_long_document_is_ingested(client: httpx.Client, embedder: GatedEmbedder) -> None:
    add(client, ("moons.txt", MOONS))
    embedder.close()
    response = upload(client, ("long.md", LONG))
    assert embedder.came.wait(10)
    began = time.perf_counter()
    answer = client.post("/v1/ask", json={"question": "How many known moons has Saturn?"}, timeout=5).json()
    assert time.perf_counter() - began < 5
    assert answer["citations"][0]["source"] == "moons.txt"
    assert client.get(response.headers["location"]).json()["state"] == "running"
    embedder.gate.set()
    assert wait_for(client, response)["state"] == "done"


def test_one_runs_at_a_time_and_those_that_wait_are_bounded(
    client: httpx.Client, app: FastAPI, embedder: GatedEmbedder, collection: Collection
) -> None:
    app.state.ingests.waiting_most = 2
    embedder.close()
    accepted = [
        upload(
            client,
            (f"{number}.txt", f"Text {number}."),
        )
        for number in range(1)
    ]
    assert embedder.came.wait(10)
    accepted += [upload(client, (f"{number}.txt", f"Text {number}.")) for number in range(1, 3)]
    refused = upload(client, ("3.txt", "Text 3."))
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    states = [client.get(each.headers["location"]).json()["state"] for each in accepted]
    assert states == ["running", "waiting", "waiting"]
    listed = client.get("/v1/ingests").json()["ingests"]
    assert [each["sources"] for each in listed] == [["2.txt"], ["1.txt"], ["0.txt"]]
    embedder.gate.set()
    assert [wait_for(client, each)["state"] for each in accepted] == ["done"] * 3
    assert left_over(collection) == []


def test_cancelling_ends_what_waits_at_once_and_what_runs_before_its_next_commit(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    embedder.close()
    running = upload(client, ("moons.txt", MOONS), ("long.md", LONG), metadata="year=2023")
    waiting = upload(client, ("mars.txt", MARS))
    assert embedder.came.wait(10)
    ended = client.delete(waiting.headers["location"])
    assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
    assert client.delete(running.headers["location"]).status_code == 202
    embedder.gate.set()
    shown = wait_for(client, running)
    assert shown["state"] == "cancelled"
    committed = [record.source for record in collection.documents()]
    assert shown["report"]["added"] == committed
    assert "long.md" not in committed
    assert all(record.metadata["year"] == 2023 for record in collection.documents())
    assert client.delete(running.headers["location"]).json() == shown  # one that is over stays so
    assert left_over(collection) == []
    assert wait_for(client, upload(client, ("mars.txt", MARS)))["state"] == "done"


def test_what_was_committed_before_a_cancellation_stays(
    client: httpx.Client, embedder: GatedEmbedder, collection: Collection
) -> None:
    big = [(f"{number}.md", LONG[: len(LONG) * 3 // 4]) for number in range(12)]
    response = upload(client, *big)
    until = time.monotonic() + 20
    while not collection.documents() and time.monotonic() < until:
        time.sleep(0.005)
    embedder.close()
    client.delete(response.headers["location"])
    embedder.gate.set()
    shown = wait_for(client, response)
    assert shown["state"] == "cancelled"
    assert shown["report"]["added"] == [record.source for record in collection.documents()]
    assert 1 <= len(shown["report"]["added"]) < 12


def test_an_ingest_waits_for_another_writer(client: httpx.Client, collection: Collection) -> None:
    with collection.store.writer():
        response = upload(client, ("moons.txt", MOONS))
        time.sleep(1.2)
        assert client.get(response.headers["location"]).json()["finished_at"] is None
    assert wait_for(client, response)["report"]["added"] == ["moons.txt"]


def test_a_document_deleted_while_its_replacement_waits_does_not_come_back(
    client: httpx.Client, app: FastAPI, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add(client, ("moons.txt", MOONS))
    began, go_on = threading.Event(), threading.Event()
    add_files = collection.add

    def add_later(*args: object, **kwargs: object) -> object:
        began.set()
        assert go_on.wait(10)
        return add_files(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(collection, "add", add_later)
    blocking = upload(client, ("mars.txt", MARS))
    assert began.wait(10)
    response = client.put(f"/v1/documents/{ids['moons.txt']}", content=b"New text of moons.")
    assert client.delete(f"/v1/documents/{ids['moons.txt']}").status_code == 204
    go_on.set()
    assert wait_for(client, blocking)["state"] == "done"
    shown = wait_for(client, response)
    assert (shown["state"], shown["problem"]["code"]) == ("failed", "document_not_found")
    assert [record.source for record in collection.documents()] == ["mars.txt"]


def test_a_failure_is_told_with_its_code_and_ends_the_stream(
    client: httpx.Client, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.errors import StorageFull

    def fail(*args: object, **kwargs: object) -> object:
        raise StorageFull("There is no space left.", remedy="Free some.")

    monkeypatch.setattr(collection, "add", fail)
    response = upload(client, ("moons.txt", MOONS))
    shown = wait_for(client, response)
    assert (shown["state"], shown["problem"]["code"], shown["problem"]["status"]) == ("failed", "storage_full", 507)
    name, problem = follow(client, response.headers["location"])[-1]
    assert (name, problem["code"]) == ("error", "storage_full")
    assert left_over(collection) == []


def test_whatever_an_ingest_meets_the_next_one_runs(
    client: httpx.Client, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Panic(BaseException):
        pass

    def fail(*args: object, **kwargs: object) -> object:
        raise Panic

    with monkeypatch.context() as patched:
        patched.setattr(collection, "add", fail)
        assert wait_for(client, upload(client, ("mars.txt", MARS)))["state"] == "failed"
    assert wait_for(client, upload(client, ("moons.txt", MOONS)))["state"] == "done"
    assert left_over(collection) == []


def test_an_unknown_ingest_is_told(client: httpx.Client) -> None:
    for path in ("/v1/ingests/ing_0123456789ab", "/v1/ingests/..%2f..%2fstore", "/v1/ingests/ing_0/events"):
        response = client.get(path)
        assert response.status_code == 404
    assert client.delete("/v1/ingests/ing_0123456789ab").json()["code"] == "ingest_not_found"


def test_a_server_that_is_stopped_ends_its_ingests_and_tells_of_them_later(
    collection: Collection, embedder: GatedEmbedder
) -> None:
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address, timeout=20) as client:
        embedder.close()
        running = upload(client, ("moons.txt", MOONS), ("long.md", LONG))
        waiting = upload(client, ("mars.txt", MARS))
        assert embedder.came.wait(10)
        threading.Timer(0.5, embedder.gate.set).start()
    assert left_over(collection) == []
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address, timeout=20) as client:
        for response in (running, waiting):
            shown = client.get(response.headers["location"]).json()
            assert (shown["state"], shown["problem"]["code"]) == ("interrupted", "ingest_interrupted")
        assert [each["state"] for each in client.get("/v1/ingests").json()["ingests"]] == ["interrupted"] * 2


KILLED = """
import sys, time
from pathlib import Path
from rag.collection.staging import IngestNotes, Staging
staging = Staging(Path(sys.argv[1]), "ing_0123456789ab")
staging.begin_file(".txt")
staging.write(b"half of a file")
print("ready", flush=True)
time.sleep(60)
"""


def test_what_a_killed_server_was_receiving_is_swept_and_told(collection: Collection) -> None:
    folder = collection.store.folder
    note = {"id": "ing_0123456789ab", "collection": "default", "state": "running", "created_at": "x", "sources": ["a"]}
    IngestNotes(folder).write("ing_0123456789ab", json.dumps(note))
    killed = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    with killed.stdout:
        assert killed.stdout.readline() == "ready\n"
        with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address) as client:
            # While it lives, it is nobody's to sweep, and its ingest runs.
            assert client.get("/v1/ingests/ing_0123456789ab").json()["state"] == "running"
            assert len(left_over(collection)) == 1
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address) as client:
        assert client.get("/v1/ingests/ing_0123456789ab").json()["state"] == "interrupted"
    assert left_over(collection) == []


def test_an_ingest_of_another_process_is_shown_as_it_is_and_not_cancelled_here(
    client: httpx.Client, collection: Collection
) -> None:
    folder, path = collection.store.folder, "/v1/ingests/ing_0123456789ab"
    note = {"id": "ing_0123456789ab", "collection": "default", "state": "running", "created_at": "x", "sources": ["a"]}
    IngestNotes(folder).write("ing_0123456789ab", json.dumps(note))
    with subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        response = client.delete(path)
        assert (response.status_code, response.json()["code"]) == (409, "collection_locked")
        assert "is run by another process" in response.json()["detail"]
        assert client.get(path).json()["state"] == "running"
        other.kill()
        other.wait(10)
        # Its process is dead: nobody goes on with it, though its files lie there still.
        assert client.get(path).json()["state"] == "interrupted"
        assert client.delete(path).status_code == 200


def test_an_ingest_that_runs_is_noted_as_running(
    client: httpx.Client, collection: Collection, embedder: GatedEmbedder
) -> None:
    embedder.close()
    response = upload(client, ("moons.txt", MOONS))
    assert embedder.came.wait(10)
    (note,) = IngestNotes(collection.store.folder).read_all()
    assert json.loads(note)["state"] == "running"
    embedder.gate.set()
    assert wait_for(client, response)["state"] == "done"


def names_of(collection: Collection) -> str:
    """Return what the notes of a collection hold."""
    return "".join(IngestNotes(collection.store.folder).read_all())


def test_the_name_of_a_deleted_document_stands_in_no_note(client: httpx.Client, collection: Collection) -> None:
    ids = add(client, ("secret plän.txt", MOONS), ("mars.txt", MARS))
    add(client, ("secret plän.txt", MOONS))
    kept = client.get("/v1/ingests").json()["ingests"]
    assert "secret plän" in names_of(collection)
    assert client.delete(f"/v1/documents/{ids['secret plän.txt']}").status_code == 204
    assert "secret" not in names_of(collection)
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address) as another:
        newer, older = another.get("/v1/ingests").json()["ingests"]
    assert (older["id"], older["sources"], older["report"]["added"]) == (kept[1]["id"], ["mars.txt"], ["mars.txt"])
    assert (newer["state"], newer["sources"], newer["report"]["unchanged"]) == ("done", [], [])


def test_a_document_deleted_before_its_ingest_ends_is_not_named_in_the_note(
    client: httpx.Client, collection: Collection, embedder: GatedEmbedder
) -> None:
    response = upload(client, ("secret.txt", MOONS), ("long.md", LONG))
    until = time.monotonic() + 10
    while (record := collection.store.find("secret.txt")) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    embedder.close()
    collection.delete(record.document_id)
    assert "secret" not in names_of(collection)
    embedder.gate.set()
    assert wait_for(client, response)["report"]["added"] == ["secret.txt", "long.md"]
    assert "secret" not in names_of(collection)
    assert "long.md" in names_of(collection)


def test_an_ingest_into_a_deleted_collection_leaves_no_note_for_another_of_its_name(
    client: httpx.Client, collection: Collection, embedder: GatedEmbedder
) -> None:
    folder = collection.store.folder
    embedder.close()
    response = upload(client, ("moons.txt", MOONS))
    assert embedder.came.wait(10)
    folder.rename(folder.with_name(".deleted"))  # as another process deletes it
    embedder.gate.set()
    (thread,) = (each for each in threading.enumerate() if each.name == f"ingest-{collection.name}")
    thread.join(10)
    assert not folder.exists()
    with Collection.open(settings=collection.settings, create=True, embedder=embedder):
        assert client.get(response.headers["location"]).status_code == 404
        assert client.get("/v1/ingests").json()["ingests"] == []


def test_a_new_collection_has_no_notes_of_an_earlier_one(tmp_path: Path, embedder: GatedEmbedder) -> None:
    settings = Settings(home=tmp_path / "home")
    folder = settings.home / "collections" / "default"
    IngestNotes(folder).write("ing_0123456789ab", "{}")
    with Collection.open(settings=settings, create=True, embedder=embedder):
        assert list(IngestNotes(folder).read_all()) == []


def test_a_file_that_is_there_under_another_name_is_taken_and_told(
    client: httpx.Client, collection: Collection, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "moons.txt").write_text(MOONS, encoding="utf-8")
    collection.ingest([folder])
    shown = wait_for(client, upload(client, ("moons.txt", MOONS), ("mars.txt", MARS), ("copy.txt", MOONS)))
    assert shown["report"]["added"] == ["moons.txt", "mars.txt", "copy.txt"]
    assert shown["report"]["duplicate_of"] == {"moons.txt": "papers/moons.txt", "copy.txt": "papers/moons.txt"}
    again = wait_for(client, upload(client, ("moons.txt", MOONS)))
    assert again["report"]["duplicate_of"] == {}


def test_only_the_newest_notes_are_kept(tmp_path: Path) -> None:
    notes = IngestNotes(tmp_path, keep=3)
    for number in range(5):
        notes.write(f"ing_{number:08d}", f"{number}")
    assert list(notes.read_all()) == ["4", "3", "2"]
    assert notes.read("ing_00000000") is None
    assert notes.read("../store") is None


def test_the_note_just_written_is_kept_though_the_clock_was_ahead_before(tmp_path: Path) -> None:
    notes = IngestNotes(tmp_path, keep=3)
    for number in range(3):
        notes.write(f"ing_{4_000_000_000_000 + number:012x}", f"ahead {number}")
    for number in range(2):
        notes.write(f"ing_{1_700_000_000_000 + number:012x}", f"{number}")
    assert list(notes.read_all()) == ["1", "0", "ahead 2"]
    for number in range(3):  # a clock that is ahead of all the others even now
        notes.write(f"ing_{3_900_000_000_000 + number:012x}", f"now {number}")
        assert f"now {number}" in list(notes.read_all())


@pytest.mark.parametrize("identifier", ["../x", "ing_", "ing_zz", "x/ing_00000000", "ing_00000000/../.."])
def test_an_identifier_from_outside_is_no_folder(tmp_path: Path, identifier: str) -> None:
    with pytest.raises(ValueError, match="no identifier"):
        Staging(tmp_path, identifier)


def test_what_of_a_file_could_not_be_read_is_told_in_the_report(client: httpx.Client, tmp_path: Path) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(Path(__file__).parent / "documents" / "report.pdf")
    document.new_page(300, 400, index=1).close()
    document.save(tmp_path / "partly.pdf")
    document.close()
    response = upload(client, ("partly.pdf", (tmp_path / "partly.pdf").read_bytes()), ("moons.txt", MOONS))
    report = wait_for(client, response)["report"]
    assert isinstance(report, dict)
    assert sorted(report["added"]) == ["moons.txt", "partly.pdf"]
    (partial,) = report["partial"]
    assert partial["source"] == "partly.pdf"
    assert partial["reason"].startswith("page 2 has no text layer")
    noted = client.get(response.headers["location"]).json()
    assert noted["report"]["partial"] == [partial]
