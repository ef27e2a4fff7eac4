"""A language model's server that answers by script and fails on demand, on a real loopback socket.

It speaks the OpenAI chat protocol, streamed and plain, so a test goes through every layer that production does::

    with ScriptedServer() as server:
        server.reply("Water boils at 100 degrees [1].", "Second reply.")   # one a call, in order; the last repeats
        server.reply(lambda request: request["messages"][-1]["content"])   # or computed from the request
        model = LanguageModel("openai/ok", api_base=server.url, api_key="any")
        ...
        server.requests        # bodies of the calls so far, with the headers under "_headers"
        server.calls, server.open_calls, server.cancelled_calls

The model's name (without ``openai/``) chooses how the call goes; parts joined by ``+`` combine, as in
``slow-50ms+cut-after-3``:

==========================  ====================================================================================
``ok``                      all tokens, ``finish_reason: stop``, usage if asked for, ``[DONE]``
``slow-200ms``              200 ms before every token
``late-200ms``              200 ms before the first token (and before the head of a plain reply)
``silent``                  takes the request and never answers
``silent-from-2``           the second call and those after it are taken and never answered
``cut-after-3``             the connection is reset after 3 tokens
``end-after-3``             the stream ends in good order after 3 tokens, without a finish reason or ``[DONE]``
``stall-after-2``           2 tokens, then nothing, until the client leaves
``drip-after-2``            2 tokens, then keep-alive comments and empty pieces for ever
``malformed-after-2``       2 tokens, then a line that is no JSON, then the rest
``error-after-2``           2 tokens, then an error object in the stream
``nodone``                  everything but ``[DONE]``
``nofinish``                everything but the finish reason
``nousage``                 everything but the usage
``length``                  ``finish_reason: length``
``content-filter``          ``finish_reason: content_filter``
``refuse``                  the reply is the refusal sentinel
``empty``                   a reply of no characters
``empty-choices``           ``choices: []``
``wrong-json``              a body that is not the protocol's
``not-json``                a body that is no JSON
``status-429``              that status, for ever; the body repeats the caller's key, as real servers have done
``status-429-then-ok``      that status once, then ok; ``status-429-twice-then-ok`` twice
``retry-after-1``           statuses carry ``Retry-After: 1``
``status-400-context``      400 with the code ``context_length_exceeded``
==========================  ====================================================================================
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

REFUSAL = "NOT_IN_DOCUMENTS"
"""Kept equal to `rag.prompts.REFUSAL` by a test; written out so that the fake needs nothing of ours."""

Reply = str | list[str] | Callable[[dict[str, Any]], str]
"""Text (cut into tokens at spaces), the tokens themselves, or a function of the request."""


class Reset(Exception):
    """The script says to reset the connection."""


class ScriptedServer:
    """The server, in a thread of its own; a context manager. Its counters may be read from any thread."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.calls = 0
        self.open_calls = 0
        self.cancelled_calls = 0
        self.open_connections = 0
        self._replies: list[Reply] = []
        self._failures: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="scripted-server", daemon=True)
        self._connections: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._port = 0

    @property
    def url(self) -> str:
        """What goes into ``api_base``."""
        return f"http://127.0.0.1:{self._port}/v1"

    def reply(self, *replies: Reply) -> None:
        """Queue replies, one a call; the last one repeats."""
        self._replies.extend(replies)

    async def idle(self, timeout_s: float = 5.0) -> bool:
        """Wait, on the caller's event loop, until no call is open; False if one still is at the time limit."""
        return await self.until(lambda: self.open_calls == 0, timeout_s)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 5.0) -> bool:
        """Wait, on the caller's event loop, until `condition` holds; False at the time limit.

        Waiting without the loop would keep the caller's own sockets from closing.
        """
        for _ in range(int(timeout_s / 0.005)):
            if condition():
                return True
            await asyncio.sleep(0.005)
        return condition()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        self.open_connections += 1
        try:
            while await self._exchange(reader, writer):
                pass
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except Reset:
            writer.transport.abort()
        finally:
            writer.close()
            self.open_connections -= 1
            self._connections.discard(connection)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; True if the connection may carry another."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        request = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))) or b"{}")
        request["_headers"] = headers
        self.requests.append(request)
        self.calls += 1
        self.open_calls += 1
        answer = asyncio.create_task(self._answer(request, writer))
        leaving = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait({answer, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                self.cancelled_calls += 1
                return False
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
            answer.result()
            return True
        finally:
            answer.cancel()
            leaving.cancel()
            await asyncio.gather(answer, leaving, return_exceptions=True)
            self.open_calls -= 1

    async def _answer(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        script = Script(request["model"])
        silent_from = script.number("silent-from-")
        if script.has("silent") or (silent_from and self.calls >= silent_from):
            await asyncio.Event().wait()
        failures = self._failures.setdefault(request["model"], 0)
        if script.status and (script.failures is None or failures < script.failures):
            self._failures[request["model"]] += 1
            await self._send(writer, script.status, *script.refusal(request))
            return
        text = REFUSAL if script.has("refuse") else "" if script.has("empty") else self._next_reply(request)
        tokens = text if isinstance(text, list) else re.findall(r"\s*\S+|\s+$", text)
        await asyncio.sleep(script.late_s)
        if request.get("stream"):
            await self._stream(writer, script, request, tokens)
        elif script.has("not-json"):
            await self._send(writer, 200, b"<html>Welcome to the proxy</html>", {"content-type": "text/html"})
        else:
            await asyncio.sleep(script.slow_s * len(tokens))
            await self._send(writer, 200, json.dumps(script.plain(request, tokens)).encode())

    def _next_reply(self, request: dict[str, Any]) -> str | list[str]:
        if not self._replies:
            return "Water boils at 100 degrees Celsius at sea level [1]."
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return reply(request) if callable(reply) else reply

    async def _send(
        self, writer: asyncio.StreamWriter, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        headers = {"content-type": "application/json", "content-length": str(len(body))} | (headers or {})
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + body)
        await writer.drain()

    async def _stream(
        self, writer: asyncio.StreamWriter, script: Script, request: dict[str, Any], tokens: list[str]
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for event in script.events(request, tokens):
            if event == STALL:
                await asyncio.Event().wait()
            if event == RESET:
                await asyncio.sleep(0.02)  # what was written gets out; a reset may overtake it otherwise
                raise Reset
            if event.startswith(TOKEN):
                await asyncio.sleep(script.slow_s)
            data = event.removeprefix(TOKEN).encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
            if event == KEEP_ALIVE:
                await asyncio.sleep(0.02)
        writer.write(b"0\r\n\r\n")
        await writer.drain()


STALL, RESET, TOKEN, KEEP_ALIVE = "\0stall", "\0reset", "\0token", ": keep-alive\n\n"


class Script:
    """How a call goes, read from the model's name."""

    def __init__(self, name: str) -> None:
        self.parts = name.split("+")
        self.slow_s = (self.number("slow-", "ms") or 0) / 1000
        self.late_s = (self.number("late-", "ms") or 0) / 1000
        status = next((part for part in self.parts if part.startswith("status-")), "")
        self.status = int(status[7:10]) if status else 0
        self.failures = 2 if "twice" in status else 1 if status.endswith("-then-ok") else None

    def has(self, part: str) -> bool:
        return part in self.parts

    def number(self, prefix: str, suffix: str = "") -> int | None:
        for part in self.parts:
            if part.startswith(prefix):
                return int(part.removeprefix(prefix).removesuffix(suffix))
        return None

    @property
    def finish(self) -> str | None:
        if self.has("nofinish"):
            return None
        return "length" if self.has("length") else "content_filter" if self.has("content-filter") else "stop"

    def refusal(self, request: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of an error; the body repeats the caller's key, as real servers have done."""
        context = any(part.endswith("-context") for part in self.parts)
        message = f"Refused with {self.status}; you sent {request['_headers'].get('authorization', 'no key')}."
        if context:
            message = "This model's maximum context length is 8192 tokens. However, your messages are 9000 tokens."
        code = "context_length_exceeded" if context else "invalid_api_key" if self.status == 401 else None
        error = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
        wait = self.number("retry-after-")
        return json.dumps(error).encode(), {} if wait is None else {"retry-after": str(wait)}

    def usage(self, request: dict[str, Any], tokens: list[str]) -> dict[str, int]:
        words = sum(len(message["content"].split()) for message in request["messages"])
        return {"prompt_tokens": words, "completion_tokens": len(tokens), "total_tokens": words + len(tokens)}

    def plain(self, request: dict[str, Any], tokens: list[str]) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""
        if self.has("wrong-json"):
            return {"greeting": "hello"}
        message = {"role": "assistant", "content": "".join(tokens)}
        choices = [] if self.has("empty-choices") else [{"index": 0, "message": message, "finish_reason": self.finish}]
        body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": request["model"]}
        return body | {"choices": choices, "usage": self.usage(request, tokens)}

    def events(self, request: dict[str, Any], tokens: list[str]) -> Iterator[str]:
        """Yield the events of a streamed reply, and what goes wrong among them."""
        if self.has("wrong-json"):
            yield 'data: {"greeting": "hello"}\n\n'
            return
        if self.has("not-json"):
            yield "<html>Welcome to the proxy</html>\n\n"
            return
        if not self.has("empty-choices"):
            yield piece(request, {"role": "assistant", "content": ""})
        else:
            yield event({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []})
            tokens = []
        for count, token in enumerate(tokens):
            yield from self.fault(count, request)
            if self.number("end-after-") == count:
                return
            yield TOKEN + piece(request, {"content": token})
        yield from self.fault(len(tokens), request)
        if not self.has("empty-choices") and self.number("end-after-") is None:
            yield piece(request, {}, self.finish)
        if request.get("stream_options", {}).get("include_usage") and not self.has("nousage"):
            yield event(json.loads(piece(request, {})[6:]) | {"choices": [], "usage": self.usage(request, tokens)})
        if not self.has("nodone") and self.number("end-after-") is None:
            yield "data: [DONE]\n\n"

    def fault(self, count: int, request: dict[str, Any]) -> Iterator[str]:
        """Yield what goes wrong after `count` tokens."""
        if self.number("cut-after-") == count:
            yield RESET
        if self.number("stall-after-") == count:
            yield STALL
        if self.number("malformed-after-") == count:
            yield 'data: {"id": "chatcmpl-1", "choices": [{"delta": {"con\n\n'
        if self.number("error-after-") == count:
            key = request["_headers"].get("authorization", "")
            yield event({"error": {"message": f"The server is overloaded ({key}).", "type": "server_error"}})
        while self.number("drip-after-") == count:
            yield KEEP_ALIVE
            yield piece(request, {"content": ""})


def event(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value)}\n\n"


def piece(request: dict[str, Any], delta: dict[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": request["model"]}
    return event(body | {"choices": [choice]})
