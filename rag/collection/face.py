"""The face: a collection of documents that can be ingested, searched and asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.collection.documents import Documents
from rag.types import Answered, Event, Recheck, Retrieved, Turn

if TYPE_CHECKING:
    from rag.answering import Emit
    from rag.checking import GivenPassage, SupportCheck
    from rag.composition import Parts, Request

Where = Mapping[str, object]
"""Conditions on metadata or ``source``; all must hold."""


class Collection(Documents):
    """Documents under one name, and everything one can do with them.

    Safe to use from several threads; the methods named ``async`` keep the event loop free.

    Examples:
        >>> import asyncio, tempfile
        >>> from pathlib import Path
        >>> from rag import Collection
        >>> async def ask(collection: Collection, question: str) -> str:
        ...     async with collection.ask(question) as events:
        ...         async for event in events:
        ...             pass
        ...     return event.answer.text
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "moons.txt")
        ...     _ = file.write_text("Saturn has 274 known moons. Rye bread is baked.")
        ...     with Collection.open(Path(folder, "home"), create=True) as collection:
        ...         report = collection.ingest([file])
        ...         asyncio.run(ask(collection, "How many moons does Saturn have?"))
        'Saturn has 274 known moons.'
    """

    def prepare(self, question: str, where: Where | None, top_k: int | None) -> Request:
        """Check a question and resolve its filter; see `rag.collection.questions`."""
        from rag.collection.questions import prepare_request

        return prepare_request(question, self.settings, self.store, where=where, top_k=top_k)

    def warm_up(self) -> None:
        """Begin to load in the background what answers are judged with, while something else goes on."""
        from rag.collection.workers import begin_loading

        if self.given_verifier is None:
            begin_loading(self.settings)

    async def search(self, question: str, *, top_k: int | None = None, where: Where | None = None) -> Retrieved:
        """Return the passages found for a question, best first; none where nothing matches.

        Raises:
            UsageError: The question or the filter cannot be used.
            NothingIndexed: The collection is empty.
        """
        from rag.collection.questions import find_for
        from rag.tasks import run_in_thread

        return await run_in_thread(lambda: find_for(self.prepare(question, where, top_k), self.parts()))

    def ask(
        self,
        question: str,
        *,
        where: Where | None = None,
        top_k: int | None = None,
        strict: bool | None = None,
        history: Sequence[Turn] = (),
        conversation_id: str | None = None,
        keep: bool = True,
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Answer a question: ``async with collection.ask(...) as events: async for event in events: ...``.

        Leaving the block cancels what is under way. The answer is stored before its `Answered` event; where that
        fails, the answer is given with a warning.

        Args:
            question: What is asked.
            where: Only documents whose metadata or ``source`` match.
            top_k: Passages shown to the drafter; the settings' number if None.
            strict: Withhold unsupported sentences; as the settings say if None.
            history: Earlier turns, oldest first; those of the conversation if one is named.
            conversation_id: The conversation to go on with.
            keep: Store the answer.

        Raises:
            UsageError: The question or the filter cannot be used (while iterating, as all of these).
            AnswerNotFound: There is no such conversation.
            NothingIndexed: The collection is empty.
            ModelError: The model did not answer.
        """
        from rag.answering import open_events, produce_answer
        from rag.tasks import run_in_thread

        def ready() -> tuple[Request, Parts]:
            request = self.prepare(question, where, top_k)
            turns = tuple(history) if conversation_id is None else self.archive.turns(conversation_id)
            strictly = self.settings.strict if strict is None else strict
            return replace(request, history=turns, strict=strictly, conversation_id=conversation_id), self.parts()

        async def produce(emit: Emit) -> None:
            request, parts = await run_in_thread(ready)

            async def emit_kept(event: Event) -> None:
                if isinstance(event, Answered):
                    event = await run_in_thread(self.archive.remember, event, request.history)
                await emit(event)

            await produce_answer(request, parts, emit_kept if keep else emit)

        return open_events(produce)

    def parts(self) -> Parts:
        """Return what answers: the present snapshot and the workers."""
        from rag.collection.workers import make_parts

        return make_parts(self)

    async def judge(
        self, answer: str | Sequence[str], passages: Sequence[GivenPassage] | None = None, *, question: str = ""
    ) -> SupportCheck:
        """Judge an answer's sentences by passages, or, without passages, by what the collection holds on each of them.

        The question completes a sentence that is no whole one.

        Raises:
            NothingIndexed: No passages are given and the collection is empty.
            QuestionError: A sentence is empty or too long to be searched for.
        """
        from rag.collection.judging import judge_answer
        from rag.tasks import run_in_thread

        verifier = await run_in_thread(lambda: self.verifier)  # loading it may take a while
        return await judge_answer(answer, passages, self.search, verifier, question=question)

    async def recheck(self, answer_id: str) -> Recheck:
        """Judge a stored answer by what its documents say now; see `rag.rechecking`.

        Raises:
            AnswerNotFound: The collection has no such answer, or several begin so.
        """
        from rag.collection.judging import recheck

        return await recheck(self, answer_id)

    def stale_answers(self, *, limit: int | None = None, after: str | None = None) -> AsyncIterator[Recheck]:
        """Yield the answers that cite what has changed or gone, newest first, each judged anew.

        Args:
            limit: At most so many; all if None.
            after: Only those that follow this answer in the list.

        Raises:
            AnswerNotFound: There is no answer `after` (while iterating, as the other).
            CollectionDamaged: One cannot be read; told after the others.
        """
        from rag.collection.judging import recheck_stale

        return recheck_stale(self, limit=limit, after=after)
