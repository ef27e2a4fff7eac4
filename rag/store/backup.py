"""A copy of a collection's database, made while others read and write it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from rag.durable import FILE_MODE, connect, storage_error, storage_errors


def copy_database(connection: sqlite3.Connection, path: Path, subject: str) -> None:
    """Write what a connection sees to a new file, with SQLite's backup, and sync it.

    All pages are copied within one read transaction: a commit that comes meanwhile neither shows nor begins it anew.

    Raises:
        StorageFull: There is no space left.
        CollectionError: It cannot be written.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
        with (
            storage_errors(f"The copy of {subject[0].lower()}{subject[1:]}"),
            closing(connect(path, synchronous="FULL")) as copy,
        ):
            connection.backup(copy, pages=-1)
        # Only once no connection has it any more: closing it would drop their locks.
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise storage_error(error, f"The file {path}") from error
