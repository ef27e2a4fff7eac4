"""The manifest of an exported collection: what is in the file, and what a file must be to be believed."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import asdict, dataclass

from rag.errors import ArchiveError, SchemaTooNew
from rag.store import DATABASE_FILE, SCHEMA_VERSION

MANIFEST_FILE = "manifest.json"
MANIFEST_MAX_BYTES = 100_000_000
FORMAT = "vouch collection"
FORMAT_VERSION = 1
CALIBRATION_FILE = "calibration.json"
MEMBER = re.compile(rf"{re.escape(DATABASE_FILE)}|{re.escape(CALIBRATION_FILE)}|originals/[0-9a-f]{{64}}")
"""What a member may be called: never a path that leads elsewhere."""
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Member:
    """A file within an exported collection."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an exported collection says of itself.

    Attributes:
        collection: The name it had.
        documents: Number of its documents.
        generation: Its generation.
        embedder: Name of the embedder that it was made with.
        store_schema: Version of the database's tables.
        created_at: When it was exported, ISO 8601, UTC.
        members: Its files, without the manifest.
    """

    collection: str
    documents: int
    generation: int
    embedder: str
    store_schema: int
    created_at: str
    members: tuple[Member, ...]


def write_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as it stands in the file."""
    return json.dumps({"format": FORMAT, "version": FORMAT_VERSION, **asdict(manifest)}, indent=1).encode()


def read_manifest(archive: zipfile.ZipFile, subject: str) -> Manifest:
    """Return the manifest of an exported collection, once it agrees with the file's own list of members.

    Raises:
        ArchiveError: It is no exported collection, or not whole; a member has a name that it may not have.
        SchemaTooNew: A newer Vouch exported it.
    """
    infos = {info.filename: info for info in archive.infolist()}
    found = infos.get(MANIFEST_FILE)
    if found is None or len(infos) != len(archive.infolist()) or found.file_size > MANIFEST_MAX_BYTES:
        raise not_ours(subject, "it has no manifest, or a member twice")
    require_stored(found, subject)
    manifest = parse_manifest(archive.read(found), subject)
    members = {member.name: member for member in manifest.members}
    if members.keys() | {MANIFEST_FILE} != infos.keys() or len(members) != len(manifest.members):
        raise not_ours(subject, "its members are not those that its manifest names")
    if DATABASE_FILE not in members:
        raise not_ours(subject, "it holds no database")
    for name, member in members.items():
        if not MEMBER.fullmatch(name) or not SHA256.fullmatch(member.sha256):
            raise not_ours(subject, f"the member {name!r} has a name or a checksum that it may not have")
        require_stored(infos[name], subject)
        if infos[name].file_size != member.size_bytes:
            raise not_ours(subject, f"the member {name!r} has another size than its manifest says")
    return manifest


def parse_manifest(data: bytes, subject: str) -> Manifest:
    """Return the manifest that `write_manifest` wrote.

    Raises:
        ArchiveError: It is none.
        SchemaTooNew: A newer Vouch wrote it.
    """
    try:
        values = json.loads(data)
        if values.pop("format") != FORMAT:
            raise not_ours(subject, "its manifest is of another kind")
        version, schema = int(values.pop("version")), int(values["store_schema"])
        if version > FORMAT_VERSION or schema > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{subject} was exported by a newer Vouch: format {version}, schema {schema}; "
                f"known are {FORMAT_VERSION} and {SCHEMA_VERSION}.",
                remedy="Upgrade Vouch. Nothing was changed.",
            )
        members = tuple(Member(**member) for member in values.pop("members"))
        return Manifest(members=members, **values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise not_ours(subject, "its manifest cannot be read") from error


def require_stored(info: zipfile.ZipInfo, subject: str) -> None:
    """Refuse a member that is compressed or encrypted: ours are neither, and so cannot grow when they are unpacked.

    What is compressed within the database is measured before it is read; see `rag.store.shapes`.

    Raises:
        ArchiveError: It is.
    """
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 0x1 or info.file_size != info.compress_size:
        raise not_ours(subject, f"the member {info.filename!r} is compressed or encrypted")


def not_ours(subject: str, problem: str) -> ArchiveError:
    """Return the error for a file that is no exported collection."""
    return ArchiveError(
        f"{subject} cannot be imported: {problem}.", remedy="Export the collection again.", field="file"
    )
