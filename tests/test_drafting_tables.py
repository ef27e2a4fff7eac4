"""Answers from tables that a PDF sets as plain lines: the row asked for, under its header, checked and cited."""

from __future__ import annotations

import pytest

from rag.drafting.extractive import ExtractiveDrafter
from rag.types import Passage, Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.embedder import HashEmbedder
from tests.fakes.passages import passage, passages
from tests.test_drafting_extractive import draft

COSTS = (
    "The mill expects to spend within 5 % of this next year. Its new saw was bought in May.\n\n"
    "Costs by kind\nKind €\nWages 61,400\nTimber 48,900\nFuel 12,700\n"
    "Deliveries by country\nCountry Deliveries\nSweden 310\nNorway 145\n"
    "The mill made 455 deliveries in all, and none of them was late.\n"
)
REBATES = (
    "Late payment of the yearly invoice costs interest at 8 % a year.\n"
    "Yearly orders Rebate\nup to €20,000 none\n€20,001 to €60,000 2 %\nabove €60,000 4.5 %\n"
    "Either side may end this agreement with three months' notice."
)
LEAVE = "Service | Days\nunder 2 years | 22\n2 to 10 years | 25\nover 10 years | 28\n"
EMBEDDERS = pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])


def said(question: str, text: str, embedder: HashEmbedder | None) -> list[str]:
    sentences, _ = draft(question, passages(text), ExtractiveDrafter(embedder))
    return [sentence.text for sentence in sentences]


@EMBEDDERS
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What were the wages?", "Kind €\nWages 61,400"),
        ("How much was spent on timber?", "Kind €\nTimber 48,900"),
        ("How many Norway deliveries were there?", "Country Deliveries\nNorway 145"),
    ],
)
def test_a_row_of_a_plain_table_answers_under_its_header(
    question: str, answer: str, embedder: HashEmbedder | None
) -> None:
    assert said(question, COSTS, embedder)[0] == answer


@EMBEDDERS
def test_a_plain_row_that_is_not_asked_for_is_no_answer(embedder: HashEmbedder | None) -> None:
    answer = " ".join(said("When was the new saw bought?", COSTS, embedder))
    assert "Its new saw was bought in May." in answer
    assert not any(row in answer for row in ("61,400", "48,900", "12,700", "310", "145"))


@EMBEDDERS
@pytest.mark.parametrize(
    ("orders", "row"),
    [
        ("€45,000", "€20,001 to €60,000 2 %"),
        ("€60,000", "€20,001 to €60,000 2 %"),
        ("€75,000", "above €60,000 4.5 %"),
        ("€9,000", "up to €20,000 none"),
        ("over €60,000", "above €60,000 4.5 %"),
    ],
)
def test_the_row_whose_range_holds_the_number_asked_about_answers(
    orders: str, row: str, embedder: HashEmbedder | None
) -> None:
    answer = said(f"What rebate is given if the orders of a year are {orders}?", REBATES, embedder)
    assert answer[0] == f"Yearly orders Rebate\n{row}"
    assert not any(other in "".join(answer[1:]) for other in ("none", "2 %", "4.5 %"))


@EMBEDDERS
def test_without_a_number_all_ranges_of_the_column_asked_for_answer(embedder: HashEmbedder | None) -> None:
    answer = "\n".join(said("Which rebate is given?", REBATES, embedder))
    assert all(row in answer for row in ("up to €20,000 none", "€20,001 to €60,000 2 %", "above €60,000 4.5 %"))


@EMBEDDERS
@pytest.mark.parametrize(("years", "days"), [("5 years", "25"), ("12 years", "28"), ("1 year", "22")])
def test_a_cell_may_be_a_range(years: str, days: str, embedder: HashEmbedder | None) -> None:
    (answer,) = said(f"How many days of leave are there after a service of {years}?", LEAVE, embedder)
    assert answer.endswith(f"| {days}")


@EMBEDDERS
def test_a_number_of_another_unit_is_in_no_range(embedder: HashEmbedder | None) -> None:
    answer = said("Which rebate is given for orders of 45,000 kg a year?", REBATES, embedder)
    assert not any("€20,001" in text for text in answer)


@pytest.mark.parametrize("text", [COSTS, COSTS.replace("\nTimber", "\n\nTimber")], ids=["whole", "over-two-pages"])
def test_a_row_apart_from_its_header_is_word_for_word(text: str) -> None:
    judgement = BuiltInVerifier().verify("Kind €\nFuel 12,700", [text])
    assert (judgement.verdict, judgement.score) == (Verdict.SUPPORTED, 1.0)
    assert [text[item.start : item.end] for item in judgement.evidence] == ["Kind €", "Fuel 12,700"]


@pytest.mark.parametrize("claim", ["Kind €\nNorway 145", "Kind €\nFuel 48,900", "Timber 48,900\nFuel 12,700x"])
def test_a_row_under_the_header_of_another_table_is_not_word_for_word(claim: str) -> None:
    assert BuiltInVerifier().verify(claim, [COSTS]).score != 1.0


def test_a_row_of_cells_apart_from_its_header_is_word_for_word() -> None:
    judgement = BuiltInVerifier().verify("Service | Days\nover 10 years | 28", [LEAVE])
    assert (judgement.verdict, judgement.score) == (Verdict.SUPPORTED, 1.0)
    assert BuiltInVerifier().verify("under 2 years | 22\nover 10 years | 28", [LEAVE]).score != 1.0


def test_running_text_is_no_table() -> None:
    shown: list[Passage] = [passage("He was born in\nBergen 1978\n\nNorway has 5\nports.")]
    sentences, _ = draft("How many ports does Norway have?", shown)
    assert not any("1978" in sentence.text for sentence in sentences)
