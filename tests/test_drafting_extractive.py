"""The offline drafter: whole sentences word for word, the answer first, nothing where nothing is about the question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.drafting.extractive import SENTENCES_MOST, ExtractiveDrafter
from rag.types import DraftEnd, DraftSentence, Locator, Passage, Verdict
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


LEAVE = (
    "Staff get paid leave by years of service.\n\nYears of service | Days of leave | Notice\n"
    "under 2 | 22 | 2 weeks\n2 to 5 | 25 | 3 weeks\nover 5 | 28 | 4 weeks\n\n"
    "Leave questions: Dana Rehm\nParental leave: 16 weeks\n"
)
PEOPLE = "Leah Novak starts on 7 April. The Bergen lease runs for five years. Ole Dahl joins us as dock foreman."
EMBEDDERS = pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])


@EMBEDDERS
@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("How many days of leave come with over 5 years of service?", "over 5 | 28 | 4 weeks"),
        ("What is the notice for 2 to 5 years of service?", "2 to 5 | 25 | 3 weeks"),
    ],
)
def test_a_row_that_answers_is_quoted_under_its_header(question: str, row: str, embedder: HashEmbedder | None) -> None:
    sentences, _ = draft(question, passages(LEAVE), ExtractiveDrafter(embedder))
    rows = [sentence.text for sentence in sentences if " | " in sentence.text]
    assert rows == [f"Years of service | Days of leave | Notice\n{row}"]


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("How long is parental leave?", "Parental leave: 16 weeks"),
        ("Who answers leave questions?", "Leave questions: Dana Rehm"),
    ],
)
def test_a_line_that_gives_a_value_for_a_label_is_quoted(question: str, line: str) -> None:
    sentences, _ = draft(question, passages(LEAVE))
    assert line in [sentence.text for sentence in sentences]


def test_a_row_without_header_or_values_is_not_quoted() -> None:
    shown = passages(
        "The days of leave are told below.\n\n7 | days of leave | 12\n\nYears | Days of leave\n| |\nabove | "
    )
    sentences, _ = draft("How many days of leave are there?", shown)
    assert all(" | " not in sentence.text for sentence in sentences)


@EMBEDDERS
@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("When does Jonas Berg start?", PEOPLE),
        ("When will Jonas Berg start?", PEOPLE),
        ("How long does the Oslo lease run?", PEOPLE),
    ],
)
def test_a_sentence_about_another_than_the_one_asked_about_is_not_quoted(
    question: str, shown: str, embedder: HashEmbedder | None
) -> None:
    sentences, _ = draft(question, passages(shown), ExtractiveDrafter(embedder))
    assert all("Novak" not in sentence.text and "Bergen" not in sentence.text for sentence in sentences)


def test_a_sentence_under_the_name_asked_about_may_have_other_names() -> None:
    under = passage("The Bergen lease runs for five years.", title="Oslo")
    for question in ("How long does the Bergen lease run?", "How long does the Oslo lease run?"):
        sentences, _ = draft(question, [under])
        assert [sentence.text for sentence in sentences] == ["The Bergen lease runs for five years."]


def test_what_refers_back_is_about_the_one_named_before() -> None:
    shown = passages("The Oslo lease is new. It runs like the Bergen lease for five years.")
    sentences, _ = draft("How long does the Oslo lease run in years?", shown)
    assert "five years" in sentences[-1].text


def test_asked_who_someone_is_it_says_so_rather_than_when_they_come() -> None:
    shown = passages("Ole Dahl starts on 7 April. In May the harbour of the town gets Ole Dahl as dock foreman.")
    sentences, _ = draft("Who is Ole Dahl?", shown)
    assert "dock foreman" in " ".join(sentence.text for sentence in sentences)
    assert "April" not in " ".join(sentence.text for sentence in sentences)


def test_a_number_that_the_question_names_finds_its_sentence() -> None:
    shown = passages("A yearly fee of 30 euros is paid for 9 metres. A yearly fee of 40 euros is paid for 12 metres.")
    sentences, _ = draft("What is the yearly fee for 12 metres?", shown)
    assert [sentence.text for sentence in sentences] == ["A yearly fee of 40 euros is paid for 12 metres."]


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


def test_a_quote_leaves_out_the_number_of_its_list_and_is_verified_with_score_one() -> None:
    shown = [passage("1. The bakery opens at six.\n2. Rye bread is sold on Mondays.")]
    sentences, _ = draft("When is rye bread sold?", shown)
    assert sentences[0].text == "Rye bread is sold on Mondays."
    assert BuiltInVerifier().verify(sentences[0].text, [shown[0].text]).score == 1.0


YEARS = passages(
    "# Results\n\nItem | 2022 | 2023 | Q1 2024\nRevenue | 5,120 | 5,870 | 1,445\nStaff costs | 1,720 | 1,905 | 480\n\n"
    "12 | 13 | 14 | 15\n1 | 2 | 3 | 4\n"
)


@EMBEDDERS
def test_a_header_may_name_its_columns_by_years(embedder: HashEmbedder | None) -> None:
    sentences, _ = draft("How high were the staff costs in 2023?", YEARS, ExtractiveDrafter(embedder))
    assert [sentence.text for sentence in sentences] == [
        "Item | 2022 | 2023 | Q1 2024\nStaff costs | 1,720 | 1,905 | 480"
    ]


@EMBEDDERS
def test_a_header_stands_once_above_the_rows_of_its_table_and_never_alone(embedder: HashEmbedder | None) -> None:
    shown = passages("Shop | Town\nHarbour shop | Turku\nStation shop | Turku\nMuseum shop | Malmö\n\nShop | Street\n")
    sentences, _ = draft("Which shop is in Turku?", shown, ExtractiveDrafter(embedder))
    texts = [sentence.text for sentence in sentences]
    assert texts == ["Shop | Town\nHarbour shop | Turku", "Station shop | Turku"]
    assert sentences[1].lead == "\n"


HOURS = (
    "Shop: Harbour shop; Saturday: 10:00 to 16:00; Sunday: closed\n"
    "Shop: Museum shop; Saturday: 10:00 to 17:00; Sunday: 11:00 to 15:00\n"
)


@EMBEDDERS
@pytest.mark.parametrize(
    ("question", "shop"),
    [("Which shop is open on Sunday?", "Museum shop"), ("Which shop is closed on Sunday?", "Harbour shop")],
)
def test_a_row_with_nothing_in_the_column_asked_for_is_not_the_one(
    question: str, shop: str, embedder: HashEmbedder | None
) -> None:
    sentences, _ = draft(question, passages(HOURS), ExtractiveDrafter(embedder))
    assert [shop in sentence.text for sentence in sentences] == [True]


BOATS = "Boat: Tern 24; Price: 48500\nBoat: Tern 28; Price: 67900\nBoat: Skua 28; Price: 112000\n"
ROOMS = "Name | Room\nCedar | A 2.14\nMaple | A 2.15\nOlive | B 2.14\n"
KILNS = "The Ember 40 costs 26,000 euros in the shop. The Ember 80 costs 55,000 euros."


@EMBEDDERS
@pytest.mark.parametrize(
    ("question", "text", "answer", "other"),
    [
        ("What does the Tern 28 cost?", BOATS, "67900", "48500"),
        ("Who is in room A 2.14?", ROOMS, "Cedar", "Maple"),
        ("How much does the Ember 80 cost in the shop?", KILNS, "55,000", "26,000"),
    ],
)
def test_another_number_beside_the_same_name_is_another_thing(
    question: str, text: str, answer: str, other: str, embedder: HashEmbedder | None
) -> None:
    sentences, _ = draft(question, passages(text), ExtractiveDrafter(embedder))
    said = " ".join(sentence.text for sentence in sentences)
    assert answer in said
    assert other not in said


def test_each_sentence_is_read_under_its_own_heading() -> None:
    text = "\n\n".join(
        (
            "It takes long.",
            "Parental leave",
            "Signe Dahl in personnel approves it.",
            "Tools",
            "Ole Berg approves them too.",
        )
    )
    headings = tuple(
        Locator(text.index(name), "heading", ("Staff handbook", name)) for name in ("Parental leave", "Tools")
    )
    shown = replace(passage(text), heading=("Staff handbook",), headings=headings)
    sentences, _ = draft("Who approves parental leave?", [shown])
    assert [sentence.text for sentence in sentences] == ["Signe Dahl in personnel approves it."]


def test_what_would_pass_for_a_citation_is_left_out_of_a_quote() -> None:
    shown = passages("The notice period is 24 hours. [12] The notice period of a[2] is (4) days.")
    sentences, _ = draft("How long is the notice period?", shown)
    said = " ".join(sentence.text for sentence in sentences)
    assert "24 hours" in said
    assert "[12]" not in said
    for sentence in sentences:
        assert BuiltInVerifier().verify(sentence.text, [shown[0].text]).verdict is Verdict.SUPPORTED


def test_who_is_asked_for_is_found_in_the_sentence_behind_the_one_that_says_what() -> None:
    shown = [
        passage(
            "1. The new showroom will open in Bergen this spring. Hanne Vik is responsible.\n2. Prices rise in June."
        ),
        passage("Ola Lund opened the old showroom in 1998.", 2),
    ]
    sentences, _ = draft("Who is responsible for the new showroom?", shown)
    assert [sentence.text for sentence in sentences[:2]] == [
        "The new showroom will open in Bergen this spring.",
        "Hanne Vik is responsible.",
    ]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the rent?", "The rent is 1,200 euros."),
        ("How much is the deposit?", "The deposit is 3,600 euros."),
        ("When was he born?", "He was born in 1931."),
        ("What is the fee?", "The fee is 3 %."),
        ("What does entry cost?", "Entry is free."),
    ],
)
@pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])
def test_the_plainest_sentences_are_quoted(question: str, answer: str, embedder: HashEmbedder | None) -> None:
    shown = [
        passage(
            "Flat 7\n\nThe rent is 1,200 euros. The deposit is 3,600 euros. The tenant is Ola Lund, a baker. "
            "He was born in 1931. The fee is 3 %. Entry is free."
        )
    ]
    sentences, _ = draft(question, shown, ExtractiveDrafter(embedder))
    assert answer in [sentence.text for sentence in sentences]
