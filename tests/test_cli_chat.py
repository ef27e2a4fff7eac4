"""The chat, in a real terminal and without one."""

from __future__ import annotations

import io
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

import rag.collection.opened
import rag.collection.workers
import rag.config
import rag.snapshots
from rag.collection import Collection
from rag.config import Settings
from rag.index import Snapshot
from rag.store import Store
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder
from tests.test_cli import QUESTION, Vouch, filled, process_environment, script, vouch

__all__ = ["filled", "vouch"]

PROMPT = "› "


class Talk:
    """A chat in a pseudo-terminal."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.log = io.StringIO()
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tests.fakes.command_line", "chat", *arguments],
            cwd=str(folder),
            env=process_environment({"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **environment}),
            encoding="utf-8",
            dimensions=(40, 100),
            timeout=30,
        )
        self.child.logfile_read = self.log

    def say(self, line: str) -> None:
        """Type a line when the prompt is there."""
        self.child.expect(PROMPT)
        self.child.send(line + "\r")

    def see(self, text: str) -> None:
        """Wait until this is written; styles and moves of the cursor aside."""
        letters = r"(?:\x1b\[[0-9;?]*[A-Za-z])*".join(re.escape(letter) for letter in text)
        self.child.expect(letters)

    def leave(self) -> int:
        """Press Ctrl-D at the prompt and return the exit code."""
        self.child.expect(PROMPT)
        self.child.sendeof()
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert "Traceback" not in self.log.getvalue()
        return self.child.exitstatus if self.child.exitstatus is not None else -1


@pytest.fixture
def talks() -> Iterator[list[Talk]]:
    """Chats to be ended, however the test ends."""
    begun: list[Talk] = []
    yield begun
    for talk in begun:
        talk.child.close(force=True)


def test_a_conversation_is_held_looked_into_stored_and_gone_on_with(filled: Vouch, talks: list[Talk]) -> None:
    talk = Talk(filled.folder)
    talks.append(talk)
    talk.see("2 documents")
    talk.say(QUESTION)
    talk.see("Saturn has 274 known moons. [1]")
    talk.see("docs/moons.txt, line 1")
    talk.say("/open 1")
    talk.see("> 1  Saturn has 274 known moons.")
    talk.say("/open 9")
    talk.see("There is no source '9' in the last answer.")
    talk.say("/srces")
    talk.see("Did you mean /sources?")
    talk.say("/strict on")
    talk.see("strict on")
    talk.say("/new")
    talk.say("Which is the largest moon of Saturn?")
    talk.see("Titan")
    talk.say("/conversations")
    talk.see(QUESTION)
    assert talk.leave() == 0
    kept = filled.folder / ".vouch/chat_history"
    assert QUESTION in kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    with Collection.open(filled.folder / ".vouch", embedder=HashEmbedder()) as opened:
        assert [each.turns for each in opened.archive.conversations()] == [1, 1]
    talk = Talk(filled.folder, "--continue")
    talks.append(talk)
    talk.see("Going on with conv_")
    talk.see("Which is the largest moon of Saturn?")
    assert talk.leave() == 0


def test_ctrl_c_stops_the_answer_and_not_the_chat(filled: Vouch, talks: list[Talk]) -> None:
    talk = Talk(filled.folder, SCRIPT="Saturn has 274 known moons.|Titan is large.", PAUSE_S="60")
    talks.append(talk)
    for _ in range(3):
        talk.say(QUESTION)
        talk.see("274 known moons")
        talk.child.sendintr()
        talk.see("Stopped.")
    talk.child.expect(PROMPT)
    talk.child.sendintr()
    talk.see("Ctrl-D or /quit leaves.")
    talk.say("/quit")
    talk.child.expect(pexpect.EOF)
    talk.child.close()
    assert talk.child.exitstatus == 0
    assert "Traceback" not in talk.log.getvalue()


def test_esc_enter_begins_a_new_line(filled: Vouch, talks: list[Talk]) -> None:
    talk = Talk(filled.folder)
    talks.append(talk)
    talk.child.expect(PROMPT)
    talk.child.send("How many known moons\x1b\rhas Saturn?\r")
    talk.see("274 known moons")
    assert talk.leave() == 0
    with Collection.open(filled.folder / ".vouch", embedder=HashEmbedder()) as opened:
        assert opened.archive.answers()[0].question == "How many known moons\nhas Saturn?"


# Without a terminal


def test_each_line_of_stdin_is_a_question(filled: Vouch) -> None:
    run = filled("chat", stdin=f"{QUESTION}\n\n/sources\nWhich is the largest moon of Saturn?\n/quit\nnot asked\n")
    assert run.code == 0
    assert run.out.count("docs/moons.txt, line 1") >= 3
    assert "Titan" in run.out
    with Collection.open(filled.folder / ".vouch", embedder=HashEmbedder()) as opened:
        assert [each.turns for each in opened.archive.conversations()] == [2]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/help", "list the commands"),
        ("/conversations", "There is no conversation yet."),
        ("/sources", "There is no answer with sources yet."),
        ("/strict", "strict off"),
        ("/model", "model extractive"),
        ("/model ollama/llama3", "model ollama/llama3"),
    ],
)
def test_a_command_says_what_it_does(filled: Vouch, line: str, said: str) -> None:
    assert said in filled("chat", stdin=line + "\n").out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/open", "Ask something first."),
        ("/resume", "Which conversation?"),
        ("/resume conv_none", "(answer_not_found)"),
        ("/strict maybe", "neither on nor off"),
        ("/", "There is no command /."),
        ("x" * 5000, "the limit is 4000"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_chat_goes_on(filled: Vouch, line: str, said: str) -> None:
    run = filled("chat", stdin=f"{line}\n{QUESTION}\n")
    assert run.code == 0
    assert said in run.err
    assert "274 known moons" in run.out


def test_without_a_terminal_each_question_stands_above_its_answer(filled: Vouch) -> None:
    run = filled("chat", stdin=f"{QUESTION}\n\nWhich is \x1b[31mthe largest\x07 moon?\n/sources\n")
    lines = [line for line in run.out.splitlines() if line.strip()]
    asked = [line for line in lines if line.startswith(PROMPT)]
    assert asked == [f"{PROMPT}{QUESTION}", f"{PROMPT}Which is the largest moon?", f"{PROMPT}/sources"]
    first, second = lines.index(asked[0]), lines.index(asked[1])
    assert "274 known moons" in "".join(lines[first + 1 : second])
    assert "Titan" in "".join(lines[second + 1 :])
    assert PROMPT not in run.err


def test_an_abstention_shows_the_nearest_evidence_which_can_be_opened(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_RISK", "0")
    run = filled("chat", stdin="Who won the football cup?\n/open 1\n")
    assert "The documents do not say." in run.out
    assert re.search(r"(?m)^> +\d+  ", run.out)


def test_a_failing_answer_does_not_end_the_chat(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, KeyError("sk-secret"))
    run = filled("chat", stdin=f"{QUESTION}\n/help\n")
    assert run.code == 1, "no question was answered"
    assert "KeyError" in run.err
    assert "sk-secret" not in run.err
    assert "list the commands" in run.out


def test_a_chat_of_which_one_question_was_answered_ends_well(filled: Vouch) -> None:
    assert filled("chat", stdin=f"{'x' * 100_000}\n").code == 1
    assert filled("chat", stdin=f"{'x' * 100_000}\n{QUESTION}\n").code == 0
    assert filled("chat", stdin="/help\n").code == 0


def test_a_source_that_has_changed_since_is_not_opened_at_a_wrong_place(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled("ask", QUESTION)
    (filled.folder / "docs/moons.txt").write_text("Something else altogether.", encoding="utf-8")
    filled("ingest", "docs")
    run = filled("chat", "--continue", stdin="/open 1\n")
    assert "has changed since the answer" in run.err


def test_a_chat_with_nothing_says_how_to_begin(vouch: Vouch) -> None:
    assert "vouch ingest" in vouch("chat", stdin="").err
    assert vouch("chat", stdin="").code == 1


def test_a_reader_that_leaves_ends_the_chat_quietly(filled: Vouch) -> None:
    command = f"yes /help | {sys.executable} -m tests.fakes.command_line chat | head -1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=filled.folder,
        env=process_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] in ("0", "141")
    assert done.stderr == ""


def test_the_model_is_changed_for_the_next_answer(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = rag.collection.workers.make_drafter

    def make(settings: object, embedder: object) -> object:
        asked.append(settings.model)  # type: ignore[attr-defined]
        return real(filled_settings, embedder)  # type: ignore[arg-type]

    with Collection.open(filled.folder / ".vouch", embedder=HashEmbedder()) as opened:
        filled_settings = opened.settings
    monkeypatch.setattr(rag.collection.workers, "make_drafter", make)
    filled("chat", stdin=f"{QUESTION}\n/model other/one\n{QUESTION}\n")
    assert asked == ["extractive", "other/one"]


def test_another_model_keeps_the_index_and_its_connections_are_closed(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ClosingDrafter] = []
    opened: list[object] = []
    real = rag.snapshots.open_snapshot

    def make(settings: Settings, embedder: object) -> ClosingDrafter:
        made.append(ClosingDrafter(settings.model))
        return made[-1]

    def count(store: Store) -> Snapshot:
        opened.append(store)
        return real(store)

    monkeypatch.setattr(rag.collection.workers, "make_drafter", make)
    monkeypatch.setattr(rag.snapshots, "open_snapshot", count)
    filled("chat", stdin=f"{QUESTION}\n/model other/one\n{QUESTION}\n")
    assert [(drafter.model, len(drafter.asked), drafter.disconnected) for drafter in made] == [
        ("extractive", 1, True),
        ("other/one", 1, True),
    ]
    assert len(opened) == 1


def test_a_model_that_cannot_be_is_refused_and_the_one_before_goes_on(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rag.config.load_settings

    def load(**flags: object) -> Settings:
        return real(**(flags | {"risk": 7} if flags.get("model") == "bad" else flags))

    monkeypatch.setattr(rag.collection.opened, "load_settings", load)
    run = filled("chat", stdin=f"/model bad\n/model\n{QUESTION}\n")
    assert "(bad_config)" in run.err
    assert "model extractive" in run.out
    assert "274 known moons" in run.out


class ClosingDrafter(ScriptedDrafter):
    """Remembers its model, and whether its connections were closed."""

    def __init__(self, model: str) -> None:
        super().__init__("Saturn has 274 known moons.")
        self.model = model
        self.disconnected = False

    async def aclose(self) -> None:
        self.disconnected = True
