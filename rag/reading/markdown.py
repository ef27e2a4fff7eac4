"""Markdown and HTML-ish text: its reading text, headings and title."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from markdown_it.token import Token

from rag.reading.frontmatter import read_front_matter
from rag.reading.inline import NESTING_MAX, InlineWalk, Segment, parser
from rag.reading.mapping import ReadingTextBuilder
from rag.types import Locator, ReadingText

STRIPPED_LINES_MAX = 20
HEADING_MAX_CHARACTERS = 3000
"""A longer one opens no section: it would be repeated above each of its chunks."""
NEWLINE = re.compile(r"\r\n?|\n")
ISOLATED_HEADING = re.compile(
    r"(?:\A|(?:\r\n?|\n)[ \t]*+(?:\r\n?|\n))#{1,6} (?=[^\r\n]{0,300}[^\W\d_])[^\r\n]{1,300}+"
    r"(?:\s*+\Z|(?:\r\n?|\n)[ \t]*+[\r\n])"
)
SIGNS = re.compile(
    r"!?\[[^\[\]\n]{1,300}\]\((?:https?://|mailto:|[./#]|[\w-]+[./])[^\s()]{0,2000}\)"
    r"|\[\[[A-Za-z][^\[\]\n|]{0,200}(?:\|[^\[\]\n]{1,200})?\]\]"
    r"|^ {0,3}(?:```|~~~)[\w+-]*+[ \t]*+$"
    r"|^[ \t]*+(?:\|[ \t]*+)?:?-{3,}+:?[ \t]*+\|[-:| \t]*+$"
    r"|</?(?:a|p|br|div|span|b|i|em|strong|code|pre|ul|ol|li|table|tr|td|th|h[1-6]|img|details|summary|sup|sub)"
    r"(?:\s[^<>\n]{0,2000})?/?>"
    r"|(?<![*\w])\*\*[^\s*][^*\n]{0,500}\*\*(?![*\w])",
    re.MULTILINE | re.IGNORECASE,
)


def is_markup(text: str) -> bool:
    """Tell whether text is written in Markdown or has HTML in it, by what it holds.

    One of these is enough: front matter, a heading with blank lines around it, a link with its address, a wiki link,
    a code fence, a table's rule, a common HTML tag, words in bold. A lone ``*``, ``#`` or ``_`` is not.
    """
    return read_front_matter(text)[0] > 0 or bool(ISOLATED_HEADING.search(text) or SIGNS.search(text))


def read_markup(text: str) -> tuple[ReadingText, tuple[Locator, ...], str | None]:
    """Return the reading text of Markdown or HTML-ish text, its headings and its title.

    Dropped are front matter, heading marks, emphasis, fences (the code stays), link targets, tags, comments,
    anchors that hold a time stamp only, list marks, table pipes (cells are joined by `` | ``). The numbers of a list
    stay: they may be those of clauses.

    Args:
        text: Canonical text.

    Returns:
        The reading text; heading locators, ascending; the title of the front matter or the first heading of
        level 1, None where there is neither.
    """
    body, metadata = read_front_matter(text)
    tokens = parser().parse(NEWLINE.sub("\n", text[body:]), {})
    if any(token.level >= NESTING_MAX - 1 for token in tokens):
        builder = ReadingTextBuilder(text)
        builder.keep(body, len(text))
        return builder.build(), (), None
    walk = BlockWalk(text, body)
    walk.read(tokens)
    title = metadata.get("title")
    return walk.builder.build(), tuple(walk.locators), str(title).strip() if title else walk.title


class BlockWalk:
    """One pass over the block tokens of a text."""

    def __init__(self, text: str, body: int) -> None:
        """Take the canonical text and where its body begins."""
        self.text = text
        self.builder = ReadingTextBuilder(text)
        self.builder.last = body
        self.locators: list[Locator] = []
        self.title: str | None = None
        starts = [body, *(match.end() for match in NEWLINE.finditer(text, body))]
        ends = [*(match.start() for match in NEWLINE.finditer(text, body)), len(text)]
        self.lines = list(zip(starts, ends, strict=True))
        self.path: list[tuple[int, str]] = []
        self.separator = "\n\n"
        self.cells = -1
        self.cursor = 0
        self.row_end = 0
        self.number: tuple[int, int] | None = None

    def read(self, tokens: Sequence[Token]) -> None:
        """Append every block to the reading text."""
        heading: Token | None = None
        for token in tokens:
            if token.type == "heading_open":
                heading = token
            elif token.type == "inline" and heading is not None:
                self.read_heading(heading, token)
                heading = None
            elif token.type == "inline" and self.cells >= 0:
                self.read_cell(token)
            elif token.map and token.type in ("inline", "fence", "code_block", "html_block"):
                self.read_block(token, token.map[0])
            else:
                self.follow(token)

    def follow(self, token: Token) -> None:
        """Keep in mind what separates the next block from the one before it."""
        if token.type == "paragraph_open":
            self.separator = "\n" if token.hidden else "\n\n"
        elif token.type == "list_item_open":
            self.number = self.find_number(token) or self.number
        elif token.type == "list_item_close":
            self.number = None
        elif token.type == "tr_open" and token.map:
            self.open_row(token.map[0])
        elif token.type == "tr_close":
            self.separator = "\n"
        elif token.type == "table_close":
            self.cells = -1
            self.separator = "\n\n"
        elif token.type in ("heading_close", "bullet_list_close", "ordered_list_close"):
            self.separator = "\n\n"

    def find_number(self, item: Token) -> tuple[int, int] | None:
        """Return where the number of a list's item begins and ends; None where it has a mark, or is empty."""
        if not item.map or not item.info:
            return None
        written = item.info + item.markup
        start, end = self.lines[item.map[0]]
        place = self.text.find(written, max(start, self.builder.last), end)
        return (place, place + len(written)) if place >= 0 else None

    def read_block(self, token: Token, first: int) -> None:
        """Append a paragraph, code or HTML that begins in line `first` of the body."""
        if token.type == "inline":
            self.read_inline(token.children or [], self.locate(token.content, first))
        elif token.type == "html_block":
            children = parser().inline.parse(token.content, parser(), {}, [])
            self.separator = "\n\n"
            self.read_inline(children, self.locate(token.content, first), line_break="\n")
            self.separator = "\n\n"
        else:
            self.separator = "\n\n"
            self.read_code(token.content, first + (token.type == "fence"))

    def read_heading(self, opening: Token, inline: Token) -> None:
        """Append a heading, and open its section where it stands at top level."""
        first = opening.map[0] if opening.map else 0
        start, end = self.lines[first]
        if opening.markup.startswith("#"):
            place = self.text.find(inline.content, self.text.index("#", start) + len(opening.markup), end)
            segments = [Segment(0, place, len(inline.content))] if place >= 0 else []
        else:
            segments = self.locate(inline.content, first)
        self.separator = "\n\n"
        before = len(self.builder)
        self.read_inline(inline.children or [], segments)
        words = " ".join(self.builder.text_since(before).split())
        level = int(opening.tag[1])
        if not words or opening.level > 0 or len(words) > HEADING_MAX_CHARACTERS:
            return
        if level == 1 and self.title is None:
            self.title = words
        self.path = [item for item in self.path if item[0] < level] + [(level, words)]
        self.locators.append(Locator(start, "heading", tuple(name for _, name in self.path)))

    def read_cell(self, token: Token) -> None:
        """Append a table cell; an escaped pipe inside it has lost its backslash."""
        if self.cells:
            pipe = self.text.find("|", self.cursor, self.row_end)
            if pipe < 0:
                return  # a row shorter than its table
            self.cursor = pipe + 1
            self.builder.put(" | ", pipe)
        else:
            self.separate()
            if not token.content:
                self.cursor = max(self.text.find("|", self.cursor, self.row_end) + 1, self.cursor)
        self.cells += 1
        segments: list[Segment] = []
        offset = 0
        for part in re.findall(r"\|?[^|]*", token.content):
            place = self.text.find(part, self.cursor, self.row_end)
            if part and place >= 0:
                segments.append(Segment(offset, place, len(part)))
                self.cursor = place + len(part)
            offset += len(part)
        InlineWalk(self.builder, segments).read(token.children or [])

    def open_row(self, line: int) -> None:
        """Begin a table row."""
        self.cursor, self.row_end = self.lines[line]
        self.cells = 0

    def read_code(self, content: str, first: int) -> None:
        """Append code as it stands, line by line."""
        if not content.strip():
            return
        self.separate()
        segments = self.locate(content, first)
        walk = InlineWalk(self.builder, segments)
        offset = 0
        for line in content.removesuffix("\n").split("\n"):
            if offset:
                self.builder.put("\n", walk.position(offset - 1))
            if line:
                walk.emit(line, offset)
            offset += len(line) + 1

    def read_inline(self, tokens: Sequence[Token], segments: Sequence[Segment], line_break: str = " ") -> None:
        """Append the text of a paragraph, a heading or an HTML block."""
        before = len(self.builder)
        self.separate()
        opened = len(self.builder)
        InlineWalk(self.builder, segments, line_break).read(tokens)
        if len(self.builder) <= opened and before == 0:
            self.builder.strip_end()

    def separate(self) -> None:
        """End the block before this one."""
        self.builder.strip_end()
        if len(self.builder):
            line = bisect_right(self.lines, self.builder.last, key=lambda bounds: bounds[0]) - 1
            self.builder.put(self.separator, max(self.lines[line][1], self.builder.last))
        if self.number is not None:
            self.builder.keep(*self.number)
            self.builder.put(" ", self.number[1])
            self.number = None

    def locate(self, content: str, first: int) -> list[Segment]:
        """Return where the lines of a block's content stand; the first is line `first` of the body.

        Indentation and quote marks before them are dropped, white space around the content too.
        """
        segments: list[Segment] = []
        offset = 0
        lines = content.split("\n")
        number = self.find_line(lines[0].strip(), first) - 1
        for line in lines:
            words = line.strip()
            number += 1
            start, end = self.lines[number] if number < len(self.lines) else (len(self.text), len(self.text))
            place = self.text.rfind(words, start, end) if words else -1
            if place >= 0:
                lead = len(line) - len(line.lstrip())
                while lead and place > start and self.text[place - 1] == line[lead - 1]:
                    lead, place, words = lead - 1, place - 1, line[lead - 1] + words
                segments.append(Segment(offset + lead, place, len(words)))
            elif not words:
                segments.append(Segment(offset, end, 0))
            offset += len(line) + 1
        return segments

    def find_line(self, words: str, first: int) -> int:
        """Return the line that holds words, from `first` on: the parser strips off lines of wide spaces."""
        for number in range(first, min(first + STRIPPED_LINES_MAX, len(self.lines))):
            if self.text.find(words, *self.lines[number]) >= 0:
                return number
        return first
