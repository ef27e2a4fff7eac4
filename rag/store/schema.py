"""The tables of a collection, and what is looked at before they are trusted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rag.durable import intact, require_ours, seal
from rag.errors import CollectionDamaged, CollectionNotFound
from rag.store.records import State, unpack_state

DATABASE_FILE = "store.db"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x564F5543
"""``VOUC``: tells our files from other databases."""

# The version is read from the file's header, before its log: a later schema is therefore made in a new file.
# Numbers of chunks come from the checksummed state, so that a removed one is never given again; AUTOINCREMENT makes
# SQLite hold to that, too. `removals` has one row per commit that took chunks away: `added` is their generation.
SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL) STRICT;
CREATE TABLE documents (
    document_id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, revision TEXT NOT NULL,
    metadata TEXT NOT NULL, reader TEXT NOT NULL, size_bytes INTEGER NOT NULL, characters INTEGER NOT NULL,
    chunks INTEGER NOT NULL, added_at TEXT NOT NULL, generation INTEGER NOT NULL, checksum BLOB NOT NULL) STRICT;
CREATE TABLE texts (
    document_id TEXT PRIMARY KEY REFERENCES documents ON DELETE CASCADE, revision TEXT NOT NULL,
    canonical BLOB NOT NULL, reading BLOB NOT NULL, runs BLOB NOT NULL, locators BLOB NOT NULL,
    checksum BLOB NOT NULL) STRICT;
CREATE TABLE chunks (
    chunk_id INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL, embedded TEXT NOT NULL,
    vector BLOB NOT NULL, checksum BLOB NOT NULL) STRICT;
CREATE INDEX chunks_by_document ON chunks (document_id);
CREATE TABLE removals (
    generation INTEGER PRIMARY KEY, added INTEGER NOT NULL, chunk_ids BLOB NOT NULL, checksum BLOB NOT NULL) STRICT;
"""

DAMAGE_REMEDY = "Restore it from a backup, or make the collection anew from the sources."


def subject_of(folder: Path) -> str:
    """Return how messages call the collection in a folder."""
    return f"The collection '{folder.name}'"


def require_readable(path: Path, subject: str) -> None:
    """Refuse a file that is not ours to open, without changing a byte of it.

    Raises:
        CollectionNotFound: There is no such file.
        CollectionDamaged: It is no database of Vouch.
        SchemaTooNew: A newer Vouch made it.
    """
    if not path.exists():
        raise CollectionNotFound(
            f"{subject} does not exist.",
            remedy="Make it by ingesting documents: vouch ingest PATH.",
            field="collection",
        )
    require_ours(
        path,
        subject,
        application_id=APPLICATION_ID,
        schema_version=SCHEMA_VERSION,
        damage_remedy=DAMAGE_REMEDY,
    )


def require_sound(connection: sqlite3.Connection, subject: str) -> None:
    """Check the database's structure and its tables, not yet the rows.

    Raises:
        CollectionDamaged: SQLite finds a fault, or the tables are not ours.
    """
    for problem in (structure_problem(connection), schema_problem(connection)):
        if problem:
            raise CollectionDamaged(f"{subject} is damaged: {problem}.", remedy=DAMAGE_REMEDY)


def structure_problem(connection: sqlite3.Connection) -> str | None:
    """Return the first fault SQLite finds in its pages, or None.

    Not the quicker ``quick_check``: that leaves out whether the indexes agree with their tables, and an index with a
    flipped bit gives one chunk twice and another not at all.
    """
    (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return None if answer == "ok" else " ".join(answer.split())


def schema_problem(connection: sqlite3.Connection) -> str | None:
    """Return what differs from the tables above, or None."""
    with closing(sqlite3.connect(":memory:")) as blank:
        blank.executescript(SCHEMA)
        expected = tables(blank)
    found = tables(connection)
    differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    return f"not as Vouch made them: {', '.join(differing)}" if differing else None


def tables(connection: sqlite3.Connection) -> dict[str, str | None]:
    """Return the statement of each table and index by name; SQLite's own statistics are left out."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'")
    return {str(name): sql for name, sql in rows}


def read_meta(connection: sqlite3.Connection, key: str, subject: str) -> bytes:
    """Return one value of the table ``meta``.

    Raises:
        CollectionDamaged: It is not there, or does not match its checksum.
    """
    value = find_meta(connection, key, subject)
    if value is None:
        raise untrusted(key, subject)
    return value


def find_meta(connection: sqlite3.Connection, key: str, subject: str) -> bytes | None:
    """Return one value of the table ``meta``; None where it is not there.

    Raises:
        CollectionDamaged: It does not match its checksum.
    """
    row = connection.execute("SELECT value, checksum FROM meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    if not intact(row[1], (key,), row[0]):
        raise untrusted(key, subject)
    return bytes(row[0])


def untrusted(key: str, subject: str) -> CollectionDamaged:
    """Return the error for a value of the table ``meta`` that is missing or damaged."""
    return CollectionDamaged(f"{subject} is damaged: its '{key}' cannot be trusted.", remedy=DAMAGE_REMEDY)


def write_meta(connection: sqlite3.Connection, key: str, value: bytes) -> None:
    """Store one value of the table ``meta``."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", (key, value, seal((key,), value)))


def read_state(connection: sqlite3.Connection, subject: str) -> State:
    """Return generation and counts.

    Raises:
        CollectionDamaged: They cannot be trusted.
    """
    return unpack_state(read_meta(connection, "state", subject))
