"""Files: found, opened safely, hashed, decoded."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from rag.errors import SourceError, SourceNotText, SourceUnreadable, SourceUnsupported
from rag.reading.reader import too_large
from rag.types import Refusal

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16: its mark in little-endian order begins with that of UTF-16."""

OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Found(NamedTuple):
    """A file to read, and the name it goes by."""

    path: Path
    source: str


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
            raise too_large(source, f"{status.st_size:,} bytes", f"{max_bytes:,}")
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
        raise too_large(source, f"more than {max_bytes:,} bytes", f"{max_bytes:,}")
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
    return hash_bytes(read_bytes(path, source or path.name, max_bytes))


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


def find_files(
    paths: Sequence[Path | str], *, suffixes: Collection[str], root: Path | None = None
) -> Iterator[Found | Refusal]:
    """Yield the files that are named, and those in the folders that are named; see `rag.reading.discover`."""
    base = Path(os.path.abspath(root if root is not None else os.getcwd()))
    seen: set[str] = set()
    for given in paths:
        top = Path(os.path.abspath(given))
        for path in walk(top):
            found = check_found(path, top, base, suffixes)
            if isinstance(found, Refusal) or found.source not in seen:
                yield found
            seen.add(found.source)


def walk(top: Path) -> Iterator[Path]:
    """Yield the file itself, or the files below a folder in the order of their paths; hidden ones are passed over.

    What cannot be looked at, be it a folder, is yielded like a file: reading it is refused.
    """
    waiting = [str(top)]
    while waiting:  # no recursion: folders may lie deeper than Python's stack
        path = waiting.pop()
        if path != str(top) and os.path.isdir(path) and is_link(path):
            continue
        try:
            names = sorted(os.listdir(path), reverse=True) if os.path.isdir(path) else None
        except OSError:
            names = None
        if names is None:
            yield Path(path)
        else:
            waiting.extend(os.path.join(path, name) for name in names if not name.startswith("."))


def is_link(path: Path | str) -> bool:
    """Tell whether a path is a link; what cannot be looked at is none."""
    try:
        return bool(stat.S_ISLNK(os.lstat(path).st_mode))
    except (OSError, ValueError):
        return False


def check_found(path: Path, top: Path, base: Path, suffixes: Collection[str]) -> Found | Refusal:
    """Return the file with its name, or why it is refused; a path that cannot be looked at is refused, too."""
    source = (path.relative_to(base) if path.is_relative_to(base) else path).as_posix()
    shown = source.encode("utf-8", "backslashreplace").decode()
    if shown != source:
        return Refusal(shown, SourceUnreadable.code, f"The name of {shown} is not valid UTF-8. Rename it.")
    try:
        return check_place(path, source, top, suffixes)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links is a RuntimeError in some versions
        reason = getattr(error, "strerror", None) or str(error)
        return Refusal(source, SourceUnreadable.code, f"{source!r} cannot be read: {reason}. Check its path.")


def check_place(path: Path, source: str, top: Path, suffixes: Collection[str]) -> Found | Refusal:
    """Return the file if it lies where it may and has a reader, or why it is refused.

    Raises:
        OSError: It cannot be looked at.
    """
    if os.path.isdir(path):
        return Refusal(source, SourceUnreadable.code, f"The folder {source!r} cannot be read. Check its permissions.")
    if not os.path.lexists(path):
        return Refusal(source, SourceUnreadable.code, f"There is no file {source!r}. Check its path.")
    os.stat(path)  # a link may lead nowhere, or to itself
    if path != top and is_link(path) and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(top)):
        reason = f"{source!r} is a link that leads out of the folder. Name its target to ingest it."
        return Refusal(source, SourceUnreadable.code, reason)
    if path.suffix.lower() not in suffixes:
        error = unsupported(source, suffixes)
        return Refusal(source, error.code, str(error))
    return Found(path, source)


def unsupported(source: str, suffixes: Collection[str]) -> SourceUnsupported:
    """Return the refusal of a file whose format has no reader."""
    suffix = Path(source).suffix
    known = ", ".join(sorted(suffix for suffix in suffixes if suffix))
    return SourceUnsupported(
        f"{source!r} cannot be read: there is no reader for {suffix!r}.", remedy=f"Convert it to one of: {known}."
    )
