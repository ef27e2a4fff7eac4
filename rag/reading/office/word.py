"""Word documents (DOCX): paragraphs, headings, lists, tables and notes in the order of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element

from rag.reading.archive import Archive, attribute, local
from rag.reading.blocks import Blocks, clean
from rag.reading.office.package import main_part, read_properties, related
from rag.reading.office.word_tables import paragraphs_of, read_table
from rag.reading.office.word_text import Note, find, is_on, style_of, walk, words_of
from rag.reading.reader import Reading, Source
from rag.reading.tables import write_table

VERSION = "docx/5"
T = TypeVar("T")
HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
SKIPPED = frozenset(("del", "moveFrom", "Fallback", "sectPr"))
NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
LEVELS = tuple("012345678")
DEPTH_MAX = 100
STYLES_MAX = 20
"""Most styles that one rests on."""


class Styles(NamedTuple):
    """What the styles of a document say.

    Attributes:
        levels: Of each style that makes a heading, its level; 0 for the title.
        hidden: Styles whose text is hidden.
    """

    levels: dict[str, int]
    hidden: frozenset[str]


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
    title, metadata, date = read_properties(archive)
    text, reading, locators = blocks.build()
    return Reading(text, reading, locators, title or document.title, metadata, VERSION, date)


class WordDocument:
    """One pass over the body of a document."""

    def __init__(self, archive: Archive, part: str, blocks: Blocks) -> None:
        """Take the archive, the part that is read and where the text goes."""
        self.blocks = blocks
        self.title: str | None = None
        self.levels, self.hidden = read_styles(archive, part)
        self.notes = {kind: read_notes(archive, part, kind, self.hidden) for kind in ("footnotes", "endnotes")}
        self.depth = 0
        self.noted = 0
        self.tables = 0

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
                self.write_table(child)
            elif name not in SKIPPED:
                self.write(child)
        self.depth -= 1

    def write_paragraph(self, paragraph: Element) -> None:
        """Append a paragraph, the text boxes anchored in it and its notes."""
        words, notes = self.words_and_notes(paragraph)
        level = self.level_of(paragraph)
        if level == 0 and words and self.title is None:
            self.title = clean(words)
        if level is not None and level > 0:
            self.blocks.heading(level, words)
        elif is_item(paragraph):
            self.blocks.line(words)
        else:
            self.blocks.paragraph(words)
        for element in walk(paragraph, self.hidden):
            if local(element) == "txbxContent":
                self.write(element)
        self.write_notes(notes)

    def write_table(self, table: Element) -> None:
        """Append a table, and the notes of its cells after it."""
        noted: list[tuple[int, str]] = []

        def say(paragraph: Element) -> str:
            words, notes = self.words_and_notes(paragraph)
            noted.extend(notes)
            return words

        rows, headers = read_table(table, say)
        self.tables += 1
        self.blocks.place("table", str(self.tables))
        write_table(self.blocks, rows, headers, has_places=True)
        for kind in ("table", "row"):
            self.blocks.place(kind)
        self.write_notes(noted)

    def write_notes(self, notes: list[tuple[int, str]]) -> None:
        """Append notes, each a paragraph."""
        for number, note in notes:
            self.blocks.paragraph(f"[{number}] {note}")

    def words_and_notes(self, paragraph: Element) -> tuple[str, list[tuple[int, str]]]:
        """Return the words of a paragraph, and the notes that it refers to: number and words."""
        notes = dict(self.notes_of(paragraph))
        words = words_of(paragraph, {key: number for key, (number, _) in notes.items()}, self.hidden)
        return words, list(notes.values())

    def level_of(self, paragraph: Element) -> int | None:
        """Return the level of a heading, 0 for the title; None for other paragraphs."""
        properties = find(paragraph, "pPr")
        if properties is None:
            return None
        outline = find(properties, "outlineLvl")
        if outline is not None and attribute(outline, "val") in LEVELS:
            return int(attribute(outline, "val")) + 1
        return self.levels.get(style_of(paragraph, "pPr", "pStyle") or "")

    def notes_of(self, paragraph: Element) -> Iterator[tuple[Note, tuple[int, str]]]:
        """Yield the notes that a paragraph refers to: their number, counted through the document, and words."""
        for element in walk(paragraph, self.hidden):
            name = local(element)
            if name in NOTES:
                identifier = attribute(element, "id")
                if words := self.notes[NOTES[name]].get(identifier):
                    self.noted += 1
                    yield (name, identifier), (self.noted, words)


def is_item(paragraph: Element) -> bool:
    """Tell whether a paragraph is an item of a list."""
    properties = find(paragraph, "pPr")
    return properties is not None and find(properties, "numPr") is not None


def read_styles(archive: Archive, part: str) -> Styles:
    """Return what the styles of a document say; a style has what the one it rests on has."""
    styles_part = related(archive, part, "styles")
    styles = [child for child in archive.parse(styles_part) if local(child) == "style"] if styles_part else []
    parents: dict[str, str] = {}
    levels: dict[str, int] = {}
    is_hidden: dict[str, bool] = {}
    for style in styles:
        identifier = attribute(style, "styleId")
        parent, properties = find(style, "basedOn"), find(style, "rPr")
        parents[identifier] = attribute(parent, "val") if parent is not None else ""
        if (level := level_of_style(style)) is not None:
            levels[identifier] = level
        if properties is not None and (vanish := find(properties, "vanish")) is not None:
            is_hidden[identifier] = is_on(vanish)
    for identifier in parents:
        lineage = [identifier]
        while lineage[-1] in parents and len(lineage) <= STYLES_MAX:
            lineage.append(parents[lineage[-1]])
        inherit(levels, lineage)
        inherit(is_hidden, lineage)
    return Styles(levels, frozenset(identifier for identifier, hides in is_hidden.items() if hides))


def inherit(found: dict[str, T], lineage: Sequence[str]) -> None:
    """Give the first style of a lineage what the nearest one has."""
    nearest = next((style for style in lineage if style in found), None)
    if nearest is not None:
        found.setdefault(lineage[0], found[nearest])


def level_of_style(style: Element) -> int | None:
    """Return the level of the headings that a style makes, 0 for the title; None where it makes none."""
    name, properties = find(style, "name"), find(style, "pPr")
    written = attribute(name, "val") if name is not None else ""
    outline = find(properties, "outlineLvl") if properties is not None else None
    if heading := HEADING_NAME.fullmatch(written):
        return int(heading[1])
    if written.lower() == "title":
        return 0
    if outline is not None and attribute(outline, "val") in LEVELS:
        return int(attribute(outline, "val")) + 1
    return None


def read_notes(archive: Archive, part: str, kind: str, hidden: frozenset[str]) -> dict[str, str]:
    """Return the words of the footnotes or endnotes, by identifier."""
    notes_part = related(archive, part, kind)
    if notes_part is None:
        return {}
    return {
        attribute(note, "id"): " ".join(filter(None, (words_of(each, None, hidden) for each in paragraphs_of(note))))
        for note in archive.parse(notes_part)
        if attribute(note, "type") not in ("separator", "continuationSeparator")
    }
