"""``ingest``: what goes in, what goes out, what is told meanwhile; through the real store, readers and processes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import typer.testing

import rag.collection.pruning
import rag.collection.workers
from rag.cli import ingesting as command
from rag.cli.app import make_app
from rag.collection import Collection
from rag.config import Settings
from rag.errors import UsageError
from rag.ingesting import SLICE_CHUNKS, Progress
from rag.types import Answer, Answered, IngestReport, Shortfall
from tests.fakes.embedder import HashEmbedder
from tests.fakes.interrupts import heed_interrupts
from tests.test_reading_formats import repacked

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "docs"
    for name in ("a.md", "b.txt", "notes/c.md", "notes/d.md"):
        (documents / name).parent.mkdir(parents=True, exist_ok=True)
        (documents / name).write_text(f"The text of {name} tells how many moons Saturn has: 274.")
    return documents


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    settings = Settings(home=tmp_path / ".vouch", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        yield collection
        assert [finding for finding in collection.check(full=True) if not finding.ok] == []


def sources(collection: Collection) -> list[str]:
    return [record.source for record in collection.documents()]


ALL = ["docs/a.md", "docs/b.txt", "docs/notes/c.md", "docs/notes/d.md"]


# What goes in


def test_patterns_choose_what_goes_in(collection: Collection, folder: Path) -> None:
    report = collection.ingest([folder], include=["*.md"], exclude=["d.md"])
    assert list(report.added) == ["docs/a.md", "docs/notes/c.md"]
    (folder / ".vouchignore").write_text("notes/\n")
    assert collection.ingest([folder]).added == ("docs/b.txt",)


def test_documents_are_committed_in_the_order_of_their_files_though_they_are_read_at_once(
    collection: Collection, folder: Path
) -> None:
    for number in range(12):
        size = 60_000 if number % 3 == 0 else 100
        (folder / f"{number:02}.txt").write_text(f"Moon {number} of Saturn. " * (size // 20))
    report = collection.ingest([folder])
    assert list(report.added) == sorted(report.added)
    by_age = sorted(collection.documents(), key=lambda record: record.generation)
    assert [record.source for record in by_age] == list(report.added)


def test_a_bad_pattern_changes_nothing(collection: Collection, folder: Path) -> None:
    with pytest.raises(UsageError):
        collection.ingest([folder], exclude=["[z-a]"])
    assert sources(collection) == []


# What goes out


def test_prune_deletes_documents_whose_files_are_gone_and_nothing_else(collection: Collection, folder: Path) -> None:
    collection.ingest([folder])
    (folder / "notes/c.md").unlink()
    assert collection.ingest([folder]).removed == ()
    report = collection.ingest([folder], prune=True)
    assert report.removed == ("docs/notes/c.md",)
    assert len(report.unchanged) == 3
    assert report.generation == collection.store.generation()
    assert sources(collection) == ["docs/a.md", "docs/b.txt", "docs/notes/d.md"]


def test_what_stored_answers_hold_of_a_pruned_document_is_erased(collection: Collection, folder: Path) -> None:
    async def ask() -> Answer:
        async with collection.ask("Which canary has Neptune among its moons?") as events:
            return next(event.answer for event in [each async for each in events] if isinstance(event, Answered))

    (folder / "moons.txt").write_text("Neptune has a canary among its moons, called Triton.")
    collection.ingest([folder])
    answer = asyncio.run(ask())
    assert "canary" in answer.citations[0].quote
    (folder / "moons.txt").unlink()
    collection.ingest([folder], prune=True)
    (citation, *_) = collection.archive.answer(answer.id).citations
    assert (citation.quote, citation.state) == ("", "removed")
    kept = [path.read_bytes() for path in collection.settings.home.rglob("*") if path.is_file()]
    assert not any(b"among its moons, called Triton" in content for content in kept)


def test_prune_keeps_to_the_folders_and_patterns_that_are_named(collection: Collection, folder: Path) -> None:
    collection.ingest([folder])
    for name in ("a.md", "notes/d.md"):
        (folder / name).unlink()
    assert collection.ingest([folder], prune=True, include=["*.txt"]).removed == ()
    assert collection.ingest([folder], prune=True, exclude=["notes", "a.md"]).removed == ()
    (folder / ".vouchignore").write_text("notes/\n")
    assert collection.ingest([folder], prune=True, exclude=["a.md"]).removed == ()
    assert collection.ingest([folder / "notes"], prune=True).removed == ("docs/notes/d.md",)
    assert collection.ingest([folder / "b.txt"], prune=True).removed == ()
    assert collection.ingest([folder], prune=True).removed == ("docs/a.md",)


def test_prune_does_not_take_a_missing_folder_for_an_empty_one(collection: Collection, folder: Path) -> None:
    collection.ingest([folder])
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(UsageError, match="no file or folder") as caught:
        collection.ingest([folder], prune=True, confirmed=True)
    assert caught.value.field == "prune"
    assert sources(collection) == ALL


def test_prune_asks_before_it_deletes_most_of_a_folder(collection: Collection, folder: Path) -> None:
    collection.ingest([folder])
    for name in ("a.md", "b.txt", "notes/c.md"):
        (folder / name).unlink()
    (folder / "new.txt").write_text("New words.")
    with pytest.raises(UsageError, match="3 of the 4 documents") as caught:
        collection.ingest([folder], prune=True)
    assert "--prune --yes" in caught.value.remedy
    assert sources(collection) == ALL
    assert len(collection.ingest([folder], prune=True, confirmed=True).removed) == 3
    assert sources(collection) == ["docs/new.txt", "docs/notes/d.md"]


def test_prune_leaves_what_cannot_be_looked_at(
    collection: Collection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.ingest([folder])
    real = os.lstat

    def failing(path: str | Path) -> os.stat_result:
        if str(path).endswith("c.md"):
            raise PermissionError(13, "Permission denied")
        if str(path).endswith("d.md"):
            raise OSError(5, "Input/output error")
        return real(path)

    (folder / "notes/c.md").unlink()
    (folder / "notes/d.md").unlink()
    monkeypatch.setattr(rag.collection.pruning.os, "lstat", failing)
    assert collection.ingest([folder], prune=True).removed == ()


def test_a_file_that_is_refused_now_is_not_gone(collection: Collection, folder: Path) -> None:
    collection.ingest([folder])
    (folder / "b.txt").write_bytes(b"\0\1\2")
    report = collection.ingest([folder], prune=True)
    assert [refusal.source for refusal in report.refused] == ["docs/b.txt"]
    assert sources(collection) == ALL


# Progress


def test_a_file_that_is_waited_for_is_told_while_it_is_read(
    collection: Collection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ingesting.account.TELL_S", 0.0)
    shutil.copy(Path(__file__).parent / "documents" / "report.pdf", folder / "a-report.pdf")
    told: list[Progress] = []
    collection.ingest([folder], on_progress=told.append)
    reading = [progress for progress in told if progress.is_reading]
    assert reading[0].source == "docs/a-report.pdf"
    assert (reading[0].files_done, reading[0].remaining_s) == (0, None)
    assert 0.0 < reading[-1].waited_s <= told[-1].waited_s < told[-1].seconds
    assert command.item(reading[0], "a.pdf") == "reading a.pdf"
    assert not told[-1].is_reading


@pytest.mark.parametrize(
    ("files", "bytes_done", "seconds", "waited_s", "told"),
    [
        (10, 500, 20.0, 0.0, 20.0),
        (10, 400, 20.0, 0.0, 30.0),
        (10, 500, 20.0, 6.0, 20.0),
        (10, 500, 2.0, 0.0, None),
        (6, 20, 20.0, 0.0, None),
        (19, 500, 20.0, 0.0, None),
        (10, 500, 20.0, 10.0, None),
        (0, 0, 20.0, 19.0, None),
        (20, 1000, 20.0, 10.0, 0.0),
    ],
)
def test_the_remaining_time_is_told_only_where_files_bytes_and_waiting_agree_on_it(
    files: int, bytes_done: int, seconds: float, waited_s: float, told: float | None
) -> None:
    progress = Progress(files, 20, 5, "a.txt", bytes_done, 1000, seconds=seconds, waited_s=waited_s)
    assert progress.remaining_s == (told if told is None else pytest.approx(told))
    assert replace(progress, is_reading=True).remaining_s in (None, 0.0)


def test_progress_grows_to_the_whole_and_goes_on_within_a_long_file(collection: Collection, folder: Path) -> None:
    words = " ".join(f"word{number}" for number in range(100))
    (folder / "long.txt").write_text("\n\n".join(f"Paragraph {number}. {words}" for number in range(SLICE_CHUNKS * 5)))
    told: list[Progress] = []
    collection.ingest([folder], on_progress=told.append)
    within = [progress for progress in told if progress.file_chunks]
    assert len(within) >= 3
    assert {progress.source for progress in within} == {"docs/long.txt"}
    assert [progress.share for progress in told] == sorted(progress.share for progress in told)
    assert told[-1].share == 1.0
    assert told[-1].remaining_s == 0.0
    assert told[-1].files_done == told[-1].files_total == 5
    assert 0.0 < within[0].share < within[-1].share < 1.0


# The command


class Command:
    """``vouch`` in a folder."""

    def __call__(self, *arguments: str) -> typer.testing.Result:
        return typer.testing.CliRunner().invoke(make_app(), list(arguments))


@pytest.fixture
def vouch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(rag.collection.workers, "load_embedder", lambda settings: HashEmbedder())
    return Command()


def test_the_command_takes_patterns_and_prunes(vouch: Command, folder: Path) -> None:
    run = vouch("ingest", "docs", "--include", "*.md", "--exclude", "d.md", "--exclude", "x", "--json")
    assert json.loads(run.stdout)["added"] == ["docs/a.md", "docs/notes/c.md"]
    (folder / "a.md").unlink()
    run = vouch("ingest", "docs", "--prune")
    assert run.exit_code == 0
    assert "2 added, 1 unchanged, 1 removed" in run.stderr
    for path in folder.rglob("*.*"):
        path.unlink()
    run = vouch("ingest", "docs", "--prune")
    assert run.exit_code == 2
    assert "--prune --yes" in run.stderr
    assert vouch("ingest", "docs", "--yes").exit_code == 2
    run = vouch("ingest", "docs", "--prune", "--yes", "--json")
    assert run.exit_code == 0
    assert len(json.loads(run.stdout)["removed"]) == 3


def test_it_ends_with_1_if_a_named_path_is_refused_and_with_0_if_files_in_folders_are(
    vouch: Command, folder: Path
) -> None:
    (folder / "bad.txt").write_bytes(b"\0\1\2")
    run = vouch("ingest", "docs")
    assert run.exit_code == 0
    assert "4 added, 1 refused" in run.stderr
    assert vouch("ingest", "docs", "docs/bad.txt").exit_code == 1
    assert vouch("ingest", "docs", "missing").exit_code == 1
    (folder / "sub").mkdir()
    (folder / "bad.txt").rename(folder / "sub/bad.txt")
    assert vouch("ingest", "docs/sub").exit_code == 1, "nothing could be read"


def test_the_first_refusals_are_told_and_the_rest_is_counted(vouch: Command, folder: Path) -> None:
    for number in range(25):
        (folder / f"bad{number:02}.txt").write_bytes(b"\0" if number % 2 else b"")
    run = vouch("ingest", "docs")
    assert run.stderr.count("refused: ") == command.REFUSALS_SHOWN
    assert "and 5 more (3 source_empty, 2 source_not_text); --json lists them all" in run.stderr
    assert len(json.loads(vouch("ingest", "docs", "--json").stdout)["refused"]) == 25


def test_the_first_files_read_in_part_are_told_and_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    partial = tuple(Shortfall(f"{number}.pdf", "page 2 has no text layer") for number in range(25))
    command.write_report(IngestReport((), (), (), (), 0, 0, 1, 0.0, partial=partial), "default")
    told = capsys.readouterr().err
    assert told.count("in part: ") == command.REFUSALS_SHOWN
    assert "and 5 more in part; --json lists them all." in told


def test_quiet_says_nothing_and_a_pipe_gets_a_line_now_and_then(
    vouch: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LINE_INTERVAL_S", 0.0)
    run = vouch("ingest", "docs", "--quiet")
    assert (run.exit_code, run.stdout, run.stderr) == (0, "", "")
    (folder / "e.md").write_text("A new one.")
    run = vouch("ingest", "docs")
    assert "Ingesting: 5/5 files" in run.stderr
    assert "docs/notes/d.md" in run.stderr
    monkeypatch.setattr(command, "LINE_INTERVAL_S", 1000.0)
    assert "Ingesting" not in vouch("ingest", "docs").stderr


@pytest.mark.parametrize(("seconds", "shown"), [(8.4, "8 s"), (99, "99 s"), (180, "3 min"), (9000, "2.5 h")])
def test_a_time_is_told_as_people_do(seconds: float, shown: str) -> None:
    assert command.duration(seconds) == shown


# Metadata


def test_metadata_are_given_to_what_is_new_and_to_what_is_there_and_stay(collection: Collection, folder: Path) -> None:
    (folder / "a.md").write_text("---\nteam: moons\nyear: 2020\n---\n# A\n\nThe text of a.")
    collection.ingest([folder / "b.txt"])
    embedder = collection.embedder
    assert isinstance(embedder, HashEmbedder)
    report = collection.ingest([folder], metadata={"team": "rings"})
    assert report.unchanged == ("docs/b.txt",)
    assert {record.metadata["team"] for record in collection.documents()} == {"rings"}
    assert collection.document("docs/a.md").metadata["year"] == 2020
    embedded = len(embedder.embedded)
    collection.ingest([folder], metadata={"team": "dust"})
    assert len(embedder.embedded) == embedded, "nothing is embedded for that"
    (folder / "a.md").write_text("---\nteam: moons\n---\n# A\n\nAnother text of a.")
    collection.ingest([folder])
    assert collection.document("docs/a.md").metadata["team"] == "dust"


def test_metadata_that_cannot_be_filtered_on_change_nothing(collection: Collection, folder: Path) -> None:
    with pytest.raises(UsageError):
        collection.ingest([folder], metadata={"two words": 1})
    assert sources(collection) == []


def test_what_was_added_under_a_name_is_never_pruned(collection: Collection, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "upload").write_text("The words of an upload.")
    collection.add([(tmp_path / "upload", "docs/upload.txt")])
    collection.ingest([folder])
    (folder / "a.md").unlink()
    assert collection.ingest([folder], prune=True, confirmed=True).removed == ("docs/a.md",)
    assert "docs/upload.txt" in sources(collection)


def test_the_command_gives_metadata_and_a_date_and_the_list_shows_and_filters_them(
    vouch: Command, folder: Path
) -> None:
    given = ["--metadata", "team=rings", "--metadata", "size=3", "--date", "2023-05"]
    assert vouch("ingest", "docs/notes", *given).exit_code == 0
    assert vouch("ingest", "docs").exit_code == 0
    lines = vouch("documents").stdout.splitlines()
    assert len(lines) == 4
    assert lines[2].endswith("\tdate=2023-05, size=3, team=rings")
    for options in (
        ["--where", "team=rings"],
        ["--where", "size>=2"],
        ["--folder", "docs/notes"],
        ["-w", "date>=2023-01"],
    ):
        listed = json.loads(vouch("documents", "--json", *options).stdout)
        assert [each["source"] for each in listed["documents"]] == ["docs/notes/c.md", "docs/notes/d.md"], options
    listed = json.loads(vouch("documents", "--json", "--limit", "2", "--offset", "1").stdout)
    assert [each["source"] for each in listed["documents"]] == ALL[1:3]
    assert listed["total"] == 4
    assert vouch("documents", "--folder", "doc").stdout == ""


@pytest.mark.parametrize("date", ["2023-13", "2023-02-30", "yesterday", "20230531", "2023-W01-1", "23-01-01", ""])
def test_a_date_is_a_day_a_month_or_a_year(vouch: Command, date: str) -> None:
    run = vouch("ingest", "docs", "--date", date)
    assert run.exit_code == 2
    assert "2023-05-31" in run.stderr
    assert vouch("ingest", "docs", "--metadata", f"date={date}").exit_code == 2


@pytest.mark.parametrize("pair", ["team", "=rings", "team=", "source=a.md"])
def test_metadata_that_say_nothing_are_a_mistake_of_usage(vouch: Command, pair: str) -> None:
    assert vouch("ingest", "docs", "--metadata", pair).exit_code == 2


# Stopping


def children(process: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = place.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == process and state != "Z":
                found.append(int(place.parent.name))
    return found


def test_ctrl_c_ends_an_ingest_and_its_readers_and_keeps_what_was_committed(folder: Path) -> None:
    (folder / "z.md").write_text("# a\n\n" + "|a" * 2000 + "\n" + "|-" * 2000 + "\n" + "|\n" * 60_000)  # takes minutes
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOUCH_")}
    environment = kept | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.fakes.command_line", "ingest", "docs"]
    with subprocess.Popen(
        command,
        cwd=folder.parent,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    ) as process:
        until = time.monotonic() + 30
        while not (readers := children(process.pid)) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)
        assert readers
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped." in told
    assert not any(Path(f"/proc/{reader}").exists() for reader in readers)
    with Collection.open(folder.parent / ".vouch", embedder=HashEmbedder()) as opened:
        assert set(sources(opened)) <= set(ALL)
        assert all(finding.ok for finding in opened.check(full=True))


def test_pages_without_text_are_told_with_the_file_that_has_them(
    folder: Path, collection: Collection, capsys: pytest.CaptureFixture[str]
) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(ROOT / "tests" / "documents" / "report.pdf")
    document.new_page(300, 400, index=1).close()
    document.new_page(300, 400, index=2).close()
    document.save(folder / "partly.pdf")
    document.close()
    report = collection.ingest([folder / "partly.pdf", folder / "a.md"])
    (partial,) = report.partial
    assert partial.source.endswith("partly.pdf")
    assert partial.reason == "pages 2-3 have no text layer: recognise the text (OCR) and ingest the result"
    command.write_report(report, "default")
    told = " ".join(capsys.readouterr().err.split())
    assert "partly.pdf: pages 2-3 have no text layer" in told
    assert not collection.ingest([folder / "partly.pdf"]).partial


def test_what_of_a_workbook_is_hidden_is_told_with_it(folder: Path, collection: Collection) -> None:
    with zipfile.ZipFile(ROOT / "tests" / "documents" / "budget.xlsx") as archive:
        part = archive.read("xl/workbook.xml").decode()
    shown = 'sheetId="3" state="visible"'
    assert shown in part
    content = repacked("budget.xlsx", **{"xl/workbook.xml": part.replace(shown, 'sheetId="3" state="hidden"')})
    (folder / "budget.xlsx").write_bytes(content)
    (partial,) = collection.ingest([folder / "budget.xlsx"]).partial
    assert partial.reason.startswith("the sheet 'Readings' left out, for hidden in the file")
