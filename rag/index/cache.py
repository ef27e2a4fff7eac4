"""A snapshot on disk, to be opened sooner than it is built. Thrown away without loss."""

from __future__ import annotations

import hashlib
import io
import json
import unicodedata
import zipfile
from pathlib import Path

from rag.durable import make_folder, write_atomically
from rag.index.dense import DenseIndex
from rag.index.lexical import LexicalIndex
from rag.index.snapshot import Snapshot

FORMAT = 1
"""To be raised with any change of what is in the file, the analysis of words included."""

MANIFEST = "index.json"
_SUFFIX = ".index"
_NUMBERS = "numbers.i64"
_VECTORS = "vectors.f16"
_WORDS = "words/"


def save(snapshot: Snapshot, folder: Path, key: str) -> bool:
    """Remove what `folder` holds of other snapshots, and write this one to it.

    What is removed may hold words and vectors of documents deleted since, so it goes whether or not this one is kept.

    Args:
        snapshot: What to write.
        folder: The collection's folder for derived files; made if need be.
        key: What else the snapshot depends on, as the hash of what it was built from; asked for on opening.

    Returns:
        Whether it was written. It is not if it is small, and so quickly built, or has been updated since.

    Raises:
        StorageFull: There is no space left.
        OSError: An older file cannot be removed.
    """
    remove_saved(folder)
    files = snapshot.lexical.files()
    if files is None:
        return False
    data = _packed(snapshot, files)
    sha256 = hashlib.sha256(data).hexdigest()
    make_folder(folder)
    write_atomically(folder / _file_name(snapshot.generation, sha256), data)
    manifest = {"sha256": sha256, **_made_from(snapshot.generation, key, snapshot.dense.dimension)}
    write_atomically(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    return True


def remove_saved(folder: Path, *, before: int | None = None) -> None:
    """Remove the snapshots saved in `folder`, those of generations below `before`, or all; none there is fine.

    Raises:
        OSError: One cannot be removed.
    """
    saved = [path for path in folder.glob(f"*{_SUFFIX}") if before is None or _generation_of(path) < before]
    for path in saved:
        path.unlink(missing_ok=True)
    if not any(folder.glob(f"*{_SUFFIX}")):
        (folder / MANIFEST).unlink(missing_ok=True)


def open_cached(folder: Path, *, generation: int, key: str, dimension: int) -> Snapshot | None:
    """Return the snapshot saved in `folder`, or None: then it has to be built.

    None stands for: never saved, of another generation, key, dimension or version, or damaged.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        made_from = _made_from(generation, key, dimension)
        if not isinstance(manifest, dict) or any(manifest.get(name) != value for name, value in made_from.items()):
            return None
        sha256 = str(manifest.get("sha256"))
        data = (folder / _file_name(generation, sha256)).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            return None
        return _unpacked(data, generation, dimension)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _file_name(generation: int, sha256: str) -> str:
    """Return the name of a saved snapshot."""
    return f"{generation}-{sha256[:16]}{_SUFFIX}"


def _generation_of(path: Path) -> int:
    """Return the generation of a saved snapshot; -1 for a name that is none of ours."""
    head = path.name.partition("-")[0]
    return int(head) if head.isdecimal() else -1


def _made_from(generation: int, key: str, dimension: int) -> dict[str, object]:
    """Return what has to be equal for a saved snapshot to be taken."""
    import tantivy

    versions = f"{FORMAT} tantivy {tantivy.__version__} unicode {unicodedata.unidata_version}"  # type: ignore[attr-defined]
    return {"generation": generation, "key": key, "dimension": dimension, "versions": versions}


def _packed(snapshot: Snapshot, words: dict[str, bytes]) -> bytes:
    """Return a snapshot as the bytes of one archive."""
    numbers, halves = snapshot.dense.contents()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_NUMBERS, numbers.tobytes())
        archive.writestr(_VECTORS, halves.tobytes())
        for name, data in words.items():
            archive.writestr(_WORDS + name, data)
    return buffer.getvalue()


def _unpacked(data: bytes, generation: int, dimension: int) -> Snapshot:
    """Return the snapshot of an archive."""
    import numpy as np

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        numbers = np.frombuffer(archive.read(_NUMBERS), dtype=np.int64)
        halves = np.frombuffer(archive.read(_VECTORS), dtype=np.float16).reshape(-1, dimension)
        words = {name[len(_WORDS) :]: archive.read(name) for name in archive.namelist() if name.startswith(_WORDS)}
    return Snapshot(generation, DenseIndex.compact(numbers, halves), LexicalIndex.from_files(words))
