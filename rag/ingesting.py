"""Files -> committed documents: read in processes of their own, split, embedded in batches, committed one by one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from rag.chunks import split
from rag.errors import SourceError
from rag.parsing import Limits, Parsers, in_order
from rag.protocols import Embedder
from rag.reading import hash_file, is_current
from rag.store import Store, Writer
from rag.types import Chunk, Document, IngestReport, Refusal

if TYPE_CHECKING:
    from rag.types.sources import Matrix

__all__ = ["Ingest", "Limits", "Progress"]

BATCH_CHUNKS = 512
"""Chunks of several documents embedded as one batch: enough to fill the embedder's, few enough to commit often."""
SLICE_CHUNKS = 128
"""Chunks embedded between two tellings of how far it is: a second or so."""
AHEAD = 2
"""Documents read beyond those being read, while others are embedded; each may be as large as the limits let it."""


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


class Prepared(NamedTuple):
    """A document that is to be embedded and committed."""

    file: File
    document: Document
    chunks: list[Chunk]


class Ingest:
    """One run of an ingest: what it has done so far, and how it goes on."""

    def __init__(
        self,
        store: Store,
        find_embedder: Callable[[], Embedder],
        limits: Limits,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        *,
        originals: Mapping[str, Path] = MappingProxyType({}),
        make_parsers: Callable[[Limits], Parsers] = Parsers,
    ) -> None:
        """Take where to commit and what it takes.

        Args:
            store: Where to commit.
            find_embedder: Gives the embedder once it is needed.
            limits: For each file.
            on_progress: Told after each file, and within a long one.
            originals: Files to keep as they are, by source.
            make_parsers: Gives what reads the files.
        """
        self.store = store
        self.find_embedder = find_embedder
        self.limits = limits
        self.on_progress = on_progress
        self.originals = originals
        self.make_parsers = make_parsers
        self.known = {record.source: record for record in store.documents()}
        self.added: list[str] = []
        self.replaced: list[str] = []
        self.unchanged: list[str] = []
        self.refused: list[Refusal] = []
        self.chunks = 0
        self.chunks_embedded = 0
        self.files_done = 0
        self.files_total = 0
        self.bytes_done = 0
        self.bytes_told = 0
        self.bytes_total = 0
        self.began = time.perf_counter()

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder; not loaded where nothing has changed."""
        return self.find_embedder()

    def run(self, files: Sequence[tuple[Path, str]], refused: Iterable[Refusal] = ()) -> IngestReport:
        """Ingest files, each given with its source name; what is already there unchanged costs nothing.

        A file that cannot be read is refused with its reason, and the batch goes on. Each document is committed by
        itself: what was committed stays, whatever happens later. Files are read several at once, and committed in
        the order given.

        Raises:
            CollectionError: The collection is locked, damaged, or there is no space left.
            EmbedderError: The embedder cannot be run.
        """
        self.began = time.perf_counter()
        self.refused.extend(refused)
        sized = [File(path, source, size_of(path)) for path, source in files]
        self.files_total = len(sized)
        self.bytes_total = sum(file.size_bytes for file in sized)
        with self.store.writer() as writer, self.make_parsers(self.limits) as parsers:
            for batch in self.batches(self.prepare_all(sized, parsers)):
                self.commit(batch, writer)
        return IngestReport(
            added=tuple(self.added),
            replaced=tuple(self.replaced),
            unchanged=tuple(self.unchanged),
            refused=tuple(self.refused),
            chunks=self.chunks,
            embedded=self.chunks,
            generation=self.store.generation(),
            seconds=round(time.perf_counter() - self.began, 3),
        )

    def prepare_all(self, files: Iterable[File], parsers: Parsers) -> Iterator[Prepared]:
        """Yield what has changed, read and split, in the order of the files; those to come are read meanwhile."""

        def examine(file: File) -> tuple[File, Document | SourceError | None]:
            return file, self.examine(file, parsers)

        ahead = parsers.count + AHEAD
        with closing(in_order(examine, files, threads=parsers.count, ahead=ahead)) as examined:
            for file, found in examined:
                if found is None:
                    self.unchanged.append(file.source)
                    self.finish(file)
                elif isinstance(found, SourceError):
                    self.refuse(file, found)
                else:
                    yield Prepared(file, found, self.split(found))

    def examine(self, file: File, parsers: Parsers) -> Document | SourceError | None:
        """Read a file; None where the collection has it as it is. Runs in several threads.

        The hash of its bytes tells, not size and time: copying, unpacking and checking out can keep both. What an
        older reader has read is read again: its text or its metadata may be others now.
        """
        try:
            known = self.known.get(file.source)
            if known is not None and is_current(known.reader):
                found = hash_file(file.path, max_bytes=self.limits.file_max_bytes, source=file.source)
                if found == known.revision:
                    return None
            return parsers.read(file.path, file.source)
        except SourceError as error:
            return error

    def split(self, document: Document) -> list[Chunk]:
        """Split a document into what the embedder can take."""
        return split(document, max_tokens=self.embedder.identity.max_tokens, count_tokens=self.embedder.count_tokens)

    def batches(self, prepared: Iterable[Prepared]) -> Iterator[list[Prepared]]:
        """Group documents so that a batch has about `BATCH_CHUNKS` chunks, or one long document."""
        batch: list[Prepared] = []
        for each in prepared:
            batch.append(each)
            if sum(len(document.chunks) for document in batch) >= BATCH_CHUNKS:
                yield batch
                batch = []
        if batch:
            yield batch

    def commit(self, batch: list[Prepared], writer: Writer) -> None:
        """Embed a batch and commit its documents one by one."""
        vectors = self.embed(batch)
        first = 0
        for file, document, chunks in batch:
            rows = vectors[first : first + len(chunks)]
            first += len(chunks)
            try:
                writer.put(document, chunks, rows, self.originals.get(document.source))
            except SourceError as error:
                self.refuse(file, error)
                continue
            (self.replaced if file.source in self.known else self.added).append(file.source)
            self.chunks += len(chunks)
            self.finish(file)

    def embed(self, batch: list[Prepared]) -> Matrix:
        """Return the vectors of a batch's chunks, telling how far it is while a long document is under way."""
        import numpy as np

        texts = [chunk.embedded for each in batch for chunk in each.chunks]
        slices = []
        for start in range(0, max(len(texts), 1), SLICE_CHUNKS):
            slices.append(self.embedder.embed_passages(texts[start : start + SLICE_CHUNKS]))
            self.chunks_embedded += len(slices[-1])
            if start + SLICE_CHUNKS < len(texts):
                self.tell_within(batch, start + SLICE_CHUNKS)
        return np.concatenate(slices)

    def refuse(self, file: File, error: SourceError) -> None:
        """Note that a file is refused, and why."""
        self.refused.append(Refusal(file.source, error.code, str(error)))
        self.finish(file)

    def finish(self, file: File) -> None:
        """Tell that a file is done with."""
        self.files_done += 1
        self.bytes_done += file.size_bytes
        self.tell(file.source, self.bytes_done)

    def tell_within(self, batch: list[Prepared], embedded: int) -> None:
        """Tell how far it is when so many chunks of a batch are embedded and none of its documents is committed."""
        bytes_done, left = float(self.bytes_done), embedded
        for file, _, chunks in batch:
            if left < len(chunks):
                share = left / len(chunks)
                self.tell(file.source, int(bytes_done + share * file.size_bytes), left, len(chunks))
                return
            bytes_done += file.size_bytes
            left -= len(chunks)

    def tell(self, source: str, bytes_done: int, file_chunks_done: int = 0, file_chunks: int = 0) -> None:
        """Tell how far it is; never less than before, though a batch is committed after all of it is embedded."""
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


def size_of(path: Path) -> int:
    """Return a file's size in bytes; 0 where it cannot be looked at."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0
