"""What is noted of a document beside its record: the original kept for it, and the metadata that were set by hand.

Both stand in the table ``meta`` under the document's id, each with its checksum.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Mapping

from rag.errors import UsageError
from rag.store.filters import RESERVED_KEYS
from rag.store.schema import find_meta, write_meta
from rag.types import Metadata

ORIGINAL = "original:"
AFTER_ORIGINAL = "original;"
"""The end of the keys that begin with `ORIGINAL`."""
METADATA = "metadata:"
KEY = re.compile(r"[^\s=<>\x00-\x1f\x7f\ud800-\udfff]{1,100}")


def kept_revision(connection: sqlite3.Connection, document_id: str, subject: str) -> str | None:
    """Return the revision whose file is kept for a document; None where none is.

    Raises:
        CollectionDamaged: The note cannot be trusted.
    """
    note = find_meta(connection, ORIGINAL + document_id, subject)
    return None if note is None else note.decode()


def kept_revisions(connection: sqlite3.Connection, subject: str) -> dict[str, str]:
    """Return the revisions whose files are kept, by document.

    Raises:
        CollectionDamaged: A note cannot be trusted.
    """
    rows = connection.execute("SELECT key FROM meta WHERE key BETWEEN ? AND ?", (ORIGINAL, AFTER_ORIGINAL)).fetchall()
    kept = {key.removeprefix(ORIGINAL): find_meta(connection, key, subject) for (key,) in rows}
    return {document_id: note.decode() for document_id, note in kept.items() if note is not None}


def is_kept(connection: sqlite3.Connection, revision: str) -> bool:
    """Tell whether the file of a revision is kept for any document."""
    query = "SELECT 1 FROM meta WHERE key BETWEEN ? AND ? AND value = ? LIMIT 1"
    return connection.execute(query, (ORIGINAL, AFTER_ORIGINAL, revision.encode())).fetchone() is not None


def note_kept(connection: sqlite3.Connection, document_id: str, revision: str | None) -> None:
    """Note that the file of a revision is kept for a document, or that none is."""
    if revision is None:
        connection.execute("DELETE FROM meta WHERE key = ?", (ORIGINAL + document_id,))
    else:
        write_meta(connection, ORIGINAL + document_id, revision.encode())


def values_set(connection: sqlite3.Connection, document_id: str, subject: str) -> dict[str, object]:
    """Return the metadata that were set by hand; None as a value stands for a key that was taken away.

    Raises:
        CollectionDamaged: The note cannot be trusted.
    """
    note = find_meta(connection, METADATA + document_id, subject)
    return {} if note is None else dict(json.loads(note))


def note_values(connection: sqlite3.Connection, document_id: str, values: dict[str, object]) -> None:
    """Note the metadata that were set by hand."""
    write_meta(connection, METADATA + document_id, json.dumps(values).encode())


def forget_notes(connection: sqlite3.Connection, document_id: str) -> None:
    """Remove what is noted of a document."""
    connection.execute("DELETE FROM meta WHERE key IN (?, ?)", (ORIGINAL + document_id, METADATA + document_id))


def overlaid(metadata: Metadata, values: dict[str, object]) -> Metadata:
    """Return a file's metadata with what was set by hand laid over them; a date so set comes from no file."""
    laid = {**metadata, **({"date_from": None} if "date" in values else {}), **values}
    return {key: value for key, value in laid.items() if isinstance(value, str | int | float)}


def require_metadata(values: Mapping[str, object]) -> None:
    """Refuse metadata that could not be stored, or not be filtered on.

    Raises:
        UsageError: A key or a value cannot be one; the message names it.
    """
    for key in values:
        field = f"metadata.{key}"
        if not isinstance(key, str) or not KEY.fullmatch(key):
            raise UsageError(
                f"{key!r} cannot be a key of metadata.",
                remedy="Use 1 to 100 characters without spaces, '=', '<' or '>'.",
                field=field,
            )
        if key in RESERVED_KEYS:
            raise UsageError(f"The key '{key}' has another meaning in a filter.", remedy="Choose another.", field=field)
    require_values(values)


def require_values(values: Mapping[str, object]) -> None:
    """Refuse metadata that could not be stored; what a file says of itself has any key.

    Raises:
        UsageError: A value cannot be one; the message names its key.
    """
    for key, value in values.items():
        field = f"metadata.{key}"
        finite = not isinstance(value, float) or math.isfinite(value)
        if not (value is None or isinstance(value, str | int | float)) or not finite:
            raise UsageError(
                f"The value {value!r} of '{key}' cannot be stored.",
                remedy="Give a text, a number or a truth value.",
                field=field,
            )
        if isinstance(value, str) and value.encode("utf-8", "replace").decode() != value:
            raise UsageError(f"The value of '{key}' is not valid text.", remedy="Write it in UTF-8.", field=field)
