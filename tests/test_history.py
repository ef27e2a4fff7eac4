"""Answers and conversations: kept, found again, erased where they must be, and never mistaken."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import AnswerNotFound, CollectionDamaged, CollectionError, CollectionLocked, SchemaTooNew, StorageFull
from rag.history import AnswerSummary, History


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    history = History(tmp_path / "home" / "history.db")
    yield history
    history.close()


def save(
    history: History,
    answer_id: str,
    document: str = "{}",
    *,
    collection: str = "default",
    conversation_id: str | None = None,
    sources: tuple[str, ...] = (),
) -> None:
    history.save(
        answer_id=answer_id,
        created_at="2026-01-01T00:00:00+00:00",
        collection=collection,
        question=f"What of {answer_id}?",
        abstained=answer_id.endswith("0"),
        conversation_id=conversation_id,
        document=document,
        sources=sources,
    )


def test_an_answer_comes_back_by_its_id_or_its_beginning(history: History) -> None:
    save(history, "ans_12ab", '{"text": "274 moons"}')
    save(history, "ans_12cd")
    assert history.answer("ans_12ab") == '{"text": "274 moons"}'
    assert history.answer("ans_12a") == '{"text": "274 moons"}'
    save(history, "ans_12a", '{"text": "itself before what it begins"}')
    assert history.answer("ans_12a") == '{"text": "itself before what it begins"}'


@pytest.mark.parametrize("answer_id", ["ans_9", "", "%", "ans__2", "no text \udcff"])
def test_an_answer_that_is_not_there_is_named(history: History, answer_id: str) -> None:
    save(history, "ans_12ab")
    with pytest.raises(AnswerNotFound, match="holds no answer") as caught:
        history.answer(answer_id)
    assert caught.value.field == "answer_id"


def test_a_beginning_that_several_answers_share_is_refused(history: History) -> None:
    save(history, "ans_12ab")
    save(history, "ans_12cd")
    with pytest.raises(AnswerNotFound, match="several answers that begin with 'ans_12'"):
        history.answer("ans_12")


def test_answers_are_listed_newest_first_by_collection_and_page(history: History) -> None:
    for number in range(5):
        save(history, f"ans_{number}", collection="odd" if number % 2 else "even")
    assert [one.answer_id for one in history.answers()] == ["ans_4", "ans_3", "ans_2", "ans_1", "ans_0"]
    assert [one.answer_id for one in history.answers(limit=2, offset=1)] == ["ans_3", "ans_2"]
    assert [one.answer_id for one in history.answers(collection="odd")] == ["ans_3", "ans_1"]
    assert history.answers(collection="even")[-1] == AnswerSummary(
        "ans_0", "2026-01-01T00:00:00+00:00", "even", "What of ans_0?", True, None
    )


def test_an_answer_saved_twice_is_kept_once_as_it_was(history: History) -> None:
    save(history, "ans_1", "{}", sources=("doc_1",))
    save(history, "ans_1", '{"other": 1}', sources=("doc_2",))
    assert history.answer("ans_1") == "{}"
    assert history.documents_cited("default") == {"doc_1"}


def test_answers_are_found_by_what_they_rest_on_in_one_collection(history: History) -> None:
    save(history, "ans_1", '{"n": 1}', sources=("doc_1", "doc_2", "doc_1"))
    save(history, "ans_2", '{"n": 2}', sources=("doc_2",))
    save(history, "ans_3", '{"n": 3}', sources=("doc_1",), collection="other")
    assert history.documents_cited("default") == {"doc_1", "doc_2"}
    history.rewrite("default", "doc_2", lambda document: document.replace('"n"', '"m"'))
    history.rewrite("default", "doc_9", lambda document: "never")
    assert [history.answer(f"ans_{n}") for n in (1, 2, 3)] == ['{"m": 1}', '{"m": 2}', '{"n": 3}']
    assert history.documents_cited("default") == {"doc_1"}
    assert history.documents_cited("other") == {"doc_1"}


def test_what_is_replaced_is_nowhere_left_in_the_files(history: History) -> None:
    save(history, "ans_1", json.dumps({"quote": "xyzzy-secret " * 500}), sources=("doc_1",))
    folder = history.path.parent
    assert any(b"xyzzy-secret" in path.read_bytes() for path in folder.iterdir()), "the test cannot see"
    history.rewrite("default", "doc_1", lambda document: '{"quote": null}')
    assert history.answer("ans_1") == '{"quote": null}'
    assert not any(b"xyzzy-secret" in path.read_bytes() for path in folder.iterdir())


def test_a_conversation_has_its_turns_oldest_first(history: History) -> None:
    conversation_id = history.start_conversation("default")
    assert history.turns(conversation_id) == []
    save(history, "ans_1", '{"n": 1}', conversation_id=conversation_id)
    save(history, "ans_2", '{"n": 2}')
    save(history, "ans_3", '{"n": 3}', conversation_id=conversation_id)
    assert history.turns(conversation_id) == ['{"n": 1}', '{"n": 3}']
    assert history.answers()[0].conversation_id == conversation_id


def test_conversations_are_listed_newest_first_with_their_first_question(history: History) -> None:
    first, second = history.start_conversation("default"), history.start_conversation("other")
    save(history, "ans_1", conversation_id=first)
    save(history, "ans_2", conversation_id=first)
    found = history.conversations()
    assert [(one.conversation_id, one.turns, one.question) for one in found] == [
        (first, 2, "What of ans_1?"),
    ]
    assert [one.conversation_id for one in history.conversations(collection="default")] == [first]
    save(history, "ans_3", conversation_id=second)
    assert [one.conversation_id for one in history.conversations()] == [second, first]
    assert [one.conversation_id for one in history.conversations(limit=1, offset=1)] == [first]


def test_a_conversation_that_is_not_there_takes_no_turns(history: History) -> None:
    with pytest.raises(AnswerNotFound, match="conv_9"):
        history.turns("conv_9")
    with pytest.raises(AnswerNotFound, match="conv_9"):
        save(history, "ans_1", conversation_id="conv_9")
    assert history.answers() == []


def test_looking_makes_no_file_and_saving_makes_a_private_one(history: History) -> None:
    assert history.answers() == []
    assert history.conversations() == []
    assert history.documents_cited("default") == set()
    with pytest.raises(AnswerNotFound):
        history.answer("ans_1")
    with pytest.raises(AnswerNotFound):
        history.turns("conv_1")
    assert not history.path.parent.exists()
    save(history, "ans_1")
    assert {stat.S_IMODE(path.stat().st_mode) for path in history.path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(history.path.parent.stat().st_mode) == 0o700


def test_a_closed_history_opens_again_when_needed(history: History) -> None:
    save(history, "ans_1")
    history.close()
    assert history.answer("ans_1") == "{}"


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.text(max_size=300))
def test_any_text_comes_back_as_it_was(history: History, document: str) -> None:
    answer_id = f"ans_{hashlib.sha256(document.encode()).hexdigest()}"
    save(history, answer_id, document)
    assert history.answer(answer_id) == document


def test_a_lone_surrogate_is_kept_as_its_escape(history: History) -> None:
    save(history, "ans_1", '{"text": "\ud800"}')
    assert json.loads(history.answer("ans_1")) == {"text": "\ud800"}


# What may go wrong


def test_a_newer_schema_is_refused_and_the_file_is_left_to_the_byte(history: History) -> None:
    save(history, "ans_1")
    history.close()
    with closing(sqlite3.connect(history.path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = {path.name: path.read_bytes() for path in history.path.parent.iterdir()}
    with pytest.raises(SchemaTooNew, match="newer Vouch"):
        save(history, "ans_2")
    assert {path.name: path.read_bytes() for path in history.path.parent.iterdir()} == before


def test_a_file_that_is_no_history_is_named_and_left_as_it_is(history: History) -> None:
    history.path.parent.mkdir()
    history.path.write_bytes(b"something else" * 100)
    for ask in (history.answers, lambda: save(history, "ans_1")):
        with pytest.raises(CollectionDamaged, match=r"history\.db"):
            ask()
    assert history.path.read_bytes() == b"something else" * 100


def test_a_history_that_cannot_be_opened_is_our_error(history: History) -> None:
    history.path.mkdir(parents=True)
    with pytest.raises(CollectionError, match=r"history\.db"):
        save(history, "ans_1")


def test_a_flipped_bit_in_an_answer_is_named_and_the_others_are_given(history: History) -> None:
    save(history, "ans_1", '{"text": "Saturn has 274 moons"}', sources=("doc_1",))
    save(history, "ans_2", '{"text": "Jupiter has 97 moons"}')
    history.close()
    data = history.path.read_bytes()
    assert data.count(b"274") == 1
    history.path.write_bytes(data.replace(b"274", b"294"))
    with pytest.raises(CollectionDamaged, match="'ans_1'"):
        history.answer("ans_1")
    assert history.answer("ans_2") == '{"text": "Jupiter has 97 moons"}'
    assert len(history.answers()) == 2
    history.rewrite("default", "doc_1", lambda document: document)
    assert [one.answer_id for one in history.answers()] == ["ans_2"], "nobody can tell what the damaged one holds"


def test_a_full_disk_is_named_and_the_old_answers_are_given(history: History) -> None:
    save(history, "ans_1")
    with history._changing() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StorageFull, match="history"):
        save(history, "ans_2", "x" * 100_000)
    assert [one.answer_id for one in history.answers()] == ["ans_1"]
    history.close()
    save(history, "ans_2", "x" * 100_000)
    assert len(history.answers()) == 2


def test_a_history_that_another_program_holds_is_named(history: History) -> None:
    save(history, "ans_1")
    with history._reading() as connection:
        assert connection is not None
        connection.execute("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(history.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CollectionLocked, match="history"):
            save(history, "ans_2")
        assert history.answer("ans_1") == "{}"
        other.execute("ROLLBACK")
    save(history, "ans_2")


def test_several_threads_save_and_read_at_once_from_the_first_moment(history: History) -> None:
    second = History(history.path)
    barrier, problems = threading.Barrier(8), []

    def work(number: int) -> None:
        mine = history if number % 2 else second
        barrier.wait(timeout=10)
        try:
            for turn in range(5):
                save(mine, f"ans_{number}_{turn}", json.dumps({"number": number}), sources=("doc_1",))
                assert json.loads(mine.answer(f"ans_{number}_{turn}")) == {"number": number}
                mine.rewrite("default", "doc_1", lambda document: document)
        except (CollectionError, AssertionError) as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.close()
    assert problems == []
    assert len(history.answers(limit=100)) == 40
