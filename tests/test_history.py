"""Answers and conversations: kept, found again, erased where they must be, and never mistaken."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.durable import seal
from rag.errors import AnswerNotFound, CollectionDamaged, CollectionError, CollectionLocked, SchemaTooNew, StorageFull
from rag.history import AnswerSummary, History, Revision
from rag.history.schema import APPLICATION_ID
from tests.fakes.timing import cpu_time_limit


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
    cited: tuple[Revision, ...] = (),
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
        cited=cited,
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


def test_a_page_follows_an_answer_whatever_is_saved_meanwhile(history: History) -> None:
    for number in range(5):
        save(history, f"ans_{number}")
    assert [one.answer_id for one in history.answers(limit=2)] == ["ans_4", "ans_3"]
    save(history, "ans_5")
    assert [one.answer_id for one in history.answers(limit=2, after="ans_3")] == ["ans_2", "ans_1"]
    assert history.answers(after="ans_0") == []
    with pytest.raises(AnswerNotFound, match="to go on after") as caught:
        history.answers(after="ans_9")
    assert caught.value.field == "cursor"


def test_an_answer_of_another_collection_is_not_found_where_one_is_named(history: History) -> None:
    save(history, "ans_1", collection="other")
    assert history.answer("ans_1") == history.answer("ans_1", collection="other") == "{}"
    for answer_id in ("ans_1", "ans_"):
        with pytest.raises(AnswerNotFound):
            history.answer(answer_id, collection="default")


def test_answers_are_found_by_the_revisions_they_cite_in_one_collection(history: History) -> None:
    save(history, "ans_1", cited=(("doc_1", "sha256:a"), ("doc_2", "sha256:b")))
    save(history, "ans_2", cited=(("doc_1", "sha256:c"),))
    save(history, "ans_3", cited=(("doc_1", "sha256:a"),))
    save(history, "ans_4", cited=(("doc_1", "sha256:a"),), collection="other")
    assert history.revisions_cited("default") == {
        ("doc_1", "sha256:a"),
        ("doc_1", "sha256:c"),
        ("doc_2", "sha256:b"),
    }

    def citing(*revisions: Revision, limit: int = 50) -> list[str]:
        return [one.answer_id for one in history.answers(collection="default", citing=revisions, limit=limit)]

    assert citing(("doc_1", "sha256:a")) == ["ans_3", "ans_1"]
    assert citing(("doc_1", "sha256:a"), limit=1) == ["ans_3"]
    assert citing(("doc_1", "sha256:c"), ("doc_2", "sha256:b")) == ["ans_2", "ans_1"]
    assert citing(("doc_2", "sha256:a")) == citing() == []


def test_what_an_answer_cited_stays_known_when_its_document_is_erased(history: History) -> None:
    save(history, "ans_1", sources=("doc_1",), cited=(("doc_1", "sha256:a"),))
    history.rewrite("default", "doc_1", lambda document: document)
    assert history.documents_cited("default") == set()
    assert history.revisions_cited("default") == {("doc_1", "sha256:a")}


def test_ten_thousand_answers_are_listed_and_the_stale_found_within_a_second(history: History) -> None:
    save(history, "ans_0")
    text = b"x" * 10_000
    with history._changing() as connection:
        rows = ((f"ans_{n}", "2026-01-01", "default", "?", 0, None, text, b"") for n in range(1, 10_000))
        columns = "answer_id, created_at, collection, question, abstained, conversation_id, document, checksum"
        connection.executemany(f"INSERT INTO answers ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        cited = (("default", f"doc_{n % 500}", f"sha256:{n % 700}", n) for n in range(1, 10_000))
        connection.executemany("INSERT INTO cited VALUES (?, ?, ?, ?)", cited)
    with cpu_time_limit(1.0):
        assert len(history.answers(limit=10_000)) == 10_000
        old = {
            (document_id, revision)
            for document_id, revision in history.revisions_cited("default")
            if revision[-1] == "7"
        }
        found = history.answers(collection="default", citing=old, limit=1000)
        assert len(found) == sum(n % 10 == 7 for n in range(1, 10_000))


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
    assert history.turns("default", conversation_id) == []
    save(history, "ans_1", '{"n": 1}', conversation_id=conversation_id)
    save(history, "ans_2", '{"n": 2}')
    save(history, "ans_3", '{"n": 3}', conversation_id=conversation_id)
    assert history.turns("default", conversation_id) == ['{"n": 1}', '{"n": 3}']
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
    save(history, "ans_3", collection="other", conversation_id=second)
    assert [one.conversation_id for one in history.conversations()] == [second, first]
    assert [one.conversation_id for one in history.conversations(limit=1, offset=1)] == [first]


def test_a_conversation_that_is_not_there_takes_no_turns(history: History) -> None:
    with pytest.raises(AnswerNotFound, match="conv_9"):
        history.turns("default", "conv_9")
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
        history.turns("default", "conv_1")
    assert not history.path.parent.exists()
    save(history, "ans_1")
    assert {stat.S_IMODE(path.stat().st_mode) for path in history.path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(history.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("moved", [True, False])
def test_a_history_that_is_moved_away_or_removed_while_it_is_open_begins_anew(history: History, moved: bool) -> None:
    save(history, "ans_1")
    for path in [*history.path.parent.glob("history.db*")]:
        if moved:
            path.rename(path.with_name(f"old-{path.name}"))
        else:
            path.unlink()
    assert history.answers() == []
    save(history, "ans_2")
    assert [answer.answer_id for answer in history.answers()] == ["ans_2"]
    with closing(sqlite3.connect(history.path)) as connection:
        assert connection.execute("SELECT answer_id FROM answers").fetchall() == [("ans_2",)]


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


# An earlier schema

SCHEMA_1 = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
CREATE TABLE conversations (
    number INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL UNIQUE, collection TEXT NOT NULL,
    started_at TEXT NOT NULL) STRICT;
CREATE TABLE answers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, answer_id TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL,
    collection TEXT NOT NULL, question TEXT NOT NULL, abstained INTEGER NOT NULL,
    conversation_id TEXT REFERENCES conversations (conversation_id), document BLOB NOT NULL,
    checksum BLOB NOT NULL) STRICT;
CREATE INDEX answers_by_conversation ON answers (conversation_id);
CREATE TABLE sources (
    document_id TEXT NOT NULL, answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE,
    PRIMARY KEY (document_id, answer)) STRICT, WITHOUT ROWID;
"""
"""The tables as the first release made them."""

CITING = """{"id": "ans_1", "question": "?", "standalone_question": "?", "status": "complete", "abstained": false,
"text": "", "collection": "default", "generation": 1, "model": "extractive", "created_at": "2026-01-01",
"verifier": {"name": "built-in", "version": "1", "threshold": 0.5}, "sentences": [], "passages": [], "citations": [
{"number": 1, "document_id": "doc_1", "source": "a.txt", "title": "a", "revision": "sha256:a", "start": 0, "end": 1,
"quote": "x", "lines": [1, 1]}], "usage": {}, "timings_ms": {"total": 1}}"""


def make_history_1(history: History, *documents: str) -> None:
    """Make a history as the first release left it: answers ``ans_1``, ``ans_2`` ... of the collection ``default``."""
    history.path.parent.mkdir()
    with closing(sqlite3.connect(history.path)) as connection:
        connection.executescript(SCHEMA_1)
        connection.execute("PRAGMA journal_mode = WAL")
        for number, document in enumerate(documents, 1):
            answer_id = f"ans_{number}"
            row = (answer_id, "2026-01-01", "default", "?", 0, document.encode(), seal((answer_id,), document.encode()))
            connection.execute(
                "INSERT INTO answers (answer_id, created_at, collection, question, abstained, document, checksum) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            connection.execute("INSERT INTO sources VALUES ('doc_1', ?)", (number,))
        connection.commit()


def test_a_history_of_the_first_schema_is_brought_up_to_date_when_it_is_opened(history: History) -> None:
    make_history_1(history, CITING, "{}", CITING.replace("sha256:a", "sha256:b"))
    assert history.revisions_cited("default") == {("doc_1", "sha256:a"), ("doc_1", "sha256:b")}
    header = history.path.read_bytes()[60:64]
    assert int.from_bytes(header, "big") == 2, "an earlier Vouch reads the version here, and must refuse"
    found = history.answers(collection="default", citing=[("doc_1", "sha256:b")])
    assert [one.answer_id for one in found] == ["ans_3"]
    assert history.answer("ans_1") == CITING
    assert history.documents_cited("default") == {"doc_1"}
    save(history, "ans_4", cited=(("doc_2", "sha256:c"),))
    assert len(history.revisions_cited("default")) == 3


def test_a_damaged_answer_of_the_first_schema_stands_in_the_way_of_no_other(history: History) -> None:
    make_history_1(history, CITING, CITING.replace("sha256:a", "sha256:b"))
    with closing(sqlite3.connect(history.path)) as connection:
        damaged = "CAST(replace(CAST(document AS TEXT), 'doc_1', 'doc_9') AS BLOB)"
        connection.execute(f"UPDATE answers SET document = {damaged} WHERE number = 1")
        connection.commit()
    assert history.revisions_cited("default") == {("doc_1", "sha256:b")}
    with pytest.raises(CollectionDamaged, match="'ans_1'"):
        history.answer("ans_1")


def test_an_upgrade_that_fails_leaves_the_old_history_and_is_tried_again(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_history_1(history, CITING, CITING)

    def fail(text: bytes) -> set[Revision]:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr("rag.history.schema.cited_revisions", fail)
        with pytest.raises(CollectionError, match="history"):
            history.answers()
    with closing(sqlite3.connect(history.path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'cited'").fetchone() == (0,)
    assert history.revisions_cited("default") == {("doc_1", "sha256:a")}


def test_several_threads_upgrade_one_history_once(history: History) -> None:
    make_history_1(history, *[CITING] * 50)
    others = [History(history.path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: one.revisions_cited("default"), others))
    assert found == [{("doc_1", "sha256:a")}] * 4
    for other in others:
        other.close()


# What may go wrong


def test_a_newer_schema_is_refused_and_the_file_is_left_to_the_byte(history: History) -> None:
    save(history, "ans_1")
    history.close()
    with closing(sqlite3.connect(history.path)) as connection:
        connection.execute("PRAGMA user_version = 3")
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
