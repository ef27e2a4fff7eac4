"""The collections a server has open: its own, and others of the same home as they are asked for."""

from __future__ import annotations

import threading

from rag import Collection, Settings, errors


class OpenCollections:
    """Collections by name, opened when first asked for; they share the embedder.

    Attributes:
        settings: The server's settings; they name its own collection.
        reasons: Why the server is not ready; empty when it is.
    """

    def __init__(self, settings: Settings, collection: Collection | None = None) -> None:
        """Take the settings, and the own collection where it is open already."""
        self.settings = settings
        self.opened = {collection.name: collection} if collection else {}
        self.lock = threading.Lock()
        self.reasons: list[str] = [] if collection else ["starting"]

    def find(self, name: str | None = None) -> Collection:
        """Return a collection; the server's own for None.

        Raises:
            CollectionNotFound: There is none of this name.
            CollectionError: It cannot be used.
        """
        name = name or self.settings.collection
        with self.lock:
            if name not in self.opened:
                self.opened[name] = self.open(name)
            return self.opened[name]

    def open(self, name: str) -> Collection:
        """Open a collection of the same home, with the embedder that is loaded already."""
        own = self.opened.get(self.settings.collection)
        try:
            return Collection.open(
                self.settings.home, name, settings=self.settings, embedder=own.embedder if own else None
            )
        except errors.ConfigError:
            # A name that no collection can have is, to a client, a collection that is not there.
            raise errors.CollectionNotFound(f"There is no collection '{name[:80]}'.", field="collection") from None

    def warm(self) -> None:
        """Open the own collection and load what answering needs, so that the first question is quick."""
        try:
            collection = self.find()
            if collection.documents():
                collection.parts()
            self.reasons = []
        except errors.VouchError as error:
            self.reasons = [f"{error.code}: {error}"]

    async def close(self) -> None:
        """Close all, and their connections."""
        for collection in self.opened.values():
            await collection.disconnect()
            collection.close()
