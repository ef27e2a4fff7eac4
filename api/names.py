"""What a client calls a file -> the source its document gets: a name, and never a path."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

PART_MAX_BYTES = 200
"""Of a folder's or a file's name: within what every file system takes, and a number to tell it apart fits too."""
NAME_MAX_CHARACTERS = 900
"""Of a whole name with its folders; the collection takes a few more."""
UNNAMED = "unnamed"
SEPARATOR = re.compile(r"[/\\]")
DRIVE = re.compile(r"^\s*[A-Za-z]:")
SCHEME = re.compile(r"^\s*[A-Za-z][A-Za-z0-9+.-]+:(?=//)")
FORBIDDEN = re.compile(r'[<>:"|?*]')
"""What a Windows file system takes for something else, the separators apart."""
RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
"""Names of devices, whatever follows the first dot."""


def clean_name(name: str) -> str:
    r"""Return a client's name of a file as a source: folders kept as part of the name, joined by ``/``.

    Unicode stays, in its composed form (NFC). Dropped are drives, schemes, empty parts, ``.`` and ``..``, characters
    that cannot be seen (controls, direction marks, halves of pairs), and dots and spaces around a part; what a file
    system forbids becomes ``_``, a device's name gets ``_`` before it, and what is too long loses its middle, but not
    its suffix. Of deep folders the last ones stay. Cleaning what is clean changes nothing.

    Examples:
        >>> clean_name("../../etc/passwd")
        'etc/passwd'
        >>> clean_name("C:\\reports\\Q3: résumé.pdf ")
        'reports/Q3_ résumé.pdf'
        >>> clean_name("NUL.txt"), clean_name("..")
        ('_NUL.txt', 'unnamed')
    """
    name = DRIVE.sub("", SCHEME.sub("", name))
    parts = [cleaned for part in SEPARATOR.split(name) if (cleaned := clean_part(part))]
    while len("/".join(parts)) > NAME_MAX_CHARACTERS:
        parts = parts[1:]
    return "/".join(parts) or UNNAMED


def clean_part(part: str) -> str:
    """Return one part of a name, cleaned; empty where nothing of it can be kept."""
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in part)
    # What is not seen goes first: it may stand between a letter and its accent.
    seen = unicodedata.normalize("NFC", "".join(each for each in spaced if each.isprintable()))
    kept = re.sub(" +", " ", FORBIDDEN.sub("_", seen)).strip(". ")
    return shorten(f"_{kept}" if RESERVED.match(kept) else kept)


def shorten(part: str) -> str:
    """Return a part within the limit; its suffix stays."""
    if len(part.encode()) <= PART_MAX_BYTES:
        return part
    stem, suffix = split_suffix(part)
    return cut(stem, PART_MAX_BYTES - len(suffix.encode())).rstrip(". ") + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """Return a name without its suffix, and the suffix with its dot; a long one is none."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, f".{suffix}") if dot and stem and len(suffix) <= 12 and suffix.isalnum() else (name, "")


def cut(text: str, max_bytes: int) -> str:
    """Return the beginning of a text that has at most so many bytes in UTF-8, no character cut."""
    return text.encode()[:max_bytes].decode("utf-8", "ignore")


def tell_apart(source: str, taken: Container[str]) -> str:
    """Return a source that is not taken: ``report.pdf``, then ``report (2).pdf``, and so on."""
    stem, suffix = split_suffix(source)
    found, number = source, 1
    while found in taken:
        number += 1
        found = f"{stem} ({number}){suffix}"
    return found
