"""What a collection begins with: its store, made where there is none, and the embedder that the store was made with."""

from __future__ import annotations

from pathlib import Path

from rag.collection import workers
from rag.collection.folders import collection_folder
from rag.collection.staging import IngestNotes
from rag.config import Settings, load_settings
from rag.errors import CollectionNotFound
from rag.protocols import Embedder
from rag.store import CANARY_TEXT, Store


def settings_of(settings: Settings | None, home: Path | str | None, name: str | None) -> Settings:
    """Return the settings, read where there are none, of the collection with this home and name.

    Raises:
        ConfigError: One of them cannot be used.
    """
    settings = settings or load_settings()
    if home is None and name is None:
        return settings
    return load_settings(
        **(settings.model_dump() | {"home": home or settings.home, "collection": name or settings.collection})
    )


def open_store(settings: Settings, embedder: Embedder | None, *, create: bool) -> tuple[Store, Embedder | None]:
    """Open the settings' store; return it with the embedder, loaded where the store had to be made.

    Raises:
        CollectionNotFound: There is none, and `create` is False.
        CollectionError: It is damaged, or made by a newer Vouch.
        EmbedderError: The embedder cannot be loaded (only where the store is made).
    """
    folder = collection_folder(settings)
    try:
        return Store.open(folder), embedder
    except CollectionNotFound:
        if not create:
            raise
    embedder = embedder or workers.load_embedder(settings)
    canary = embedder.embed_passages([CANARY_TEXT])[0]
    IngestNotes(folder).forget_all()  # what may lie there is of a collection that was deleted
    return Store.create(folder, embedder.identity, canary, may_exist=True), embedder


def require_embedder(store: Store, settings: Settings, given: Embedder | None) -> Embedder:
    """Return the embedder given, or the one that the settings name, checked against the store.

    Raises:
        EmbedderError: It cannot be loaded.
        EmbedderMismatch: The store was made with another one.
    """
    embedder = given or workers.load_embedder(settings)
    store.require_embedder(embedder.identity, embedder.embed_passages([CANARY_TEXT])[0])
    return embedder
