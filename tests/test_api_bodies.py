"""Requests as they come in, on a real socket: too slowly, by a method that is not taken; and what is said of them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from rag import Collection, Settings
from tests.fakes.embedder import HashEmbedder
from tests.fakes.uploads import MOONS, add, wait_for


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        yield collection


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a body take no more than half a second, and a second for each 1,000 bytes."""
    monkeypatch.setattr("api.limits.RECEIVE_TIMEOUT_S", 0.5)
    monkeypatch.setattr("api.limits.RECEIVED_PER_S", 1000)


def trickle(client: httpx.Client, head: str, pause_s: float) -> str:
    """Send a request of 100,000 bytes byte by byte, and return what comes back before 5 seconds are over."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=5) as raw:
        raw.sendall(f"{head} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n".encode())
        until = time.monotonic() + 5
        raw.settimeout(pause_s)
        while time.monotonic() < until:
            try:
                told = raw.recv(65536)
            except TimeoutError:
                raw.sendall(b"x")
                continue
            raw.settimeout(5)
            return b"".join([told, *iter(lambda: raw.recv(65536), b"")]).decode()
    return ""


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("head", ["PUT /v1/documents/{}", "POST /v1/collections/import?name=b", "POST /v1/ask"])
def test_a_body_that_trickles_in_is_given_up(client: httpx.Client, head: str) -> None:
    (document_id,) = add(client, ("moons.txt", MOONS)).values()
    told = trickle(client, head.format(document_id), 0.1)
    assert told.startswith("HTTP/1.1 408 ")
    assert '"request_timeout"' in told
    assert "less than 1,000 bytes a second" in told


@pytest.mark.usefixtures("hurried")
def test_a_body_that_stops_coming_is_given_up(client: httpx.Client) -> None:
    told = trickle(client, "POST /v1/ask", 2.0)
    assert told.startswith("HTTP/1.1 408 ")
    assert "Nothing came for 0.5 seconds" in told


@pytest.mark.usefixtures("hurried")
def test_a_large_body_may_take_its_time(client: httpx.Client) -> None:
    def come() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(20):
            yield b"Saturn has 274 known moons. " * 20
            time.sleep(0.06)
        yield b"\r\n--x--\r\n"

    began = time.monotonic()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    response = client.post("/v1/documents", content=come(), headers=headers)
    assert time.monotonic() - began > 1.0
    assert wait_for(client, response)["state"] == "done"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/documents", "GET, POST"),
        ("/v1/documents/doc_1", "DELETE, GET, PATCH, PUT"),
        ("/v1/ingests/ing_1", "DELETE, GET"),
        ("/v1/ask", "POST"),
    ],
)
def test_a_method_that_is_not_taken_is_answered_with_those_that_are(
    client: httpx.Client, path: str, methods: str
) -> None:
    response = client.request("PROPFIND", path)
    assert (response.status_code, response.headers["allow"]) == (405, methods)
    response = client.request("TRACE", path)
    assert (response.status_code, response.headers["allow"]) == (405, methods)


def test_what_the_description_gives_as_an_example_is_answered(client: httpx.Client) -> None:
    add(client, ("moons.txt", MOONS))
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for path, body in (("/v1/ask", "AskBody"), ("/v1/search", "SearchBody")):
        properties = schemas[body]["properties"]
        for where in properties["where"]["examples"]:
            assert client.post(path, json={"question": "How many moons?", "where": where}).status_code == 200
    parameters = client.get("/openapi.json").json()["paths"]["/v1/documents"]["get"]["parameters"]
    (where,) = [each for each in parameters if each["name"] == "where"]
    for example in where["schema"]["examples"]:
        assert client.get("/v1/documents", params={"where": example}).status_code == 200


@pytest.mark.parametrize("body", [{"question": ""}, {"question": " \n"}, {"question": "Moons?", "strict": 0}])
def test_what_no_question_can_be_is_described_as_none(client: httpx.Client, body: dict[str, object]) -> None:
    add(client, ("moons.txt", MOONS))
    description = client.get("/openapi.json").json()
    schema = {"$ref": "#/components/schemas/AskBody", "components": description["components"]}
    assert not Draft202012Validator(schema).is_valid(body)
    assert client.post("/v1/ask", json=body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"answer": "Mars."},
        {"sentences": ["Mars."]},
        {"answer": "Mars.", "sentences": None},
        {"answer": "Mars.", "sentences": ["Mars."]},
        {"answer": None, "sentences": None},
        {},
        {"answer": "Mars.", "verdict": "good"},
    ],
)
def test_the_description_says_which_bodies_are_judged(client: httpx.Client, body: dict[str, object]) -> None:
    add(client, ("moons.txt", MOONS))
    description = client.get("/openapi.json").json()
    schema = {"$ref": "#/components/schemas/VerifyBody", "components": description["components"]}
    described = Draft202012Validator(schema).is_valid(body)
    assert described == (client.post("/v1/verify", json=body).status_code == 200)


def test_the_description_lets_an_original_have_its_own_type(client: httpx.Client) -> None:
    (document_id,) = add(client, ("moons.txt", MOONS)).values()
    assert client.get(f"/v1/documents/{document_id}/original").headers["content-type"].startswith("text/plain")
    described = client.get("/openapi.json").json()["paths"]["/v1/documents/{document_id}/original"]["get"]
    assert list(described["responses"]["200"]["content"]) == ["*/*"]
