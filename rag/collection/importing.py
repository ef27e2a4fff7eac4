"""One file -> a collection: everything is checked before anything is put in place."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Generator
from contextlib import closing
from pathlib import Path, PurePosixPath

from rag.collection.folders import collection_folder
from rag.collection.library import remove_folder, require_absent, set_aside, unfinished_folder
from rag.collection.manifest import Manifest, Member, not_ours, read_manifest
from rag.collection.opening import settings_of
from rag.collection.sources import limits_of
from rag.config import Settings
from rag.durable import make_folder, no_space, storage_error, sync_folder, write_stream_atomically
from rag.errors import ArchiveError, CollectionError, CollectionExists, SchemaTooNew, StorageFull, VouchError
from rag.store import UNREADABLE, Store, TextLimits, subject_of

PIECE_BYTES = 1 << 20


def import_collection(settings: Settings, file: Path, name: str | None = None, *, subject: str = "") -> Manifest:
    """Make a collection of what `export_collection` wrote, under its name or another, and return what was in it.

    Every member is compared with its checksum, and every row of the database with its own, before the collection
    appears; it appears whole or not at all.

    Args:
        settings: They name the home.
        file: What was exported.
        name: The collection's name; the one it was exported under if None.
        subject: How messages call the file; by its path if empty.

    Raises:
        ConfigError: No collection can have this name.
        ArchiveError: The file is no exported collection, or damaged.
        SchemaTooNew: A newer Vouch exported it.
        CollectionExists: There is a collection of this name.
        CollectionError: It cannot be written.
    """
    subject = subject or f"The file {file}"
    try:
        with file.open("rb") as opened, zipfile.ZipFile(opened) as archive:
            manifest = read_manifest(archive, subject)
            settings = settings_of(settings, None, name or manifest.collection)
            require_absent(settings.home, settings.collection)
            folder = collection_folder(settings)
            staging = unfinished_folder(settings.home, settings.collection)
            try:
                for member in manifest.members:
                    unpack(archive, member, staging, subject)
                require_sound(staging, manifest, subject, text_limits(settings))
                put_in_place(staging, folder)
            finally:
                remove_folder(staging)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise not_ours(subject, "it is no zip file, or a damaged one") from error
    except StorageFull as error:
        raise no_space(subject_of(folder)) from error
    except OSError as error:
        raise storage_error(error, subject) from error
    return manifest


def unpack(archive: zipfile.ZipFile, member: Member, staging: Path, subject: str) -> None:
    """Write one member to its place in a folder; its name has been checked.

    Raises:
        ArchiveError: It is not what the manifest says.
        StorageFull: There is no space left.
    """
    place = staging / member.name
    make_folder(place.parent)
    digest = hashlib.sha256()
    with archive.open(member.name) as content:

        def pieces() -> Generator[bytes]:
            while piece := content.read(PIECE_BYTES):
                digest.update(piece)
                yield piece

        with closing(pieces()) as taken:
            write_stream_atomically(place, taken)
    if digest.hexdigest() != member.sha256:
        raise not_ours(subject, f"the member {member.name!r} does not match its checksum")
    if place.parent != staging and PurePosixPath(member.name).name != member.sha256:
        raise not_ours(subject, f"the member {member.name!r} is not the file that its name says")


def text_limits(settings: Settings) -> TextLimits:
    """Return what a document may have: what the settings let be read from a file."""
    return TextLimits(settings.file_max_characters, limits_of(settings).reply_max_bytes)


def require_sound(staging: Path, manifest: Manifest, subject: str, limits: TextLimits) -> None:
    """Refuse a collection of which anything cannot be trusted: rows, texts, vectors, kept files, calibration.

    Raises:
        ArchiveError: Something cannot be; the message says what.
        SchemaTooNew: A newer Vouch made the database.
    """
    from rag.calibration import read_calibration

    try:
        read_calibration(staging)
    except ValueError as error:
        raise not_ours(subject, "its calibration is damaged") from error
    try:
        with Store.open(staging, "its database") as store:
            problems = [found.detail for found in store.check(full=True, limits=limits) if not found.ok]
            held = (store.generation(), len(store.documents())) if not problems else None
            if held not in (None, (manifest.generation, manifest.documents)):
                problems.append("The database is not that of the manifest.")
    except SchemaTooNew as error:
        raise SchemaTooNew(f"{subject} cannot be imported: {error.message}", remedy=error.remedy) from error
    except CollectionError as error:
        problems = [error.message]
    except VouchError as error:
        raise ArchiveError(f"{subject} cannot be imported: {error.message}", field="file") from error
    except UNREADABLE as error:
        raise not_ours(subject, "its database holds what Vouch does not write") from error
    if problems:
        raise not_ours(subject, " ".join(problems).replace(f"{staging}/", "").rstrip("."))


def put_in_place(staging: Path, folder: Path) -> None:
    """Give a folder its collection's name, in one step.

    Raises:
        CollectionExists: There is a collection of this name by now.
        OSError: It cannot be renamed.
    """
    if folder.exists():
        require_absent(folder.parent.parent, folder.name)
        set_aside(folder)  # what a crash has left: there is no collection in it
    try:
        os.rename(staging, folder)
    except FileExistsError as error:
        raise CollectionExists(f"{subject_of(folder)} exists already.", remedy="Choose another name.") from error
    except OSError as error:
        raise storage_error(error, subject_of(folder)) from error
    sync_folder(folder.parent)
