"""Collections over HTTP: listed, made, deleted, given out and taken in; on a real socket."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag import Collection, Settings
from tests.fakes.embedder import HashEmbedder
from tests.fakes.uploads import MARS, MOONS, add, left_over, wait_for


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    settings = Settings(home=tmp_path / "home", risk=1.0, import_max_bytes=1_000_000)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        yield collection


def add_to(client: httpx.Client, collection: str, name: str, text: str) -> str:
    """Upload a file to a collection and return its document's id."""
    response = client.post(f"/v1/documents?collection={collection}", files=[("files", (name, text.encode()))])
    shown = wait_for(client, response)
    assert (shown["state"], shown["collection"]) == ("done", collection)
    return shown["report"]["document_ids"][name]


def names(client: httpx.Client) -> list[str]:
    return [each["name"] for each in client.get("/v1/collections").json()["collections"]]


def test_a_collection_is_made_filled_asked_and_kept_apart(client: httpx.Client) -> None:
    add(client, ("moons.txt", MOONS))
    made = client.post("/v1/collections", json={"name": "mars"})
    assert (made.status_code, made.json()["documents"]) == (201, 0)
    assert client.get(made.headers["location"]).json()["total"] == 0
    identifier = add_to(client, "mars", "mars.txt", MARS)
    listed = {each["name"]: each["documents"] for each in client.get("/v1/collections").json()["collections"]}
    assert listed == {"default": 1, "mars": 1}
    question = {"question": "How many known moons has Saturn?"}
    answer = client.post("/v1/ask", json=question | {"collection": "mars"}).json()
    assert {each["source"] for each in [*answer["citations"], *answer["passages"]]} <= {"mars.txt"}
    for method, path, body in (
        ("GET", "", {}), ("GET", "/text", {}), ("GET", "/original", {}), ("DELETE", "", {}),
        ("PUT", "", {"content": b"x"}), ("PATCH", "", {"json": {"metadata": {"a": 1}}}),
    ):  # fmt: skip
        response = client.request(method, f"/v1/documents/{identifier}{path}", **body)
        assert (response.status_code, response.json()["code"]) == (404, "document_not_found")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-a", "a" * 65, "é", "a b", "a\n"])
def test_a_name_that_could_be_a_path_is_refused(client: httpx.Client, name: str) -> None:
    assert client.post("/v1/collections", json={"name": name}).status_code == 422
    assert client.post("/v1/collections/import", params={"name": name or "."}, content=b"x").status_code == 422
    assert names(client) == ["default"]


def test_a_name_is_given_once(client: httpx.Client) -> None:
    response = client.post("/v1/collections", json={"name": "default"})
    assert (response.status_code, response.json()["code"]) == (409, "collection_exists")


def test_a_deleted_collection_is_gone_for_all_routes(client: httpx.Client, collection: Collection) -> None:
    client.post("/v1/collections", json={"name": "mars"})
    add_to(client, "mars", "mars.txt", MARS)
    client.post("/v1/ask", json={"question": "How many known moons has Mars?", "collection": "mars"})
    response = client.delete("/v1/collections/mars")
    assert (response.status_code, response.content) == (204, b"")
    for path in ("/v1/documents", "/v1/answers", "/v1/ingests"):
        assert client.get(path, params={"collection": "mars"}).json()["code"] == "collection_not_found"
    assert client.delete("/v1/collections/mars").status_code == 404
    assert client.delete("/v1/collections/..%2fx").status_code == 404
    assert names(client) == ["default"]
    assert not any(b"Phobos" in path.read_bytes() for path in collection.settings.home.rglob("*") if path.is_file())
    client.post("/v1/collections", json={"name": "mars"})
    assert client.get("/v1/documents?collection=mars").json()["total"] == 0


def test_a_new_collection_knows_nothing_of_the_ingests_of_an_earlier_one(client: httpx.Client) -> None:
    client.post("/v1/collections", json={"name": "letters"})
    files = [("files", ("moons.txt", MOONS.encode())), ("files", ("bad.pdf", b"%PDF-1.4"))]
    response = client.post("/v1/documents?collection=letters", files=files)
    location = response.headers["location"]
    wait_for(client, response)
    assert client.get(location).json()["report"]["refused"]
    assert client.delete("/v1/collections/letters").status_code == 204
    client.post("/v1/collections", json={"name": "letters"})
    assert client.get("/v1/ingests?collection=letters").json()["ingests"] == []
    assert client.get(location).status_code == 404
    assert client.delete(location).status_code == 404


def test_the_servers_own_collection_stays(client: httpx.Client) -> None:
    response = client.delete("/v1/collections/default")
    assert (response.status_code, response.json()["code"]) == (409, "collection_in_use")


def test_a_collection_is_given_out_and_taken_in(client: httpx.Client, collection: Collection) -> None:
    ids = add(client, ("moons.txt", MOONS))
    exported = client.get("/v1/collections/default/export")
    assert exported.headers["content-type"] == "application/zip"
    assert exported.headers["content-disposition"] == 'attachment; filename="default.vouch.zip"'
    assert zipfile.ZipFile(io.BytesIO(exported.content)).testzip() is None
    taken = client.post("/v1/collections/import?name=copy", content=exported.content)
    assert (taken.status_code, taken.json()["documents"]) == (201, 1), taken.text
    original = client.get(f"/v1/documents/{ids['moons.txt']}/original?collection=copy")
    assert original.text == MOONS
    again = client.post("/v1/collections/import?name=copy", content=exported.content)
    assert (again.status_code, again.json()["code"]) == (409, "collection_exists")
    assert left_over(collection) == []


def test_what_is_no_export_is_refused(client: httpx.Client, collection: Collection) -> None:
    add(client, ("moons.txt", MOONS))
    exported = bytearray(client.get("/v1/collections/default/export").content)
    exported[len(exported) // 2] ^= 1
    for content in (b"", b"PK nothing", bytes(exported)):
        response = client.post("/v1/collections/import?name=copy", content=content)
        assert (response.status_code, response.json()["code"]) == (422, "bad_archive")
        assert response.json()["detail"].startswith("The uploaded file cannot be imported")
    large = client.post("/v1/collections/import?name=copy", content=b"x" * 1_000_001)
    assert (large.status_code, large.json()["code"]) == (413, "upload_too_large")
    assert names(client) == ["default"]
    assert left_over(collection) == []
    assert client.get("/v1/collections/absent/export").status_code == 404


def test_a_client_that_leaves_an_export_leaves_nothing(client: httpx.Client, collection: Collection) -> None:
    add(client, ("moons.txt", MOONS))
    with client.stream("GET", "/v1/collections/default/export") as stream:
        assert stream.status_code == 200
    until = time.monotonic() + 5
    while left_over(collection) and time.monotonic() < until:
        time.sleep(0.01)
    assert left_over(collection) == []
