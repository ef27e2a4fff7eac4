"""The index: what is found, what is not found any more, and that it is the same each time."""

from __future__ import annotations

import ast
import itertools
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rag.index.snapshot
from rag.collection import Collection as DocumentCollection
from rag.errors import CollectionError
from rag.index import Snapshot, build, open_cached, remove_saved, save
from rag.index.analysis import spell_out
from rag.index.dense import COMPACT_FROM_ROWS, DenseIndex, Part
from rag.index.lexical import LexicalIndex
from rag.protocols import SearchIndex
from rag.snapshots import INDEX_FOLDER, compare
from rag.types import Hit, IndexRow
from tests.fakes.embedder import HashEmbedder

DIMENSION = 16
FP16_ERROR = 2e-3
VOCABULARY = [f"word{number}" for number in range(40)]


def unit(seed: int, dimension: int = DIMENSION) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    return vector / np.linalg.norm(vector)


def row(chunk_id: int, text: str | None = None) -> IndexRow:
    words = np.random.default_rng(chunk_id).choice(VOCABULARY, 12)
    return IndexRow(chunk_id, " ".join(words) if text is None else text, unit(chunk_id))


def rows(chunk_ids: Iterable[int]) -> list[IndexRow]:
    return [row(chunk_id) for chunk_id in chunk_ids]


def built(given: Iterable[IndexRow], generation: int = 1) -> Snapshot:
    return build(given, generation=generation, dimension=DIMENSION)


def of_texts(*texts: str) -> Snapshot:
    return built(row(number, text) for number, text in enumerate(texts, 1))


def ids(hits: Iterable[Hit]) -> list[int]:
    return [hit.chunk_id for hit in hits]


def finds(text: str, question: str) -> bool:
    return ids(of_texts(text, "nothing of the kind").search_lexical(question, 5)) == [1]


def expected_dense(live: Collection[int], query: np.ndarray, k: int) -> list[int]:
    """The oracle: every inner product with the fp16 vector, sorted."""
    scores = {number: float(unit(number).astype(np.float16).astype(np.float64) @ query) for number in live}
    return sorted(scores, key=lambda number: (-scores[number], number))[:k]


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Even small snapshots can be saved, and their working copies lie in the test's folder."""
    monkeypatch.setattr(rag.index.snapshot, "ON_DISK_FROM_ROWS", 1)
    (tmp_path / "working").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "working"))


# What is found


def test_a_snapshot_fulfils_the_seam() -> None:
    index: SearchIndex = built(rows([1]), generation=7)
    assert (index.generation, len(index)) == (7, 1)


def test_dense_search_is_exact() -> None:
    snapshot, query = built(rows(range(1, 400))), unit(999)
    hits = snapshot.search_dense(query, 20)
    assert ids(hits) == expected_dense(range(1, 400), query, 20)
    assert [hit.score for hit in hits] == pytest.approx([float(unit(n) @ query) for n in ids(hits)], abs=FP16_ERROR)


def test_scores_are_those_of_the_search_and_zero_for_what_is_not_live() -> None:
    snapshot = built(rows(range(1, 300))).updated(rows(range(300, 350)), [3], generation=2)
    query = unit(5000)
    hits = snapshot.search_dense(query, 1000)
    assert len(hits) == 348
    assert snapshot.score_dense(query, ids(hits)) == [hit.score for hit in hits]
    assert snapshot.score_dense(query, [3, hits[0].chunk_id, 999, hits[0].chunk_id]) == [
        0.0, hits[0].score, 0.0, hits[0].score
    ]  # fmt: skip
    assert snapshot.score_dense(query, []) == []


def test_bm25_prefers_rare_words_and_short_chunks() -> None:
    snapshot = of_texts("the otter swims far out in the river today", "the otter swims", "the seal swims", "a seal")
    assert ids(snapshot.search_lexical("otter swims", 5)) == [2, 1, 3]


@pytest.mark.parametrize("k", [0, -1])
def test_no_hits_are_given_when_none_are_wanted(k: int) -> None:
    snapshot = built(rows([1, 2]))
    assert snapshot.search_dense(unit(1), k) == []
    assert snapshot.search_lexical("word1 word2 word3", k) == []


def test_an_empty_snapshot_finds_nothing_and_can_grow() -> None:
    empty = built([])
    assert (len(empty), empty.search_dense(unit(1), 5), empty.search_lexical("word1", 5)) == (0, [], [])
    assert empty.score_dense(unit(1), [1]) == [0.0]
    assert empty.search_lexical("word1", 5, [1]) == []
    grown = empty.updated([row(4, "otter")], [], generation=2)
    assert (ids(grown.search_dense(unit(4), 5)), ids(grown.search_lexical("otters", 5))) == ([4], [4])
    assert len(grown.updated([], [4], generation=3)) == 0


# The analysis of words


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Otters were swimming.", "does the otter swim?"),
        ("Un CAFÉ à Zürich", "cafe zurich"),
        ("un cafe\u0301", "café"),
        ("Die Straße", "strasse"),
        ("Die Großmutter fährt", "GROẞMUTTER"),
        ("l’hôtel de ville", "hotel"),
        ("Москва — столица", "МОСКВА"),
        ("всё про ёлку", "елку"),
        ("η Αθήνα", "ΑΘΗΝΑ"),
        ("東京都に住んでいます。", "東京はどこですか"),
        ("北京是中国的首都", "中国首都"),
        ("犬が好き", "犬"),
        ("カタカナ", "ｶﾀｶﾅ"),
        ("한국어를 배웁니다", "한국어"),
        ("ฉันรักกรุงเทพ", "กรุงเทพ"),
        ("हिन्दी भाषा", "भाषा"),
        ("مرحبا بالعالم", "بالعالم"),
        ("We used GPT-4o here", "gpt4o"),
        ("We used GPT4o here", "GPT-4o?"),
        ("see CVE-2025-1234.", "what is cve-2025-1234"),
        ("version 3.7 of it", "3.7"),
        ("latency at the 99.9th percentile", "99.9th"),
        ("in 1,000,000 cases", "1000000"),
        ("call read_text_file(path)", "readTextFile"),
        ("call readTextFile(path)", "read_text_file"),
        ("class HTTPServerError", "the server error"),
        ("class HTTPServerError", "httpservererror"),
        ("written in C++ and C#", "C++"),
        ("a state-of-the-art model", "state of the art"),
        ("Anna's report", "anna"),
        ("don’t panic", "don't"),
        ("ﬁnance", "finance"),
        ("a\x00b otter", "otter"),
        ("Ærøskøbing", "aeroskobing"),
    ],
)
def test_a_chunk_is_found_by_what_a_person_would_type(text: str, question: str) -> None:
    assert finds(text, question)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("it costs 37 dollars", "3.7"),
        ("it costs 3.7 dollars", "37"),
        ("大阪へ行く", "東京"),
        ("the and of", "otter"),
    ],
)
def test_a_chunk_is_not_found_by_something_else(text: str, question: str) -> None:
    assert not finds(text, question)


@pytest.mark.parametrize(
    ("exact", "near", "question"),
    [
        ("CVE-2025-1234 is fixed", "CVE-2024-1234 is fixed in 2025", "CVE-2025-1234"),
        ("python 3.7 is old", "python 7 is older than 3", "python 3.7"),
        ("written in C++", "written in C#", "C++"),
        ("max_len is a length", "the max of a len", "max_len"),
        ("京都の寺", "東京と都の寺", "京都"),
    ],
)
def test_the_whole_code_goes_before_its_parts(exact: str, near: str, question: str) -> None:
    assert ids(of_texts(near, exact).search_lexical(question, 1)) == [2]


def test_stop_words_are_searched_for_only_when_there_is_nothing_else() -> None:
    snapshot = of_texts("The Who: who are you", "an otter")
    assert ids(snapshot.search_lexical("the who", 5)) == [1]
    assert ids(snapshot.search_lexical("who is the otter", 5)) == [2]


@pytest.mark.parametrize("question", ["", "   ", "?!", "\ud800", "😀", "\x00", "AND OR", "body:[1 TO", '"', "*"])
def test_any_question_is_words_and_never_a_query_language(question: str) -> None:
    assert of_texts("otter").search_lexical(question, 5) == []


@given(st.text())
def test_any_text_can_be_spelled_out_and_has_the_same_words_when_said_again(text: str) -> None:
    spelled = spell_out(text)
    assert spelled == spell_out(text)
    spelled.encode()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_a_chunk_is_found_by_its_own_text_whatever_the_script(texts: list[str]) -> None:
    snapshot = of_texts(*texts)
    for number, text in enumerate(texts, 1):
        hits = snapshot.search_lexical(text, 10)
        assert not hits or number in ids(hits)


def test_a_long_word_does_no_harm() -> None:
    assert finds("x" * 100_000 + " otter", "otter " + "y" * 100_000)


# Filters, ties, mistakes


def test_a_filter_gives_what_a_search_of_those_alone_would_give() -> None:
    snapshot = built(rows(range(1, 600))).updated(rows(range(600, 700)), range(1, 20), generation=2)
    query, question = unit(9999), "word1 word2 word3 word4"
    every = snapshot.search_lexical(question, 1000)
    for allowed in ([], [5], [20, 699, 12345], range(15, 40), range(0, 700, 3), range(2000)):
        live = set(allowed) & snapshot.chunk_ids()
        assert ids(snapshot.search_dense(query, 30, allowed)) == expected_dense(live, query, 30)
        assert (
            snapshot.search_lexical(question, 30, frozenset(allowed))
            == [hit for hit in every if hit.chunk_id in live][:30]
        )


def test_equal_scores_come_in_the_order_of_their_numbers_however_many_there_are() -> None:
    numbers = list(range(1, 301))
    same = [IndexRow(number, "an otter swims", unit(0)) for number in reversed(numbers)]
    better = [IndexRow(1000, "otter", unit(1))]
    snapshot = built([*same[:200], *better]).updated(same[200:], [150], generation=2)
    expected = [number for number in numbers if number != 150]
    for k in (1, 5, 50, 299):
        assert ids(snapshot.search_dense(unit(0), k)) == expected[:k]
        assert ids(snapshot.search_lexical("swims", k)) == expected[:k]
    assert ids(snapshot.search_lexical("otter", 3)) == [1000, 1, 2]


@pytest.mark.parametrize(
    "query",
    [unit(1, DIMENSION + 1), unit(1)[None, :], np.full(DIMENSION, np.nan), np.full(DIMENSION, np.inf)],
    ids=["longer", "two axes", "nan", "infinite"],
)
def test_a_query_that_is_no_vector_of_this_index_is_refused(query: np.ndarray) -> None:
    snapshot = built(rows([1, 2]))
    with pytest.raises(ValueError, match="query"):
        snapshot.search_dense(query.astype(np.float32), 1)
    with pytest.raises(ValueError, match="query"):
        snapshot.score_dense(query.astype(np.float32), [1])


def test_a_row_that_cannot_be_is_refused_and_the_line_goes_on() -> None:
    snapshot = built(rows([1, 2, 3]))
    bad = [[row(2)], [row(4), row(4)], [IndexRow(4, "", unit(1, 3))], [IndexRow(4, "", unit(4) * np.nan)]]
    for added in bad:
        with pytest.raises(ValueError):
            snapshot.updated(added, [], generation=2)
        with pytest.raises(ValueError):
            built([*rows([2]), *added])
    assert snapshot.updated(rows([4]), [], generation=2).chunk_ids() == {1, 2, 3, 4}


# Change


def test_a_removed_chunk_is_not_found_and_the_old_snapshot_still_finds_it() -> None:
    old = of_texts("otter one", "otter two", "otter three")
    new = old.updated([row(9, "otter nine")], [2, 77], generation=5)
    assert (old.generation, new.generation, len(old), len(new)) == (1, 5, 3, 3)
    assert sorted(ids(old.search_lexical("otter", 9))) == sorted(ids(old.search_dense(unit(2), 9))) == [1, 2, 3]
    assert sorted(ids(new.search_lexical("otter", 9))) == sorted(ids(new.search_dense(unit(2), 9))) == [1, 3, 9]
    assert new.search_lexical("otter", 9, [2]) == new.search_dense(unit(2), 9, [2]) == []
    assert new.score_dense(unit(2), [2]) == [0.0]


def test_an_old_snapshot_cannot_be_continued_twice() -> None:
    old = built(rows([1, 2]))
    new = old.updated(rows([3]), [], generation=2)
    with pytest.raises(ValueError, match="newest"):
        old.updated(rows([4]), [], generation=2)
    assert sorted(ids(new.search_lexical(" ".join(VOCABULARY), 9))) == [1, 2, 3]
    assert new.updated(rows([4]), [], generation=3).chunk_ids() == {1, 2, 3, 4}


NUMBERS = st.sets(st.integers(1, 80), max_size=40)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5), st.integers(1, 30))
def test_however_it_came_about_a_snapshot_finds_what_one_built_at_once_finds(
    steps: list[tuple[set[int], set[int]]], k: int
) -> None:
    live: set[int] = set()
    ever: set[int] = set()
    snapshot = built([])
    for generation, (added, removed) in enumerate(steps, 2):
        fresh = added - ever
        snapshot = snapshot.updated(rows(sorted(fresh)), removed - fresh, generation=generation)
        live = (live - removed) | fresh
        ever |= fresh
    at_once, query, question = built(rows(live)), unit(1234), "word1 word2 word3"
    assert snapshot.chunk_ids() == live == at_once.chunk_ids()
    assert len(snapshot) == len(snapshot.lexical) == len(live)
    assert snapshot.search_dense(query, k) == at_once.search_dense(query, k)
    found, expected = snapshot.search_lexical(question, 100), at_once.search_lexical(question, 100)
    assert set(ids(found)) == set(ids(expected)) <= live


def test_compacting_changes_nothing_that_is_found() -> None:
    snapshot = built(rows(range(1, 1200)))
    changed = snapshot.updated(rows(range(2000, 2500)), range(1, 499), generation=2)
    assert len(changed.dense.delta.numbers) == 500
    compacted = changed.updated(rows([9000, 9001, 9002]), [], generation=3)
    assert len(compacted.dense.delta.numbers) == 0
    assert len(compacted.dense.base.numbers) == len(compacted) == 1204
    assert COMPACT_FROM_ROWS == 1000
    query = unit(4321)
    assert ids(compacted.search_dense(query, 2000)) == expected_dense(compacted.chunk_ids(), query, 2000)


def test_the_same_history_gives_the_same_hits_with_the_same_scores() -> None:
    def history() -> Iterator[list[Hit]]:
        snapshot = built(rows(range(1, 200)))
        for turn in range(12):
            fresh = rows(range(1000 + 20 * turn, 1020 + 20 * turn))
            snapshot = snapshot.updated(fresh, range(1 + 10 * turn, 11 + 10 * turn), generation=turn + 2)
            yield snapshot.search_dense(unit(turn + 77), 40)
            yield snapshot.search_lexical("word3 word5 word7", 40)

    assert list(history()) == list(history())


# Threads


def wrong_hits(snapshot: Snapshot, query: np.ndarray) -> int:
    """How many hits pair a chunk with a score that is not its own, or are not of this snapshot."""
    hits = snapshot.search_dense(query, 10)
    return sum(abs(float(unit(hit.chunk_id) @ query) - hit.score) > FP16_ERROR for hit in hits)


def test_the_check_below_sees_a_number_paired_with_a_wrong_score() -> None:
    snapshot = built(rows(range(1, 100)))
    base = snapshot.dense.base
    shifted = Part(np.roll(base.numbers, 1), base.vectors, base.live)
    assert wrong_hits(snapshot, unit(5)) == 0
    assert wrong_hits(replace(snapshot, dense=DenseIndex(shifted, snapshot.dense.delta)), unit(5)) > 0


def test_searches_see_one_generation_whole_while_the_next_ones_are_made() -> None:
    holder = [built(rows(range(1, 101)))]
    stop, problems, searches = threading.Event(), list[str](), itertools.count()

    def read(seed: int) -> None:
        query = unit(10_000 + seed)
        while not stop.is_set():
            snapshot = holder[0]
            first = (snapshot.generation - 1) * 10 + 1
            whole = range(first, first + 100)
            if wrong_hits(snapshot, query):
                problems.append(f"a wrong score at {snapshot.generation}")
            found = ids(snapshot.search_dense(query, 500))
            words = ids(snapshot.search_lexical(" ".join(VOCABULARY), 500))
            if sorted(found) != list(whole) or sorted(words) != list(whole):
                problems.append(f"not the chunks of generation {snapshot.generation}")
            next(searches)

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        fresh, gone = rows(range(101 + 10 * turn, 111 + 10 * turn)), range(1 + 10 * turn, 11 + 10 * turn)
        holder[0] = holder[0].updated(fresh, gone, generation=turn + 2)
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert next(searches) > 8


# On disk


def test_a_small_snapshot_is_not_saved(tmp_path: Path) -> None:
    assert not save(built(rows([1, 2])), tmp_path / "index", "key")
    assert open_cached(tmp_path / "index", generation=1, key="key", dimension=DIMENSION) is None


@pytest.mark.usefixtures("on_disk")
def test_a_saved_snapshot_finds_the_same_and_can_be_continued(tmp_path: Path) -> None:
    folder, query = tmp_path / "index", unit(321)
    saved = built(rows(range(1, 50))).updated(rows(range(60, 70)), [3, 4], generation=4)
    assert save(saved, folder, "key")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    opened = open_cached(folder, generation=4, key="key", dimension=DIMENSION)
    assert opened is not None
    assert (opened.generation, opened.chunk_ids()) == (4, saved.chunk_ids())
    assert opened.search_dense(query, 20) == saved.search_dense(query, 20)
    assert opened.search_lexical("word1 word2", 20) == saved.search_lexical("word1 word2", 20)
    later = opened.updated(rows([99]), [1], generation=5)
    assert later.chunk_ids() == saved.chunk_ids() - {1} | {99}
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.usefixtures("on_disk")
def test_only_the_newest_is_saved_and_older_files_go(tmp_path: Path) -> None:
    folder, old = tmp_path / "index", built(rows(range(1, 20)))
    assert save(old, folder, "key")
    new = old.updated(rows([30]), [], generation=2)
    assert not save(old, folder, "key")
    assert save(new, folder, "key")
    assert len(list(folder.iterdir())) == 2
    assert open_cached(folder, generation=1, key="key", dimension=DIMENSION) is None
    assert open_cached(folder, generation=2, key="another", dimension=DIMENSION) is None
    assert open_cached(folder, generation=2, key="key", dimension=DIMENSION + 1) is None
    assert open_cached(folder, generation=2, key="key", dimension=DIMENSION) is not None


@pytest.mark.usefixtures("on_disk")
def test_a_snapshot_too_small_to_be_saved_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    folder, old = tmp_path / "index", built([row(1, "secretword"), *rows(range(2, 20))])
    assert save(old, folder, "key")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rag.index.snapshot, "ON_DISK_FROM_ROWS", 5_000)
        small = built(rows([2]), generation=2)
    assert not save(small, folder, "key")
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("on_disk")
def test_only_files_of_earlier_generations_are_removed_where_one_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    remove_saved(folder)
    assert save(built(rows(range(1, 20)), generation=3), folder, "key")
    remove_saved(folder, before=3)
    assert open_cached(folder, generation=3, key="key", dimension=DIMENSION) is not None
    remove_saved(folder, before=4)
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("on_disk")
def test_a_deleted_document_is_gone_from_the_saved_index_too(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("Titan is the largest moon of Saturn.", encoding="utf-8")
    (tmp_path / "gone.txt").write_text("The secretword is here.", encoding="utf-8")
    with DocumentCollection.open(tmp_path / "home", create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "kept.txt", tmp_path / "gone.txt"])
        folder = collection.store.folder / INDEX_FOLDER
        collection.snapshot()
        before = set(folder.iterdir())
        assert len(before) == 2
        collection.delete("gone.txt")
        collection.snapshot()
        assert before & set(folder.iterdir()) == {folder / "index.json"}


class OneByOne(Exception):
    """A full search was made for a single chunk."""


def test_a_full_comparison_goes_through_the_vectors_once_and_finds_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text(f"Moon number {number} is made of ice.", encoding="utf-8")

    def refuse(*arguments: object) -> None:
        raise OneByOne

    with DocumentCollection.open(tmp_path / "home", create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / f"{number}.txt" for number in range(4)])
        good, store = collection.snapshot(), collection.store
        with monkeypatch.context() as patched:
            patched.setattr(Part, "search", refuse)
            assert [finding.ok for finding in compare(good, store, full=True)] == [True]
        given = [IndexRow(each.chunk_id, each.embedded, each.vector) for each in store.rows()]
        given[2] = given[2]._replace(vector=given[0].vector[::-1].copy())
        bad = build(given, generation=store.generation(), dimension=64)
        (finding,) = compare(bad, store, full=True)
        assert not finding.ok
        assert finding.detail.startswith("1 chunks have another vector")


def test_agreement_is_the_inner_product_with_the_vector_given_over_base_and_delta() -> None:
    snapshot = built(rows(range(1, 30))).updated(rows([40]), [5], generation=2)
    agreement = snapshot.agreement({number: unit(number) for number in (1, 40)} | {2: unit(1)})
    assert agreement.keys() == snapshot.chunk_ids()
    assert agreement[1] == pytest.approx(1, abs=FP16_ERROR)
    assert agreement[40] == pytest.approx(1, abs=FP16_ERROR)
    assert agreement[2] == pytest.approx(float(unit(1) @ unit(2)), abs=FP16_ERROR)
    assert agreement[3] == 0


@pytest.mark.usefixtures("on_disk")
def test_a_damaged_or_missing_file_is_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    save(built(rows(range(1, 20))), folder, "key")

    def opened() -> Snapshot | None:
        return open_cached(folder, generation=1, key="key", dimension=DIMENSION)

    for path in sorted(folder.iterdir()):
        good = path.read_bytes()
        for at in np.linspace(0, len(good) - 1, 40).astype(int):
            path.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
            again = opened()
            # A blank of the manifest may flip to another blank; then nothing is damaged.
            assert again is None or again.chunk_ids() == set(range(1, 20))
            assert again is None or path.suffix == ".json"
        for part in (b"", good[: len(good) // 2]):
            path.write_bytes(part)
            assert opened() is None
        path.unlink()
        assert opened() is None
        path.write_bytes(good)
        assert opened() is not None


@pytest.mark.usefixtures("on_disk")
def test_working_copies_go_with_their_last_user(tmp_path: Path) -> None:
    snapshot = built(rows(range(1, 20)))
    newer = snapshot.updated([], [1], generation=2)
    assert len(list((tmp_path / "working").iterdir())) == 1
    del snapshot
    assert newer.search_lexical("word1 word2 word3", 5)
    del newer
    assert list((tmp_path / "working").iterdir()) == []


@pytest.mark.usefixtures("on_disk")
def test_without_room_for_temporary_files_an_index_is_built_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    snapshot = built(rows([1, 2]))
    assert sorted(ids(snapshot.search_lexical(" ".join(VOCABULARY), 5))) == [1, 2]
    assert not save(snapshot, tmp_path / "index", "key")


@pytest.mark.usefixtures("on_disk")
def test_a_change_that_cannot_be_written_leaves_the_old_snapshot(tmp_path: Path) -> None:
    snapshot = built(rows([1, 2]))
    (working,) = (tmp_path / "working").iterdir()
    working.rename(tmp_path / "away")
    with pytest.raises(CollectionError, match="words"):
        snapshot.updated(rows([3]), [1], generation=2)
    (tmp_path / "away").rename(working)
    assert sorted(ids(snapshot.search_lexical(" ".join(VOCABULARY), 5))) == [1, 2]
    assert snapshot.updated(rows([3]), [1], generation=2).chunk_ids() == {2, 3}


def test_importing_the_index_loads_nothing_heavy() -> None:
    program = "import sys, rag.index; print({'faiss', 'tantivy', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout.replace("set()", "{}")) == {}


def scores(collection: DocumentCollection, question: str) -> list[tuple[int, float]]:
    return [(hit.chunk_id, hit.score) for hit in collection.snapshot().search_lexical(question, 6)]


def test_scores_do_not_depend_on_what_was_deleted_while_the_process_ran(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"old{number}.txt").write_text(f"Warranty of model {number}. Battery included.", encoding="utf-8")
    (tmp_path / "desk.txt").write_text("Warranty claims go to the desk.", encoding="utf-8")
    (tmp_path / "nine.txt").write_text("Battery recycling opens at nine.", encoding="utf-8")
    home = tmp_path / "home"
    with DocumentCollection.open(home, create=True, embedder=HashEmbedder()) as live:
        live.ingest(sorted(tmp_path.glob("*.txt")))
        live.snapshot()
        live.delete_all([record for record in live.documents() if record.source.startswith("old")])
        with DocumentCollection.open(home, embedder=HashEmbedder()) as reopened:
            assert scores(live, "warranty battery nine") == scores(reopened, "warranty battery nine")


def test_a_large_index_is_updated_until_a_share_of_it_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.index.snapshot, "REBUILT_UP_TO_ROWS", 5)
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(f"Moon number {number} is made of ice.", encoding="utf-8")
    with DocumentCollection.open(tmp_path / "home", create=True, embedder=HashEmbedder()) as collection:
        collection.ingest(sorted(tmp_path.glob("*.txt")))
        built_once, dead = collection.snapshot(), []
        for record in collection.documents()[:6]:
            collection.delete(record.document_id)
            dead.append(collection.snapshot().lexical.dead)
        assert dead == [1, 2, 3, 0, 1, 2]
        assert built_once.lexical.dead == 0


def test_a_saved_index_that_cannot_be_copied_leaves_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = LexicalIndex.of([(number, f"secret {number}") for number in range(10)], on_disk=True)
    files = made.files()
    assert files is not None
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", fail_with_no_space)
        with pytest.raises(OSError, match="space"):
            LexicalIndex.from_files(files)
    assert list(tmp_path.iterdir()) == []


def fail_with_no_space(path: Path, data: bytes) -> None:
    raise OSError(28, "No space left on device")


KILLED = """
import os, signal, sys
from rag.index.lexical import LexicalIndex
made = LexicalIndex.of([(number, f"secret {number}") for number in range(10)], on_disk=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_leaves_of_its_index_is_removed_and_what_is_used_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    texts = [(number, f"secret {number}") for number in range(10)]
    used = LexicalIndex.of(texts, on_disk=True)
    (mine,) = tmp_path.iterdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    assert subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False).returncode == -9
    assert len(list(tmp_path.iterdir())) == 2
    young = LexicalIndex.of(texts, on_disk=True)
    assert len(list(tmp_path.iterdir())) == 3
    for folder in tmp_path.iterdir():
        os.utime(folder, (0, 0))
    other = LexicalIndex.of(texts, on_disk=True)
    assert len(list(tmp_path.iterdir())) == 3
    assert mine.exists()
    assert [len(each.search("secret", 3, None)) for each in (used, young, other)] == [3, 3, 3]
