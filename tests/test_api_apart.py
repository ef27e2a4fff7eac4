"""Collections of one server are apart from one another, and what is told of them follows them."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import api.routes.collections
from api import create_app
from api.limits import Gate
from rag import Collection, Settings, create_collection, errors, export_collection, import_collection
from rag.collection.staging import IngestNotes
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving
from tests.fakes.uploads import MARS, MOONS, add, upload, wait_for

QUESTION = {"question": "How many known moons has Saturn?"}


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        yield collection


def fill(client: httpx.Client, name: str, *files: tuple[str, str]) -> None:
    """Make a collection and upload files into it."""
    assert client.post("/v1/collections", json={"name": name}).status_code == 201
    sent = [("files", (source, text.encode())) for source, text in files]
    assert wait_for(client, client.post(f"/v1/documents?collection={name}", files=sent))["state"] == "done"


def test_a_deleted_collection_is_closed_with_all_it_holds(app: FastAPI, client: httpx.Client) -> None:
    fill(client, "mars", ("mars.txt", MARS))
    assert client.post("/v1/ask", json=QUESTION | {"collection": "mars"}).status_code == 200
    held = app.state.collections.opened["mars"]
    closed: list[str] = []
    held.close = lambda: closed.append("mars")
    assert client.delete("/v1/collections/mars").status_code == 204
    assert closed == ["mars"]
    assert list(app.state.collections.opened) == ["default"]
    assert client.post("/v1/ask", json=QUESTION).status_code in (200, 409)


def test_totals_are_those_of_the_collection_that_is_there(client: httpx.Client) -> None:
    fill(client, "mars", ("a.txt", MARS), ("b.txt", MOONS))
    total = client.get("/v1/documents?collection=mars").json()
    assert (total["total"], total["generation"]) == (2, 2)
    assert client.delete("/v1/collections/mars").status_code == 204
    fill(client, "mars", ("a.txt", MARS))
    (document,) = client.get("/v1/documents?collection=mars").json()["documents"]
    client.patch(
        f"/v1/documents/{document['document_id']}?collection=mars", json={"metadata": {"a": 1}}
    ).raise_for_status()
    again = client.get("/v1/documents?collection=mars").json()
    assert (again["total"], again["generation"]) == (1, 2)


def test_a_server_whose_own_collection_has_another_embedder_serves_the_others(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", risk=1.0)
    other = HashEmbedder()
    create_collection(settings, "mars", embedder=other)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as own:

        def refuse() -> None:
            raise errors.EmbedderMismatch("made with another")

        own.__class__ = type("Own", (Collection,), {"embedder": property(lambda self: refuse())})
        with serving(create_app(collection=own)) as address, httpx.Client(base_url=address) as client:
            assert client.get("/v1/documents?collection=mars").json()["total"] == 0


def test_an_import_over_a_collection_is_a_conflict_with_and_without_a_name(client: httpx.Client) -> None:
    exported = client.get("/v1/collections/default/export").content
    for query in ("", "?name=default"):
        response = client.post(f"/v1/collections/import{query}", content=exported)
        assert (response.status_code, response.json()["code"]) == (409, "collection_exists")


def test_while_several_files_are_imported_other_collections_can_be_opened(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = client.get("/v1/collections/default/export").content
    client.post("/v1/collections", json={"name": "mars"})
    done, checking = threading.Event(), threading.Semaphore(0)
    take = api.routes.collections.import_collection

    def check_for_long(*given: Any, **options: Any) -> Any:
        checking.release()
        done.wait(30)
        return take(*given, **options)

    monkeypatch.setattr(api.routes.collections, "import_collection", check_for_long)
    with ThreadPoolExecutor(4) as pool:
        imports = [
            pool.submit(client.post, "/v1/collections/import", params={"name": f"copy{number}"}, content=exported)
            for number in range(4)
        ]
        try:
            assert all(checking.acquire(timeout=10) for _ in range(2))
            assert client.get("/v1/documents?collection=mars", timeout=5).json()["total"] == 0
        finally:
            done.set()
        assert [each.result().status_code for each in imports] == [201] * 4


def test_an_ingest_of_another_collection_is_neither_shown_nor_ended(client: httpx.Client) -> None:
    client.post("/v1/collections", json={"name": "mars"})
    location = upload(client, ("moons.txt", MOONS)).headers["location"]
    for method in ("GET", "DELETE"):
        response = client.request(method, location.partition("?")[0], params={"collection": "mars"})
        assert (response.status_code, response.json()["code"]) == (404, "ingest_not_found")


def test_documents_from_outside_the_homes_folder_are_found_by_their_folder(
    client: httpx.Client, collection: Collection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "moons.txt").write_text(MOONS, encoding="utf-8")
    collection.ingest([outside])
    add(client, ("mars.txt", MARS))
    assert client.get("/v1/documents", params={"folder": f"{outside}/"}).json()["total"] == 1
    for response in (
        client.get("/v1/documents", params={"folder": "reports"}),
        client.post("/v1/ask", json={"question": "How many known moons has Mars?", "where": {"folder": "reports"}}),
    ):
        assert response.status_code == 422
        assert response.json()["detail"].startswith("No document lies below 'reports'")


def test_fields_without_a_value_are_counted(client: httpx.Client) -> None:
    response = client.post("/v1/documents", files=[("empty", (None, ""))] * 1002)
    assert (response.status_code, response.json()["code"]) == (413, "field_too_large")


def test_a_file_that_cannot_be_read_hides_no_evaluation(
    client: httpx.Client, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    (collection.settings.home / "broken.json").write_text("{}")
    read = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path.name == "broken.json":
            raise OSError(errno.EIO, "Input/output error")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert client.get("/v1/evaluations").status_code == 200


def test_a_report_that_is_removed_while_the_list_is_made_hides_no_other(
    client: httpx.Client, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    (collection.settings.home / "going.json").write_text("{}")
    find = Path.glob

    def find_and_remove(folder: Path, pattern: str) -> Iterator[Path]:
        yield from find(folder, pattern)
        (collection.settings.home / "going.json").unlink(missing_ok=True)

    monkeypatch.setattr(Path, "glob", find_and_remove)
    assert client.get("/v1/evaluations").status_code == 200


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_disk_without_hard_links_takes_collections_and_exports(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    (tmp_path / "moons.txt").write_text(MOONS, encoding="utf-8")
    collection.add([(tmp_path / "moons.txt", "moons.txt")])

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "out.vouch"
    export_collection(collection.settings, "default", file)
    with pytest.raises(errors.UsageError, match="exists already"):
        export_collection(collection.settings, "default", file)
    create_collection(collection.settings, "empty", embedder=HashEmbedder())
    import_collection(collection.settings, file, "copy")
    with Collection.open(None, "copy", settings=collection.settings, embedder=HashEmbedder()) as copy:
        assert copy.read_original("moons.txt") == MOONS.encode()
    with pytest.raises(errors.CollectionExists):
        create_collection(collection.settings, "empty", embedder=HashEmbedder())


def test_an_ingests_folder_without_a_lock_goes_once_it_is_old(collection: Collection) -> None:
    notes = IngestNotes(collection.store.folder)
    folder = collection.store.folder / "incoming" / "ing_0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / "1.txt").write_text("secret", encoding="utf-8")
    assert notes.sweep() == []
    os.utime(folder, (0, 0))
    assert notes.sweep() == [folder.name]
    assert not notes.is_received(folder.name)


def test_a_full_gate_says_what_fills_it(app: FastAPI, client: httpx.Client) -> None:
    app.state.uploads = Gate(running=0, waiting=0, what=app.state.uploads.what)
    assert upload(client, ("moons.txt", MOONS)).json()["detail"].startswith("0 uploads are being received")


def test_a_server_that_stops_says_so(app: FastAPI, client: httpx.Client) -> None:
    app.state.ingests.stopping = True
    assert upload(client, ("moons.txt", MOONS)).json()["detail"].startswith("The server is stopping")
