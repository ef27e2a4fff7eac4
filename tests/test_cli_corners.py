"""Corners of the command line and of asking: what is odd is told or left, and never a mistake of ours."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from rich.text import Text

from rag.cli.terminal import page
from rag.collection import Collection
from rag.config import Settings
from rag.errors import UsageError
from tests.fakes.embedder import HashEmbedder
from tests.test_cli import Vouch, filled, vouch

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
