"""The command line: exit codes, what goes to stdout and what to stderr, JSON, hostile text, bad input."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

import rag.collection.workers
from rag.cli.app import COMMANDS, make_app
from rag.cli.passages import excerpt_of_span, excerpt_text
from rag.cli.rendering import shorten, write_answer
from rag.cli.session import parse_conditions, typed
from rag.cli.terminal import GLUE, Flow
from rag.collection import Collection
from rag.config import describe_settings
from rag.errors import FilterError
from rag.types import DocumentRecord
from rag.wire import WireAnswer, dump, load_answer
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder
from tests.fakes.interrupts import heed_interrupts

ROOT = Path(__file__).parents[1]
QUESTION = "How many known moons has Saturn?"
MOONS = (
    "Saturn has 274 known moons. Titan is the largest moon of Saturn. It was discovered by Christiaan Huygens in 1655."
)
RINGS = "# Rings\n\nThe rings of Saturn are made of **ice and rock**. They were first seen by Galileo Galilei in 1610."


class Run:
    """What a command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Vouch:
    """Runs commands in this process, in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str | Path, stdin: str | bytes | None = None) -> Run:
        result = CliRunner().invoke(make_app(), [str(argument) for argument in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def vouch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vouch:
    """An empty home with two files beside it, which is the working directory."""
    for name in [name for name in os.environ if name.startswith("VOUCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOUCH_RISK", "1")
    monkeypatch.setattr(rag.collection.workers, "load_embedder", lambda settings: HashEmbedder())
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/moons.txt").write_text(MOONS, encoding="utf-8")
    (tmp_path / "docs/rings.md").write_text(RINGS, encoding="utf-8")
    return Vouch(tmp_path)


@pytest.fixture
def filled(vouch: Vouch) -> Vouch:
    """The same, with the files ingested."""
    assert vouch("ingest", "docs").code == 0
    return vouch


def script(monkeypatch: pytest.MonkeyPatch, *steps: object) -> None:
    monkeypatch.setattr(rag.collection.workers, "make_drafter", lambda settings, embedder: ScriptedDrafter(*steps))


def process_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    # Unbuffered, Python drops the rest of a write that a closed pipe cut short, and notices nothing.
    dropped = ("VOUCH_", "LC_", "PYTHONUNBUFFERED", "NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"PYTHONPATH": str(ROOT), "VOUCH_RISK": "1", "LANG": "C.UTF-8"} | (extra or {})


def in_terminal(command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Return what a command writes to a terminal; stderr goes elsewhere unless the command says so."""
    line = f"{sys.executable} -m tests.fakes.command_line {command}"
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", line],
        cwd=str(cwd),
        env=process_environment({"TERM": "xterm-256color", **(env or {})}),
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=30,
    )
    child.expect(pexpect.EOF)
    child.close()
    return child.before or ""


# Asking


def test_an_answer_goes_to_stdout_with_its_sources_and_ends_with_0(filled: Vouch) -> None:
    run = filled("ask", QUESTION)
    assert run.code == 0
    sentence, _, rest = run.out.partition("\n\nSources\n")
    assert sentence.startswith("Saturn has 274 known moons. [1]")
    assert "docs/moons.txt, line 1" in rest
    assert "“Saturn has 274 known moons.”" in rest
    assert run.err == ""


def test_an_abstention_says_why_shows_the_nearest_evidence_and_ends_with_3(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_RISK", "0")
    run = filled("ask", "Who won the football cup?")
    assert run.code == 3
    assert run.out.startswith("The documents do not say.\n")
    assert "Nearest evidence:\n1. " in run.out
    assert ", line 1" in run.out or ", lines 1-" in run.out


def test_an_unsupported_sentence_is_marked_in_words(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, "Saturn has 274 known moons.", "Saturn has 900 known moons.")
    run = filled("ask", QUESTION)
    assert run.code == 0
    assert re.search(r"Saturn has 274 known moons\. \[1\] Saturn has 900 known moons\. \[unsupported: .*900", run.out)
    assert "warning: 1 sentence not supported" in run.err


def test_a_computed_number_is_shown_with_its_expression(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    (filled.folder / "docs/staff.txt").write_text("The plant in Linz employs 120 people, that in Graz 80 people.")
    assert filled("ingest", "docs").code == 0
    script(monkeypatch, "The plants in Linz and Graz employ 200 people in total.")
    run = filled("ask", "How many people do the plants in Linz and Graz employ?")
    assert re.search(r"200 people in total\.\s\[1\] \[computed: 200 = 120 \+ 80\]", run.out)
    assert "unsupported" not in run.out
    run = filled("ask", "How many people do the plants in Linz and Graz employ?", "--json")
    assert json.loads(run.out)["sentences"][0]["computed"] == ["200 = 120 + 80"]


def test_sources_that_differ_are_told_once_on_stdout(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    (filled.folder / "docs/old.txt").write_text("Saturn has 82 known moons.")
    assert filled("ingest", "docs").code == 0
    script(monkeypatch, "Saturn has 274 known moons.")
    run = filled("ask", QUESTION)
    assert "The sources differ: 274 [1] (" in " ".join(run.out.split())
    assert "82 [2] (" in " ".join(run.out.split())
    assert "[2] " in run.out.split("Sources", 1)[1]
    assert "differ" not in run.err


def test_what_an_earlier_source_said_is_told_more_quietly(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for name, year, number in (("old.txt", 2019, 82), ("new.txt", 2024, 274)):
        (filled.folder / "docs" / name).write_text(f"12 March {year}\n\nMimas has {number} known craters.")
    assert filled("ingest", "docs").code == 0
    styles = {}
    for cited in (82, 274):
        script(monkeypatch, f"Mimas has {cited} known craters.")
        answer = load_answer(filled("ask", "How many known craters has Mimas?", "--json").out)
        write_answer(answer)
        written = capsys.readouterr().out
        styles[cited] = next(line[:5] for line in written.splitlines() if " source sa" in line)
    assert styles == {82: "\x1b[33m", 274: "\x1b[2mA"}


def test_strict_withholds_it(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, "Saturn has 274 known moons.", "Saturn has 900 known moons.")
    run = filled("ask", QUESTION, "--strict")
    assert "900" not in run.out
    assert "withheld" in run.err


@pytest.mark.parametrize("arguments", [("-",), ()])
def test_the_question_may_come_from_stdin(filled: Vouch, arguments: Sequence[str]) -> None:
    assert "274" in filled("ask", *arguments, stdin=QUESTION + "\n").out


def test_the_question_needs_no_quotes(filled: Vouch) -> None:
    run = filled("ask", "How", "many", "moons", "has", "Saturn")
    assert "274" in run.out


def test_bytes_that_are_not_text_are_asked_about_all_the_same(filled: Vouch) -> None:
    assert filled("ask", stdin=b"How many known moons has Saturn \xff\xfe?").code in (0, 3)


def test_json_is_the_wire_schema_and_alone_on_stdout(filled: Vouch) -> None:
    run = filled("ask", QUESTION, "--json")
    answer = load_answer(run.out)
    assert answer.question == QUESTION
    assert answer.citations[0].quote == "Saturn has 274 known moons."
    assert run.err == ""


def test_stream_json_gives_the_events_one_a_line(filled: Vouch) -> None:
    run = filled("ask", QUESTION, "--stream-json")
    events = [json.loads(line) for line in run.out.splitlines()]
    assert [event["event"] for event in events[:2]] == ["retrieved", "sentence"]
    assert events[-1]["event"] == "answer"
    assert load_answer(json.dumps(events[-1]["data"])).sentences[0].text == events[1]["data"]["sentence"]["text"]


def test_an_error_in_the_stream_is_its_last_event(filled: Vouch) -> None:
    run = filled("ask", "", "--stream-json", stdin="")
    assert json.loads(run.out)["event"] == "error"
    assert json.loads(run.out)["data"]["code"] == "bad_question"


def test_where_limits_what_is_searched(filled: Vouch) -> None:
    run = filled("search", "Saturn", "--where", "source=*.md", "--json")
    assert {passage["source"] for passage in json.loads(run.out)["passages"]} == {"docs/rings.md"}
    folder = filled("search", "Saturn", "--folder", "docs", "--json")
    assert {passage["source"] for passage in json.loads(folder.out)["passages"]} == {"docs/moons.txt", "docs/rings.md"}
    missing = filled("search", "Saturn", "--folder", "doc")
    assert missing.code == 2
    assert "No document lies below 'doc'. Did you mean 'docs'?" in " ".join(missing.err.split())
    unknown = filled("search", "Saturn", "--where", "year>=1990")
    assert unknown.code == 2
    assert "No document has 'year'" in unknown.err


def test_options_go_before_the_command_and_after_it_and_the_later_wins(vouch: Vouch) -> None:
    assert vouch("--home", "elsewhere", "-c", "one", "ingest", "docs").code == 0
    assert vouch("ingest", "docs", "--home", "elsewhere", "--collection", "two").code == 0
    listed = vouch("-c", "one", "collections", "--home", "elsewhere").out
    assert [line.split("\t")[:2] for line in listed.splitlines()] == [["one", "2"], ["two", "2"]]
    assert json.loads(vouch("-c", "one", "config", "-c", "two", "--json").out)["collection"] == {
        "value": "two",
        "origin": "--collection",
    }


def test_a_conversation_goes_on_with_the_latest_or_the_one_named(filled: Vouch) -> None:
    first = load_answer(filled("ask", QUESTION, "--json").out)
    second = load_answer(filled("ask", "Which is the largest moon of Saturn?", "--continue", "--json").out)
    assert first.conversation_id == second.conversation_id is not None
    other = load_answer(filled("ask", QUESTION, "--json").out)
    assert other.conversation_id != first.conversation_id
    third = load_answer(filled("ask", QUESTION, "--resume", str(first.conversation_id), "--json").out)
    assert third.conversation_id == first.conversation_id
    assert filled("ask", QUESTION, "--continue", "--resume", "x").code == 2
    assert "answer_not_found" in filled("ask", QUESTION, "--resume", "conv_none").err


# Bad input: each has its code


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("ask", "  "), 2, "(bad_question)"),
        (("ask", "x" * 5000), 2, "5000 characters; the limit is 4000"),
        (("ask", QUESTION, "--where", "year"), 2, "(bad_filter)"),
        (("ask", QUESTION, "--top-k", "99"), 2, "'top_k' (--top-k) has the value 99"),
        (("ask", QUESTION, "-c", "nowhere"), 1, "(collection_not_found)"),
        (("ask", QUESTION, "-c", "no/where"), 2, "'collection' (--collection)"),
        (("ask", QUESTION, "--frobnicate"), 2, "No such option"),
        (("delete", "nothing.txt"), 1, "(document_not_found)"),
        (("show", "nothing.txt"), 1, "(document_not_found)"),
        (("show", "docs/moons.txt", "5:9999"), 2, "'5:9999' is not a range of characters"),
        (("show", "docs/moons.txt", "--lines", "z"), 2, "'z' is not a range of lines"),
        (("answers", "ans_none"), 1, "(answer_not_found)"),
        (("verify", "nothing.json"), 2, "There is no file or folder 'nothing.json'"),
        (("verify", "docs"), 2, "'docs' cannot be read"),
        (("verify", "docs/moons.txt"), 2, "not an answer of Vouch"),
        (("evaluate", "nothing.jsonl"), 2, "There is no file or folder 'nothing.jsonl'"),
        (("evaluate", "docs/moons.txt", "--fail-under", "x"), 2, "METRIC=VALUE"),
        (("frobnicate",), 2, "No such command"),
    ],
)
def test_bad_input_is_named_and_has_its_code(filled: Vouch, arguments: Sequence[str], code: int, named: str) -> None:
    run = filled(*arguments)
    assert run.code == code
    assert named in run.err
    assert run.out == ""


def test_an_error_with_json_is_an_object_on_stdout_and_a_line_on_stderr(filled: Vouch) -> None:
    run = filled("ask", "", "--json", stdin="")
    assert run.code == 2
    assert json.loads(run.out) == {
        "error": {
            "code": "bad_question",
            "message": "The question is empty.",
            "remedy": "Ask something.",
            "field": "question",
        }
    }
    assert run.err == "error: The question is empty. Ask something. (bad_question)\n"


def test_asking_an_empty_collection_says_how_to_fill_it(filled: Vouch) -> None:
    filled("delete", "docs/moons.txt", "docs/rings.md")
    run = filled("ask", QUESTION)
    assert run.code == 1
    assert "vouch ingest PATH" in run.err


def test_a_broken_setting_is_named_with_its_value_and_where_it_stands(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_TOP_K", "many")
    run = filled("ask", QUESTION)
    assert run.code == 2
    assert "'top_k' (VOUCH_TOP_K) has the value 'many'" in run.err
    monkeypatch.delenv("VOUCH_TOP_K")
    (filled.folder / "vouch.toml").write_text("port = 99999\n", encoding="utf-8")
    run = filled("documents")
    assert run.code == 2
    assert "'port' (vouch.toml) has the value 99999" in run.err


def test_a_collection_that_another_one_writes_to_is_named_as_locked(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ingesting.ingest.WRITER_TIMEOUT_S", 0.3)
    with rag.collection.Collection.open(embedder=HashEmbedder()) as opened, opened.store.writer():
        (filled.folder / "docs/new.txt").write_text("Mars has two moons.", encoding="utf-8")
        run = filled("ingest", "docs")
    assert run.code == 1
    assert "(collection_locked)" in run.err
    assert f"process {os.getpid()}" in run.err


def test_an_unknown_error_shows_neither_traceback_nor_secrets(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, KeyError("sk-secret"))
    run = filled("ask", QUESTION)
    assert run.code == 1
    assert "KeyError at" in run.err
    assert "sk-secret" not in run.err + run.out
    assert "Traceback" not in run.err


# Documents


def test_ingest_tells_what_it_did_on_stderr(vouch: Vouch) -> None:
    (vouch.folder / "docs/blob.txt").write_bytes(b"\x00\x01\x02" * 100)
    run = vouch("ingest", "docs", "missing.txt")
    assert run.code == 1, "a path that was named is refused"
    assert run.out == ""
    assert "2 added, 2 refused" in run.err
    assert "docs/blob.txt: " in run.err
    assert "(source_not_text)" in run.err
    assert "(source_unreadable)" in run.err


def test_ingest_ends_with_1_if_everything_was_refused(vouch: Vouch) -> None:
    assert vouch("ingest", "missing.txt").code == 1


def test_ingest_gives_its_report_as_json(vouch: Vouch) -> None:
    report = json.loads(vouch("ingest", "docs", "--json").out)
    assert report["added"] == ["docs/moons.txt", "docs/rings.md"]
    assert report["refused"] == []


def test_quiet_unchanged_says_nothing_if_nothing_changed(filled: Vouch) -> None:
    run = filled("ingest", "docs", "--quiet-unchanged")
    assert (run.code, run.out, run.err) == (0, "", "")
    assert "2 unchanged" in filled("ingest", "docs").err
    (filled.folder / "docs/moons.txt").write_text("Saturn has 275 known moons.", encoding="utf-8")
    assert "1 replaced, 1 unchanged" in filled("ingest", "docs", "--quiet-unchanged").err


def test_documents_are_listed_one_a_line_for_programs(filled: Vouch) -> None:
    lines = filled("documents").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["docs/moons.txt", "docs/rings.md"]
    listed = json.loads(filled("documents", "--json").out)["documents"]
    assert [document["title"] for document in listed][1] == "Rings"


def test_a_deleted_document_is_gone(filled: Vouch) -> None:
    assert "Deleted docs/moons.txt." in filled("delete", "docs/moons.txt").err
    assert "moons" not in filled("documents").out
    assert (filled.folder / "docs/moons.txt").exists()


def test_show_gives_lines_a_span_and_what_a_citation_points_at(filled: Vouch) -> None:
    assert filled("show", "docs/rings.md", "--lines", "1").out == "  1  # Rings\n"
    start = MOONS.index("Titan")
    shown = json.loads(filled("show", "docs/moons.txt", f"{start}:{start + 5}", "--json").out)
    assert shown["quote"] == "Titan"
    answer = load_answer(filled("ask", QUESTION, "--json").out)
    assert filled("show", answer.id, "1").out.startswith("> 1  Saturn has 274 known moons.")
    assert filled("show", answer.id, "7").code == 2
    filled("delete", "docs/moons.txt")
    assert "has been removed" in filled("show", answer.id, "1").err


# Answers


def test_a_stored_answer_is_listed_and_shown_again(filled: Vouch) -> None:
    given = load_answer(filled("ask", QUESTION, "--json").out)
    assert filled("answers").out.startswith(f"{given.id}\t")
    shown = filled("answers", given.id)
    assert shown.out.startswith(f"{QUESTION}\n\nSaturn has 274 known moons. [1]")
    assert load_answer(filled("answers", given.id, "--json").out).text == given.text


def test_an_answer_whose_source_was_deleted_shows_nothing_of_it(filled: Vouch) -> None:
    given = load_answer(filled("ask", QUESTION, "--json").out)
    filled("delete", "docs/moons.txt")
    shown = filled("answers", given.id).out
    assert "274 known" not in shown  # a hash or an id may well hold the number alone
    assert "(removed or replaced since)" in shown


@pytest.fixture
def answer_file(filled: Vouch) -> Path:
    file = filled.folder / "answer.json"
    file.write_text(filled("ask", QUESTION, "--json").out, encoding="utf-8")
    return file


def test_verify_holds_against_the_collection_and_against_files(filled: Vouch, answer_file: Path) -> None:
    run = filled("verify", answer_file)
    assert run.code == 0
    (place,) = re.findall(r"intact +(\S+ \d+:\d+) \(line \d+\) holds the quote", run.out)
    assert "> " in filled("show", *place.split()).out
    for folder in ("docs", "."):
        run = filled("verify", answer_file, "--documents", folder, "--json")
        assert json.loads(run.out)["holds"] is True
    assert filled("verify", "-", stdin=answer_file.read_text(encoding="utf-8")).code == 0


def test_a_citation_says_which_text_its_place_is_counted_in(answer_file: Path) -> None:
    (citation, *_) = load_answer(answer_file.read_bytes()).citations
    text = hashlib.sha256(MOONS.encode()).hexdigest()
    assert (citation.text_sha256, citation.reader.partition("/")[0]) == (f"sha256:{text}", "text")


def test_verify_finds_an_altered_quote_a_changed_and_a_missing_file(filled: Vouch, answer_file: Path) -> None:
    text = answer_file.read_text(encoding="utf-8")
    run = filled("verify", "-", stdin=text.replace('"quote": "Saturn has 274', '"quote": "Saturn has 275'))
    assert run.code == 1
    assert "altered" in run.out
    moons = filled.folder / "docs/moons.txt"
    moons.write_text(MOONS + " More.", encoding="utf-8")
    run = filled("verify", answer_file, "--documents", "docs")
    assert run.code == 0
    assert "revised" in run.out
    moons.unlink()
    run = filled("verify", answer_file, "--documents", "docs")
    assert run.code == 1
    assert "missing" in run.out


def test_verify_never_looks_outside_the_folder(filled: Vouch, answer_file: Path) -> None:
    (filled.folder / "empty").mkdir()
    for source in ("../docs/moons.txt", str(filled.folder / "docs/moons.txt")):
        text = answer_file.read_text(encoding="utf-8").replace('"docs/moons.txt"', json.dumps(source))
        run = filled("verify", "-", "--documents", "empty", stdin=text)
        assert run.code == 1
        assert "missing" in run.out


def test_verify_needs_no_model_and_support_judges_anew(
    filled: Vouch, answer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(settings: object) -> object:
        raise AssertionError("the embedder was loaded")

    with monkeypatch.context() as patched:
        patched.setattr(rag.collection.workers, "load_embedder", refuse)
        assert filled("verify", answer_file).code == 0
    run = filled("verify", answer_file, "--support")
    assert run.code == 0
    assert "supported" in run.out
    answer = load_answer(answer_file.read_text(encoding="utf-8"))
    answer.sentences[0].text = answer.sentences[0].text.replace("274", "275")
    answer.text = answer.text.replace("274", "275")
    assert filled("verify", "-", stdin=dump(answer)).code == 0
    run = filled("verify", "-", "--support", "--json", stdin=dump(answer))
    assert run.code == 1
    assert json.loads(run.out)["sentences"][0]["verdict"] == "unsupported"
    assert filled("verify", answer_file, "--support", "--documents", "docs").code == 2


def test_evaluate_shows_scores_writes_a_report_and_keeps_a_bar(filled: Vouch) -> None:
    gold = {"source": "docs/moons.txt", "start": 0, "end": 27, "quote": MOONS[:27]}
    sample = {"id": "a", "question": QUESTION, "answerable": True, "reference": "274", "gold": [gold]}
    (filled.folder / "questions.jsonl").write_text(json.dumps({"kind": "fact", **sample}) + "\n", encoding="utf-8")
    run = filled("evaluate", "questions.jsonl", "--output", "report.json")
    assert run.code == 0
    report = json.loads((filled.folder / "report.json").read_text(encoding="utf-8"))
    assert report["samples"] == 1
    metric = next(name for name, summary in report["metrics"].items() if summary["mean"] == 1.0)
    assert f"{metric}\t1.000\t" in run.out
    again = json.loads(filled("evaluate", "questions.jsonl", "--json").out)
    assert again["metrics"] == report["metrics"]
    assert [report["answers"][0]["answer"], again["answers"][0]["answer"]] == [MOONS[:27], ""]
    assert filled("evaluate", "questions.jsonl", "--fail-under", f"{metric}=1").code == 0
    run = filled("evaluate", "questions.jsonl", "--fail-under", f"{metric}=1.1")
    assert run.code == 1
    assert f"missed: {metric} is 1.000" in run.err


def test_evaluate_scores_anyones_answers_without_a_collection(vouch: Vouch) -> None:
    rows = [
        {"user_input": QUESTION, "response": MOONS[:27], "retrieved_contexts": [MOONS], "reference": MOONS[:27]},
        {"user_input": QUESTION, "response": None},
    ]
    (vouch.folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run = vouch("evaluate", "answers.jsonl", "--fail-under", "faithfulness=1")
    assert run.code == 1  # for the row that cannot be read
    assert "faithfulness\t1.000\t-\t1\t50%\t1 not scored" in run.out
    assert "Read as RAGAS answers." in run.err
    assert "failed: 1 of 2 (bad_sample)" in run.err
    assert "answers.jsonl:2: 'answer' is missing or null" in run.err
    assert vouch("evaluate", "answers.jsonl", "--format", "poems").code == 2
    assert vouch("evaluate", "answers.jsonl", "--format", "langsmith").code == 1


def test_evaluate_compares_with_an_earlier_run(vouch: Vouch) -> None:
    def write(answer: str) -> None:
        row = {"question": QUESTION, "answer": answer, "contexts": [MOONS]}
        (vouch.folder / "answers.jsonl").write_text(json.dumps(row), encoding="utf-8")

    write(MOONS[:27])
    assert vouch("evaluate", "answers.jsonl", "--output", "run.json").code == 0
    write("Saturn has 275 known moons.")
    run = vouch("evaluate", "answers.jsonl", "--compare", "run.json")
    assert run.code == 0
    assert "faithfulness\t1.000\t0.000\t-1.000\t-\t-\t0\t1\t1" in run.out
    assert f"1\tfaithfulness\t1.000\t0.000\t{QUESTION}" not in run.out  # what was said is not kept unasked
    assert "1\tfaithfulness\t1.000\t0.000\t" in run.out
    assert "file_sha256 was" in run.err
    told = json.loads(vouch("evaluate", "answers.jsonl", "--compare", "run.json", "--json").out)
    assert told["comparison"]["differences"]["faithfulness"]["worse"][0]["id"] == "1"
    report = json.loads((vouch.folder / "run.json").read_text(encoding="utf-8"))
    report["setup"]["verifier"] = "another/1"
    (vouch.folder / "run.json").write_text(json.dumps(report), encoding="utf-8")
    run = vouch("evaluate", "answers.jsonl", "--compare", "run.json")
    assert run.code == 2
    assert "verifier was another/1" in run.err
    (vouch.folder / "run.json").write_text("{", encoding="utf-8")
    assert "not a report" in vouch("evaluate", "answers.jsonl", "--compare", "run.json").err


@pytest.mark.parametrize("bar", ["beauty=1", "mrr=high", "mrr=nan", "mrr"])
def test_a_bar_that_cannot_be_kept_is_refused_before_a_question_is_asked(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch, bar: str
) -> None:
    drafter = ScriptedDrafter("Saturn has 274 known moons.")
    monkeypatch.setattr(rag.collection.workers, "make_drafter", lambda settings, embedder: drafter)
    (filled.folder / "questions.jsonl").write_text(json.dumps({"question": QUESTION}) + "\n", encoding="utf-8")
    run = filled("evaluate", "questions.jsonl", "--fail-under", bar)
    assert run.code == 2
    assert ("Known: recall@1, " if bar == "beauty=1" else "METRIC=VALUE") in run.err
    assert drafter.asked == []


def test_progress_is_shown_where_a_person_looks(filled: Vouch) -> None:
    (filled.folder / "questions.jsonl").write_text(json.dumps({"question": QUESTION}) + "\n", encoding="utf-8")
    (filled.folder / "docs/more.txt").write_text("Jupiter has 97 known moons.", encoding="utf-8")
    assert re.search(r"Ingesting.*3/3.*files", in_terminal("ingest docs", filled.folder), re.DOTALL)
    assert re.search(r"Evaluating.*1/1.*questions", in_terminal("evaluate questions.jsonl", filled.folder), re.DOTALL)


def test_continue_goes_on_with_the_last_conversation_that_holds_an_answer(filled: Vouch) -> None:
    filled("ask", QUESTION)
    with Collection.open(filled.folder / ".vouch", embedder=HashEmbedder()) as opened:
        (said,) = opened.archive.conversations()
        for _ in range(60):
            opened.archive.start_conversation()
    run = filled("ask", "--continue", "--json", "How many moons?")
    assert json.loads(run.out)["conversation_id"] == said.conversation_id


# The system


def test_doctor_is_content_with_a_sound_collection_and_names_one_that_is_not_there(filled: Vouch) -> None:
    run = filled("doctor", "--full", "--json")
    told = json.loads(run.out)
    assert run.code == 0, told
    assert told["ok"]
    assert {"home", "collection", "embedder"} <= {finding["check"] for finding in told["findings"]}
    run = filled("doctor", "-c", "nowhere")
    assert run.code == 1
    assert "FAILED  collection" in run.out


def test_config_shows_where_each_value_comes_from_and_no_key(vouch: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_API_KEY", "sk-secret")
    (vouch.folder / "vouch.toml").write_text('model = "ollama/llama3"\n', encoding="utf-8")
    run = vouch("config", "--home", "here")
    lines = [line for line in run.out.splitlines() if not line.startswith(" ")]
    rows = {name: told for name, *told in (re.split(" {2,}", line) for line in lines)}
    assert len({line.rindex(rows[line.split()[0]][1]) for line in lines if len(line) < 80}) == 1
    assert "\n    Passages handed to the drafter.\n" in run.out
    assert all(describe_settings().get(name) for name in rows)
    assert rows["home"] == ["here", "--home"]
    assert rows["model"] == ["ollama/llama3", "vouch.toml"]
    assert rows["risk"] == ["1.0", "VOUCH_RISK"]
    assert rows["port"] == ["8080", "default"]
    assert rows["api_key"] == ["(hidden)", "VOUCH_API_KEY"]
    assert "sk-secret" not in run.out + vouch("config", "--json").out


def test_serve_hands_the_settings_to_the_server(vouch: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    served: list[object] = []
    monkeypatch.setitem(sys.modules, "api.app", types.SimpleNamespace(serve=served.append))
    assert vouch("serve", "--port", "9000", "--home", "here").code == 0
    help_words = " ".join(vouch("serve", "--help").out.replace("│", " ").split())
    assert "an address that others could reach is refused" in help_words
    assert (served[0].port, served[0].host, str(served[0].home)) == (9000, "127.0.0.1", "here")  # type: ignore[attr-defined]


def test_help_breaks_its_lines_at_the_width_of_the_terminal_only(vouch: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = vouch("ingest", "--help").out.partition("Arguments")[0].splitlines()
    told = [line.strip() for line in lines if line.strip()]
    assert told[2].startswith("Folders are searched")
    assert all(len(line) > 60 for line in told[2:-1])


def test_a_document_that_is_not_there_is_told_with_those_of_names_near_it(filled: Vouch) -> None:
    for command in ("delete", "show", "metadata"):
        run = filled(command, "moon.txt")
        assert run.code == 1
        assert "holds no document 'moon.txt'. Is it 'docs/moons.txt'? `vouch documents`" in run.err
    assert "Is it" not in filled("show", "unlike.pdf").err


def test_every_command_has_help_with_an_example_of_its_options(vouch: Vouch) -> None:
    for command, _ in COMMANDS:
        run = vouch(command.__name__, "--help")
        assert run.code == 0
        assert "--home" in run.out


# As a process


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom rag.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = ('torch', 'numpy', 'litellm', 'faiss', 'openvino', 'tantivy', 'fastapi', 'pydantic_settings',"
        " 'prompt_toolkit', 'sqlite3', 'rag.collection')\n"
        "print('heavy:', *[name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stderr == "heavy:\n"
    assert "ingest" in done.stdout
    # Seconds of the processor, which other processes do not lengthen.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_output_that_nobody_reads_any_more_ends_the_command_quietly(filled: Vouch) -> None:
    (filled.folder / "docs/long.txt").write_text("\n".join(f"Line {n} of many." for n in range(20_000)), "utf-8")
    filled("ingest", "docs/moons.txt", "docs/long.txt")
    command = [sys.executable, "-m", "tests.fakes.command_line", "show", "docs/long.txt"]
    with subprocess.Popen(
        command, cwd=filled.folder, env=process_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)  # a large one may take it all
        assert process.stdout.readline().endswith(b"Line 0 of many.\n")
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_full_disk_behind_stdout_is_an_error_and_not_a_traceback(filled: Vouch) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fakes.command_line", "ask", QUESTION],
            cwd=filled.folder,
            env=process_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: The output cannot be written: No space left on device.")
    assert len(done.stderr.splitlines()) == 1


def test_pipes_get_neither_colour_nor_spinner_unless_colour_is_forced(
    filled: Vouch, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = filled("ask", QUESTION)
    assert run.code == 0
    assert "\x1b" not in run.out + run.err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in filled("ask", QUESTION).out


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_no_colour_gets_none(filled: Vouch, env: dict[str, str]) -> None:
    written = in_terminal(f"ask '{QUESTION}' 2>/dev/null", filled.folder, env)
    assert "274" in written
    assert re.search("\x1b\\[[0-9;]*3[0-9]", written) is None


def test_a_terminal_gets_colour_and_lines_of_its_width(filled: Vouch) -> None:
    filler = " ".join(["word"] * 60)
    written = in_terminal(f"ask '{QUESTION}' 2>/dev/null", filled.folder, {"SCRIPT": f"Saturn has {filler} moons."})
    plain = re.sub("\x1b\\[[0-9;]*m", "", written)
    assert "\x1b[" in written
    assert max(len(line) for line in plain.splitlines()) <= 100


def test_ctrl_c_ends_an_answer_with_130(filled: Vouch) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tests.fakes.command_line", "ask", QUESTION],
        cwd=str(filled.folder),
        env=process_environment({"SCRIPT": "Saturn has 274 known moons.|More.", "PAUSE_S": "100", "TERM": "xterm"}),
        encoding="utf-8",
        timeout=60,
        preexec_fn=heed_interrupts,
    )
    child.expect("274")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in (child.before or "")


HOSTILE = (
    "\x1b]0;owned\x07\x1b[8mhidden\x1b[2J\x9b31m\u202egnp\u202c\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\"
)


@pytest.fixture
def hostile(vouch: Vouch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vouch]:
    """A collection whose document tries to steer the terminal by name, title and text."""
    name = "docs/a\x1b[8m\u202eb.txt"
    (vouch.folder / name).write_text(f"# Saturn{HOSTILE}\n\nSaturn{HOSTILE} has 274 known moons.\n", encoding="utf-8")
    run = vouch("ingest", name)
    if run.code:
        pytest.fail(run.err)
    return vouch


SHOWN_BY_US = re.compile("\x1b\\[(?:[0-9;]*m)")
HIDING = re.compile("\x1b\\[8m|\x1b\\[0?;?8;?m")


def test_nothing_of_a_hostile_document_steers_the_terminal(hostile: Vouch) -> None:
    source = documents(hostile)[0].source
    commands = [
        f"ask '{QUESTION}'",
        f"ask '{QUESTION}' --json",
        f"ask '{QUESTION}' --stream-json",
        "search Saturn",
        "documents",
        "documents --json",
        f"show '{source}'",
        f"show '{source}' --json",
        "answers",
        "doctor",
    ]
    script_text = f"Saturn{HOSTILE} has 274 known moons.|Saturn{HOSTILE} has 900 known moons."
    written = in_terminal(" +++ ".join(commands) + " 2>/dev/null", hostile.folder, {"SCRIPT": script_text})
    assert written.count("274 known moons") >= 6
    assert HIDING.search(written) is None
    rest = SHOWN_BY_US.sub("", written)
    assert not set(rest) & {"\x1b", "\x07", "\x9b", "\x9d", "\u202e", "\u202c"}


def hostile_answer(answer: WireAnswer) -> WireAnswer:
    """Return an answer with hostile text in every text a document or a model may have written."""

    def spoil(value: object) -> object:
        if isinstance(value, dict):
            kept = ("id", "status", "verdict", "state", "created_at")
            return {key: each if key in kept else spoil(each) for key, each in value.items()}
        if isinstance(value, list):
            return [spoil(each) for each in value]
        return f"{value}{HOSTILE}[red]not markup[/red]" if isinstance(value, str) else value

    document = answer.model_dump(mode="json", by_alias=True)
    document |= {"reason": "why", "missing": ["this"], "warnings": ["careful"], "conflicts": [[1, 2]]}
    document["sentences"][0] |= {"problem": "what", "verdict": "partial", "computed": ["2 = 1 + 1"]}
    document["citations"][0] |= {"locator": "cell", "heading": ["one", "two"]}
    return WireAnswer.model_validate(spoil(document))


@pytest.mark.parametrize("abstained", [False, True])
def test_nothing_in_an_answer_steers_the_terminal_or_is_read_as_markup(
    filled: Vouch, abstained: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = hostile_answer(load_answer(filled("ask", QUESTION, "--json").out))
    answer.abstained = abstained
    write_answer(answer)
    written = capsys.readouterr()
    for text in (written.out, written.err):
        assert not set(text) & {"\x1b", "\x07", "\x9b", "\x9d", "\u202e", "\u202c"}
    assert written.out.count("[red]not markup[/red]") >= 5


def test_errors_about_a_hostile_document_do_not_steer_the_terminal_either(hostile: Vouch) -> None:
    (hostile.folder / "docs/\x1b]0;owned\x07.txt").write_bytes(b"\x00\x01" * 50)
    run = hostile("ingest", "docs", "no\x1b[2Jwhere")
    assert "refused" in run.err
    assert not set(run.err) & {"\x1b", "\x07"}
    run = hostile("show", "no\x1b[2Jwhere")
    assert "(document_not_found)" in run.err
    assert not set(run.err) & {"\x1b", "\x07"}


def documents(vouch: Vouch) -> list[DocumentRecord]:
    with rag.collection.Collection.open(vouch.folder / ".vouch") as opened:
        return opened.documents()


# Parts


@pytest.mark.parametrize(
    ("conditions", "where"),
    [
        (["lang=en"], {"lang": ["en"]}),
        (["lang=en", "lang=fr"], {"lang": ["en", "fr"]}),
        (["year=2020"], {"year": [2020, "2020"]}),
        (["year>=2019", "year < 2022"], {"year": {"gte": 2019, "lt": 2022}}),
        (["source=a/*.md"], {"source": ["a/*.md"]}),
        (["date>=2024-05-31"], {"date": {"gte": "2024-05-31"}}),
        (["draft=false"], {"draft": [False, "false"]}),
        (["a=b=c"], {"a": ["b=c"]}),
        ([f"serial={'9' * 400}"], {"serial": ["9" * 400]}),
    ],
)
def test_conditions_become_a_filter(conditions: list[str], where: dict[str, object]) -> None:
    assert parse_conditions(conditions) == where


@pytest.mark.parametrize("conditions", [["lang"], ["=x"], ["year=2020", "year>=2019"]])
def test_a_condition_that_cannot_be_understood_is_refused(conditions: list[str]) -> None:
    with pytest.raises(FilterError):
        parse_conditions(conditions)


@given(st.text())
def test_any_text_has_a_type(text: str) -> None:
    assert isinstance(typed(text), str | int | float | bool)


@given(st.text(), st.integers(min_value=10, max_value=300))
def test_a_shortened_text_is_no_longer_than_allowed_and_begins_as_it_did(text: str, characters: int) -> None:
    short = shorten(text, characters)
    assert len(short) <= characters
    assert "\n" not in short
    assert short == " ".join(short.split())


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf"))), st.integers(0, 50), st.integers(1, 50))
def test_an_excerpt_shows_the_lines_of_its_span(text: str, start: int, size: int) -> None:
    start = min(start, max(len(text) - 1, 0))
    end = min(start + size, len(text))
    excerpt = excerpt_of_span(text, start, end, context_lines=0)
    assert excerpt.first_line == text[:start].count("\n") + 1
    with open(os.devnull, "w") as nowhere:
        shown = excerpt_text(excerpt, "", Console(file=nowhere))
    assert shown.plain.count("\n") == excerpt.last_line - excerpt.first_line


class Screen:
    """A file that says it is a terminal."""

    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> int:
        self.written += text
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True


@given(st.lists(st.lists(st.text("abc漢字", min_size=1, max_size=12), min_size=1, max_size=30), max_size=4))
def test_a_flow_never_exceeds_its_width_and_loses_no_word(sentences: list[list[str]]) -> None:
    screen = Screen()
    console = Console(file=screen, width=30, color_system=None, legacy_windows=False)  # type: ignore[arg-type]
    flow = Flow(console)
    flow.width = 30
    for words in sentences:
        flow.add(Text(" ".join(words)))
    flow.end()
    assert screen.written.split() == [word for words in sentences for word in words]
    assert all(len(line) <= 30 for line in screen.written.split("\n"))


@given(st.lists(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=3), min_size=1, max_size=9))
def test_a_flow_counts_the_spaces_that_do_not_break(groups: list[list[str]]) -> None:
    screen = Screen()
    console = Console(file=screen, width=30, color_system=None, legacy_windows=False)  # type: ignore[arg-type]
    flow = Flow(console)
    flow.width = 30
    flow.add(Text(" ".join(GLUE.join(words) for words in groups)))
    assert all(len(line) <= 30 for line in screen.written.split("\n"))


def test_a_marker_does_not_part_from_its_sentence() -> None:
    screen = Screen()
    console = Console(file=screen, width=20, color_system=None, legacy_windows=False)  # type: ignore[arg-type]
    flow = Flow(console)
    flow.width = 20
    flow.add(Text(f"Saturn has many moons.{GLUE}[1]"))
    assert screen.written == "Saturn has many\nmoons. [1]"
