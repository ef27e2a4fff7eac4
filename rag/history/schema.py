"""The tables of the history, and how those of an earlier Vouch are brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from rag.durable import bindable, intact, transaction
from rag.wire import cited_revisions

SCHEMA_VERSION = 2
APPLICATION_ID = 0x564F5548
"""``VOUH``: tells our files from other databases."""

CITED = """
CREATE TABLE cited (
    collection TEXT NOT NULL, document_id TEXT NOT NULL, revision TEXT NOT NULL,
    answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE,
    PRIMARY KEY (collection, document_id, revision, answer)) STRICT, WITHOUT ROWID;
"""
"""Which revisions an answer cites; unlike ``sources``, a row outlives its document. New in schema 2."""

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE conversations (
    number INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL UNIQUE, collection TEXT NOT NULL,
    started_at TEXT NOT NULL) STRICT;
CREATE TABLE answers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, answer_id TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL,
    collection TEXT NOT NULL, question TEXT NOT NULL, abstained INTEGER NOT NULL,
    conversation_id TEXT REFERENCES conversations (conversation_id), document BLOB NOT NULL,
    checksum BLOB NOT NULL) STRICT;
CREATE INDEX answers_by_conversation ON answers (conversation_id);
CREATE TABLE sources (
    document_id TEXT NOT NULL, answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE,
    PRIMARY KEY (document_id, answer)) STRICT, WITHOUT ROWID;
{CITED}"""

Revision = tuple[str, str]
"""A document_id and a revision of it."""


def cite(connection: sqlite3.Connection, collection: str, answer: int | None, revisions: Collection[Revision]) -> None:
    """Note which revisions an answer cites; `answer` is its number."""
    rows = {(collection, bindable(document_id), bindable(revision), answer) for document_id, revision in revisions}
    connection.executemany("INSERT INTO cited VALUES (?, ?, ?, ?)", rows)


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a history of an earlier schema to the present one, whole or not at all; nothing where it is up to date."""
    if schema_of(connection) == SCHEMA_VERSION:
        return
    with transaction(connection, "IMMEDIATE"):
        if schema_of(connection) == SCHEMA_VERSION:  # another process was quicker
            return
        connection.execute(CITED)
        query = "SELECT number, answer_id, collection, document, checksum FROM answers"
        for number, answer_id, collection, document, checksum in connection.execute(query):
            # What does not match its checksum cites nothing that could be relied on.
            found = cited_revisions(document) if intact(checksum, (answer_id,), document) else set()
            cite(connection, collection, number, found)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    # An earlier Vouch reads the version from the file, not from the log beside it.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def schema_of(connection: sqlite3.Connection) -> int:
    """Return the version of the schema, the log beside the file included."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
