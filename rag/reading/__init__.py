"""Files -> documents: one reader a format, chosen by what the bytes are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.errors import SourceEmpty
from rag.reading.dating import HEAD_CHARACTERS, date_document
from rag.reading.files import hash_bytes, hash_file, read_bytes, suffix_of
from rag.reading.folders import Folder, Found, absolute, find_files, place_of, source_of
from rag.reading.formats import SETTINGS_SUFFIXES, SUFFIXES, VERSIONS, read_content
from rag.reading.markdown import is_markup, read_markup
from rag.reading.reader import Reader, Reading, Source
from rag.reading.text import first_sentence, shorten
from rag.reading.titles import distinguish, readable_name
from rag.types import Document, Refusal

__all__ = [
    "Folder",
    "Found",
    "Reader",
    "Reading",
    "SUFFIXES",
    "absolute",
    "discover",
    "hash_file",
    "is_current",
    "is_markup",
    "place_of",
    "read",
    "read_markup",
    "source_of",
    "suffix_of",
]

OF_RECORDS = ("delimited/", "json/", "sheets/", "code/")
"""Readers of rows, records and code, of which the first says nothing of the others: such a file goes by its name."""


def read(path: Path, *, source: str, max_bytes: int, max_characters: int) -> Document:
    r"""Read a file.

    The canonical text of a text file is the decoded file: the byte order mark is dropped, line breaks stay as they
    are (``\r\n`` too), nothing is normalised; that of another format is what its reader makes of it. The title is
    the one the file names (front matter, properties, the first heading of level 1), a first line that looks like a
    title, the first sentence, or at last the file's name; the name is added to one that any document of the kind could
    bear. A file of rows, records, code or settings that names none goes by its name. The date, and where it comes from,
    is told by `rag.reading.dating.date_document`.

    Args:
        path: Where the file lies.
        source: The name it goes by.
        max_bytes: Largest file read.
        max_characters: Longest canonical text taken.

    Raises:
        SourceUnreadable: It is missing, forbidden, a folder, a pipe or a device.
        SourceUnsupported: Its format has no reader.
        SourceTooLarge: It is over a limit.
        SourceEmpty: It holds no text: white space, a byte order mark or markup only.
        SourceNotText: It is binary, or neither UTF-8 nor UTF-16 or UTF-32 with a byte order mark.
        SourceScanned: It holds pictures of text only.
        SourceEncrypted: It needs a password.
        SourceDamaged: It is broken, or not what its name says.
    """
    content = read_bytes(path, source, max_bytes)
    found = read_content(content, Source(source, max_characters, suffix_of(path, source)))
    if not found.reading.text.strip():
        raise SourceEmpty(f"{source!r} holds no text.", remedy="Leave it out.")
    head = "" if found.version.startswith(OF_RECORDS) else found.reading.text[:HEAD_CHARACTERS]
    return Document(
        source=source,
        title=find_title(found, source, is_settings=suffix_of(path, source) in SETTINGS_SUFFIXES),
        revision=hash_bytes(content),
        text=found.text,
        reading=found.reading,
        locators=found.locators,
        metadata=date_document(found.metadata, source, head, found.file_date),
        size_bytes=len(content),
        reader=found.version,
    )


def find_title(found: Reading, source: str, *, is_settings: bool) -> str:
    """Return the title of a file that was read; see `read`."""
    named = "" if is_settings else shorten(found.title or "")
    if not named and not is_settings and not found.version.startswith(OF_RECORDS):
        named = shorten(first_sentence(found.reading.text))
    return shorten(distinguish(named, source)) if named else readable_name(source) or source


def is_current(reader: str) -> bool:
    """Tell whether the readers of now are those that read a document; others may make another text of its file.

    Args:
        reader: Name and version of the one that read it, as `Document.reader` has them.
    """
    return reader in VERSIONS


def discover(
    paths: Sequence[Path | str],
    *,
    root: Path | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Iterator[Found | Refusal]:
    """Yield the files to read under some paths, and a refusal for each that cannot be.

    A folder stands for the files below it, in the order of their paths; hidden files and folders are passed over,
    linked folders are not entered, and a linked file counts only where its target lies in the folder. Patterns and
    the ignore files ``.vouchignore`` can leave out more (`rag.reading.folders.Folder`); a file that is named by itself
    is taken all the same. A path that is named twice is yielded once: as found, where it is refused in a folder only.

    A file's *source* is its path relative to `root` where it lies below it, and its absolute path elsewhere, however
    it was named, through a link or not: no file is two documents, and no two files are one.

    Args:
        paths: Files and folders.
        root: What sources are relative to; the working directory if None.
        include: In folders, only files that match one of these patterns; all if empty.
        exclude: In folders, no file and no folder that matches one of these.

    Yields:
        `Found` (``path``, ``source``), or `Refusal` for what is missing or has no reader.

    Raises:
        UsageError: A pattern or an ignore file cannot be understood.
    """
    return find_files(paths, suffixes=SUFFIXES, root=root, include=include, exclude=exclude)
