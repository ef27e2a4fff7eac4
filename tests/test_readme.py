"""The README is true: its Python runs, and its commands and options exist."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^\$ (?:\.venv/bin/)?vouch ([a-z]+)(.*)$", README, re.MULTILINE)))
TARGETS = sorted(set(re.findall(r"\bmake ([a-z]+)\b(?= |`|$)", README, re.MULTILINE)))


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # what it makes there is removed with the rest
    test = doctest.DocTestParser().get_doctest(README, {}, "README.md", "README.md", 0)
    assert len(test.examples) > 5
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize().failed == 0


@pytest.mark.parametrize(("command", "rest"), COMMANDS, ids=lambda value: str(value).strip() or "alone")
def test_each_command_of_the_readme_exists_with_its_options(command: str, rest: str) -> None:
    run = subprocess.run([sys.executable, "-m", "rag.cli", command, "--help"], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    for option in re.findall(r" (--[a-z-]+)", rest.split("#")[0]):
        assert option in run.stdout, f"vouch {command} has no {option}"


@pytest.mark.parametrize("target", TARGETS)
def test_each_make_target_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_links_to_files_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_no_placeholder_is_left() -> None:
    assert re.findall(r"^[A-Z]{4,}$", README, re.MULTILINE) == []
