"""Word documents (DOCX): paragraphs, headings, lists, tables and notes in the order of the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.etree.ElementTree import Element

from rag.reading.archive import Archive, attribute, local
from rag.reading.blocks import Blocks, clean
from rag.reading.office.package import main_part, read_properties, related
from rag.reading.reader import Reading, Source
from rag.reading.tables import write_table

VERSION = "docx/1"
HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
SKIPPED = frozenset(("del", "moveFrom", "Fallback", "instrText", "delText", "rPr", "pPr", "sectPr", "tblPr", "trPr"))
Note = tuple[str, str]
"""A reference to a note: the name of its element and its identifier."""
NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
DEPTH_MAX = 100
STYLES_MAX = 20
"""Most styles that one rests on."""


def read_word(content: bytes, source: Source) -> Reading:
    """Read a Word document.

    Headers and footers are left out, and so is what is deleted under tracking or hidden; a footnote stands after its
    paragraph. Rows of a table stand with the names of their columns.

    Raises:
        SourceDamaged: It is broken.
        SourceTooLarge: It is over the limit.
        SourceEncrypted: It needs a password.
    """
    archive = Archive(content, source)
    part = main_part(archive)
    blocks = Blocks(source)
    document = WordDocument(archive, part, blocks)
    body = next((child for child in archive.parse(part) if local(child) == "body"), None)
    if body is None:
        raise source.damaged("it has no body")
    document.write(body)
    title, metadata = read_properties(archive)
    text, reading, locators = blocks.build()
    return Reading(text, reading, locators, title or document.title, metadata, VERSION)


class WordDocument:
    """One pass over the body of a document."""

    def __init__(self, archive: Archive, part: str, blocks: Blocks) -> None:
        """Take the archive, the part that is read and where the text goes."""
        self.blocks = blocks
        self.title: str | None = None
        self.levels = read_levels(archive, part)
        self.notes = {kind: read_notes(archive, part, kind) for kind in ("footnotes", "endnotes")}
        self.depth = 0
        self.noted = 0

    def write(self, parent: Element) -> None:
        """Append the paragraphs and tables of an element, in order."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.blocks.source.damaged("it is nested too deep")
        for child in parent:
            name = local(child)
            if name == "p":
                self.write_paragraph(child)
            elif name == "tbl":
                rows, headers = read_table(child)
                write_table(self.blocks, rows, headers)
            elif name not in SKIPPED:
                self.write(child)
        self.depth -= 1

    def write_paragraph(self, paragraph: Element) -> None:
        """Append a paragraph, the text boxes anchored in it and its notes."""
        notes = dict(self.notes_of(paragraph))
        words = words_of(paragraph, {key: number for key, (number, _) in notes.items()})
        level = self.level_of(paragraph)
        if level == 0 and words and self.title is None:
            self.title = clean(words)
        if level is not None and level > 0:
            self.blocks.heading(level, words)
        elif is_item(paragraph):
            self.blocks.line(words)
        else:
            self.blocks.paragraph(words)
        for element in walk(paragraph):
            if local(element) == "txbxContent":
                self.write(element)
        for number, note in notes.values():
            self.blocks.paragraph(f"[{number}] {note}")

    def level_of(self, paragraph: Element) -> int | None:
        """Return the level of a heading, 0 for the title; None for other paragraphs."""
        properties = find(paragraph, "pPr")
        if properties is None:
            return None
        outline = find(properties, "outlineLvl")
        if outline is not None and attribute(outline, "val") in "012345678":
            return int(attribute(outline, "val")) + 1
        style = find(properties, "pStyle")
        return self.levels.get(attribute(style, "val")) if style is not None else None

    def notes_of(self, paragraph: Element) -> Iterator[tuple[Note, tuple[int, str]]]:
        """Yield the notes that a paragraph refers to: their number, counted through the document, and words."""
        for element in walk(paragraph):
            name = local(element)
            if name in NOTES:
                identifier = attribute(element, "id")
                if words := self.notes[NOTES[name]].get(identifier):
                    self.noted += 1
                    yield (name, identifier), (self.noted, words)


def walk(element: Element) -> Iterator[Element]:
    """Yield the elements below one, in order, but for what is skipped and what lies in a text box."""
    waiting = list(reversed(element))
    while waiting:
        each = waiting.pop()
        name = local(each)
        if name in SKIPPED or (name == "r" and is_hidden(each)):
            continue
        yield each
        if name != "txbxContent":
            waiting.extend(reversed(each))


def words_of(paragraph: Element, notes: Mapping[Note, int] | None = None) -> str:
    """Return the words of a paragraph, with the numbers of its notes."""
    found: list[str] = []
    for element in walk(paragraph):
        name = local(element)
        if name == "t":
            found.append(element.text or "")
        elif name in ("tab", "ptab"):
            found.append("\t")
        elif name in ("br", "cr"):
            found.append("\n")
        elif name == "noBreakHyphen":
            found.append("-")
        elif notes and (number := notes.get((name, attribute(element, "id")))):
            found.append(f" [{number}]")
    return "\n".join(filter(None, (clean(line) for line in "".join(found).split("\n"))))


def is_hidden(run: Element) -> bool:
    """Tell whether a run is hidden text."""
    properties = find(run, "rPr")
    vanish = find(properties, "vanish") if properties is not None else None
    return vanish is not None and attribute(vanish, "val") not in ("0", "false", "off")


def is_item(paragraph: Element) -> bool:
    """Tell whether a paragraph is an item of a list."""
    properties = find(paragraph, "pPr")
    return properties is not None and find(properties, "numPr") is not None


def find(element: Element, name: str) -> Element | None:
    """Return the first child of this name."""
    return next((child for child in element if local(child) == name), None)


def read_levels(archive: Archive, part: str) -> dict[str, int]:
    """Return the level of each style that makes a heading, 0 for the title."""
    styles_part = related(archive, part, "styles")
    styles = [child for child in archive.parse(styles_part) if local(child) == "style"] if styles_part else []
    parents: dict[str, str] = {}
    levels: dict[str, int] = {}
    for style in styles:
        identifier = attribute(style, "styleId")
        name, parent, properties = find(style, "name"), find(style, "basedOn"), find(style, "pPr")
        written = attribute(name, "val") if name is not None else ""
        outline = find(properties, "outlineLvl") if properties is not None else None
        parents[identifier] = attribute(parent, "val") if parent is not None else ""
        if heading := HEADING_NAME.fullmatch(written):
            levels[identifier] = int(heading[1])
        elif written.lower() == "title":
            levels[identifier] = 0
        elif outline is not None and attribute(outline, "val") in "012345678":
            levels[identifier] = int(attribute(outline, "val")) + 1
    for identifier in parents:
        ancestor = identifier
        for _ in range(STYLES_MAX):
            if ancestor in levels or not ancestor:
                break
            ancestor = parents.get(ancestor, "")
        if ancestor in levels:
            levels.setdefault(identifier, levels[ancestor])
    return levels


def read_notes(archive: Archive, part: str, kind: str) -> dict[str, str]:
    """Return the words of the footnotes or endnotes, by identifier."""
    notes_part = related(archive, part, kind)
    if notes_part is None:
        return {}
    return {
        attribute(note, "id"): " ".join(filter(None, map(words_of, paragraphs_of(note))))
        for note in archive.parse(notes_part)
        if attribute(note, "type") not in ("separator", "continuationSeparator")
    }


def paragraphs_of(element: Element) -> Iterable[Element]:
    """Return the paragraphs anywhere below an element, in order."""
    return (each for each in element.iter() if local(each) == "p")


def read_table(table: Element) -> tuple[list[list[str]], int | None]:
    """Return the cells of a table by row, and how many rows it says are its header (None: it does not say).

    A cell that goes on from the row above says the same again.
    """
    rows: list[list[str]] = []
    headers = 0
    for row in (each for each in table.iter() if local(each) == "tr"):
        properties = find(row, "trPr")
        is_header = properties is not None and find(properties, "tblHeader") is not None
        headers += is_header and headers == len(rows)
        line: list[str] = []
        for cell in (each for each in row if local(each) == "tc"):
            line += read_cell(cell, rows[-1] if rows else [], len(line), is_header=is_header)
        rows.append(line)
    return rows, headers or None


def read_cell(cell: Element, above: list[str], column: int, *, is_header: bool) -> list[str]:
    """Return what a cell says, once for each column that it takes: the name of several columns is repeated."""
    properties = find(cell, "tcPr")
    across = down = None
    if properties is not None:
        across, down = find(properties, "gridSpan"), find(properties, "vMerge")
    words = " ".join(filter(None, map(words_of, paragraphs_of(cell))))
    if down is not None and attribute(down, "val") != "restart" and column < len(above):
        words = above[column]
    written = attribute(across, "val") if across is not None else "1"
    count = min(max(int(written), 1), 100) if written.isdecimal() else 1
    return [words] + [words if is_header else ""] * (count - 1)
