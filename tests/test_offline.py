"""Nothing phones home: ingest, ask and serve open no connection to anywhere but this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GUARD = """
import sys

def refuse(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in ("127.0.0.1", "::1", "local"):
            sys.stderr.write(f"OUTSIDE {event} {address}\\n")
            raise OSError(f"outside connection to {address}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if arguments[0] not in (None, "127.0.0.1", "::1", "localhost", ""):
            sys.stderr.write(f"OUTSIDE {event} {arguments[0]}\\n")
            raise OSError(f"outside look-up of {arguments[0]}")

sys.addaudithook(refuse)
"""
"""Raises and tells on standard error whenever Python code of the process looks or connects outside."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that is empty at first, so that the encoder is converted anew, once."""
    return tmp_path_factory.mktemp("cache")


def run_guarded(code: str, folder: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run Python code behind the guard."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "LITELLM", "VOUCH_"))}
    return subprocess.run(
        [sys.executable, "-c", GUARD + code],
        capture_output=True,
        text=True,
        cwd=folder,
        env=clean | {"XDG_CACHE_HOME": str(cache)},
        timeout=110,
    )


def test_the_guard_sees_an_outside_connection(tmp_path: Path) -> None:
    code = "import socket\ntry: socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError: pass"
    run = run_guarded(code, tmp_path, tmp_path)
    assert "OUTSIDE" in run.stderr


@pytest.mark.parametrize("model", ["extractive", "openai/absent"])
def test_ingest_and_ask_open_no_outside_connection(model: str, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "moons.txt").write_text("Saturn has 274 known moons.", encoding="utf-8")
    (tmp_path / ".env").write_text("VOUCH_CANARY=read\n", encoding="utf-8")
    code = f"""
import asyncio, os
from rag import Collection, Settings, errors
async def ask(collection):
    async with collection.ask("How many known moons has Saturn?") as events:
        return [event async for event in events]
settings = Settings(home="home", model={model!r}, api_base="http://127.0.0.1:9", api_key="k", model_retries=0, risk=1.0)
with Collection.open(settings=settings, create=True) as collection:
    print(collection.ingest(["moons.txt"]).added)
    try:
        print(asyncio.run(ask(collection))[-1].answer.text)
    except errors.VouchError as error:
        print(error.code)
print("canary", os.environ.get("VOUCH_CANARY"))
"""
    run = run_guarded(code, tmp_path, cache)
    assert "OUTSIDE" not in run.stderr, run.stderr
    assert "moons.txt" in run.stdout, run.stderr
    assert ("274" if model == "extractive" else "model_unavailable") in run.stdout, run.stdout + run.stderr
    assert "canary None" in run.stdout, ".env of the working folder was read"
