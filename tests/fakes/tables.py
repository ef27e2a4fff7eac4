"""Tables of an invented firm in several formats, and questions that one row of them answers."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

STAFF = """Name,Job,Room,Extension,Manager
Alder,welder,H 104,4471,Petri
Birch,rigger,H 105,4472,Petri
Cedar,bookkeeper,A 2.14,4473,Holm
Maple,draughtsman,A 2.15,4474,Holm
Mason,purchaser,B 112,4475,Holm
Olive,sailmaker,C 12,4476,Petri
Rowan,painter,C 13,4477,Petri
Willow,receptionist,A 1.01,4478,Holm
"""

PRICES = """# Price list of the workshop

All prices hold from January and are net.

| Service | Price | Time |
| --- | --- | --- |
| Hull cleaning | 240 euros | 4 hours |
| Engine check | 180 euros | 2 hours |
| Winter storage | 1,150 euros | 6 months |
| Mast inspection | 95 euros | 1 hour |

Ask the workshop for other services.
"""

HOURS = """<html><head><title>Opening hours</title></head><body><h1>Opening hours of the shops</h1>
<p>The shops are closed on public holidays.</p>
<table><tr><th>Shop</th><th>Weekdays</th><th>Saturday</th><th>Sunday</th></tr>
<tr><td>Harbour shop</td><td>9:00 to 18:00</td><td>10:00 to 16:00</td><td>closed</td></tr>
<tr><td>Station shop</td><td>8:00 to 19:00</td><td>8:30 to 14:00</td><td>closed</td></tr>
<tr><td>Museum shop</td><td>10:00 to 17:00</td><td>10:00 to 17:00</td><td>11:00 to 15:00</td></tr></table></body></html>
"""

STOCK = (
    ("Part", "Number", "In stock", "Shelf"),
    ("Bilge pump", "BP-310", "14", "K3"),
    ("Bilge pump", "BP-320", "6", "K4"),
    ("Anchor chain", "AC-8", "120", "M1"),
    ("Fuel filter", "FF-77", "38", "L2"),
    ("Propeller", "PR-15", "3", "N5"),
)

RESULTS = """# Results of the firm

| Item | 2022 | 2023 | 2024 |
| --- | --- | --- | --- |
| Revenue | 5,120 | 5,870 | 6,445 |
| Cost of materials | 2,310 | 2,480 | 2,655 |
| Staff costs | 1,720 | 1,905 | 2,040 |
| Profit before tax | 610 | 745 | 880 |

All figures are in thousands of euros.
"""

QUESTIONS = (
    ("In which room is Mason?", ("B 112",), ("C 12", "A 2.14")),
    ("What is the extension of Willow?", ("4478",), ("4477",)),
    ("Who sits in room A 2.14?", ("Cedar",), ("Maple",)),
    ("Who is the manager of Rowan?", ("Petri",), ("Holm",)),
    ("What is Birch's job?", ("rigger",), ("welder",)),
    ("How much does the engine check cost?", ("180 euros",), ("240 euros",)),
    ("How long does winter storage last?", ("6 months",), ("4 hours",)),
    ("What is the price of a mast inspection?", ("95 euros",), ("180 euros",)),
    ("When is the station shop open on Saturday?", ("8:30 to 14:00",), ("16:00",)),
    ("Which shop is open on Sunday?", ("Museum shop", "11:00 to 15:00"), ("Harbour shop",)),
    ("How many BP-320 are in stock?", ("BP-320", "6"), ("BP-310",)),
    ("On which shelf is the fuel filter?", ("L2",), ("N5",)),
    ("What is the part number of the propeller?", ("PR-15",), ("FF-77",)),
    ("What was the profit before tax in 2023?", ("745", "2023"), ("Revenue",)),
    ("How high were the staff costs in 2024?", ("2,040", "2024"), ("Cost of materials",)),
)
"""Each question with what its answer must say, and what it must not."""


def write_tables(folder: Path) -> None:
    """Write the tables below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("staff.csv", STAFF), ("prices.md", PRICES), ("hours.html", HOURS), ("results.md", RESULTS)):
        (folder / name).write_text(text, encoding="utf-8")
    write_workbook(folder / "stock.xlsx", STOCK)


def write_workbook(path: Path, rows: tuple[tuple[str, ...], ...]) -> None:
    """Write a workbook of one sheet, as little of it as a reader needs."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    cells = "".join(
        f'<row r="{number}">' + "".join(cell(column, number, text) for column, text in enumerate(row)) + "</row>"
        for number, row in enumerate(rows, 1)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Stock" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


def cell(column: int, row: int, text: str) -> str:
    """Return a cell: a number where it is one, else text."""
    place = f"{'ABCDEFGH'[column]}{row}"
    if text.isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
