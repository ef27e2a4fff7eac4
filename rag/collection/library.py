"""The collections of a home folder: told of, made, and deleted whole."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.collection.erasing import erasing
from rag.collection.folders import COLLECTIONS_FOLDER, collection_folder, list_collections
from rag.collection.opening import open_store, settings_of
from rag.config import Settings
from rag.durable import make_folder, storage_error, sync_folder
from rag.errors import CollectionExists, CollectionNotFound, VouchError
from rag.protocols import Embedder
from rag.store import DATABASE_FILE, INGEST_LOCK, LOCK_TIMEOUT_S, Store, locked, subject_of
from rag.types import Finding

if TYPE_CHECKING:
    from rag.history import History

DELETED_SUFFIX = ".deleted"
UNFINISHED_SUFFIX = ".unfinished"
LEFT_AFTER_S = 24 * 3600.0
"""After so long nobody is writing to an unfinished folder any more."""


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    """A collection, for a list.

    Attributes:
        name: Its name.
        documents: Number of its documents; None where it cannot be read, as with the others.
        size_bytes: What lies in its folder, the index and the kept files included.
        embedder: Name of the embedder that it was made with.
        changed_at: When its latest document came, ISO 8601; None where it holds none.
        problem: Code of the error that keeps it from being read; empty where it can be.
    """

    name: str
    documents: int | None
    size_bytes: int
    embedder: str | None
    changed_at: str | None
    problem: str = ""


def describe_collections(home: Path) -> list[CollectionSummary]:
    """Return the collections under `home`, by name; empty where there are none."""
    return [describe_collection(home, name) for name in list_collections(home)]


def describe_collection(home: Path, name: str) -> CollectionSummary:
    """Return what there is to tell of a collection; one that cannot be read is told of, too."""
    folder = home / COLLECTIONS_FOLDER / name
    size_bytes = folder_size(folder)
    try:
        with Store.open(folder) as store:
            records = store.documents()
            changed_at = max((record.added_at for record in records), default=None)
            return CollectionSummary(name, len(records), size_bytes, store.identity().name, changed_at)
    except VouchError as error:
        return CollectionSummary(name, None, size_bytes, None, None, error.code)


def folder_size(folder: Path) -> int:
    """Return the bytes of the files below a folder; what goes meanwhile does not count."""
    size_bytes = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            size_bytes += path.lstat().st_size
    return size_bytes


def create_collection(settings: Settings, name: str, *, embedder: Embedder | None = None) -> None:
    """Make an empty collection; `embedder` is the settings' if None.

    Raises:
        ConfigError: It cannot have this name.
        CollectionExists: There is one of this name.
        CollectionError: It cannot be written.
        EmbedderError: The embedder cannot be loaded.
    """
    settings = settings_of(settings, None, name)
    require_absent(settings.home, name)
    store, _ = open_store(settings, embedder, create=True)
    store.close()


def require_absent(home: Path, name: str) -> None:
    """Refuse a name that a collection has; remove what a crash may have left at its place.

    Raises:
        CollectionExists: There is a collection of this name.
    """
    folder = home / COLLECTIONS_FOLDER / name
    if (folder / DATABASE_FILE).exists():
        raise CollectionExists(
            f"{subject_of(folder)} exists already.", remedy="Choose another name, or delete it first.", field="name"
        )
    remove_leftovers(home)


def delete_collection(settings: Settings, name: str) -> None:
    """Delete a collection with its kept files, its index, and the answers given from it.

    It is gone at once for everyone, a server that has it open included. What a crash leaves is no collection any more:
    its files are removed when next one is made or deleted, its answers when it is deleted again, though there is none.

    Raises:
        ConfigError: No collection can have this name.
        CollectionNotFound: There is none.
        CollectionLocked: Another process is writing to it.
        CollectionError: It cannot be removed.
        AnswersNotErased: It is gone, but the answers given from it could not be removed.
    """
    settings = settings_of(settings, None, name)
    folder = collection_folder(settings)
    subject = subject_of(folder)
    if not (folder / DATABASE_FILE).exists():
        forget_answers(settings.home, name)
        raise CollectionNotFound(
            f"{subject} does not exist.", remedy="`vouch collections` lists them.", field="collection"
        )
    with locked(folder, LOCK_TIMEOUT_S, subject, INGEST_LOCK), locked(folder, LOCK_TIMEOUT_S, subject):
        set_aside(folder)
    try:
        remove_leftovers(settings.home)  # first: on a full disk this makes room for what follows
    finally:
        forget_answers(settings.home, name)


def forget_answers(home: Path, name: str) -> None:
    """Remove the answers given from a collection, its conversations, and what was asked of it at the chat's prompt.

    Raises:
        AnswersNotErased: They cannot be removed.
    """
    with opened_history(home) as history, erasing():
        history.forget(name)


def check_history(home: Path, *, full: bool = False) -> Finding:
    """Examine the answers kept in a home folder: the file's structure, and with `full` each one's checksum."""
    with opened_history(home) as history:
        return history.check(full=full)


@contextmanager
def opened_history(home: Path) -> Iterator[History]:
    """Give the answers kept in a home folder, of all its collections, for as long as the block lasts."""
    from rag.history import History

    history = History(home / "history.db")
    try:
        yield history
    finally:
        history.close()


def set_aside(folder: Path) -> None:
    """Give a collection's folder a name that no collection can have, in one step.

    Raises:
        CollectionError: It cannot be renamed.
    """
    try:
        os.rename(folder, folder.with_name(f".{folder.name}.{secrets.token_hex(8)}{DELETED_SUFFIX}"))
        sync_folder(folder.parent)
    except OSError as error:
        raise storage_error(error, subject_of(folder)) from error


def unfinished_folder(home: Path, name: str) -> Path:
    """Make a folder beside the collections in which one can be put together.

    Raises:
        CollectionError: It cannot be made.
    """
    folder = home / COLLECTIONS_FOLDER / f".{name}.{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    make_folder(folder)
    return folder


def remove_leftovers(home: Path) -> None:
    """Remove what is left of deleted collections, and what nobody is putting together any more.

    Raises:
        CollectionError: Something cannot be removed.
    """
    before = time.time() - LEFT_AFTER_S
    for folder in (home / COLLECTIONS_FOLDER).glob(".*"):
        is_old = folder.name.endswith(UNFINISHED_SUFFIX) and folder.lstat().st_mtime < before
        if is_old or folder.name.endswith(DELETED_SUFFIX):
            remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder and all below it; another process may be doing so, too.

    Raises:
        CollectionError: It cannot be removed.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(error, f"The folder {folder}") from error
