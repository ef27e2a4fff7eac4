"""Ingests of uploaded files: one at a time for a collection, in a thread of their own, whoever watches or leaves."""

from __future__ import annotations

import threading
import time
from collections import deque

from api.jobs import Job, interruption
from api.schemas import Ingest
from rag import Collection, IngestNotes, errors

WAITING = 16
"""Ingests of a collection that may wait; each holds its files on the disk."""
STOP_S = 20.0
"""How long the server, told to stop, waits until an ingest has ended."""


class Ingests:
    """The ingests of a server, by collection: one runs, a bounded number waits.

    Attributes:
        waiting_most: How many may wait for one collection.
    """

    def __init__(self, waiting_most: int = WAITING) -> None:
        """Start without any."""
        self.waiting_most = waiting_most
        self.jobs: dict[str, Job] = {}
        self.queues: dict[str, deque[Job]] = {}
        self.threads: dict[str, threading.Thread] = {}
        self.lock = threading.Lock()
        self.stopping = False
        self.swept: set[str] = set()

    def sweep(self, collection: Collection) -> None:
        """Remove what servers that died were receiving for a collection; done once for each."""
        with self.lock:
            known = collection.name in self.swept
            self.swept.add(collection.name)
        if not known:
            IngestNotes(collection.store.folder).sweep()

    def require_room(self, collection: str) -> None:
        """Refuse another ingest where as many wait as may, before its files are received.

        Raises:
            BusyError: They do, or the server stops.
        """
        if self.stopping:
            raise errors.BusyError("The server is stopping.", remedy="Try again when it has been started.")
        if len(self.queues.get(collection, ())) >= self.waiting_most:
            raise errors.BusyError(
                f"{self.waiting_most} uploads wait for the collection '{collection}'.", remedy="Try again in a moment."
            )

    def require_idle(self, collection: str) -> None:
        """Refuse to take a collection away while files are on their way into it.

        Raises:
            CollectionLocked: An ingest of it runs or waits.
        """
        if collection in self.threads:
            raise errors.CollectionLocked(
                f"Files are being ingested into the collection '{collection}'.",
                remedy="Wait for the ingest, or cancel it.",
            )

    def submit(self, job: Job) -> Ingest:
        """Take an ingest on; from now on its files are its own to remove.

        Raises:
            BusyError: As many wait as may.
            CollectionError: The collection cannot be read, or there is no space left to note it down.
        """
        name = job.shown.collection
        self.require_room(name)
        job.accept()
        with self.lock:
            self.require_room(name)
            self.forget_old()
            self.jobs[job.shown.id] = job
            self.queues.setdefault(name, deque()).append(job)
            if name not in self.threads:
                self.threads[name] = threading.Thread(
                    target=self.work, args=(name,), name=f"ingest-{name}", daemon=True
                )
                self.threads[name].start()
        return job.shown

    def work(self, name: str) -> None:
        """Run a collection's ingests, one after the other, until none waits."""
        while True:
            with self.lock:
                queue = self.queues[name]
                if not queue:
                    del self.threads[name]
                    return
                job = queue.popleft()
            job.run()

    def forget_old(self) -> None:
        """Forget ended ingests but the newest; the notes have them."""
        ended = [identifier for identifier, job in self.jobs.items() if job.ended.is_set()]
        for identifier in ended[:-50]:
            del self.jobs[identifier]

    def find(self, identifier: str, collection: Collection) -> Ingest:
        """Return an ingest: one of this process, or what was noted of it in a collection.

        Raises:
            IngestNotFound: There is none.
        """
        self.sweep(collection)
        job = self.job(identifier, collection)
        found = job.shown if job is not None else read_note(collection, identifier)
        if found is None:
            raise errors.IngestNotFound(
                f"There is no ingest '{identifier[:80]}' in the collection '{collection.name}'.", field="ingest_id"
            )
        return found

    def list(self, collection: Collection, limit: int) -> list[Ingest]:
        """Return a collection's ingests, newest first."""
        self.sweep(collection)
        found = []
        for text in IngestNotes(collection.store.folder).read_all():
            noted = load_note(text, collection)
            if noted is not None:
                job = self.jobs.get(noted.id)
                found.append(noted if job is None else job.shown)
            if len(found) == limit:
                break
        return found

    def job(self, identifier: str, collection: Collection) -> Job | None:
        """Return an ingest of a collection that this process runs or has run; None where there is none."""
        job = self.jobs.get(identifier)
        if job is None or job.shown.collection != collection.name or not job.collection.store.is_present():
            return None  # one of its name that has been deleted since is another collection
        return job

    def cancel(self, identifier: str, collection: Collection) -> Ingest:
        """End an ingest: at once where it waits, within a moment where it runs; one that is over stays so.

        Raises:
            IngestNotFound: There is none.
            CollectionLocked: Another process runs it.
        """
        job = self.job(identifier, collection)
        if job is None:
            found = self.find(identifier, collection)
            if not is_over(found):
                raise errors.CollectionLocked(
                    f"The ingest '{identifier}' is run by another process.",
                    remedy="Cancel it at the server that received it, or wait for its end.",
                    field="ingest_id",
                )
            return found
        job.cancelled.set()
        with self.lock:
            queue = self.queues.get(job.shown.collection, deque())
            waits = job in queue
            if waits:
                queue.remove(job)
        if waits:
            job.end("cancelled")
        return job.shown

    def stop(self, timeout_s: float = STOP_S) -> None:
        """End all: those that wait at once, those that run within a moment; what was committed stays."""
        self.stopping = True
        with self.lock:
            waiting = [job for queue in self.queues.values() for job in queue]
            for queue in self.queues.values():
                queue.clear()
            threads = list(self.threads.values())
            for job in self.jobs.values():
                job.stopped.set()
        for job in waiting:
            job.end("interrupted", interruption())
        until = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))


def read_note(collection: Collection, identifier: str) -> Ingest | None:
    """Return what a collection has noted of an ingest that this process does not run; None where nothing."""
    text = IngestNotes(collection.store.folder).read(identifier)
    return None if text is None else load_note(text, collection)


def is_over(ingest: Ingest) -> bool:
    """Tell whether an ingest is over; one whose process has died is, though nobody could note it."""
    return ingest.finished_at is not None or ingest.state == "interrupted"


def load_note(text: str, collection: Collection) -> Ingest | None:
    """Return a noted ingest; one that nobody goes on with is interrupted. None where the note is damaged."""
    try:
        noted = Ingest.model_validate_json(text)
    except ValueError:
        return None
    notes = IngestNotes(collection.store.folder)
    if noted.finished_at is None and not notes.is_received(noted.id):
        return noted.model_copy(update={"state": "interrupted", "problem": interruption()})
    return noted
