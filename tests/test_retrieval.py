"""Retrieval: what is found, in which order, and how it is put together into passages."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentNotFound
from rag.index import build
from rag.retrieval import DocumentTexts, Retrieval, dense_weight, fuse, retrieve
from rag.retrieval.fusion import DENSE_WEIGHT, DENSE_WEIGHT_GAIN
from rag.retrieval.passages import PASSAGE_CHARACTERS, words_of
from rag.types import DocumentRecord, IndexRow, Locator, ReadingText, Run, Runs, StoredChunk
from tests.fakes.embedder import HashEmbedder

EMBEDDER = HashEmbedder(dimension=256)
FILLER = "Plain words without much to say fill this sentence up to some length for the test. "


class Shelf:
    """Documents given as lists of sections, each a list of chunk texts; a chunk ends where the next begins."""

    def __init__(self) -> None:
        self.records: dict[str, DocumentRecord] = {}
        self.texts: dict[str, tuple[str, ReadingText]] = {}
        self.places: dict[str, tuple[Locator, ...]] = {}
        self.stored: dict[int, StoredChunk] = {}
        self.opened = 0
        self.numbers = itertools.count(1)

    def put(self, source: str, *sections: Sequence[str], revision: str = "sha256:1", lead: str = "") -> None:
        """Keep a document; `lead` stands before it in the canonical text only, as markup does."""
        text, chunks = "", []
        for number, section in enumerate(sections):
            for chunk in section:
                chunks.append((len(text), len(text) + len(chunk), (f"Section {number}",)))
                text += chunk + "\n\n"
        self.texts[source] = lead + text, ReadingText(text, Runs([Run(0, len(lead), len(text))]))
        self.places[source] = tuple(Locator(len(lead) + start, "heading", heading) for start, _, heading in chunks)
        self.records[source] = DocumentRecord(
            source, source, source, revision, {}, "text/1", len(text), len(text), len(chunks), "2026-01-01", 1
        )
        self.stored = {number: chunk for number, chunk in self.stored.items() if chunk.document_id != source}
        for start, end, heading in chunks:
            number = next(self.numbers)
            self.stored[number] = StoredChunk(number, source, start, end, heading)

    def rows(self) -> list[IndexRow]:
        texts = {n: self.texts[c.document_id][1].text[c.start : c.end] for n, c in self.stored.items()}
        return [IndexRow(n, text, EMBEDDER.embed_query(text)) for n, text in texts.items()]

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
        return {number: self.stored[number] for number in chunk_ids if number in self.stored}

    def document(self, document_id: str) -> DocumentRecord:
        if document_id not in self.records:
            raise DocumentNotFound(f"no document {document_id}")
        return self.records[document_id]

    def text(self, document_id: str) -> str:
        self.opened += 1
        return self.found(document_id)[0]

    def reading(self, document_id: str) -> ReadingText:
        return self.found(document_id)[1]

    def found(self, document_id: str) -> tuple[str, ReadingText]:
        self.document(document_id)
        return self.texts[document_id]

    def locators(self, document_id: str) -> tuple[Locator, ...]:
        return self.places[document_id]

    def document_chunks(self, document_id: str) -> list[StoredChunk]:
        return [chunk for chunk in self.stored.values() if chunk.document_id == document_id]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def search(shelf: Shelf, question: str, top_k: int = 3, **options: object) -> Retrieval:
    index = build(shelf.rows(), generation=1, dimension=256)
    return retrieve(question, embedder=EMBEDDER, index=index, store=shelf, top_k=top_k, **options)  # type: ignore[arg-type]


# Fusion


def test_the_chunk_that_both_searches_put_first_is_first() -> None:
    assert [hit.chunk_id for hit in fuse({1: 0.2, 2: 0.9, 3: 0.5}, {2: 7.0, 3: 3.0})] == [2, 3, 1]


def test_a_best_cosine_that_stands_out_weighs_more() -> None:
    alike, apart = dense_weight([0.5] * 10), dense_weight([0.5] + [0.0] * 9)
    assert alike == pytest.approx(DENSE_WEIGHT)
    assert apart == pytest.approx(DENSE_WEIGHT + DENSE_WEIGHT_GAIN)


def test_words_decide_where_ten_chunks_look_alike_to_the_dense_search() -> None:
    cosines = {number: 0.5 - number / 1000 for number in range(10)}
    assert fuse(cosines, {9: 8.0, 8: 1.0})[0].chunk_id == 9


def test_the_dense_search_decides_where_its_best_stands_out() -> None:
    cosines = {0: 0.9, **{number: 0.1 for number in range(1, 12)}}
    assert fuse(cosines, {5: 8.0})[0].chunk_id == 0


@given(
    st.dictionaries(st.integers(0, 50), st.floats(-1, 1, width=32), max_size=30),
    st.dictionaries(st.integers(0, 50), st.floats(0, 40, width=32), max_size=30),
)
def test_fusion_keeps_every_candidate_and_repeats(cosines: dict[int, float], lexical: dict[int, float]) -> None:
    lexical = {number: score for number, score in lexical.items() if number in cosines}
    fused = fuse(cosines, lexical)
    assert sorted(hit.chunk_id for hit in fused) == sorted(cosines)
    assert fused == fuse(dict(reversed(cosines.items())), dict(reversed(lexical.items())))
    assert all(0.0 <= hit.score <= 1.0 + 1e-9 for hit in fused)


@given(st.lists(st.floats(-1, 1, width=32), max_size=30), st.floats(0.1, 1))
def test_the_weight_does_not_depend_on_the_scale_of_the_cosines(cosines: list[float], scale: float) -> None:
    assert dense_weight([scale * value for value in cosines]) == pytest.approx(dense_weight(cosines), abs=1e-6)


# Passages


def test_a_passage_is_the_verbatim_canonical_text_at_its_place(shelf: Shelf) -> None:
    shelf.put("a.txt", ["Titan is a moon of Saturn. " + FILLER * 8], lead="***\n\n")
    passage = search(shelf, "Which moon is Titan?").passages[0]
    canonical = shelf.text("a.txt")
    assert canonical[passage.start : passage.end] == passage.canonical
    assert passage.start == 5
    assert passage.lines == (3, 3)
    assert [canonical[passage.reading.position(i)] for i in range(5)] == list(passage.text[:5])


def test_passages_are_numbered_from_one_best_first(shelf: Shelf) -> None:
    shelf.put("a.txt", ["apple pear " + FILLER * 8])
    shelf.put("b.txt", ["apple pear plum " + FILLER * 8])
    passages = search(shelf, "apple pear plum").passages
    assert [(passage.number, passage.source) for passage in passages] == [(1, "b.txt"), (2, "a.txt")]
    assert passages[0].score > passages[1].score


def test_neighbours_that_were_both_found_read_as_one_passage(shelf: Shelf) -> None:
    shelf.put("a.txt", ["apple one. " + FILLER * 8, "apple two. " + FILLER * 8])
    (passage,) = search(shelf, "apple").passages
    assert passage.text.startswith("apple one.")
    assert "apple two." in passage.text


def test_chunks_of_two_sections_stay_apart(shelf: Shelf) -> None:
    shelf.put("a.txt", ["apple one. " + FILLER * 8], ["apple two. " + FILLER * 8])
    assert {passage.heading for passage in search(shelf, "apple").passages} == {("Section 0",), ("Section 1",)}


def test_no_passage_outgrows_its_limit_and_none_overlaps_another(shelf: Shelf) -> None:
    shelf.put("a.txt", [f"apple {number}. " + FILLER * 8 for number in range(12)])
    passages = sorted(search(shelf, "apple", top_k=5).passages, key=lambda passage: passage.start)
    assert all(len(passage.text) <= PASSAGE_CHARACTERS for passage in passages)
    assert all(one.end <= other.start for one, other in itertools.pairwise(passages))


def test_a_chunk_between_two_passages_unites_them(shelf: Shelf) -> None:
    shelf.put("a.txt", ["apple pear plum one.", "apple two.", "apple pear plum three."])
    (passage,) = search(shelf, "apple pear plum").passages
    assert passage.text == "apple pear plum one.\n\napple two.\n\napple pear plum three."


def test_a_short_passage_is_widened_within_its_section(shelf: Shelf) -> None:
    shelf.put("a.txt", ["Before it.", "The apple.", "After it."], ["Another section."])
    passage = search(shelf, "apple", top_k=1).passages[0]
    assert passage.text == "Before it.\n\nThe apple.\n\nAfter it."


def test_the_same_text_in_two_documents_is_one_passage(shelf: Shelf) -> None:
    shelf.put("a.txt", ["Apple pie is baked. " + FILLER * 8])
    shelf.put("copy.md", ["apple pie is baked " + FILLER * 8])
    (passage,) = search(shelf, "apple pie").passages
    assert {passage.source, *passage.also_in} == {"a.txt", "copy.md"}


def test_texts_that_differ_in_one_figure_are_two_passages(shelf: Shelf) -> None:
    shelf.put("2023.txt", ["Revenue grew by 4.5 percent. " + FILLER * 8])
    shelf.put("2024.txt", ["Revenue grew by 45 percent. " + FILLER * 8])
    passages = search(shelf, "How much did revenue grow?").passages
    assert {passage.source for passage in passages} == {"2023.txt", "2024.txt"}


@pytest.mark.parametrize(
    ("one", "other"), [("4.5 %", "45 %"), ("-3", "3"), ("$5", "€5"), ("did", "didn't"), ("1,000", "1.000")]
)
def test_what_changes_a_meaning_is_not_put_aside(one: str, other: str) -> None:
    assert words_of(f"It is {one} now.") != words_of(f"It is {other} now.")


def test_copies_do_not_crowd_out_another_document(shelf: Shelf) -> None:
    for number in range(20):
        shelf.put(f"copy{number}.txt", ["apple pear plum " + FILLER * 8])
    shelf.put("other.txt", ["apple alone " + FILLER * 8])
    assert [passage.source for passage in search(shelf, "apple pear plum", top_k=2).passages][1] == "other.txt"


def test_only_allowed_chunks_are_found(shelf: Shelf) -> None:
    shelf.put("a.txt", ["apple pear " + FILLER * 8])
    shelf.put("b.txt", ["apple " + FILLER * 8])
    allowed = {number for number, chunk in shelf.stored.items() if chunk.document_id == "b.txt"}
    assert [passage.source for passage in search(shelf, "apple pear", allowed=allowed).passages] == ["b.txt"]
    assert search(shelf, "apple pear", allowed=set()) == Retrieval(())


def test_a_passage_is_not_widened_by_a_chunk_that_must_not_be_found(shelf: Shelf) -> None:
    shelf.put("a.txt", ["Before it.", "The apple.", "After it.", "Far after."])
    allowed = {number for number, chunk in shelf.stored.items() if chunk.start != len("Before it.\n\nThe apple.\n\n")}
    (passage,) = search(shelf, "apple", top_k=1, allowed=allowed).passages
    assert passage.text == "Before it.\n\nThe apple."


def test_an_empty_index_finds_nothing(shelf: Shelf) -> None:
    assert search(shelf, "apple") == Retrieval(())


def test_the_similarity_is_the_best_cosine(shelf: Shelf) -> None:
    shelf.put("a.txt", ["apple pear"])
    shelf.put("b.txt", ["plum"])
    found = search(shelf, "apple pear")
    assert found.similarity == pytest.approx(1.0, abs=1e-3)


def test_the_page_is_the_last_one_begun(shelf: Shelf) -> None:
    shelf.put("a.pdf", ["apple " + FILLER * 8], ["pear " + FILLER * 8])
    second = shelf.texts["a.pdf"][0].index("pear")
    shelf.places["a.pdf"] = (
        Locator(0, "page", ("1",)), Locator(second, "page", ("2",)), Locator(second, "heading", ("x",)),
    )  # fmt: skip
    assert search(shelf, "pear").passages[0].page == 2
    assert search(shelf, "apple").passages[0].page == 1


# Changes meanwhile


def test_a_document_deleted_after_the_search_is_passed_over(shelf: Shelf) -> None:
    shelf.put("a.txt", ["apple pear " + FILLER * 8])
    shelf.put("b.txt", ["apple " + FILLER * 8])
    index = build(shelf.rows(), generation=1, dimension=256)
    del shelf.records["a.txt"]
    found = retrieve("apple pear", embedder=EMBEDDER, index=index, store=shelf, top_k=3)
    assert [(passage.number, passage.source) for passage in found.passages] == [(1, "b.txt")]


def test_a_document_replaced_between_search_and_reading_is_never_cut_at_old_places() -> None:
    class Replaced(Shelf):
        def chunks(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
            chunks = super().chunks(chunk_ids)
            self.put("a.txt", ["Something else, and longer. " + FILLER * 20], revision="sha256:2")
            return chunks

    shelf = Replaced()
    shelf.put("a.txt", ["apple pear " + FILLER * 8])
    assert search(shelf, "apple").passages == ()


def test_a_document_replaced_while_it_is_read_is_passed_over(shelf: Shelf) -> None:
    class Replaced(Shelf):
        def text(self, document_id: str) -> str:
            text = super().text(document_id)
            self.records[document_id] = replace(self.records[document_id], revision="sha256:2")
            return text

    shelf = Replaced()
    shelf.put("a.txt", ["apple " + FILLER * 8])
    assert search(shelf, "apple").passages == ()


def test_kept_texts_are_not_read_again_until_the_document_changes(shelf: Shelf) -> None:
    texts = DocumentTexts()
    shelf.put("a.txt", ["apple " + FILLER * 8])
    search(shelf, "apple", texts=texts)
    search(shelf, "apple", texts=texts)
    assert shelf.opened == 1
    shelf.put("a.txt", ["apple anew " + FILLER * 8], revision="sha256:2")
    assert search(shelf, "apple", texts=texts).passages[0].text.startswith("apple anew")
    assert shelf.opened == 2


def test_kept_texts_stay_within_their_limit(shelf: Shelf) -> None:
    texts = DocumentTexts(limit_characters=1500)
    for name in "abc":
        shelf.put(name, [f"apple {name} " + FILLER * 8])
        texts.open(shelf, name)
    texts.open(shelf, "c")
    assert shelf.opened == 3
    texts.open(shelf, "a")
    assert shelf.opened == 4


def test_several_threads_may_ask_at_once(shelf: Shelf) -> None:
    for number in range(30):
        shelf.put(f"{number}.txt", [f"apple number {number} " + FILLER * 8])
    index = build(shelf.rows(), generation=1, dimension=256)
    texts, found = DocumentTexts(limit_characters=3000), []

    def ask() -> None:
        found.extend(
            retrieve("apple", embedder=EMBEDDER, index=index, store=shelf, top_k=5, texts=texts) for _ in range(5)
        )

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(one == found[0] for one in found)
    assert np.isfinite(found[0].similarity)
