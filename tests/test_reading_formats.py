"""Files of each format, made by real programs: their text, places and titles, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from rag.errors import (
    SourceDamaged,
    SourceEncrypted,
    SourceError,
    SourceNotText,
    SourceTooLarge,
    SourceUnsupported,
)
from rag.reading import archive, read
from rag.types import Document, Locator, describe
from tests.fakes.citations import cite
from tests.test_reading import assert_maps

DOCUMENTS = Path(__file__).parent / "documents"
LINNET = "The Linnet Bridge is to be closed for eleven days in August."


def read_file(path: Path, max_characters: int = 10**6) -> Document:
    return read(path, source=path.name, max_bytes=10**7, max_characters=max_characters)


def read_text(folder: Path, name: str, content: str | bytes) -> Document:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(folder / name)


def headings(document: Document) -> list[tuple[str, ...]]:
    return [locator.value for locator in document.locators if locator.kind == "heading"]


def zipped(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def repacked(name: str, **changed: str | bytes) -> bytes:
    """Return a document of the folder with members of its archive changed or added."""
    with zipfile.ZipFile(DOCUMENTS / name) as file:
        members = {member: file.read(member) for member in file.namelist()}
    return zipped(**{**members, **changed})


@pytest.mark.parametrize("name", ["report.docx", "report.odt"])
def test_a_word_processors_document_reads_in_its_order(name: str) -> None:
    document = read_file(DOCUMENTS / name)
    assert document.title == "Survey of the Harbour Bridges"
    assert document.metadata == {"author": "Ines Holm", "language": "en-GB", "date": "2024-03-05", "date_from": "file"}
    assert headings(document) == [("Findings",), ("Costs",), ("Costs", "Repairs by bridge"), ("Next steps",)]
    text = document.text
    assert "since the survey of 2019. [1]\n\n[1] Measured with a laser level at 6 degrees Celsius.\n" in text
    assert "Paint on the eastern rail is gone.\nTwo lamps do not burn.\n" in text
    assert (
        "\nBridge: Kestrel Bridge; Paint: 120; Bearings: 455\nBridge: Linnet Bridge; Paint: 80; Bearings: 0\n" in text
    )
    assert "internal paper 17" not in text
    for locator in document.locators:
        assert locator.kind != "heading" or text[locator.start :].startswith(locator.value[-1])
    assert_maps(document.reading, text)


@pytest.mark.parametrize("name", ["report.docx", "report.odt"])
def test_a_row_of_a_table_in_a_document_can_be_cited(name: str, tmp_path: Path) -> None:
    row, sentence = cite(DOCUMENTS / name, tmp_path, "Bridge: Kestrel Bridge; Paint: 120; Bearings: 455", LINNET)
    assert row.heading == ("Costs", "Repairs by bridge")
    assert sentence.quote == LINNET


@pytest.mark.parametrize("name", ["talk.pptx", "talk.odp"])
def test_slides_are_places_with_their_titles_tables_and_notes(name: str, tmp_path: Path) -> None:
    document = read_file(DOCUMENTS / name)
    assert document.title == "Ships of the Coast"
    assert headings(document) == [("Ships of the Coast",), ("Traffic",), ("Ships by port",)]
    assert "Most ships call at Orme.\nVell is closed in winter.\n" in document.text
    assert "Port: Orme; Ships: 412\nPort: Vell; Ships: 97" in document.text
    assert "<number>" not in document.text
    notes, row = cite(
        DOCUMENTS / name, tmp_path, "The pilots of Vell were on strike in March.", "Port: Orme; Ships: 412"
    )
    assert (notes.locator, row.locator) == ("slide 2", "slide 3")


@pytest.mark.parametrize("name", ["budget.xlsx", "budget.ods"])
def test_a_row_of_a_sheet_names_its_columns_and_its_cells(name: str, tmp_path: Path) -> None:
    document = read_file(DOCUMENTS / name)
    text = document.text
    assert text.startswith(
        "Budget\n\nBudget of the harbour, thousands of crowns\n\nItem: Dredging; Owner: Port office;"
    )
    assert "\nItem: Lamps; Owner: Works; 2023: 80; 2024: 95\n" in text
    assert "\nnorth | 3.25 | 7\nsouth | 2 | 9\n" in text
    assert "2024-08-01" in text
    assert document.title == "Harbour Budget"
    start = text.index("Owner: Works")
    end = text.index("\n", start)
    assert describe(document.locators, start, end).locator == "Budget!B5:D5"
    assert describe(document.locators, text.index("north"), text.index("north") + 5).locator == "Readings!A1"
    kestrel = text.index("Kestrel")
    assert describe(document.locators, kestrel, kestrel + 5).locator == "'Dates & shares'!A3"
    row, reading = cite(DOCUMENTS / name, tmp_path, "Item: Lamps; Owner: Works; 2023: 80; 2024: 95", "south | 2 | 9")
    assert (row.locator, reading.locator) == ("Budget!A5:D5", "Readings!A2:C2")


def test_a_header_that_spans_columns_is_said_in_each() -> None:
    text = read_file(DOCUMENTS / "budget.xlsx").text
    assert "Bridge: Kestrel; Closing From: 2024-08-01; Closing Until: 2024-08-11; Share: 12.5%\n" in text


@pytest.mark.parametrize("name", ["book.epub", "book.html", "book.docx"])
def test_a_book_a_page_and_a_document_of_one_source_say_the_same(name: str) -> None:
    document = read_file(DOCUMENTS / name)
    assert document.title == "The Lamp Keepers"
    assert document.metadata["author"] == "Ines Holm"
    assert headings(document)[-3:] == [("The Island",), ("The Island", "The Lamp"), ("The Storm",)]
    text = document.text
    assert "It needed eleven litres of oil a night.\nIts light was seen from nineteen miles." in text
    assert "Year: 1898; Wrecks: 3; Saved: 17\nYear: 1899; Wrecks: 9; Saved: 41" in text
    assert "The lamp burned rapeseed oil." in text
    assert "Its keeper was Tove Lind, who stayed for forty years." in text
    assert_maps(document.reading, text)


def test_a_citation_of_a_book_names_its_chapter(tmp_path: Path) -> None:
    (storm,) = cite(DOCUMENTS / "book.epub", tmp_path, "In the winter of 1899 the gallery was torn away by a wave.")
    assert storm.locator == "The Storm"


def test_html_shows_what_a_browser_shows(tmp_path: Path) -> None:
    page = """<!doctype html><html lang=de><head><title>A &amp; B</title><style>x{}</style>
    <link rel=canonical href="https://example.org/a"><meta property="article:published_time" content="2023-05-06T10:00">
    <body><nav>Home</nav><script>alert(1)</script><h1>Caf&eacute;</h1><p hidden>secret<p>Read <a href="x">the
    report</a>,<br>today.<p style="display: none">ghost</p><div aria-hidden=true>icon</div>
    <ul><li>one<li>two</ul><pre>a
  b</pre><table><tr><td>Key<td>Value<tr><td>Age<td rowspan=2>12<tr><td>Size</table><img alt="A map" src=x>"""
    document = read_text(tmp_path, "a.html", page)
    assert document.text == (
        "Café\n\nRead the report,\ntoday.\n\none\ntwo\n\na\n  b\n\nKey: Age; Value: 12\nKey: Size; Value: 12\n\nA map"
    )
    assert document.title == "A & B"
    assert document.metadata == {
        "date": "2023-05-06",
        "date_from": "stated",
        "language": "de",
        "address": "https://example.org/a",
    }
    assert read_text(tmp_path, "a.txt", page).text == document.text


def test_html_is_decoded_as_it_says(tmp_path: Path) -> None:
    page = "<html><meta charset='{}'><p>Müller zahlt 5 €</p></html>"
    for encoding, name in (("utf-8", "utf-8"), ("cp1252", "iso-8859-1"), ("cp1252", "windows-1252")):
        assert read_text(tmp_path, "a.html", page.format(name).encode(encoding)).text == "Müller zahlt 5 €"
    with pytest.raises(SourceNotText):
        read_text(tmp_path, "a.html", "<p>Müller".encode("latin-1"))


def test_html_nested_twenty_thousand_deep_is_read(tmp_path: Path) -> None:
    assert read_text(tmp_path, "a.html", "<div>" * 20_000 + "deep").text == "deep"


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), ("|", "a.csv")])
def test_a_delimited_file_is_its_own_text_and_rows_name_their_columns(
    tmp_path: Path, delimiter: str, name: str
) -> None:
    text = 'Item,Note,Cost\r\nSand,"wet, and ""heavy""",120\r\nStone,,80\r\n'
    if delimiter != ",":
        text = text.replace(",", delimiter).replace(f"wet{delimiter}", "wet,")
    document = read_text(tmp_path, name, text)
    assert document.text == text
    assert document.reading.text == 'Item: Sand; Note: wet, and "heavy"; Cost: 120\nItem: Stone; Cost: 80'
    assert_maps(document.reading, text)
    start = document.reading.text.index("Item: Stone")
    place = document.reading.locate(start, len(document.reading.text))
    assert text[place.start : place.end] == f"Stone{delimiter}{delimiter}80"
    assert describe(document.locators, *place).locator == "row 3"


def test_a_field_of_several_lines_is_one_line_of_its_row(tmp_path: Path) -> None:
    document = read_text(tmp_path, "a.csv", 'Item,Note,Cost\nSand,"wet\nheavy",120\n')
    assert document.reading.text == "Item: Sand; Note: wet heavy; Cost: 120"
    assert_maps(document.reading, document.text)


def test_a_cited_row_of_a_csv_file_is_quoted_as_it_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("Item,Cost\nSand,120\nStone,80\nGravel,95\n")
    (citation,) = cite(path, tmp_path, "Item: Stone; Cost: 80")
    assert (citation.quote, citation.lines, citation.locator) == ("Stone,80", (3, 3), "row 3")


def test_json_reads_as_paths_and_values(tmp_path: Path) -> None:
    value = {
        "name": "Orme",
        "port": {"ships": 412, "open": True, "tags": ["old", "deep"]},
        "log": [{"day": 1}, {"day": 2}],
    }
    value |= {"long": "word " * 60, "none": None}
    document = read_text(tmp_path, "a.json", json.dumps(value))
    assert document.text.startswith(
        "name: Orme\nport.ships: 412\nport.open: true\nport.tags: old, deep\nlog[0].day: 1\nlog[1].day: 2\n\nlong: word"
    )
    lines = read_text(tmp_path, "a.jsonl", '{"a": 1, "b": "x"}\n\n{"a": 2}\n')
    assert lines.text == "a: 1; b: x\n\na: 2"
    assert describe(lines.locators, lines.text.index("a: 2"), len(lines.text)).locator == "row 3"


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": 1} x'])
def test_broken_json_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceDamaged, match="no JSON"):
        read_text(tmp_path, "a.json", text)


def test_a_notebook_reads_cell_by_cell(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "\n", "High water is at **noon**.\n"]},
        {
            "cell_type": "code",
            "source": "print(tide())",
            "outputs": [
                {"output_type": "stream", "text": ["4.2 \x1b[31mmetres\x1b[0m\n"]},
                {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo", "text/plain": "<Figure>"}},
            ],
        },
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    document = read_file(path)
    assert document.text == "Tides\n\nHigh water is at noon.\n\nprint(tide())\n\n4.2 metres\n\n<Figure>"
    assert document.title == "Tides"
    assert headings(document) == [("Tides",)]
    (citation,) = cite(path, tmp_path, "High water is at noon.")
    assert citation.locator == "cell 1"
    with pytest.raises(SourceDamaged, match="no notebook"):
        read_text(tmp_path, "b.ipynb", "[]")


PYTHON = '''"""Tides."""
import math


class Tide:
    """A tide."""

    def height(self) -> float:
        return 4.2


def moon(day: int) -> int:
    """Age of the moon."""
    return day % 29


print(moon(3))
'''


def test_source_code_is_its_own_text_and_names_the_function(tmp_path: Path) -> None:
    path = tmp_path / "tide.py"
    path.write_text(PYTHON)
    document = read_file(path)
    assert document.text == PYTHON
    found = {
        word: describe(document.locators, PYTHON.index(word), PYTHON.index(word) + 3).locator
        for word in ("import", "A tide", "return 4", "return day", "print")
    }
    assert found == {
        "import": None,
        "A tide": "class Tide",
        "return 4": "function height",
        "return day": "function moon",
        "print": None,
    }
    assert ("class Tide", "function height") in headings(document)


@pytest.mark.parametrize(
    ("name", "text", "label"),
    [
        ("a.js", "export const add = (a, b) => {\n  return a + b; // HERE\n};\n", "function add"),
        ("a.go", "// Sum adds.\nfunc (t *Tide) Sum(a int) int {\n\treturn a // HERE\n}\n", "function Sum"),
        ("a.rs", "pub(crate) fn area(x: f64) -> f64 {\n    x // HERE\n}\n", "function area"),
        (
            "a.java",
            "public class A {\n    public int size(int x) {\n        return x; // HERE\n    }\n}\n",
            "function size",
        ),
        (
            "a.c",
            "static int\nadd(int a)\n{\n    return a;\n}\n\nint twice(int a)\n{\n    return 2 * a; /* HERE */\n}\n",
            "function twice",
        ),
        ("a.sh", "greet() {\n  echo HERE\n}\n", "function greet"),
        ("a.rb", "module Sea\n  def tide\n    'HERE'\n  end\nend\n", "function tide"),
    ],
)
def test_definitions_are_found_in_the_usual_languages(tmp_path: Path, name: str, text: str, label: str) -> None:
    document = read_text(tmp_path, name, text)
    here = text.index("HERE")
    assert describe(document.locators, here, here + 4).locator == label


def test_content_decides_where_the_suffix_lies(tmp_path: Path) -> None:
    pdf = (DOCUMENTS / "report.pdf").read_bytes()
    assert read_text(tmp_path, "a.docx", pdf).reader.startswith("pdf/")
    assert read_text(tmp_path, "a.txt", (DOCUMENTS / "report.docx").read_bytes()).reader.startswith("docx/")
    assert read_text(tmp_path, "a.xlsx", (DOCUMENTS / "report.odt").read_bytes()).reader.startswith("opendocument/")
    for name in ("a.docx", "a.pdf", "a.xlsx", "a.epub"):
        with pytest.raises(SourceDamaged, match=f"it is no {name[2:].upper()} file"):
            read_text(tmp_path, name, "Just text.")
    for content in (zipped(**{"a.txt": "x"}), b"{\\rtf1 x}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600):
        with pytest.raises(SourceUnsupported):
            read_text(tmp_path, "a.doc", content)
    wrapped = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(SourceEncrypted):
        read_text(tmp_path, "a.docx", wrapped)


BOMB = b"0" * 30_000_000
ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (repacked("report.docx", **{"word/media/a.bin": BOMB}), SourceTooLarge),
        (repacked("report.docx", **{"../evil": "x"}), SourceDamaged),
        (repacked("report.docx", **{"/etc/evil": "x"}), SourceDamaged),
        (repacked("report.docx", **{"word/document.xml": ENTITIES}), SourceDamaged),
        (repacked("report.docx", **{"word/document.xml": "<a><b></a>"}), SourceDamaged),
        (repacked("report.docx", **{"word/document.xml": "<a/>"}), SourceDamaged),
        (repacked("report.odt", **{"content.xml": ENTITIES}), SourceDamaged),
        (repacked("talk.pptx", **{"ppt/slides/slide2.xml": ENTITIES}), SourceDamaged),
        (repacked("book.epub", **{"META-INF/container.xml": ENTITIES}), SourceDamaged),
        (repacked("budget.xlsx", **{"xl/workbook.xml": "<"}), SourceDamaged),
        ((DOCUMENTS / "report.docx").read_bytes()[:3000], SourceDamaged),
        ((DOCUMENTS / "budget.ods").read_bytes()[:-400], SourceDamaged),
    ],
    ids=range(12),
)
def test_bombs_and_broken_archives_are_refused(tmp_path: Path, content: bytes, error: type[SourceError]) -> None:
    with pytest.raises(error, match=r"'a\.docx'"):
        read_text(tmp_path, "a.docx", content)


def test_an_archive_of_too_many_members_or_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = DOCUMENTS / "report.docx"
    monkeypatch.setattr(archive, "MEMBERS_MAX", 3)
    with pytest.raises(SourceTooLarge, match="members"):
        read_file(path)
    monkeypatch.setattr(archive, "MEMBERS_MAX", 1000)
    monkeypatch.setattr(archive, "EXTRACTED_MAX_BYTES", 1000)
    with pytest.raises(SourceTooLarge, match="bytes"):
        read_file(path)


@pytest.mark.parametrize("name", ["report.docx", "report.odt", "talk.pptx", "budget.xlsx", "book.epub", "book.html"])
def test_text_over_the_limit_is_refused_for_each_format(name: str) -> None:
    length = len(read_file(DOCUMENTS / name).text)
    assert read_file(DOCUMENTS / name, length)
    with pytest.raises(SourceTooLarge):
        read_file(DOCUMENTS / name, length - 1)


def test_a_place_is_written_as_its_format_writes_it() -> None:
    cells = [Locator(10 * n, "cell", ("Q 1", name)) for n, name in enumerate(["Z9", "AA9", "Z10", "AA10"])]
    assert describe(cells, 0, 40).locator == "'Q 1'!Z9:AA10"
    sheet = [Locator(0, "sheet", ("Big",)), Locator(0, "row", ("7",)), Locator(9, "row", ("8",))]
    assert describe(sheet, 0, 12).locator == "Big, rows 7-8"
