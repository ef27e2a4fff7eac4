"""What a sheet shows: shares and money as they are formatted, and nothing of rows and columns that are hidden."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from rag.errors import SourceDamaged
from rag.reading.office.sheet_looks import Format, Looks, read_figure, read_sheet
from rag.reading.office.sheets import show_cell
from rag.reading.tables import has_header
from rag.types import Document
from tests.test_reading_formats import read_text, repacked

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
FORMATS = ("General", "0%", "0.0%", "#,##0.00\\ [$€-407]", "yyyy\\-mm\\-dd")
STYLES = (
    f"<styleSheet {SPACE}><numFmts>"
    + "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in enumerate(FORMATS))
    + "</numFmts><cellXfs>"
    + "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(FORMATS)))
    + '<xf numFmtId="10"/></cellXfs></styleSheet>'
)
NAMES = ("Item", "Share", "Rate", "Cost", "Day", "Vat")


def workbook(folder: Path, *rows: str, columns: str = "") -> str:
    """Return the text of the sheet that `read` puts into a real workbook."""
    return read(folder, *rows, columns=columns).text.partition("Dates & shares\n\n")[2].partition("\n\nReadings")[0]


def read(folder: Path, *rows: str, columns: str = "") -> Document:
    """Read a real workbook with one of its sheets, and its styles, put in the place of its own."""
    head = cells(1, *NAMES)
    data = f"<worksheet {SPACE}>{columns}<sheetData><row r='1'>{head}</row>{''.join(rows)}</sheetData></worksheet>"
    content = repacked("budget.xlsx", **{"xl/styles.xml": STYLES, "xl/worksheets/sheet2.xml": data})
    return read_text(folder, "a.xlsx", content)


def cells(row: int, *values: str | float) -> str:
    """Return the cells of a row, each in the format of its column."""
    found = ""
    for at, value in enumerate(values):
        place = f'r="{"ABCDEF"[at]}{row}" s="{at}"'
        found += (
            f"<c {place}><v>{value}</v></c>"
            if not isinstance(value, str)
            else f'<c {place} t="inlineStr"><is><t>{value}</t></is></c>'
        )
    return found


def test_a_share_and_money_read_as_they_are_shown(tmp_path: Path) -> None:
    row = f"<row r='2'>{cells(2, 'Sand', 0.15, 0.125, 1200, 45505, 0.25)}</row>"
    assert workbook(tmp_path, row) == "Item: Sand; Share: 15%; Rate: 12.5%; Cost: 1200 €; Day: 2024-08-01; Vat: 25.00%"


def test_rows_and_columns_that_are_hidden_are_no_text(tmp_path: Path) -> None:
    seen = f"<row r='2'>{cells(2, 'Sand', 0.15, 0.1, 12)}</row>"
    secret = f"<row r='3' hidden='1'>{cells(3, 'Secret', 0.9, 0.9, 99)}</row>"
    after = f"<row r='4' hidden='false'>{cells(4, 'Clay', 0.2, 0.3, 7)}</row>"
    columns = "<cols><col min='3' max='3' hidden='true'/><col min='5' max='6' hidden='1'/></cols>"
    assert workbook(tmp_path, seen, secret, after, columns=columns) == (
        "Item: Sand; Share: 15%; Cost: 12 €\nItem: Clay; Share: 20%; Cost: 7 €"
    )


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("0.00%", Format(decimals=2)),
        ("#,##0 %", Format(decimals=0)),
        ("$#,##0.00", Format(before="$")),
        ('#,##0.00\\ "kr"', Format(behind=" kr")),
        ("[$CHF-807] #,##0;[Red]-#,##0", Format(before="CHF ")),
        ("General", None),
        ("0.00", None),
        ('0 "pieces"', None),
        ("d/m/yyyy", None),
        ("0%0", None),
        ("[h]:mm", None),
    ],
)
def test_only_what_is_certain_of_a_format_is_shown(code: str, shown: Format | None) -> None:
    assert read_figure(code) == shown


CLAY = "Clay"
FILTER = "<autoFilter ref='A1:F4'><filterColumn colId='0'/></autoFilter>"
BUTTONS = "<autoFilter ref='A1:F4'/>"


@pytest.mark.parametrize(
    ("filtering", "shown"),
    [
        (FILTER, ["Sand", "Clay", "Lime"]),
        ("<sheetPr filterMode='1'/>" + BUTTONS, ["Sand", "Clay", "Lime"]),
        (BUTTONS, ["Sand", "Lime"]),
        (FILTER.replace("F4", "F2"), ["Sand", "Lime"]),
    ],
)
def test_rows_that_a_filter_leaves_out_are_data(tmp_path: Path, filtering: str, shown: list[str]) -> None:
    rows = [
        f"<row r='{number}' hidden='{int(name == CLAY)}'>{cells(number, name, 0.1, 0.2, 5)}</row>"
        for number, name in enumerate(("Sand", "Clay", "Lime"), 2)
    ]
    text = workbook(tmp_path, *rows, columns=filtering)
    assert [line.partition(";")[0] for line in text.splitlines()] == [f"Item: {name}" for name in shown]


def test_the_filter_of_a_table_counts_too(tmp_path: Path) -> None:
    sheet = f"<worksheet><row r='3' hidden='1'>{cells(3, 'Clay')}</row></worksheet>".encode()
    assert read_sheet(sheet, {}).hidden_rows == {2}
    assert read_sheet(sheet, {}, [f"<table>{FILTER}</table>".encode()]).hidden_rows == set()


def test_what_is_hidden_by_hand_is_told(tmp_path: Path) -> None:
    rows = [f"<row r='{number}' hidden='1'>{cells(number, 'Secret', 0.9)}</row>" for number in (3, 4, 6)]
    rows += [f"<row r='2'>{cells(2, 'Sand', 0.1)}</row>", "<row r='9' hidden='1'/>"]
    columns = "<cols><col min='2' max='2' hidden='1'/><col min='9' max='9' hidden='1'/></cols>"
    told = read(tmp_path, *sorted(rows), columns=columns).metadata["hidden_cells"]
    assert told == "rows 3-4, 6 of 'Dates & shares', column B of 'Dates & shares'"


def value_of(folder: Path, code: str, value: str) -> str:
    """Return what is read of one cell with a number in a format, below a figure that makes the first row a header."""
    styles = (
        f"<styleSheet {SPACE}><numFmts><numFmt numFmtId='200' formatCode={quoteattr(code)}/></numFmts>"
        "<cellXfs><xf numFmtId='0'/><xf numFmtId='200'/></cellXfs></styleSheet>"
    )
    rows = f"<row r='1'>{cells(1, 'Item')}<c r='B1' t='inlineStr'><is><t>Value</t></is></c></row>"
    rows += "<row r='2'><c r='A2'><v>7</v></c>" + f"<c r='B2' s='1'><v>{value}</v></c></row>"
    data = f"<worksheet {SPACE}><sheetData>{rows}</sheetData></worksheet>"
    content = repacked("budget.xlsx", **{"xl/styles.xml": styles, "xl/worksheets/sheet2.xml": data})
    text = read_text(folder, "a.xlsx", content).text
    row = text.partition("Dates & shares\n\n")[2].partition("\n\nReadings")[0]
    return row.partition("7")[2].partition("Value: ")[2]


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        (";;;", "5", ""),
        (";;;@", "-5", ""),
        ("[Red];;;", "5", ""),
        (";-0", "5", ""),
        ("0;-0;;@", "0", ""),
        ("0;-0;;@", "-3", "-3"),
        ("0%;-0%;", "0", ""),
        ('0;"a;;b"', "5", "5"),
        ("[<1];0", "0.5", "0.5"),
        ('0.0,,"M"', "2500000", "2500000"),
        ("$#,##0.0,", "2500000", "2500000"),
        ("0%", "0.125", "13%"),
        ("0%", "0.145", "15%"),
        ("0%", "-0.125", "-13%"),
        ("0%", "0.285", "29%"),
        ("0.0%", "0.0125", "1.3%"),
        ("0%", "-0.001", "0%"),
        ("0%", "1e400", "inf"),
        ("0%", "NaN", "nan"),
        ("[h]:mm", "1.5", "36:00"),
        ("[h]:mm:ss", "2.123456", "50:57:47"),
        ("[h]:mm", "1.9999999", "48:00"),
        ("[h]:mm", "-0.5", "-0.5"),
        ("h:mm", "1.5", "12:00"),
        ("h:mm AM/PM", "45505.25", "06:00"),
        ("h:mm", "-0.25", "-0.25"),
        ("d/m/yyyy h:mm", "45505.5", "2024-08-01 12:00"),
        ("yyyy\\-mm\\-dd", "-5", "-5"),
        ("yyyy\\-mm\\-dd", "0", "0"),
        ("yyyy\\-mm\\-dd", "NaN", "nan"),
        ("yyyy\\-mm\\-dd", "3000000", "3000000"),
        ("yyyy\\-mm\\-dd", "1e300", "1e+300"),
    ],
)
def test_a_number_reads_as_the_program_shows_it_or_as_it_is(tmp_path: Path, code: str, value: str, shown: str) -> None:
    assert value_of(tmp_path, code, value) == shown


def test_a_time_beyond_all_telling_is_an_error_of_its_file(tmp_path: Path) -> None:
    with pytest.raises(SourceDamaged, match="longer than can be told"):
        value_of(tmp_path, "[h]:mm", "1e20")


def test_words_that_a_format_hides_are_no_text(tmp_path: Path) -> None:
    assert not show_cell("secret", (1, 1), Looks(formats={(1, 1): Format(hides="+-0@")}))
    assert show_cell("seen", (1, 1), Looks(formats={(1, 1): Format(hides="+-0")})) == "seen"


def test_a_column_of_durations_has_a_header(tmp_path: Path) -> None:
    assert has_header([["Task", "Hours"], ["Painting", "36:00"], ["Sanding", "7:30"]])
    assert has_header([["Day", "9:00", "10:00"], ["Monday", "French", "History"]])
