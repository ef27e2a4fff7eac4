"""What an ingest has done so far, and what is told of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rag.errors import SourceError
from rag.types import IngestReport, Refusal, Shortfall

TELL_S = 1.0
"""While a file is being read, what is told is told again so often."""
KNOWN_S = 3.0
"""Before so many seconds nobody can tell how long the rest takes."""
ALIKE = 1.5
"""Estimates of the rest that are so many times apart say nothing of it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is.

    Attributes:
        files_done: Files finished: committed, unchanged or refused.
        files_total: Files found.
        chunks_done: Chunks embedded.
        source: The file at hand: the one last finished, the one whose chunks are being embedded, or the one being read.
        bytes_done: Bytes of the files finished, and the share that is done of the file at hand.
        bytes_total: Bytes of all files.
        file_chunks_done: Chunks embedded of the file at hand.
        file_chunks: All its chunks; 0 where it is finished.
        refused: Files refused so far.
        seconds: Since the ingest began.
        waited_s: Of these, how long nothing could be embedded, because a file was being read.
        is_reading: Whether the file at hand is being read, and nothing else can be done meanwhile.
    """

    files_done: int
    files_total: int
    chunks_done: int
    source: str
    bytes_done: int = 0
    bytes_total: int = 0
    file_chunks_done: int = 0
    file_chunks: int = 0
    refused: int = 0
    seconds: float = 0.0
    waited_s: float = 0.0
    is_reading: bool = False

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1, by bytes."""
        if self.bytes_total:
            return min(self.bytes_done / self.bytes_total, 1.0)
        return self.files_done / self.files_total if self.files_total else 1.0

    @property
    def remaining_s(self) -> float | None:
        """Seconds that the rest would take at the rate so far; None where nobody can tell.

        Files take their time by their number, their size and their kind. Only where the number of those done, their
        bytes, and the time with and without waiting for what is read lead to much the same, is it known.
        """
        within = self.file_chunks_done / self.file_chunks if self.file_chunks else 0.0
        by_files = (self.files_done + within) / self.files_total if self.files_total else 1.0
        least, most = sorted((min(by_files, 1.0), self.share))
        if least >= 1.0:
            return 0.0
        if least <= 0.0 or self.seconds < KNOWN_S or self.is_reading:
            return None
        longest = self.seconds * (1.0 - least) / least
        shortest = (self.seconds - self.waited_s) * (1.0 - most) / most
        return longest if longest <= ALIKE * shortest else None


class File(NamedTuple):
    """A file to ingest."""

    path: Path
    source: str
    size_bytes: int


class Account:
    """What has become of the files of one ingest, and how far the one at hand is.

    Attributes:
        chunks: Chunks committed.
        chunks_embedded: Chunks embedded, those of documents that are not committed yet as well.
    """

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        """Begin one; `on_progress` is told after each file, and within a long one."""
        self.on_progress = on_progress
        self.added: list[str] = []
        self.replaced: list[str] = []
        self.unchanged: list[str] = []
        self.refused: list[Refusal] = []
        self.partial: list[Shortfall] = []
        self.chunks = 0
        self.chunks_embedded = 0
        self.files_done = 0
        self.files_total = 0
        self.bytes_done = 0
        self.bytes_told = 0
        self.bytes_total = 0
        self.waited_s = 0.0
        self.told_at = self.began = time.perf_counter()

    def begin(self, files: Sequence[tuple[Path, str]], refused: Iterable[Refusal]) -> list[File]:
        """Take the files, each given with its source, and those refused before; return them with their sizes."""
        self.began = time.perf_counter()
        self.refused.extend(refused)
        sized = [File(path, source, size_of(path)) for path, source in files]
        self.files_total = len(sized)
        self.bytes_total = sum(file.size_bytes for file in sized)
        return sized

    def pass_over(self, file: File) -> None:
        """Note that a file is there unchanged."""
        self.unchanged.append(file.source)
        self.finish(file)

    def refuse(self, file: File, error: SourceError) -> None:
        """Note that a file is refused, and why."""
        self.refused.append(Refusal(file.source, error.code, str(error)))
        self.finish(file)

    def enter(self, file: File, chunks: int, *, replaced: bool, unread: str = "") -> None:
        """Note that a file's document is committed, with so many chunks, and what of the file could not be read."""
        if unread:
            self.partial.append(Shortfall(file.source, unread))
        (self.replaced if replaced else self.added).append(file.source)
        self.chunks += chunks
        self.finish(file)

    def finish(self, file: File) -> None:
        """Tell that a file is done with."""
        self.files_done += 1
        self.bytes_done += file.size_bytes
        self.tell(file.source, self.bytes_done)

    def tell_within(self, ready: Iterable[File], file: File, chunks_done: int, chunks: int) -> None:
        """Tell that so many of a file's chunks are embedded, and that others before it are ready to be committed."""
        before = self.bytes_done + sum(each.size_bytes for each in ready)
        self.tell(file.source, before + int(chunks_done / chunks * file.size_bytes), chunks_done, chunks)

    def tell_reading(self, file: File, waited_s: float) -> None:
        """Tell now and then that a file is being read, after waiting for it for so many seconds more."""
        self.waited_s += waited_s
        if time.perf_counter() - self.told_at >= TELL_S:
            self.tell(file.source, self.bytes_done, is_reading=True)

    def tell(
        self, source: str, bytes_done: int, file_chunks_done: int = 0, file_chunks: int = 0, *, is_reading: bool = False
    ) -> None:
        """Tell how far it is; never less than before, though a file is committed after all of it is embedded."""
        self.bytes_told = max(self.bytes_told, bytes_done)
        self.told_at = time.perf_counter()
        progress = Progress(
            files_done=self.files_done,
            files_total=self.files_total,
            chunks_done=self.chunks_embedded,
            source=source,
            bytes_done=self.bytes_told,
            bytes_total=self.bytes_total,
            file_chunks_done=file_chunks_done,
            file_chunks=file_chunks,
            refused=len(self.refused),
            seconds=self.told_at - self.began,
            waited_s=self.waited_s,
            is_reading=is_reading,
        )
        self.on_progress(progress)

    def report(self, generation: int) -> IngestReport:
        """Return what was done, up to a generation of the collection."""
        return IngestReport(
            added=tuple(self.added),
            replaced=tuple(self.replaced),
            unchanged=tuple(self.unchanged),
            refused=tuple(self.refused),
            chunks=self.chunks,
            embedded=self.chunks_embedded,
            generation=generation,
            seconds=round(time.perf_counter() - self.began, 3),
            partial=tuple(self.partial),
        )


def size_of(path: Path) -> int:
    """Return a file's size in bytes; 0 where it cannot be looked at."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0
