"""Books (EPUB): the chapters in the order of the spine, read as HTML."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from rag.reading.archive import Archive, attribute, local
from rag.reading.blocks import Blocks
from rag.reading.html import decode_html, find_title, parse_html, write_html
from rag.reading.office.package import sort_properties
from rag.reading.reader import Reading, Source
from rag.types import Locator

VERSION = "epub/5"
CONTAINER = "META-INF/container.xml"
CHAPTERS_MAX = 10_000
HEADINGS = "h1, h2, h3, h4, h5, h6"


def read_epub(content: bytes, source: Source) -> Reading:
    """Read a book; a chapter goes by its first heading, or the title of its file.

    Raises:
        SourceDamaged: It is broken.
        SourceTooLarge: It is over the limit.
        SourceEncrypted: It needs a password.
    """
    archive = Archive(content, source)
    package = find_package(archive)
    root = archive.parse(package)
    blocks = Blocks(source)
    before = ""
    for name in spine(root, posixpath.dirname(package))[:CHAPTERS_MAX]:
        if name in archive:
            before = write_chapter(archive, name, blocks, before)
    title, metadata, date = sort_properties(next((each for each in root if local(each) == "metadata"), root))
    if date:
        metadata["date"] = date
    text, reading, locators = blocks.build()
    return Reading(text, reading, locators, title, metadata, VERSION)


def write_chapter(archive: Archive, name: str, blocks: Blocks, before: str) -> str:
    """Append a chapter, and return the title of its file; `before` is that of the file before.

    One without a heading opens a section of its own, unless its title says that it goes on with the one before.
    """
    tree = parse_html(decode_html(archive.read(name), archive.source))
    title = find_title(tree) or ""
    first = len(blocks.locators)
    start = blocks.length + (2 if blocks.length else 0)
    if title and title != before and tree.css_first(HEADINGS) is None:
        blocks.section(1, title)
    write_html(tree, blocks)
    headings = [place.value[-1] for place in blocks.locators[first:] if place.kind == "heading"]
    chapter = headings[0] if headings else title
    if chapter and blocks.length > start:
        blocks.locators.append(Locator(start, "chapter", (chapter,)))
    return title


def find_package(archive: Archive) -> str:
    """Return the name of the package document.

    Raises:
        SourceDamaged: It is not named, or missing.
    """
    for element in archive.parse(CONTAINER).iter():
        if local(element) == "rootfile" and attribute(element, "full-path") in archive:
            return attribute(element, "full-path")
    raise archive.source.damaged("its archive does not say where the book is")


def spine(root: Element, folder: str) -> list[str]:
    """Return the names of the chapters in reading order; the table of contents is passed over."""
    items = {attribute(each, "id"): each for each in root.iter() if local(each) == "item"}
    found: list[str] = []
    for reference in (each for each in root.iter() if local(each) == "itemref"):
        item = items.get(attribute(reference, "idref"))
        if item is None or "nav" in attribute(item, "properties").split():
            continue
        found.append(posixpath.normpath(posixpath.join(folder, unquote(attribute(item, "href")))))
    return list(dict.fromkeys(found))
