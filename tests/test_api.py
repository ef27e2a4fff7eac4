"""The HTTP face on a real socket: answers, streams, errors with codes, disconnects, limits."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import anyio
import httpx
import pytest
from fastapi import FastAPI

from api import create_app
from api.app import bind
from api.limits import Gate
from api.problems import STATUS, status_of
from api.security import require_loopback
from rag import Collection, Settings, errors, wire
from rag.types import DocumentRecord, DraftSentence, Judgement
from rag.verifiers import BuiltInVerifier
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import leave_once, read_events, serving

MOONS = (
    "Saturn has 274 known moons. Titan is the largest moon of Saturn. It was discovered by Christiaan Huygens in 1655."
)
QUESTION = {"question": "How many known moons has Saturn?"}
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    file = tmp_path / "moons.txt"
    file.write_text(MOONS, encoding="utf-8")
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([file])
        yield collection


def wait_until(holds: Callable[[], bool], timeout_s: float = 3) -> None:
    """Wait until something holds, or the time is over."""
    until = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)


def test_ask_gives_the_answer_on_the_wire_and_stores_it(client: httpx.Client, tmp_path: Path) -> None:
    response = client.post("/v1/ask", json=QUESTION)
    assert response.status_code == 200
    answer = wire.load_answer(response.content)
    assert "274" in answer.text
    citation = answer.citations[0]
    assert MOONS[citation.start : citation.end] == citation.quote
    stored = client.get(f"/v1/answers/{answer.id}")
    assert wire.load_answer(stored.content) == answer
    assert client.get("/v1/answers").json()["answers"][0]["answer_id"] == answer.id
    text = client.get(
        f"/v1/documents/{citation.document_id}/text", params={"start": citation.start, "end": citation.end}
    )
    assert text.text == citation.quote


def test_ask_streams_the_same_answer_sentence_by_sentence(client: httpx.Client) -> None:
    response = client.post("/v1/ask", json=QUESTION, headers=STREAM)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = read_events(response.text)
    names = [name for name, _ in events]
    assert names[0] == "retrieved"
    assert names[-1] == "answer"
    assert set(names[1:-1]) == {"sentence"}
    answer = events[-1][1]
    assert [data["sentence"] for name, data in events if name == "sentence"] == answer["sentences"]
    assert [c for name, data in events if name == "sentence" for c in data["citations"]] == answer["citations"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("accept", "stream"),
    [
        ("text/event-stream", True),
        ("application/json", False),
        ("*/*", False),
        ("text/event-stream;q=0.5, application/json", False),
        ("application/json;q=0.5, text/event-stream", True),
        ("nonsense;;q=x", False),
        ("text/event-stream;q=\u00b2", True),
        ("text/event-stream;q=1e999", True),
        ("text/event-stream;q=0.4, application/json;q=0.5", False),
        ("text/event-stream;q=0", False),
    ],
)
def test_accept_chooses_between_stream_and_json(client: httpx.Client, accept: str, stream: bool) -> None:
    response = client.post("/v1/ask", json=QUESTION, headers=[(b"Accept", accept.encode("latin-1"))])
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream") == stream


def test_search_verify_documents_and_conversations(client: httpx.Client) -> None:
    found = client.post("/v1/search", json=QUESTION | {"top_k": 1}).json()
    assert [passage["source"] for passage in found["passages"]] == ["moons.txt"]
    listed = client.get("/v1/documents").json()
    assert listed["total"] == 1
    document_id = listed["documents"][0]["document_id"]
    assert client.get(f"/v1/documents/{document_id}").json()["characters"] == len(MOONS)
    assert client.get(f"/v1/documents/{document_id}/text").text == MOONS
    conversation = client.post("/v1/conversations").json()["id"]
    client.post("/v1/ask", json=QUESTION | {"conversation_id": conversation})
    follow_up = {"question": "And which of them is the largest?", "conversation_id": conversation}
    assert "Saturn" in client.post("/v1/ask", json=follow_up).json()["standalone_question"]
    assert len(client.get(f"/v1/conversations/{conversation}").json()["answers"]) == 2
    assert client.get("/v1/conversations").json()["conversations"][0]["turns"] == 2


@pytest.mark.parametrize("given", [{}, {"passages": [{"text": MOONS, "source": "m", "anything": 1}]}])
def test_verify_judges_each_sentence_where_it_stands(client: httpx.Client, given: dict[str, object]) -> None:
    answer = "Saturn has 274 known moons [1]. Saturn has 900 known moons [1]."
    checked = client.post("/v1/verify", json={"answer": answer, **given}).json()
    assert [sentence["verdict"] for sentence in checked["sentences"]] == ["supported", "unsupported"]
    for sentence in checked["sentences"]:
        assert answer[sentence["start"] : sentence["end"]] == sentence["text"]
    assert checked["citations"][0]["quote"] == "Saturn has 274 known moons."


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v1/ask", {"question": " "}, 422, "bad_question"),
        ("POST", "/v1/ask", {"question": "x" * 4001}, 422, "bad_question"),
        ("POST", "/v1/ask", {}, 422, "bad_request"),
        ("POST", "/v1/ask", {"question": "q", "top_k": 0}, 422, "bad_request"),
        ("POST", "/v1/ask", {"question": "q", "qestion": "q"}, 422, "bad_request"),
        ("POST", "/v1/ask", {"question": "q", "collection": "absent"}, 404, "collection_not_found"),
        ("POST", "/v1/ask", {"question": "q", "collection": "../../etc"}, 404, "collection_not_found"),
        ("POST", "/v1/ask", {"question": "q", "where": {"year": {"about": 3}}}, 422, "bad_filter"),
        ("POST", "/v1/ask", {"question": "q", "conversation_id": "absent"}, 404, "answer_not_found"),
        ("POST", "/v1/search", {"question": ""}, 422, "bad_question"),
        ("POST", "/v1/verify", {}, 422, "bad_request"),
        ("POST", "/v1/verify", {"answer": "a", "sentences": ["a"]}, 422, "bad_request"),
        ("POST", "/v1/verify", {"answer": "a" * 20_001}, 422, "bad_request"),
        ("POST", "/v1/verify", {"sentences": ["a"] * 201}, 422, "bad_request"),
        ("POST", "/v1/verify", {"sentences": ["a" * 15_000] * 2}, 422, "bad_request"),
        ("POST", "/v1/verify", {"answer": "a", "passages": [{"text": "a"}] * 51}, 422, "bad_request"),
        ("POST", "/v1/verify", {"answer": "a", "passages": [{"text": "a" * 20_001}]}, 422, "bad_request"),
        ("GET", "/v1/answers/absent", None, 404, "answer_not_found"),
        ("GET", "/v1/documents/absent", None, 404, "document_not_found"),
        ("GET", "/v1/documents?limit=0", None, 422, "bad_request"),
        ("GET", "/v1/conversations/absent", None, 404, "answer_not_found"),
        ("GET", "/absent", None, 404, "not_found"),
        ("GET", "/v1/ask", None, 405, "method_not_allowed"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_bad_input_is_a_problem_document_with_its_code(
    client: httpx.Client, method: str, path: str, body: object, status: int, code: str, accept: str
) -> None:
    response = client.request(method, path, json=body, headers={"Accept": accept})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


HALF = "\\ud800"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/v1/ask", f'{{"question": "How many moons has Saturn{HALF}?"}}'),
        ("/v1/ask", f'{{"question": "q", "collection": "{HALF}"}}'),
        ("/v1/ask", f'{{"question": "q", "conversation_id": "{HALF}"}}'),
        ("/v1/ask", f'{{"question": "q", "where": {{"{HALF}": "{HALF}"}}}}'),
        ("/v1/ask", f'{{"question": "q", "where": {{"a": {{"{HALF}": 1}}}}}}'),
        ("/v1/ask", f'{{"question": "q", "{HALF}": 1}}'),
        ("/v1/ask", '{"question": "q", "where": {"a": ' + "[" * 900 + "]" * 900 + "}}"),
        ("/v1/search", f'{{"question": "moons of Saturn {HALF}"}}'),
        ("/v1/verify", f'{{"answer": "Moons {HALF}.", "passages": [{{"text": "Moons {HALF}.", "source": "{HALF}"}}]}}'),
        ("/v1/conversations", f'{{"collection": "{HALF}"}}'),
    ],
)
def test_half_a_character_is_no_mistake_of_the_servers(
    client: httpx.Client, path: str, content: str, accept: str
) -> None:
    response = client.post(path, content=content, headers={"Content-Type": "application/json", "Accept": accept})
    assert response.status_code in (200, 404, 422)
    assert "internal" not in response.text


@pytest.mark.parametrize("content", [b"{", b"\xff", b'"text"', b"[1]", b"null", b""])
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, content: bytes) -> None:
    response = client.post("/v1/ask", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.json()["code"] == "bad_request"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_too_large_is_refused(client: httpx.Client, announced: bool) -> None:
    body = b'{"question": "' + b"x" * 26_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    content = body if announced else (body[i : i + 1_000_000] for i in range(0, len(body), 1_000_000))
    response = client.post("/v1/ask", content=content, headers=headers)
    assert response.status_code == 413
    assert (response.json()["code"], response.json()["remedy"]) == ("body_too_large", "Send less at a time.")


def test_a_body_that_is_not_on_its_way_yet_is_refused_before_it_comes(client: httpx.Client) -> None:
    head = "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 30000000\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=20) as sent:
        sent.sendall(head.encode())
        assert sent.recv(100).startswith(b"HTTP/1.1 413")


def test_a_foreign_host_is_refused(client: httpx.Client) -> None:
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/healthz").json() == {"status": "ok", "reasons": []}
    assert client.get("/readyz").status_code == 200


def test_browsers_are_told_to_make_nothing_of_a_response(client: httpx.Client) -> None:
    for path in ("/healthz", "/absent", "/v1/documents"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_another_address_than_this_machines_is_not_bound(host: str) -> None:
    with pytest.raises(errors.ConfigError):
        require_loopback(host)
    require_loopback("127.0.0.1")
    require_loopback("::1")


def test_an_error_after_the_first_event_is_an_error_event(collection: Collection, client: httpx.Client) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.", errors.ModelTimeout("The model is too slow."))
    events = read_events(client.post("/v1/ask", json=QUESTION, headers=STREAM).text)
    assert [name for name, _ in events] == ["retrieved", "sentence", "error"]
    assert events[-1][1]["code"] == "model_timeout"
    plain = client.post("/v1/ask", json=QUESTION)
    assert (plain.status_code, plain.json()["code"]) == (504, "model_timeout")


def test_an_error_of_our_own_shows_nothing_of_itself(
    collection: Collection, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    collection.drafter = ScriptedDrafter(RuntimeError("canary-secret"))
    response = client.post("/v1/ask", json=QUESTION)
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "canary-secret" not in response.text
    assert "canary-secret" in caplog.text


def test_a_mistake_of_our_own_in_mid_stream_is_an_error_event_and_shows_nothing_of_itself(
    collection: Collection, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.", RuntimeError("canary-secret"))
    response = client.post("/v1/ask", json=QUESTION, headers=STREAM)
    events = read_events(response.text)
    assert [name for name, _ in events] == ["retrieved", "sentence", "error"]
    assert events[-1][1]["code"] == "internal"
    assert "canary-secret" not in response.text
    assert "canary-secret" in caplog.text


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["plain", "streamed"])
def test_a_client_that_leaves_while_it_waits_gives_up_its_place(
    collection: Collection, headers: dict[str, str]
) -> None:
    gate = Gate(running=0, waiting=1)
    with serving(create_app(collection=collection, gate=gate)) as address:
        leave_once(lambda: gate.inside == 1, address, "POST", "/v1/ask", json=QUESTION, headers=headers)
        wait_until(lambda: gate.inside == 0)
        assert gate.inside == 0


@pytest.mark.parametrize("given", [{}, {"passages": [{"text": MOONS}]}], ids=["collection", "passages"])
def test_a_client_that_leaves_ends_the_judging_after_the_sentence_under_way(
    collection: Collection, given: dict[str, object]
) -> None:
    class SlowVerifier(BuiltInVerifier):
        judged = 0

        def verify(self, claim: str, passages: Sequence[str]) -> Judgement:
            self.judged += 1
            time.sleep(0.2)
            return super().verify(claim, passages)

    collection.verifier = verifier = SlowVerifier()
    gate = Gate()
    with serving(create_app(collection=collection, gate=gate)) as address:
        body = {"sentences": ["Saturn has 274 known moons."] * 50, **given}
        leave_once(lambda: verifier.judged > 0, address, "POST", "/v1/verify", json=body)
        wait_until(lambda: gate.inside == 0)
        assert gate.inside == 0
        judged = verifier.judged
        time.sleep(0.8)
        assert 0 < verifier.judged <= judged + 1


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["plain", "streamed"])
def test_a_client_that_leaves_cancels_the_answer_and_frees_its_place(
    collection: Collection, headers: dict[str, str]
) -> None:
    drafting: list[bool] = []

    async def wait() -> None:
        drafting.append(True)
        await asyncio.sleep(60)

    drafter = ScriptedDrafter(DraftSentence("Saturn has 274 known moons."), wait)
    collection.drafter = drafter
    gate = Gate(running=1, waiting=0)
    with serving(create_app(collection=collection, gate=gate)) as address:
        leave_once(lambda: drafting == [True], address, "POST", "/v1/ask", json=QUESTION, headers=headers)
        wait_until(lambda: drafter.closed and gate.inside == 0)
        assert drafter.closed
        assert gate.inside == 0
        collection.drafter = ScriptedDrafter("Saturn has 274 known moons.")
        assert httpx.post(f"{address}/v1/ask", json=QUESTION).status_code == 200


def test_more_than_may_wait_are_told_to_come_back_and_health_answers(collection: Collection) -> None:
    async def burst(address: str) -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=address, timeout=20, limits=httpx.Limits(max_connections=60)) as client:
            health = client.get("/healthz")
            return await asyncio.gather(*[client.post("/v1/ask", json=QUESTION) for _ in range(40)], health)

    async def wait() -> None:
        await asyncio.sleep(0.3)

    collection.drafter = ScriptedDrafter(wait, "Saturn has 274 known moons.")
    with serving(create_app(collection=collection, gate=Gate(running=2, waiting=6))) as address:
        *responses, health = anyio.run(burst, address)
    codes = sorted(response.status_code for response in responses)
    assert codes == [200] * 8 + [503] * 32
    refused = next(response for response in responses if response.status_code == 503)
    assert refused.json()["code"] == "busy"
    assert refused.headers["retry-after"]
    assert health.status_code == 200


def test_a_server_without_documents_is_up_but_says_why_it_is_not_ready(tmp_path: Path) -> None:
    with serving(create_app(Settings(home=tmp_path))) as address:
        assert httpx.get(f"{address}/healthz").status_code == 200
        ready = httpx.get(f"{address}/readyz")
        assert ready.status_code == 503
        assert "collection_not_found" in ready.json()["reasons"][0]


def test_health_answers_while_a_collection_is_being_opened(app: FastAPI, client: httpx.Client) -> None:
    async def ask_for_others(address: httpx.URL) -> set[int]:
        async with httpx.AsyncClient(base_url=address, timeout=2) as other:
            requests = [
                other.post("/v1/ask", json=QUESTION | {"collection": "absent"}),
                other.post("/v1/search", json=QUESTION | {"collection": "absent"}),
                other.post("/v1/verify", json={"answer": "a", "collection": "absent"}),
                other.post("/v1/conversations", json={"collection": "absent"}),
                other.get("/v1/conversations", params={"collection": "absent"}),
                other.get("/v1/conversations/c", params={"collection": "absent"}),
                other.get("/v1/answers", params={"collection": "absent"}),
            ]
            waiting = asyncio.gather(*requests)
            try:
                await asyncio.sleep(0.2)
                for path in ("/healthz", "/readyz", "/v1/answers"):
                    assert (await other.get(path)).status_code == 200
                assert not waiting.done()
            finally:
                app.state.collections.lock.release()
            return {response.status_code for response in await waiting}

    app.state.collections.lock.acquire()
    assert anyio.run(ask_for_others, client.base_url) == {404}


def test_readiness_returns_once_the_collection_is_there(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    app = create_app(settings)
    with serving(app) as address:
        assert httpx.get(f"{address}/readyz").status_code == 503
        Collection.open(settings=settings, create=True, embedder=HashEmbedder()).close()
        # The collection of another embedder than the settings' can be opened, and not be asked.
        ready = httpx.get(f"{address}/readyz", timeout=60)
        assert (ready.status_code, ready.json()["reasons"][0].split(":")[0]) == (503, "embedder_mismatch")
        app.state.collections.opened["default"].given_embedder = HashEmbedder()
        assert httpx.get(f"{address}/readyz").json() == {"status": "ok", "reasons": []}


def test_readiness_tells_of_a_collection_that_takes_no_changes_or_cannot_be_read(
    collection: Collection, client: httpx.Client
) -> None:
    assert client.get("/readyz").status_code == 200
    collection.store.write_failure = errors.StorageFull("There is no space left.")
    assert client.get("/readyz").json()["reasons"] == ["storage_full: There is no space left."]
    collection.store.write_failure = None
    assert client.get("/readyz").status_code == 200


def test_an_empty_collection_is_ready_only_with_its_embedder(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as made:
        other = Collection(settings, made.store, HashEmbedder(name="other"))
        with serving(create_app(collection=other)) as address:
            assert httpx.get(f"{address}/readyz").json()["reasons"][0].startswith("embedder_mismatch: ")


def test_documents_are_paged_and_counted_in_the_store(
    collection: Collection, client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        (tmp_path / f"note-{number}.txt").write_text(f"Note {number} says nothing of moons.", encoding="utf-8")
    collection.ingest(sorted(tmp_path.glob("note-*.txt")))
    asked: list[int | None] = []
    read = collection.store.documents

    def documents(limit: int | None = None, offset: int = 0) -> list[DocumentRecord]:
        asked.append(limit)
        return read(limit, offset)

    monkeypatch.setattr(collection.store, "documents", documents)
    sources: list[str] = []
    for offset in range(0, 6, 2):
        page = client.get("/v1/documents", params={"limit": 2, "offset": offset}).json()
        assert page["total"] == 5
        assert page["generation"] == collection.store.generation()
        sources += [document["source"] for document in page["documents"]]
    assert sources == sorted(sources)
    assert len(sources) == 5
    assert asked == [2, 2, 2]
    collection.delete("note-1.txt")
    assert client.get("/v1/documents", params={"limit": 2}).json()["total"] == 4


def test_every_error_class_has_a_status_and_the_table_knows_no_stranger() -> None:
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.VouchError)]
    assert set(STATUS) <= set(classes)
    for cls in classes:
        assert 400 <= status_of(cls("x")) < 600


def test_openapi_declares_both_forms_of_the_answer_and_examples(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    content = schema["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/event-stream"}
    assert schema["components"]["schemas"]["AskBody"]["properties"]["question"]["examples"]
    assert "application/problem+json" in schema["paths"]["/v1/ask"]["post"]["responses"]["4XX"]["content"]


def test_a_port_that_is_taken_is_an_error_with_a_remedy() -> None:
    with bind("127.0.0.1", 0) as listener, pytest.raises(errors.ConfigError, match="cannot be bound"):
        bind("127.0.0.1", listener.getsockname()[1])
