"""What the formats of Office Open XML (ISO/IEC 29500) share: relations between parts, and core properties."""

from __future__ import annotations

import posixpath
from xml.etree.ElementTree import Element

from rag.reading.archive import Archive, attribute, local
from rag.reading.blocks import clean
from rag.reading.html import read_day

PROPERTIES = "docProps/core.xml"


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


def read_properties(archive: Archive) -> tuple[str | None, dict[str, str]]:
    """Return the title and the metadata of the core properties."""
    if PROPERTIES not in archive:
        return None, {}
    return sort_properties(archive.parse(PROPERTIES))


def sort_properties(root: Element) -> tuple[str | None, dict[str, str]]:
    """Return title, and author, date and language, of elements named as in Dublin Core; later dates win."""
    title: str | None = None
    dates: dict[str, str] = {}
    metadata: dict[str, str] = {}
    for element in root.iter():
        name, value = local(element), clean(element.text or "")
        if not value:
            continue
        if name == "title":
            title = title or value
        elif name in ("creator", "initial-creator"):
            metadata.setdefault("author", value)
        elif name == "language":
            metadata.setdefault("language", value)
        elif name in ("created", "creation-date", "modified", "date") and (day := read_day(value)):
            dates[name] = day
    for name in ("date", "modified", "created", "creation-date"):
        if name in dates:
            metadata["date"] = dates[name]
            break
    return title, metadata
