"""The commands on whole collections, kept files and metadata: what they print, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "moons.txt").write_text(MOONS, encoding="utf-8")
    run(tmp_path, "ingest", "moons.txt")
    return tmp_path


def run(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the real command line, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tests.fakes.command_line", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, input=stdin, capture_output=True, check=False)


def test_a_collection_goes_out_and_comes_back(folder: Path) -> None:
    assert run(folder, "collections", "export", "default", "out.vouch").returncode == 0
    again = run(folder, "collections", "export", "default", "out.vouch")
    assert (again.returncode, b"exists already" in again.stderr) == (2, True)
    assert run(folder, "collections", "import", "out.vouch", "--as", "two").returncode == 0
    taken = run(folder, "collections", "import", "out.vouch")
    assert (taken.returncode, b"exists already" in taken.stderr) == (1, True)
    listed = json.loads(run(folder, "collections", "--json").stdout)["collections"]
    assert [(each["name"], each["documents"], each["embedder"]) for each in listed] == [
        ("default", 1, "hash"),
        ("two", 1, "hash"),
    ]
    bad = run(folder, "collections", "import", "moons.txt", "--json")
    assert (bad.returncode, json.loads(bad.stdout)["error"]["code"]) == (2, "bad_archive")


def test_deleting_asks_and_takes_no_answer_for_a_no(folder: Path) -> None:
    asked = run(folder, "collections", "delete", "default")
    assert (asked.returncode, b"--yes" in asked.stderr) == (2, True)
    assert run(folder, "search", "Saturn").returncode == 0
    assert run(folder, "collections", "delete", "default", "--yes").returncode == 0
    gone = run(folder, "search", "Saturn")
    assert (gone.returncode, b"collection_not_found" in gone.stderr) == (1, True)
    assert run(folder, "collections", "create", "default").returncode == 0
    assert run(folder, "collections", "create", "../default").returncode == 2


def test_an_original_is_written_byte_for_byte(folder: Path) -> None:
    assert run(folder, "original", "moons.txt").stdout == MOONS.encode()
    assert run(folder, "original", "moons.txt", "--output", "copy.txt").returncode == 0
    assert (folder / "copy.txt").read_bytes() == MOONS.encode()
    assert run(folder, "original", "moons.txt", "--output", "copy.txt").returncode == 2
    (folder / "moons.txt").write_text("changed", encoding="utf-8")
    changed = run(folder, "original", "moons.txt")
    assert (changed.returncode, changed.stdout, b"original_not_found" in changed.stderr) == (1, b"", True)


def test_metadata_are_set_shown_and_filtered_on(folder: Path) -> None:
    assert run(folder, "metadata", "moons.txt", "date=2023-05", "client=Acme").returncode == 0
    told = json.loads(run(folder, "metadata", "moons.txt", "--remove", "client", "--json").stdout)
    assert told["metadata"] == {"date": "2023-05"}
    assert run(folder, "search", "Saturn", "--where", "date>=2023").returncode == 0
    assert run(folder, "search", "Saturn", "--where", "date=2023").returncode == 0
    assert run(folder, "search", "Saturn", "--where", "date<2023-05").returncode == 3
    assert run(folder, "chat", "--where", "client=Acme", stdin=b"moons?\n").returncode == 2
    assert run(folder, "metadata", "moons.txt", "source=x").returncode == 2
    told = json.loads(run(folder, "metadata", "moons.txt", "ref=007", "v=1.10", "n=7", "city=Nan", "--json").stdout)
    assert told["metadata"] == {"date": "2023-05", "ref": "007", "v": "1.10", "n": 7, "city": "Nan"}, "as typed"


def test_doctor_names_a_file_that_nobody_needs_and_repair_removes_it(folder: Path) -> None:
    kept = folder / ".vouch" / "collections" / "default" / "originals"
    kept.mkdir(mode=0o700)
    (kept / ("ab" * 32)).write_bytes(b"left over")
    (kept / ("ab" * 32)).chmod(0o600)
    named = run(folder, "doctor")
    assert (named.returncode, b"is kept for no document" in named.stdout) == (1, True)
    assert run(folder, "doctor", "--repair").returncode == 0
    assert list(kept.iterdir()) == []
