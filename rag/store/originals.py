"""The files that documents were read from, kept in the collection's folder: one file per content, named by its hash.

A file is there before the commit of the document that needs it, and goes after the commit of the change that no longer
does. A crash in between leaves a file that nobody needs, never a document without its file; the next writer removes it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Generator, Iterator
from contextlib import closing
from pathlib import Path

from rag.durable import make_folder, storage_error, write_stream_atomically
from rag.errors import CollectionDamaged, SourceUnreadable

ORIGINALS_FOLDER = "originals"
REVISION_PREFIX = "sha256:"
HASH_CHARACTERS = 64
PIECE_BYTES = 1 << 20
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class Originals:
    """The kept files of one collection. Reading needs no lock; only who holds the writer's lock may change them."""

    def __init__(self, folder: Path) -> None:
        """Take the collection's folder."""
        self.folder = folder / ORIGINALS_FOLDER

    def path(self, revision: str) -> Path:
        """Return where the file of a revision lies, if it is kept."""
        return self.folder / revision.removeprefix(REVISION_PREFIX)

    def has(self, revision: str) -> bool:
        """Tell whether the file of a revision is kept."""
        return self.path(revision).is_file()

    def revisions(self) -> list[str]:
        """Return the revisions whose files are kept, sorted; names that are no hash are passed over."""
        try:
            names = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise storage_error(error, f"The folder {self.folder}") from error
        return [f"{REVISION_PREFIX}{name}" for name in names if is_hash(name)]

    def keep(self, file: Path, revision: str, source: str) -> None:
        """Copy a file in, unless its content is kept already.

        Raises:
            SourceUnreadable: It cannot be read, or is no longer what was read (`revision`).
            StorageFull: There is no space left.
            CollectionError: It cannot be written.
        """
        if self.has(revision) and hash_of(self.path(revision)) == revision:
            return
        make_folder(self.folder)
        digest = hashlib.sha256()

        def checked() -> Generator[bytes]:
            try:
                for piece in pieces(file):
                    digest.update(piece)
                    yield piece
            except OSError as error:
                reason = error.strerror or error
                raise SourceUnreadable(f"{source!r} cannot be read: {reason}.", remedy="Try again.") from error
            if f"{REVISION_PREFIX}{digest.hexdigest()}" != revision:
                raise SourceUnreadable(f"{source!r} has changed while it was being read.", remedy="Add it again.")

        with closing(checked()) as content:
            write_stream_atomically(self.path(revision), content)

    def require(self, revision: str, source: str) -> Path:
        """Return the kept file of a revision, once its bytes have been compared with the hash.

        Raises:
            CollectionDamaged: It is missing, or not what was kept.
        """
        path = self.path(revision)
        found = hash_of(path)
        if found == revision:
            return path
        problem = "is missing" if found is None else "does not match its checksum"
        raise CollectionDamaged(
            f"The kept file of {source!r} {problem} ({path}).", remedy="Add the file again, or restore a backup."
        )

    def remove(self, revision: str) -> None:
        """Remove the file of a revision, if it is kept.

        Raises:
            CollectionError: It cannot be removed.
        """
        try:
            self.path(revision).unlink(missing_ok=True)
        except OSError as error:
            failure = storage_error(error, f"The kept file {self.path(revision)}")
            failure.remedy = "Its document is gone already. Check the permissions, then run: vouch doctor --repair"
            raise failure from error

    def unneeded(self, needed: Collection[str]) -> list[str]:
        """Return the kept revisions that are none of those needed."""
        return [revision for revision in self.revisions() if revision not in needed]


def is_hash(name: str) -> bool:
    """Tell whether a file's name is that of a kept file."""
    return len(name) == HASH_CHARACTERS and not set(name) - set("0123456789abcdef")


def hash_of(path: Path) -> str | None:
    """Return the revision of a regular file as it lies there; None where there is none, or it cannot be read."""
    digest = hashlib.sha256()
    try:
        for piece in pieces(path):
            digest.update(piece)
    except OSError:
        return None
    return f"{REVISION_PREFIX}{digest.hexdigest()}"


def pieces(path: Path) -> Iterator[bytes]:
    """Yield a regular file's bytes; a pipe or a device is never waited for.

    Raises:
        OSError: It cannot be read, or is no regular file.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "no such regular file", str(path))
    with os.fdopen(os.open(path, OPEN_FLAGS), "rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
