"""What an open collection holds: its settings and store, and the workers, each made when first needed."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag.config import Settings, load_settings

if TYPE_CHECKING:
    from rag.collection.archive import Archive
    from rag.encoders.memory import VectorMemory
    from rag.index import Snapshot
    from rag.parsing import Parsers
    from rag.protocols import Drafter, Embedder, Verifier
    from rag.retrieval import DocumentNames, DocumentTexts
    from rag.store import Store


class Opened:
    """A collection that is open; what can be done with it is in the classes made from this one."""

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
        self.drawing_lock = threading.Lock()
        self.drawing: Parsers | None = None

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
        with self.drawing_lock:
            if self.drawing is not None:
                self.drawing.close()
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
    def vectors(self) -> VectorMemory | None:
        """The vectors of sentences that answers have needed, for those after them; None where these have their own."""
        from rag.collection.workers import make_memory

        return make_memory(self.embedder)

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
    def names(self) -> DocumentNames:
        """What the documents are called, read when a question first names one."""
        from rag.retrieval import DocumentNames

        return DocumentNames(self.store)

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
