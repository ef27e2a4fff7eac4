"""The collections a server has open: its own, and others of the same home as they are asked for."""

from __future__ import annotations

import threading
from contextlib import suppress

import anyio
import anyio.to_thread

from rag import Collection, Settings, errors
from rag import create_collection as make_collection

OPENING = 4
"""Threads that may open collections at once; they wait for one another anyway."""


class OpenCollections:
    """Collections by name, opened when first asked for; they share embedder and verifier.

    Attributes:
        settings: The server's settings; they name its own collection.
        opened: Those open, by name.
        warmed: Whether the own collection is open and its embedder loaded.
    """

    def __init__(self, settings: Settings, collection: Collection | None = None) -> None:
        """Take the settings, and the own collection where it is open already."""
        self.settings = settings
        self.opened = {collection.name: collection} if collection else {}
        self.lock = threading.Lock()
        self.warming = threading.Lock()
        self.warmed = False
        self.threads = anyio.CapacityLimiter(OPENING)

    async def get(self, name: str | None = None) -> Collection:
        """Return a collection as `find` does, without holding up the event loop.

        Raises:
            CollectionNotFound: There is none of this name.
            CollectionError: It cannot be used.
        """
        found = self.opened.get(name or self.settings.collection)
        if found is not None and found.store.is_present():
            return found
        return await anyio.to_thread.run_sync(self.find, name, limiter=self.threads)

    def find(self, name: str | None = None) -> Collection:
        """Return a collection; the server's own for None.

        Raises:
            CollectionNotFound: There is none of this name.
            CollectionError: It cannot be used.
        """
        name = name or self.settings.collection
        # One that is open is never waited for.
        found = self.opened.get(name)
        if found is not None and found.store.is_present():
            return found
        with self.lock:
            found = self.opened.get(name)
            if found is not None and not found.store.is_present():
                self.release(self.opened.pop(name))
            if name not in self.opened:
                self.opened[name] = self.open(name)
            return self.opened[name]

    def forget(self, name: str) -> None:
        """Close a collection that has been deleted; one that is not open is none."""
        with self.lock:
            found = self.opened.get(name)
            if found is not None and not found.store.is_present():
                self.release(self.opened.pop(name))

    def release(self, collection: Collection) -> None:
        """Close what a deleted collection holds; what is being answered from it meets an error."""
        if collection.name == self.settings.collection:
            collection.store.close()  # the others share its workers
        else:
            collection.close()

    def open(self, name: str) -> Collection:
        """Open a collection of the same home, with the embedder and the verifier that are loaded already."""
        own, embedder = self.opened.get(self.settings.collection), None
        if own is not None:
            with suppress(errors.EmbedderMismatch):  # the others may have been made with the one that is set
                embedder = own.embedder
        try:
            return Collection.open(
                self.settings.home,
                name,
                settings=self.settings,
                embedder=embedder,
                verifier=own.verifier if own else None,
            )
        except errors.ConfigError:
            # A name that no collection can have is, to a client, a collection that is not there.
            raise errors.CollectionNotFound(f"There is no collection '{name[:80]}'.", field="collection") from None

    def create(self, name: str) -> None:
        """Make a collection in the same home, for the embedder that is loaded.

        Raises:
            CollectionError: It cannot be made.
        """
        own = self.find()
        with self.lock:
            make_collection(self.settings, name, embedder=own.embedder)

    def warm(self) -> None:
        """Open the own collection and load what answering needs, so that the first question is quick.

        Raises:
            CollectionError: It cannot be used.
            EmbedderError: The embedder cannot be loaded, or is not the collection's.
        """
        collection = self.find()
        # Named for its effect: an empty collection needs no index yet, but the embedder that the first question does.
        _ = collection.embedder
        if collection.store.documents(limit=1):
            collection.parts()
        self.warmed = True

    def find_obstacles(self) -> list[str]:
        """Return why the server cannot answer now, none where it can; warms it where that has not succeeded yet."""
        try:
            if not self.warmed:
                if not self.warming.acquire(blocking=False):
                    return ["starting"]
                try:
                    self.warm()
                finally:
                    self.warming.release()
            store = self.find().store
            store.generation()
        except errors.VouchError as error:
            return [f"{error.code}: {error}"]
        return [f"{store.write_failure.code}: {store.write_failure}"] if store.write_failure else []

    async def close(self) -> None:
        """Close all, and their connections."""
        for collection in self.opened.values():
            await collection.disconnect()
            collection.close()
