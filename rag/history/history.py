"""The history: saving answers and finding them again."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.durable import bindable, intact, seal
from rag.errors import AnswerNotFound, CollectionDamaged
from rag.history.checks import Checked
from rag.history.removals import Removals, no_answer
from rag.history.schema import Revision, cite

SUMMARY_COLUMNS = "answer_id, created_at, collection, question, abstained, conversation_id"


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """A stored answer, for a list."""

    answer_id: str
    created_at: str
    collection: str
    question: str
    abstained: bool
    conversation_id: str | None


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation, for a list; `question` is its first one and `latest_question` its last, empty before that."""

    conversation_id: str
    collection: str
    started_at: str
    turns: int
    question: str
    latest_question: str


class History(Removals, Checked):
    """Answers given, for any number of threads and processes; all methods raise `CollectionError` if the disk fails.

    Attributes:
        path: The file, ``history.db`` in the home folder.
    """

    def save(
        self,
        *,
        answer_id: str,
        created_at: str,
        collection: str,
        question: str,
        abstained: bool,
        conversation_id: str | None,
        document: str,
        sources: Collection[str],
        cited: Collection[Revision] = (),
    ) -> None:
        """Store an answer; one that is there already is left as it is.

        Args:
            answer_id: Its id.
            created_at: ISO 8601, UTC.
            collection: The collection asked.
            question: As asked.
            abstained: Whether it says that the documents do not say.
            conversation_id: The conversation it belongs to, if any.
            document: The answer as JSON.
            sources: The document_ids it rests on or shows, by which `rewrite` finds it.
            cited: The revisions it cites, by which `answers` finds it when they are out of date.

        Raises:
            AnswerNotFound: The collection has no such conversation.
            CollectionError: It cannot be stored.
        """
        text = bindable(document).encode()
        with self._changing() as connection:
            if conversation_id is not None:
                self._require_conversation(connection, collection, conversation_id)
            row = (answer_id, created_at, collection, bindable(question), int(abstained), conversation_id)
            cursor = connection.execute(
                f"INSERT OR IGNORE INTO answers ({SUMMARY_COLUMNS}, document, checksum) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, text, seal((answer_id,), text)),
            )
            if cursor.rowcount:
                pairs = [(document_id, cursor.lastrowid) for document_id in set(sources)]
                connection.executemany("INSERT INTO sources VALUES (?, ?)", pairs)
                cite(connection, collection, cursor.lastrowid, cited)

    def answer(self, answer_id: str, *, collection: str | None = None) -> str:
        """Return an answer as JSON; the beginning of its id is enough where no other begins so.

        Args:
            answer_id: Its id, or the beginning of it.
            collection: Only an answer of this collection.

        Raises:
            AnswerNotFound: There is none, or several begin so.
            CollectionDamaged: What is stored does not match its checksum.
        """
        with self._reading() as connection:
            return self._document(*self._find(connection, "answer_id, document, checksum", answer_id, collection))

    def answer_id(self, answer_id: str, *, collection: str | None = None) -> str:
        """Return the whole id of an answer, also of a damaged one; its arguments and errors are those of `answer`."""
        with self._reading() as connection:
            (whole,) = self._find(connection, "answer_id", answer_id, collection)
        return str(whole)

    def answers(
        self,
        *,
        collection: str | None = None,
        limit: int = 50,
        offset: int = 0,
        after: str | None = None,
        citing: Collection[Revision] | None = None,
        alone: bool = False,
    ) -> list[AnswerSummary]:
        """Return answers, the last saved first.

        Args:
            collection: Only those of this one.
            limit: At most so many.
            offset: Leave out so many.
            after: Only those that come after the answer of this id in the list, which new answers do not shift.
            citing: Only those that cite one of these revisions of documents of `collection`.
            alone: Only those of no conversation.

        Raises:
            AnswerNotFound: There is no answer `after`.
        """
        conditions = ["collection = ifnull(?, collection)"]
        parameters: list[object] = [collection]
        if alone:
            conditions.append("conversation_id IS NULL")
        if citing is not None:
            wanted = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"
            found = f"SELECT answer FROM cited WHERE collection = ? AND (document_id, revision) IN ({wanted})"
            conditions.append(f"number IN ({found})")
            parameters += [collection, json.dumps(sorted(citing))]
        with self._reading() as connection:
            if after is not None:
                conditions.append("number < ?")
                parameters.append(self._number(connection, after))
            rows = self._select(
                connection,
                f"SELECT {SUMMARY_COLUMNS} FROM answers WHERE {' AND '.join(conditions)} "
                "ORDER BY number DESC LIMIT ? OFFSET ?",
                (*parameters, limit, offset),
            )
        return [
            AnswerSummary(answer_id, created_at, of, question, bool(abstained), conversation_id)
            for answer_id, created_at, of, question, abstained, conversation_id in rows
        ]

    def documents_cited(self, collection: str) -> set[str]:
        """Return the documents that a collection's answers rest on or show."""
        query = "SELECT DISTINCT document_id FROM sources JOIN answers ON number = answer WHERE collection = ?"
        with self._reading() as connection:
            return {document_id for (document_id,) in self._select(connection, query, (collection,))}

    def revisions_cited(self, collection: str) -> set[Revision]:
        """Return the revisions that a collection's answers cite, of documents deleted since as well."""
        query = "SELECT DISTINCT document_id, revision FROM cited WHERE collection = ?"
        with self._reading() as connection:
            return set(self._select(connection, query, (collection,)))

    def start_conversation(self, collection: str) -> str:
        """Begin a conversation and return its id."""
        conversation_id = f"conv_{secrets.token_hex(8)}"
        with self._changing() as connection:
            connection.execute(
                "INSERT INTO conversations (conversation_id, collection, started_at) VALUES (?, ?, ?)",
                (conversation_id, collection, datetime.now(UTC).isoformat(timespec="seconds")),
            )
        return conversation_id

    def conversations(
        self, *, collection: str | None = None, limit: int = 50, offset: int = 0
    ) -> list[ConversationSummary]:
        """Return conversations that hold an answer, the last begun first; of one collection, or of all."""
        turns = "SELECT count(*) FROM answers AS turn WHERE turn.conversation_id = talk.conversation_id"
        asked = "SELECT question FROM answers AS turn WHERE turn.conversation_id = talk.conversation_id ORDER BY number"
        with self._reading() as connection:
            rows = self._select(
                connection,
                f"SELECT conversation_id, collection, started_at, ({turns}), ifnull(({asked} LIMIT 1), ''), "
                f"ifnull(({asked} DESC LIMIT 1), '') "
                "FROM conversations AS talk WHERE collection = ifnull(?, collection) "
                "AND conversation_id IN (SELECT conversation_id FROM answers) "
                "ORDER BY number DESC LIMIT ? OFFSET ?",
                (collection, limit, offset),
            )
        return [ConversationSummary(*row) for row in rows]

    def turns(self, collection: str, conversation_id: str, last: int | None = None) -> list[str]:
        """Return the answers of a conversation as JSON, oldest first; empty before its first answer.

        Args:
            collection: The collection that it is about; another one's answers are never among them.
            conversation_id: The conversation.
            last: Only so many, the last ones.

        Raises:
            AnswerNotFound: The collection has no such conversation.
            CollectionDamaged: An answer does not match its checksum.
        """
        with self._reading() as connection:
            self._require_conversation(connection, collection, conversation_id)
            rows = self._select(
                connection,
                "SELECT answer_id, document, checksum FROM answers WHERE conversation_id = ? AND collection = ? "
                "ORDER BY number DESC LIMIT ?",
                (conversation_id, collection, -1 if last is None else last),
            )
        return [self._document(*row) for row in reversed(rows)]

    def sources(self, collection: str, conversation_id: str) -> dict[str, set[str]]:
        """Return the documents that each answer of a conversation rests on or shows, by answer_id; deleted ones not."""
        query = (
            "SELECT answer_id, document_id FROM answers JOIN sources ON answer = number "
            "WHERE conversation_id = ? AND collection = ?"
        )
        found: dict[str, set[str]] = {}
        with self._reading() as connection:
            for answer_id, document_id in self._select(connection, query, (conversation_id, collection)):
                found.setdefault(answer_id, set()).add(document_id)
        return found

    def _find(
        self, connection: sqlite3.Connection | None, columns: str, answer_id: str, collection: str | None
    ) -> tuple[Any, ...]:
        """Return columns of the answer of this id, or of the only one that begins so."""
        query = f"SELECT {columns} FROM answers WHERE collection = ifnull(?, collection) AND"
        rows = self._select(connection, f"{query} answer_id = ?", (collection, answer_id))
        if not rows and answer_id:
            begins = f"{query} substr(answer_id, 1, ?) = ? LIMIT 2"
            rows = self._select(connection, begins, (collection, len(answer_id), answer_id))
        if len(rows) != 1:
            raise (several_answers if rows else no_answer)(answer_id)
        return tuple(rows[0])

    def _document(self, answer_id: str, text: bytes, checksum: bytes) -> str:
        """Return an answer's JSON, if it is what was stored."""
        if not intact(checksum, (answer_id,), text):
            raise CollectionDamaged(
                f"{self._subject} is damaged: the answer {answer_id!r} does not match its checksum.",
                remedy="Ask again; the documents are not concerned.",
            )
        return text.decode()

    def _number(self, connection: sqlite3.Connection | None, answer_id: str) -> int:
        """Return an answer's place in the order of saving."""
        rows = self._select(connection, "SELECT number FROM answers WHERE answer_id = ?", (answer_id,))
        if not rows:
            raise AnswerNotFound(
                f"The history holds no answer '{answer_id}' to go on after.",
                remedy="Begin at the first page.",
                field="cursor",
            )
        return int(rows[0][0])


def several_answers(answer_id: str) -> AnswerNotFound:
    """Return the error for the beginning of an id that several answers share."""
    return AnswerNotFound(
        f"The history holds several answers that begin with '{answer_id}'.",
        remedy="`vouch answers` lists them.",
        field="answer_id",
    )
