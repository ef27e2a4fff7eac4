"""From our HTTP face to a language model's server and back, on real sockets: streamed, plain, cancelled, failing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import create_app
from rag import Collection, Settings
from rag.llm.vendor import load_vendor
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import leave_once, read_events, serving
from tests.fakes.openai_server import ScriptedServer
from tests.test_api import QUESTION, STREAM

KEY = "sk-canary-7f3a"
MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."


@pytest.fixture
def upstream() -> Iterator[ScriptedServer]:
    load_vendor()  # takes seconds, the first time
    with ScriptedServer() as server:
        server.reply("Saturn has 274 known moons [1]. Saturn has 900 known moons [1].")
        yield server


def open_collection(tmp_path: Path, upstream: ScriptedServer, model: str) -> Collection:
    (tmp_path / "moons.txt").write_text(MOONS, encoding="utf-8")
    settings = Settings(
        home=tmp_path / "home", risk=1.0, model=f"openai/{model}", api_base=upstream.url, api_key=KEY, model_retries=0
    )
    collection = Collection.open(settings=settings, create=True, embedder=HashEmbedder())
    collection.ingest([tmp_path / "moons.txt"])
    return collection


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["plain", "streamed"])
def test_a_models_answer_is_cited_and_judged(tmp_path: Path, upstream: ScriptedServer, headers: dict[str, str]) -> None:
    upstream.reply("DROP")
    collection = open_collection(tmp_path, upstream, "ok")
    with collection, serving(create_app(collection=collection)) as address:
        response = httpx.post(f"{address}/v1/ask", json=QUESTION, headers=headers, timeout=30)
        answer = read_events(response.text)[-1][1] if headers else response.json()
        assert [sentence["verdict"] for sentence in answer["sentences"]] == ["supported", "unsupported"]  # type: ignore[index,attr-defined]
        assert answer["citations"][0]["quote"] == "Saturn has 274 known moons."  # type: ignore[index]
        assert answer["usage"]["llm_calls"] == 2  # type: ignore[index]  # the draft, and a repair that was dropped
        assert answer["prompt_sha256"]


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["plain", "streamed"])
def test_a_client_that_leaves_ends_the_upstream_call_within_a_second(
    tmp_path: Path, upstream: ScriptedServer, headers: dict[str, str]
) -> None:
    collection = open_collection(tmp_path, upstream, "stall-after-2")
    with collection, serving(create_app(collection=collection)) as address:
        leave_once(lambda: upstream.open_calls == 1, address, "POST", "/v1/ask", json=QUESTION, headers=headers)
        left = time.monotonic()
        while upstream.open_calls and time.monotonic() < left + 1:
            time.sleep(0.01)
        assert upstream.calls == 1
        assert upstream.open_calls == 0
        assert upstream.cancelled_calls == 1


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["plain", "streamed"])
def test_a_sentence_that_fails_is_repaired_over_the_wire(
    tmp_path: Path, upstream: ScriptedServer, headers: dict[str, str]
) -> None:
    upstream.reply("Corrected sentence: Titan is the largest moon of Saturn [1].")
    collection = open_collection(tmp_path, upstream, "ok")
    with collection, serving(create_app(collection=collection)) as address:
        response = httpx.post(f"{address}/v1/ask", json=QUESTION, headers=headers, timeout=30)
        answer = read_events(response.text)[-1][1] if headers else response.json()
        assert answer["text"] == MOONS  # type: ignore[index]
        assert answer["warnings"] == ["1 sentence repaired."]  # type: ignore[index]
        assert answer["usage"]["llm_calls"] == upstream.calls == 2  # type: ignore[index]
        assert "number 900 is not in the source" in upstream.requests[1]["messages"][1]["content"]


@pytest.mark.parametrize("headers", [{}, STREAM], ids=["plain", "streamed"])
def test_a_client_that_leaves_during_a_repair_ends_its_call_within_a_second(
    tmp_path: Path, upstream: ScriptedServer, headers: dict[str, str]
) -> None:
    collection = open_collection(tmp_path, upstream, "silent-from-2")
    with collection, serving(create_app(collection=collection)) as address:
        leave_once(lambda: upstream.calls == 2, address, "POST", "/v1/ask", json=QUESTION, headers=headers)
        left = time.monotonic()
        while upstream.open_calls and time.monotonic() < left + 1:
            time.sleep(0.01)
        assert upstream.calls == 2
        assert upstream.open_calls == 0
        assert upstream.cancelled_calls == 1


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("status-401", 502, "model_rejected"),
        ("status-429", 503, "model_unavailable"),
        ("status-500", 503, "model_unavailable"),
        ("status-400-context", 502, "model_rejected"),
        ("not-json", 502, "model_reply_broken"),
        ("cut-after-2", 502, "model_reply_broken"),
    ],
)
def test_a_failing_model_is_a_problem_with_its_code_and_shows_no_secret(
    tmp_path: Path, upstream: ScriptedServer, model: str, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    collection = open_collection(tmp_path, upstream, model)
    with collection, serving(create_app(collection=collection)) as address:
        plain = httpx.post(f"{address}/v1/ask", json=QUESTION, timeout=30)
        assert (plain.status_code, plain.json()["code"]) == (status, code)
        streamed = httpx.post(f"{address}/v1/ask", json=QUESTION, headers=STREAM, timeout=30)
        assert [name for name, _ in read_events(streamed.text)] == ["retrieved", "error"]
        assert read_events(streamed.text)[-1][1]["code"] == code
    assert KEY not in plain.text + streamed.text + caplog.text
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()
