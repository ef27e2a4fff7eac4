"""What is taken out of the history: answers, conversations, and words of documents that were deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

from rag.durable import bindable, intact, seal
from rag.errors import AnswerNotFound
from rag.history.opened import OpenedHistory
from rag.history.typed import forget_typed

Change = Callable[[str], str]
"""An answer as JSON -> what shall stand in its place."""

STORED = "SELECT number, answer_id, document, checksum FROM answers"


class Removals(OpenedHistory):
    """The removing part of `rag.history.History`; what is removed or replaced is overwritten on the disk.

    With an answer goes its question from what was typed at the chat's prompt: before it does, so that no error leaves
    the one without the other to find it by.
    """

    def rewrite(self, collection: str, document_id: str, change: Change) -> None:
        """Put what `change` makes of it in the place of each answer that rests on a document or shows it.

        One transaction, so that two documents deleted at once do not bring each other's text back. An answer that does
        not match its checksum is removed, since nobody can tell what it holds.
        """
        with self._changing() as connection:
            resting = f"{STORED} JOIN sources ON answer = number WHERE sources.document_id = ? AND collection = ?"
            replace(connection, resting, (document_id, collection), change)
            connection.execute(
                "DELETE FROM sources WHERE document_id = ? AND answer IN (SELECT number FROM answers "
                "WHERE collection = ?)",
                (document_id, collection),
            )
        self._empty_log()

    def rewrite_answer(self, answer_id: str, change: Change) -> None:
        """Put what `change` makes of it in the place of one answer, as `rewrite` does; none where it is not there."""
        with self._changing() as connection:
            replace(connection, f"{STORED} WHERE answer_id = ?", (bindable(answer_id),), change)
        self._empty_log()

    def lacks(self, answer_ids: Collection[str]) -> bool:
        """Return whether any of these answers is not there."""
        query = "SELECT 1 FROM answers WHERE answer_id = ?"
        with self._reading() as connection:
            return not all(self._select(connection, query, (answer_id,)) for answer_id in answer_ids)

    def remove(self, answer_id: str) -> None:
        """Remove an answer alone, just stored, that nothing can have leaned on; one that is not there is none."""
        with self._changing() as connection:
            connection.execute("DELETE FROM answers WHERE answer_id = ?", (bindable(answer_id),))
        self._empty_log()

    def delete_answer(self, collection: str, answer_id: str, change: Change) -> None:
        """Delete an answer; later ones of its conversation become what `change` makes of them.

        Its conversation stays, and can be gone on with.

        Raises:
            AnswerNotFound: The collection has no such answer; the beginning of an id is not enough.
            CollectionError: It cannot be deleted; nothing has been.
        """
        if not self.path.exists():
            raise no_answer(answer_id)
        with self._changing() as connection:
            query = "SELECT number, conversation_id, question FROM answers WHERE answer_id = ? AND collection = ?"
            rows = self._select(connection, query, (answer_id, collection))
            if not rows:
                raise no_answer(answer_id)
            ((number, conversation_id, question),) = rows
            forget_typed(self.path.parent, [question])
            connection.execute("DELETE FROM answers WHERE number = ?", (number,))
            later = f"{STORED} WHERE number > ? AND conversation_id = ?"
            replace(connection, later, (number, conversation_id), change)
        self._empty_log()

    def delete_conversation(self, collection: str, conversation_id: str) -> None:
        """Delete a conversation with its answers.

        Raises:
            AnswerNotFound: The collection has no such conversation.
            CollectionError: It cannot be deleted; nothing has been.
        """
        if not self.path.exists():
            raise no_conversation(collection, conversation_id)
        with self._changing() as connection:
            self._require_conversation(connection, collection, conversation_id)
            of_it = "FROM answers WHERE conversation_id = ? AND collection = ?"
            self._forget_typed(connection, of_it, conversation_id, collection)
            connection.execute(f"DELETE {of_it}", (conversation_id, collection))
            self._free(connection, "conversation_id = ?", conversation_id)
            connection.execute("DELETE FROM conversations WHERE conversation_id = ?", (conversation_id,))
        self._empty_log()

    def require_conversation(self, collection: str, conversation_id: str) -> None:
        """Refuse a conversation that is not there.

        Raises:
            AnswerNotFound: The collection has no such conversation.
        """
        with self._reading() as connection:
            self._require_conversation(connection, collection, conversation_id)

    def forget(self, collection: str) -> None:
        """Remove all answers and conversations of a collection.

        Raises:
            CollectionError: They cannot be removed; none has been.
        """
        if not self.path.exists():
            return
        with self._changing() as connection:
            self._forget_typed(connection, "FROM answers WHERE collection = ?", collection)
            connection.execute("DELETE FROM cited WHERE collection = ?", (collection,))
            self._free(connection, "collection = ?", collection)
            connection.execute("DELETE FROM answers WHERE collection = ?", (collection,))
            connection.execute("DELETE FROM conversations WHERE collection = ?", (collection,))
        self._empty_log()

    def _forget_typed(self, connection: sqlite3.Connection, answers: str, *values: str) -> None:
        """Take the questions of answers that go out of what was typed."""
        rows = self._select(connection, f"SELECT question {answers}", values)
        forget_typed(self.path.parent, {question for (question,) in rows})

    @staticmethod
    def _free(connection: sqlite3.Connection, condition: str, value: str) -> None:
        """Take what answers are left out of conversations that go: an earlier Vouch let other collections' in."""
        connection.execute(
            "UPDATE answers SET conversation_id = NULL WHERE conversation_id IN "
            f"(SELECT conversation_id FROM conversations WHERE {condition})",
            (value,),
        )

    def _require_conversation(
        self, connection: sqlite3.Connection | None, collection: str, conversation_id: str
    ) -> None:
        """Refuse a conversation that is not there, or is about another collection."""
        query = "SELECT 1 FROM conversations WHERE conversation_id = ? AND collection = ?"
        if not self._select(connection, query, (conversation_id, collection)):
            raise no_conversation(collection, conversation_id)


def replace(connection: sqlite3.Connection, query: str, parameters: tuple[object, ...], change: Change) -> None:
    """Put what `change` makes of it in the place of each answer found; one that is damaged is removed."""
    for number, answer_id, old, checksum in connection.execute(query, parameters).fetchall():
        if not intact(checksum, (answer_id,), old):
            connection.execute("DELETE FROM answers WHERE number = ?", (number,))
            continue
        text = bindable(change(old.decode())).encode()
        row = (text, seal((answer_id,), text), number)
        connection.execute("UPDATE answers SET document = ?, checksum = ? WHERE number = ?", row)


def no_answer(answer_id: str) -> AnswerNotFound:
    """Return the error for an answer that is not there."""
    return AnswerNotFound(
        f"The history holds no answer '{answer_id}'.", remedy="`vouch answers` lists them.", field="answer_id"
    )


def no_conversation(collection: str, conversation_id: str) -> AnswerNotFound:
    """Return the error for a conversation that is not there, or is about another collection."""
    return AnswerNotFound(
        f"The history holds no conversation '{conversation_id}' about the collection '{collection}'.",
        remedy="Begin one, or leave it out.",
        field="conversation_id",
    )
