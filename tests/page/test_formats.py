"""Each format, from a file made by a real program to a citation that opens at the cited words of its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from api import create_app
from rag import Collection, Settings
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

DOCUMENTS = Path(__file__).parents[1] / "documents"
WRITTEN = {
    "tides.csv": "Harbour,Opened,Depth\nKiel,1895,11\nBrest,1631,15\n",
    "tides.tsv": "Harbour\tOpened\nKiel\t1895\nBrest\t1631\n",
    "tides.json": json.dumps({"harbours": [{"name": "Kiel", "note": "The harbour of Kiel was opened in 1895."}]}),
    "tides.ipynb": json.dumps(
        {
            "cells": [{"cell_type": "markdown", "metadata": {}, "source": ["The harbour of Kiel was opened in 1895."]}],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ),
    "tides.py": 'def depth() -> int:\n    """Return the depth of Kiel, a harbour opened in 1895."""\n    return 11\n',
    "tides.html": "<h1>Harbours</h1><p>The harbour of Kiel was opened in 1895.</p><script>Kiel 1896</script>",
    "tides.md": "# Harbours\n\nThe harbour of **Kiel** was opened in 1895.\n",
}
KIEL = "When was the harbour of Kiel opened?"
BRIDGE = "How many vehicles a day does the Kestrel Bridge carry?"
CASES = [
    *((name, "When was Kiel opened?" if name[-2:] == "sv" else KIEL, "1895") for name in WRITTEN),
    *((f"report.{suffix}", BRIDGE, "18,400") for suffix in ("pdf", "docx", "odt")),
    *((f"talk.{suffix}", "Which port is closed in winter?", "Vell") for suffix in ("pptx", "odp")),
    *(
        (f"book.{suffix}", "When was the lighthouse of Orme lit for the first time?", "1862")
        for suffix in ("epub", "html")
    ),
    *((f"budget.{suffix}", "Who is the owner of dredging?", "Port office") for suffix in ("xlsx", "ods")),
]
PLACES = {
    "report.pdf": r"page 1",
    "talk.pptx": r"slide 2",
    "talk.odp": r"slide 2",
    "tides.ipynb": r"cell 1",
    "budget.xlsx": r"Budget!A\d+:\w\d+",
    "budget.ods": r"Budget!A\d+:\w\d+",
    "tides.csv": r"row \d",
}


def written(name: str, folder: Path) -> Path:
    """Return the file: one that stands beside the tests, or one written now."""
    if name not in WRITTEN:
        return DOCUMENTS / name
    (folder / name).write_text(WRITTEN[name], encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(("name", "question", "found"), CASES, ids=[case[0] for case in CASES])
def test_a_citation_of_each_format_opens_at_the_cited_words(
    name: str, question: str, found: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        report = collection.ingest([written(name, tmp_path)])
        assert len(report.added) == 1
        with (
            serving(create_app(collection=collection)) as address,
            httpx.Client(base_url=address, timeout=30) as client,
        ):
            answer = client.post("/v1/ask", json={"question": question}).json()
            (citation, *_) = [one for one in answer["citations"] if found in one["quote"]]
            page = client.get(citation["url"])
        text = collection.text(citation["document_id"])
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    shown = HTMLParser(page.text)
    cited = "".join(mark.text() for mark in shown.css("main mark"))
    assert cited.split() == citation["quote"].split()
    assert len(shown.css("#cite")) == 1
    assert shown.css_matches("#cite mark, mark#cite")
    if name in PLACES:
        assert re.fullmatch(PLACES[name], citation["locator"] or "")
