"""PDFs read: text, places, what is dropped from the reading text, what is refused, and pages as pictures."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from pathlib import Path

import pypdfium2
import pytest

from rag.errors import SourceDamaged, SourceEncrypted, SourceScanned, SourceTooLarge, SourceUnreadable
from rag.reading import read
from rag.reading.pdf import picture_page
from rag.reading.pdf.flow import find_running, flow
from rag.reading.pdf.outline import find_large
from rag.reading.pdf.pages import Line, PlacedLine, read_page, stands_beside
from rag.types import Document, Locator, Span
from tests.fakes.citations import cite
from tests.test_reading import assert_maps

DOCUMENTS = Path(__file__).parent / "documents"
REPORT = DOCUMENTS / "report.pdf"


def read_file(path: Path, max_characters: int = 10**6) -> Document:
    return read(path, source=path.name, max_bytes=10**7, max_characters=max_characters)


@pytest.fixture(scope="module")
def report() -> Document:
    return read_file(REPORT)


def blank_pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(300, 400).close()
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def test_paragraphs_flow_and_rows_items_and_headings_stand_by_themselves(report: Document) -> None:
    text = report.reading.text
    assert "Every bearing, every cable and every lamp was looked at by two engineers who worked independently" in text
    assert "\nKestrel Bridge: Paint: 120; Bearings: 455\nLinnet Bridge: Paint: 80; Bearings: 0\n" in text
    assert "\n\nCosts\n\nAll prices are in thousands of crowns and hold until the end of the year.\n\n" in text
    assert "rail is gone.\n" in text
    assert_maps(report.reading, report.text)


def test_running_headers_and_page_numbers_stay_in_the_canonical_text_only(report: Document) -> None:
    assert report.text.count("Harbour Authority, internal paper 17") == 3
    assert "Page 2" in report.text
    for running in ("Harbour Authority", "Page 1", "Page 2", "Page 3"):
        assert running not in report.reading.text


def test_pages_headings_title_and_properties_are_told(report: Document) -> None:
    pages = [locator for locator in report.locators if locator.kind == "page"]
    assert [page.value for page in pages] == [("1",), ("2",), ("3",)]
    starts = [page.start for page in pages]
    assert starts[0] < report.text.index("Findings") < starts[1] < report.text.index("Costs") < starts[2]
    headings = [(report.text[h.start :].split("\n")[0], h.value) for h in report.locators if h.kind == "heading"]
    assert headings == [
        ("Findings", ("Findings",)),
        ("Costs", ("Costs",)),
        ("Repairs by bridge", ("Costs", "Repairs by bridge")),
        ("Next steps", ("Next steps",)),
    ]
    assert report.title == "Survey of the Harbour Bridges"
    assert report.metadata["author"] == "Ines Holm"
    assert str(report.metadata["date"]).startswith("20")
    assert report.reader.startswith("pdf/")


def test_a_citation_names_its_page_and_quotes_it(tmp_path: Path) -> None:
    first, second, last = cite(
        REPORT,
        tmp_path,
        "The Kestrel Bridge was opened in 1931 and carries about 18,400 vehicles a day.",
        "All prices are in thousands of crowns and hold until the end of the year.",
        "The Linnet Bridge is to be closed for eleven days in August.",
    )
    assert [(c.page, c.locator) for c in (first, second, last)] == [(1, "page 1"), (2, "page 2"), (3, "page 3")]
    assert "18,400\nvehicles a day." in first.quote


def test_a_span_over_two_pages_names_both(report: Document) -> None:
    from rag.types import describe

    start = report.text.index("Two lamps")
    assert describe(report.locators, start, report.text.index("All prices") + 5) == (1, "pages 1-2")
    assert describe(report.locators, start, start + 5) == (1, "page 1")


def test_a_pdf_without_text_is_refused_as_scanned_with_its_pages(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(blank_pdf(2))
    with pytest.raises(SourceScanned, match="none of its 2 pages has text"):
        read_file(path)


def test_pages_without_text_among_others_are_named(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(REPORT)
    document.new_page(300, 400, index=1).close()
    document.new_page(300, 400, index=2).close()
    path = tmp_path / "partly.pdf"
    document.save(path)
    document.close()
    found = read_file(path)
    assert found.metadata["pages_without_text"] == "2-3"
    assert [locator.value[0] for locator in found.locators if locator.kind == "page"] == list("12345")


def test_an_encrypted_pdf_and_a_broken_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceEncrypted, match="needs a password"):
        read_file(DOCUMENTS / "encrypted.pdf")
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"junk " * 100)
    with pytest.raises(SourceDamaged, match=r"'broken\.pdf'"):
        read_file(path)


def test_text_over_the_limit_is_refused(report: Document) -> None:
    assert read_file(REPORT, len(report.text)).text == report.text
    with pytest.raises(SourceTooLarge):
        read_file(REPORT, len(report.text) - 1)


def test_two_threads_may_read_at_once(report: Document) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(read_file(REPORT).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [report.text] * 8


def place(*words: str, page: int = 1, size: float = 10, step: float = 12) -> tuple[str, list[PlacedLine]]:
    """Lay out lines of a column 300 points wide, each as long as its words."""
    text, lines = "", []
    for index, line in enumerate(words):
        start = len(text)
        box = Line(start, start + len(line), 50, 50 + 5 * len(line), 700 - step * index, size)
        lines.append(PlacedLine(line, start, start + len(line), page, box._replace(is_hyphenated=line.endswith("-"))))
        text += line + "\n"
    return text[:-1], lines


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["The predic-", "tion was wrong by far and no one saw it."],
            "The prediction was wrong by far and no one saw it.",
        ),
        (["A false-", "positive one. False and positive words."], "A false-positive one. False and positive words."),
        (["We use anti-", "Tory words of all kinds."], "We use anti-Tory words of all kinds."),
        (["It is a re-", "run. A rerun is dull."], "It is a rerun. A rerun is dull."),
        (["• One item of the list", "• Another item of it"], "• One item of the list\n• Another item of it"),
    ],
)
def test_words_divided_at_a_lines_end_are_made_whole(lines: list[str], expected: str) -> None:
    text, placed = place(*lines)
    reading = flow(text, placed)
    assert reading.text == expected
    assert_maps(reading, text)


def test_a_line_that_stands_on_most_pages_is_running_and_figures_of_a_table_are_not() -> None:
    pages = [
        place(f"Annual Report {n}", "Results", f"Sales {n * 31}", f"{n * 17 % 7} {n}", str(n + 3), page=n)[1]
        for n in range(1, 7)
    ]
    lines = [line._replace(start=1000 * line.page + line.start) for page in pages for line in page]
    running = find_running(lines)
    kept = [line.text for line in lines if line.start not in running]
    assert kept.count("4") == kept.count("Annual Report 1") == 0
    assert "3 1" in kept


def test_lines_alike_whose_numbers_are_their_own_are_no_running_lines() -> None:
    pages = [
        place(f"Part 2, sheet {n} of 7", f"Invoice 40{n * n:02}", "Sand", "Stone", f"Total due: {n * 37 % 11}", page=n)
        for n in range(1, 8)
    ]
    lines = [line._replace(start=1000 * line.page + line.start) for _, page in pages for line in page]
    running = find_running(lines)
    assert {line.text.split()[0] for line in lines if line.start in running} == {"Part", "Sand", "Stone"}
    figures = [line for n in range(1, 5) for line in place("7" * (5000 + n), "words", page=n)[1]]
    assert find_running(figures) is not None, "a number of any length is one"


def test_short_numbered_headings_and_the_later_lines_of_long_ones_are_headings() -> None:
    sizes = {
        "Lease of the boat house and report for": 18,
        "2025": 18,
        "5. Use": 14,
        "6. IT": 14,
        "7.2 Sand": 14,
        "9 99": 14,
    }
    lines: list[PlacedLine] = []
    for words, size in sizes.items():
        for said, em in ((words, size), ("The boat house is used as it was before, and by nobody else.", 10)):
            if said[0] == "T" and words.startswith("Lease"):
                continue
            start = lines[-1].end + 1 if lines else 0
            box = Line(start, start + len(said), 50, 300, 700 - 22 * len(lines), em)
            lines.append(PlacedLine(said, start, start + len(said), 1, box))
    found = [words for _, _, words in find_large(lines, ())]
    assert found == ["Lease of the boat house and report for 2025", "5. Use", "6. IT", "7.2 Sand"]


def test_a_page_is_drawn_with_boxes_around_the_marked_words(report: Document) -> None:
    page = next(locator for locator in report.locators if locator.kind == "page" and locator.value == ("2",))
    words = "All prices are in thousands of crowns and hold until the end of the\nyear."
    start = report.text.index(words)
    mark = Span(start, start + len(words))
    elsewhere = Span(0, 10)
    given = picture_page(REPORT.read_bytes(), 2, [elsewhere, mark], page_start=page.start)
    assert given == picture_page(REPORT.read_bytes(), 2, [elsewhere, mark])
    assert given.pages == 3
    assert [box.mark for box in given.boxes] == [1, 1]
    assert (given.width, given.height) == struct.unpack(">II", given.png[16:24])
    first, second = given.boxes
    assert first.top + first.height <= second.top + 6
    assert first.width > 10 * second.width
    pixels = zlib.decompress(given.png[given.png.index(b"IDAT") + 4 : -16])
    assert dark_share(pixels, given.width, first) > 0.05
    assert dark_share(pixels, given.width, first._replace(top=first.top + 200)) == 0


def dark_share(pixels: bytes, width: int, box: tuple[int, int, int, int, int]) -> float:
    _, left, top, across, down = box
    stride = 3 * width + 1
    rows = [pixels[y * stride + 1 + 3 * left : y * stride + 1 + 3 * (left + across)] for y in range(top, top + down)]
    return sum(value < 128 for row in rows for value in row) / (3 * across * down)


def turned_pdf(*lines: str) -> bytes:
    """Return a PDF of one page whose content is written up its side, and which is turned to be read: a wide table."""
    shown = "".join(f"BT /F 12 Tf 0 1 -1 0 {100 + 14 * n} 60 Tm ({line}) Tj ET\n" for n, line in enumerate(lines))
    return written_pdf(shown, "/Rotate 90")


def written_pdf(shown: str, properties: str) -> bytes:
    """Return a PDF of one page, 400 points wide and 600 high, with this content and these properties."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 600]{properties}/Contents 4 0 R"
        "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        f"<</Length {len(shown)}>>stream\n{shown}endstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(f"{len(body):010} 00000 n \n")
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = f"xref\n0 5\n0000000000 65535 f \n{''.join(places)}"
    return f"{body}{table}trailer\n<</Root 1 0 R/Size 5>>\nstartxref\n{len(body)}\n%%EOF\n".encode()


def test_what_lies_outside_of_the_page_is_no_text(tmp_path: Path) -> None:
    lines = ((72, 500, "It is cut off."), (72, 300, "It is seen."), (-400, 250, "It is left of the page."))
    shown = "".join(f"BT /F 12 Tf {x} {y} Td ({line}) Tj ET\n" for x, y, line in lines)
    (tmp_path / "a.pdf").write_bytes(written_pdf(shown, "/CropBox[0 200 400 400]"))
    assert read_file(tmp_path / "a.pdf").text == "It is seen."
    (box,) = picture_page((tmp_path / "a.pdf").read_bytes(), 1, [Span(0, 11)]).boxes
    assert box.height > 10
    assert box.left > 100


def test_a_page_that_is_turned_reads_as_it_is_seen_and_its_boxes_fit(tmp_path: Path) -> None:
    path = tmp_path / "turned.pdf"
    path.write_bytes(
        turned_pdf("The survey of the bridges was begun in the", "spring and ended in autumn.", "It rained.")
    )
    found = read_file(path)
    assert found.reading.text == "The survey of the bridges was begun in the spring and ended in autumn.\n\nIt rained."
    start = found.text.index("spring")
    drawn = picture_page(path.read_bytes(), 1, [Span(start, start + 6)])
    assert drawn.width > drawn.height
    (box,) = drawn.boxes
    assert box.width > box.height
    pixels = zlib.decompress(drawn.png[drawn.png.index(b"IDAT") + 4 : -16])
    assert dark_share(pixels, drawn.width, box) > 0.05
    assert dark_share(pixels, drawn.width, box._replace(left=box.left + 300)) == 0


def test_lines_of_a_turned_page_are_measured_as_they_are_seen() -> None:
    document = pypdfium2.PdfDocument(turned_pdf("Item          Cost", "Sand"))
    page = document[0]
    words = page.get_textpage()
    first, second = read_page(words, page.get_rotation()).lines
    words.close()
    page.close()
    document.close()
    assert first.is_upright
    assert round(first.left) == round(second.left) == 60
    assert round(first.base - second.base) == 14
    assert len(first.cells) == 2


def test_pieces_of_one_row_stand_beside_each_other_and_those_of_the_next_do_not() -> None:
    label = Line(0, 5, 50, 75, 700, 10)
    assert stands_beside(label, Line(6, 9, 200, 215, 702, 10))
    assert not stands_beside(label, Line(6, 9, 200, 215, 688, 10))
    assert not stands_beside(label, Line(6, 9, 40, 60, 700, 10))


def test_a_page_that_is_not_there_is_refused() -> None:
    for page in (0, 4):
        with pytest.raises(SourceUnreadable, match=f"has no page {page}: it has 3"):
            picture_page(REPORT.read_bytes(), page)


def test_a_locator_before_the_first_page_is_none() -> None:
    from rag.types import describe

    assert describe([Locator(10, "page", ("1",))], 0, 5) == (None, None)


def test_a_mark_of_a_symbol_font_is_not_read_with_its_item(report: Document) -> None:
    assert "\n\uf095 Paint on" in report.text
    assert "\uf095" not in report.reading.text
    start = report.reading.text.index("Paint on the eastern rail")
    assert report.text[slice(*report.reading.locate(start, start + 5))] == "Paint"
