"""The history's file: made when it is first needed, opened once, read and changed in transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, overload

from rag.durable import (
    ConnectionPool,
    HeldDatabase,
    bindable,
    make_database,
    make_folder,
    require_ours,
    storage_errors,
    transaction,
)
from rag.history.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION, upgrade

DAMAGE_REMEDY = "Move it away to begin a new one; the documents are not concerned."


class OpenedHistory:
    """The file part of `rag.history.History`.

    Attributes:
        path: The file, ``history.db`` in the home folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._subject = f"The history {path}"
        self._pool: ConnectionPool | None = None
        self._held: HeldDatabase | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        """Close the file; the caller holds the lock."""
        if self._held is not None:
            self._held.close()
        if self._pool is not None:
            self._pool.close()  # the last to close empties the log
        self._pool = self._held = None

    def _select(self, connection: sqlite3.Connection | None, query: str, parameters: Sequence[object]) -> list[Any]:
        """Return all rows; none from a history that has not begun."""
        bound = [bindable(value) if isinstance(value, str) else value for value in parameters]
        return [] if connection is None else connection.execute(query, bound).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Give a connection that sees one state; None where nothing has been saved yet."""
        with storage_errors(self._subject, DAMAGE_REMEDY):
            pool = self._open(create=False)
            if pool is None:
                yield None
                return
            with pool.borrowed() as connection:
                yield connection

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Make the block one transaction."""
        with (
            storage_errors(self._subject, DAMAGE_REMEDY),
            self._open(create=True).borrowed() as connection,
            transaction(connection, "IMMEDIATE"),
        ):
            yield connection

    def _empty_log(self) -> None:
        """Move what is committed from the log into the file, since old text stands in the log, too.

        A reader can put this off to the next time.
        """
        with self._reading() as connection:
            if connection is not None:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @overload
    def _open(self, *, create: Literal[True]) -> ConnectionPool: ...

    @overload
    def _open(self, *, create: Literal[False]) -> ConnectionPool | None: ...

    def _open(self, *, create: bool) -> ConnectionPool | None:
        """Return the connections, once the file is there and ours; anew where it has been moved away or removed."""
        with self._lock:
            if self._held is not None and not self._held.lies_there():
                self._let_go()
            if self._pool is None:
                if not self.path.exists():
                    if not create:
                        return None
                    make_folder(self.path.parent)
                    make_database(self.path, SCHEMA)
                require_ours(
                    self.path,
                    self._subject,
                    application_id=APPLICATION_ID,
                    schema_version=SCHEMA_VERSION,
                    damage_remedy=DAMAGE_REMEDY,
                )
                pool = ConnectionPool(self.path, synchronous="NORMAL", query_only=False)
                with pool.borrowed() as connection:
                    upgrade(connection)
                self._pool, self._held = pool, HeldDatabase(self.path)
            return self._pool
