"""What a later document overturns is told, and what only looks so is not: pairs of documents in a real collection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from rag import Collection
from rag.composition import withdraw_dead
from rag.types import Answer, Answered

PAIRS = Path(__file__).with_name("documents") / "tensions.jsonl"


@dataclass(frozen=True)
class Pair:
    """Two documents, what is asked of them, and the words of each that contradict the other; empty where none do.

    `held_out` pairs were written before the rules that they try, and passed when they were first tried.
    """

    kind: str
    held_out: bool
    question: str
    earlier: tuple[str, str]
    later: tuple[str, str]
    said: str
    overturned_by: str


def pairs(kind: str) -> list[Pair]:
    rows = [Pair(**json.loads(line)) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row.kind == kind]


def named(pair: Pair) -> str:
    return f"{'held out: ' * pair.held_out}{pair.question}"


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with Collection.open(tmp_path / "home", create=True) as opened:
        yield opened


def ask(collection: Collection, folder: Path, pair: Pair) -> Answer:
    """Ingest both documents and return the answer."""
    folder.mkdir()
    for name, text in (pair.earlier, pair.later):
        (folder / name).write_text(text, encoding="utf-8")
    collection.ingest([folder])

    async def run() -> list[Answer]:
        async with collection.ask(pair.question) as events:
            return [event.answer async for event in events if isinstance(event, Answered)]

    return anyio.run(run)[0]


def is_told(answer: Answer, pair: Pair) -> bool:
    """Return whether one conflict cites both the overturned words and those that overturn them."""
    quotes = [[answer.citations[number - 1].quote for number in group] for group in answer.conflicts]
    return any(
        any(pair.said in quote for quote in group) and any(pair.overturned_by in quote for quote in group)
        for group in quotes
    )


@pytest.mark.parametrize("pair", pairs("overturned"), ids=named)
def test_what_another_document_overturns_is_told_with_both_places(
    collection: Collection, tmp_path: Path, pair: Pair
) -> None:
    answer = ask(collection, tmp_path / "docs", pair)
    assert is_told(answer, pair), answer
    assert [each.citations for each in answer.disagreements] == list(answer.conflicts)
    assert all(answer.citations[(each.latest or 0) - 1].source.endswith(pair.later[0]) for each in answer.disagreements)
    assert any(pair.later[0] in warning and pair.earlier[0] in warning for warning in answer.warnings)


def test_a_conflict_goes_with_a_document_that_is_gone(collection: Collection, tmp_path: Path) -> None:
    answer = ask(collection, tmp_path / "docs", pairs("overturned")[1])
    assert answer.disagreements
    gone = answer.citations[-1].document_id
    left = withdraw_dead(answer, lambda document_id, revision: document_id != gone)
    assert (left.disagreements, left.conflicts, left.warnings) == ((), (), ())


@pytest.mark.parametrize("pair", pairs("alike"), ids=named)
def test_other_periods_persons_products_and_groups_are_told_as_no_conflict(
    collection: Collection, tmp_path: Path, pair: Pair
) -> None:
    answer = ask(collection, tmp_path / "docs", pair)
    assert not answer.abstained
    assert len({passage.source for passage in answer.passages}) == 2
    assert answer.conflicts == ()
