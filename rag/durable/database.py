"""SQLite: connections, transactions, errors in our own words, and checksums for rows."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple

from rag.durable.files import no_space, publish, storage_error, sync_folder, unfinished_beside, write_synced
from rag.errors import CollectionDamaged, CollectionError, CollectionLocked, SchemaTooNew

IDLE_CONNECTIONS = 8
STATEMENTS_CACHED = 64
CHECKSUM_BYTES = 16
PAGE_BYTES = 8192
"""A vector of 384 numbers with its text fills more than half of SQLite's usual 4096: a third of the file was waste."""
DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_ERROR})
NO_SPACE_CODES = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE})
"""No room for the 32 KiB that SQLite keeps beside a database that is open."""
READ_ONLY_CODES = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""How SQLite fails where it may make nothing beside a database."""
SHARED = "mode=rw"
UNCHANGING = "mode=ro&immutable=1"
"""Read as it lies there, without a lock or a file beside it."""
ALONE = "mode=rw&vfs=unix-excl"
"""Of the ways to open a file that SQLite brings along (https://sqlite.org/vfs.html): locked for one process."""
BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

DAMAGE_REMEDY = "Restore it from a backup, or make it anew from the sources."

HEADER_ATTEMPTS = 6
HEADER_PAUSE_S = 0.01

Synchronous = Literal["FULL", "NORMAL"]
Field = str | int | None
"""A column that stands in the JSON part of a checksum."""


class Header(NamedTuple):
    """What a SQLite file says of itself in its first bytes."""

    application_id: int
    user_version: int


def read_header(path: Path) -> Header | None:
    """Return what stands in a file's header; the file is not changed, and no log beside it is looked at.

    SQLite reads it: were the file opened and closed beside it, the system would drop the locks of every connection
    that this process has to it (https://sqlite.org/howtocorrupt.html, section 2.2).

    Returns:
        None where it is no SQLite file.

    Raises:
        sqlite3.OperationalError: It cannot be read.
    """
    for attempt in range(HEADER_ATTEMPTS):
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            try:
                (application_id,) = connection.execute("PRAGMA application_id").fetchone()
                (user_version,) = connection.execute("PRAGMA user_version").fetchone()
                return Header(application_id, user_version)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                # Perhaps another one is just writing to it, which SQLite has been told not to expect.
                time.sleep(HEADER_PAUSE_S * attempt)
    return None


def require_ours(path: Path, subject: str, *, application_id: int, schema_version: int, damage_remedy: str) -> None:
    """Look at a file's header before SQLite touches it: a file that is not ours to open stays as it is, to the byte.

    Raises:
        CollectionDamaged: It is not the database that it should be.
        SchemaTooNew: A newer Vouch made it.
        CollectionError: It cannot be read.
    """
    try:
        header = read_header(path)
    except sqlite3.Error as error:
        raise database_error(error, subject) from error
    if header is None or header.application_id != application_id or header.user_version < 1:
        raise CollectionDamaged(f"{subject} is damaged: {path} is no database of Vouch.", remedy=damage_remedy)
    if header.user_version > schema_version:
        raise SchemaTooNew(
            f"{subject} was made by a newer Vouch: its schema is {header.user_version}, known is {schema_version}.",
            remedy="Upgrade Vouch, or use another one. Nothing was changed.",
        )


@contextmanager
def storage_errors(subject: str, damage_remedy: str = DAMAGE_REMEDY) -> Iterator[None]:
    """Turn SQLite's errors into ours; `subject` begins the message (``The collection 'default'``).

    `damage_remedy` says what to do where the file is damaged.

    Raises:
        StorageFull: There is no space left.
        CollectionLocked: Another process holds the database.
        CollectionDamaged: The file is no database, or not one that can be read.
        CollectionError: It cannot be read or written for another reason (an I/O error, permissions).
    """
    try:
        yield
    except sqlite3.Error as error:
        raise database_error(error, subject, damage_remedy) from error


def database_error(error: sqlite3.Error, subject: str, damage_remedy: str = DAMAGE_REMEDY) -> CollectionError:
    """Return ours for an error of SQLite; see `storage_errors`."""
    # Python raises a few of its own without a code, for text that is not UTF-8 above all.
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    code = extended & 0xFF
    if code == sqlite3.SQLITE_FULL or extended in NO_SPACE_CODES:
        return no_space(subject)
    if code in BUSY_CODES:
        return CollectionLocked(f"{subject} is locked by another process.", remedy="Try again when it has finished.")
    if code in DAMAGE_CODES:
        return CollectionDamaged(f"{subject} is damaged: {error}.", remedy=damage_remedy)
    return CollectionError(f"{subject} cannot be used: {error}.", remedy="Check the disk and the permissions.")


def connect(
    path: Path, *, synchronous: Synchronous, query_only: bool = False, busy_timeout_s: float = 5.0
) -> sqlite3.Connection:
    """Open an existing SQLite file; the caller begins and ends its transactions.

    On a full disk there may be no room for what SQLite lets processes share beside the file. Then this process keeps
    that in its memory, and the file is its own until its last connection is closed: others find it locked meanwhile.

    Where nothing may be written, the file is read as it lies there, as long as no log beside it holds more. Another
    one, who may write, can change it meanwhile: such a connection is good for the moment only.

    Raises:
        sqlite3.Error: Within `storage_errors`, which turns it into ours.
    """
    try:
        return _connect(path, SHARED, synchronous, query_only=query_only, busy_timeout_s=busy_timeout_s)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in NO_SPACE_CODES and os.name == "posix":
            options = ALONE
        elif error.sqlite_errorcode & 0xFF in READ_ONLY_CODES and not is_writable(path) and not has_log(path):
            options = UNCHANGING
        else:
            raise
    return _connect(path, options, synchronous, query_only=query_only, busy_timeout_s=busy_timeout_s)


def is_writable(path: Path) -> bool:
    """Tell whether this process may change a database, and make files beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def has_log(path: Path) -> bool:
    """Tell whether a log beside a database holds anything."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _connect(
    path: Path, options: str, synchronous: Synchronous, *, query_only: bool, busy_timeout_s: float
) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS_CACHED,
    )
    try:
        # A flipped bit in a text must reach the checksum, which knows whose text it is.
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        for pragma in ("foreign_keys", "secure_delete", "cell_size_check"):
            connection.execute(f"PRAGMA {pragma} = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA query_only = {'ON' if query_only else 'OFF'}")
        connection.execute("PRAGMA schema_version").fetchone()  # reads the file: now it is seen whether that can be
    except UnicodeDecodeError as error:
        # Python fails on SQLite's own message where that quotes a damaged schema.
        connection.close()
        raise sqlite3.DatabaseError("malformed database schema") from error
    except BaseException:
        connection.close()
        raise
    return connection


def bindable(text: str) -> str:
    """Return text that SQLite takes as a parameter: a lone surrogate, which no stored text has, becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


@contextmanager
def transaction(connection: sqlite3.Connection, kind: Literal["DEFERRED", "IMMEDIATE"]) -> Iterator[None]:
    """Commit what the block does, or nothing of it; within a transaction, be part of that one."""
    if connection.in_transaction:
        yield
        return
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors; the first error is the one to tell.
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def make_database(path: Path, schema: str, fill: Callable[[sqlite3.Connection], object] | None = None) -> None:
    """Create a WAL database whole: `path` appears with its schema in it, or not at all. Its folder must exist.

    A file that is there already, or that another process puts there first, is left as it is. `fill` writes first rows.

    Raises:
        StorageFull: There is no space left.
        CollectionError: It cannot be created for another reason.
    """
    unfinished = unfinished_beside(path)
    try:
        try:
            write_synced(unfinished, ())
            with storage_errors(f"The database {path}"), closing(connect(unfinished, synchronous="FULL")) as connection:
                connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
                # The schema version must stand in the file itself, not in the log beside it: so before WAL.
                connection.executescript(f"BEGIN; {schema}")
                if fill is not None:
                    fill(connection)
                connection.execute("COMMIT")
                connection.execute("PRAGMA journal_mode = WAL")
            with suppress(FileExistsError):
                publish(unfinished, path)
        finally:
            for leftover in path.parent.glob(f"{unfinished.name}*"):
                leftover.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, f"The database {path}") from error


class ConnectionPool:
    """Connections to one SQLite file, for several threads: one a borrower, idle ones kept where it may be changed."""

    def __init__(self, path: Path, *, synchronous: Synchronous, query_only: bool) -> None:
        self._path = path
        self._synchronous = synchronous
        self._query_only = query_only
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrowed(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that nobody else uses until the block ends.

        Raises:
            CollectionError: The pool is closed.
        """
        with self._lock:
            if self._closed:
                raise CollectionError(f"{self._path} has been closed.", remedy="Open it again.")
            connection = self._idle.pop() if self._idle else None
        connection = connection or connect(self._path, synchronous=self._synchronous, query_only=self._query_only)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        lasts = is_writable(self._path)  # else it may not see what others commit
        with self._lock:
            if lasts and not self._closed and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the idle connections now, and the borrowed ones when they come back."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for connection in idle:
            connection.close()


class HeldDatabase:
    """The file that lay at a path when it was opened, kept open, so that no other can be given its number."""

    def __init__(self, path: Path) -> None:
        """Open it; a connection, since closing a mere descriptor would take SQLite's locks away."""
        self._path = path
        self._connection = connect(path, synchronous="FULL", query_only=True)
        self._file = self._look()

    def lies_there(self) -> bool:
        """Tell whether that file lies there still; another one of its name does not count."""
        return self._look() == self._file

    def close(self) -> None:
        """Close it; from now on another file may get its number."""
        self._connection.close()

    def _look(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_dev, status.st_ino


def seal(fields: Sequence[Field], *blobs: bytes) -> bytes:
    """Return the checksum of a row: BLAKE2b over its fields as JSON, then each blob after its length.

    Raises:
        TypeError: A value is of the wrong kind, which only damage brings about.
    """
    digest = blake2b(json.dumps(fields).encode(), digest_size=CHECKSUM_BYTES)
    for blob in blobs:
        digest.update(len(blob).to_bytes(8, "little"))
        digest.update(blob)
    return digest.digest()


def intact(checksum: object, fields: Sequence[Field], *blobs: bytes) -> bool:
    """Tell whether a row is as it was written, whatever a flipped bit has made of its columns."""
    try:
        return seal(fields, *blobs) == checksum
    except TypeError:
        return False
