"""Corners of the command line and of asking: what is odd is told or left, and never a mistake of ours."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.text import Text

from rag.cli.terminal import page
from rag.collection import Collection
from rag.config import Settings
from rag.errors import UsageError
from tests.fakes.embedder import HashEmbedder
from tests.test_cli import QUESTION, Vouch, filled, process_environment, vouch

__all__ = ["filled", "vouch"]


def test_a_pager_that_cannot_be_read_is_not_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAGER", "less '")
    page(Text("What is shown."))
    assert "What is shown." in capsys.readouterr().out


@pytest.mark.parametrize("top_k", [0, -1])
def test_fewer_passages_than_one_are_refused(tmp_path: Path, top_k: int) -> None:
    (tmp_path / "a.txt").write_text("Acme was founded in Graz in 1990.", encoding="utf-8")
    with Collection.open(settings=Settings(home=tmp_path / ".vouch"), create=True, embedder=HashEmbedder()) as opened:
        opened.ingest([tmp_path / "a.txt"])
        with pytest.raises(UsageError, match="top_k"):
            asyncio.run(opened.search("When was Acme founded?", top_k=top_k))


def test_support_judges_a_fragment_with_its_question(filled: Vouch) -> None:
    run = filled("ask", "How many known moons has Saturn?", "--json")
    answer = json.loads(run.out)
    answer["sentences"], answer["text"] = [answer["sentences"][0] | {"text": "1610.", "start": 0, "end": 5}], "1610."
    answer["sentences"][0] |= {"verdict": "supported", "citations": []}
    answer["citations"] = []
    run = filled("verify", "-", "--support", "--json", stdin=json.dumps(answer))
    assert json.loads(run.out)["sentences"][0]["verdict"] != "supported", "1610 answers another question"


def in_shell(filled: Vouch, arguments: Sequence[str], redirections: str) -> subprocess.CompletedProcess[str]:
    """Run a command with its streams as a shell is told to have them."""
    command = shlex.join([sys.executable, "-m", "tests.fakes.command_line", *arguments])
    return subprocess.run(
        ["sh", "-c", f"{command} {redirections}"],
        cwd=filled.folder,
        env=process_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "redirections"),
    [
        (["ask", QUESTION], ">&-"),
        (["ask", QUESTION, "--json"], ">&-"),
        (["ask", "", "--json"], ">&-"),
        (["--help"], ">&-"),
        (["--version"], ">&-"),
        (["--version"], ">/dev/full"),
    ],
)
def test_output_that_cannot_be_written_is_one_line_and_no_traceback(
    filled: Vouch, arguments: list[str], redirections: str
) -> None:
    done = in_shell(filled, arguments, redirections)
    assert done.returncode == (2 if "" in arguments else 1)
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: The question is empty" if "" in arguments else "error: The output cannot be written")


@pytest.mark.parametrize("arguments", [["ask", "-"], ["ask"]])
@pytest.mark.parametrize("redirections", ["<&-", "</dev/null"])
def test_without_anything_on_stdin_there_is_no_question(filled: Vouch, arguments: list[str], redirections: str) -> None:
    done = in_shell(filled, arguments, redirections)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: There is no question. Ask one:")


def test_a_closed_stderr_takes_nothing_from_the_answer(filled: Vouch) -> None:
    done = in_shell(filled, ["ask", QUESTION], "2>&- <&-")
    assert done.returncode == 0
    assert "274" in done.stdout


def test_no_file_gets_the_number_of_a_closed_stream() -> None:
    code = (
        "from rag.cli.boundary import open_closed_streams; open_closed_streams(); import os, sys\n"
        "taken = os.open('/dev/null', os.O_RDONLY)\n"
        "sys.exit(0 if taken > 2 and sys.stdin.read() == '' and sys.stderr.write('x') else 1)"
    )
    command = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], env=process_environment(), check=False).returncode == 0
