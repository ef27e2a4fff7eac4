"""Chunks: whole, in order, and never over the embedder's limit."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunks import split
from rag.reading import read, read_markup
from rag.sentences import segment
from rag.types import Chunk, Document, Locator, ReadingText
from tests.fakes.timing import cpu_time_limit

SEEDS = sorted((Path(__file__).parents[1] / "corpus" / "documents").glob("*.txt"))


def count_words(texts: Sequence[str]) -> list[int]:
    """A tokenizer to compute in the head: two special tokens, and one for every four characters of a word begun."""
    return [2 + sum(-(-len(word) // 4) for word in text.split()) for text in texts]


def plain(text: str, title: str = "Title") -> Document:
    return Document("a.txt", title, "sha256:0", text, ReadingText.plain(text))


def markdown(text: str, title: str = "Title") -> Document:
    reading, locators, found = read_markup(text)
    return Document("a.md", found or title, "sha256:0", text, reading, locators)


def seed(number: int) -> Document:
    return read(SEEDS[number], source=SEEDS[number].name, max_bytes=10**6, max_characters=10**6)


def assert_whole(document: Document, chunks: Sequence[Chunk], max_tokens: int) -> None:
    text = document.reading.text
    position = 0
    for chunk in chunks:
        assert chunk.text.strip()
        assert text[chunk.start : chunk.end] == chunk.text
        assert position <= chunk.start
        assert not text[position : chunk.start].strip()
        assert chunk.embedded.endswith(chunk.text)
        position = chunk.end
    assert not text[position:].strip()
    assert all(count <= max_tokens for count in count_words([chunk.embedded for chunk in chunks]))


WORDS = st.sampled_from(
    [
        "word ",
        "Sentence ends. ",
        "\n",
        "\n\n",
        "# Heading\n\n",
        "## Deeper\n\n",
        "a" * 300,
        "汉字。",
        "👩‍👩‍👧",
        "e\u0301",
        "- item\n",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.text(max_size=400), st.lists(WORDS, max_size=80).map("".join)),
    st.text(max_size=300),
    st.integers(5, 100),
    st.integers(10, 500),
)
def test_chunks_hold_everything_once_within_the_limit(text: str, title: str, max_tokens: int, target: int) -> None:
    for document in (plain(text, title), markdown(text, title)):
        chunks = split(document, max_tokens=max_tokens, count_tokens=count_words, target_characters=target)
        assert_whole(document, chunks, max_tokens)


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("max_tokens", [12, 64, 256])
def test_a_seed_is_split_whole(number: int, max_tokens: int) -> None:
    document = seed(number)
    chunks = split(document, max_tokens=max_tokens, count_tokens=count_words)
    assert_whole(document, chunks, max_tokens)
    for chunk in chunks:
        low, high = document.reading.locate(chunk.start, chunk.end)
        assert document.text[low] == chunk.text[0]
        assert document.text[high - 1] == chunk.text[-1]


@pytest.mark.parametrize("number", range(5))
def test_no_sentence_of_a_seed_is_cut(number: int) -> None:
    document = seed(number)
    chunks = split(document, max_tokens=256, count_tokens=count_words)
    bounds = [(chunk.start, chunk.end) for chunk in chunks]
    for start, end in segment(document.reading.text):
        assert any(low <= start and end <= high for low, high in bounds)


def test_a_chunk_does_not_cross_a_heading_and_carries_its_path() -> None:
    body = "This is a sentence of some length about the thing. " * 6
    document = markdown(f"# Book\n\n{body}\n\n## One\n\n{body}\n\n### Deep\n\n{body}\n\n## Two\n\n{body}")
    chunks = split(document, max_tokens=256, count_tokens=count_words)
    assert [chunk.heading for chunk in chunks] == [
        ("Book",),
        ("Book", "One"),
        ("Book", "One", "Deep"),
        ("Book", "Two"),
    ]
    assert chunks[2].embedded.startswith("Book\nOne\nDeep\n\nThis is a sentence")
    assert chunks[0].embedded.startswith("Book\n\nThis is")


def test_fragments_are_joined_to_what_follows() -> None:
    document = markdown("# Book\n\n## One\n\n### Deep\n\nShort.\n\n## Two\n\nShort too.\n\n## Three\n\nThe end.")
    chunks = split(document, max_tokens=256, count_tokens=count_words)
    assert len(chunks) == 1


def test_the_title_and_headings_never_crowd_out_the_text() -> None:
    document = markdown("# " + "Very long heading " * 100 + "\n\n## " + "x" * 2000 + "\n\n" + "Some text. " * 200)
    chunks = split(document, max_tokens=40, count_tokens=count_words)
    assert_whole(document, chunks, 40)
    last = chunks[-1]
    assert "…" in last.embedded
    assert len(last.text) > len(last.embedded) / 2


def test_a_heading_cut_at_a_locator_inside_dropped_markup_begins_its_chunk() -> None:
    text = "Before it. " * 40 + "\n\n## [[some_target | Label]]\n\n" + "After it. " * 40
    chunks = split(markdown(text), max_tokens=256, count_tokens=count_words)
    assert [chunk.text.split(".")[0].split("\n")[0] for chunk in chunks] == ["Before it", "Label"]


def test_headings_of_plain_text_are_cut_at_too() -> None:
    chunks = split(seed(1), max_tokens=256, count_tokens=count_words)
    section = [chunk for chunk in chunks if chunk.heading == ("Memory, shortcuts, and the agent behavior gap",)]
    assert section[0].text.startswith("Memory, shortcuts, and the agent behavior gap\n\nTwo behavioral changes")
    assert section[-1].text.endswith("testing for this class of failure.")


def test_paragraphs_then_lines_then_sentences_are_kept_whole() -> None:
    line = "This line is a paragraph by itself, as in a chat."
    chunks = split(plain("\n".join([line] * 50)), max_tokens=256, count_tokens=count_words)
    assert all(set(chunk.text.split("\n")) == {line} for chunk in chunks)


def test_a_locator_past_the_last_character_is_no_chunk() -> None:
    text = "Some text."
    document = Document("a", "T", "r", text + "\n## ", ReadingText.plain(text), (Locator(11, "heading", ("H",)),))
    assert [chunk.text for chunk in split(document, max_tokens=50, count_tokens=count_words)] == [text]


def test_white_space_has_no_chunks() -> None:
    assert split(plain(" \n\n "), max_tokens=50, count_tokens=count_words) == []


def test_a_limit_below_one_character_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="max_tokens is too small"):
        split(plain("text"), max_tokens=2, count_tokens=count_words)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "word ",
        "This is a sentence. ",
        "A line of text\n",
        "A paragraph.\n\n",
        "汉",
        "👨\u200d",
        "漢。",
        "漢字仮名交文章。",
        "<?",
        "![a][",
        "<![CDATA[",
        "👩‍👩‍👧",
        "e\u0301",
        " ",
        "# ",
    ],
)
def test_a_long_text_of_any_kind_is_split_in_time_linear_to_its_length(unit: str) -> None:
    document = plain((unit * 300_000)[:300_000])
    with cpu_time_limit(3.0):
        chunks = split(document, max_tokens=200, count_tokens=lambda texts: [len(text) // 8 for text in texts])
    assert sum(len(chunk.text.replace(" ", "")) for chunk in chunks) <= 300_000
