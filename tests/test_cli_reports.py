"""A report that has been paid for reaches its files, whatever becomes of what is printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.test_cli import MOONS, QUESTION, process_environment

ROWS = [{"question": QUESTION, "answer": MOONS[:27], "contexts": [MOONS]}]


def evaluate(folder: Path, *options: str, stdout: str) -> subprocess.CompletedProcess[str]:
    """Evaluate the answers in a folder, with a file for what is printed."""
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    command = [sys.executable, "-m", "tests.fakes.command_line", "evaluate", "answers.jsonl", *options]
    with open(stdout, "w", encoding="utf-8") as printed:
        return subprocess.run(
            command,
            cwd=folder,
            env=process_environment(),
            stdout=printed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )


def test_the_files_are_written_though_nothing_can_be_printed(tmp_path: Path) -> None:
    done = evaluate(tmp_path, "--output", "run.json", "--html", "run.html", "--json", stdout="/dev/full")
    assert done.returncode == 1
    assert "The output cannot be written" in done.stderr
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["samples"] == 1
    assert "274" in (tmp_path / "run.html").read_text(encoding="utf-8")


def test_a_report_whose_file_cannot_be_written_is_printed_all_the_same(tmp_path: Path) -> None:
    done = evaluate(tmp_path, "--output", "/dev/full", "--html", "run.html", "--json", stdout=str(tmp_path / "printed"))
    assert done.returncode == 2
    assert "'/dev/full' cannot be written: No space left on device." in done.stderr
    assert '"samples": 1' in (tmp_path / "printed").read_text(encoding="utf-8")
    assert (tmp_path / "run.html").exists()


def test_a_report_whose_page_cannot_be_written_is_printed_all_the_same(tmp_path: Path) -> None:
    page = "n" * 250  # a name, but too long with what is added until it is written whole
    done = evaluate(tmp_path, "--output", "run.json", "--html", page, "--json", stdout=str(tmp_path / "printed"))
    assert done.returncode == 1
    assert "File name too long" in done.stderr
    assert '"samples": 1' in (tmp_path / "printed").read_text(encoding="utf-8")
    assert (tmp_path / "run.json").exists()


def test_a_name_that_no_file_can_have_is_refused_before_anything_is_scored(tmp_path: Path) -> None:
    done = evaluate(tmp_path, "--output", "n" * 300, stdout=str(tmp_path / "printed"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Read as" not in done.stderr
