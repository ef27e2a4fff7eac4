"""Conversations: each is about one collection, and neither leaks into another nor outlives its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.history import FileHistory

from rag.collection import Collection, delete_collection, library
from rag.config import Settings
from rag.erasing import erase_document
from rag.errors import AnswerNotFound, CollectionError, CollectionLocked, CollectionNotFound, DocumentNotFound
from rag.history import TYPED_FILE
from rag.types import Answer, Answered
from rag.wire import load_answer
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


def ask(collection: Collection, question: str, conversation_id: str | None = None, **options: Any) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question, conversation_id=conversation_id, **options) as events:
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


def test_answers_that_a_crash_left_of_a_deleted_collection_go_when_it_is_deleted_again(
    collections: tuple[Collection, Collection], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    saturn, mars = collections
    ask(saturn, ABOUT_SATURN)
    ask(mars, ABOUT_MARS)

    def die(home: Path, name: str) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as dying:
        dying.setattr(library, "forget_answers", die)
        with pytest.raises(SystemExit):
            delete_collection(settings, "saturn")
    assert len(stored(settings)) == 2
    with pytest.raises(CollectionNotFound, match="does not exist"):
        delete_collection(settings, "saturn")
    assert stored(settings) == [(ABOUT_MARS, None)]


def test_a_leftover_that_cannot_be_removed_keeps_no_answers(
    collections: tuple[Collection, Collection], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    saturn, _ = collections
    ask(saturn, ABOUT_SATURN)

    def refuse(home: Path) -> None:
        raise CollectionError("A leftover cannot be removed.")

    monkeypatch.setattr(library, "remove_leftovers", refuse)
    with pytest.raises(CollectionError, match="leftover"):
        delete_collection(settings, "saturn")
    assert stored(settings) == []


def test_an_answer_of_a_collection_deleted_while_it_was_made_is_not_kept(
    collections: tuple[Collection, Collection], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    saturn, _ = collections
    save = saturn.archive.history.save

    def delete_and_save(**values: Any) -> None:
        delete_collection(settings, "saturn")
        save(**values)

    monkeypatch.setattr(saturn.archive.history, "save", delete_and_save)
    with pytest.raises(CollectionNotFound, match="has been deleted"):
        ask(saturn, ABOUT_SATURN)
    assert stored(settings) == []


def test_an_answer_that_is_stored_but_not_rid_of_a_deleted_document_says_just_that(
    collections: tuple[Collection, Collection], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    saturn, _ = collections
    history = saturn.archive.history
    save = history.save

    def save_and_delete(**values: Any) -> None:
        save(**values)
        with saturn.store.writer() as writer:
            writer.delete(saturn.documents()[0].document_id)

    def refuse(*_: object) -> None:
        raise CollectionLocked("The history is in use.")

    monkeypatch.setattr(history, "save", save_and_delete)
    with monkeypatch.context() as refusing:
        refusing.setattr(history, "rewrite", refuse)
        answer = ask(saturn, ABOUT_SATURN)
    assert [warning for warning in answer.warnings if "not stored" in warning] == []
    assert [warning for warning in answer.warnings if "may hold words of what was deleted" in warning]
    assert "274" in history.answer(answer.id)
    assert "274 known" not in saturn.archive.answer(answer.id).model_dump_json()
    with pytest.raises(DocumentNotFound):
        saturn.delete("saturn.txt")
    assert "274 known" not in history.answer(answer.id)


def test_what_a_follow_up_took_from_a_deleted_document_goes_with_it(
    collections: tuple[Collection, Collection], settings: Settings, tmp_path: Path
) -> None:
    saturn, _ = collections
    (tmp_path / "leader.txt").write_text(
        "The project Nightjar is led by Wilhelmina Zuckerkandl. Wilhelmina Zuckerkandl was born in Linz in 1971.",
        encoding="utf-8",
    )
    (tmp_path / "budget.txt").write_text(
        "Budgets are set in May by the board. The board of the company meets in Graz.", encoding="utf-8"
    )
    saturn.ingest([tmp_path / "leader.txt", tmp_path / "budget.txt"])
    conversation = saturn.archive.start_conversation()
    ask(saturn, "Who leads the project?", conversation)
    last = ask(saturn, "And when are budgets set for her?", conversation, where={"source": "budget.txt"})
    assert "Nightjar" in last.standalone_question
    assert {passage.source for passage in last.passages} == {"budget.txt"}
    saturn.delete("leader.txt")
    assert saturn.archive.answer(last.id).standalone_question == "And when are budgets set for her?"
    assert saturn.archive.answer(last.id).text == last.text
    for path in settings.home.rglob("*"):
        assert not path.is_file() or b"Nightjar" not in path.read_bytes(), path


def test_an_abstention_keeps_no_word_that_its_question_was_completed_with() -> None:
    answer = load_answer(
        '{"id": "ans_1", "question": "Who pays her?", "standalone_question": "Who pays her? (Nightjar)", '
        '"status": "complete", "abstained": true, "reason": "The documents found do not mention \'Nightjar\'.", '
        '"text": "", "collection": "saturn", "generation": 1, "model": "extractive", "missing": ["Nightjar", "pays"], '
        '"verifier": {"name": "built-in", "version": "1", "threshold": 0.5}, "created_at": "2026-01-01", '
        '"false_premises": ["Nightjar pays"], "sentences": [], "citations": [], "passages": [], "schema": 1}'
    )
    erased = erase_document(answer, "doc_1")
    assert "Nightjar" not in erased.model_dump_json()
    assert (erased.missing, erased.reason) == (["pays"], "The documents found do not mention all that was asked.")


NIGHTJAR = {
    "leader.txt": "The project Nightjar is led by Wilhelmina Zuckerkandl, who was born in Linz in 1971.",
    "budget.txt": "Budgets are set in May by the board. The board of the company meets in Graz.",
}


@pytest.fixture
def nightjar(collections: tuple[Collection, Collection], tmp_path: Path) -> Collection:
    """The collection `saturn`, which also tells of a project."""
    for name, text in NIGHTJAR.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    collections[0].ingest([tmp_path / name for name in NIGHTJAR])
    return collections[0]


def asked_of_her(collection: Collection, conversation: str) -> Answer:
    """Return the answer to a follow-up whose question is completed with the name of the project."""
    last = ask(collection, "And when are budgets set for her?", conversation, where={"source": "budget.txt"})
    assert "Nightjar" in last.standalone_question
    return last


def test_what_a_follow_up_took_from_a_deleted_answer_goes_with_it(nightjar: Collection) -> None:
    conversation = nightjar.archive.start_conversation()
    first = ask(nightjar, "Who leads the project?", conversation)
    last = asked_of_her(nightjar, conversation)
    FileHistory(str(nightjar.settings.home / TYPED_FILE)).store_string(first.question)
    nightjar.archive.delete_answer(first.id)
    assert first.question.encode() not in (nightjar.settings.home / TYPED_FILE).read_bytes()
    kept = nightjar.archive.answer(last.id)
    assert (kept.standalone_question, kept.text) == (last.question, last.text)
    assert "Nightjar" not in nightjar.archive.history.answer(last.id)
    with pytest.raises(AnswerNotFound):
        nightjar.archive.answer(first.id)


def test_an_answer_deleted_while_a_follow_up_is_made_leaves_nothing_in_it(
    nightjar: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = nightjar.archive.start_conversation()
    first = ask(nightjar, "Who leads the project?", conversation)
    history = nightjar.archive.history
    save = history.save

    def delete_and_save(**values: Any) -> None:
        nightjar.archive.delete_answer(first.id)
        save(**values)

    monkeypatch.setattr(history, "save", delete_and_save)
    last = asked_of_her(nightjar, conversation)
    assert "Nightjar" not in history.answer(last.id)


def test_a_conversation_deleted_while_it_is_gone_on_with_stays_deleted(
    nightjar: Collection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = nightjar.archive.start_conversation()
    ask(nightjar, "Who leads the project?", conversation)
    save = nightjar.archive.history.save

    def delete_and_save(**values: Any) -> None:
        nightjar.archive.delete_conversation(conversation)
        save(**values)

    monkeypatch.setattr(nightjar.archive.history, "save", delete_and_save)
    last = asked_of_her(nightjar, conversation)
    assert [warning for warning in last.warnings if "was not stored" in warning]
    assert stored(settings) == []


def test_a_deleted_conversation_of_one_collection_leaves_those_of_another(
    collections: tuple[Collection, Collection], settings: Settings
) -> None:
    saturn, mars = collections
    conversation, other = saturn.archive.start_conversation(), mars.archive.start_conversation()
    ask(saturn, ABOUT_SATURN, conversation)
    answer = ask(mars, ABOUT_MARS, other)
    for delete in (
        lambda: saturn.archive.delete_conversation(other),
        lambda: saturn.archive.delete_answer(answer.id),
    ):
        with pytest.raises(AnswerNotFound):
            delete()
    prompt = FileHistory(str(settings.home / TYPED_FILE))
    for question in (ABOUT_SATURN, ABOUT_MARS):
        prompt.store_string(question)
    saturn.archive.delete_conversation(conversation)
    assert stored(settings) == [(ABOUT_MARS, other)]
    assert list(prompt.load_history_strings()) == [ABOUT_MARS]
