"""HTML: its text as a browser shows it, without what is hidden or only leads about."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.errors import SourceNotText
from rag.reading.blocks import Blocks, clean
from rag.reading.dates import read_date
from rag.reading.files import BYTE_ORDER_MARKS, decode
from rag.reading.hiding import hide_styled, hides
from rag.reading.raised import write_raised
from rag.reading.reader import Reading, Source
from rag.reading.tables import write_table

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

VERSION = "html/4"
HEAD_BYTES = 4096
META_CHARSET = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
XML_ENCODING = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
IS_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>])",
    re.I | re.S,
)
HIDDEN_TAGS = frozenset(
    re.findall(
        r"\w+",
        "script style noscript template nav svg annotation iframe object embed head title select textarea input "
        "canvas audio video map dialog",
    )
) | {"annotation-xml"}
ENCODINGS = frozenset(
    re.findall(
        r"\S+",
        "utf-8 utf-16 utf-16-le utf-16-be utf-32 big5 big5hkscs cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 "
        "cp1257 cp1258 cp866 cp874 cp932 cp949 euc_jp euc_kr gb18030 gb2312 gbk iso2022_jp iso8859-10 iso8859-11 "
        "iso8859-13 iso8859-14 iso8859-15 iso8859-16 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 "
        "iso8859-8 iso8859-9 koi8-r koi8-u mac-cyrillic mac-roman shift_jis tis-620",
    )
)
"""The encodings of the web, as Python calls them (encoding.spec.whatwg.org): in others, such as UTF-7, a file that
looks like one text would be read as another."""
BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer "
        "form header hgroup hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr ul",
    )
)
LINES = frozenset(("li", "dt", "dd", "summary", "tr"))
NAMING = frozenset(("dt", "h1", "h2", "h3", "h4", "h5", "h6", "legend", "summary"))
"""A button in one of these is a question that opens its answer; elsewhere it is none of the text."""
NAMED_WITHIN = 4
RAISED_MAX_NODES = 8
HEADINGS = {f"h{level}": level for level in range(1, 7)}
META_KEYS = ("name", "property", "itemprop")
DATE_NAMES = frozenset(
    (
        *("date", "dc.date", "dcterms.date", "dc.date.issued", "dcterms.issued", "dcterms.created", "datepublished"),
        *("article:published_time", "og:published_time", "pubdate", "publishdate", "citation_publication_date"),
    )
)
"""What the date of a page goes by in its meta tags."""
SPAN_MAX = 200
TABLE_CELLS_MAX = 500_000


def read_html(content: bytes, source: Source) -> Reading:
    """Read an HTML document.

    The canonical text is what a browser would show: scripts, styles, navigation and hidden text are dropped, links
    leave their text and pictures their description; rows of a table stand with the names of their columns.

    Raises:
        SourceNotText: It is not in the encoding it names, or names none and is not UTF-8.
        SourceTooLarge: It is over the limit.
    """
    tree = parse_html(decode_html(content, source))
    blocks = Blocks(source)
    write_html(tree, blocks)
    text, reading, locators = blocks.build()
    return Reading(text, reading, locators, find_title(tree), read_properties(tree), VERSION)


def is_html(text: str) -> bool:
    """Tell whether a text is a whole HTML document, by how it begins."""
    return IS_HTML.match(text[:HEAD_BYTES]) is not None


def parse_html(text: str) -> LexborHTMLParser:
    """Return the tree of a document, as a browser would build it."""
    from selectolax.lexbor import LexborHTMLParser

    return LexborHTMLParser(text)


def decode_html(content: bytes, source: Source) -> str:
    """Return the text of an HTML file: by its byte order mark, else as it says itself, else UTF-8.

    Raises:
        SourceNotText: It is in another encoding.
    """
    found = META_CHARSET.search(content[:HEAD_BYTES]) or XML_ENCODING.search(content[:HEAD_BYTES])
    named = found[1].decode("ascii") if found else ""
    if any(content.startswith(mark) for mark, _ in BYTE_ORDER_MARKS) or not named:
        return decode(content, source.name)
    return decode_as(content, named, source)


def decode_as(content: bytes, named: str, source: Source) -> str:
    """Return text in the encoding that it names, read as browsers read it.

    Raises:
        SourceNotText: It is in another encoding, or there is no such.
    """
    try:
        name = codecs.lookup(named).name
        # As browsers have it: what calls itself Latin-1 or ASCII is Windows-1252.
        name = "cp1252" if name in ("iso8859-1", "ascii") else name
        if name not in ENCODINGS:
            raise LookupError("no encoding of the web")
        return decode(content, source.name) if name in ("utf-8", "utf-16", "utf-32") else content.decode(name)
    except (LookupError, UnicodeDecodeError) as error:
        raise SourceNotText(
            f"{source.name!r} is not {named} text, as it says: {error}.", remedy="Convert it to UTF-8."
        ) from None


def write_html(tree: LexborHTMLParser, blocks: Blocks) -> None:
    """Append what a document shows."""
    if tree.body is not None:
        hide_styled(tree)
        Walk(blocks).write(tree.body)


class Walk:
    """One pass over the elements of a document; it does not recurse, for documents may be nested deep."""

    def __init__(self, blocks: Blocks) -> None:
        """Take where the text goes."""
        self.blocks = blocks
        self.words: list[str] = []
        self.is_line = False
        self.preformatted = 0
        self.headings = 0

    def write(self, root: LexborNode) -> None:
        """Append what an element shows."""
        waiting: list[tuple[LexborNode, bool]] = [(root, False)]
        while waiting:
            node, is_end = waiting.pop()
            if is_end:
                self.close(node)
            elif node.tag == "-text":
                self.words.append(node.text_content or "")
            elif self.open(node):
                waiting.append((node, True))
                waiting.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
        self.flush()

    def open(self, node: LexborNode) -> bool:
        """Begin an element; tell whether its children are to be read."""
        tag = node.tag or ""
        if is_hidden(node) or tag.startswith(("-", "!")):
            return False
        if tag == "br":
            self.words.append("\n" if self.preformatted else "\v")
        elif tag == "img":
            self.words.append(f" {node.attributes.get('alt') or ''} ")
        elif tag == "sup" and (written := write_raised("".join(self.words[-3:]), raised_words(node))):
            self.words.append(written)
            return False
        elif tag in HEADINGS:
            self.flush()
            self.headings += 1
        elif self.headings:
            self.words.append(" " if tag in BLOCKS else "")
        elif tag == "table" and is_data_table(node):
            self.flush()
            write_html_table(self.blocks, node)
            return False
        elif tag in BLOCKS:
            self.flush()
            self.is_line = tag in LINES
            self.preformatted += tag == "pre"
        return True

    def close(self, node: LexborNode) -> None:
        """End an element."""
        tag = node.tag or ""
        if tag in HEADINGS:
            self.headings -= 1
            words = clean("".join(self.words))
            self.words = []
            self.blocks.heading(HEADINGS[tag], words)
        elif self.headings:
            self.words.append(" " if tag in BLOCKS else "")
        elif tag in BLOCKS:
            self.flush()
            self.preformatted -= tag == "pre"
            if tag in ("ul", "ol", "dl", "table"):
                self.blocks.end_table()

    def flush(self) -> None:
        """End the block before this one."""
        words = "".join(self.words)
        self.words = []
        if not self.preformatted:
            words = "\n".join(filter(None, (clean(line) for line in re.split("\v", words))))
        if words.strip():
            (self.blocks.line if self.is_line else self.blocks.paragraph)(words.strip("\n"))
            self.is_line = False


def is_hidden(node: LexborNode) -> bool:
    """Tell whether an element is not shown, or only leads about."""
    if node.tag in HIDDEN_TAGS or (node.tag == "button" and not is_within(node, NAMING)):
        return True
    attributes = node.attributes
    return (
        "hidden" in attributes
        or (attributes.get("aria-hidden") or "").lower() == "true"
        or (attributes.get("role") or "").lower() in ("navigation", "doc-backlink", "doc-toc")
        or hides(node)
    )


def is_within(node: LexborNode, tags: frozenset[str]) -> bool:
    """Tell whether one of the nearest elements around one has such a tag."""
    around = node.parent
    for _ in range(NAMED_WITHIN):
        if around is None or around.tag in tags:
            return around is not None
        around = around.parent
    return False


def rows_of(table: LexborNode) -> Iterator[LexborNode]:
    """Yield the rows of a table that are shown."""
    for row in table.css("tr"):
        around: LexborNode | None = row
        while around is not None and around.mem_id != table.mem_id and not is_hidden(around):
            around = around.parent
        if around is not None and around.mem_id == table.mem_id:
            yield row


def is_data_table(table: LexborNode) -> bool:
    """Tell whether a table holds data, and does not only lay out a page: no table, heading or list in its cells."""
    if table.css_first("table table, h1, h2, h3, ul, ol, table p + p") is not None:
        return False
    return any(sum(1 for _ in cells_of(row)) > 1 for row in rows_of(table))


def cells_of(row: LexborNode) -> Iterator[LexborNode]:
    """Yield the cells of a row that are shown."""
    return (cell for cell in row.iter() if cell.tag in ("td", "th") and not is_hidden(cell))


def write_html_table(blocks: Blocks, table: LexborNode) -> None:
    """Append the rows of a table with the names of their columns; a cell that spans several stands in each."""
    caption = table.css_first("caption")
    if caption is not None and not is_hidden(caption):
        blocks.paragraph(shown(caption))
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    headers = 0
    total = 0
    for row in rows_of(table):
        cells = list(cells_of(row))
        is_header = bool(cells) and headers == len(rows) and is_header_row(row, cells)
        headers += is_header
        line: list[str] = []
        for cell in cells:
            fill_from_above(line, below)
            words = shown(cell)
            across, down = span(cell, "colspan"), span(cell, "rowspan")
            if down > 1:
                below |= {len(line) + offset: (down - 1, words) for offset in range(across)}
            line += [words if is_header or not offset else "" for offset in range(across)]
        fill_from_above(line, below)
        rows.append(line)
        total += len(line)
        if total > TABLE_CELLS_MAX:
            raise blocks.source.damaged("a table in it has too many cells")
    write_table(blocks, rows, headers or None)


def fill_from_above(line: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Append the cells of rows above that reach down into this one here."""
    while len(line) in below:
        column = len(line)
        left, words = below.pop(column)
        line.append(words)
        if left > 1:
            below[column] = left - 1, words


def is_header_row(row: LexborNode, cells: list[LexborNode]) -> bool:
    """Tell whether a row names the columns."""
    parent = row.parent
    return (parent is not None and parent.tag == "thead") or all(cell.tag == "th" for cell in cells)


def span(cell: LexborNode, name: str) -> int:
    """Return how many columns or rows a cell takes."""
    written = cell.attributes.get(name) or "1"
    return min(max(int(written), 1), SPAN_MAX) if written.isascii() and written.isdecimal() else 1


def shown(node: LexborNode) -> str:
    """Return the words of an element on one line, without what is hidden in it."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.tag == "-text":
            found.append(each.text_content or "")
        elif each.tag == "sup" and (written := write_raised("".join(found[-3:]), raised_words(each))):
            found.append(written)
            continue
        elif each.tag == "br" or each.tag in BLOCKS:
            found.append(" ")
        if each is node or not (is_hidden(each) or (each.tag or "").startswith(("-", "!"))):
            waiting.extend(reversed(list(each.iter(include_text=True))))
    return clean("".join(found))


def raised_words(node: LexborNode) -> str:
    """Return the words of a raised element that is small enough to be a mark or an exponent; empty for others."""
    found: list[str] = []
    waiting = [node]
    for _ in range(RAISED_MAX_NODES):
        if not waiting:
            return "".join(found)
        each = waiting.pop()
        found.append((each.text_content or "") if each.tag == "-text" else "")
        waiting.extend(reversed(list(each.iter(include_text=True))[:RAISED_MAX_NODES]))
    return ""


def find_title(tree: LexborHTMLParser) -> str | None:
    """Return the document's title, or its first heading of level 1."""
    title = tree.css_first("head > title")
    words = clean(title.text()) if title is not None else ""
    if not words:
        heading = tree.css_first("h1")
        words = shown(heading) if heading is not None else ""
    return words or None


def read_properties(tree: LexborHTMLParser) -> dict[str, str]:
    """Return author, date, language and address, where the document names them."""
    found: dict[str, str] = {}
    for meta in tree.css("meta"):
        name = next((meta.attributes[key] or "" for key in META_KEYS if meta.attributes.get(key)), "").lower()
        value = clean(meta.attributes.get("content") or "")
        if name in ("author", "dc.creator", "article:author") and value:
            found.setdefault("author", value)
        elif name in DATE_NAMES and (day := read_date(value)):
            found.setdefault("date", day)
    root = tree.css_first("html")
    if root is not None and (language := clean(root.attributes.get("lang") or "")):
        found["language"] = language
    link = tree.css_first("link[rel=canonical]")
    address = (link.attributes.get("href") or "").strip() if link is not None else ""
    if re.match(r"https?://[^\s<>\"]+$", address):
        found["address"] = address
    return found
