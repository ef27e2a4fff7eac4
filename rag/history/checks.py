"""Examining the history: what ``vouch doctor`` says of it."""

from __future__ import annotations

import sqlite3

from rag.durable import intact
from rag.errors import CollectionError
from rag.history.opened import DAMAGE_REMEDY, OpenedHistory
from rag.types import Finding

NAMED = 5
"""Damaged answers that are named."""


class Checked(OpenedHistory):
    """The examining part of `rag.history.History`."""

    def check(self, *, full: bool = False) -> Finding:
        """Examine the file: its structure, and with `full` each answer's checksum; damage is no error here."""
        try:
            with self._reading() as connection:
                problem = "" if connection is None else self._structure_fault(connection)
                if connection is not None and full and not problem:
                    problem = self._damaged_answers(connection)
        except CollectionError as error:
            problem = str(error)
        return Finding("history", not problem, problem or "ok")

    def _structure_fault(self, connection: sqlite3.Connection) -> str:
        """Return the first fault that SQLite finds in the pages; empty where it finds none."""
        (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if answer == "ok":
            return ""
        return f"{self._subject} is damaged: {' '.join(answer.split())}. {DAMAGE_REMEDY}"

    def _damaged_answers(self, connection: sqlite3.Connection) -> str:
        """Return which answers do not match their checksums; empty where all do."""
        rows = connection.execute("SELECT answer_id, document, checksum FROM answers")
        damaged = [str(answer_id) for answer_id, text, checksum in rows if not intact(checksum, (answer_id,), text)]
        if not damaged:
            return ""
        shown = ", ".join(damaged[:NAMED]) + (", ..." if len(damaged) > NAMED else "")
        return f"Answers do not match their checksums: {shown}. `vouch answers delete` removes them."
