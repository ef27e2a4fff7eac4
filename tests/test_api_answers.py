"""Stored answers and conversations over HTTP: deleted for good, each by its collection only; on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api import create_app
from rag import Collection, Settings
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

MOONS = "Saturn has 274 known moons. Jupiter has 97 of them."
QUESTION = "How many known moons has Saturn?"


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    file = tmp_path / "moons.txt"
    file.write_text(MOONS, encoding="utf-8")
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([file])
        yield collection


@pytest.fixture
def app(collection: Collection) -> FastAPI:
    return create_app(collection=collection)


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with serving(app) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def begin(client: httpx.Client, collection: str | None = None) -> str:
    """Begin a conversation and return its id."""
    return str(client.post("/v1/conversations", json={"collection": collection}).json()["id"])


def ask(client: httpx.Client, conversation: str | None = None) -> str:
    """Ask and return the answer's id."""
    response = client.post("/v1/ask", json={"question": QUESTION, "conversation_id": conversation})
    assert response.status_code == 200
    return str(response.json()["id"])


def answers(client: httpx.Client) -> list[str]:
    return [each["answer_id"] for each in client.get("/v1/answers").json()["answers"]]


def held(collection: Collection) -> bytes:
    """Return all bytes of the history's files."""
    return b"".join(path.read_bytes() for path in collection.settings.home.glob("history.db*"))


def test_a_deleted_answer_is_not_found_not_listed_and_nowhere_left(
    client: httpx.Client, collection: Collection
) -> None:
    kept, deleted = ask(client), ask(client)
    assert deleted.encode() in held(collection), "the test cannot see"
    response = client.delete(f"/v1/answers/{deleted}")
    assert (response.status_code, response.content) == (204, b"")
    for path in ("", "/check", "/transcript"):
        assert client.get(f"/v1/answers/{deleted}{path}").json()["code"] == "answer_not_found"
    assert client.delete(f"/v1/answers/{deleted}").status_code == 404
    assert answers(client) == [kept]
    assert deleted.encode() not in held(collection)


def test_an_answer_is_deleted_by_its_whole_id_only(client: httpx.Client) -> None:
    kept = ask(client)
    for name in (kept[:-1], "ans_", "%25", "ans_none"):
        problem = client.delete(f"/v1/answers/{name}")
        assert (problem.status_code, problem.json()["code"]) == (404, "answer_not_found")
        assert problem.headers["content-type"] == "application/problem+json"
    assert answers(client) == [kept]


def test_an_answer_deleted_from_a_conversation_leaves_the_others(client: httpx.Client) -> None:
    conversation = begin(client)
    first, second = ask(client, conversation), ask(client, conversation)
    assert client.delete(f"/v1/answers/{first}").status_code == 204
    shown = client.get(f"/v1/conversations/{conversation}").json()
    assert [each["id"] for each in shown["answers"]] == [second]
    assert client.delete(f"/v1/answers/{second}").status_code == 204
    assert client.get(f"/v1/conversations/{conversation}").json()["answers"] == []
    assert client.get("/v1/conversations").json()["conversations"] == []
    assert answers(client) == []
    third = ask(client, conversation)
    assert answers(client) == [third]


def test_answers_of_no_conversation_are_listed_without_the_others(client: httpx.Client) -> None:
    alone = [ask(client)]
    ask(client, begin(client))
    alone.append(ask(client))
    page = client.get("/v1/answers", params={"alone": True, "limit": 1}).json()
    rest = client.get("/v1/answers", params={"alone": True, "cursor": page["next_cursor"]}).json()
    assert [each["answer_id"] for each in page["answers"] + rest["answers"]] == alone[::-1]
    assert rest["next_cursor"] is None


def test_a_deleted_conversation_goes_with_its_answers_and_takes_no_more(
    client: httpx.Client, collection: Collection
) -> None:
    conversation, other = begin(client), begin(client)
    gone = [ask(client, conversation) for _ in range(2)]
    kept = ask(client, other)
    response = client.delete(f"/v1/conversations/{conversation}")
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"/v1/conversations/{conversation}").status_code == 404
    assert client.delete(f"/v1/conversations/{conversation}").json()["code"] == "answer_not_found"
    again = client.post("/v1/ask", json={"question": QUESTION, "conversation_id": conversation})
    assert (again.status_code, again.json()["field"]) == (404, "conversation_id")
    assert answers(client) == [kept]
    assert [each["conversation_id"] for each in client.get("/v1/conversations").json()["conversations"]] == [other]
    assert not [name for name in (conversation, *gone) if name.encode() in held(collection)]


def test_what_another_collection_keeps_is_not_deleted(client: httpx.Client) -> None:
    assert client.post("/v1/collections", json={"name": "mars"}).status_code == 201
    conversation = begin(client)
    answer = ask(client, conversation)
    for path in (f"/v1/answers/{answer}", f"/v1/conversations/{conversation}"):
        assert client.delete(path, params={"collection": "mars"}).status_code == 404
        assert client.delete(path, params={"collection": "none"}).json()["code"] == "collection_not_found"
        assert client.get(path).status_code == 200


def test_a_foreign_page_deletes_nothing(client: httpx.Client) -> None:
    conversation = begin(client)
    answer = ask(client, conversation)
    for path in (f"/v1/answers/{answer}", f"/v1/conversations/{conversation}"):
        assert client.delete(path, headers={"Origin": "https://evil.example"}).status_code == 403
        assert client.get(path).status_code == 200
