"""Rows and records stay apart: each a sentence by itself, found by its own names and numbers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from rag import Answered, Collection, Settings, errors
from rag.sentences import segment
from tests.fakes.embedder import HashEmbedder

STAFF = [
    (name, 100 + number, 40_000 + 500 * number) for number, name in enumerate(("Adams", "Brown", "Klein", "Mason"))
]
ORDERS = "Order,Customer,Delivery date\n" + "".join(
    f"HK-205{n},{customer},2025-0{n}-12\n" for n, customer in ((1, "Oslo"), (2, "Kiruna"), (3, "Hamburg"), (4, "Lier"))
)
SUPPLIERS = {
    "suppliers": [
        {"name": "Refra Oy", "city": "Tampere", "contract_ends": "2026-12-31"},
        {"name": "Kanthal Nord", "city": "Hallstahammar", "contract_ends": "2025-11-30"},
    ]
}


def ask(file: Path, question: str) -> str:
    async def answer(collection: Collection) -> str:
        async with collection.ask(question) as events:
            texts = [event.answer.text async for event in events if isinstance(event, Answered)]
        return texts[0]

    settings = Settings(home=file.parent / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        assert collection.ingest([file]).added
        assert collection.documents()[0].title.lower() == file.stem
        return asyncio.run(answer(collection))


def test_rows_as_wide_as_a_page_are_no_wrapped_paragraph() -> None:
    rows = [
        f"Employee of the works: {name} {'x' * 30}; Office: Room {room}; Salary: {salary}"
        for name, room, salary in STAFF
    ]
    text = "\n".join(rows)
    assert [text[slice(*span)] for span in segment(text)] == rows


def test_an_order_is_found_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    text = ask(tmp_path / "orders.csv", "What is the delivery date of order HK-2052?")
    assert "2025-02-12" in text
    assert "HK-2053" not in text


def test_the_values_of_one_record_are_not_read_with_another(tmp_path: Path) -> None:
    (tmp_path / "suppliers.json").write_text(json.dumps(SUPPLIERS), encoding="utf-8")
    text = ask(tmp_path / "suppliers.json", "When does the contract with Kanthal Nord end?")
    assert "2025-11-30" in text
    assert "2026-12-31" not in text


def test_a_line_of_figures_answers_by_its_label(tmp_path: Path) -> None:
    lines = [
        "Net sales rose by 2 percent as people bought more.",
        "Total net sales $ 82,959 $ 81,434",
        "Total cost 46,387 49,000",
    ]
    (tmp_path / "report.md").write_text("# Report\n\n" + "\n\n".join(lines) + "\n", encoding="utf-8")
    assert "82,959" in ask(tmp_path / "report.md", "What were the total net sales?")


def test_a_date_that_is_none_is_no_filter(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\ndate: 2024-05-01\n---\nThe harbour of Kiel was opened in 1895.", encoding="utf-8"
    )
    settings = Settings(home=tmp_path / "home")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "a.md"])
        with pytest.raises(errors.FilterError, match="year, a month or a day"):
            asyncio.run(collection.search("Kiel?", where={"date": {"gte": "banana"}}))
