"""One writer at a time: a lock on a file, which names its holder and dies with him."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.durable import FILE_MODE, storage_error
from rag.errors import CollectionLocked

LOCK_FILE = "writer.lock"
POLL_INTERVAL_S = 0.05


@contextmanager
def locked(folder: Path, timeout_s: float, subject: str) -> Iterator[None]:
    """Hold the writer's lock of a collection; the system frees it when the process ends, however it ends.

    Raises:
        CollectionLocked: Another one holds it still after `timeout_s`; the message names process and command.
        CollectionError: The lock's file cannot be opened.
    """
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as error:
        raise storage_error(error, f"The lock {folder / LOCK_FILE}") from error
    try:
        take(descriptor, time.monotonic() + timeout_s, subject)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, this_process().encode("utf-8", "backslashreplace"), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def take(descriptor: int, deadline_s: float, subject: str) -> None:
    """Take the lock, trying until `deadline_s` of the monotonic clock.

    Raises:
        CollectionLocked: It is held by another one.
    """
    import fcntl

    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline_s:
                break
            time.sleep(POLL_INTERVAL_S)
        else:
            return
    holder = os.pread(descriptor, 500, 0).decode("utf-8", "replace") or "another process"
    raise CollectionLocked(
        f"{subject} is being written to by {holder}.", remedy="Wait until it has finished, or end it, and try again."
    )


def this_process() -> str:
    """Return this process for a person; of the arguments only the command, since others may hold secrets."""
    command = " ".join([Path(sys.argv[0]).name, *(word for word in sys.argv[1:2] if not word.startswith("-"))])
    return f"process {os.getpid()} ({command.strip() or 'python'})"
