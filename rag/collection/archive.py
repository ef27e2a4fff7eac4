"""Answers given: kept, shown again, and rid of what was deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from rag.errors import VouchError
from rag.history import AnswerSummary, ConversationSummary, History
from rag.types import Answered, Turn
from rag.wire import WireAnswer, answer_to_wire, dump, erase_document, load_answer


class Liveness(Protocol):
    """Which documents a collection holds now."""

    def is_live(self, document_id: str, revision: str) -> bool:
        """Whether the document is there and has this revision."""
        ...

    def has(self, document_id: str) -> bool:
        """Whether the document is there, in whatever revision."""
        ...


class Archive:
    """The stored answers of one collection.

    Attributes:
        history: Where they are stored, with those of the other collections.
        collection: The collection's name.
        documents: What the collection holds now.
    """

    def __init__(self, history: History, collection: str, documents: Liveness) -> None:
        """Take the history, the collection's name and what it holds."""
        self.history = history
        self.collection = collection
        self.documents = documents

    def remember(self, answered: Answered) -> Answered:
        """Store an answer; where that fails, return it with a warning."""
        answer = answered.answer
        cited = {citation.document_id for citation in answer.citations}
        shown = cited | {passage.document_id for passage in answer.passages}
        try:
            self.history.save(
                answer_id=answer.id,
                created_at=answer.created_at,
                collection=self.collection,
                question=answer.question,
                abstained=answer.abstained,
                conversation_id=answer.conversation_id,
                document=dump(answer_to_wire(answer)),
                sources=shown,
            )
        except VouchError as error:
            return Answered(replace(answer, warnings=(*answer.warnings, f"The answer was not stored: {error}")))
        # A deletion that came between the last check and the save has not seen this answer.
        for document_id in shown:
            if not self.documents.has(document_id):
                self.erase(document_id)
        return answered

    def erase(self, document_id: str) -> None:
        """Take a deleted document's text out of the stored answers."""
        for answer_id, text in self.history.answers_citing(self.collection, document_id):
            self.history.replace(answer_id, dump(erase_document(load_answer(text), document_id)))

    def answer(self, answer_id: str) -> WireAnswer:
        """Return a stored answer; citations of documents that are gone or replaced are marked ``removed``.

        Raises:
            AnswerNotFound: There is none.
        """
        answer = load_answer(self.history.answer(answer_id))
        if answer.collection == self.collection:
            for citation in answer.citations:
                if not self.documents.is_live(citation.document_id, citation.revision):
                    citation.state = "removed"
        return answer

    def answers(self, *, limit: int = 50, offset: int = 0) -> list[AnswerSummary]:
        """Return the collection's answers, newest first."""
        return self.history.answers(collection=self.collection, limit=limit, offset=offset)

    def start_conversation(self) -> str:
        """Begin a conversation and return its id."""
        return self.history.start_conversation(self.collection)

    def conversations(self, *, limit: int = 50, offset: int = 0) -> list[ConversationSummary]:
        """Return the collection's conversations, newest first."""
        return self.history.conversations(collection=self.collection, limit=limit, offset=offset)

    def conversation(self, conversation_id: str) -> list[WireAnswer]:
        """Return a conversation's answers, oldest first.

        Raises:
            AnswerNotFound: There is no such conversation.
        """
        return [load_answer(text) for text in self.history.turns(conversation_id)]

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """Return a conversation's turns, oldest first.

        Raises:
            AnswerNotFound: There is no such conversation.
        """
        return tuple(Turn(answer.question, answer.text) for answer in self.conversation(conversation_id))
