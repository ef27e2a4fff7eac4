"""Answers given: kept, shown again, and rid of what was deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from rag.composition import withdraw_dead
from rag.erasing import erase_document, forget_completion
from rag.errors import CollectionNotFound, VouchError
from rag.history import AnswerSummary, ConversationSummary, History, Revision
from rag.types import Answer, Answered, Turn
from rag.wire import WireAnswer, answer_to_wire, dump, load_answer

TURNS_REMEMBERED = 8


class Liveness(Protocol):
    """Which documents a collection holds now."""

    def is_live(self, document_id: str, revision: str) -> bool:
        """Whether the document is there and has this revision."""
        ...

    def has(self, document_id: str) -> bool:
        """Whether the document is there, in whatever revision."""
        ...

    def current_revisions(self, document_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the revision that each of these documents has; one that is not there is left out."""
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

    def remember(self, answered: Answered, turns: Sequence[Turn] = ()) -> Answered:
        """Store an answer and return it as it may leave; where storing fails, with a warning.

        Args:
            answered: The answer, and what it was drafted from.
            turns: The earlier turns that it may lean on.

        Raises:
            CollectionNotFound: The collection has been deleted meanwhile; the answer is not stored.
        """
        answer = answered.answer
        shown = {citation.document_id for citation in answer.citations} | set(answered.shown)
        try:
            self.save(answer, shown)
        except VouchError as error:
            warnings = [f"The answer was not stored: {error}"]
        else:
            warnings = self.erase_missed(answer.id, shown, turns)
        answer = replace(answer, warnings=(*answer.warnings, *warnings))
        return replace(answered, answer=withdraw_dead(answer, self.documents.is_live))

    def save(self, answer: Answer, shown: Collection[str]) -> None:
        """Store an answer, to be found again by the documents `shown`.

        Raises:
            VouchError: It cannot be stored.
        """
        self.history.save(
            answer_id=answer.id,
            created_at=answer.created_at,
            collection=self.collection,
            question=answer.question,
            abstained=answer.abstained,
            conversation_id=answer.conversation_id,
            document=dump(answer_to_wire(answer)),
            sources=shown,
            cited={(citation.document_id, citation.revision) for citation in answer.citations},
        )

    def erase_missed(self, answer_id: str, shown: Collection[str], turns: Sequence[Turn]) -> list[str]:
        """Take out of an answer what was deleted before it was stored: documents, and turns that it leaned on.

        Such a deletion has not seen the answer; where the whole collection has been deleted, the answer is removed.
        Returns warnings.

        Raises:
            CollectionNotFound: The collection has been deleted.
        """
        try:
            for document_id in shown:
                if not self.documents.has(document_id):
                    self.erase(document_id)
            if self.history.lacks([turn.answer_id for turn in turns if turn.answer_id]):
                self.history.rewrite_answer(answer_id, forget_earlier)
        except CollectionNotFound:
            self.history.remove(answer_id)
            raise
        except VouchError as error:
            return [f"The stored answer may hold words of what was deleted meanwhile: {error}"]
        return []

    def erase(self, document_id: str) -> None:
        """Take a deleted document's text out of the stored answers."""
        self.history.rewrite(
            self.collection, document_id, lambda text: dump(erase_document(load_answer(text), document_id))
        )

    def erase_absent(self) -> None:
        """Take the text of every document that is not there any more out of the stored answers."""
        for document_id in self.history.documents_cited(self.collection):
            if not self.documents.has(document_id):
                self.erase(document_id)

    def answer_id(self, answer_id: str) -> str:
        """Return the whole id of one of the collection's answers, damaged or not, as `answer` finds it.

        Raises:
            AnswerNotFound: The collection has none, or several begin so.
        """
        return self.history.answer_id(answer_id, collection=self.collection)

    def delete_answer(self, answer_id: str) -> None:
        """Delete an answer, and what later ones of its conversation took from it to complete their questions.

        The prompt of the chat recalls its question no more.

        Raises:
            AnswerNotFound: The collection has no such answer; the beginning of its id is not enough.
        """
        self.history.delete_answer(self.collection, answer_id, forget_earlier)

    def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation with all its answers, and their questions from what the prompt of the chat recalls.

        Raises:
            AnswerNotFound: The collection has no such conversation.
        """
        self.history.delete_conversation(self.collection, conversation_id)

    def load(self, text: str) -> WireAnswer:
        """Return a stored answer as it may be shown now.

        What a deleted document gave is erased even where erasing the stored text has failed, and citations of documents
        gone or replaced are marked ``removed``.
        """
        answer = load_answer(text)
        cited = {citation.document_id for citation in answer.citations}
        for document_id in cited | {passage.document_id for passage in answer.passages}:
            if not self.documents.has(document_id):
                answer = erase_document(answer, document_id)
        for citation in answer.citations:
            if not self.documents.is_live(citation.document_id, citation.revision):
                citation.state = "removed"
        return answer

    def answer(self, answer_id: str) -> WireAnswer:
        """Return one of the collection's answers; citations of documents gone or replaced are marked ``removed``.

        Args:
            answer_id: Its id, or a beginning that no other answer's has.

        Raises:
            AnswerNotFound: The collection has none, or several.
        """
        return self.load(self.history.answer(answer_id, collection=self.collection))

    def answers(
        self, *, limit: int = 50, offset: int = 0, after: str | None = None, stale: bool = False, alone: bool = False
    ) -> list[AnswerSummary]:
        """Return the collection's answers, newest first.

        Args:
            limit: At most so many.
            offset: Leave out so many.
            after: Only those that follow this one in the list.
            stale: Only those that cite a revision which is not the present one: replaced, or gone.
            alone: Only those of no conversation.

        Raises:
            AnswerNotFound: There is no answer `after`.
        """
        citing = self.stale_revisions() if stale else None
        page = {"limit": limit, "offset": offset}
        return self.history.answers(collection=self.collection, **page, after=after, citing=citing, alone=alone)

    def stale_revisions(self) -> set[Revision]:
        """Return the cited revisions that no document has now."""
        cited = self.history.revisions_cited(self.collection)
        current = self.documents.current_revisions(sorted({document_id for document_id, _ in cited}))
        return {(document_id, revision) for document_id, revision in cited if current.get(document_id) != revision}

    def start_conversation(self) -> str:
        """Begin a conversation and return its id."""
        return self.history.start_conversation(self.collection)

    def conversations(self, *, limit: int = 50, offset: int = 0) -> list[ConversationSummary]:
        """Return the collection's conversations, newest first."""
        return self.history.conversations(collection=self.collection, limit=limit, offset=offset)

    def conversation(self, conversation_id: str) -> list[WireAnswer]:
        """Return a conversation's answers, oldest first.

        Raises:
            AnswerNotFound: The collection has no such conversation.
        """
        return [self.load(text) for text in self.history.turns(self.collection, conversation_id)]

    def turns(self, conversation_id: str) -> tuple[Turn, ...]:
        """Return a conversation's last turns, oldest first: as many as a follow-up may lean on.

        Raises:
            AnswerNotFound: The collection has no such conversation.
        """
        sources = self.history.sources(self.collection, conversation_id)
        texts = self.history.turns(self.collection, conversation_id, last=TURNS_REMEMBERED)
        answers = [self.load(text) for text in texts]
        return tuple(turn_of(answer, sources.get(answer.id, set())) for answer in answers)


def forget_earlier(text: str) -> str:
    """Return a stored answer without the words that its question was completed with."""
    answer = load_answer(text)
    forget_completion(answer)
    return dump(answer)


def turn_of(answer: WireAnswer, sources: set[str]) -> Turn:
    """Return an answer as a turn of its conversation; `sources` are the documents it was stored with."""
    live = [citation for citation in answer.citations if citation.state == "live"]
    cited = {citation.document_id for citation in live}
    titles = [title for citation in live for title in (*reversed(citation.heading), citation.title)]
    return Turn(
        answer.question,
        answer.text,
        standalone=answer.standalone_question,
        titles=tuple(dict.fromkeys(titles)),
        passages=tuple(passage.text for passage in answer.passages if passage.document_id in cited),
        documents=tuple(sorted(sources | {passage.document_id for passage in answer.passages})),
        answer_id=answer.id,
    )
