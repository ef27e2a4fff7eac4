"""Conversations: each is about one collection, and neither leaks into another nor outlives its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from rag.collection import Collection, delete_collection
from rag.config import Settings
from rag.errors import AnswerNotFound
from rag.types import Answer, Answered
from tests.fakes.embedder import HashEmbedder

MOONS = "Saturn has 274 known moons. Jupiter has 97 of them."
MARS = "Mars has two moons, Phobos and Deimos."
ABOUT_SATURN = "How many known moons has Saturn?"
ABOUT_MARS = "How many moons has Mars?"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / ".vouch", risk=1.0)


@pytest.fixture
def collections(settings: Settings, tmp_path: Path) -> Iterator[tuple[Collection, Collection]]:
    """One collection about Saturn, one about Mars, in one home."""
    with ExitStack() as stack:
        saturn, mars = (
            stack.enter_context(Collection.open(None, name, settings=settings, create=True, embedder=HashEmbedder()))
            for name in ("saturn", "mars")
        )
        for collection, text in ((saturn, MOONS), (mars, MARS)):
            path = tmp_path / f"{collection.name}.txt"
            path.write_text(text, encoding="utf-8")
            collection.ingest([path])
        yield saturn, mars


def ask(collection: Collection, question: str, conversation_id: str | None = None) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question, conversation_id=conversation_id) as events:
            last = [event async for event in events][-1]
        assert isinstance(last, Answered)
        return last.answer

    return asyncio.run(run())


def stored(settings: Settings) -> list[tuple[str, str | None]]:
    """Question and conversation of every stored answer."""
    with closing(sqlite3.connect(settings.home / "history.db")) as connection:
        return connection.execute("SELECT question, conversation_id FROM answers ORDER BY number").fetchall()


def test_a_conversation_of_one_collection_is_not_there_for_another(
    collections: tuple[Collection, Collection], settings: Settings
) -> None:
    saturn, mars = collections
    conversation = saturn.archive.start_conversation()
    assert "274" in ask(saturn, ABOUT_SATURN, conversation).text
    for doing in (
        lambda: ask(mars, ABOUT_MARS, conversation),
        lambda: mars.archive.turns(conversation),
        lambda: mars.archive.conversation(conversation),
    ):
        with pytest.raises(AnswerNotFound, match="about the collection 'mars'"):
            doing()
    assert stored(settings) == [(ABOUT_SATURN, conversation)]


def test_an_answer_cannot_be_saved_into_a_conversation_of_another_collection(
    collections: tuple[Collection, Collection],
) -> None:
    saturn, mars = collections
    conversation = saturn.archive.start_conversation()
    with pytest.raises(AnswerNotFound):
        mars.archive.history.save(
            answer_id="ans_1",
            created_at="2026-01-01T00:00:00+00:00",
            collection="mars",
            question=ABOUT_MARS,
            abstained=False,
            conversation_id=conversation,
            document="{}",
            sources=(),
        )


def test_answers_that_stand_in_a_conversation_of_another_collection_are_deleted_with_their_own(
    collections: tuple[Collection, Collection], settings: Settings
) -> None:
    saturn, mars = collections
    conversation = saturn.archive.start_conversation()
    ask(saturn, ABOUT_SATURN, conversation)
    ask(mars, ABOUT_MARS)
    with closing(sqlite3.connect(settings.home / "history.db")) as connection, connection:
        connection.execute("UPDATE answers SET conversation_id = ?", (conversation,))  # as an earlier Vouch did
    assert [answer.question for answer in saturn.archive.conversation(conversation)] == [ABOUT_SATURN]
    delete_collection(settings, "saturn")
    assert stored(settings) == [(ABOUT_MARS, None)]
