"""Bad files of all kinds, made by a script: what a careless or a hostile person may leave in a folder."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.bombs import CONTENT, archive, crowded, deep, large_archive, laughing, nested_archive, zeros

DOCUMENTS = Path(__file__).parents[1] / "documents"
SUFFIXES = (".txt", ".md", ".pdf")
OFFICE = {
    ".docx": CONTENT,
    ".xlsx": "xl/workbook.xml",
    ".pptx": "ppt/presentation.xml",
    ".epub": "META-INF/container.xml",
}
"""Suffix -> the member that its readers open first."""


def bad_files() -> Iterator[tuple[str, bytes]]:
    """Yield some 200 files, each by its name and content; none may be taken, and none may stop the others."""
    yield from broken_texts()
    yield from broken_pdfs()
    yield from wrong_kinds()
    yield from broken_archives()
    yield from bombs()


def broken_texts() -> Iterator[tuple[str, bytes]]:
    """Yield what is no text, or none in an encoding that can be known."""
    noise = random.Random(7)
    for suffix in (".txt", ".md", ""):
        yield f"empty{suffix}", b""
        yield f"mark only{suffix}", b"\xef\xbb\xbf"
        yield f"spaces{suffix}", b" \n\t\r\n" * 1000
        for number in range(12):
            yield f"noise {number}{suffix}", bytes(noise.randrange(256) for _ in range(50)) + b"\xff\0" + b"x" * number
        for position in (0, 1, 1000, 100_000):
            yield f"nul at {position}{suffix}", b"a" * position + b"\0" + b"b" * 50
            yield f"not utf-8 at {position}{suffix}", b"a" * position + b"\xc3\x28" + b"b" * 50
        yield f"half a character{suffix}", "Größe".encode()[:3]
        yield f"surrogate{suffix}", b"a\xed\xa0\x80b"
        yield f"overlong{suffix}", b"a\xc0\xafb"


def broken_pdfs() -> Iterator[tuple[str, bytes]]:
    """Yield PDFs that are cut off, locked, empty or hollow."""
    whole = (DOCUMENTS / "report.pdf").read_bytes()
    for number in range(30):
        yield f"cut {number:02}.pdf", whole[: 4 + number * 60]
    yield "encrypted.pdf", (DOCUMENTS / "encrypted.pdf").read_bytes()
    yield "empty.pdf", b""
    yield "head only.pdf", b"%PDF-1.7\n%%EOF\n"
    yield "no pages.pdf", pdf(b"<</Type/Pages/Kids[]/Count 0>>")
    yield "pages that hold themselves.pdf", pdf(b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9999999>>")
    yield "a page without words.pdf", pdf(b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"")
    for depth in (100, 100_000):
        yield f"deep {depth}.pdf", pdf(b"[" * depth + b"]" * depth)


def wrong_kinds() -> Iterator[tuple[str, bytes]]:
    """Yield files that are not what their names say."""
    kinds = {
        "zip": archive({"../../escape.txt": b"harm"}),
        "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100),
        "program": b"\x7fELF\x02\x01\x01" + bytes(100),
        "gzip": b"\x1f\x8b\x08\0" + bytes(100),
        "database": b"SQLite format 3\0" + bytes(100),
    }
    for kind, content in kinds.items():
        for suffix in SUFFIXES:
            yield f"{kind} by content{suffix}", content
    for suffix in (".txt", ".md", "", ".xls"):
        yield f"panic{suffix}", panicking_workbook()
    yield "text by content.pdf", b"Only words, and no document of its kind.\n" * 20
    yield "page by content.pdf", b"<html><body>Words</body></html>"
    for suffix in (".exe", ".zip", ".bin", ".so", ".png", ".jpg", ".mp4", ".pickle", ".faiss", ".pt"):
        yield f"unknown{suffix}", bytes(range(256))


def panicking_workbook() -> bytes:
    """Return a workbook of Excel before 2007 with a sheet's record cut off: the library that reads it panics."""
    empty, end = 0xFFFFFFFF, 0xFFFFFFFE
    chains = [end, end, *range(3, 12), end] + [empty] * 116
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[empty] * 108)
    folder = folder_entry("Root Entry", 5, end, 0) + folder_entry("Workbook", 2, 2, 5000) + bytes(256)
    records = struct.pack("<8H", 0x809, 16, 0x600, 5, 0, 0, 0, 0) + bytes(4) + struct.pack("<2H", 0x85, 0)
    return head + struct.pack("<128I", *chains) + folder + records.ljust(5120, b"\0")


def folder_entry(name: str, kind: int, start: int, size: int) -> bytes:
    """Return the entry of a stream in a compound file, its name in UTF-16."""
    encoded = name.encode("utf-16-le") + b"\0\0"
    told = struct.pack("<HBB3I", len(encoded), kind, 1, *[0xFFFFFFFF] * 3)
    return encoded.ljust(64, b"\0") + told + bytes(36) + struct.pack("<IQ", start, size)


def broken_archives() -> Iterator[tuple[str, bytes]]:
    """Yield office files that are cut off or hollow."""
    for suffix, content in OFFICE.items():
        whole = archive({"[Content_Types].xml": b"<Types/>", content: b"<?xml version='1.0'?><x/>"})
        for number in range(6):
            yield f"cut {number}{suffix}", whole[: 4 + number * 20]
        yield f"empty{suffix}", b""
        yield f"noise{suffix}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
        yield f"no members{suffix}", archive({})
        yield f"other members{suffix}", archive({"../../../etc/passwd": b"root", "C:\\harm.txt": b"harm"})
        yield f"no xml{suffix}", archive({"[Content_Types].xml": b"\0", content: b"\0\1\2"})


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield small files that become very large, deep or slow."""
    yield "large stream.pdf", pdf(b"<</Type/Pages/Kids[3 0 R]/Count 1>>", zeros(10**10), b"/Filter/FlateDecode")
    nested = zlib.compress(zeros(10**10), 9)
    filters = b"/Filter[/FlateDecode/FlateDecode]"
    yield "nested stream.pdf", pdf(b"<</Type/Pages/Kids[3 0 R]/Count 1>>", nested, filters)
    for suffix, content in OFFICE.items():
        yield f"large{suffix}", large_archive(content)
        yield f"large and lying{suffix}", large_archive(content, members=1, declared=1000)
        yield f"laughing{suffix}", laughing(content)
        yield f"deep{suffix}", deep(content)
    yield "nested.docx", nested_archive()
    yield "nested.zip", nested_archive()
    yield "crowded.docx", crowded()


def pdf(pages: bytes, stream: bytes | None = None, options: bytes = b"") -> bytes:
    """Return a PDF with this tree of pages, and one page with this content."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", pages]
    if stream is not None:
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>")
        head = b"<</Length %d%s>>" % (len(stream), options)
        objects.append(head + b"stream\n" + stream + b"\nendstream")
    written, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return written + end % (len(objects) + 1, table, len(objects) + 1, len(written))
