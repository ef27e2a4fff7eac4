"""What the formats of Office Open XML (ISO/IEC 29500) share: relations between parts, and core properties."""

from __future__ import annotations

import posixpath
from typing import NamedTuple
from xml.etree.ElementTree import Element

from rag.reading.archive import Archive, attribute, local
from rag.reading.blocks import clean
from rag.reading.dates import read_date

PROPERTIES = "docProps/core.xml"
DATES = ("date", "modified", "created", "creation-date")
TEMPLATE_DATES = frozenset(("2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "2013-01-27T09:15:58Z"))
"""When the templates of python-docx and python-pptx were saved, which every file made from them still says."""
PROGRAMS = frozenset(("python-docx", "openpyxl", "apache poi", "docx4j", "un-named", "unknown creator"))
"""Whom libraries name as the author of a file whose maker named none, in lower case."""


class Properties(NamedTuple):
    """What a file says of itself.

    Attributes:
        title: None where it names none.
        metadata: Author and language, where it names them.
        date: When it was made or saved; of a book, when it was published.
    """

    title: str | None
    metadata: dict[str, str]
    date: str | None


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Return the parts that a part points at: identifier -> kind (the last word of its type) and name."""
    folder, name = posixpath.split(part)
    listing = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    if listing not in archive:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for relation in archive.parse(listing):
        if attribute(relation, "TargetMode") != "External":
            target = attribute(relation, "Target")
            target = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
            found[attribute(relation, "Id")] = attribute(relation, "Type").rpartition("/")[2], target
    return found


def main_part(archive: Archive) -> str:
    """Return the name of the part that the document begins with.

    Raises:
        SourceDamaged: It is not named, or missing.
    """
    parts = [target for kind, target in relations(archive, "").values() if kind == "officeDocument"]
    if not parts or parts[0] not in archive:
        raise archive.source.damaged("its archive does not say where the document is")
    return parts[0]


def related(archive: Archive, part: str, kind: str) -> str | None:
    """Return the first part of a kind that a part points at and that is there."""
    return next((name for found, name in relations(archive, part).values() if found == kind and name in archive), None)


def read_properties(archive: Archive) -> Properties:
    """Return what the core properties say."""
    if PROPERTIES not in archive:
        return Properties(None, {}, None)
    return sort_properties(archive.parse(PROPERTIES))


def sort_properties(root: Element) -> Properties:
    """Return what elements named as in Dublin Core say; of several dates, the one of the last change."""
    title: str | None = None
    dates: dict[str, str] = {}
    metadata: dict[str, str] = {}
    for element in root.iter():
        name, value = local(element), clean(element.text or "")
        if not value:
            continue
        if name == "title":
            title = title or value
        elif name in ("creator", "initial-creator") and value.lower() not in PROGRAMS:
            metadata.setdefault("author", value)
        elif name == "language":
            metadata.setdefault("language", value)
        elif name in DATES and value not in TEMPLATE_DATES and (day := read_date(value)):
            dates[name] = day
    return Properties(title, metadata, next((dates[name] for name in DATES if name in dates), None))
