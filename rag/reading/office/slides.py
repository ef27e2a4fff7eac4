"""Slides (PPTX): slide by slide, the title first, then text, tables and the speaker's notes."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.reading.archive import Archive, attribute, local
from rag.reading.blocks import Blocks, clean
from rag.reading.office.package import main_part, read_properties, related, relations
from rag.reading.reader import Reading, Source
from rag.reading.tables import write_table

VERSION = "pptx/3"
TITLES = ("title", "ctrTitle")
LEFT_OUT = ("sldNum", "dt", "ftr", "hdr", "sldImg")
"""Placeholders that hold numbers, dates, headers and footers."""


def read_slides(content: bytes, source: Source) -> Reading:
    """Read a presentation; hidden slides are left out.

    Raises:
        SourceDamaged: It is broken.
        SourceTooLarge: It is over the limit.
        SourceEncrypted: It needs a password.
    """
    archive = Archive(content, source)
    part = main_part(archive)
    blocks = Blocks(source)
    targets = relations(archive, part)
    identifiers = [attribute_of_relation(each) for each in archive.parse(part).iter() if local(each) == "sldId"]
    for number, identifier in enumerate(identifiers, 1):
        name = targets.get(identifier, ("", ""))[1]
        if name in archive:
            write_slide(archive, name, number, blocks)
    title, metadata, date = read_properties(archive)
    text, reading, locators = blocks.build()
    first = next((place.value[0] for place in locators if place.kind == "heading" and place.value), None)
    return Reading(text, reading, locators, title or first, metadata, VERSION, date)


def attribute_of_relation(element: Element) -> str:
    """Return the identifier of the relation that an element names: it has one of its own without namespace, too."""
    return next((value for key, value in element.attrib.items() if key.startswith("{") and key.endswith("}id")), "")


def write_slide(archive: Archive, name: str, number: int, blocks: Blocks) -> None:
    """Append a slide and its notes."""
    root = archive.parse(name)
    if attribute(root, "show") in ("0", "false"):
        return
    blocks.place("slide", str(number))
    shapes = list(shapes_of(root))
    titles = [shape for shape in shapes if placeholder(shape) in TITLES]
    title = " ".join(words for shape in titles for words in paragraphs_of(shape))
    blocks.path = []
    if clean(title):
        blocks.heading(1, title)
    else:
        blocks.place("heading")
    for shape in shapes:
        if local(shape) == "tbl":
            write_table(blocks, read_rows(shape), 1 if is_headed(shape) else None)
        elif placeholder(shape) not in (*TITLES, *LEFT_OUT):
            write_lines(blocks, shape)
    notes = related(archive, name, "notesSlide")
    for shape in shapes_of(archive.parse(notes)) if notes is not None else ():
        if placeholder(shape) not in LEFT_OUT:
            write_lines(blocks, shape)


def write_lines(blocks: Blocks, shape: Element) -> None:
    """Append the paragraphs of a shape, each on a line of its own."""
    for words in paragraphs_of(shape):
        blocks.line(words)
    blocks.end_table()


def shapes_of(root: Element) -> Iterator[Element]:
    """Yield the shapes and tables of a slide, in order; those in groups too."""
    waiting = list(reversed(root))
    while waiting:
        each = waiting.pop()
        name = local(each)
        if name in ("sp", "graphicFrame", "grpSp", "pic") and is_hidden(each):
            continue
        if name in ("sp", "tbl"):
            yield each
        elif name != "Fallback":
            waiting.extend(reversed(each))


def is_hidden(shape: Element) -> bool:
    """Tell whether a shape is hidden by itself."""
    properties = next((each for part in shape for each in part if local(each) == "cNvPr"), None)
    return properties is not None and attribute(properties, "hidden") in ("1", "true")


def placeholder(shape: Element) -> str:
    """Return what a shape is the place for (``title``, ``body``); empty where it is for nothing."""
    found = next((each for each in shape.iter() if local(each) == "ph"), None)
    return "" if found is None else attribute(found, "type") or "body"


def paragraphs_of(shape: Element) -> Iterator[str]:
    """Yield the paragraphs of a shape that are not empty."""
    for paragraph in shape.iter():
        if local(paragraph) == "p":
            parts = [
                " " if local(each) in ("br", "tab") else each.text or ""
                for each in paragraph.iter()
                if local(each) in ("t", "br", "tab")
            ]
            if words := clean("".join(parts)):
                yield words


def read_rows(table: Element) -> list[list[str]]:
    """Return the cells of a table by row."""
    rows = [each for each in table.iter() if local(each) == "tr"]
    return [[" ".join(paragraphs_of(cell)) for cell in row if local(cell) == "tc"] for row in rows]


def is_headed(table: Element) -> bool:
    """Tell whether a table says that its first row names the columns."""
    properties = next((each for each in table if local(each) == "tblPr"), None)
    return properties is not None and attribute(properties, "firstRow") in ("1", "true")
