"""The language model over real sockets, with every fault a server has been seen to have."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import logging
import os
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from rag.errors import ModelError, ModelRejected, ModelReplyBroken, ModelTimeout, ModelUnavailable
from rag.llm import Completed, LanguageModel, Message
from rag.llm.failures import redacted, without_credentials
from rag.llm.vendor import load_vendor
from rag.prompts import REFUSAL
from tests.fakes import openai_server
from tests.fakes.openai_server import ScriptedServer

pytestmark = pytest.mark.anyio

CANARY = "sk-Canary4711zzQQxx"
QUESTION = [Message("system", "Be brief."), Message("user", "At what temperature does water boil?")]
TEXT = "Water boils at 100 degrees Celsius at sea level [1]."
TOKENS = TEXT.split(" ")

Make = Callable[..., LanguageModel]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
def vendor() -> None:
    load_vendor()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
async def make(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    monkeypatch.setattr("rag.llm.model.BACK_OFF_S", 0.02)
    models: list[LanguageModel] = []

    def made(script: str, **options: Any) -> LanguageModel:
        options = {"api_base": server.url, "api_key": CANARY} | options
        models.append(LanguageModel(f"openai/{script}", **options))
        return models[-1]

    yield made
    for model in models:
        await model.aclose()
    assert await server.idle(1), "a call is still open at the server"
    assert await server.until(lambda: server.open_connections == 0, 1), "a connection is still open"


async def read(model: LanguageModel) -> tuple[list[str], Completed]:
    pieces = [piece async for piece in model.stream(QUESTION)]
    end = pieces.pop()
    assert isinstance(end, Completed)
    assert all(isinstance(piece, str) and piece for piece in pieces)
    return pieces, end  # type: ignore[return-value]


async def test_a_reply_comes_in_pieces_and_ends_with_its_usage(make: Make, server: ScriptedServer) -> None:
    pieces, end = await read(make("ok"))
    assert "".join(pieces) == TEXT
    assert len(pieces) == len(TOKENS)
    assert (end.finish, end.detail) == ("stop", None)
    assert (end.usage.input_tokens, end.usage.output_tokens, end.usage.llm_calls) == (8, len(TOKENS), 1)
    assert end.usage.cost_usd == 0.0
    sent = server.requests[0]
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "At what temperature does water boil?"},
    ]
    assert (sent["max_tokens"], sent["temperature"], sent["stream"]) == (2048, 0.0, True)
    assert sent["_headers"]["authorization"] == f"Bearer {CANARY}"


async def test_complete_gives_the_whole_reply(make: Make) -> None:
    text, end = await make("ok").complete(QUESTION)
    assert (text, end.finish) == (TEXT, "stop")


async def test_usage_is_zero_where_the_server_does_not_count(make: Make) -> None:
    _, end = await read(make("nousage"))
    assert (end.usage.input_tokens, end.usage.output_tokens, end.usage.llm_calls) == (0, 0, 1)


async def test_a_known_model_has_a_price(make: Make, server: ScriptedServer) -> None:
    _, end = await read(make("gpt-4o"))
    assert end.usage.cost_usd > 0


@pytest.mark.parametrize("k", [1, 3, len(TOKENS)])
@pytest.mark.parametrize("fault", ["cut", "end", "malformed", "error", "stall", "drip"])
async def test_a_fault_after_the_first_token_is_a_cut_reply_not_an_error(
    make: Make, server: ScriptedServer, fault: str, k: int
) -> None:
    pieces, end = await read(make(f"{fault}-after-{k}", token_timeout_s=0.3))
    assert "".join(pieces) == " ".join(TOKENS[:k])
    assert end.finish == "cut"
    assert end.detail
    assert CANARY not in end.detail
    assert server.calls == 1, "what has begun is never asked for again"


@pytest.mark.parametrize("fault", ["cut", "error"])
async def test_a_fault_before_the_first_token_is_tried_again_and_then_raised(
    make: Make, server: ScriptedServer, fault: str
) -> None:
    with pytest.raises(ModelUnavailable):
        await read(make(f"{fault}-after-0"))
    assert server.calls == 3


@pytest.mark.parametrize(
    "script", ["empty", "empty-choices", "wrong-json", "not-json", "malformed-after-0", "end-after-0"]
)
async def test_a_reply_without_text_is_broken(make: Make, server: ScriptedServer, script: str) -> None:
    with pytest.raises(ModelReplyBroken, match=f"openai/{script}"):
        await read(make(script))
    assert server.calls == 1


@pytest.mark.parametrize(
    ("script", "finish"), [("length", "length"), ("content-filter", "filtered"), ("nodone", "stop")]
)
async def test_the_finish_reason_is_told(make: Make, script: str, finish: str) -> None:
    pieces, end = await read(make(script))
    assert "".join(pieces) == TEXT
    assert end.finish == finish
    assert (end.detail is None) == (finish == "stop")


@pytest.mark.parametrize("finish", ["length", "content-filter"])
async def test_a_model_that_only_thought_ends_without_text(make: Make, finish: str) -> None:
    pieces, end = await read(make(f"empty+{finish}"))
    assert pieces == []
    assert end.finish in ("length", "filtered")


async def test_a_reply_without_finish_reason_is_not_taken_for_complete(make: Make) -> None:
    _, end = await read(make("nofinish"))
    assert end.finish == "cut"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_a_server_without_room_is_asked_three_times(make: Make, server: ScriptedServer, status: int) -> None:
    with pytest.raises(ModelUnavailable, match=str(status)):
        await read(make(f"status-{status}"))
    assert server.calls == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_refused_request_is_not_repeated(make: Make, server: ScriptedServer, status: int) -> None:
    with pytest.raises(ModelRejected) as caught:
        await read(make(f"status-{status}"))
    assert server.calls == 1
    assert "VOUCH_" in caught.value.remedy


async def test_a_prompt_that_is_too_long_is_rejected_with_a_remedy(make: Make, server: ScriptedServer) -> None:
    with pytest.raises(ModelRejected, match="length") as caught:
        await read(make("status-400-context"))
    assert "VOUCH_TOP_K" in caught.value.remedy
    assert server.calls == 1


async def test_retries_are_counted_and_text_is_not_repeated(make: Make, server: ScriptedServer) -> None:
    pieces, end = await read(make("status-503-twice-then-ok"))
    assert "".join(pieces) == TEXT
    assert (server.calls, end.usage.llm_calls) == (3, 3)


async def test_no_retries_means_one_call(make: Make, server: ScriptedServer) -> None:
    with pytest.raises(ModelUnavailable):
        await read(make("status-429-then-ok", retries=0))
    assert server.calls == 1


async def test_retry_after_is_honoured(make: Make, server: ScriptedServer) -> None:
    started = time.monotonic()
    pieces, _ = await read(make("status-429-then-ok+retry-after-1"))
    assert "".join(pieces) == TEXT
    assert 1.0 <= time.monotonic() - started < 3


async def test_a_retry_after_beyond_the_time_limit_is_not_waited_for(make: Make, server: ScriptedServer) -> None:
    started = time.monotonic()
    with pytest.raises(ModelUnavailable):
        await read(make("status-429-then-ok+retry-after-60", answer_timeout_s=5))
    assert time.monotonic() - started < 2
    assert server.calls == 1


async def test_silence_before_the_first_token_is_a_timeout(make: Make, server: ScriptedServer) -> None:
    for script in ("silent", "stall-after-0", "drip-after-0"):
        started = time.monotonic()
        with pytest.raises(ModelTimeout, match=r"0\.3 s"):
            await read(make(script, first_token_timeout_s=0.3))
        assert time.monotonic() - started < 1.3
    assert await server.idle(1)


async def test_the_time_limit_holds_for_the_whole_answer(make: Make) -> None:
    started = time.monotonic()
    pieces, end = await read(make("slow-100ms", answer_timeout_s=0.55))
    assert time.monotonic() - started < 1.5
    assert end.finish == "cut"
    assert 1 <= len(pieces) <= 5


async def test_a_slow_model_is_given_its_time(make: Make) -> None:
    pieces, end = await read(make("slow-50ms+late-200ms", first_token_timeout_s=1, token_timeout_s=0.4))
    assert ("".join(pieces), end.finish) == (TEXT, "stop")


async def test_a_server_that_sends_without_end_is_stopped(make: Make, server: ScriptedServer) -> None:
    server.reply("word " * 2000)
    pieces, end = await read(make("ok", max_tokens=10))
    assert len("".join(pieces)) <= 10 * 32 + 10
    assert end.finish == "length"


async def test_closing_the_iterator_ends_the_call_at_the_server(make: Make, server: ScriptedServer) -> None:
    stream = make("slow-100ms").stream(QUESTION)
    await anext(stream)
    assert server.open_calls == 1
    started = time.monotonic()
    await stream.aclose()
    assert await server.idle(1)
    assert time.monotonic() - started < 1
    assert server.cancelled_calls == 1


@pytest.mark.parametrize("script", ["silent", "slow-200ms", "late-5000ms", "stall-after-2", "status-429+retry-after-9"])
@pytest.mark.parametrize("whole", [True, False])
async def test_cancelling_ends_the_call_at_the_server(
    make: Make, server: ScriptedServer, script: str, whole: bool
) -> None:
    model = make(script)
    task = asyncio.create_task(model.complete(QUESTION) if whole else read(model))
    assert await server.until(lambda: server.calls == 1)
    await asyncio.sleep(0.05)
    task.cancel()
    started = time.monotonic()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert await server.idle(1)
    assert time.monotonic() - started < 1


async def test_many_disconnects_leave_nothing_behind(make: Make, server: ScriptedServer) -> None:
    model = make("slow-20ms")
    tasks = asyncio.all_tasks()

    async def leave(after_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(after_s):
                await read(model)

    await asyncio.gather(*(leave(0.005 * number) for number in range(60)))
    assert await server.idle(1)
    pieces, _ = await read(make("ok"))
    assert "".join(pieces) == TEXT
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == tasks


async def test_an_unreachable_server_is_named_without_its_credentials(make: Make) -> None:
    for base in ("http://127.0.0.1:9/v1", f"http://someone:{CANARY}@127.0.0.1:9/v1?key={CANARY}"):
        with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:9/v1 cannot be reached") as caught:
            await read(make("ok", api_base=base, retries=0))
        assert "someone" not in str(caught.value)
        assert "VOUCH_API_BASE" in caught.value.remedy


async def test_a_host_that_does_not_exist_is_unavailable(make: Make) -> None:
    with pytest.raises(ModelUnavailable):
        await read(make("ok", api_base="http://nowhere.invalid/v1", retries=0))


@pytest.mark.parametrize("base", ["not a url", "ftp://127.0.0.1/v1", "http://[::1/v1"])
async def test_a_bad_address_is_rejected(make: Make, base: str) -> None:
    with pytest.raises(ModelError) as caught:
        await read(make("ok", api_base=base, retries=0))
    assert "VOUCH_API_BASE" in caught.value.remedy


@pytest.mark.parametrize("name", ["nonsense", "foo/bar", ""])
async def test_an_unknown_name_is_rejected_with_a_remedy(name: str) -> None:
    with pytest.raises(ModelRejected) as caught:
        await LanguageModel(name).complete(QUESTION)
    assert "VOUCH_MODEL" in caught.value.remedy


@pytest.mark.parametrize("name", ["openai/gpt-4o", "anthropic/claude-sonnet-5", "gemini/gemini-x"])
async def test_a_missing_key_is_rejected_with_a_remedy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [variable for variable in os.environ if "KEY" in variable or "TOKEN" in variable]:
        monkeypatch.delenv(variable)
    model = LanguageModel(name)
    with pytest.raises(ModelRejected) as caught:
        await model.complete(QUESTION)
    assert "VOUCH_API_KEY" in caught.value.remedy
    await model.aclose()


async def test_a_server_of_ones_own_needs_no_key(make: Make, server: ScriptedServer) -> None:
    text, _ = await make("ok", api_key=None).complete(QUESTION)
    assert text == TEXT


FAULTS = [
    *(f"status-{status}" for status in (400, 401, 403, 404, 408, 413, 422, 429, 500, 503)),
    *(f"{fault}-after-{k}" for fault in ("error", "malformed", "cut") for k in (0, 2)),
    "wrong-json",
    "silent",
]


@pytest.mark.parametrize("script", FAULTS)
async def test_no_secret_shows_in_any_error_log_or_output(
    make: Make, server: ScriptedServer, script: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    host = server.url.removeprefix("http://")
    base = f"http://someone:{CANARY}@{host}"
    model = make(script, api_base=base, first_token_timeout_s=0.3, retries=1)
    said = [repr(model), str(model), repr(vars(model)["_target"])]
    outcome = (await asyncio.gather(model.complete(QUESTION), return_exceptions=True))[0]
    said.append(repr(outcome))
    if isinstance(outcome, ModelError):
        written = io.StringIO()
        traceback.print_exception(outcome, file=written)
        said += [written.getvalue(), str(outcome), outcome.remedy]
        assert outcome.__cause__ is None
        assert outcome.__context__ is None, "the vendor's error would go wherever ours is reported"
    await asyncio.sleep(0.05)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
    said += [record.getMessage() for record in caplog.records]
    secrets = [CANARY, CANARY[3:11], CANARY[-8:], "someone:"]
    assert not [(secret, text) for secret in secrets for text in said if secret in text]


async def test_a_refusal_quotes_the_servers_reason_without_the_key(make: Make) -> None:
    with pytest.raises(ModelRejected) as caught:
        await read(make("status-400"))
    assert "Refused with 400" in str(caught.value)
    assert "(hidden)" in str(caught.value)


def test_a_text_is_quoted_without_any_word_that_shares_six_characters_with_a_secret() -> None:
    text = "key sk-abc***wxyz9 of Zq81Lm22Pp: (xxZq81Lmxx) at http://a:b@c/ said\nno \x1b[31mthanks"
    assert redacted(text, ["Zq81Lm22Pp"]) == "key (hidden) of (hidden) (hidden) at (hidden) said no thanks"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (None, None),
        ("http://a:b@host:81/v1?k=x#y", "http://host:81/v1"),
        ("https://host/v1", "https://host/v1"),
        ("http://h:port/", "(an address that cannot be read)"),
    ],
)
def test_an_address_is_shown_without_credentials(address: str | None, shown: str | None) -> None:
    assert without_credentials(address) == shown


def test_importing_the_module_loads_no_vendor() -> None:
    program = "import sys, rag.llm; print([m for m in ('litellm', 'openai', 'httpx', 'anyio') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_vendor_asks_no_network_reads_no_env_file_and_prints_nothing(tmp_path: Any) -> None:
    (tmp_path / ".env").write_text("PLANTED_BY_ENV_FILE=1\n")
    program = (
        "import os, socket, sys\n"
        "def refuse(*a, **k): os.write(2, b'network'); raise OSError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from rag.llm.vendor import load_vendor\n"
        "load_vendor()\n"
        "assert 'PLANTED_BY_ENV_FILE' not in os.environ\n"
    )
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_loop_that_is_closed_leaves_no_socket_open() -> None:
    async def ask(base: str) -> None:
        model = LanguageModel("openai/ok", api_base=base, api_key=CANARY)
        await model.complete(QUESTION)
        await model.aclose()
        await model.complete(QUESTION)  # a closed model connects again
        await model.aclose()

    with ScriptedServer() as server:
        for _ in range(5):
            asyncio.run(ask(server.url))
            gc.collect()
        assert server.calls == 10
        assert server.open_connections == 0


def test_the_fake_server_knows_our_refusal() -> None:
    assert openai_server.REFUSAL == REFUSAL
