"""Files on their way into a collection: received into a folder of their own, noted down, and told of afterwards.

Below the collection's folder, ``incoming/<id>/`` holds the files of an ingest that is not finished, with a lock that
dies with the process that received them, and ``ingests/<id>.json`` says what became of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from rag.durable import FILE_MODE, make_folder, storage_error, write_atomically
from rag.errors import CollectionError

INCOMING_FOLDER = "incoming"
NOTES_FOLDER = "ingests"
LOCK_FILE = "receiver.lock"
UNLOCKED_AFTER_S = 3600.0
"""A folder without a lock that has not changed for so long is nobody's."""
NOTES_LOCK = ".lock"
AHEAD_MS = 60_000
"""How far the clock of another process may be ahead."""
IDENTIFIER = re.compile(r"ing_[0-9a-f]{8,64}")
SUFFIX = re.compile(r"\.[a-z0-9]{1,12}")


class Staging:
    """A folder that receives the files of one ingest; gone when it is closed, or swept when its process has died.

    Attributes:
        folder: Where the files lie, under numbers: a name from outside is never part of a path.
        files: The files begun, in order.
    """

    def __init__(self, collection_folder: Path, identifier: str) -> None:
        """Make the folder of an ingest.

        Args:
            collection_folder: Folder of the collection.
            identifier: The ingest's; ours, never a client's.

        Raises:
            StorageFull: There is no space left.
            CollectionError: It cannot be made for another reason.
        """
        if not IDENTIFIER.fullmatch(identifier):
            raise ValueError(f"{identifier!r} is no identifier of an ingest")
        self.folder = collection_folder / INCOMING_FOLDER / identifier
        self.files: list[Path] = []
        self._descriptor: int | None = None
        make_folder(self.folder)
        self._lock = lock_file(self.folder / LOCK_FILE)
        if self._lock is None:  # another process took it for abandoned, just as it was made
            raise CollectionError("The upload's folder was removed as it was made.", remedy="Try again.")

    def begin_file(self, suffix: str = "") -> None:
        """Begin the next file; of a suffix, only a plain one is kept, which tells readers the format.

        Raises:
            StorageFull: There is no space left.
            CollectionError: It cannot be made for another reason.
        """
        self.end_file()
        kept = suffix.lower() if SUFFIX.fullmatch(suffix.lower()) else ""
        path = self.folder / f"{len(self.files) + 1}{kept}"
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        except OSError as error:
            raise storage_error(error, "What is uploaded") from error
        self.files.append(path)

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes to the file begun last.

        Raises:
            StorageFull: There is no space left.
            CollectionError: It cannot be written for another reason.
        """
        assert self._descriptor is not None
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            raise storage_error(error, "What is uploaded") from error

    def end_file(self) -> None:
        """End the file begun last, if there is one."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def close(self) -> None:
        """Remove the folder and what it holds; once more does nothing."""
        self.end_file()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def lock_file(path: Path) -> int | None:
    """Lock a file, made if need be, until its descriptor is closed; None where another process holds it.

    Raises:
        StorageFull: There is no space left.
        CollectionError: It cannot be opened for another reason.
    """
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as error:
        raise storage_error(error, f"The lock {path}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


class IngestNotes:
    """What is known of a collection's ingests beyond the process that runs them."""

    def __init__(self, collection_folder: Path, *, keep: int = 200) -> None:
        """Take the collection's folder, and how many notes stay."""
        self.folder = collection_folder
        self.keep = keep

    def sweep(self) -> list[str]:
        """Remove the folders of ingests whose process has died; return their identifiers, ascending."""
        swept = []
        for folder in sorted((self.folder / INCOMING_FOLDER).glob("ing_*")):
            # One that is being made or removed by its own process has no lock to take; nor has one whose process was
            # killed just then, which is old by now.
            if not (folder / LOCK_FILE).is_file():
                with suppress(OSError):
                    if time.time() - folder.stat().st_mtime > UNLOCKED_AFTER_S:
                        shutil.rmtree(folder, ignore_errors=True)
                        swept.append(folder.name)
                continue
            descriptor = lock_file(folder / LOCK_FILE)
            if descriptor is None:
                continue
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)
            swept.append(folder.name)
        return swept

    def is_received(self, identifier: str) -> bool:
        """Tell whether an ingest waits or runs, in this process or another: its files are locked by one that lives."""
        path = self.folder / INCOMING_FOLDER / identifier / LOCK_FILE
        if not path.is_file():
            return False
        try:
            descriptor = lock_file(path)
        except CollectionError:  # a home that cannot be written to has no ingests
            return False
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is None

    def write(self, identifier: str, text: str) -> None:
        """Write down what is known of an ingest, durably; of the notes, only the newest stay.

        Raises:
            StorageFull: There is no space left.
            CollectionError: It cannot be written for another reason.
        """
        make_folder(self.folder / NOTES_FOLDER)
        written = self.folder / NOTES_FOLDER / f"{identifier}.json"
        with self._alone():
            write_atomically(written, text.encode())
            for path in [each for each in self._newest() if each != written][self.keep - 1 :]:
                path.unlink(missing_ok=True)

    def forget_sources(self, sources: Collection[str]) -> None:
        """Take the names of deleted documents out of the notes; a note that cannot be rewritten goes."""
        gone = set(sources)
        written = [json.dumps(source, ensure_ascii=False) for source in gone]
        with self._alone():
            for path in self._newest():
                text = self.read(path.stem) or ""
                if any(name in text for name in written):
                    try:
                        write_atomically(path, json.dumps(without(json.loads(text), gone), ensure_ascii=False).encode())
                    except (CollectionError, ValueError):
                        path.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one who changes the notes; there may be none, and nothing to lock them with."""
        import fcntl

        try:
            descriptor = os.open(self.folder / NOTES_FOLDER / NOTES_LOCK, os.O_RDWR | os.O_CREAT, FILE_MODE)
        except OSError:
            yield
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def forget_all(self) -> None:
        """Remove the notes."""
        shutil.rmtree(self.folder / NOTES_FOLDER, ignore_errors=True)

    def read(self, identifier: str) -> str | None:
        """Return what was written down of an ingest; None where nothing was."""
        if not IDENTIFIER.fullmatch(identifier):
            return None
        try:
            return (self.folder / NOTES_FOLDER / f"{identifier}.json").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def read_all(self) -> Iterator[str]:
        """Yield the notes, newest first."""
        for path in self._newest():
            found = self.read(path.stem)
            if found is not None:
                yield found

    def _newest(self) -> list[Path]:
        # Identifiers begin with the time they were given; one of the future comes from a clock that was wrong.
        latest = f"ing_{int(time.time() * 1000) + AHEAD_MS:012x}"
        found = (self.folder / NOTES_FOLDER).glob("ing_*.json")
        return sorted(found, key=lambda path: (path.name < latest, path.name), reverse=True)


def without(value: object, sources: Collection[str]) -> object:
    """Return a note's JSON without what it says of some sources.

    Examples:
        >>> without({"sources": ["a", "b"], "refused": [{"source": "a"}], "ids": {"a": 1}}, {"a"})
        {'sources': ['b'], 'refused': [], 'ids': {}}
        >>> without({"progress": {"done": 1, "source": "a"}}, {"a"})
        {'progress': {'done': 1, 'source': ''}}
    """
    if isinstance(value, dict):
        return {key: without(held, sources) for key, held in value.items() if key not in sources}
    if isinstance(value, list):
        names = [each.get("source") if isinstance(each, dict) else each for each in value]
        pairs = zip(value, names, strict=True)
        return [without(each, sources) for each, name in pairs if not (isinstance(name, str) and name in sources)]
    return "" if isinstance(value, str) and value in sources else value
