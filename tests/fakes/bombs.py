"""Small archives that become very large, and XML that does: for readers of office files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

MEMBER_BYTES = 3_900_000_000
PIECE_BYTES = 10_000_000
CONTENT = "word/document.xml"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zeros(size: int, *, raw: bool = False) -> bytes:
    """Return so many spaces, compressed; made in no time, since equal pieces are compressed once."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15 if raw else 15)
    head = squeeze.compress(b"") if raw else b"\x78\xda"
    blocks = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = blocks.compress(b" " * PIECE_BYTES) + blocks.flush(zlib.Z_FULL_FLUSH)
    return head + piece * (size // PIECE_BYTES) + blocks.flush(zlib.Z_FINISH)


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return file.getvalue()


def large_archive(name: str = CONTENT, members: int = 3, declared: int = MEMBER_BYTES) -> bytes:
    """Return an archive of a few megabytes that holds 11.7 GB, each member declared to have so many bytes."""
    content = zeros(MEMBER_BYTES, raw=True)
    written, entries = b"", b""
    for number in range(members):
        path = name.encode() if number == 0 else b"%d.xml" % number
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(content), declared, len(path), 0)
        entries += b"PK\x01\x02" + struct.pack("<H", 20) + fields
        entries += struct.pack("<HHHII", 0, 0, 0, 0, len(written)) + path
        written += b"PK\x03\x04" + fields + path + content
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, members, members, len(entries), len(written), 0)
    return written + entries + end


def nested_archive(depth: int = 6) -> bytes:
    """Return an archive in an archive in an archive."""
    content = archive({CONTENT: b" " * 1_000_000})
    for level in range(depth):
        content = archive({f"{level}.zip": content, f"{level}.docx": content})
    return content


def laughing(name: str = CONTENT) -> bytes:
    """Return an office file whose text is an entity that stands for thousands of millions of others."""
    entities = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    text = f'<!DOCTYPE d [{"".join(entities)}]><w:document xmlns:w="{WORD}"><w:t>&a9;</w:t></w:document>'
    return archive({"[Content_Types].xml": b"<Types/>", name: text.encode()})


def deep(name: str = CONTENT, depth: int = 100_000) -> bytes:
    """Return an office file whose elements stand in one another."""
    text = f'<w:document xmlns:w="{WORD}">{"<w:p>" * depth}'
    return archive({"[Content_Types].xml": b"<Types/>", name: text.encode()})


def crowded(members: int = 70_000) -> bytes:
    """Return an archive of very many empty members."""
    return archive({f"word/{number}": b"" for number in range(members)})
