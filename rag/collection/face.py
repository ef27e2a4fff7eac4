"""The face: a collection of documents that can be ingested, searched and asked."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag.config import Settings, load_settings
from rag.types import Answered, DocumentRecord, Event, Finding, IngestReport, Recheck, Retrieved, Turn

if TYPE_CHECKING:
    from rag.answering import Emit
    from rag.checking import GivenPassage, SupportCheck
    from rag.collection.archive import Archive
    from rag.composition import Parts, Request
    from rag.index import Snapshot
    from rag.ingesting import Progress
    from rag.protocols import Drafter, Embedder, Verifier
    from rag.retrieval import DocumentTexts
    from rag.store import Store

Where = Mapping[str, object]
"""Conditions on metadata or ``source``; all must hold."""


class Collection:
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
        ...     _ = file.write_text("Saturn has 274 known moons. Jupiter has 97 of them.")
        ...     with Collection.open(Path(folder, "home"), create=True) as collection:
        ...         report = collection.ingest([file])
        ...         asyncio.run(ask(collection, "How many moons does Saturn have?"))
        'Saturn has 274 known moons.'
    """

    def __init__(
        self, settings: Settings, store: Store, embedder: Embedder | None = None, verifier: Verifier | None = None
    ) -> None:
        """Take an open store; use `open` instead."""
        self.settings = settings
        self.name = settings.collection
        self.store = store
        self.given_embedder = embedder
        self.given_verifier = verifier
        self.snapshot_lock = threading.Lock()
        self.last_snapshot: Snapshot | None = None

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        name: str | None = None,
        *,
        create: bool = False,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        verifier: Verifier | None = None,
    ) -> Self:
        """Open a collection.

        Args:
            home: Folder that holds the collections; the settings' one if None.
            name: Its name; the settings' one if None.
            create: Make it where there is none.
            settings: Read from the environment and ``vouch.toml`` if None.
            embedder: Instead of the one the settings name.
            verifier: Instead of the one the settings name; closing it is the caller's business.

        Raises:
            ConfigError: A setting cannot be used.
            CollectionNotFound: There is none of this name, and `create` is False.
            CollectionError: It is damaged, or made by a newer Vouch.
            EmbedderError: The embedder cannot be loaded (only where the collection is created).
        """
        from rag.collection.opening import open_store, settings_of

        settings = settings_of(settings, home, name)
        store, embedder = open_store(settings, embedder, create=create)
        return cls(settings, store, embedder, verifier)

    def close(self) -> None:
        """Close it; what is under way in other threads fails."""
        if "archive" in vars(self):
            self.archive.history.close()
        self.forget_verifier()
        self.store.close()

    async def use_model(self, name: str) -> None:
        """Answer with another model from now on.

        Raises:
            ConfigError: It is no model name.
        """
        from rag.tasks import run_in_thread

        settings = load_settings(**(self.settings.model_dump() | {"model": name}))
        await self.disconnect()
        self.settings = settings
        vars(self).pop("drafter", None)
        if settings.verifier == "llm":
            await run_in_thread(self.forget_verifier)  # it may be the same model

    async def disconnect(self) -> None:
        """Close the connections that asking has opened on the running event loop; to be awaited before it ends."""
        if "drafter" in vars(self):
            await self.drafter.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder, loaded when first needed and checked against the collection.

        Raises:
            EmbedderError: It cannot be loaded.
            EmbedderMismatch: The collection was made with another one.
        """
        from rag.collection.opening import require_embedder

        return require_embedder(self.store, self.settings, self.given_embedder)

    @cached_property
    def drafter(self) -> Drafter:
        """What writes the answers."""
        from rag.collection.workers import make_drafter

        return make_drafter(self.settings, self.embedder)

    @cached_property
    def verifier(self) -> Verifier:
        """What judges their sentences, loaded when first needed.

        Raises:
            VerifierError: It cannot be loaded.
        """
        from rag.collection.workers import make_verifier

        return self.given_verifier or make_verifier(self.settings)

    def forget_verifier(self) -> None:
        """Close the verifier, unless it was given; the next one needed is made anew."""
        from rag.collection.workers import close_verifier

        verifier = vars(self).pop("verifier", None)
        if verifier is not None and verifier is not self.given_verifier:
            close_verifier(verifier)

    @cached_property
    def texts(self) -> DocumentTexts:
        """Texts of documents found lately."""
        from rag.retrieval import DocumentTexts

        return DocumentTexts()

    @cached_property
    def archive(self) -> Archive:
        """The answers given and their conversations, kept apart from the documents."""
        from rag.collection.archive import Archive
        from rag.history import History

        return Archive(History(self.settings.home / "history.db"), self.name, self.store)

    def snapshot(self) -> Snapshot:
        """Return the index of the store's present generation, brought up to date if need be."""
        from rag.snapshots import open_snapshot, refresh

        with self.snapshot_lock:
            last = self.last_snapshot
            self.last_snapshot = open_snapshot(self.store) if last is None else refresh(last, self.store)
            return self.last_snapshot

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> IngestReport:
        """Add files and folders; what is there unchanged costs nothing, bad files are refused one by one.

        A document's source is its path from the folder in which the home folder lies, and its absolute path outside.

        Raises:
            CollectionLocked: Another process is writing.
            CollectionError: The collection is damaged, or there is no space left.
            EmbedderError: The embedder cannot be run.
            EmbedderMismatch: The collection was made with another embedder.
        """
        from rag.collection.sources import find_files
        from rag.ingesting import Ingest, Limits

        files, refused = find_files(paths, self.settings.home.resolve().parent)
        limits = Limits(self.settings.file_max_bytes, self.settings.file_max_characters)
        return Ingest(self.store, lambda: self.embedder, limits, on_progress).run(files, refused)

    def delete(self, document: str) -> DocumentRecord:
        """Delete a document by its id or source; from then on nothing released cites it.

        Stored answers keep which file and place they cited, and lose its text.

        Raises:
            DocumentNotFound: There is none.
            CollectionLocked: Another process is writing.
        """
        try:
            record = self.document(document)
            with self.store.writer() as writer:
                writer.delete(record.document_id)
        finally:
            # Also what an earlier deletion could not finish.
            self.archive.erase_absent()
            self.snapshot()  # A saved index that holds the document's words is removed, or replaced.
        return record

    def documents(self) -> list[DocumentRecord]:
        """Return the documents by source."""
        return self.store.documents()

    def document(self, document: str) -> DocumentRecord:
        """Return a document by its id, its source, or the end of a source that no other document's has.

        Raises:
            DocumentNotFound: There is none, or several sources end so.
        """
        from rag.collection.sources import find_document

        return find_document(document, self.store, self.name)

    def text(self, document_id: str) -> str:
        """Return a document's canonical text.

        Raises:
            DocumentNotFound: There is none.
            CollectionDamaged: The stored text does not match its checksum.
        """
        return self.store.text(document_id)

    def check(self, *, full: bool = False) -> list[Finding]:
        """Check that everything agrees: the store with itself, and the index with the store."""
        from rag.snapshots import compare

        findings = self.store.check(full)
        if not all(finding.ok for finding in findings):
            return findings
        return [*findings, *compare(self.snapshot(), self.store, full=full)]

    def prepare(self, question: str, where: Where | None, top_k: int | None) -> Request:
        """Check a question and resolve its filter; see `rag.collection.questions`."""
        from rag.collection.questions import prepare_request

        return prepare_request(question, self.settings, self.store, where=where, top_k=top_k)

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
                await emit(await run_in_thread(self.archive.remember, event) if isinstance(event, Answered) else event)

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
