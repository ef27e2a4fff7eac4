"""The truth of a collection: what was committed is there, whole, and nothing else."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from rag.errors import (
    CollectionDamaged,
    CollectionError,
    CollectionLocked,
    CollectionNotFound,
    DocumentNotFound,
    EmbedderError,
    EmbedderMismatch,
    FilterError,
    SchemaTooNew,
    SourceDeleted,
    SourceNotText,
)
from rag.store import Store
from rag.store import writing as writing_module
from rag.types import Chunk, Document, ReadingText, Runs
from tests.fakes.store import (
    CANARY,
    DIMENSION,
    IDENTITY,
    assert_holds,
    make_chunks,
    make_document,
    make_store,
    make_vectors,
    put,
    vector_of,
)

TEXTS = {"a.md": "Saturn has *many* moons.", "notes/b.txt": "Jupiter has 97 moons, or so they say. " * 3}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_store(tmp_path / "default", TEXTS) as store:
        yield store


# Making and opening


def test_a_new_collection_is_empty_and_knows_its_embedder(tmp_path: Path) -> None:
    with Store.create(tmp_path / "home" / "default", IDENTITY, CANARY) as store:
        assert store.identity() == IDENTITY
        assert np.array_equal(store.canary(), CANARY)
        assert store.generation() == 0
        assert_holds(store, {})


def test_what_is_committed_is_there_after_opening_again(store: Store) -> None:
    assert_holds(store, TEXTS)
    store.close()
    with Store.open(store.folder) as again:
        assert_holds(again, TEXTS)
        assert again.generation() == 2


def test_a_second_collection_is_not_made_over_the_first(store: Store) -> None:
    with pytest.raises(CollectionError, match="exists already"):
        Store.create(store.folder, IDENTITY, CANARY)
    assert_holds(store, TEXTS)


def test_a_collection_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CollectionNotFound, match="'papers' does not exist"):
        Store.open(tmp_path / "papers")
    assert not (tmp_path / "papers").exists()


def test_a_canary_that_is_no_unit_vector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="canary"):
        Store.create(tmp_path / "default", IDENTITY, CANARY * 2)
    assert not (tmp_path / "default").exists()


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_newer_schema_is_refused_and_the_file_is_left_to_the_byte(store: Store) -> None:
    store.close()
    with closing(sqlite3.connect(store.folder / "store.db")) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = digest(store.folder)
    with pytest.raises(SchemaTooNew, match="its schema is 2, known is 1"):
        Store.open(store.folder)
    assert digest(store.folder) == before


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, b"SQLite format 3\0" + b"\0" * 84])
def test_a_file_that_is_no_database_is_named_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store.db").write_bytes(content)
    with pytest.raises(CollectionDamaged, match=tmp_path.name):
        Store.open(tmp_path)
    assert (tmp_path / "store.db").read_bytes() == content


def test_tables_that_are_not_ours_are_refused(store: Store) -> None:
    store.close()
    with closing(sqlite3.connect(store.folder / "store.db")) as connection:
        connection.execute("DROP INDEX chunks_by_document")
    with pytest.raises(CollectionDamaged, match="chunks_by_document"):
        Store.open(store.folder)


def test_files_are_open_to_nobody_else(store: Store) -> None:
    with store.writer() as writer:
        put(writer, "c.md", "more")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()}
    assert modes == dict.fromkeys(["store.db", "store.db-shm", "store.db-wal", "writer.lock", "writer.turn"], 0o600)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    (store.folder / "store.db").chmod(0o644)
    assert [finding.check for finding in store.check(full=False) if not finding.ok] == ["permissions"]


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(CollectionError, match="closed"):
        store.generation()


# The embedder


def test_the_same_weights_under_another_name_are_the_same_embedder(store: Store) -> None:
    store.require_embedder(replace(IDENTITY, name="/elsewhere/fake"), CANARY)


@pytest.mark.parametrize(
    ("identity", "canary", "difference"),
    [
        (replace(IDENTITY, name="other", revision="sha256:cd"), CANARY, "revision"),
        (replace(IDENTITY, name="other", dimension=16), np.ones(16, np.float32) / 4, "dimension"),
        (replace(IDENTITY, name="other", query_prompt="q: "), CANARY, "query prompt"),
        (replace(IDENTITY, name="other", document_prompt=""), CANARY, "document prompt"),
        (replace(IDENTITY, name="other", max_tokens=128), CANARY, "max tokens"),
        (replace(IDENTITY, name="other"), vector_of("another model"), "another vector"),
        (replace(IDENTITY, name="other"), CANARY * np.nan, "not finite"),
        (replace(IDENTITY, name="other"), CANARY[:4], "not 8 numbers"),
    ],
)
def test_another_embedder_is_refused_with_both_names_and_a_remedy(
    store: Store, identity: object, canary: np.ndarray, difference: str
) -> None:
    with pytest.raises(EmbedderMismatch, match="'fake', not with 'other'") as caught:
        store.require_embedder(identity, canary)
    assert difference in caught.value.message
    assert "--embedder" in caught.value.remedy


# Putting and deleting


def test_a_document_keeps_its_id_over_revisions_and_gets_a_new_one_after_deletion(store: Store) -> None:
    record = store.find("a.md")
    assert record is not None
    with store.writer() as writer:
        assert put(writer, "a.md", "Saturn has 274 moons.") == record.document_id
        assert store.is_live(record.document_id, record.revision) is False
        assert store.has(record.document_id)
        writer.delete(record.document_id)
        assert not store.has(record.document_id)
        assert put(writer, "a.md", TEXTS["a.md"]) != record.document_id
    assert store.is_live(record.document_id, record.revision) is False
    assert_holds(store, TEXTS)


def test_numbers_of_chunks_are_never_given_twice(store: Store) -> None:
    given: list[int] = [row.chunk_id for row in store.rows()]
    for _ in range(3):
        with store.writer() as writer:
            writer.delete(put(writer, "c.md", "first"))
            put(writer, "c.md", "second")
        newest = [row.chunk_id for row in store.rows()][-1]
        assert newest == max(given) + 2, "the number of the removed chunk came back"
        given.append(newest)
        store.close()
        store = Store.open(store.folder)
    store.close()


def test_equal_bytes_at_two_places_are_two_documents(store: Store) -> None:
    with store.writer() as writer:
        assert put(writer, "copy.md", TEXTS["a.md"]) != store.revisions()["a.md"][0]
    assert store.revisions()["copy.md"][1] == store.revisions()["a.md"][1]


def test_a_document_without_chunks_is_kept(store: Store) -> None:
    with store.writer() as writer:
        document_id = writer.put(
            Document("empty.txt", "t", "sha256:0", "", ReadingText("", Runs())), [], make_vectors([])
        )
    assert store.text(document_id) == ""
    assert store.reading(document_id) == ReadingText("", Runs())
    assert store.document_chunks(document_id) == []


def test_every_change_moves_the_generation_by_one_and_dates_its_document(store: Store) -> None:
    with store.writer() as writer:
        for expected in (3, 4):
            document_id = put(writer, "a.md", f"revision {expected}")
            assert store.generation() == store.document(document_id).generation == expected
        writer.delete(document_id)
        assert store.generation() == 5


def test_what_is_not_there_is_named(store: Store) -> None:
    for ask in (store.document, store.text, store.reading, store.locators, store.document_chunks):
        with pytest.raises(DocumentNotFound, match="doc_0"):
            ask("doc_0")
    with store.writer() as writer, pytest.raises(DocumentNotFound, match="doc_0"):
        writer.delete("doc_0")
    assert store.find("elsewhere") is None
    assert store.find("no text \udcff") is None
    assert not store.has("no text \udcff")
    assert store.chunks([10_000]) == {}
    assert_holds(store, TEXTS)


DOCUMENT = make_document("c.md", "Titan is the largest of them.")
CHUNKS = make_chunks(DOCUMENT)


@pytest.mark.parametrize(
    ("vectors", "problem"),
    [
        (make_vectors(CHUNKS)[:1], "where"),
        (np.ones((len(CHUNKS), DIMENSION + 1), np.float32) / 3, "where"),
        (make_vectors(CHUNKS) * np.float32(1.01), "unit length"),
        (make_vectors(CHUNKS) * np.float32(np.nan), "not finite"),
        (np.full((len(CHUNKS), DIMENSION), np.inf, np.float32), "not finite"),
    ],
)
def test_vectors_that_cannot_be_searched_are_refused(store: Store, vectors: np.ndarray, problem: str) -> None:
    with store.writer() as writer:
        with pytest.raises(EmbedderError, match=problem):
            writer.put(DOCUMENT, CHUNKS, vectors)
        put(writer, "d.md", "the writer goes on")
    assert_holds(store, TEXTS | {"d.md": "the writer goes on"})


def test_a_chunk_that_is_not_its_stretch_of_text_is_the_callers_mistake(store: Store) -> None:
    chunk = Chunk(0, 5, "Tytan", (), "Tytan")
    with store.writer() as writer, pytest.raises(ValueError, match=r"c\.md: the chunk at 0:5"):
        writer.put(DOCUMENT, [chunk], make_vectors([chunk]))


@pytest.mark.parametrize("field", ["source", "title", "text"])
def test_characters_that_are_no_text_are_refused_with_the_documents_name(store: Store, field: str) -> None:
    document = replace(DOCUMENT, **{field: "bad \udcff"}, reading=ReadingText.plain("x"))
    with store.writer() as writer:
        with pytest.raises(SourceNotText):
            writer.put(document, [], make_vectors([]))
        put(writer, "d.md", "the writer goes on")
    assert_holds(store, TEXTS | {"d.md": "the writer goes on"})


def test_deleted_and_replaced_text_is_nowhere_left_in_the_files(store: Store) -> None:
    # Short texts are stored with the chunks as they are, so that they can be looked for.
    with store.writer() as writer:
        document_id = put(writer, "secret.md", "xyzzy-canary-one")
        put(writer, "secret.md", "xyzzy-canary-two")
    files = list(store.folder.iterdir())
    assert any(b"xyzzy-canary-two" in path.read_bytes() for path in files), "the test cannot see"
    assert not any(b"xyzzy-canary-one" in path.read_bytes() for path in files)
    with store.writer() as writer:
        writer.delete(document_id)
    assert not any(b"xyzzy-canary" in path.read_bytes() for path in store.folder.iterdir())


# Reading


def test_documents_are_listed_by_source_in_pages(store: Store) -> None:
    with store.writer() as writer:
        for name in "zyx":
            put(writer, f"{name}.md", name)
    sources = [record.source for record in store.documents()]
    assert sources == sorted([*TEXTS, "x.md", "y.md", "z.md"])
    assert [record.source for record in store.documents(limit=2, offset=1)] == sources[1:3]
    assert [record.source for record in store.documents(offset=3)] == sources[3:]
    assert store.documents(limit=0) == []


def test_chunks_come_in_the_order_asked_for(store: Store) -> None:
    numbers = [row.chunk_id for row in store.rows()][::-1]
    assert list(store.chunks([*numbers, 999])) == numbers
    assert len(store.chunks(range(1, 2000))) == len(numbers)


def test_rows_after_a_number_are_the_rest(store: Store) -> None:
    numbers = [row.chunk_id for row in store.rows()]
    assert [row.chunk_id for row in store.rows(numbers[2])] == numbers[3:]
    assert list(store.rows(numbers[-1])) == []


def test_changes_lead_from_one_generation_to_another(store: Store) -> None:
    before = {row.chunk_id for row in store.rows()}
    start = store.generation()
    with store.writer() as writer:
        passing = put(writer, "passing.md", "came and went")
        put(writer, "a.md", "Saturn has 274 moons.")
        writer.delete(passing)
        kept = put(writer, "kept.md", "came and stayed")
    changes = store.changes(start)
    assert changes is not None
    added = {row.chunk_id for row in changes.added}
    assert before - set(changes.removed) | added == {row.chunk_id for row in store.rows()}
    assert set(changes.removed) <= before, "a chunk that was never in that generation is called removed"
    assert changes.generation == store.generation() == start + 4
    assert {chunk.chunk_id for chunk in store.document_chunks(kept)} <= added
    now = store.changes(start + 4)
    assert now is not None
    assert (now.added, now.removed) == ([], [])


def test_changes_that_are_no_longer_known_are_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_module, "GENERATIONS_KEPT", 3)
    with store.writer() as writer:
        for number in range(5):
            put(writer, "a.md", f"revision {number}")
    assert store.generation() == 7
    assert store.changes(3) is None
    assert store.changes(4) is not None
    assert store.changes(8) is None, "a generation that has not been cannot be led on from"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, {"a.md", "r/b.md", "r/c.txt"}),
        ({"lang": "en"}, {"a.md", "r/b.md"}),
        ({"lang": ["en", "fr"]}, {"a.md", "r/b.md", "r/c.txt"}),
        ({"lang": "EN"}, set()),
        ({"year": 2020}, {"a.md"}),
        ({"year": 2020.0}, {"a.md"}),
        ({"year": "2020"}, set()),
        ({"year": {"gte": 2020, "lt": 2024.5}}, {"a.md", "r/b.md"}),
        ({"year": {"gt": "2000"}}, set()),
        ({"date": {"lte": "2024-05-31"}}, {"r/b.md"}),
        ({"final": True}, {"a.md"}),
        ({"final": 1}, set()),
        ({"lang": "en", "final": False}, {"r/b.md"}),
        ({"source": "r"}, {"r/b.md", "r/c.txt"}),
        ({"source": "r/"}, {"r/b.md", "r/c.txt"}),
        ({"source": "*.md"}, {"a.md", "r/b.md"}),
        ({"source": ["a.md", "r/*.txt"]}, {"a.md", "r/c.txt"}),
        ({"source": "r/b"}, set()),
    ],
)
def test_filters_let_through_what_they_say(tmp_path: Path, where: dict[str, object], expected: set[str]) -> None:
    metadata = {
        "a.md": {"lang": "en", "year": 2020, "final": True},
        "r/b.md": {"lang": "en", "year": 2024, "final": False, "date": "2024-05-31"},
        "r/c.txt": {"lang": "fr", "year": 2025, "date": "2024-06-01"},
    }
    with make_store(tmp_path / "default") as store:
        with store.writer() as writer:
            for source, values in metadata.items():
                put(writer, source, f"The text of {source}, long enough for two.", values)
        found = store.chunks(sorted(store.matching(where))).values()
        assert {store.document(chunk.document_id).source for chunk in found} == expected
        assert len(found) == sum(len(store.document_chunks(store.revisions()[one][0])) for one in expected)


LINES = "The *first* line is here.\n\nA *second* one follows.\n\nThen comes the *third*."


def test_a_stretch_is_left_out_of_a_document_named_from_a_folder_further_in(tmp_path: Path) -> None:
    with make_store(tmp_path / "default", {"folder/a.md": LINES, "folder/aa.md": LINES}) as store:
        left = store.chunks(sorted(store.matching({"without": [{"source": "a.md"}]}))).values()
        assert {store.document(chunk.document_id).source for chunk in left} == {"folder/aa.md"}


@pytest.mark.parametrize(
    ("stretches", "left"),
    [
        ([], {"a.md", "b.md"}),
        ([{"source": "a.md"}], {"b.md"}),
        ([{"source": "a.md", "start": 0, "end": len(LINES)}, {"source": "elsewhere.md"}], {"b.md"}),
        ([{"source": "a.md"}, {"source": "a.md", "start": 0, "end": 1}], {"b.md"}),
        ([{"source": "a.md", "start": 0, "end": 1}, {"source": "a.md"}], {"b.md"}),
        ({"source": "b.md"}, {"a.md"}),
        ([{"source": "folder/a.md"}], {"b.md"}),
    ],
)
def test_whole_documents_can_be_left_out(tmp_path: Path, stretches: object, left: set[str]) -> None:
    with make_store(tmp_path / "default") as store:
        with store.writer() as writer:
            for source in ("a.md", "b.md"):
                put(writer, source, LINES)
        found = store.chunks(sorted(store.matching({"without": stretches}))).values()
        assert {store.document(chunk.document_id).source for chunk in found} == left


def test_just_the_chunks_that_hold_a_character_of_a_stretch_are_left_out(tmp_path: Path) -> None:
    with make_store(tmp_path / "default", {"a.md": LINES, "b.md": LINES}) as store:
        record = store.documents()[0]
        reading = store.reading(record.document_id)
        spans = {
            chunk.chunk_id: reading.locate(chunk.start, chunk.end)
            for chunk in store.document_chunks(record.document_id)
        }
        assert len(spans) > 2
        everything = store.matching({})
        for start in range(len(LINES)):
            for end in (start + 1, start + 7):
                left = store.matching({"without": [{"source": "a.md", "start": start, "end": end}]})
                held = {number for number, span in spans.items() if set(range(*span)) & set(range(start, end))}
                assert left == everything - held


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"without": "a.md"}, "where.without"),
        ({"without": [{"start": 0, "end": 1}]}, "where.without"),
        ({"without": [{"source": "a.md", "start": 0}]}, "where.without"),
        ({"without": [{"source": "a.md", "start": 3, "end": 3}]}, "where.without"),
        ({"without": [{"source": "a.md", "start": False, "end": True}]}, "where.without"),
        ({"without": [{"source": "a.md", "page": 3}]}, "where.without"),
        ({"year": None}, "where.year"),
        ({"year": []}, "where.year"),
        ({"year": [None]}, "where.year"),
        ({"year": {}}, "where.year"),
        ({"year": {"above": 3}}, "where.year"),
        ({"year": {"gte": True}}, "where.year"),
        ({"year": {"gte": [1]}}, "where.year"),
        ({"source": 7}, "where.source"),
        ({"source": {"gte": "a"}}, "where.source"),
        ("lang=en", "where"),
    ],
)
def test_filters_that_say_nothing_are_refused_by_name(store: Store, where: object, field: str) -> None:
    with pytest.raises(FilterError) as caught:
        store.matching(where)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.remedy


# Generations, threads, writers


def test_pinned_reading_sees_one_generation_while_another_is_committed(store: Store) -> None:
    document_id = store.revisions()["a.md"][0]
    with store.pinned() as generation, store.writer() as writer:
        rows = store.rows()
        first = next(rows)
        put(writer, "a.md", "Saturn has 274 moons.")
        assert store.generation() == generation
        assert store.text(document_id) == TEXTS["a.md"]
        with store.pinned() as inner:
            assert inner == generation
        assert [row.chunk_id for row in (first, *rows)] == [row.chunk_id for row in store.rows()]
    assert store.generation() == generation + 1
    assert store.text(document_id) == "Saturn has 274 moons."


def test_readers_see_whole_generations_while_another_writes(store: Store) -> None:
    document_id = store.revisions()["a.md"][0]
    stop, problems, reads = threading.Event(), [], [0]

    def text_of(generation: int) -> str:
        return f"generation {generation}: " + "moon " * (generation % 7 * 10)

    with store.writer() as writer:
        put(writer, "a.md", text_of(3))

    def read() -> None:
        while not stop.is_set():
            with store.pinned() as generation:
                text = store.text(document_id)
                chunks = store.document_chunks(document_id)
                rows = {row.chunk_id: row.embedded for row in store.rows()}
                whole = "".join(rows[chunk.chunk_id].removeprefix("A\n") for chunk in chunks)
                reads[0] += 1
                if not text_of(generation) == text == whole:
                    problems.append((generation, text, whole))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    with store.writer() as writer:
        for generation in range(4, 44):
            put(writer, "a.md", text_of(generation))
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert reads[0] >= 3


def test_a_second_writer_is_told_who_holds_the_lock(store: Store) -> None:
    with store.writer(), Store.open(store.folder) as other:
        with pytest.raises(CollectionLocked, match=rf"process {os.getpid()} \(\S+"), other.writer():
            pass
        with pytest.raises(CollectionLocked), other.writer(timeout_s=0.0):
            pass
    with store.writer() as writer:
        put(writer, "c.md", "free again")


@pytest.mark.parametrize("name", ["", "process 2147483646 (vouch ingest)"])
def test_a_holder_that_has_not_said_who_he_is_is_not_confused_with_one_that_died(store: Store, name: str) -> None:
    path = store.folder / "writer.lock"
    path.write_text(name)
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CollectionLocked, match="written to by another process"), store.writer(timeout_s=0.0):
            pass
    with store.writer():
        assert f"process {os.getpid()}" in path.read_text()


def test_a_writer_waits_for_the_lock_as_long_as_it_is_told(store: Store) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with store.writer():
            held.set()
            release.wait(timeout=10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(timeout=10)
    threading.Timer(0.1, release.set).start()
    with store.writer(timeout_s=10.0) as writer:
        put(writer, "c.md", "after the other one")
    holder.join()


def test_one_who_writes_again_and_again_does_not_keep_another_waiting(store: Store) -> None:
    done = threading.Event()
    began = threading.Event()

    def write_again_and_again() -> None:
        while not done.is_set():
            with store.writer(timeout_s=30.0, tidy=False):
                began.set()
                time.sleep(0.02)

    busy = threading.Thread(target=write_again_and_again)
    busy.start()
    began.wait(timeout=10)
    try:
        with Store.open(store.folder) as other:
            for number in range(5):
                with other.writer(timeout_s=0.5) as writer:
                    put(writer, f"{number}.md", "between two of his")
    finally:
        done.set()
        busy.join()


def test_a_document_is_replaced_only_while_it_is_there(store: Store) -> None:
    with store.writer() as writer:
        document_id = put(writer, "c.md", "the old text")
        document = make_document("c.md", "the new text")
        assert writer.put(document, [], np.zeros((0, DIMENSION), np.float32), replaces=document_id) == document_id
        writer.delete(document_id)
        with pytest.raises(SourceDeleted):
            writer.put(document, [], np.zeros((0, DIMENSION), np.float32), replaces=document_id)
        other = writer.put(document, [], np.zeros((0, DIMENSION), np.float32))
        with pytest.raises(SourceDeleted):  # what is there is another one
            writer.put(document, [], np.zeros((0, DIMENSION), np.float32), replaces=document_id)
    assert store.find("c.md") == store.document(other)


def test_metadata_given_with_a_document_stay_when_it_is_replaced(store: Store) -> None:
    empty = np.zeros((0, DIMENSION), np.float32)
    with store.writer() as writer:
        writer.put(make_document("c.md", "the old text"), [], empty, metadata={"year": 2023, "team": "a"})
        writer.put(make_document("c.md", "the new text"), [], empty, metadata={"team": "b"})
        writer.put(make_document("c.md", "the newest text"), [], empty)
    found = store.find("c.md")
    assert found is not None
    assert found.metadata == {"words": 3, "year": 2023, "team": "b"}


@pytest.mark.parametrize("call", ["ftruncate", "pwrite"])
def test_a_lock_that_cannot_name_its_holder_is_held_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with store.writer() as writer:
        with pytest.raises(CollectionLocked), Store.open(store.folder) as other, other.writer(timeout_s=0.0):
            pass
        writer.delete(store.revisions()["a.md"][0])


# Laws


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), name=st.text(min_size=1, max_size=20))
def test_any_text_comes_back_as_it_was(store: Store, text: str, name: str) -> None:
    with store.writer() as writer:
        document_id = put(writer, f"any/{name}", text, {name: text})
    document = make_document(f"any/{name}", text)
    assert store.text(document_id) == text
    assert store.reading(document_id) == document.reading
    assert store.document(document_id).metadata == {name: text}
    assert store.find(f"any/{name}") == store.document(document_id)
    with store.writer() as writer:
        writer.delete(document_id)


class StoreMachine(RuleBasedStateMachine):
    """Any sequence of changes and openings equals a dict, and the changes lead an old index to a new one."""

    sources = Bundle("sources")

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.place = tempfile.TemporaryDirectory()
        self.store = make_store(Path(self.place.name) / "default")
        self.model: dict[str, str] = {}
        self.given: set[str] = set()
        self.index: dict[int, bytes] = {}
        self.indexed = 0

    @rule(target=sources, source=st.sampled_from("abcd"), text=st.text(max_size=80))
    def put(self, source: str, text: str) -> str:
        before = self.store.revisions().get(source)
        with self.store.writer() as writer:
            document_id = put(writer, source, text)
        if before is None:
            assert document_id not in self.given
        else:
            assert document_id == before[0]
        self.given.add(document_id)
        self.model[source] = text
        return source

    @rule(source=consumes(sources))
    def delete(self, source: str) -> None:
        record = self.store.find(source)
        assert (record is not None) == (source in self.model)
        if record is not None:
            with self.store.writer() as writer:
                writer.delete(record.document_id)
            del self.model[source]

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = Store.open(self.store.folder)

    @rule()
    def bring_the_index_up_to_date(self) -> None:
        changes = self.store.changes(self.indexed)
        assert changes is not None
        assert set(changes.removed) <= self.index.keys()
        for chunk_id in changes.removed:
            del self.index[chunk_id]
        self.index |= {row.chunk_id: row.vector.tobytes() for row in changes.added}
        self.indexed = changes.generation
        assert self.index == {row.chunk_id: row.vector.tobytes() for row in self.store.rows()}

    @invariant()
    def it_equals_the_dict(self) -> None:
        assert_holds(self.store, self.model)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.place.cleanup()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
