"""Whole files: written beside their place, synced and renamed, so that a reader meets the old bytes or the new ones."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from rag.errors import CollectionError, StorageFull

FILE_MODE = 0o600
SHARED_MODE = 0o666
FOLDER_MODE = 0o700
UNFINISHED_SUFFIX = ".unfinished"
NO_SPACE_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_atomically(path: Path, data: bytes | bytearray | memoryview, *, mode: int = FILE_MODE) -> None:
    """Write a whole file, so that any crash leaves the old file or the new one.

    The bytes go to a temporary file in the same folder, which must exist; they are synced, renamed over `path`, and the
    folder is synced. On an error `path` is as it was. The file is private, unless `mode` is `SHARED_MODE`: what a user
    exports has the mode that the umask gives.

    Raises:
        StorageFull: There is no space left.
        CollectionError: The file cannot be written for another reason.
    """
    write_stream_atomically(path, [data], mode=mode)


def write_stream_atomically(
    path: Path, pieces: Iterable[bytes | bytearray | memoryview], *, mode: int = FILE_MODE
) -> None:
    """Write a whole file piece by piece, as `write_atomically` does; what `pieces` raises leaves `path` as it was.

    Raises:
        StorageFull: There is no space left.
        CollectionError: The file cannot be written for another reason.
    """
    unfinished = unfinished_beside(path)
    try:
        try:
            write_synced(unfinished, pieces, mode=mode)
            os.replace(unfinished, path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, f"The file {path}") from error


def unfinished_beside(path: Path) -> Path:
    """Return a new name in the folder of `path`, which `remove_unfinished` knows."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}{UNFINISHED_SUFFIX}")


def write_synced(path: Path, pieces: Iterable[bytes | bytearray | memoryview], *, mode: int = FILE_MODE) -> None:
    """Write a new file and sync it; `path` must not exist."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def publish(unfinished: Path, path: Path) -> None:
    """Give a finished file its name, which no other may have.

    Raises:
        FileExistsError: There is one of this name, which stays as it is.
        OSError: It cannot be done.
    """
    try:
        os.link(unfinished, path)  # unlike a rename, it never takes the place of a file
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links (FAT, many network shares): the name is claimed first
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
        try:
            os.replace(unfinished, path)
        except OSError:
            path.unlink()  # an empty file would be taken for a damaged one
            raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, 0700, durably; one that exists is left as it is.

    Raises:
        StorageFull: There is no space left.
        CollectionError: It cannot be created for another reason.
    """
    try:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir(mode=FOLDER_MODE, exist_ok=True)
            sync_folder(place.parent)
    except OSError as error:
        raise storage_error(error, f"The folder {folder}") from error


def remove_unfinished(folder: Path, older_than_s: float = 3600.0) -> None:
    """Remove what a killed process left below a folder, once nobody can be writing it any more."""
    before = time.time() - older_than_s
    for leftover in folder.rglob(f".*{UNFINISHED_SUFFIX}*"):
        # Another process may tidy at the same time.
        with suppress(FileNotFoundError):
            if leftover.stat().st_mtime < before:
                leftover.unlink()


def storage_error(error: OSError, subject: str) -> CollectionError:
    """Return ours for an error of the operating system; `subject` begins the message."""
    if error.errno in NO_SPACE_ERRNOS:
        return no_space(subject)
    return CollectionError(
        f"{subject} cannot be used: {error.strerror or error}.", remedy="Check the disk and the permissions."
    )


def no_space(subject: str) -> StorageFull:
    """Return the error for a full disk."""
    return StorageFull(
        f"{subject} cannot be written: no space left on the disk.",
        remedy="What was stored before is intact. Free some space and try again.",
    )
