"""The support encoder: what is shown to it, that its readings repeat, and that it sees what it was fitted to see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.encoders.evidence import LEAST_SHARE, choose_sentences, join_sentences, weigh_sentences
from rag.encoders.questions import QuestionReader
from rag.encoders.support import CLAIM_TOKENS, EVIDENCE_TOKENS, GAP, SupportEncoder, load_support_encoder
from rag.errors import EmbedderError

EVIDENCE = (
    "The lighthouse of Skerryvore was built by Alan Stevenson between 1838 and 1844. It is 48 metres high and stands "
    "on a reef west of Tiree. Its light can be seen from 26 miles away."
)
RARITY = np.array([0.0, 1.6, 2.0, 3.0, 4.0, 5.0], np.float32)


@pytest.fixture(scope="module")
def encoder() -> SupportEncoder:
    return load_support_encoder()


def unsupported(encoder: SupportEncoder, claim: str, evidence: str = EVIDENCE) -> float:
    return encoder.read_claim(encoder.tokenize(evidence).ids, encoder.tokenize(claim).ids).claim


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("The lighthouse is 48 metres high.", "The lighthouse is 84 metres high."),
        ("Alan Stevenson built it.", "Robert Louis built it."),
        ("It was finished in 1844.", "It was finished in 1944."),
        ("It stands on a reef.", "It does not stand on a reef."),
        ("Its light is seen from 26 miles.", "It was sold to a hotel company for a large sum."),
    ],
)
def test_a_false_claim_reads_as_less_borne_out_than_a_true_one(encoder: SupportEncoder, true: str, false: str) -> None:
    assert unsupported(encoder, false) > unsupported(encoder, true) + 1.0


def test_the_token_that_is_wrong_stands_out(encoder: SupportEncoder) -> None:
    claim = encoder.tokenize("The lighthouse was built by Alan Stevenson between 1838 and 1871.")
    tokens = encoder.read_claim(encoder.tokenize(EVIDENCE).ids, claim.ids).tokens
    text = "The lighthouse was built by Alan Stevenson between 1838 and 1871."
    worst = claim.spans[int(np.argmax(tokens))]
    assert text[worst.start : worst.end] in "1871"


def test_a_question_is_answered_by_the_text_that_answers_it() -> None:
    about, other = QuestionReader().score("Who built the lighthouse of Skerryvore?", [EVIDENCE, "It rained all day."])
    assert about > 0.5 > other


def test_a_long_text_is_read_where_it_speaks_of_the_question() -> None:
    padding = "The harbour master of Oban keeps a book of all ships. " * 80
    texts = [padding + EVIDENCE + padding, padding]
    within, without = QuestionReader().score("Who built the lighthouse of Skerryvore?", texts)
    assert within > 0.5 > without


def test_readings_repeat_to_the_last_bit_in_any_thread(encoder: SupportEncoder) -> None:
    claims = [f"The lighthouse is {height} metres high." for height in range(40, 56)]
    alone = [unsupported(encoder, claim) for claim in claims]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda claim: unsupported(encoder, claim), claims))
    assert together == alone


def test_tokens_know_their_place_in_the_text(encoder: SupportEncoder) -> None:
    text = "Łódź costs €3.50 🚀 \ud800 naïve"
    pieces = encoder.tokenize(text)
    assert len(pieces.ids) == len(pieces.spans)
    assert "".join(text[slice(*span)] for span in pieces.spans).replace(" ", "").startswith("Łódźcosts€3.50")


def test_more_than_can_be_read_at_once_is_a_mistake_of_the_caller_and_never_cut(encoder: SupportEncoder) -> None:
    with pytest.raises(ValueError, match="more than the encoder reads"):
        encoder.read_claim([5] * (EVIDENCE_TOKENS + 1), [5])
    with pytest.raises(ValueError, match="more than the encoder reads"):
        encoder.read_claim([5], [5] * (CLAIM_TOKENS + 1))
    assert len(encoder.read_claim([5] * EVIDENCE_TOKENS, [5] * CLAIM_TOKENS).tokens) == CLAIM_TOKENS


def test_a_missing_model_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="support encoder cannot be opened"):
        SupportEncoder(tmp_path)


def test_sentences_weigh_by_the_rare_tokens_they_share_and_a_little_by_their_neighbours() -> None:
    weights = weigh_sentences([5, 1], [[5, 2], [3], [1], [2]], RARITY)
    assert weights.tolist() == pytest.approx([5.0, 1.5 + 0.48, 1.6, 0.48])
    apart = weigh_sentences([5, 1], [[5, 2], [3], [1], [2]], RARITY, starts=(0, 1))
    assert apart.tolist() == pytest.approx([5.0, 0.48, 1.6, 0.48])


def test_evidence_that_shares_nothing_is_not_shown_and_changes_nothing() -> None:
    sentences = [[5, 2], [3], [4, 4]]
    weights = weigh_sentences([5], sentences, RARITY, starts=(0, 2))
    assert choose_sentences(weights, sentences, starts=(0, 2)) == [0, 1]
    noisy, starts = [*sentences, [4], [4, 3]], (0, 2, 3)
    assert choose_sentences(weigh_sentences([5], noisy, RARITY, starts), noisy, starts=starts) == [0, 1]


def test_a_piece_that_speaks_of_the_claim_is_shown_whole_where_it_fits() -> None:
    sentences = [[5], [2], [2], [2, 2, 2]]
    weights = weigh_sentences([5], sentences, RARITY)
    assert choose_sentences(weights, sentences, budget=20) == [0, 1, 2, 3]
    assert choose_sentences(weights, sentences, budget=9) == [0, 1]


def test_a_gap_stands_where_evidence_was_left_out_or_a_piece_begins() -> None:
    assert join_sentences([[1], [2], [3], [4]], [0, 1, 3], starts=(0,)) == [1, 2, GAP, 4]
    assert join_sentences([[1], [2]], [0, 1], starts=(0, 1)) == [1, GAP, 2]


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=30), min_size=1, max_size=40),
    st.integers(1, 60),
)
def test_what_is_shown_fits_and_holds_the_heaviest_that_fits(sentences: list[list[int]], budget: int) -> None:
    weights = weigh_sentences([5, 4], sentences, RARITY)
    chosen = choose_sentences(weights, sentences, budget)
    assert chosen == sorted(set(chosen))
    assert len(join_sentences(sentences, chosen)) <= budget
    worth = LEAST_SHARE * max(weights)
    fitting = [i for i in range(len(sentences)) if weights[i] >= worth > 0 and len(sentences[i]) + 1 <= budget]
    if fitting:
        assert min(fitting, key=lambda i: (-weights[i], i)) in chosen
