"""One writer at a time, and one ingest: locks on files, which name their holder and die with him.

An ingest holds its own lock for as long as it lasts, and the writer's only while it commits, so that a document can be
deleted in the midst of it. Who waits for the writer's lock stands first at a turnstile, which is a lock, too: whoever
writes again and again cannot overtake him.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.durable import FILE_MODE, storage_error
from rag.errors import CollectionLocked

WRITER_LOCK = "writer.lock"
INGEST_LOCK = "ingest.lock"
TURNSTILES = {WRITER_LOCK: "writer.turn"}
POLL_INTERVAL_S = 0.05
NAMING_TIMEOUT_S = 0.3
NAME_BYTES = 500
HOLDER = re.compile(r"process (\d+) \(.*\)$", re.DOTALL)


@contextmanager
def locked(folder: Path, timeout_s: float, subject: str, lock: str = WRITER_LOCK) -> Iterator[None]:
    """Hold a lock of a collection, the writer's if no other is named; the system frees it when the process ends.

    Raises:
        CollectionLocked: Another one holds it still after `timeout_s`; the message names process and command.
        CollectionError: The lock's file cannot be opened.
    """
    deadline_s = time.monotonic() + timeout_s
    with opened(folder / lock) as descriptor:
        if lock in TURNSTILES:
            with opened(folder / TURNSTILES[lock]) as turnstile:
                take(turnstile, deadline_s, subject, descriptor)
                take(descriptor, deadline_s, subject, descriptor)
        else:
            take(descriptor, deadline_s, subject, descriptor)
        name_holder(descriptor, this_process())
        try:
            yield
        finally:
            name_holder(descriptor, "")


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a lock's file; closing it at the end of the block frees the lock.

    Raises:
        CollectionError: It cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as error:
        raise storage_error(error, f"The lock {path}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def name_holder(descriptor: int, name: str) -> None:
    """Write who holds the lock into its file: a courtesy, for want of which nothing is refused on a full disk."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, name.encode("utf-8", "backslashreplace"), 0)


def take(descriptor: int, deadline_s: float, subject: str, named: int) -> None:
    """Take a lock, trying until `deadline_s` of the monotonic clock; the file `named` says who holds it.

    Raises:
        CollectionLocked: It is held by another one.
    """
    import fcntl

    name = ""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Who has just taken it has perhaps not said yet who he is.
            late_s = time.monotonic() - deadline_s
            name = holder(named) if late_s >= 0 else ""
            if name or late_s >= NAMING_TIMEOUT_S:
                break
            time.sleep(POLL_INTERVAL_S)
        else:
            return
    raise CollectionLocked(
        f"{subject} is being written to by {name or 'another process'}.",
        remedy="Wait until it has finished, or end it, and try again.",
    )


def holder(descriptor: int) -> str:
    """Return what the lock's file says of its holder; empty where it says nothing yet, or names one that has died."""
    text = os.pread(descriptor, NAME_BYTES, 0).decode("utf-8", "replace")
    found = HOLDER.match(text)
    return text if found and is_running(int(found[1])) else ""


def is_running(process_id: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def this_process() -> str:
    """Return this process for a person; of the arguments only the command, since others may hold secrets."""
    command = " ".join([Path(sys.argv[0]).name, *(word for word in sys.argv[1:2] if not word.startswith("-"))])
    return f"process {os.getpid()} ({command.strip() or 'python'})"
