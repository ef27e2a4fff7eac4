"""Files -> committed documents: read, split, embed in batches, commit one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rag.chunks import split
from rag.errors import SourceError
from rag.protocols import Embedder
from rag.reading import hash_file, read
from rag.store import Store, Writer
from rag.types import Chunk, Document, IngestReport, Refusal

BATCH_CHUNKS = 512
"""Chunks embedded at once: enough to fill the embedder's batches, few enough to commit every second or so."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is.

    Attributes:
        files_done: Files finished: committed, unchanged or refused.
        files_total: Files found.
        chunks_done: Chunks committed.
        source: The file last finished.
    """

    files_done: int
    files_total: int
    chunks_done: int
    source: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may have."""

    file_max_bytes: int = 20_000_000
    file_max_characters: int = 10_000_000


Prepared = tuple[Document, list[Chunk]]


class Ingest:
    """One run of an ingest: what it has done so far, and how it goes on."""

    def __init__(
        self,
        store: Store,
        find_embedder: Callable[[], Embedder],
        limits: Limits,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Take where to commit, what gives the embedder once it is needed, the limits, and whom to tell."""
        self.store = store
        self.find_embedder = find_embedder
        self.limits = limits
        self.on_progress = on_progress
        self.known = store.revisions()
        self.added: list[str] = []
        self.replaced: list[str] = []
        self.unchanged: list[str] = []
        self.refused: list[Refusal] = []
        self.chunks = 0
        self.files_total = 0

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder; not loaded where nothing has changed."""
        return self.find_embedder()

    def run(self, files: Sequence[tuple[Path, str]], refused: Iterable[Refusal] = ()) -> IngestReport:
        """Ingest files, each given with its source name; what is already there unchanged costs nothing.

        A file that cannot be read is refused with its reason, and the batch goes on. Each document is committed by
        itself: what was committed stays, whatever happens later.

        Raises:
            CollectionError: The collection is locked, damaged, or there is no space left.
            EmbedderError: The embedder cannot be run.
        """
        began = time.perf_counter()
        self.refused.extend(refused)
        self.files_total = len(files)
        with self.store.writer() as writer:
            for batch in self.batches(self.prepare_all(files)):
                self.commit(batch, writer)
        return IngestReport(
            added=tuple(self.added),
            replaced=tuple(self.replaced),
            unchanged=tuple(self.unchanged),
            refused=tuple(self.refused),
            chunks=self.chunks,
            embedded=self.chunks,
            generation=self.store.generation(),
            seconds=round(time.perf_counter() - began, 3),
        )

    def prepare_all(self, files: Iterable[tuple[Path, str]]) -> Iterator[Prepared]:
        """Yield what has changed, read and split."""
        for path, source in files:
            try:
                prepared = self.prepare(path, source)
            except SourceError as error:
                self.refused.append(Refusal(source, error.code, str(error)))
                self.tell(source)
                continue
            if prepared is None:
                self.unchanged.append(source)
                self.tell(source)
            else:
                yield prepared

    def prepare(self, path: Path, source: str) -> Prepared | None:
        """Read and split one file; None where the collection has it as it is."""
        known = self.known.get(source)
        if known is not None and known[1] == hash_file(path, max_bytes=self.limits.file_max_bytes):
            return None
        document = read(
            path,
            source=source,
            max_bytes=self.limits.file_max_bytes,
            max_characters=self.limits.file_max_characters,
        )
        chunks = split(document, max_tokens=self.embedder.identity.max_tokens, count_tokens=self.embedder.count_tokens)
        return document, chunks

    def batches(self, prepared: Iterable[Prepared]) -> Iterator[list[Prepared]]:
        """Group documents so that a batch has about `BATCH_CHUNKS` chunks, or one long document."""
        batch: list[Prepared] = []
        for document, chunks in prepared:
            batch.append((document, chunks))
            if sum(len(each) for _, each in batch) >= BATCH_CHUNKS:
                yield batch
                batch = []
        if batch:
            yield batch

    def commit(self, batch: list[Prepared], writer: Writer) -> None:
        """Embed a batch at once and commit its documents one by one."""
        vectors = self.embedder.embed_passages([chunk.embedded for _, chunks in batch for chunk in chunks])
        first = 0
        for document, chunks in batch:
            rows = vectors[first : first + len(chunks)]
            first += len(chunks)
            try:
                writer.put(document, chunks, rows)
            except SourceError as error:
                self.refused.append(Refusal(document.source, error.code, str(error)))
            else:
                (self.replaced if document.source in self.known else self.added).append(document.source)
                self.chunks += len(chunks)
            self.tell(document.source)

    def tell(self, source: str) -> None:
        """Tell how far it is, after `source`."""
        done = len(self.added) + len(self.replaced) + len(self.unchanged) + len(self.refused)
        self.on_progress(Progress(min(done, self.files_total), self.files_total, self.chunks, source))
