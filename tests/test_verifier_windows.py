"""Windows over long evidence: whole sentences, every one of them, never more than fits, overlapping."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import segment
from rag.types import Span
from rag.verifiers.windows import cut_windows


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def shown(text: str, room: int) -> list[list[str]]:
    return [[text[start:end] for start, end in window.sentences] for window in cut_windows(text, room, words)]


SENTENCES = ["Ann has one.", "Ben has two.", "Cid has three.", "Dan has four.", "Eve has five."]
TEXT = " ".join(SENTENCES)


def test_a_text_that_fits_is_one_window() -> None:
    assert shown(TEXT, 15) == [SENTENCES]


def test_neighbouring_windows_share_whole_sentences() -> None:
    assert shown(TEXT, 6) == [SENTENCES[0:2], SENTENCES[1:3], SENTENCES[2:4], SENTENCES[3:5]]
    assert shown(TEXT, 9) == [SENTENCES[0:3], SENTENCES[2:5]]


def test_sentences_that_do_not_fit_together_stand_alone() -> None:
    assert shown(TEXT, 5) == [[sentence] for sentence in SENTENCES]


def test_a_sentence_that_does_not_fit_is_cut_at_spaces_into_overlapping_parts() -> None:
    text = "Short one. " + " ".join(f"word{number}" for number in range(40)) + ". Last one."
    windows = cut_windows(text, 12, words)
    assert all(words([text[slice(*window.span)]]) <= [12] for window in windows)
    spans = [window.span for window in windows]
    assert all(following.start < span.end for span, following in itertools.pairwise(spans))
    pieces = {text[start:end] for window in windows for start, end in window.sentences}
    assert all(piece[0] != " " != piece[-1] for piece in pieces)
    assert not any(piece.startswith("ord") for piece in pieces), "a word is cut in two though there are spaces"


def test_a_word_longer_than_a_window_is_cut_all_the_same() -> None:
    text = "x" * 1000
    windows = cut_windows(text, 64, characters)
    covered = set(itertools.chain.from_iterable(range(*window.span) for window in windows))
    assert covered == set(range(1000))
    assert all(window.span.end - window.span.start <= 64 for window in windows)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_white_space_has_no_windows(text: str) -> None:
    assert cut_windows(text, 10, words) == []


def test_the_whole_counts_and_not_the_sum_of_its_parts() -> None:
    def joined_costs_more(texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 2 * text.count(". ") for text in texts]

    text = "Ann has one. Ben has two. Cid has three. Dan has four."
    assert len(cut_windows(text, 8, joined_costs_more)) == 3
    windows = cut_windows(text, 7, joined_costs_more)  # two sentences cost 3 each, and 8 together
    assert [text[slice(*window.span)] for window in windows] == [
        "Ann has one.",
        "Ben has two.",
        "Cid has three.",
        "Dan has four.",
    ]


word = st.sampled_from(["a", "bb", "ccc.", "dddd", "Eve", "f.", "\n", "G?", "h" * 30])


@given(st.lists(word, max_size=60).map(" ".join), st.integers(4, 40))
def test_every_character_is_in_a_window_and_no_window_is_too_large(text: str, room: int) -> None:
    windows = cut_windows(text, room, characters)
    covered = set(itertools.chain.from_iterable(range(*window.span) for window in windows))
    assert {position for position, letter in enumerate(text) if not letter.isspace()} <= covered
    assert all(window.span.end - window.span.start <= room for window in windows)
    starts = [window.span.start for window in windows]
    assert starts == sorted(set(starts)), "a window begins where one did before"
    whole = {Span(*span) for span in segment(text) if span.end - span.start <= room}
    assert whole <= {sentence for window in windows for sentence in window.sentences}, "a sentence that fits was cut"


@given(st.lists(word, max_size=60).map(" ".join), st.integers(4, 40))
def test_two_neighbours_that_fit_together_stand_together_somewhere(text: str, room: int) -> None:
    windows = cut_windows(text, room, characters)
    sentences = segment(text)
    for first, second in itertools.pairwise(sentences):
        if second.end - first.start <= room:
            assert any(window.span.start <= first.start and second.end <= window.span.end for window in windows)
