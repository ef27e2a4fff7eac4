"""Files -> documents: one reader a format, chosen by suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from rag.errors import SourceEmpty
from rag.reading.files import Found, decode, find_files, hash_bytes, hash_file, read_bytes, too_large, unsupported
from rag.reading.frontmatter import read_front_matter
from rag.reading.markdown import is_markup, read_markup
from rag.reading.text import first_sentence, read_text, shorten
from rag.types import Document, Locator, Metadata, ReadingText, Refusal

__all__ = ["READERS", "Found", "Reader", "discover", "hash_file", "is_markup", "read", "read_markup"]

Reader = Callable[[str], tuple[ReadingText, tuple[Locator, ...], str | None, Metadata]]
"""Canonical text in; reading text, locators, title (if it has one) and metadata out."""


def read_markdown_file(text: str) -> tuple[ReadingText, tuple[Locator, ...], str | None, Metadata]:
    """Read a file that is Markdown by its name."""
    return *read_markup(text), read_front_matter(text)[1]


def read_text_file(text: str) -> tuple[ReadingText, tuple[Locator, ...], str | None, Metadata]:
    """Read a text file, as Markdown where its content is."""
    return read_markdown_file(text) if is_markup(text) else (*read_text(text), {})


READERS: dict[str, Reader] = {
    "": read_text_file,
    ".log": read_text_file,
    ".markdown": read_markdown_file,
    ".md": read_markdown_file,
    ".rst": read_text_file,
    ".text": read_text_file,
    ".txt": read_text_file,
}
"""Suffix in lower case -> reader. A file without suffix (README) is text; whether it is shows when it is decoded."""

READER_VERSION = "text/1"


def read(path: Path, *, source: str, max_bytes: int, max_characters: int) -> Document:
    r"""Read a file.

    The canonical text is the decoded file: the byte order mark is dropped, line breaks stay as they are (``\r\n``
    too), nothing is normalised. The title is that of the front matter, the first heading of level 1, a first line
    that looks like a title, the first sentence, or at last the file's name.

    Args:
        path: Where the file lies.
        source: The name it goes by.
        max_bytes: Largest file read.
        max_characters: Longest canonical text taken.

    Raises:
        SourceUnreadable: It is missing, forbidden, a folder, a pipe or a device.
        SourceUnsupported: Its suffix has no reader.
        SourceTooLarge: It is over a limit.
        SourceEmpty: It holds no text: white space, a byte order mark or markup only.
        SourceNotText: It is binary, or neither UTF-8 nor UTF-16 or UTF-32 with a byte order mark.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise unsupported(source, READERS)
    content = read_bytes(path, source, max_bytes)
    text = decode(content, source)
    if len(text) > max_characters:
        raise too_large(source, f"{len(text):,} characters", f"{max_characters:,}")
    reading, locators, title, metadata = reader(text)
    if not reading.text.strip():
        raise SourceEmpty(f"{source!r} holds no text.", remedy="Leave it out.")
    return Document(
        source=source,
        title=shorten(title or "") or shorten(first_sentence(reading.text)) or PurePosixPath(source).stem or source,
        revision=hash_bytes(content),
        text=text,
        reading=reading,
        locators=locators,
        metadata=metadata,
        size_bytes=len(content),
        reader=READER_VERSION,
    )


def discover(paths: Sequence[Path | str], *, root: Path | None = None) -> Iterator[Found | Refusal]:
    """Yield the files to read under some paths, and a refusal for each that cannot be.

    A folder stands for the files below it, in the order of their paths; hidden files and folders are passed over,
    linked folders are not entered, and a linked file counts only where its target lies in the folder. A path that is
    named twice is yielded once.

    A file's *source* is its path relative to `root` where it lies below it, and its absolute path elsewhere, however
    it was named: no file is two documents, and no two files are one.

    Args:
        paths: Files and folders.
        root: What sources are relative to; the working directory if None.

    Yields:
        `Found` (``path``, ``source``), or `Refusal` for what is missing or has no reader.
    """
    return find_files(paths, suffixes=READERS, root=root)
