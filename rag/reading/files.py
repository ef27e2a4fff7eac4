"""Files: opened safely, hashed, decoded."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rag.errors import SourceError, SourceNotText, SourceUnreadable, SourceUnsupported
from rag.reading.reader import too_large

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16: its mark in little-endian order begins with that of UTF-16."""

OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

PIECE_BYTES = 1 << 20
RAISE_BYTES = "Split it, or raise VOUCH_FILE_MAX_BYTES."


def suffix_of(path: Path, source: str) -> str:
    """Return the suffix by which a file is read, in lower case with its dot: an upload lies under a name of its own.

    Args:
        path: Where it lies.
        source: The name it goes by, which counts first.

    >>> suffix_of(Path("/uploads/1"), "notes/Plan.TXT")
    '.txt'
    """
    return (PurePosixPath(source).suffix or path.suffix).lower()


def open_file(path: Path, source: str, max_bytes: int) -> BinaryIO:
    """Open a regular file of a size that is allowed; a pipe or a device is never waited for.

    Raises:
        SourceUnreadable: It is missing, forbidden, or no regular file.
        SourceTooLarge: It has more than `max_bytes` bytes.
    """
    try:
        check_regular(os.stat(path), source)
        descriptor = os.open(path, OPEN_FLAGS)
    except (OSError, ValueError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise SourceUnreadable(
            f"{source!r} cannot be read: {reason}.", remedy="Check its path and permissions."
        ) from error
    file = os.fdopen(descriptor, "rb")
    try:
        status = os.fstat(descriptor)
        check_regular(status, source)
        if status.st_size > max_bytes:
            raise too_large(source, f"{status.st_size:,} bytes", f"{max_bytes:,}", RAISE_BYTES)
    except SourceError:
        file.close()
        raise
    return file


def check_regular(status: os.stat_result, source: str) -> None:
    """Refuse what is not a regular file.

    Raises:
        SourceUnreadable: It is a folder, a pipe, a socket or a device.
    """
    if stat.S_ISREG(status.st_mode):
        return
    kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, a socket or a device"
    raise SourceUnreadable(f"{source!r} is {kind}, not a file.", remedy="Name a regular file.")


def read_bytes(path: Path, source: str, max_bytes: int) -> bytes:
    """Return the bytes of a file.

    Raises:
        SourceUnreadable: It is missing, forbidden, or no regular file.
        SourceTooLarge: It has more than `max_bytes` bytes.
    """
    with open_file(path, source, max_bytes) as file:
        try:
            content = file.read(max_bytes + 1)
        except OSError as error:
            raise SourceUnreadable(f"{source!r} cannot be read: {error.strerror}.", remedy="Try again.") from error
    if len(content) > max_bytes:
        raise too_large(source, f"more than {max_bytes:,} bytes", f"{max_bytes:,}", RAISE_BYTES)
    return content


def hash_bytes(content: bytes) -> str:
    """Return the revision of a file with this content: ``sha256:`` and the hexadecimal hash."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def hash_file(path: Path, *, max_bytes: int, source: str = "") -> str:
    """Return the revision of a file as it lies there, without decoding it.

    Raises:
        SourceUnreadable: It is missing, forbidden, or no regular file.
        SourceTooLarge: It has more than `max_bytes` bytes.
    """
    source = source or path.name
    digest = hashlib.sha256()
    with open_file(path, source, max_bytes) as file:
        try:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
        except OSError as error:
            raise SourceUnreadable(f"{source!r} cannot be read: {error.strerror}.", remedy="Try again.") from error
    return f"sha256:{digest.hexdigest()}"


def decode(content: bytes, source: str) -> str:
    """Return the canonical text of a file: UTF-8, or UTF-16 and UTF-32 with a byte order mark, which is dropped.

    Another encoding is refused, not guessed: a wrong guess would be cited verbatim.

    Raises:
        SourceNotText: The bytes are in another encoding, or hold NUL characters.
    """
    mark, encoding = next(((m, e) for m, e in BYTE_ORDER_MARKS if content.startswith(m)), (b"", "utf-8"))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = len(mark) + error.start
        raise SourceNotText(
            f"{source!r} is not {encoding.upper()} text: byte {content[offset]:#04x} at offset {offset:,}.",
            remedy="If it is text in another encoding, convert it to UTF-8.",
        ) from None
    if (offset := text.find("\0")) >= 0:
        raise SourceNotText(
            f"{source!r} is binary: a NUL character at position {offset:,}.",
            remedy="Export it as text; UTF-16 needs a byte order mark.",
        )
    return text


def unsupported(source: str) -> SourceUnsupported:
    """Return the refusal of a file in a folder whose name names no format that is read."""
    return SourceUnsupported(
        f"{source!r} cannot be read: there is no reader for {Path(source).suffix!r}.",
        remedy="Save it as PDF, DOCX, PPTX, XLSX, ODT, HTML, EPUB, CSV or text; if it is text, name it by itself.",
    )
