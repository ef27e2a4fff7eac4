"""Whether the collection that was opened is still the one at its place: another process may have deleted it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from rag.durable import connect
from rag.errors import CollectionNotFound


class Presence:
    """One file, as it was opened; nothing is known of it before `hold`."""

    def __init__(self, path: Path, subject: str) -> None:
        """Take the database's path, and how messages call the collection."""
        self._path = path
        self._subject = subject
        self._file: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = None

    def hold(self) -> None:
        """Remember the file that lies there, and keep it open, so that no other can be given its number."""
        self._connection = connect(self._path, synchronous="FULL", query_only=True)
        self._file = self._look()

    def holds(self) -> bool:
        """Tell whether that file lies there still."""
        return self._file is None or self._look() == self._file

    def require(self) -> None:
        """Refuse to go on with a collection that is not there any more.

        Raises:
            CollectionNotFound: It has been deleted; there may be another one of its name.
        """
        if not self.holds():
            raise CollectionNotFound(
                f"{self._subject} has been deleted.", remedy="Choose another, or open it anew.", field="collection"
            )

    def release(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_dev, status.st_ino


def subject_of(folder: Path) -> str:
    """Return how messages call the collection in a folder."""
    return f"The collection '{folder.name}'"
