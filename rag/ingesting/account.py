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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is.

    Attributes:
        files_done: Files finished: committed, unchanged or refused.
        files_total: Files found.
        chunks_done: Chunks embedded.
        source: The file at hand: the one last finished, or the one whose chunks are being embedded.
        bytes_done: Bytes of the files finished, and the share that is done of the file at hand.
        bytes_total: Bytes of all files.
        file_chunks_done: Chunks embedded of the file at hand.
        file_chunks: All its chunks; 0 where it is finished.
        refused: Files refused so far.
        seconds: Since the ingest began.
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

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1, by bytes."""
        if self.bytes_total:
            return min(self.bytes_done / self.bytes_total, 1.0)
        return self.files_done / self.files_total if self.files_total else 1.0

    @property
    def remaining_s(self) -> float | None:
        """Seconds that the rest would take at the rate so far; None where too little is done to tell."""
        return self.seconds * (1.0 - self.share) / self.share if self.share > 0 and self.seconds > 0 else None


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
        self.began = time.perf_counter()

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

    def tell(self, source: str, bytes_done: int, file_chunks_done: int = 0, file_chunks: int = 0) -> None:
        """Tell how far it is; never less than before, though a file is committed after all of it is embedded."""
        self.bytes_told = max(self.bytes_told, bytes_done)
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
            seconds=time.perf_counter() - self.began,
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
