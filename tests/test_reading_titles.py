"""Titles that tell a document from its sisters."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.reading import read
from rag.reading.pdf.pages import Line, PlacedLine
from rag.reading.pdf.title import find_title
from tests.test_reading_formats import DOCUMENTS

TEXT = [("The kilns were fired twice a week all summer long, and none of them cracked at all.", 9.0)] * 12


def page(*lines: tuple[str, float]) -> list[PlacedLine]:
    """Lay out lines of a page, each with its size of type."""
    placed: list[PlacedLine] = []
    base, start = 700.0, 0
    for words, size in lines:
        base -= 1.3 * size
        box = Line(start, start + len(words), 50, 50 + size * len(words) / 2, base, size)
        placed.append(PlacedLine(words, start, start + len(words), 1, box))
        start += len(words) + 1
    return placed


def test_a_report_is_called_by_who_made_it_its_kind_and_its_period() -> None:
    ended = ("For the quarterly period ended June 25, 2022", 9.0)
    lines = page(("UNITED STATES", 12), ("FORM 10-Q", 15), ended, ("Fjord Kilns AS", 18), ("(Exact name)", 9), *TEXT)
    title = "Fjord Kilns AS, FORM 10-Q, quarterly period ended June 25, 2022"
    assert find_title("", lines) == find_title("0000320193-22-000070", lines) == find_title("FORM 10-Q", lines) == title
    lines = page(("FORM 10-Q", 15), ("Fjord Kilns AS", 15), *TEXT)
    assert find_title("", lines) == "Fjord Kilns AS, FORM 10-Q", "the kind does not stand for the name"
    assert find_title("Kilns in 2022", page(ended, *TEXT)) == "Kilns in 2022, quarterly period ended June 25, 2022"


def test_a_title_of_several_lines_is_whole_and_ends_where_another_size_begins() -> None:
    lines = page(("How to fire a kiln,", 14), ("but not too often", 14), ("Ines Holm", 12), ("Abstract", 14), *TEXT)
    assert find_title("", lines) == "How to fire a kiln, but not too often"


def test_where_nothing_is_larger_the_first_line_with_words_is_the_title_and_a_date_is_none() -> None:
    assert find_title("", page(("3 April 2014", 9), ("17", 9), *TEXT)) == TEXT[0][0]
    assert find_title("", page(("17", 9), ("- 4 -", 9))) is None


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("2025-06-23_board.md", "# Minutes\n\nAll were there.", "Minutes (2025-06-23 board)"),
        ("kiln-handbook.md", "# Table of Contents\n\nAll of it.", "Table of Contents (kiln handbook)"),
        ("minutes.md", "# Minutes\n\nAll were there.", "Minutes"),
        ("a.md", "# Minutes\n\nAll were there.", "Minutes"),
        ("2025.md", "# Minutes of the kiln board\n\nAll were there.", "Minutes of the kiln board"),
    ],
)
def test_a_title_that_any_document_could_bear_gets_the_name_of_its_file(
    tmp_path: Path, name: str, text: str, title: str
) -> None:
    (tmp_path / name).write_text(text)
    assert read(tmp_path / name, source=name, max_bytes=10**6, max_characters=10**6).title == title


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("billing_rules.py", "from __future__ import annotations\n\nx = 1\n", "billing rules"),
        ("conf.yaml", "version: 3\nname: kilns\n", "conf"),
        ("access.log", "10:04 GET /kilns\n10:05 GET /clay\n", "access"),
        ("staff.csv", "Name,Salary\nAnna,51000\nBob,48000\n", "staff"),
        ("kilns.txt", "The kilns\n\nThey are fired twice a week.\n", "The kilns"),
    ],
)
def test_rows_code_and_settings_go_by_the_name_of_their_file(tmp_path: Path, name: str, text: str, title: str) -> None:
    (tmp_path / name).write_text(text)
    assert read(tmp_path / name, source=name, max_bytes=10**6, max_characters=10**6).title == title


def test_the_titles_of_real_files_stay_what_their_makers_called_them() -> None:
    titles = {
        path.name: read(path, source=path.name, max_bytes=10**6, max_characters=10**6).title
        for path in DOCUMENTS.iterdir()
        if path.suffix in (".pdf", ".docx", ".pptx", ".xlsx") and path.name != "encrypted.pdf"
    }
    assert titles == {
        "report.pdf": "Survey of the Harbour Bridges",
        "report.docx": "Survey of the Harbour Bridges",
        "book.docx": "The Lamp Keepers",
        "talk.pptx": "Ships of the Coast",
        "budget.xlsx": "Harbour Budget",
    }


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("From: ida@kilns.example\nTo: moe@kilns.example\nSubject: Claim 7719\n\nDear Moe,\n", "Claim 7719"),
        ("Von: Ida Moe\nAn: Ola Vik\nBetreff: Tonlieferung\n\nLieber Ola,\nder Ton ist da.\n", "Tonlieferung"),
        ("Received: by a;\n  Mon, 4 Aug\nSubject: Late kilns\n\nThey are late.\n", "Late kilns"),
        ("Stock count: done by Femi on Tuesday.\nAll kilns are there.\n", "Stock count"),
        ("Saturn: the ringed planet\n\nIt is far away.\n", "Saturn: the ringed planet"),
        ("We met and agreed on three things: clay.\nAll went home.\n", "We met and agreed on three things: clay."),
        ("Colour: red\nSize: 4\n\nIt is fired twice.\n", "Colour: red"),
    ],
)  # fmt: skip
def test_a_message_is_called_by_its_subject_and_a_note_by_what_stands_before_its_colon(
    tmp_path: Path, text: str, title: str
) -> None:
    (tmp_path / "x.txt").write_text(text)
    assert read(tmp_path / "x.txt", source="x.txt", max_bytes=10**6, max_characters=10**6).title == title


def test_a_message_without_a_subject_is_not_called_by_its_sender(tmp_path: Path) -> None:
    (tmp_path / "clay.eml").write_text("From: ida@kilns.example\nTo: moe@kilns.example\n\nThe clay is late.\n")
    found = read(tmp_path / "clay.eml", source="clay.eml", max_bytes=10**6, max_characters=10**6)
    assert found.title == "The clay is late."
