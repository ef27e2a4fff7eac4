"""One ingest of uploaded files: run, told of, ended early, and noted down."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from api.forms import Metadata, ReceivedFile
from api.problems import Problem, describe_error, describe_mistake
from api.schemas import Ingest, IngestOutcome, IngestProgress, PartlyReadFile, RefusedFile
from rag import Collection, IngestNotes, IngestReport, Progress, Staging, errors

logger = logging.getLogger("vouch.api")

WRITER_WAIT_S = 600.0
"""How long an ingest waits for another process that writes to the collection."""
WRITER_POLL_S = 0.5

Before = dict[str, tuple[str, str]]
"""document_id and revision by source."""


class Cancelled(Exception):
    """The ingest shall end; never raised in the midst of a commit."""


def new_identifier() -> str:
    """Return an identifier of an ingest; later ones sort after earlier ones."""
    return f"ing_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"


def now() -> str:
    """Return the time, as the wire has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Job:
    """An ingest in this process.

    Attributes:
        shown: What is told of it now; replaced, never changed, so that any thread may read it.
        ended: Set when it is over.
    """

    def __init__(
        self,
        collection: Collection,
        staging: Staging,
        files: Sequence[ReceivedFile],
        metadata: Metadata,
        replaces: str | None = None,
    ) -> None:
        """Take what was received; `replaces` is the id of the document whose content the one file is."""
        self.collection = collection
        self.staging = staging
        self.metadata = metadata
        self.replaces = replaces
        pairs = list(zip(staging.files, files, strict=True))
        self.files: list[tuple[Path, str]] = [(path, file.source) for path, file in pairs if not file.too_large]
        limit = collection.settings.file_max_bytes
        self.refused = [
            RefusedFile(
                source=file.source,
                code=errors.SourceTooLarge.code,
                reason=f"It has {file.size_bytes:,} bytes; at most {limit:,} are read.",
            )
            for _, file in pairs
            if file.too_large
        ]
        self.notes = IngestNotes(collection.store.folder)
        self.cancelled = threading.Event()
        self.stopped = threading.Event()
        self.ended = threading.Event()
        self.held: dict[str, str] = {}
        self.before: Before = {}
        self.began = 0.0
        self.shown = Ingest(
            id=staging.folder.name,
            collection=collection.name,
            state="waiting",
            created_at=now(),
            sources=[file.source for file in files],
            progress=IngestProgress(total=len(files)),
        )

    def show(self, **changes: object) -> None:
        """Tell something else of it from now on."""
        self.shown = self.shown.model_copy(update=changes)

    def accept(self) -> None:
        """Note it down, and which documents it would replace now: one that is deleted while it waits stays deleted.

        Raises:
            CollectionError: The collection cannot be read, or there is no space left.
        """
        found = {source: self.collection.store.find(source) for _, source in self.files}
        self.held = {source: record.document_id for source, record in found.items() if record is not None}
        self.notes.write(self.shown.id, self.shown.model_dump_json())

    def run(self) -> None:
        """Ingest the files, and note what became of them; raises nothing."""
        self.began = time.perf_counter()
        try:
            self.ingest()
        except Cancelled:
            if self.cancelled.is_set():
                self.end("cancelled")
            else:
                self.end("interrupted", interruption())
        except errors.VouchError as error:
            self.end("failed", describe_error(error))
        except BaseException as error:  # whatever it is, the next ingest goes on
            logger.error("The ingest %s failed", self.shown.id, exc_info=error)
            self.end("failed", describe_mistake())

    def ingest(self) -> None:
        """Add the files, once no other process writes.

        Raises:
            Cancelled: It was cancelled, or the server stops.
            VouchError: It failed.
        """
        self.check_cancelled()
        if self.replaces is not None:
            self.collection.store.document(self.replaces)  # it may have been deleted while this waited
        self.before = self.collection.store.revisions()
        self.show(state="running")
        self.write_note()
        until = time.monotonic() + WRITER_WAIT_S
        while True:
            try:
                report = self.collection.add(
                    self.files,
                    metadata=self.metadata,
                    on_progress=self.note,
                    require_going_on=self.check_cancelled,
                    replaces=self.held,
                )
                break
            except errors.CollectionLocked:
                if time.monotonic() > until:
                    raise
                self.check_cancelled()
                time.sleep(WRITER_POLL_S)
        self.finish(report)

    def check_cancelled(self) -> None:
        """Raise `Cancelled` where it shall end."""
        if self.cancelled.is_set() or self.stopped.is_set():
            raise Cancelled

    def note(self, progress: Progress) -> None:
        """Take note of how far it is."""
        rate = progress.chunks_done / progress.seconds if progress.seconds > 0 else 0.0
        told = IngestProgress(
            done=progress.files_done + len(self.refused),
            total=progress.files_total + len(self.refused),
            source=progress.source,
            share=round(progress.share, 4),
            chunks=progress.chunks_done,
            chunks_per_s=round(rate, 1),
            file_chunks_done=progress.file_chunks_done,
            file_chunks=progress.file_chunks,
            refused=progress.refused + len(self.refused),
            seconds=round(progress.seconds, 3),
            remaining_s=None if progress.remaining_s is None else round(progress.remaining_s, 1),
        )
        self.show(progress=told)

    def finish(self, report: IngestReport) -> None:
        """Note that all files are done with, as the report says."""
        refused = [RefusedFile(source=each.source, code=each.code, reason=each.reason) for each in report.refused]
        outcome = IngestOutcome(
            added=list(report.added),
            replaced=list(report.replaced),
            unchanged=list(report.unchanged),
            refused=[*refused, *self.refused],
            partial=[PartlyReadFile.model_validate(each) for each in report.partial],
            document_ids=self.document_ids(),
            duplicate_of=self.find_duplicates([*report.added, *report.replaced]),
            chunks=report.chunks,
            seconds=report.seconds,
        )
        total = self.shown.progress.total
        self.show(progress=self.shown.progress.model_copy(update={"done": total, "share": 1.0, "remaining_s": None}))
        self.end("done", report=outcome)

    def document_ids(self) -> dict[str, str]:
        """Return the ids of the documents that the files are now, by source."""
        present = self.collection.store.revisions()
        return {source: present[source][0] for source in self.shown.sources if source in present}

    def find_duplicates(self, sources: Sequence[str]) -> dict[str, str]:
        """Return, for each of these sources whose bytes another document has too, the source of that one.

        One that was there before comes first, then the first by name.
        """
        present = self.collection.store.revisions()
        holders: dict[str, list[str]] = {}
        for source in sorted(present, key=lambda source: (source in self.shown.sources, source)):
            holders.setdefault(present[source][1], []).append(source)
        found: dict[str, str] = {}
        for source in sources:
            others = (
                [other for other in holders.get(present[source][1], ()) if other != source] if source in present else []
            )
            if others:
                found[source] = others[0]
        return found

    def end(self, state: str, problem: Problem | None = None, *, report: IngestOutcome | None = None) -> None:
        """Note that it is over, and remove what was received."""
        if report is None:
            report = self.report_committed()
        self.show(state=state, problem=problem, report=report, finished_at=now())
        self.write_note()
        self.staging.close()
        self.ended.set()

    def write_note(self) -> None:
        """Note down what is told of it, without the names of documents that have been deleted since."""
        try:
            if self.collection.store.is_present():  # else there may be another one of its name by now
                self.notes.write(self.shown.id, self.shown.model_dump_json())
                # What is deleted from now on is taken out of the note by its deletion.
                self.notes.forget_sources(self.deleted())
        except errors.VouchError as error:
            logger.error("What became of the ingest %s cannot be noted: %s", self.shown.id, error)

    def deleted(self) -> set[str]:
        """Return the sources whose documents were there when it began, or were committed by it, and are gone."""
        report = self.shown.report or IngestOutcome()
        committed = {*self.held, *report.added, *report.replaced, *report.unchanged}
        return committed - self.collection.store.revisions().keys()

    def report_committed(self) -> IngestOutcome:
        """Return what was committed before the ingest ended early."""
        outcome = IngestOutcome()
        if self.shown.state == "running":
            try:
                outcome = committed_since(self.collection, self.before, self.shown.sources)
            except errors.VouchError as error:  # the ingest's own problem says more
                logger.warning("What %s committed cannot be told: %s", self.shown.id, error)
        return outcome.model_copy(update={"refused": self.refused})


def committed_since(collection: Collection, before: Before, sources: Sequence[str]) -> IngestOutcome:
    """Return which of some files the collection holds otherwise than before: what was committed stays."""
    present = collection.store.revisions()
    held = [source for source in sources if source in present]
    return IngestOutcome(
        added=[source for source in held if source not in before],
        replaced=[source for source in held if source in before and before[source] != present[source]],
        document_ids={source: present[source][0] for source in held},
    )


def interruption() -> Problem:
    """Return what is told of an ingest that ended with its server."""
    return Problem(
        title="Interrupted",
        status=503,
        detail="The server ended before all files were read; those that were committed stay.",
        code="ingest_interrupted",
        remedy="Upload the files again: what is there unchanged costs nothing.",
    )
