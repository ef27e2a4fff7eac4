"""Rows of tables in PDFs: each figure with the header over it, and never with another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.reading.pdf import picture_page
from rag.reading.pdf.columns import name_rows
from rag.reading.pdf.flow import flow
from rag.reading.pdf.pages import Cell, Line, PlacedLine
from rag.types import Span
from tests.fakes.citations import cite
from tests.test_reading import assert_maps
from tests.test_reading_pdf import read_file, written_pdf

EM = 9.0
Row = tuple[tuple[str, float, float], ...]


def place(*rows: Row, bases: tuple[float, ...] = ()) -> tuple[str, list[PlacedLine]]:
    """Lay out the cells of a page's lines, each with its left and right edge; lines are 12 points apart."""
    text, lines = "", []
    for number, row in enumerate(rows):
        cells: list[Cell] = []
        start = len(text)
        for words, left, right in row:
            first = len(text)
            text += words
            cells.append(Cell(first, len(text), left, right))
            text += " "
        end = len(text) - 1
        text = text[:end] + "\n"
        base = bases[number] if bases else 700.0 - 12 * number
        box = Line(start, end, cells[0].left, cells[-1].right, base, EM, tuple(cells))
        lines.append(PlacedLine(text[start:end], start, end, 1, box))
    return text[:-1], lines


def row(label: str, *figures: str, at: tuple[float, ...] = (350, 430, 510, 590)) -> Row:
    """Return a row whose figures end at these places."""
    return ((label, 20, 20 + 4 * len(label)), *((f, right - 4 * len(f), right) for f, right in zip(figures, at)))  # noqa: B905


def over(*words: tuple[str, float]) -> Row:
    """Return a line of a header whose words have these middles."""
    return tuple((name, middle - 2 * len(name), middle + 2 * len(name)) for name, middle in words)


YEARS = over(("2022", 340), ("2021", 420), ("2022", 500), ("2021", 580))
MONTHS = over(("Three Months Ended", 375), ("Nine Months Ended", 535))
SALES, COSTS = row("Net sales", "82,959", "81,434", "304,182", "282,457"), row("Costs", "(10)", "—", "(97)", "796")


def read(*rows: Row, bases: tuple[float, ...] = ()) -> list[str]:
    text, lines = place(*rows, bases=bases)
    reading = flow(text, lines)
    assert_maps(reading, text)
    return reading.text.split("\n")


def test_a_row_reads_with_the_header_over_each_figure_and_the_header_stays_where_it_is() -> None:
    assert read(MONTHS, YEARS, SALES, COSTS) == [
        "Three Months Ended Nine Months Ended",
        "2022 2021 2022 2021",
        "Net sales: Three Months Ended 2022: 82,959; Three Months Ended 2021: 81,434; "
        "Nine Months Ended 2022: 304,182; Nine Months Ended 2021: 282,457",
        "Costs: Three Months Ended 2022: (10); Three Months Ended 2021: —; "
        "Nine Months Ended 2022: (97); Nine Months Ended 2021: 796",
    ]


def test_a_currency_goes_with_the_figure_after_it() -> None:
    two = over(("2022", 330), ("2021", 420))
    dollars = (("Sales", 20, 60), ("$", 305, 309), ("82,959", 326, 350), ("$", 385, 389), ("81,434", 406, 430))
    hanging = (("Rent", 20, 60), ("$", 305, 309), ("7,959 $", 330, 389), ("1,434", 410, 430))
    assert read(two, dollars, hanging)[1:] == [
        "Sales: 2022: $ 82,959; 2021: $ 81,434",
        "Rent: 2022: $ 7,959; 2021: $ 1,434",
    ]


def test_a_row_that_lacks_a_figure_names_the_columns_of_those_it_has() -> None:
    short = (("Fees", 20, 60), ("796", 578, 590))
    assert "Fees: Nine Months Ended 2021: 796" in read(MONTHS, YEARS, SALES, short)


@pytest.mark.parametrize(
    "rows",
    [
        (SALES, COSTS),
        (YEARS, SALES, COSTS),
        (over(("2022", 340), ("2021", 420), ("2020", 500)), SALES, COSTS),
        (over(("37", 340), ("21", 420), ("5", 500), ("4", 580)), SALES, COSTS),
        (over(("and fees", 340), ("Rent", 420), ("Tax", 500), ("Total", 580)), SALES, COSTS),
        (over(("January 29,", 340), ("Rent", 420), ("Tax", 500), ("Total", 580)), SALES, COSTS),
        (over(("2023", 340), ("June 3, 2022", 420), ("Tax", 500), ("Total", 580)), SALES, COSTS),
        (MONTHS, YEARS, SALES),
        (MONTHS, YEARS, SALES, row("Costs", "1", "2", "30", "40", at=(334, 346, 510, 590))),
    ],
    ids=[
        "no header",
        "names alike",
        "too few",
        "numbers",
        "half a name",
        "half a date",
        "a year for a date",
        "one row",
        "askew",
    ],
)
def test_where_the_columns_are_not_certain_rows_stay_as_they_are_written(rows: tuple[Row, ...]) -> None:
    text, lines = place(*rows)
    assert not name_rows(lines)
    assert read(*rows)[-1] == text.split("\n")[-1]


def test_a_day_over_a_year_makes_a_date_only_in_its_own_column() -> None:
    lower = over(("2022", 345), ("Bought", 408), ("Other", 491), ("2023", 565))
    upper = over(("June 30,", 339), ("March 31,", 556))
    ends = (353, 427, 509, 573)
    cells = [cell for end in ends for cell in (("$", end - 61.0, end - 57.0), ("10", end - 8.0, float(end)))]
    timber: Row = (("Timber", 20, 60), *cells)
    named = "Timber: June 30, 2022: $ 10; Bought: $ 10; Other: $ 10; March 31, 2023: $ 10"
    assert read(upper, lower, timber, timber)[-1] == named


def test_a_period_over_some_columns_is_left_out_where_it_is_not_certain_which() -> None:
    lower = over(("2023", 340), ("2022", 420), ("Change", 495))
    upper = over(("Three Months Ended", 375))
    three = row("Costs", "10", "20", "30")
    ended = over(("March 31,", 410), ("Percentage", 490))
    assert read(upper, ended, lower, three, three)[-1] == "Costs: 2023: 10; 2022: 20; Percentage Change: 30"


def test_a_unit_over_all_columns_is_no_part_of_their_names_and_text_above_is_none() -> None:
    prose: Row = (("The table shows what was sold and what it cost, in the months that ended in June.", 20, 594),)
    unit = over(("(In millions)", 460))
    rows = read(prose, MONTHS, YEARS, unit, SALES, COSTS)
    assert rows[-1].startswith("Costs: Three Months Ended 2022: (10); ")


def test_another_header_below_begins_another_table() -> None:
    rest = over(("Rent", 340), ("Tax", 420), ("Fees", 500), ("Total", 580))
    rows = read(MONTHS, YEARS, SALES, COSTS, rest, SALES, COSTS)
    assert rows[-1] == "Costs: Rent: (10); Tax: —; Fees: (97); Total: 796"
    far = [700.0, 688.0, 676.0, 664.0, 400.0]
    assert read(MONTHS, YEARS, SALES, COSTS, SALES, bases=tuple(far))[-1].startswith("Net sales 82,959")


def statement() -> bytes:
    """Return a PDF with a statement of two years, set in a face whose digits are 6.67 points wide."""

    def at(x: float, y: float, words: str) -> str:
        return f"BT /F 12 Tf {x} {y} Td ({words}) Tj ET\n"

    rows = [("Timber sold", "4,120", "3,980"), ("Total income of the harbour", "9,655", "8,712")]
    shown = at(30, 520, "The harbour's income is told below, by year and in crowns.")
    shown += at(240, 480, "2024") + at(340, 480, "2023")
    for number, (label, this, last) in enumerate(rows):
        y = 460 - 16 * number
        shown += at(30, y, label) + at(240, y, this) + at(340, y, last)
    return written_pdf(shown, "")


def test_a_citation_of_a_row_is_verbatim_and_its_words_are_marked_on_the_page(tmp_path: Path) -> None:
    path = tmp_path / "income.pdf"
    path.write_bytes(statement())
    document = read_file(path)
    assert "Total income of the harbour: 2024: 9,655; 2023: 8,712" in document.reading.text
    assert "Total income of the harbour 9,655 8,712" in document.text
    (citation,) = cite(path, tmp_path, "Total income of the harbour: 2024: 9,655; 2023: 8,712")
    assert citation.quote == "Total income of the harbour 9,655 8,712"
    (box,) = picture_page(path.read_bytes(), 1, [Span(citation.start, citation.end)]).boxes
    assert box.width > 400


FLUSH = (("Channel", 40.0, 80.0), ("Income (£)", 152.0, 213.0), ("Share", 227.0, 256.0))


def flush_row(label: str, income: str, share: str) -> Row:
    return ((label, 20.0, 100.0), (income, 152.0, 152.0 + 5 * len(income)), (share, 227.0, 227.0 + 5 * len(share)))


def test_a_header_flush_with_the_figures_below_it_names_them_however_much_longer_it_is() -> None:
    rows = flush_row("Ferry", "112,300", "60%"), flush_row("Bar", "900", "2%")
    assert read(FLUSH, *rows)[1:] == ["Ferry: Income (£): 112,300; Share: 60%", "Bar: Income (£): 900; Share: 2%"]


def test_a_header_that_reaches_over_the_next_column_names_neither() -> None:
    header = (FLUSH[0], ("Income (£) this year", 152.0, 232.0), ("Share", 241.0, 264.0))
    rows = flush_row("Ferry", "112,300", "1,160,000"), flush_row("Bar", "900", "2")
    assert read(header, *rows)[1:] == ["Ferry 112,300 1,160,000", "Bar 900 2"]
