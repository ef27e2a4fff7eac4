"""What answers need again is embedded once, and gives what it gave the first time; no answer depends on another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag.collection import Collection
from rag.config import Settings
from rag.drafting.extractive import ExtractiveDrafter
from rag.encoders import RememberingEmbedder
from rag.encoders.memory import VectorMemory
from rag.encoders.openvino_runtime import OpenVinoEmbedder
from rag.errors import EmbedderError
from rag.protocols import EmbeddingDrafter
from rag.types import Answer, Answered
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector

TITAN = """# Titan

Titan is the largest moon of Saturn. It was discovered by Christiaan Huygens in 1655. Its atmosphere is of nitrogen.

## Size

Titan has a diameter of 5150 kilometres. It is larger than the planet Mercury.
"""
PARTS = "Who discovered Titan in 1655, and what diameter in kilometres has Titan?"
"""A question of two parts."""


class CountingEmbedder(HashEmbedder):
    """Notes each call.

    Attributes:
        calls: The texts of each call that embedded passages.
        asked: Each question embedded.
        fails: Whether the next call fails.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, ...]] = []
        self.asked: list[str] = []
        self.fails = False

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        if self.fails:
            raise EmbedderError("The model cannot be run.")
        self.calls.append(tuple(texts))
        rows = [HashEmbedder.embed_query(self, text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.identity.dimension), np.float32)

    def embed_query(self, text: str) -> Vector:
        if self.fails:
            raise EmbedderError("The model cannot be run.")
        self.asked.append(text)
        return super().embed_query(text)


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


def test_only_what_is_new_is_embedded_once_and_in_one_call(embedder: CountingEmbedder) -> None:
    remembering = RememberingEmbedder(embedder)
    remembering.embed_passages(["a", "b"])
    rows = remembering.embed_passages(["c", "b", "d", "c", "a"])
    assert embedder.calls == [("a", "b"), ("c", "d")]
    np.testing.assert_array_equal(rows, HashEmbedder().embed_passages(["c", "b", "d", "c", "a"]))


def test_a_question_is_embedded_once_and_apart_from_passages(embedder: CountingEmbedder) -> None:
    remembering = RememberingEmbedder(embedder)
    remembering.embed_passages(["moon"])
    vectors = [remembering.embed_query("moon") for _ in range(3)]
    assert embedder.asked == ["moon"]
    for vector in vectors:
        np.testing.assert_array_equal(vector, HashEmbedder().embed_query("moon"))


def test_what_is_done_to_a_vector_does_not_reach_the_memory(embedder: CountingEmbedder) -> None:
    remembering = RememberingEmbedder(embedder)
    for _ in range(2):
        rows, vector = remembering.embed_passages(["moon"]), remembering.embed_query("moon")
        np.testing.assert_array_equal(rows[0], HashEmbedder().embed_query("moon"))
        np.testing.assert_array_equal(vector, rows[0])
        rows *= 0
        vector *= 0


def test_no_texts_give_no_rows_and_no_call(embedder: CountingEmbedder) -> None:
    rows = RememberingEmbedder(embedder).embed_passages([])
    assert (rows.shape, rows.dtype, embedder.calls) == ((0, embedder.identity.dimension), np.float32, [])


def test_what_failed_is_tried_again(embedder: CountingEmbedder) -> None:
    remembering = RememberingEmbedder(embedder)
    embedder.fails = True
    for embed in (lambda: remembering.embed_passages(["a"]), lambda: remembering.embed_query("a")):
        with pytest.raises(EmbedderError):
            embed()
    embedder.fails = False
    np.testing.assert_array_equal(remembering.embed_passages(["a"])[0], remembering.embed_query("a"))


def test_a_full_memory_forgets_what_was_not_used_for_longest(embedder: CountingEmbedder) -> None:
    remembering = RememberingEmbedder(embedder, VectorMemory(most=3))
    for texts in (["a", "b", "c"], ["a"], ["d"], ["a", "b"], ["c", "e", "f", "g"]):
        np.testing.assert_array_equal(remembering.embed_passages(texts), HashEmbedder().embed_passages(texts))
        assert len(remembering.passages.held) == 3
    assert embedder.calls == [("a", "b", "c"), ("d",), ("b",), ("c", "e", "f", "g")]


def test_a_shared_memory_holds_passages_and_no_questions(embedder: CountingEmbedder) -> None:
    shared = VectorMemory()
    for _ in range(2):
        remembering = RememberingEmbedder(embedder, shared)
        np.testing.assert_array_equal(remembering.embed_passages(["a", "b"]), HashEmbedder().embed_passages(["a", "b"]))
        remembering.embed_query("why?")
    assert embedder.calls == [("a", "b")]
    assert embedder.asked == ["why?", "why?"]
    assert list(shared.held) == ["a", "b"]


def test_eight_threads_get_what_one_gets(embedder: CountingEmbedder) -> None:
    remembering, texts = (
        RememberingEmbedder(embedder, VectorMemory(most=50)),
        [f"moon {number % 40}" for number in range(200)],
    )
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda first: remembering.embed_passages(texts[first : first + 60]), range(100)))
    for first, rows in enumerate(batches):
        np.testing.assert_array_equal(rows, HashEmbedder().embed_passages(texts[first : first + 60]))


def test_only_a_drafter_that_compares_by_meaning_is_given_another_embedder(embedder: CountingEmbedder) -> None:
    by_words, by_meaning, other = ExtractiveDrafter(), ExtractiveDrafter(embedder), HashEmbedder()
    assert by_words.embedding_through(other) is by_words
    assert by_meaning.embedding_through(other).embedder is other
    assert by_meaning.embedder is embedder
    assert not isinstance(ScriptedDrafter(), EmbeddingDrafter)


# A whole answer.


class SteadyEmbedder(CountingEmbedder, OpenVinoEmbedder):
    """The same in the place of the runtime whose vectors are the same to the last bit in any company."""


@pytest.fixture
def titan(tmp_path: Path) -> Path:
    (tmp_path / "titan.md").write_text(TITAN, encoding="utf-8")
    return tmp_path / "titan.md"


def open_collection(embedder: CountingEmbedder, titan: Path, name: str = "default") -> Collection:
    settings = Settings(home=titan.parent / ".vouch", collection=name, risk=1.0)
    collection = Collection.open(settings=settings, create=True, embedder=embedder)
    collection.ingest([titan])
    embedder.calls.clear()
    return collection


def ask(collection: Collection, question: str) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question) as events:
            *_, last = [event async for event in events]
        assert isinstance(last, Answered)
        return last.answer

    return asyncio.run(run())


def same(first: Answer, second: Answer) -> bool:
    return (first.text, first.sentences, first.sufficiency) == (second.text, second.sentences, second.sufficiency)


def test_an_answer_to_several_parts_embeds_no_text_twice(embedder: CountingEmbedder, titan: Path) -> None:
    with open_collection(embedder, titan) as collection:
        answer = ask(collection, PARTS)
    assert "Christiaan Huygens" in answer.text
    assert "5150" in answer.text
    embedded = [text for call in embedder.calls for text in call]
    assert len(embedded) == len(set(embedded)) > 5
    assert len(embedder.asked) == len(set(embedder.asked)) == 3


def test_answers_share_nothing_where_a_vector_may_depend_on_those_beside_it(
    embedder: CountingEmbedder, titan: Path
) -> None:
    with open_collection(embedder, titan) as collection:
        first, calls, asked = ask(collection, PARTS), list(embedder.calls), list(embedder.asked)
        second = ask(collection, PARTS)
    assert embedder.calls == calls * 2
    assert embedder.asked == asked * 2
    assert same(first, second)


def test_where_it_does_not_an_answer_finds_what_those_before_it_embedded(titan: Path) -> None:
    embedder = SteadyEmbedder()
    with open_collection(embedder, titan) as collection:
        first, calls, asked = ask(collection, PARTS), list(embedder.calls), list(embedder.asked)
        second = ask(collection, PARTS)
    assert embedder.calls == calls
    assert embedder.asked == asked * 2
    assert same(first, second)


def test_collections_share_nothing(titan: Path) -> None:
    embedder = SteadyEmbedder()
    with open_collection(embedder, titan) as collection, open_collection(embedder, titan, "other") as other:
        ask(collection, PARTS)
        calls = list(embedder.calls)
        ask(other, PARTS)
    assert embedder.calls == calls * 2
