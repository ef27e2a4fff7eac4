"""Where something stands, as the command line says it: in what a person can find in a file of its kind."""

from __future__ import annotations

import pytest

from rag.cli.answers import quoted
from rag.cli.rendering import place
from rag.reading.formats import BINARY_SUFFIXES
from rag.types import Excerpt, has_lines
from rag.wire import WirePassage

PLACES = [
    ("notes.md", None, ["Methods"], "notes.md, lines 8-9, Methods"),
    ("rows.csv", "row 3", [], "rows.csv, lines 8-9, row 3"),
    ("report.docx", None, ["Title", "Leave"], "report.docx, Leave"),
    ("report.DOCX", None, [], "report.DOCX"),
    ("talk.pptx", "slide 2", ["Plan"], "talk.pptx, slide 2, Plan"),
    ("prices.xlsx", "Cats!A6:D6", ["Cats"], "prices.xlsx, Cats!A6:D6"),
    ("prices.ods", "'Small cats'!A6", ["Small cats"], "prices.ods, 'Small cats'!A6"),
    ("help.html", None, ["Title", "Returns"], "help.html, Returns"),
    ("table.csv", None, [], "table.csv, lines 8-9"),
    ("book.epub", "Storms", ["Storms", "North"], "book.epub, Storms, North"),
]


@pytest.mark.parametrize(("source", "locator", "heading", "expected"), PLACES)
def test_a_place_names_no_lines_where_nobody_can_count_them(
    source: str, locator: str | None, heading: list[str], expected: str
) -> None:
    passage = WirePassage(
        number=1,
        document_id="d",
        source=source,
        title="Title",
        revision="r",
        start=0,
        end=4,
        text="Text",
        score=1.0,
        lines=(8, 9),
        heading=heading,
        locator=locator,
    )
    assert place(passage) == expected


@pytest.mark.parametrize(
    ("source", "locator", "expected"),
    [
        ("notes.md", None, "notes.md, lines 8-9: “Text”"),
        ("talk.pptx", "slide 2", "talk.pptx, slide 2: “Text”"),
        ("report.docx", None, "report.docx, Leave: “Text”"),
    ],
)
def test_so_does_the_place_of_what_a_check_found(source: str, locator: str | None, expected: str) -> None:
    heading = ("Title", "Leave") if source == "report.docx" else ()
    excerpt = Excerpt("d", source, "Title", "r", 0, 4, "Text", (8, 9), heading, None, locator)
    assert quoted(excerpt) == expected


def test_no_file_that_is_not_text_has_lines_to_be_named() -> None:
    assert [suffix for suffix in sorted(BINARY_SUFFIXES) if has_lines(f"report{suffix}")] == []
    assert all(has_lines(name) for name in ("notes.md", "a.txt", "rows.CSV", "code.py", "data.json", "LICENSE"))
