"""A page of a PDF as a picture, with the boxes of the words that are marked in it."""

from __future__ import annotations

import ctypes
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import SourceUnreadable
from rag.reading.pdf.document import load_page, open_pdf, read_one
from rag.reading.pdf.pages import PAGE_BREAK, PageText, read_page
from rag.reading.reader import Source
from rag.types import Span

if TYPE_CHECKING:
    import pypdfium2

DOTS_PER_INCH = 110
POINTS_PER_INCH = 72
SIDE_MAX_PIXELS = 4000
"""A larger page is drawn smaller: its size comes from the file."""
MARGIN_PIXELS = 1


class Box(NamedTuple):
    """A rectangle around marked words, in pixels from the upper left corner of the picture.

    Attributes:
        mark: Which of the marks it belongs to, from 0.
        left: Left edge.
        top: Upper edge.
        width: Width.
        height: Height.
    """

    mark: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as it is seen.

    Attributes:
        png: The picture.
        width: Its width in pixels.
        height: Its height in pixels.
        boxes: One for each line of each mark that stands on the page, in the order of the marks.
        pages: Number of pages of the document.
    """

    png: bytes
    width: int
    height: int
    boxes: tuple[Box, ...]
    pages: int


def picture_page(
    content: bytes, page: int, marks: Sequence[Span] = (), *, page_start: int | None = None, source: str = "document"
) -> PagePicture:
    """Draw a page of a PDF at about 110 dots an inch, and find where marked words stand in it.

    Args:
        content: The file's bytes.
        page: Number of the page, from 1.
        marks: Stretches of the document's canonical text; those elsewhere have no box.
        page_start: Where the page begins in the canonical text, as its locator says. Where it is not given the pages
            before are read to find it, which takes about 20 ms each.
        source: What the file goes by, for messages.

    Raises:
        SourceUnreadable: There is no such page.
        SourceEncrypted: The file needs a password.
        SourceDamaged: It is no PDF that can be opened.
    """
    with open_pdf(content, Source(source, 0)) as document:
        if not 1 <= page <= len(document):
            raise SourceUnreadable(
                f"{source!r} has no page {page}: it has {len(document)}.", remedy="Name one that it has."
            )
        if page_start is None and marks:
            page_start = sum(len(read_one(document, index).text) + len(PAGE_BREAK) for index in range(page - 1))
        drawn = load_page(document, page - 1)
        words = drawn.get_textpage()
        try:
            png, width, height = draw(drawn)
            text = read_page(words, drawn.get_rotation()) if marks else PageText("", (), ())
            boxes = [
                Box(number, *surround(drawn, words, characters, width, height))
                for number, mark in enumerate(marks)
                for characters in find_characters(text, mark, page_start or 0)
            ]
            return PagePicture(png, width, height, tuple(boxes), len(document))
        finally:
            words.close()
            drawn.close()


def draw(page: pypdfium2.PdfPage) -> tuple[bytes, int, int]:
    """Return a page as PNG, its width and its height in pixels."""
    longest = max(*page.get_size(), 1.0)
    scale = min(DOTS_PER_INCH / POINTS_PER_INCH, SIDE_MAX_PIXELS / longest)
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        pixels = bitmap.to_numpy()[:, :, :3]
        height, width = pixels.shape[:2]
        return write_png(pixels.tobytes(), width, height), width, height
    finally:
        bitmap.close()


def write_png(pixels: bytes, width: int, height: int) -> bytes:
    """Return red, green and blue bytes, row by row, as a PNG file (ISO/IEC 15948)."""
    stride = 3 * width
    rows = b"".join(b"\0" + pixels[start : start + stride] for start in range(0, stride * height, stride))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def find_characters(page: PageText, mark: Span, page_start: int) -> Iterator[Sequence[int]]:
    """Yield PDFium's numbers of the marked characters, line by line."""
    for line in page.lines:
        start = max(line.start, mark.start - page_start)
        end = min(line.end, mark.end - page_start)
        if start < end and page.text[start:end].strip():
            yield page.indexes[start:end]


def surround(
    page: pypdfium2.PdfPage, words: pypdfium2.PdfTextPage, characters: Sequence[int], width: int, height: int
) -> tuple[int, int, int, int]:
    """Return left, top, width and height, in pixels, of the box around characters of one line."""
    boxes = [words.get_charbox(character, loose=True) for character in dict.fromkeys(characters)]
    boxes = [box for box in boxes if box[0] != box[2]] or boxes
    corners = [
        to_pixels(page, x, y, width, height)
        for left, bottom, right, top in boxes
        for x, y in ((left, bottom), (right, top))
    ]
    left = max(min(x for x, _ in corners) - MARGIN_PIXELS, 0)
    top = max(min(y for _, y in corners) - MARGIN_PIXELS, 0)
    right = min(max(x for x, _ in corners) + MARGIN_PIXELS, width)
    bottom = min(max(y for _, y in corners) + MARGIN_PIXELS, height)
    return left, top, max(right - left, 1), max(bottom - top, 1)


def to_pixels(page: pypdfium2.PdfPage, x: float, y: float, width: int, height: int) -> tuple[int, int]:
    """Return a point of the page in pixels of its picture; a page that is turned or cut is heeded."""
    from pypdfium2 import raw as pdfium

    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
    return across.value, down.value
