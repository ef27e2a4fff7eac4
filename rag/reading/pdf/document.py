"""PDF -> canonical text, page by page, with its places, headings, title and properties."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from rag.errors import SourceScanned
from rag.reading.blocks import write_ranges
from rag.reading.pdf.flow import find_running, flow
from rag.reading.pdf.outline import find_headings
from rag.reading.pdf.pages import PAGE_BREAK, PageText, PlacedLine, read_page
from rag.reading.pdf.title import find_title
from rag.reading.reader import Reading, Source
from rag.types import Locator

if TYPE_CHECKING:
    import pypdfium2

VERSION = "pdf/8"
BLANK = ("(unspecified)", "(anonymous)", "(untitled)")
"""What programs write into a property that nobody has filled."""
PASSWORD_ERROR = 4
"""PDFium's FPDF_ERR_PASSWORD."""
LOCK = Lock()
"""PDFium must not be called from two threads at once."""
PDF_DATE = re.compile(r"D:(\d{4})(?:(\d\d)(?:(\d\d))?)?")


def read_pdf(content: bytes, source: Source) -> Reading:
    """Read a PDF.

    The canonical text is that of its pages in order, ``PAGE_BREAK`` between them. Pages without text are named in
    the metadata (``pages_without_text``).

    Raises:
        SourceScanned: No page has text.
        SourceEncrypted: It needs a password.
        SourceDamaged: It is no PDF that can be opened.
        SourceTooLarge: Its text is over the limit.
    """
    with open_pdf(content, source) as document:
        pages = read_pages(document, source)
        empty = [number for number, page in enumerate(pages, 1) if not page.text.strip()]
        if len(empty) == len(pages):
            raise scanned(source.name, len(pages))
        text = PAGE_BREAK.join(page.text for page in pages)
        lines = list(place_lines(pages))
        places = page_locators(pages)
        headings = find_headings(document, text, lines, find_running(lines))
        properties = document.get_metadata_dict()
    metadata: dict[str, str] = {}
    if author := clean(properties.get("Author", "")):
        metadata["author"] = author
    if subject := clean(properties.get("Subject", "")):
        metadata["subject"] = subject
    if empty:
        metadata["pages_without_text"] = write_ranges(empty)
    title = find_title(clean(properties.get("Title", "")), lines)
    created = read_created(properties.get("CreationDate", ""))
    return Reading(text, flow(text, lines), (*places, *headings), title, metadata, VERSION, created)


@contextmanager
def open_pdf(content: bytes, source: Source) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF, alone in this process: PDFium is not safe in several threads.

    Raises:
        SourceEncrypted: It needs a password.
        SourceDamaged: It cannot be opened, or breaks while it is read.
    """
    import pypdfium2

    with LOCK:
        try:
            document = pypdfium2.PdfDocument(content)
            try:
                yield document
            finally:
                document.close()
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == PASSWORD_ERROR:
                raise source.encrypted() from None
            raise source.damaged(f"it is no PDF that can be opened ({error})") from None


def read_pages(document: pypdfium2.PdfDocument, source: Source) -> list[PageText]:
    """Return the text of each page; a page that cannot be loaded counts as one without text."""
    pages: list[PageText] = []
    characters = 0
    for index in range(len(document)):
        pages.append(read_one(document, index))
        characters += len(pages[-1].text) + len(PAGE_BREAK)
        source.check_length(characters - len(PAGE_BREAK))
    return pages


def load_page(document: pypdfium2.PdfDocument, index: int) -> pypdfium2.PdfPage:
    """Return a page, counted from 0; of a form, with what is filled in as part of the page, in memory only.

    Raises:
        pypdfium2.PdfiumError: It cannot be loaded.
    """
    from pypdfium2 import raw as pdfium

    page = document[index]
    if document.get_formtype() and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
        page.close()
        page = document[index]
    return page


def read_one(document: pypdfium2.PdfDocument, index: int) -> PageText:
    """Return the text of a page, counted from 0; its memory is given back at once."""
    import pypdfium2

    try:
        page = load_page(document, index)
    except pypdfium2.PdfiumError:
        return PageText("", (), ())
    words = page.get_textpage()
    try:
        return read_page(words, page.get_rotation())
    finally:
        words.close()
        page.close()


def place_lines(pages: Sequence[PageText]) -> Iterator[PlacedLine]:
    """Yield the lines of all pages with their places in the canonical text."""
    offset = 0
    for number, page in enumerate(pages, 1):
        for line in page.lines:
            start, end = offset + line.start, offset + line.end
            yield PlacedLine(page.text[line.start : line.end], start, end, number, line)
        offset += len(page.text) + len(PAGE_BREAK)


def page_locators(pages: Sequence[PageText]) -> list[Locator]:
    """Return where each page begins in the canonical text."""
    locators: list[Locator] = []
    offset = 0
    for number, page in enumerate(pages, 1):
        locators.append(Locator(offset, "page", (str(number),)))
        offset += len(page.text) + len(PAGE_BREAK)
    return locators


def scanned(name: str, pages: int) -> SourceScanned:
    """Return the refusal of a PDF that holds pictures of text only."""
    count = "its page has no text" if pages == 1 else f"none of its {pages} pages has text"
    return SourceScanned(
        f"{name!r} looks scanned: {count}.", remedy="Recognise its text first (OCR), and ingest the result."
    )


def clean(words: str) -> str:
    r"""Return a property on one line; empty where it is what a program writes into one left blank.

    >>> clean("Lease of\nthe mill"), clean("(unspecified)")
    ('Lease of the mill', '')
    """
    line = " ".join(words.replace("\0", "").split())
    return "" if line.lower() in BLANK else line


def read_created(written: str) -> str | None:
    """Return a date property as ISO 8601: a day, a month or a year; None where it is none."""
    found = PDF_DATE.match(written)
    if not found or not 1900 <= int(found[1]) <= 2200:
        return None
    return "-".join(part for part in found.groups() if part)
