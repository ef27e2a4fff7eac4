"""A collection -> one file, consistent while others read and write it."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rag.collection.folders import collection_folder
from rag.collection.library import remove_folder, unfinished_folder
from rag.collection.manifest import CALIBRATION_FILE, MANIFEST_FILE, Manifest, Member, write_manifest
from rag.collection.opening import settings_of
from rag.config import Settings
from rag.durable import FILE_MODE, make_folder, publish, storage_error, sync_folder, unfinished_beside
from rag.errors import CollectionDamaged, CollectionError, UsageError
from rag.store import DATABASE_FILE, SCHEMA_VERSION, Store

PIECE_BYTES = 1 << 20
ATTEMPTS = 10
"""Copies begun anew because a document went between the copy of the database and that of the kept files."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def export_collection(settings: Settings, name: str, file: Path, *, overwrite: bool = False) -> Manifest:
    """Write a collection with its kept files to one file, which `import_collection` reads, and return what is in it.

    It is of one generation, whoever reads and writes meanwhile. The answers given from it are not exported. The file
    appears whole or not at all, and only its owner can read it.

    Raises:
        ConfigError: No collection can have this name.
        UsageError: There is such a file already, and it is not to be overwritten.
        CollectionNotFound: There is no such collection.
        CollectionDamaged: It cannot be trusted.
        StorageFull: There is no space left.
        CollectionError: It cannot be read or written for another reason.
    """
    settings = settings_of(settings, None, name)
    if file.exists() and not overwrite:
        raise there_already(file)
    folder = collection_folder(settings)
    with Store.open(folder) as store:
        staging = unfinished_folder(settings.home, name)
        try:
            copy = take_copy(store, staging)
            with copy:
                copied = Manifest(
                    collection=name,
                    documents=len(copy.documents()),
                    generation=copy.generation(),
                    embedder=copy.identity().name,
                    store_schema=SCHEMA_VERSION,
                    created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    members=(),
                )
            return write_archive(staging, file, copied, overwrite=overwrite)
        finally:
            remove_folder(staging)


def take_copy(store: Store, staging: Path) -> Store:
    """Copy a store and its kept files into a folder, of one generation, and return the copy, open.

    A kept file goes when its document does. So those that are there are linked first, then the database is copied, and
    what has come in between is linked after. Only if one came and went in between is it begun anew.

    Raises:
        CollectionError: It cannot be copied; or documents come and go too quickly.
    """
    make_folder(staging / store.originals.folder.name)
    calibration = store.folder / CALIBRATION_FILE
    try:
        if calibration.exists():
            shutil.copyfile(calibration, staging / CALIBRATION_FILE)
            (staging / CALIBRATION_FILE).chmod(FILE_MODE)
    except OSError as error:
        raise storage_error(error, f"The file {calibration}") from error
    for _ in range(ATTEMPTS):
        link_originals(store, staging, store.originals.revisions())
        store.copy(staging / DATABASE_FILE)
        copy = Store.open(staging)
        needed = set(copy.kept_revisions().values())
        link_originals(store, staging, sorted(needed))
        if needed <= set(copy.originals.revisions()):
            for revision in copy.originals.unneeded(needed):
                copy.originals.remove(revision)
            return copy
        missing = needed - set(copy.originals.revisions())
        copy.close()
        for leftover in staging.glob(f"{DATABASE_FILE}*"):
            leftover.unlink()
        if missing & set(store.kept_revisions().values()):
            raise CollectionDamaged(
                f"A kept file of the collection '{store.folder.name}' is missing.",
                remedy="`vouch doctor` names it; add the file again.",
            )
    raise CollectionError("The documents come and go too quickly to be copied.", remedy="Try again.")


def link_originals(store: Store, staging: Path, revisions: list[str]) -> None:
    """Give kept files a second name in a folder, or copy them where the disk knows no links; those gone are left out.

    Raises:
        CollectionError: One cannot be read or written.
    """
    for revision in revisions:
        path = store.originals.path(revision)
        target = staging / store.originals.folder.name / path.name
        if target.exists():
            continue
        try:
            with suppress(FileNotFoundError):
                try:
                    os.link(path, target)
                except FileNotFoundError:
                    raise
                except OSError:  # no links on this disk, or none of this file
                    shutil.copy2(path, target)
        except OSError as error:
            raise storage_error(error, f"The kept file {path}") from error


def write_archive(staging: Path, file: Path, manifest: Manifest, *, overwrite: bool) -> Manifest:
    """Write the files of a folder and their manifest to a zip file, uncompressed, and return the manifest.

    Raises:
        CollectionDamaged: A kept file is not what it was.
        CollectionError: It cannot be written.
    """
    unfinished = unfinished_beside(file)
    try:
        try:
            with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE), "w+b") as output:
                with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
                    names = [path.relative_to(staging).as_posix() for path in staging.rglob("*") if path.is_file()]
                    members = tuple(write_member(archive, staging / name, name) for name in sorted(names))
                    manifest = replace(manifest, members=members)
                    archive.writestr(zipfile.ZipInfo(MANIFEST_FILE, EPOCH), write_manifest(manifest))
                output.flush()
                os.fsync(output.fileno())
            if overwrite:
                os.replace(unfinished, file)
            else:
                publish(unfinished, file)
        except FileExistsError as error:
            raise there_already(file) from error
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(file.parent)
    except OSError as error:
        raise storage_error(error, f"The file {file}") from error
    return manifest


def write_member(archive: zipfile.ZipFile, path: Path, name: str) -> Member:
    """Write one file into a zip file and return what the manifest says of it.

    Raises:
        CollectionDamaged: It is a kept file, and not what it was.
        OSError: It cannot be read or written.
    """
    digest, size_bytes = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(zipfile.ZipInfo(name, EPOCH), "w", force_zip64=True) as member:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            size_bytes += len(piece)
            member.write(piece)
    if "/" in name and digest.hexdigest() != path.name:
        raise CollectionDamaged(
            f"The kept file {path.name} does not match its checksum.",
            remedy="`vouch doctor --full` names its document; add the file again.",
        )
    return Member(name, size_bytes, digest.hexdigest())


def there_already(file: Path) -> UsageError:
    """Return the error for a file that would be overwritten."""
    return UsageError(f"{file} exists already.", remedy="Choose another name, or give --force.", field="file")
