"""What is deleted from the history is gone: from the file, from the lists, and from what later answers took of it."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from prompt_toolkit.history import FileHistory

from rag.errors import AnswerNotFound, CollectionError
from rag.history import TYPED_FILE, History, forget_typed
from tests.test_history import history, save

__all__ = ["history"]

SECRET = "xyzzy-secret"


def held(history: History) -> bytes:
    """Return all bytes of the history's files."""
    return b"".join(path.read_bytes() for path in sorted(history.path.parent.iterdir()))


def tidy(document: str) -> str:
    return json.dumps(json.loads(document) | {"standalone": ""})


@pytest.fixture
def talk(history: History) -> str:
    """A conversation of three answers, the second of which holds a secret that the third was completed with."""
    conversation = history.start_conversation("default")
    for number, document in enumerate(({"n": 1}, {"quote": f"{SECRET} " * 500}, {"standalone": SECRET}), start=1):
        save(
            history,
            f"ans_{number}",
            json.dumps(document),
            conversation_id=conversation,
            sources=(f"doc_{number}",),
            cited=((f"doc_{number}", f"sha256:{number}"),),
        )
    return conversation


def test_a_deleted_answer_is_nowhere_left_not_even_in_what_followed_it(history: History, talk: str) -> None:
    assert SECRET.encode() in held(history), "the test cannot see"
    history.delete_answer("default", "ans_2", tidy)
    assert SECRET.encode() not in held(history)
    assert b"ans_2" not in held(history)
    assert history.turns("default", talk) == ['{"n": 1}', '{"standalone": ""}']
    assert history.documents_cited("default") == {"doc_1", "doc_3"}
    assert history.revisions_cited("default") == {("doc_1", "sha256:1"), ("doc_3", "sha256:3")}


def test_a_deleted_answer_leaves_other_conversations_as_they_were(history: History, talk: str) -> None:
    other = history.start_conversation("default")
    save(history, "ans_4", '{"standalone": "Io"}', conversation_id=other)
    save(history, "ans_5", '{"standalone": "Europa"}')
    history.delete_answer("default", "ans_2", tidy)
    history.delete_answer("default", "ans_1", tidy)
    assert [history.answer(f"ans_{n}") for n in (4, 5)] == ['{"standalone": "Io"}', '{"standalone": "Europa"}']


def test_a_conversation_whose_only_answer_is_deleted_can_be_gone_on_with(history: History) -> None:
    conversation = history.start_conversation("default")
    save(history, "ans_1", conversation_id=conversation)
    history.delete_answer("default", "ans_1", tidy)
    assert history.conversations() == []
    save(history, "ans_2", conversation_id=conversation)
    assert [each.turns for each in history.conversations()] == [1]


def test_a_deleted_conversation_is_nowhere_left_with_its_answers(history: History, talk: str) -> None:
    save(history, "ans_4", '{"n": 4}')
    other = history.start_conversation("default")
    save(history, "ans_5", '{"n": 5}', conversation_id=other)
    history.delete_conversation("default", talk)
    for word in (SECRET, talk, "ans_1", "ans_2", "ans_3", "doc_1"):
        assert word.encode() not in held(history), word
    assert [each.conversation_id for each in history.conversations()] == [other]
    assert [each.answer_id for each in history.answers()] == ["ans_5", "ans_4"]
    with pytest.raises(AnswerNotFound):
        history.turns("default", talk)


def test_an_answer_of_another_collection_outlives_the_conversation_it_was_let_into(history: History, talk: str) -> None:
    save(history, "ans_4", collection="other")
    with closing(sqlite3.connect(history.path)) as connection, connection:
        connection.execute("UPDATE answers SET conversation_id = ? WHERE answer_id = 'ans_4'", (talk,))
    history.delete_conversation("default", talk)
    assert [each.conversation_id for each in history.answers()] == [None]


@pytest.mark.parametrize("answer_id", ["ans_9", "ans_", "", "ans_%", "no text \udcff", "ans_4"])
def test_what_is_not_the_whole_id_of_an_answer_of_the_collection_deletes_nothing(
    history: History, talk: str, answer_id: str
) -> None:
    save(history, "ans_4", collection="other")
    with pytest.raises(AnswerNotFound) as caught:
        history.delete_answer("default", answer_id, tidy)
    assert caught.value.field == "answer_id"
    assert len(history.answers()) == 4


def test_a_conversation_of_another_collection_is_not_deleted(history: History, talk: str) -> None:
    for collection, conversation in (("other", talk), ("default", talk[:-1]), ("default", "")):
        with pytest.raises(AnswerNotFound) as caught:
            history.delete_conversation(collection, conversation)
        assert caught.value.field == "conversation_id"
    assert len(history.turns("default", talk)) == 3


def test_deleting_from_a_history_that_has_not_begun_makes_none(history: History) -> None:
    for delete in (
        lambda: history.delete_answer("default", "ans_1", tidy),
        lambda: history.delete_conversation("default", "conv_1"),
    ):
        with pytest.raises(AnswerNotFound):
            delete()
    assert not history.path.exists()


def test_a_damaged_answer_is_deleted_like_any_other(history: History, talk: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(history.path)) as connection, connection:
        connection.execute("UPDATE answers SET document = x'00' WHERE answer_id = 'ans_1'")
    assert history.answer_id("ans_1", collection="default") == "ans_1"
    history.delete_answer("default", "ans_1", tidy)
    assert [each.answer_id for each in history.answers()] == ["ans_3", "ans_2"]


def test_a_later_answer_that_is_damaged_does_not_keep_an_earlier_one(history: History, talk: str) -> None:
    with closing(sqlite3.connect(history.path)) as connection, connection:
        connection.execute("UPDATE answers SET checksum = x'00' WHERE answer_id = 'ans_3'")
    history.delete_answer("default", "ans_2", tidy)
    assert SECRET.encode() not in held(history)
    assert [each.answer_id for each in history.answers()] == ["ans_1"]


def test_a_conversation_that_holds_a_damaged_answer_is_there_and_is_deleted(history: History, talk: str) -> None:
    with closing(sqlite3.connect(history.path)) as connection, connection:
        connection.execute("UPDATE answers SET document = x'00' WHERE answer_id = 'ans_1'")
    history.require_conversation("default", talk)
    history.delete_conversation("default", talk)
    assert history.answers() == []
    with pytest.raises(AnswerNotFound):
        history.require_conversation("default", talk)


# What was typed at the prompt


def typed(home: Path) -> list[str]:
    """Return what the prompt recalls, oldest first."""
    return list(FileHistory(str(home / TYPED_FILE)).load_history_strings())[::-1]


def test_what_was_typed_is_forgotten_and_overwritten_and_the_rest_is_recalled(tmp_path: Path) -> None:
    recalled = FileHistory(str(tmp_path / TYPED_FILE))
    for text in (
        "Before?",
        f"What of {SECRET}?",
        "/help",
        f"Two lines\nof {SECRET}?",
        "After? é",
        f"What of {SECRET}? ",
    ):
        recalled.store_string(text)
    with (tmp_path / TYPED_FILE).open("rb") as file:
        forget_typed(tmp_path, [f"What of {SECRET}?", f"Two lines\nof {SECRET}?", "Never asked?"])
        assert SECRET.encode() not in file.read(), "another file took its place, and the bytes of the old one stay"
    assert typed(tmp_path) == ["Before?", "/help", "After? é"]
    recalled.store_string("Later?")
    assert typed(tmp_path)[-1] == "Later?"


def test_what_is_typed_in_another_terminal_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recalled = FileHistory(str(tmp_path / TYPED_FILE))
    recalled.store_string(f"What of {SECRET}?")
    sync = os.fsync

    def append_meanwhile(descriptor: int) -> None:
        recalled.store_string("Typed meanwhile?")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", append_meanwhile)
    forget_typed(tmp_path, [f"What of {SECRET}?"])
    assert typed(tmp_path) == ["Typed meanwhile?"]


def test_questions_are_forgotten_with_all_that_goes_and_nothing_goes_where_they_cannot_be(
    history: History, talk: str
) -> None:
    home = history.path.parent
    recalled = FileHistory(str(home / TYPED_FILE))
    questions = [each.question for each in history.answers()]
    for text in (*questions, "Of another collection?"):
        recalled.store_string(text)
    kept = (home / TYPED_FILE).rename(home / "kept")
    (home / TYPED_FILE).mkdir()  # what cannot be written
    for delete in (
        lambda: history.delete_answer("default", "ans_1", tidy),
        lambda: history.delete_conversation("default", talk),
        lambda: history.forget("default"),
    ):
        with pytest.raises(CollectionError):
            delete()
        assert len(history.answers()) == len(questions)
    (home / TYPED_FILE).rmdir()
    kept.rename(home / TYPED_FILE)
    history.forget("default")
    assert typed(home) == ["Of another collection?"]


def test_where_nothing_was_typed_there_is_nothing_to_forget(tmp_path: Path) -> None:
    forget_typed(tmp_path, ["Never asked?"])
    assert list(tmp_path.iterdir()) == []


def test_what_was_typed_that_cannot_be_rewritten_is_our_error(tmp_path: Path) -> None:
    (tmp_path / TYPED_FILE).mkdir()
    with pytest.raises(CollectionError):
        forget_typed(tmp_path, ["?"])
