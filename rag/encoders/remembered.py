"""Hashes of large files, remembered while the file is the same one, so that a start need not read 90 MB."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

from rag.durable import make_folder, write_atomically
from rag.errors import CollectionError

SETTLED_S = 2.0
"""A file changed less than this ago may change again within one tick of its time stamp: it is not remembered."""


class RememberedHashes:
    """The sha256 of files, remembered in a small file beside the converted models.

    A file counts as the same while device, inode, size, time of change (``mtime``) and time of change of the inode
    (``ctime``, which no ordinary program can set back) are the same. What this does not see is a disk that gives other
    bytes for a file that nobody wrote to. A memory that cannot be read or written costs time only.
    """

    def __init__(self, memory: Path) -> None:
        """Take the file to remember in; it need not exist."""
        self.memory = memory

    def sha256(self, path: Path) -> str:
        """Return the hexadecimal sha256 of a file.

        Raises:
            OSError: The file cannot be read.
        """
        path = path.resolve()
        marks = signs(path)
        known = self.read().get(str(path))
        if isinstance(known, list) and known[:-1] == marks and len(str(known[-1])) == 64:
            return str(known[-1])
        with path.open("rb") as file:
            value = hashlib.file_digest(file, "sha256").hexdigest()
        if signs(path) == marks and time.time_ns() - max(marks[3:]) > SETTLED_S * 1e9:
            self.write(self.read() | {str(path): [*marks, value]})
        return value

    def read(self) -> dict[str, object]:
        """Return what is remembered; nothing if that cannot be read."""
        try:
            remembered = json.loads(self.memory.read_bytes())
        except (OSError, ValueError):
            return {}
        return remembered if isinstance(remembered, dict) else {}

    def write(self, remembered: dict[str, object]) -> None:
        """Remember, if the place can be written, the files that still exist."""
        kept = {path: marks for path, marks in remembered.items() if Path(path).exists()}
        with suppress(CollectionError):
            make_folder(self.memory.parent)
            write_atomically(self.memory, json.dumps(kept, indent=0).encode())


def signs(path: Path) -> list[int]:
    """Return what tells a file from a changed one: device, inode, size, mtime and ctime in nanoseconds."""
    status = path.stat()
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
