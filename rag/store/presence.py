"""Whether the collection that was opened is still the one at its place: another process may have deleted it."""

from __future__ import annotations

from pathlib import Path

from rag.durable import HeldDatabase
from rag.errors import CollectionNotFound


class Presence:
    """One file, as it was opened; nothing is known of it before `hold`."""

    def __init__(self, path: Path, subject: str) -> None:
        """Take the database's path, and how messages call the collection."""
        self._path = path
        self._subject = subject
        self._held: HeldDatabase | None = None

    def hold(self) -> None:
        """Remember the file that lies there."""
        self._held = HeldDatabase(self._path)

    def holds(self) -> bool:
        """Tell whether that file lies there still."""
        return self._held is None or self._held.lies_there()

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
        if self._held is not None:
            self._held.close()


def subject_of(folder: Path) -> str:
    """Return how messages call the collection in a folder."""
    return f"The collection '{folder.name}'"
