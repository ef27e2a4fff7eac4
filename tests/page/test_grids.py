"""A sheet or a delimited file is shown as a table: all of its text, the cited cells marked; as lines where in doubt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from api.grids import Block, CellPiece, Grid, column_number
from api.links import source_url
from api.sources import Asked, SourceView, view_source
from rag import Collection, DocumentRecord, Locator
from rag.reading.delimited import read_delimited
from tests.fakes.chromium import watched
from tests.fakes.web_page import Open, opened

pytestmark = pytest.mark.timeout(240)


def view_delimited(text: str, asked: Asked, source: str = "t.csv") -> SourceView:
    """Return what is shown of a delimited file."""
    reading = read_delimited(text, source[-4:])
    record = DocumentRecord("doc_1", source, "T", "sha256:aa", {}, "delimited/1", 9, len(text), 1, "2026-01-01", 1)
    return view_source(record, text, reading.locators, asked, "default")


def view_sheet(text: str, cells: list[tuple[int, str, str]], asked: Asked | None = None) -> SourceView:
    """Return what is shown of a workbook whose cells (start, sheet, name) stand in a text."""
    places = [Locator(start, "cell", (sheet, name)) for start, sheet, name in cells]
    record = DocumentRecord("doc_1", "t.xlsx", "T", "sha256:aa", {}, "sheets/1", 9, len(text), 1, "2026-01-01", 1)
    return view_source(record, text, places, asked or Asked(), "default")


def pieces_of(blocks: list[Block]) -> Iterator[CellPiece]:
    """Yield all pieces, in the order of the text."""
    for block in blocks:
        yield from block.lines
        for row in block.grid.rows if block.grid else ():
            for cell in row.cells:
                yield from cell.pieces


def shown_in(grid: Grid) -> list[list[str]]:
    """Return what is to be seen in the cells of each row."""
    return [["".join(piece.text for piece in cell.pieces if piece.shown) for cell in row.cells] for row in grid.rows]


FIELDS = st.text(alphabet=st.sampled_from('ab1 ",;\n|'), max_size=6)
ROWS = st.lists(st.lists(FIELDS, min_size=2, max_size=4), min_size=1, max_size=8)


def write_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    """Return rows as a CSV file."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return file.getvalue()


@settings(deadline=None, max_examples=60)
@given(ROWS, st.data())
@example([["Item", "Cost"], ["Sand", "12"], ['a "b"', "1\n2"]], None)
def test_a_table_holds_the_text_whole_and_marks_the_cited_words(rows: list[list[str]], data: st.DataObject) -> None:
    text = write_csv(rows)
    start = data.draw(st.integers(0, len(text) - 1)) if data else 12
    end = data.draw(st.integers(start + 1, len(text))) if data else 20
    view = view_delimited(text, Asked(start=start, end=end))
    if not view.blocks:
        return
    blocks = list(pieces_of(view.blocks))
    # Blank lines before the first row stand in no block.
    assert "".join(piece.text for piece in blocks) == text[view.start : view.end].lstrip("\n")
    cited = "".join(piece.text for piece in blocks if piece.cited)
    assert cited == text[start:end].lstrip("\n") if start == 0 else cited == text[start:end]
    begins = [block.begins for block in view.blocks]
    begins += [cell.begins for block in view.blocks if block.grid for row in block.grid.rows for cell in row.cells]
    assert begins.count(True) == 1


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.text(alphabet='ab" ;,\n', min_size=1, max_size=6).map("x".__add__), min_size=3, max_size=3),
                min_size=3, max_size=6))  # fmt: skip
def test_the_cells_are_those_that_another_reader_finds(rows: list[list[str]]) -> None:
    text = write_csv([["First", "Second", "Third"], *rows, ["1", "2", "3"]])
    view = view_delimited(text, Asked())
    if not view.blocks:
        return
    (block,) = view.blocks
    assert block.grid
    assert shown_in(block.grid) == [list(row) for row in csv.reader(io.StringIO(text))]


HARBOURS = 'Harbour,Opened,Note\nKiel,1895,"the ""old"" one"\nBrest,1631,\n\nVell,1702,x\n'


def test_rows_have_their_numbers_columns_their_names_and_quotes_are_not_shown() -> None:
    view = view_delimited(HARBOURS, Asked(start=HARBOURS.index("1895"), end=HARBOURS.index("1895") + 4))
    (block,) = view.blocks
    assert block.grid
    assert [column.name for column in block.grid.columns] == ["Harbour", "Opened", "Note"]
    assert [(row.number, row.heads, row.cited) for row in block.grid.rows] == [
        (1, True, False), (2, False, True), (3, False, False), (4, False, False),
    ]  # fmt: skip
    assert shown_in(block.grid)[1] == ["Kiel", "1895", 'the "old" one']
    assert [cell.cited for cell in block.grid.rows[1].cells] == [False, True, False]


def test_a_long_file_is_shown_in_stretches_of_whole_rows_under_the_same_names() -> None:
    rows = [[f"Station, {number}", str(number), "a\nb"] for number in range(3000)]
    text = write_csv([["Station", "Depth", "Note"], *rows])
    position, numbers, seen = 0, [], ""
    while True:
        view = view_delimited(text, Asked(at=position))
        (block,) = view.blocks
        assert block.grid
        assert [column.name for column in block.grid.columns] == ["Station", "Depth", "Note"]
        numbers += [row.number for row in block.grid.rows]
        seen += "".join(piece.text for piece in pieces_of(view.blocks))
        if view.later_at is None:
            break
        position = view.later_at
    assert seen == text
    assert numbers == list(range(1, 3002))
    middle = view_delimited(text, Asked(at=len(text) // 2))
    assert text[middle.start - 1] == "\n"
    assert text[middle.start :].startswith('"Station, ')


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 12_000), min_size=2, max_size=8), st.data())
@example([20, 300, 300, 25_000, 20], None)
def test_a_citation_opens_where_it_is_marked_however_long_the_rows(lengths: list[int], data: st.DataObject) -> None:
    rows = [[str(number), "word " * (length // 5) + "end"] for number, length in enumerate(lengths)]
    text = write_csv([["Number", "Mail"], *rows])
    row = text.index(f"\n{data.draw(st.integers(0, len(rows) - 1)) if data else 3},")
    start = row + 3 + (data.draw(st.integers(0, 400)) if data else 0)
    start = min(start, len(text) - 1)
    view = view_delimited(text, Asked(start=start, end=start + 1))
    assert view.start <= start < view.end
    assert [piece.cited for piece in [*pieces_of(view.blocks), *view.pieces] if piece.cited]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("no table here\nnor here\n\n", 0),
        (f'Item,Cost\nSand,"{"x" * 90_000}"\nLime,3\n', 10),
        ("", 0),
    ],
    ids=["one column", "endless row", "empty"],
)
def test_where_a_character_would_be_lost_or_a_row_is_endless_the_lines_are_shown(text: str, position: int) -> None:
    view = view_delimited(text, Asked(at=position))
    assert view.blocks == []
    assert "".join(piece.text for piece in view.pieces) == text[view.start : view.end]


def test_the_names_of_a_delimited_file_without_a_header_are_not_made_up() -> None:
    view = view_delimited("1,2\n3,4\n", Asked())
    assert view.blocks[0].grid
    assert [column.name for column in view.blocks[0].grid.columns] == ["", ""]
    assert shown_in(view.blocks[0].grid) == [["1", "2"], ["3", "4"]]


BUDGET = "Budget\n\nDepartment: Sales; Spent: 12: 30; Lead: Vik\nDepartment: Kiln; Lead: Lund\n\nTotal | 12"
CELLS = [
    (BUDGET.index("Department: Sales"), "Budget", "A2"),
    (BUDGET.index("Spent"), "Budget", "B2"),
    (BUDGET.index("Lead: Vik"), "Budget", "AA2"),
    (BUDGET.index("Department: Kiln"), "Budget", "A3"),
    (BUDGET.index("Lead: Lund"), "Budget", "AA3"),
    (BUDGET.index("Total"), "Budget", "A5"),
    (BUDGET.index("12", 80), "Budget", "B5"),
]


def test_a_sheet_is_tables_with_the_letters_and_names_of_their_columns() -> None:
    start = BUDGET.index("Spent")
    view = view_sheet(BUDGET, CELLS, Asked(start=start, end=BUDGET.index("; Lead: Vik")))
    heading, first, last = view.blocks
    assert "".join(piece.text for piece in heading.lines if piece.shown) == "Budget"
    assert first.grid
    assert last.grid
    assert [(each.name, each.letters) for each in first.grid.columns] == [
        ("Department", "A"), ("Spent", "B"), ("Lead", "AA"),
    ]  # fmt: skip
    assert shown_in(first.grid) == [["Sales", "12: 30", "Vik"], ["Kiln", "", "Lund"]]
    assert [row.number for row in first.grid.rows] == [2, 3]
    assert [cell.begins for cell in first.grid.rows[0].cells] == [False, True, False]
    assert [(each.name, each.letters) for each in last.grid.columns] == [("", "A"), ("", "B")]
    pieces = list(pieces_of(view.blocks))
    assert "".join(piece.text for piece in pieces) == BUDGET.replace("\n\nTotal", "\nTotal")
    assert "".join(piece.text for piece in pieces if piece.cited) == "Spent: 12: 30"


@pytest.mark.parametrize(
    "cells",
    [
        [(8, "Budget", "A2"), (9, "Budget", "B2")],
        [(8, "Budget", "A2"), (27, "Budget", "B3")],
        [(8, "Budget", "A2"), (27, "Other", "B2")],
        [(8, "Budget", "A2"), (27, "Budget", "A2")],
        [(10, "Budget", "A2"), (27, "Budget", "B2")],
        [(8, "Budget", "?"), (27, "Budget", "B2")],
    ],
)
def test_cells_that_do_not_stand_as_they_say_leave_the_lines(cells: list[tuple[int, str, str]]) -> None:
    view = view_sheet(BUDGET, cells)
    assert view.blocks == []
    assert "".join(piece.text for piece in view.pieces) == BUDGET


def test_columns_are_in_the_order_of_their_letters() -> None:
    assert sorted(["AA", "B", "Z", "A"], key=column_number) == ["A", "B", "Z", "AA"]


# In a browser

WIDE = [["Station", *(f"Month {month}" for month in range(1, 25))]]
WIDE += [[f"Station <b>{row}</b>", *(str(row * month) for month in range(1, 25))] for row in range(1, 400)]
AT_TOP = (
    "(box) => box.querySelector('thead th:nth-child(2)').getBoundingClientRect().top - box.getBoundingClientRect().top"
)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def wide(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    with opened(browser, tmp_path, {"wide.csv": write_csv(WIDE)}, width=390) as site:
        yield site
        site.require_quiet()


def address_of(collection: Collection, words: str) -> str:
    """Return the address of words in the only document."""
    (record,) = collection.documents()
    start = collection.text(record.document_id).index(words)
    return source_url(record.document_id, (start, start + len(words)))


def require_table(page: Page) -> None:
    """Fail where the cited cell is not seen, or the table does not scroll in its box under its head."""
    cited = page.locator("#cite")
    expect(cited).to_have_text("6100", use_inner_text=True)
    expect(cited).to_be_in_viewport()
    row = page.locator("tr.cited")
    expect(row.locator("th")).to_have_text("306")
    expect(row.locator("td").first).to_have_text("Station <b>305</b>", use_inner_text=True)
    box = page.locator(".grid-box")
    assert box.evaluate("(box) => box.scrollWidth - box.clientWidth") > 500
    assert abs(box.evaluate(AT_TOP)) <= 2
    assert page.evaluate(TOO_WIDE) == 0


def test_a_table_needs_no_script_and_lands_at_the_cited_cell(browser: Browser, wide: Open) -> None:
    with watched(browser, wide.address, width=390, script=False) as seen:
        seen.page.goto(address_of(wide.collection, "6100"))
        require_table(seen.page)
        assert seen.complaints == []


def test_the_source_beside_an_answer_shows_the_same_table(wide: Open) -> None:
    page = wide.page
    page.evaluate(
        "(url) => import('/assets/pane.js').then((pane) => pane.openSource(url, null))",
        address_of(wide.collection, "6100"),
    )
    page.locator("#pane .grid").wait_for()
    require_table(page)
    shown = page.locator("#pane .grid").inner_text()
    page.goto(address_of(wide.collection, "6100"))
    assert page.locator(".grid").inner_text() == shown


STOCK = write_csv([
    ["code", "drug", "strength", "unit", "in stock", "reorder at", "supplier", "expires", "shelf"],
    ["AM250", "Amoxicillin", "250 mg", "tablet", "840", "300", "Norvet", "2026-08", "B2"],
    ["ME15", "Meloxicam oral suspension", "1.5 mg/ml", "bottle", "37", "15", "Norvet", "2027-01", "B3"],
    ["KE100", "Ketamine", "100 mg/ml", "vial", "12", "10", "Norvet", "2026-05", "Safe 1"],
])  # fmt: skip
PARTS_OUT_OF_SIGHT = """(box) => {
  const around = box.getBoundingClientRect();
  const isSeen = (at) => at.width > 0 && at.left >= around.left && at.right <= around.right;
  const parts = Array.from(box.querySelectorAll(".record dd"));
  return parts.filter((part) => !isSeen(part.getBoundingClientRect())).map((part) => part.textContent);
}"""
PARTS = ["KE100", "Ketamine", "100 mg/ml", "vial", "12", "10", "Norvet", "2026-05", "Safe 1"]


@pytest.mark.parametrize("width", [390, 1440])
def test_a_cited_row_is_seen_in_full_and_its_table_scrolled_to_the_column_asked_about(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    with opened(browser, tmp_path, {"stock.csv": STOCK}, width=width) as site:
        for question, column in (("On which shelf is ketamine?", "Safe 1"), ("When does ketamine expire?", "2026-05")):
            link = site.ask(question).locator(".answer .chip").first
            link.click()
            box = site.page.locator("#pane .grid-box")
            expect(box.locator(".record dd")).to_have_text(PARTS)
            assert box.evaluate(PARTS_OUT_OF_SIGHT) == []
            cell = box.locator("tr.cited td", has_text=column).bounding_box()
            around = box.bounding_box()
            assert cell
            assert around
            assert around["x"] <= cell["x"]
            assert cell["x"] + cell["width"] <= around["x"] + around["width"] + 1
            address = link.get_attribute("href")
            site.page.keyboard.press("Escape")
        assert address
        with watched(browser, site.address, width=width, script=False) as seen:
            seen.page.goto(address)
            box = seen.page.locator(".grid-box")
            expect(box.locator(".record dd")).to_have_text(PARTS)
            assert box.evaluate(PARTS_OUT_OF_SIGHT) == []
        site.require_quiet()


def test_a_shadow_lies_along_the_edge_beyond_which_there_are_more_columns(wide: Open) -> None:
    page = wide.page
    page.goto(address_of(wide.collection, "Month 1"))
    box = page.locator(".grid-box")
    at = box.bounding_box()
    assert at
    # The end of the caption's line: nothing is written there.
    edge = {"x": at["x"] + at["width"] - 12, "y": at["y"] + 8, "width": 8, "height": 8}
    box.evaluate("(box) => { box.scrollLeft = 0; }")
    with_more = page.screenshot(clip=edge)
    box.evaluate("(box) => { box.scrollLeft = box.scrollWidth; }")
    assert page.screenshot(clip=edge) != with_more


def test_the_name_of_a_table_stays_in_sight_when_the_table_is_moved_aside(wide: Open) -> None:
    page = wide.page
    page.goto(address_of(wide.collection, "Month 1"))
    box, name = page.locator(".grid-box"), page.locator(".grid caption span")
    box.evaluate("(box) => { box.scrollLeft = box.scrollWidth; }")
    at, shown = box.bounding_box(), name.bounding_box()
    assert at
    assert shown
    assert at["x"] <= shown["x"] < at["x"] + 40


def test_a_cited_row_of_few_columns_is_not_repeated_where_the_table_is_seen_whole(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, tmp_path, {"few.csv": "Port,Opened\nKiel,1895\nBrest,1631\n"}) as site:
        site.page.goto(address_of(site.collection, "Kiel"))
        expect(site.page.locator("tr.cited")).to_be_visible()
        expect(site.page.locator(".record")).to_be_hidden()
        site.page.set_viewport_size({"width": 390, "height": 800})
        expect(site.page.locator(".record")).to_be_visible()
        site.require_quiet()
