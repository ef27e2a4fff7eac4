"""Processes that change a store and are killed at a chosen point: at a statement of SQLite, or at a call of the system.

Run as ``python -m tests.fakes.dying FOLDER OPERATION POINT``: it dies when SQLite begins its statement number POINT,
counted over all connections, and never where POINT is 0. What it says on stdout is an acknowledgement.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.store import Store
from tests.fakes.store import CANARY, IDENTITY, put

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD = {"a.md": "Saturn has *many* moons. " * 4, "b.md": "Jupiter has 97 moons."}
REPLACEMENT = "Saturn has 274 moons. " * 5
HOLD_S = 60.0
ADDITION = "Titan is the largest of them. " * 3


def add(store: Store) -> None:
    """Add c.md."""
    with store.writer() as writer:
        put(writer, "c.md", ADDITION)
        acknowledge()


def replace(store: Store) -> None:
    """Replace a.md."""
    with store.writer() as writer:
        put(writer, "a.md", REPLACEMENT)
        acknowledge()


def delete(store: Store) -> None:
    """Delete b.md."""
    with store.writer() as writer:
        writer.delete(store.revisions()["b.md"][0])
        acknowledge()


def replace_in_two_steps(store: Store) -> None:
    """Replace a.md as it should not be done: in two transactions."""
    with store.writer() as writer:
        writer.delete(store.revisions()["a.md"][0])
        put(writer, "a.md", REPLACEMENT)
        acknowledge()


def acknowledge_too_early(store: Store) -> None:
    """Replace a.md and say so before it is done."""
    with store.writer() as writer:
        acknowledge()
        put(writer, "a.md", REPLACEMENT)


OPERATIONS: dict[str, tuple[Callable[[Store], None], dict[str, str]]] = {
    "add": (add, OLD | {"c.md": ADDITION}),
    "replace": (replace, OLD | {"a.md": REPLACEMENT}),
    "delete": (delete, {"a.md": OLD["a.md"]}),
    "replace_in_two_steps": (replace_in_two_steps, OLD | {"a.md": REPLACEMENT}),
    "acknowledge_too_early": (acknowledge_too_early, OLD | {"a.md": REPLACEMENT}),
}
"""What an operation does to a store that holds `OLD`, and what it holds then."""


def acknowledge() -> None:
    """Say that it is done, at once."""
    os.write(1, b"done\n")


@contextmanager
def dying_at(point: int) -> Iterator[None]:
    """Kill this process when SQLite begins its statement number `point`."""
    connect, left = sqlite3.connect, [point]

    def count(statement: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = traced  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite3.connect = connect


def perform(folder: Path, operation: str, point: int) -> None:
    """Do one operation in this process, which may not survive it."""
    with dying_at(point):
        if operation == "create":
            Store.create(folder, IDENTITY, CANARY).close()
            acknowledge()
            return
        with Store.open(folder) as store:
            OPERATIONS[operation][0](store)


def perform_into(folder: Path, operation: str, point: int, acknowledgements: Path) -> None:
    """`perform`, with stdout in a file."""
    os.dup2(os.open(acknowledgements, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
    perform(folder, operation, point)


def die(folder: Path, operation: str, point: int, acknowledgements: Path) -> bool:
    """Perform an operation in a process that dies at `point`; return whether it died before its end."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.fakes.dying"])
    process = processes.Process(target=perform_into, args=(folder, operation, point, acknowledgements), daemon=True)
    process.start()
    process.join()
    if process.exitcode not in (0, -signal.SIGKILL):
        raise AssertionError(f"{operation} failed at {point} with {process.exitcode}")
    return process.exitcode != 0


def hold_lock(folder: Path, said: Path, locked: bool) -> None:
    """Take the writer's lock, put a document, say who it was, and stay until killed; or say what was in the way."""
    from rag.errors import CollectionLocked
    from rag.store import store as store_module

    if not locked:

        @contextmanager
        def no_lock(*arguments: object) -> Iterator[None]:
            yield

        store_module.locked = no_lock  # type: ignore[assignment]
    with Store.open(folder) as store:
        try:
            with store.writer(timeout_s=0.0) as writer:
                put(writer, f"{os.getpid()}.md", f"written by {os.getpid()}")
                said.write_text(f"won {os.getpid()}")
                time.sleep(HOLD_S)
        except CollectionLocked as error:
            said.write_text(f"lost {error.message}")


def add_one(folder: Path, source: str) -> None:
    """Put one document and end."""
    with Store.open(folder) as store, store.writer(timeout_s=30.0) as writer:
        put(writer, source, f"the text of {source}")


if __name__ == "__main__":
    perform(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
