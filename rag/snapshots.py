"""Store -> snapshot: opened, kept fresh, and compared with the truth."""

from __future__ import annotations

import hashlib
import json
import logging

from rag import index
from rag.errors import CollectionError
from rag.index import Snapshot
from rag.store import Store
from rag.types import Finding

logger = logging.getLogger("vouch.snapshots")

INDEX_FOLDER = "index"

TOLERANCE = 0.01
"""How far the inner product of a unit vector with its half-precision self may be from 1."""


def open_snapshot(store: Store) -> Snapshot:
    """Return the snapshot of the present generation: from its file where there is a sound one, else built.

    Raises:
        CollectionDamaged: The store's rows do not match their checksums.
    """
    with store.pinned() as generation:
        folder, key, dimension = store.folder / INDEX_FOLDER, content_key(store), store.identity().dimension
        snapshot = index.open_cached(folder, generation=generation, key=key, dimension=dimension)
        if snapshot is not None:
            return snapshot
        snapshot = index.build(store.rows(), generation=generation, dimension=dimension)
    try:
        index.save(snapshot, folder, key)
        remove_outdated(store)  # while it was built, a document that it holds may have been deleted
    except (CollectionError, OSError) as error:
        # It can be built again; not being able to keep it only costs time.
        logger.warning("the index of %s could not be kept: %s", store.folder.name, error)
    return snapshot


def refresh(snapshot: Snapshot, store: Store) -> Snapshot:
    """Return the snapshot of the present generation, made from an earlier one; the same where nothing changed.

    Where chunks are gone, the file that still holds them goes too, and in a small collection the index is built anew:
    the same documents then give the same scores, whatever was deleted before.
    """
    if snapshot.generation == store.generation():
        return snapshot
    changes = store.changes(snapshot.generation)
    if changes is None:
        return open_snapshot(store)
    if changes.removed:
        remove_outdated(store)
    if snapshot.is_worn(len(changes.removed)):
        return open_snapshot(store)
    return snapshot.updated(changes.added, changes.removed, generation=changes.generation)


def remove_outdated(store: Store) -> None:
    """Remove the saved indexes of earlier generations, which may hold words of deleted documents."""
    remove_saved(store, before=store.generation())


def remove_saved(store: Store, *, before: int | None = None) -> None:
    """Remove the saved indexes of generations below `before`, or all; they can be built again."""
    try:
        index.remove_saved(store.folder / INDEX_FOLDER, before=before)
    except OSError as error:
        logger.warning("an index of %s could not be removed: %s", store.folder.name, error)


def content_key(store: Store) -> str:
    """Return a hash of what an index is built from: the model, and each document's revision."""
    content = [store.identity().revision, sorted(store.revisions().items())]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def compare(snapshot: Snapshot, store: Store, *, full: bool) -> list[Finding]:
    """Check that a snapshot shows what the store holds: its chunks, and with `full` each one's vector."""
    with store.pinned() as generation:
        if snapshot.generation != generation:
            return [Finding("index", True, f"generation {snapshot.generation} is being replaced by {generation}")]
        vectors = {row.chunk_id: row.vector for row in store.rows()}
    shown = snapshot.chunk_ids()
    if shown != vectors.keys():
        missing, dead = len(vectors.keys() - shown), len(shown - vectors.keys())
        return [Finding("index", False, f"{missing} chunks of the store are not in the index, {dead} are in it only")]
    if not full:
        return [Finding("index", True, f"{len(shown)} chunks, as in the store")]
    # Not `> TOLERANCE`: a damaged vector may give NaN, which is near nothing.
    strangers = sum(not abs(product - 1) <= TOLERANCE for product in snapshot.agreement(vectors).values())
    if strangers:
        return [Finding("index", False, f"{strangers} chunks have another vector than in the store")]
    return [Finding("index", True, f"{len(shown)} chunks with their vectors, as in the store")]
