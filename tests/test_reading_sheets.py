"""What a sheet shows: shares and money as they are formatted, and nothing of rows and columns that are hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.reading.office.sheet_looks import Format, read_code
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
    """Read a real workbook with one of its sheets, and its styles, put in the place of its own."""
    head = cells(1, *NAMES)
    data = f"<worksheet {SPACE}>{columns}<sheetData><row r='1'>{head}</row>{''.join(rows)}</sheetData></worksheet>"
    content = repacked("budget.xlsx", **{"xl/styles.xml": STYLES, "xl/worksheets/sheet2.xml": data})
    text = read_text(folder, "a.xlsx", content).text
    return text.partition("Dates & shares\n\n")[2].partition("\n\nReadings")[0]


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
    assert read_code(code) == shown
