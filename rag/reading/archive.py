"""Zip archives, which many formats are: looked through before anything is taken out, and never written to disk."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from rag.reading.reader import Source, too_large

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMBERS_MAX = 10_000
EXTRACTED_MAX_BYTES = 200_000_000
RATIO_MAX = 200
"""A larger whole may not shrink by more than this factor; text and XML shrink to a twentieth, rarely to a hundredth."""
RATIO_FROM_BYTES = 20_000_000
"""An archive whose contents are smaller may shrink by any factor: it does no harm."""
OUTSIDE = re.compile(r"^/|^\w:|(?:^|/)\.\.(?:/|$)|\\|\0")
ENCRYPTED = 0x1
PACKAGE, MANIFEST, ENCRYPTION = "encrypted-package", "META-INF/manifest.xml", "META-INF/encryption.xml"
FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
BLOCK_BYTES = 1 << 20


class Archive:
    """The members of a zip archive, by name."""

    def __init__(self, content: bytes, source: Source) -> None:
        """Open an archive in memory, and look it through.

        Raises:
            SourceDamaged: It is broken, or holds names that lead out of it.
            SourceTooLarge: It holds too many members, too many bytes, or too many for its size.
            SourceEncrypted: A member needs a password.
        """
        self.source = source
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise source.damaged(f"its archive is broken ({error})") from None
        members = self._zip.infolist()
        check_members(members, len(content), source)
        self.names = {member.filename: member for member in members}

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a member of this name."""
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return the bytes of a member.

        Raises:
            SourceDamaged: There is none, or it is broken.
        """
        if name not in self.names:
            raise self.source.damaged(f"its archive has no {name!r}")
        found: list[bytes] = []
        try:
            with self._zip.open(self.names[name]) as member:
                while block := member.read(BLOCK_BYTES):
                    found.append(block)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise self.source.damaged(f"its archive is broken at {name!r} ({error})") from None
        return b"".join(found)

    def parse(self, name: str) -> Element:
        """Return the root of a member that is XML.

        Raises:
            SourceDamaged: It is missing or broken, or declares entities, which no such format needs.
        """
        return parse_xml(self.read(name), self.source, name)

    def check(self) -> None:
        """Take out every member once, for readers that open the archive themselves.

        Raises:
            SourceDamaged: One is broken, or has another size than it says.
        """
        for name in self.names:
            self.read(name)


def check_members(members: Sequence[zipfile.ZipInfo], size_bytes: int, source: Source) -> None:
    """Refuse an archive that may do harm, by what it says of its members.

    Raises:
        SourceDamaged: It holds names that lead out of it, or one twice.
        SourceTooLarge: It holds too many members, too many bytes, or too many for its size.
        SourceEncrypted: A member needs a password.
    """
    if len(members) > MEMBERS_MAX:
        raise too_large(source.name, f"{len(members):,} members in its archive", f"{MEMBERS_MAX:,}")
    total = sum(member.file_size for member in members)
    if total > EXTRACTED_MAX_BYTES:
        raise too_large(source.name, f"{total:,} bytes in its archive", f"{EXTRACTED_MAX_BYTES:,}")
    if total > RATIO_FROM_BYTES and total > RATIO_MAX * size_bytes:
        ratio = total // max(size_bytes, 1)
        raise too_large(source.name, f"an archive that grows to {ratio:,} times its size", f"{RATIO_MAX} times")
    names = [member.filename for member in members]
    if any(OUTSIDE.search(name) for name in names) or len(set(names)) < len(names):
        raise source.damaged("its archive holds a name that leads out of it, or one twice")
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise source.encrypted()


def is_encrypted(archive: Archive) -> bool:
    """Tell whether an OpenDocument or a book is encrypted; fonts that are only made unfit for other uses do not count.

    The manifest of an OpenDocument names each encrypted member, or all is one package within another; a book lists
    them in a file of their own (EPUB 3, Open Container Format).
    """
    if PACKAGE in archive or (MANIFEST in archive and b"encryption-data" in archive.read(MANIFEST)):
        return True
    if ENCRYPTION not in archive:
        return False
    methods = [each for each in archive.parse(ENCRYPTION).iter() if local(each) == "EncryptionMethod"]
    return any(not attribute(each, "Algorithm").startswith(FONT_ALGORITHMS) for each in methods)


def parse_xml(content: bytes, source: Source, name: str) -> Element:
    """Return the root of an XML document; nothing outside of it is fetched, and no entity is expanded.

    Raises:
        SourceDamaged: It is broken, or declares a document type.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise source.damaged(f"{name!r} is broken ({type(error).__name__}: {error})") from None
    return root


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name without namespace; empty where there is none."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
