"""Answers from tables whose cells are named: the row and the column asked for, whatever number stands there."""

from __future__ import annotations

import pytest

from rag.drafting.extractive import SENTENCES_MOST, ExtractiveDrafter
from rag.drafting.listing import MORE
from rag.terms import analyse
from rag.terms.cells import asked_cells, implied_by, is_stated
from rag.terms.ranges import falls_into
from tests.fakes.embedder import HashEmbedder
from tests.fakes.passages import passage, passages
from tests.test_drafting_extractive import draft

FREIGHT = (
    "Port: Turku; Up to 3 t: 41.00; 3 to 12 t: 88.00; Crew: 2\n"
    "Port: Visby; Up to 3 t: 52.00; 3 to 12 t: 97.50; Crew: 8\n"
    "Port: Gdynia; Up to 3 t: 63.00; 3 to 12 t: 115.00; Crew: 6"
)
YARD = (
    "Four planks of larch were split by the frost of the last winter and have been burnt.\n\n"
    "Timber: Oak; Planks: 70; Shed: N1\nTimber: Larch; Planks: 15; Shed: N2\nTimber: Ash; Planks: 22; Shed: S1"
)
EMBEDDERS = pytest.mark.parametrize("embedder", [None, HashEmbedder(dimension=4096)], ids=["words", "meaning"])


def said(question: str, text: str, embedder: HashEmbedder | None) -> list[str]:
    sentences, _ = draft(question, passages(text), ExtractiveDrafter(embedder))
    return [sentence.text for sentence in sentences]


@EMBEDDERS
@pytest.mark.parametrize("port", ["Turku", "Visby", "Gdynia"])
def test_the_row_that_is_named_answers_though_another_has_the_number_asked_about(
    port: str, embedder: HashEmbedder | None
) -> None:
    (answer,) = said(f"What does freight of 8 tonnes to {port} cost?", FREIGHT.replace(" t:", " tonnes:"), embedder)
    assert answer.startswith(f"Port: {port}; ")


@EMBEDDERS
def test_the_cell_of_the_column_asked_for_goes_before_a_sentence_that_speaks_of_both(
    embedder: HashEmbedder | None,
) -> None:
    assert said("How many planks of larch are there?", YARD, embedder)[0] == "Timber: Larch; Planks: 15; Shed: N2"


@pytest.mark.parametrize(
    ("asked", "row", "stated"),
    [
        ("5 kg", "Port: Oslo; Days: 5", False),
        ("5 kg", "Port: Oslo; Load (kg): 5", True),
        ("5 kg", "Port: Oslo; Load: 5 kg", True),
        ("14 days", "name: Yoga; payment_terms_days: 14", True),
        ("5 bags", "Lot: L1; Bags: 5", True),
        ("5 bags", "Lot: L1; Sheds: 5", False),
        ("5 kg", "The load was 5 kg.", True),
    ],
)
def test_a_number_of_a_unit_stands_in_a_cell_of_that_unit_only(asked: str, row: str, *, stated: bool) -> None:
    (number,) = analyse(asked).numbers
    assert is_stated(number, row) is stated


@pytest.mark.parametrize(
    ("asked", "row", "share"),
    [
        ("60 kg", "Kg per month: 50 to 99; Rebate: 7 %", 1.0),
        ("60 kg", "Days: 50 to 99; Rebate: 7 %", 0.0),
        ("5 kg", "Port: Oslo; 2 to 10 kg: 29.50", 1.0),
        ("12 kg", "Port: Oslo; 2 to 10 kg: 29.50", 0.0),
        ("5 days", "Port: Oslo; 2 to 10 kg: 29.50", 0.0),
    ],
)
def test_a_column_may_be_for_a_range_or_name_the_unit_of_ranges(asked: str, row: str, share: float) -> None:
    assert falls_into(analyse(asked).numbers, row) == share


def test_a_cell_of_money_tells_what_something_costs() -> None:
    asked = analyse("What does H1 cost wholesale?").keys | {"oak"}
    assert "cost" in implied_by("Timber: Oak; Wholesale per kg (£): 26.9", asked)
    assert "cost" in implied_by("Oak | £26.9", asked, "Timber | Wholesale")
    assert not implied_by("Timber: Oak; Wholesale per kg: 26.9", asked)
    assert not implied_by("Timber: Ash; Wholesale per kg (£): 26.9", asked)


def test_a_row_is_named_by_one_cell_and_asked_for_another() -> None:
    asked = analyse("planks larch").keys
    assert asked_cells(asked, (), "Timber: Larch; Planks: 15") == (True, True)
    assert asked_cells(asked, (), "Timber: Oak; Planks: 70") == (False, True)
    assert asked_cells(asked, (), "Planks: Larch; Shed: N1") == (False, True)
    assert asked_cells(asked, (), "Larch | 15", "Timber | Planks") == (True, True)


CHANNELS = passages(
    "Income by route\nRoute Income (€) Share\nLund: Income (€): 61,800; Share: 47%\n"
    "Skarholm island: Income (€): 46,200; Share: 35%\nTotal: Income (€): 132,500; Share: 100%",
    "Ferries ran on 90 days. The income of the whole spring was €132,500.",
)


@EMBEDDERS
def test_a_row_whose_label_is_asked_for_answers_without_the_rows_beside_it(embedder: HashEmbedder | None) -> None:
    sentences, _ = draft("What was the Lund income?", CHANNELS, ExtractiveDrafter(embedder))
    assert [one.text for one in sentences] == ["Lund: Income (€): 61,800; Share: 47%"]


@EMBEDDERS
def test_a_sentence_goes_before_rows_of_which_no_word_of_the_label_is_asked_for(embedder: HashEmbedder | None) -> None:
    sentences, _ = draft("What was the income?", CHANNELS, ExtractiveDrafter(embedder))
    assert sentences[0].text == "The income of the whole spring was €132,500."


@EMBEDDERS
def test_a_short_row_of_figures_whose_label_is_asked_for_is_readable(embedder: HashEmbedder | None) -> None:
    text = "Route Income Share\nLund 61,800 47%\nSkarholm island 46,200 35%\nTwo Lund sailings were cancelled."
    assert "Lund 61,800 47%" in said("What was the Lund income?", text, embedder)


TASKS = (
    "Task: Tar the hull; Owner: Pavo; Due: 30 August 2025\nTask: Order rope; Owner: Ilse; Due: 9 October 2025\n"
    "Task: Paint the mast; Owner: Pavo; Due: 12 October 2025"
)


def rows_said(question: str, *texts: str, embedder: HashEmbedder | None) -> list[str]:
    shown = [
        passage(text, number, document="minutes", title="Minutes, 7 August 2025")
        for number, text in enumerate(texts, 1)
    ]
    sentences, end = draft(question, shown, ExtractiveDrafter(embedder))
    return [one.text for one in sentences] + list(end.warnings)


@EMBEDDERS
@pytest.mark.parametrize(
    ("question", "owners"),
    [
        ("List all tasks of August", ["Tar", "Order", "Paint"]),
        ("Which tasks are due in August?", ["Tar"]),
        ("Which tasks does Pavo own?", ["Tar", "Paint"]),
        ("Which task has Ilse?", ["Order"]),
    ],
)
def test_all_rows_that_fit_equally_are_quoted_where_all_are_asked_for(
    question: str, owners: list[str], embedder: HashEmbedder | None
) -> None:
    answers = rows_said(question, TASKS, embedder=embedder)
    assert [answer.removeprefix("Task: ").split()[0] for answer in answers] == owners


@EMBEDDERS
def test_rows_of_one_table_are_quoted_from_all_its_passages(embedder: HashEmbedder | None) -> None:
    first, _, rest = TASKS.partition("\n")
    assert len(rows_said("Which tasks does Pavo own?", first, rest, embedder=embedder)) == 2


@EMBEDDERS
def test_records_of_a_list_in_json_are_rows_of_one_table(embedder: HashEmbedder | None) -> None:
    text = "\n".join(f"debtors[{n}].id: {n}; name: {name}; terms_days: {14 + n % 2}" for n, name in enumerate("PQRST"))
    answers = rows_said("Which debtors have terms of 14 days?", text, embedder=embedder)
    assert [answer[8] for answer in answers] == ["0", "2", "4"]


@EMBEDDERS
@pytest.mark.parametrize(("rows", "quoted"), [(7, 7), (8, 8), (20, 8)])
def test_of_many_rows_some_are_quoted_and_that_there_may_be_more_is_told(
    rows: int, quoted: int, embedder: HashEmbedder | None
) -> None:
    text = "\n".join(f"Lot: L{50 + number}; Timber: Oak; Planks: {number}" for number in range(rows))
    answers = rows_said("List all lots of oak", text, embedder=embedder)
    assert len([answer for answer in answers if answer.startswith("Lot: ")]) == quoted
    assert (MORE in answers) == (quoted == 8)


@EMBEDDERS
def test_a_row_of_another_passage_that_fits_less_is_left_out(embedder: HashEmbedder | None) -> None:
    first, second, _ = TASKS.split("\n")
    assert rows_said("Which tasks does Pavo own?", first, second, embedder=embedder) == [first]


@EMBEDDERS
def test_where_not_all_are_asked_for_no_more_rows_are_quoted_than_sentences(embedder: HashEmbedder | None) -> None:
    text = "\n".join(f"Lot: L{50 + number}; Timber: Oak; Planks: {number}" for number in range(7))
    assert len(rows_said("What is a lot of oak?", text, embedder=embedder)) == SENTENCES_MOST
