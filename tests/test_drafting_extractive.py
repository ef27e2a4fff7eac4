"""The offline drafter: whole sentences word for word, the answer first, nothing where nothing is about the question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.drafting.extractive import SENTENCES_MOST, ExtractiveDrafter
from rag.types import DraftEnd, DraftSentence, Passage
from rag.verifiers import BuiltInVerifier
from tests.fakes.embedder import HashEmbedder
from tests.fakes.passages import passage, passages

OPUS = (
    "Anthropic has announced two new AI models. Claude Opus 4 has been built to execute complex tasks. "
    "It created a guide for the video game Pokémon Red while playing it for more than 24 hours straight. "
    "Claude 3.7 Sonnet was capable of playing for just 45 minutes, says Dianne Penn, product lead for research."
)
BREAD = "The bakery opens at six. Its bread is made with rye flour and salt."
RIVER = "The Danube flows through ten countries. It rises in the Black Forest in Germany."


def draft(
    question: str, shown: Sequence[Passage], drafter: ExtractiveDrafter | None = None
) -> tuple[list[DraftSentence], DraftEnd]:
    async def collect() -> list[DraftSentence | DraftEnd]:
        return [piece async for piece in (drafter or ExtractiveDrafter()).draft(question, shown)]

    pieces = asyncio.run(collect())
    end = pieces.pop()
    assert isinstance(end, DraftEnd)
    sentences = [piece for piece in pieces if isinstance(piece, DraftSentence)]
    assert len(sentences) == len(pieces)
    return sentences, end


SHOWN = passages(BREAD, OPUS, RIVER)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long did Claude play Pokémon Red?", "24 hours"),
        ("Who is product lead for research?", "Dianne Penn"),
        ("Where in Germany does the Danube rise?", "Black Forest"),
        ("What is the bread made with?", "rye flour"),
        ("When does the bakery open?", "at six"),
        ("How many countries does the Danube flow through?", "ten countries"),
    ],
)
@pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])
def test_the_answer_stands_among_the_first_sentences(question: str, answer: str, embedder: HashEmbedder | None) -> None:
    sentences, end = draft(question, SHOWN, ExtractiveDrafter(embedder))
    assert end.finish == "complete"
    assert any(answer in sentence.text for sentence in sentences[:2])
    assert 1 <= len(sentences) <= SENTENCES_MOST


def test_sentences_are_word_for_word_and_name_their_passage() -> None:
    sentences, _ = draft("How long did Claude Opus play Pokémon Red?", SHOWN)
    for sentence in sentences:
        (number,) = sentence.markers
        assert sentence.text in SHOWN[number - 1].text


def test_what_it_quotes_is_verified_with_score_one() -> None:
    wrapped = passage("The river Inn\nis long. It joins the Danube\nat Passau.", 4)
    sentences, _ = draft("Where does the Inn join the Danube?", [*SHOWN, wrapped])
    for sentence in sentences:
        assert "\n" not in sentence.text
        judgement = BuiltInVerifier().verify(sentence.text, [p.text for p in [*SHOWN, wrapped]])
        assert judgement.score == 1.0


@pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])
def test_a_sentence_that_refers_back_brings_the_one_before_it(embedder: HashEmbedder | None) -> None:
    crowd = " ".join(f"The video game number {n} is played straight for some hours, players say." for n in range(30))
    shown = passages(crowd, OPUS)
    question = "Which guide for a video game was created while playing for more than 24 hours straight?"
    sentences, _ = draft(question, shown, ExtractiveDrafter(embedder))
    texts = [sentence.text for sentence in sentences]
    place = next(i for i, text in enumerate(texts) if text.startswith("It created"))
    assert texts[place - 1].startswith("Claude Opus 4 has been built")


@pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])
def test_where_nothing_is_about_the_question_it_refuses(embedder: HashEmbedder | None) -> None:
    assert draft("Quelle est la capitale du Pérou?", SHOWN, ExtractiveDrafter(embedder)) == ([], DraftEnd("refused"))
    assert draft("How long did it play?", (), ExtractiveDrafter(embedder)) == ([], DraftEnd("refused"))


def test_the_same_is_not_said_twice() -> None:
    sentences, _ = draft("Where does the Danube rise?", passages(RIVER, RIVER, RIVER))
    texts = [sentence.text for sentence in sentences]
    assert len(texts) == len(set(texts))


def test_headings_questions_and_announcements_are_not_quoted() -> None:
    shown = passages("Where the Danube rises\n\nWhere does the Danube rise?\n\nThe Danube rises here:\n\n" + RIVER)
    sentences, _ = draft("Where does the Danube rise?", shown)
    assert "Black Forest" in sentences[-1].text
    assert all(not sentence.text.endswith(("?", ":")) for sentence in sentences)


def test_a_very_long_sentence_is_cut_for_the_embedder_only() -> None:
    long = "The Danube " + "and the Inn " * 400 + "meet in Passau."
    embedder = HashEmbedder(dimension=256, max_tokens=64)
    sentences, _ = draft("Where do Danube and Inn meet?", passages(long), ExtractiveDrafter(embedder))
    assert [sentence.text for sentence in sentences] == [long]


def test_it_repeats_itself_exactly() -> None:
    assert draft("How long did it play Pokémon?", SHOWN) == draft("How long did it play Pokémon?", SHOWN)


def test_chinese_is_answered_in_chinese() -> None:
    shown = passages("面包店早上六点开门。", "该模型可以连续工作24小时。它由一家美国公司开发。")
    sentences, _ = draft("该模型可以连续工作多久?", shown)
    assert sentences[0].text == "该模型可以连续工作24小时。"


VOCABULARY = "the Danube flows it rises in Passau . ? : \n\n 24 hours bread and salt is made"
WORDS = st.sampled_from(VOCABULARY.split(" "))
TEXT = st.lists(WORDS, max_size=40).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(question=TEXT, texts=st.lists(TEXT, max_size=4))
def test_any_passages_give_a_short_answer_of_their_own_words_or_none(question: str, texts: list[str]) -> None:
    shown = passages(*texts)
    sentences, end = draft(question, shown)
    assert (end.finish == "refused") == (not sentences)
    assert len(sentences) <= SENTENCES_MOST
    for sentence in sentences:
        (number,) = sentence.markers
        assert sentence.text.split() == sentence.text.strip().split()
        assert sentence.text in " ".join(shown[number - 1].text.split())
