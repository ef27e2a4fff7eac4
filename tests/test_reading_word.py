"""What stands in a Word document but is not seen, or not where it seems to stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.types import Document
from rag.types.places import describe
from tests.test_reading_formats import read_text, repacked

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def run(words: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def paragraph(words: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(words)}</w:p>"


def cell(words: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(words)}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def control(content: str) -> str:
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def word(folder: Path, body: str, styles: str = "") -> Document:
    """Read a real document whose body and styles are put in the place of its own."""
    document = f"<w:document {NAMESPACE}><w:body>{body}</w:body></w:document>"
    members = {"word/document.xml": document, "word/styles.xml": f"<w:styles {NAMESPACE}>{styles}</w:styles>"}
    return read_text(folder, "a.docx", repacked("report.docx", **members))


def test_a_table_within_a_cell_gives_its_outer_table_no_rows(tmp_path: Path) -> None:
    inner = table(row(cell("north"), cell("3")), row(cell("south"), cell("4")))
    down = "<w:vMerge/>"
    body = table(
        row(cell("Bridge"), cell("Load"), cell("Lamps")),
        row(cell("Kestrel", '<w:vMerge w:val="restart"/>'), cell("12"), f"<w:tc>{inner}</w:tc>"),
        row(cell("", down), cell("14"), cell("none")),
    )
    assert word(tmp_path, body).text == (
        "Bridge: Kestrel; Load: 12; Lamps: north 3 south 4\nBridge: Kestrel; Load: 14; Lamps: none"
    )


def test_a_row_or_a_cell_in_a_content_control_is_read_and_each_cell_stands_under_its_column(tmp_path: Path) -> None:
    body = table(
        row(cell("Item"), cell("Owner"), cell("Cost")),
        control(row(cell("Sand"), control(cell("Works")), cell("120"))),
        row(cell("Port"), cell("80"), properties='<w:gridBefore w:val="1"/>'),
    )
    assert word(tmp_path, body).text == "Item: Sand; Owner: Works; Cost: 120\nOwner: Port; Cost: 80"


def test_what_is_deleted_under_tracking_is_no_text(tmp_path: Path) -> None:
    body = (
        f'<w:p><w:del w:id="1"><w:r><w:delText>Struck out.</w:delText></w:r></w:del>{run("It stands.")}</w:p>'
        f'<w:p><w:moveFrom w:id="2">{run("Moved away.")}</w:moveFrom></w:p>'
        f'<w:p><w:moveTo w:id="3">{run("Moved here.")}</w:moveTo><w:ins w:id="4">{run(" Put in.")}</w:ins></w:p>'
    ) + table(
        row(cell("Item"), cell("Owner"), cell("Cost")),
        row(cell("Gone"), cell("Nobody"), cell("1"), properties='<w:del w:id="5"/>'),
        row(cell("Sand"), cell("Works"), cell("120"), properties='<w:ins w:id="6"/>'),
    )
    assert word(tmp_path, body).text == "It stands.\n\nMoved here. Put in.\n\nItem: Sand; Owner: Works; Cost: 120"


def test_what_is_hidden_by_itself_or_by_a_style_is_no_text(tmp_path: Path) -> None:
    styles = (
        '<w:style w:styleId="Ghost"><w:name w:val="Ghost"/><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="Heir"><w:name w:val="Heir"/><w:basedOn w:val="Ghost"/></w:style>'
        '<w:style w:styleId="Seen"><w:name w:val="Seen"/><w:basedOn w:val="Ghost"/>'
        '<w:rPr><w:vanish w:val="0"/></w:rPr></w:style>'
    )
    runs = (
        run("By itself. ", "<w:vanish/>"),
        run("By a style. ", '<w:rStyle w:val="Heir"/>'),
        run("Seen. "),
        run("Seen, too.", '<w:rStyle w:val="Seen"/>'),
    )
    ghost = '<w:pStyle w:val="Ghost"/>'
    shown = run("But this.", '<w:vanish w:val="0"/>')
    body = f"<w:p>{''.join(runs)}</w:p>" + paragraph("By the style of its paragraph.", ghost)
    body += f"<w:p><w:pPr>{ghost}</w:pPr>{shown}</w:p>"
    assert word(tmp_path, body, styles).text == "Seen. Seen, too.\n\nBut this."


def test_a_note_of_a_cell_stands_after_its_table(tmp_path: Path) -> None:
    noted = f'<w:tc><w:p>{run("120")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p></w:tc>'
    body = table(row(cell("Item"), cell("Cost")), row(cell("Sand"), noted)) + paragraph("After it.")
    assert word(tmp_path, body).text == (
        "Item: Sand; Cost: 120 [1]\n\n[1] Measured with a laser level at 6 degrees Celsius.\n\nAfter it."
    )


@pytest.mark.parametrize("level", ["", 'w:val=""', 'w:val="12"', 'w:val="x"'])
def test_a_level_that_is_none_makes_no_heading(tmp_path: Path, level: str) -> None:
    document = word(tmp_path, paragraph("Words.", f"<w:outlineLvl {level}/>"))
    assert (document.text, document.locators) == ("Words.", ())


SPAN = '<w:gridSpan w:val="2"/>'
START, ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


@pytest.mark.parametrize("first", [[cell("Part"), cell("")], [cell("Part", START), cell("", ON)]])
def test_a_name_above_several_columns_names_each_of_them(tmp_path: Path, first: list[str]) -> None:
    body = table(
        row(first[0], cell("Warranty", SPAN)),
        row(first[1], cell("Homes"), cell("Schools")),
        row(cell("Heater"), cell("24"), cell("12")),
        row(cell("Brick"), cell("60"), cell("36")),
    )
    assert word(tmp_path, body).text == (
        "Part: Heater; Warranty Homes: 24; Warranty Schools: 12\nPart: Brick; Warranty Homes: 60; Warranty Schools: 36"
    )


def test_a_title_above_all_columns_is_no_name_of_them(tmp_path: Path) -> None:
    span = SPAN.replace("2", "3")
    rows = [
        row(*map(cell, words)) for words in (("Heater", "new", "blue"), ("Brick", "old", "red"), ("Lid", "new", "red"))
    ]
    body = table(row(cell("Stock", span)), *rows)
    assert word(tmp_path, body).text == "Stock\nHeater | new | blue\nBrick | old | red\nLid | new | red"


def test_a_row_of_figures_is_no_part_of_the_header_above_it(tmp_path: Path) -> None:
    body = table(
        row(cell("Region"), cell("Sales", SPAN)),
        row(cell("North"), cell("5"), cell("6")),
        row(cell("South"), cell("7"), cell("8")),
    )
    assert "5" in word(tmp_path, body).text.splitlines()[1]


def test_a_row_of_a_table_has_its_place_and_what_follows_has_none(tmp_path: Path) -> None:
    rows = [row(cell("Item"), cell("Sand"), cell("Lime")), row(cell("a"), cell("1"), cell("2")), row(cell(""))]
    rows.append(row(cell("b"), cell("3"), cell("4")))
    document = word(tmp_path, table(*rows) + paragraph("Between.") + table(*rows) + table(*rows) + paragraph("After."))

    def place(words: str, nth: int = 0) -> str | None:
        start = [found.start() for found in re.finditer(re.escape(words), document.text)][nth]
        return describe(document.locators, start, start + len(words)).locator

    line = "Item: b; Sand: 3; Lime: 4"
    assert [place(line, nth) for nth in range(3)] == [f"table {number}, row 4" for number in (1, 2, 3)]
    assert place(f"Item: a; Sand: 1; Lime: 2\n{line}") == "table 1, rows 2-4"
    assert place("Between.") is None
    assert place("After.") is None
