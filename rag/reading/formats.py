"""Which reader reads a file: its bytes decide, and its suffix among formats of text."""

from __future__ import annotations

import re

from rag.errors import SourceNotText, SourceUnsupported
from rag.reading import code, delimited, epub, html, message, notation, office, pdf
from rag.reading.archive import Archive, is_encrypted
from rag.reading.code import SUFFIXES as CODE_SUFFIXES
from rag.reading.code import is_code, read_code
from rag.reading.delimited import read_delimited
from rag.reading.epub import read_epub
from rag.reading.files import BYTE_ORDER_MARKS, decode
from rag.reading.frontmatter import read_front_matter
from rag.reading.html import is_html, read_html
from rag.reading.markdown import is_markup, read_markup
from rag.reading.message import read_message
from rag.reading.notation import read_json, read_notebook
from rag.reading.office import read_opendocument, read_sheets, read_slides, read_word
from rag.reading.pdf import read_pdf
from rag.reading.reader import Reader, Reading, Source
from rag.reading.text import read_text

TEXT_VERSION = "text/3"
VERSIONS = frozenset(
    (
        *(TEXT_VERSION, code.VERSION, delimited.VERSION, epub.VERSION, html.VERSION, message.VERSION, pdf.VERSION),
        *(notation.JSON_VERSION, notation.NOTEBOOK_VERSION, *office.VERSIONS),
    )
)
"""Readers as they are now. What another version has read is read again: it may have made another text of it."""
PDF_WITHIN_BYTES = 1024
"""The mark of a PDF may stand after some bytes of something else, as all programs allow."""
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
WORKBOOK = "Workbook".encode("utf-16-le")
OLD_BOOK = "Book".encode("utf-16-le")
ARCHIVED: dict[str, Reader] = {
    "application/epub+zip": read_epub,
    "application/vnd.oasis.opendocument.presentation": read_opendocument,
    "application/vnd.oasis.opendocument.presentation-template": read_opendocument,
    "application/vnd.oasis.opendocument.spreadsheet": read_sheets,
    "application/vnd.oasis.opendocument.spreadsheet-template": read_sheets,
    "application/vnd.oasis.opendocument.text": read_opendocument,
    "application/vnd.oasis.opendocument.text-template": read_opendocument,
}
"""What an archive says that it is, in its member ``mimetype`` -> reader."""
PACKAGED: dict[str, Reader] = {"word/": read_word, "xl/": read_sheets, "ppt/": read_slides}
"""Folder of an Office Open XML package -> reader."""
BINARY_SUFFIXES = frozenset(
    re.findall(
        r"\.\w+",
        ".docm .docx .dotm .dotx .epub .odp .ods .odt .otp .ots .ott .pdf .potm .potx .ppsm .ppsx .pptm .pptx .xls "
        ".xlsb .xlsm .xlsx .xltm .xltx",
    )
)
"""What is one of these by its name must be one by its content, too: none of them is text."""
TEXT_SUFFIXES = frozenset(
    re.findall(
        r"\.\w+",
        ".adoc .bib .cfg .conf .css .csv .env .htm .html .ini .ipynb .json .jsonl .log .markdown .md .mdx .ndjson .org "
        ".properties .qmd .rmd .rst .srt .tab .tex .text .toml .tsv .txt .vtt .xhtml .xml .yaml .yml",
    )
)
SETTINGS_SUFFIXES = frozenset(
    (
        ".bib",
        ".cfg",
        ".conf",
        ".css",
        ".env",
        ".ini",
        ".log",
        ".properties",
        ".srt",
        ".toml",
        ".vtt",
        ".xml",
        ".yaml",
        ".yml",
    )
)
"""Text whose first line says nothing of the rest."""
SUFFIXES = BINARY_SUFFIXES | TEXT_SUFFIXES | CODE_SUFFIXES | message.SUFFIXES | {""}
"""Suffixes of the files that are read. A file of another suffix is read where it is text."""


def read_content(content: bytes, source: Source) -> Reading:
    """Read the bytes of a file by what they are.

    Raises:
        SourceUnsupported: They are of a format that has no reader.
        SourceDamaged: They are broken, or not what the file's name says.
        SourceEncrypted: They need a password.
        SourceNotText: They are text in an encoding that cannot be known.
        SourceScanned: They hold pictures of text only.
        SourceTooLarge: What they hold is over a limit.
    """
    if is_pdf(content, source.suffix):
        return read_pdf(content, source)
    if content.startswith(b"PK\x03\x04"):
        return find_archive_reader(content, source)(content, source)
    if content.startswith(OLD_OFFICE):
        return read_old_office(content, source)
    if content.startswith(b"{\\rtf"):
        raise unsupported(source, "it is Rich Text")
    if source.suffix in BINARY_SUFFIXES and content:
        raise source.damaged(f"it is no {source.suffix[1:].upper()} file")
    return read_text_content(content, source)


def is_pdf(content: bytes, suffix: str) -> bool:
    """Tell whether the bytes of a file are a PDF, and no text that tells of one."""
    before, mark, _ = content[:PDF_WITHIN_BYTES].partition(b"%PDF-")
    if not mark:
        return False
    try:
        return suffix == ".pdf" or not before.decode("utf-8-sig").strip(" \t\r\n\f\0")
    except UnicodeDecodeError:
        return True


def find_archive_reader(content: bytes, source: Source) -> Reader:
    """Return the reader of an archive, by what it holds.

    Raises:
        SourceUnsupported: It is an archive of something else.
        SourceEncrypted: It needs a password.
    """
    archive = Archive(content, source)
    if is_encrypted(archive):
        raise source.encrypted()
    if "mimetype" in archive and archive.names["mimetype"].file_size < 200:
        named = archive.read("mimetype").decode("ascii", "replace").strip()
        if reader := ARCHIVED.get(named):
            return reader
    if "[Content_Types].xml" in archive:
        for folder, reader in PACKAGED.items():
            if any(name.startswith(folder) for name in archive.names):
                return reader
    if "META-INF/container.xml" in archive:
        return read_epub
    raise unsupported(source, "it is an archive")


def read_old_office(content: bytes, source: Source) -> Reading:
    """Read a workbook of Excel before 2007; refuse the other formats of its kind.

    Raises:
        SourceEncrypted: It is a document that needs a password: those are wrapped so.
        SourceUnsupported: It is another old document.
    """
    if ENCRYPTED_PACKAGE in content:
        raise source.encrypted()
    if WORKBOOK in content or OLD_BOOK in content:
        return read_sheets(content, source)
    raise unsupported(source, "it is a document of an Office before 2007")


def read_text_content(content: bytes, source: Source) -> Reading:
    """Read a file of text, by its suffix and what it holds.

    Raises:
        SourceNotText: It is binary, or in an encoding that cannot be known.
        SourceUnsupported: It is binary, and its suffix names no format that is read.
    """
    suffix = source.suffix
    if suffix in (".htm", ".html", ".xhtml"):
        return read_html(content, source)
    if suffix in message.SUFFIXES:
        return read_message(content, source)
    text = decode_text(content, source)
    if suffix in (".csv", ".tsv", ".tab"):
        return read_delimited(text, suffix)
    if suffix == ".ipynb":
        return read_notebook(text, source)
    if suffix in (".json", ".jsonl", ".ndjson"):
        return read_json(text, source)
    if is_html(text):
        return read_html(content, source)
    if is_code(text, suffix):
        return read_code(text, suffix)
    if suffix in MARKDOWN_SUFFIXES or (suffix in PROSE_SUFFIXES and is_markup(text)):
        return Reading(text, *read_markup(text), read_front_matter(text)[1], TEXT_VERSION)
    return Reading(text, *read_text(text), {}, TEXT_VERSION)


MARKDOWN_SUFFIXES = frozenset((".markdown", ".md", ".mdx", ".qmd", ".rmd"))
PROSE_SUFFIXES = frozenset(("", ".log", ".rst", ".text", ".txt"))
"""Text that may be Markdown; a file of settings is not, whatever marks it has in it."""


def decode_text(content: bytes, source: Source) -> str:
    """Return the canonical text of a text file.

    Raises:
        SourceNotText: It is binary, or in an encoding that cannot be known.
        SourceUnsupported: So it is, and its suffix names no format that is read.
        SourceTooLarge: It is over the limit.
    """
    try:
        text = decode(content, source.name)
    except SourceNotText:
        is_marked = any(content.startswith(mark) for mark, _ in BYTE_ORDER_MARKS)
        if source.suffix not in SUFFIXES and not is_marked:
            raise unsupported(source, f"there is no reader for {source.suffix!r}") from None
        raise
    source.check_length(len(text))
    return text


def unsupported(source: Source, why: str) -> SourceUnsupported:
    """Return the refusal of a file whose format has no reader."""
    return SourceUnsupported(
        f"{source.name!r} cannot be read: {why}.",
        remedy="Save it as PDF, DOCX, PPTX, XLSX, ODT, HTML, EPUB, CSV or text.",
    )
