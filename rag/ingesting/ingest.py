"""One ingest: files are read ahead, embedded in slices, and committed as soon as they are done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from rag.chunks import split
from rag.errors import CollectionLocked, SourceError
from rag.ingesting.account import Account, File, Progress
from rag.ingesting.embedding import SLICE_CHUNKS, Embedded, Prepared, Slices
from rag.parsing import WAIT_S, Limits, Parsers, in_order
from rag.protocols import Embedder
from rag.reading import hash_file, is_current
from rag.store import Store, Writer
from rag.tasks import foreground
from rag.types import Chunk, Document, DocumentRecord, IngestReport, Metadata, Refusal

COMMIT_S = 0.5
"""What is read and what is embedded waits no longer than this, and for one slice, for its commit."""
SITTING_S = 0.25
"""After so long, one who commits many documents gives the writer's lock away for a moment."""
WRITER_TIMEOUT_S = 60.0
"""How long it waits for its turn to commit; others write for moments only."""
WRITER_LOOK_S = 0.5
"""How often it looks meanwhile whether it shall end."""
GIVE_WAY_S = 0.5
"""How long it waits before each slice, and each file, for those who ask; a slice takes half as long."""
AHEAD = 2
"""Documents read beyond those being read, while others are embedded; each may be as large as the limits let it."""


class Ingest:
    """One run of an ingest.

    It is the only one of its collection, but holds the writer's lock only while it commits: single changes of others
    come between. A document that is deleted meanwhile does not come back. It gives way to those who ask in the same
    process.

    Attributes:
        account: What it has done so far.
    """

    def __init__(
        self,
        store: Store,
        find_embedder: Callable[[], Embedder],
        limits: Limits,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        *,
        originals: Mapping[str, Path] = MappingProxyType({}),
        metadata: Metadata = MappingProxyType({}),
        replaces: Mapping[str, str] = MappingProxyType({}),
        require_going_on: Callable[[], None] = lambda: None,
        make_parsers: Callable[[Limits], Parsers] = Parsers,
    ) -> None:
        """Take where to commit and what it takes.

        Args:
            store: Where to commit.
            find_embedder: Gives the embedder once it is needed.
            limits: For each file.
            on_progress: Told after each file, and within a long one.
            originals: Files to keep as they are, by source.
            metadata: Given to each document that is committed.
            replaces: The document_ids that sources had when their files were received; as they are now if left out.
            require_going_on: Called a few times a second; what it raises ends the ingest at once, without a commit.
            make_parsers: Gives what reads the files.
        """
        self.store = store
        self.find_embedder = find_embedder
        self.limits = limits
        self.originals = originals
        self.metadata = metadata
        self.require_going_on = require_going_on
        self.make_parsers = make_parsers
        self.known: dict[str, DocumentRecord] = {}
        self.replaces = dict(replaces)
        self.account = Account(on_progress)
        self.slices = Slices()
        self.ready: list[Embedded] = []
        self.committed_at = time.monotonic()
        self.tidied = False

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
        sized = self.account.begin(files, refused)
        with self.store.ingesting(), self.make_parsers(self.limits) as parsers:
            self.look_up()
            for prepared in self.prepare_all(sized, parsers):
                self.slices.add(prepared)
                while self.slices.waiting >= SLICE_CHUNKS:
                    self.embed_slice()
            self.finish_waiting()
        return self.account.report(self.store.generation())

    def look_up(self) -> None:
        """Note which documents there are; not before the ingest is the only one, and its files have been found."""
        self.known = {record.source: record for record in self.store.documents()}
        self.replaces = {source: record.document_id for source, record in self.known.items()} | self.replaces

    def prepare_all(self, files: Sequence[File], parsers: Parsers) -> Iterator[Prepared]:
        """Yield what has changed, read and split, in the order of the files; those to come are read meanwhile."""

        def examine(file: File) -> tuple[File, Document | SourceError | None]:
            return file, self.examine(file, parsers)

        def wait() -> None:
            self.finish_waiting()
            self.account.tell_reading(files[taken], WAIT_S)

        taken = 0
        reading = in_order(examine, files, threads=parsers.count, ahead=parsers.count + AHEAD, on_wait=wait)
        with closing(reading) as examined:
            for file, found in examined:
                taken += 1
                self.require_going_on()
                if time.monotonic() - self.committed_at >= COMMIT_S:
                    self.finish_waiting()
                if found is None:
                    self.account.pass_over(file)
                elif isinstance(found, SourceError):
                    self.account.refuse(file, found)
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
            foreground.give_way(GIVE_WAY_S)
            return parsers.read(file.path, file.source)
        except SourceError as error:
            return error

    def split(self, document: Document) -> list[Chunk]:
        """Split a document into what the embedder can take."""
        return split(document, max_tokens=self.embedder.identity.max_tokens, count_tokens=self.embedder.count_tokens)

    def finish_waiting(self) -> None:
        """Embed and commit all that is read: the next file is not there yet, or there is none."""
        self.require_going_on()
        while self.slices:
            self.embed_slice()
        self.commit()

    def embed_slice(self) -> None:
        """Embed the next slice, and commit what is done where the last commit was some time ago."""
        foreground.give_way(GIVE_WAY_S)
        self.require_going_on()
        waiting = self.slices.waiting
        self.ready += self.slices.embed(self.embedder)
        self.account.chunks_embedded += waiting - self.slices.waiting
        if self.slices and self.slices.first.done:
            first = self.slices.first
            ready = [each.prepared.file for each in self.ready]
            self.account.tell_within(ready, first.prepared.file, first.done, len(first.prepared.chunks))
        if time.monotonic() - self.committed_at >= COMMIT_S:
            self.commit()

    def commit(self) -> None:
        """Commit what is done, one by one; the writer's lock is given away now and then."""
        while self.ready:
            with self.writing() as writer:
                until = time.monotonic() + SITTING_S
                while self.ready and time.monotonic() < until:
                    self.require_going_on()
                    self.put(self.ready.pop(0), writer)
        self.committed_at = time.monotonic()

    def put(self, embedded: Embedded, writer: Writer) -> None:
        """Commit a document, unless the one that it is to replace has been deleted."""
        (file, document, chunks), vectors = embedded
        try:
            writer.put(
                document,
                chunks,
                vectors,
                self.originals.get(document.source),
                replaces=self.replaces.get(file.source),
                metadata=self.metadata,
            )
        except SourceError as error:
            self.account.refuse(file, error)
        else:
            unread = told_unread(document)
            self.account.enter(file, len(chunks), replaced=file.source in self.known, unread=unread)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Have the writer's lock until the block ends.

        Raises:
            CollectionLocked: Another one has it for longer than a change takes.
        """
        until = time.monotonic() + WRITER_TIMEOUT_S
        while True:
            with ExitStack() as stack:
                try:
                    writer = stack.enter_context(self.store.writer(WRITER_LOOK_S, tidy=not self.tidied))
                except CollectionLocked:
                    if time.monotonic() > until:
                        raise
                    self.require_going_on()
                    continue
                self.tidied = True
                yield writer
                return


def told_unread(document: Document) -> str:
    """Return what of a document's file could not be read; empty where all of it was."""
    hidden = document.metadata.get("hidden_cells", "")
    if hidden:
        return f"{hidden} left out, for hidden in the file: show it and ingest again if it shall be found"
    pages = str(document.metadata.get("pages_without_text", ""))
    if not pages:
        return ""
    several = not pages.isdigit()
    return (
        f"page{'s' if several else ''} {pages} {'have' if several else 'has'} no text layer: "
        "recognise the text (OCR) and ingest the result"
    )
