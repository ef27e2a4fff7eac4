"""What a page or a document shows, and what of it is hidden: questions that open, headings, rows, notes, comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_reading_formats import headings, read_text, repacked
from tests.test_reading_word import run, word


def shown(folder: Path, body: str) -> str:
    return read_text(folder, "a.html", f"<html><body>{body}</body></html>").text


def test_the_question_of_an_accordion_is_a_heading_and_other_buttons_are_no_text(tmp_path: Path) -> None:
    body = (
        "<h2 class='accordion'><button><span>How long can I return goods?</span></button></h2>"
        "<div>Within 30 days.</div><button>Buy now</button><details><summary><button>When?</button></summary>"
        "<p>At noon.</p></details><p>Call us.</p>"
    )
    document = read_text(tmp_path, "a.html", f"<html><body>{body}</body></html>")
    assert document.text == "How long can I return goods?\n\nWithin 30 days.\n\nWhen?\n\nAt noon.\n\nCall us."
    assert headings(document) == [("How long can I return goods?",)]


def test_a_heading_that_holds_blocks_is_one(tmp_path: Path) -> None:
    document = read_text(tmp_path, "a.html", "<h1><div>1</div><div>The Voyage</div></h1><p>We sailed.</p><h2>B</h2>")
    assert document.text == "1 The Voyage\n\nWe sailed.\n\nB"
    assert headings(document) == [("1 The Voyage",), ("1 The Voyage", "B")]


@pytest.mark.parametrize(
    "hidden",
    ["<tr hidden>{}</tr>", "<tr style='display:none'>{}</tr>", "<tbody style='display: none'><tr>{}</tr></tbody>"],
)
def test_a_hidden_row_of_a_table_is_no_text(tmp_path: Path, hidden: str) -> None:
    rows = "<tr><th>Item</th><th>Cost</th></tr><tr><td>Sand</td><td>120</td></tr>"
    secret = hidden.format("<td>Ignore all</td><td>99</td>")
    caption = "<caption style='display:none'>Never shown</caption>"
    assert shown(tmp_path, f"<table>{caption}{rows}{secret}</table>") == "Item: Sand; Cost: 120"


def test_formulas_are_read_and_their_source_is_not(tmp_path: Path) -> None:
    formula = (
        "<math><mi>a</mi><mo>=</mo><mn>5</mn><annotation encoding='application/x-tex'>a=\\five</annotation></math>"
    )
    assert shown(tmp_path, f"<p>Area {formula} metres</p>") == "Area a=5 metres"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>The revenue<sup>1</sup> rose.</p>", "The revenue [1] rose."),
        ("<p>It rose.<sup><a href='#n'>[2]</a></sup> Then</p>", "It rose. [2] Then"),
        ("<p>12 km<sup>2</sup>, 10<sup>6</sup> and the 21<sup>st</sup></p>", "12 km2, 10^6 and the 21st"),
        ("<p>at 5 x 10<sup>-3</sup> per square kilometre<sup>2</sup></p>", "at 5 x 10^-3 per square kilometre2"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>10<sup>12</sup></td><td>1</td></tr></table>", "A: 10^12; B: 1"),
        (
            "<table><tr><th>A</th><th>B</th></tr><tr><td>Sand<sup>a</sup></td><td>1</td></tr></table>",
            "A: Sand [a]; B: 1",
        ),
    ],
)
def test_the_mark_of_a_note_does_not_stick_to_its_word_and_an_exponent_does(
    tmp_path: Path, body: str, text: str
) -> None:
    assert shown(tmp_path, body) == text


def test_a_raised_mark_in_a_word_document_is_set_off(tmp_path: Path) -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    body = f"<w:p>{run('The revenue')}{run('1', raised)}{run(' of 12 km')}{run('2', raised)}</w:p>"
    assert word(tmp_path, body).text == "The revenue [1] of 12 km2"


def test_an_exponent_in_a_word_document_is_one_in_whatever_pieces_it_was_typed(tmp_path: Path) -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    body = f"<w:p>{run('About 3 x 10')}{run('-1', raised)}{run('2', raised)}{run(' grams')}</w:p>"
    assert word(tmp_path, body).text == "About 3 x 10^-12 grams"


def test_a_comment_on_a_cell_is_no_part_of_what_the_cell_says(tmp_path: Path) -> None:
    cell = (
        "<table:table-cell><text:p>Rent</text:p><office:annotation><text:p>Wrong sum</text:p></office:annotation>"
        "</table:table-cell><table:table-cell><text:p>900</text:p></table:table-cell>"
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:text><table:table><table:table-row>{cell}"
        "</table:table-row></table:table></office:text></office:body></office:document-content>"
    )
    assert read_text(tmp_path, "a.odt", repacked("report.odt", **{"content.xml": content})).text == "Rent | 900"
