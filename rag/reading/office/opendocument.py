"""Text documents and slides of the OpenDocument format (ODT, ODP; ISO/IEC 26300)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from xml.etree.ElementTree import Element

from rag.reading.archive import Archive, attribute, local
from rag.reading.blocks import Blocks, clean
from rag.reading.office.open_hiding import hidden_styles, remove_hidden
from rag.reading.office.package import sort_properties
from rag.reading.reader import Reading, Source
from rag.reading.tables import write_table

VERSION = "opendocument/3"
SKIPPED = frozenset(
    ("tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "table-of-content", "note-citation")
)
DEPTH_MAX = 100
REPEATED_MAX = 1000
LEVELS_MAX = 10
TITLE_CLASSES = ("title",)
LEFT_OUT = ("page-number", "date-time", "header", "footer")
"""Frames of a slide that hold numbers, dates, headers and footers."""


def read_opendocument(content: bytes, source: Source) -> Reading:
    """Read a text document or a presentation; see `rag.reading.office.word` for what stands in the text and how.

    Raises:
        SourceDamaged: It is broken.
        SourceTooLarge: It is over the limit.
        SourceEncrypted: It needs a password.
    """
    archive = Archive(content, source)
    blocks = Blocks(source)
    root = archive.parse("content.xml")
    body = next((each for each in root if local(each) == "body"), None)
    if body is None:
        raise source.damaged("it has no body")
    hidden = hidden_styles(root, *([archive.parse("styles.xml")] if "styles.xml" in archive else []))
    remove_hidden(body, hidden)
    document = OpenDocument(blocks, hidden)
    document.write(body)
    title, metadata, date = sort_properties(archive.parse("meta.xml")) if "meta.xml" in archive else (None, {}, None)
    text, reading, locators = blocks.build()
    return Reading(text, reading, locators, title or document.title, metadata, VERSION, date)


class OpenDocument:
    """One pass over the body of a document."""

    def __init__(self, blocks: Blocks, hidden: Collection[str] = ()) -> None:
        """Take where the text goes, and the styles of what is hidden."""
        self.blocks = blocks
        self.hidden = hidden
        self.title: str | None = None
        self.slides = 0
        self.depth = 0

    def write(self, parent: Element, *, in_list: bool = False) -> None:
        """Append the paragraphs, lists and tables of an element, in order."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.blocks.source.damaged("it is nested too deep")
        for child in parent:
            name = local(child)
            if attribute(child, "class") in LEFT_OUT:
                continue
            if name == "h":
                self.blocks.heading(read_count(child, "outline-level", LEVELS_MAX), words_of(child))
                self.write_notes(child)
            elif name == "p":
                (self.blocks.line if in_list else self.blocks.paragraph)(words_of(child))
                self.write_notes(child)
            elif name == "page":
                self.write_slide(child)
            elif name == "table":
                rows, headers = read_table(child)
                write_table(self.blocks, rows, headers)
            elif name not in SKIPPED:
                self.write(child, in_list=in_list or name == "list")
                if name == "list":
                    self.blocks.end_table()
        self.depth -= 1

    def write_slide(self, page: Element) -> None:
        """Append a slide, unless it is hidden: its title as a heading, then the rest."""
        self.slides += 1
        if attribute(page, "style-name") in self.hidden:
            return
        self.blocks.place("slide", str(self.slides))
        self.blocks.path = []
        titles = [each for each in page if attribute(each, "class") in TITLE_CLASSES]
        words = clean(" ".join(words_of(p) for title in titles for p in title.iter() if local(p) in ("p", "h")))
        if words:
            self.title = self.title or words
            self.blocks.heading(1, words)
        else:
            self.blocks.place("heading")
        for each in page:
            if each not in titles:
                self.write(each)

    def write_notes(self, paragraph: Element) -> None:
        """Append the footnotes of a paragraph, and the text boxes anchored in it."""
        for element in walk(paragraph):
            if local(element) == "note":
                mark = next((each.text or "" for each in element if local(each) == "note-citation"), "")
                inner = (words_of(each) for each in element.iter() if local(each) == "p")
                self.blocks.paragraph(f"[{mark}] {' '.join(filter(None, inner))}")
            elif local(element) == "text-box":
                self.write(element)


def walk(element: Element) -> Iterator[Element]:
    """Yield the elements below one, in order, but for what is skipped; notes and text boxes are not entered."""
    waiting = list(reversed(element))
    while waiting:
        each = waiting.pop()
        if local(each) not in SKIPPED:
            yield each
            if local(each) not in ("note", "text-box"):
                waiting.extend(reversed(each))


def words_of(paragraph: Element) -> str:
    """Return the words of a paragraph."""
    found: list[str] = []
    waiting: list[Element | str] = [paragraph]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.append(each)
            continue
        name = local(each)
        if name == "note":
            found += [f" [{mark.text or ''}]" for mark in each if local(mark) == "note-citation"]
        elif name in ("s", "tab"):
            found.append(" ")
        elif name == "line-break":
            found.append("\n")
        elif name not in SKIPPED and name != "text-box":
            found.append((each.text or "").replace("\n", " "))
            for child in reversed(each):
                waiting += [(child.tail or "").replace("\n", " "), child]
    return "\n".join(filter(None, (clean(line) for line in "".join(found).split("\n"))))


def read_table(table: Element) -> tuple[list[list[str]], int | None]:
    """Return the cells of a table by row, and how many rows it says are its header (None: it does not say)."""
    rows: list[list[str]] = []
    headers = 0
    waiting = [(each, False) for each in reversed(table)]
    while waiting:
        each, is_header = waiting.pop()
        name = local(each)
        if name == "table-row":
            headers += is_header
            rows.append(read_row(each, rows[-1] if rows else [], is_header=is_header))
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            waiting.extend((inner, is_header or name == "table-header-rows") for inner in reversed(each))
    return rows, headers or None


def read_row(row: Element, above: list[str], *, is_header: bool) -> list[str]:
    """Return the cells of a row; one that goes on from the row above says the same again."""
    line: list[str] = []
    for cell in row:
        name = local(cell)
        count = read_count(cell, "number-columns-repeated", REPEATED_MAX)
        if name == "table-cell":
            words = " ".join(filter(None, map(words_of, paragraphs_of(cell))))
            spans = is_header and read_count(cell, "number-columns-spanned", REPEATED_MAX) > 1
            line += [words] * count
            above = [] if spans else above
        elif name == "covered-table-cell":
            line += [above[len(line)] if len(line) < len(above) else line[-1] if line and is_header else ""] * count
    return line


def paragraphs_of(cell: Element) -> Iterator[Element]:
    """Yield the paragraphs of a cell, in order; not those of a comment on it."""
    waiting = list(reversed(cell))
    while waiting:
        each = waiting.pop()
        if local(each) in ("p", "h"):
            yield each
        elif local(each) not in SKIPPED:
            waiting.extend(reversed(each))


def read_count(element: Element, name: str, most: int) -> int:
    """Return a whole number of an attribute, from 1 to `most`; 1 where there is none."""
    written = attribute(element, name)
    return min(max(int(written), 1), most) if written.isascii() and written.isdecimal() and len(written) < 9 else 1
