"""``vouch samples``: what it drafts goes where it should, and a person can walk through it, leave and come back."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pexpect
import pytest

from tests.test_cli import Vouch, filled, process_environment, vouch

__all__ = ["filled", "vouch"]

ROWS = [
    {"id": "s001", "kind": "number", "question": "How many moons has Saturn?", "answerable": True,
     "reference": "Saturn has 274 known moons.",
     "gold": [{"source": "docs/moons.txt", "start": 0, "end": 27, "quote": "Saturn has 274 known moons."}]},
    {"id": "s002", "kind": "near_miss", "question": "How many moons has Mars?", "answerable": False,
     "instead_of": "Saturn", "custom": [1, None]},
    {"id": "s003", "kind": "fact", "question": "What is Titan \u001b[31mred?", "answerable": True,
     "reference": "A moon."},
]  # fmt: skip


def states(file: Path) -> list[str]:
    return [json.loads(line).get("review", "todo") for line in file.read_text(encoding="utf-8").splitlines()]


def test_samples_go_to_stdout_and_what_was_done_to_stderr(filled: Vouch) -> None:
    run = filled("samples", "--count", "4")
    assert run.code == 0
    rows = [json.loads(line) for line in run.out.splitlines()]
    assert "How many known moons does Saturn have?" in {row["question"] for row in rows}
    assert {row["review"] for row in rows} == {"todo"}
    assert "Drafted" in run.err
    assert filled("samples", "--count", "4").out == run.out


def test_samples_are_written_to_a_file_which_is_never_overwritten(filled: Vouch) -> None:
    file = filled.folder / "samples.jsonl"
    run = filled("samples", "-n", "4", "-o", file)
    assert run.code == 0
    assert run.out == ""
    assert f"vouch samples --review {file}" in " ".join(run.err.split())
    before = file.read_bytes()
    again = filled("samples", "-n", "2", "-o", file)
    assert again.code == 2
    assert "already" in again.err
    assert file.read_bytes() == before
    assert filled("samples", "-o", filled.folder / "no/folder.jsonl").code == 2


def test_drafted_samples_can_be_evaluated_as_they_are(filled: Vouch) -> None:
    file = filled.folder / "samples.jsonl"
    filled("samples", "-n", "6", "-o", file)
    run = filled("evaluate", file, "--json")
    assert run.code == 0, run.err
    assert json.loads(run.out)["samples"] == len(states(file))


def test_a_collection_without_documents_says_what_to_do(vouch: Vouch) -> None:
    vouch("ingest", "docs")
    for source in ("docs/moons.txt", "docs/rings.md"):
        assert vouch("delete", source).code == 0
    run = vouch("samples")
    assert run.code == 1
    assert "vouch ingest" in run.err


def test_reviewing_without_a_terminal_is_refused(filled: Vouch) -> None:
    file = filled.folder / "samples.jsonl"
    file.write_text(json.dumps(ROWS[0]), encoding="utf-8")
    run = filled("samples", "--review", file)
    assert run.code == 2
    assert "terminal" in run.err
    assert filled("samples", "--review", filled.folder / "absent.jsonl").code == 2


class Reviewing:
    """A review in a pseudo-terminal."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.log = io.StringIO()
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tests.fakes.command_line", "samples", "--review", file.name],
            cwd=str(folder),
            env=process_environment({"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}),
            encoding="utf-8",
            dimensions=(40, 100),
            timeout=60,
        )
        self.child.logfile_read = self.log

    def press(self, seen: str, keys: str) -> None:
        """Press keys once something is on the screen, and the prompt after it."""
        self.child.expect_exact(seen)
        self.child.expect("› ")
        self.child.send(keys)

    def end(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert "Traceback" not in self.log.getvalue()
        return self.child.exitstatus if self.child.exitstatus is not None else -1


@pytest.fixture
def file(filled: Vouch) -> Path:
    path = filled.folder / "samples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def test_samples_are_kept_edited_and_dropped_and_one_can_leave_and_go_on(filled: Vouch, file: Path) -> None:
    walk = Reviewing(filled.folder, file)
    walk.press("How many moons has Saturn?", "x")  # no choice
    walk.child.send("k")
    walk.press("The documents should not answer this", "q")
    assert walk.end() == 0
    assert states(file) == ["kept", "todo", "todo"]
    assert "2 to do" in walk.log.getvalue()

    walk = Reviewing(filled.folder, file)
    walk.press("How many moons has Mars?", "d")
    walk.press("red?", "e")
    walk.press("question", " Really?\r")
    walk.press("answer", " So it is.\r")
    assert walk.end() == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert states(file) == ["kept", "dropped", "edited"]
    assert rows[1]["custom"] == [1, None]
    assert rows[2]["question"].endswith("red? Really?")
    assert rows[2]["reference"] == "A moon. So it is."
    assert "vouch evaluate samples.jsonl" in " ".join(walk.log.getvalue().split())
    assert "What is Titan \x1b[31m" not in walk.log.getvalue()


def test_one_can_go_back_to_the_sample_before_and_decide_again(filled: Vouch, file: Path) -> None:
    walk = Reviewing(filled.folder, file)
    walk.press("How many moons has Saturn?", "d")
    walk.press("How many moons has Mars?", "b")
    walk.press("How many moons has Saturn?", "k")
    walk.press("How many moons has Mars?", "s")
    walk.press("red?", "\x04")
    assert walk.end() == 0
    assert states(file) == ["kept", "todo", "todo"]
