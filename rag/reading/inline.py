"""Inline Markdown: which characters of a block's content are text, and where they stand in the canonical text.

markdown-it does not say where in its content an inline token stands, so `PositionedState` notes it while it parses.
Every character is then checked against the canonical text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from rag.reading.mapping import ReadingTextBuilder

INLINE_MAX_CHARACTERS = 200_000
"""A single paragraph longer than this is kept as it is: no person wrote it as Markdown."""
NESTING_MAX = 40
BRACKETS_OPEN_MAX = 100
"""More unclosed brackets than this in a paragraph, each looked for to its end, and it is kept as it is."""

TIMESTAMP = re.compile(r"\s*[\[(]?(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d+)?[\])]?\s*")
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
WIKI_LINK = re.compile(r"(!?)\[\[(?![\s\d,.;-]+[\]|])(\S[^\[\]|\n]{0,300})(?:\|([^\[\]\n]{1,300}))?\]\]")
DEFINITION = re.compile(r"\[[^\]\n]{1,1000}\]:[ \t]*(\S+)")
ADDRESS = re.compile(r"[/:#@<]|\.\w")
FOOTNOTE_MARK = re.compile(r"\[\^\d{1,4}\](?::[ \t]*)?")
BREAKING_TAGS = frozenset(
    {"br", "p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section"}
    | {"article", "details", "summary", "blockquote", "pre", "dt", "dd"}
)
CELL_TAGS = frozenset(("td", "th"))
ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br "
        "button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em "
        "embed fieldset figcaption figure font footer form frame frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr "
        "html i iframe img input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr "
        "noscript object ol optgroup option output p param path picture pre progress q rp rt ruby s samp script search "
        "section select slot small source span strike strong style sub summary sup svg table tbody td template "
        "textarea tfoot th thead time title tr track tt u ul var video wbr",
    )
)
"""What is a tag: other words in angle brackets are the writer's own, ``<hostname>`` or ``List<String>``."""
PLACEHOLDERS = frozenset(
    re.findall(
        r"\w+",
        "address area base data dir embed g input label link map meta object option output param path search select "
        "slot source template time title track",
    )
)
"""Elements that say nothing without an attribute or an end: written bare, a word for the reader to fill in."""
UNREAD_TAGS = frozenset(("script", "style"))


class Segment(NamedTuple):
    """A stretch of a block's content that stands unbroken in the canonical text."""

    content: int
    canonical: int
    length: int


class PositionedState(StateInline):
    """Inline state that notes in ``token.meta["at"]`` where in the content each token begins."""

    pending_at = -1
    pushed_at = -1
    pushed_before = 0

    def append_pending(self, text: str) -> None:
        """Note where pending text begins."""
        if self.pending_at < 0:
            self.pending_at = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802  markdown-it's name
        """Flush pending text, with its position."""
        token = super().pushPending()
        token.meta = {"at": self.pending_at}
        self.pending_at = -1
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """Push a token, with its position; a run of delimiters is pushed mark by mark from one position."""
        token = super().push(ttype, tag, nesting)
        self.pending_at = -1
        self.pushed_before = self.pushed_before + 1 if self.pushed_at == self.pos and ttype == "text" else 0
        self.pushed_at = self.pos
        offset = self.pushed_before
        if offset and self.src[self.pos] == "~":
            marks = len(self.src) - self.pos - len(self.src[self.pos :].lstrip("~"))
            offset = 2 * offset - marks % 2
        token.meta = {"at": self.pos + offset}
        return token


class PositionedInline(ParserInline):
    """Inline parser whose tokens know their place."""

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:  # noqa: ANN401
        """Parse the content of one block."""
        if len(src) > INLINE_MAX_CHARACTERS or src.count("[") - src.count("]") > BRACKETS_OPEN_MAX:
            tokens.append(Token("text", "", 0, content=src, meta={"at": 0}))
            return tokens
        state = PositionedState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        for token in state.tokens:
            if token.type == "code_inline":
                start = token.meta["at"] + len(token.markup)
                stripped = src[start : start + len(token.content)].replace("\n", " ") != token.content
                token.meta["at"] = start + stripped
        return state.tokens


def wiki_link(state: StateInline, silent: bool) -> bool:
    """Inline rule for ``[[target | label]]`` (its label), ``[[target]]`` (its words) and ``[^1]`` (nothing)."""
    if state.src[state.pos] not in "[!":
        return False
    match = WIKI_LINK.match(state.src, state.pos) or FOOTNOTE_MARK.match(state.src, state.pos)
    if not match or match.end() > state.posMax:
        return False
    if not silent:
        token = state.push("wiki_link", "", 0)
        group = 3 if match.re is WIKI_LINK and match[3] else 2
        if match.re is WIKI_LINK and not (match[1] and group == 2):
            words = match[group] if group == 3 else match[2].replace("_", " ")
            token.content = words.strip()
            token.meta["at"] = match.start(group) + len(words) - len(words.lstrip())
    state.pos = match.end()
    return True


def address_definition(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Block rule for ``[label]: address``, which nobody sees; ``[Note]: words`` is no such definition."""
    start = state.bMarks[first] + state.tShift[first]
    found = DEFINITION.match(state.src, start, state.eMarks[first])
    if found and not ADDRESS.search(found[1]):
        return False
    return reference(state, first, last, silent)


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """Return the Markdown parser: CommonMark, tables, strikethrough, wiki links."""
    markdown = MarkdownIt("commonmark", {"maxNesting": NESTING_MAX, "html": True})
    markdown.inline = PositionedInline()
    markdown.enable(["table", "strikethrough"])
    markdown.block.ruler.at("reference", address_definition)
    markdown.inline.ruler.before("link", "wiki_link", wiki_link)
    markdown.inline.ruler.disable(["linkify"])
    markdown.inline.ruler2.disable(["fragments_join"])
    markdown.core.ruler.enableOnly(["block", "inline"])
    markdown.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    markdown.parse("# a\n\n- *b*\n", {})  # compiles its rules, which it cannot do for two threads at once
    return markdown


class InlineWalk:
    """One pass over the inline tokens of a block."""

    def __init__(
        self, builder: ReadingTextBuilder, segments: Sequence[Segment], line_break: str = " ", base: int = 0
    ) -> None:
        """Take where to append, where the content stands, what a soft line break becomes, where tokens begin."""
        self.builder = builder
        self.segments = segments
        self.line_break = line_break
        self.base = base
        self.dropped_at: int | None = None
        self.unclosed: set[str] = set()
        self.closed_at: dict[str, int] = {}
        self.shown: set[str] = set()

    def read(self, tokens: Sequence[Token]) -> None:
        """Append what is text in the tokens."""
        self.closed_at = {token.content[2:-1].strip().lower(): at for at, token in enumerate(tokens) if is_end(token)}
        index = 0
        while index < len(tokens):
            token = tokens[index]
            at = self.base + int(token.meta.get("at", 0))
            if token.type == "html_inline":
                index = self.read_tag(tokens, index, at)
                continue
            if token.type == "softbreak":
                self.put(self.line_break, at)
            elif token.type == "hardbreak":
                self.put("\n", at)
            elif token.type == "image":
                inner = InlineWalk(self.builder, self.segments, self.line_break, at + 2)
                inner.read(token.children or [])
            elif token.content:
                self.read_text(token, at)
            index += 1

    def read_text(self, token: Token, at: int) -> None:
        """Append the content of a text token, a code span, an escape, an entity or a wiki link."""
        if token.info == "escape" and token.content != token.markup:
            at += 1
        elif token.type == "text" and not self.stands_at(token.content[0], at):
            at += 1  # an address in angle brackets
        self.emit(token.content, at)

    def read_tag(self, tokens: Sequence[Token], index: int, at: int) -> int:
        """Append what an HTML tag stands for; return the index of the token after what it drops."""
        match = TAG.match(tokens[index].content)
        if not match:
            return index + 1
        closing, name = match[1], match[2].lower()
        if not self.is_tag(tokens[index].content, name, index):
            self.emit(tokens[index].content.replace("\n", " "), at)
        elif not closing and name == "a":
            end = closing_tag(tokens, index, "a", within=8)
            if end and TIMESTAMP.fullmatch("".join(token.content for token in tokens[index + 1 : end])):
                if self.builder.ends_with(" "):
                    self.dropped_at = self.builder.last
                    self.builder.strip_end()
                return end + 1
        elif not closing and name in UNREAD_TAGS:
            end = None if name in self.unclosed else closing_tag(tokens, index, name, within=len(tokens))
            if end is None:
                self.unclosed.add(name)
            return (end or index) + 1
        elif name in BREAKING_TAGS:
            self.put("\n", at)
        elif closing and name in CELL_TAGS:
            self.put(" | ", at)
        return index + 1

    def is_tag(self, written: str, name: str, index: int) -> bool:
        """Tell whether what stands in angle brackets is HTML, and no word of the writer's."""
        if name not in ELEMENTS:
            is_shown = name in self.shown if written.startswith("</") else "=" not in written
            self.shown |= {name} if is_shown else set()
            return not is_shown
        is_bare = written.strip("</>").lower() == name
        return not is_bare or name not in PLACEHOLDERS or self.closed_at.get(name, -1) >= index

    def emit(self, words: str, at: int) -> None:
        """Append words whose first character stands at `at` in the content."""
        self.restore_space(words[0])
        index = max(bisect_right(self.segments, at, key=lambda segment: segment.content) - 1, 0)
        done = 0
        while done < len(words) and index < len(self.segments):
            segment = self.segments[index]
            index += 1
            skipped = segment.content - at - done
            if skipped > 0:  # a line break in a code span, or white space that is not there
                self.builder.put(words[done : done + skipped], segment.canonical - 1)
                done += min(skipped, len(words) - done)
            count = min(segment.content + segment.length - at - done, len(words) - done)
            if count > 0:
                self.emit_verbatim(words[done : done + count], segment.canonical + at + done - segment.content)
                done += count
        self.builder.put(words[done:], self.builder.last)

    def emit_verbatim(self, words: str, position: int) -> None:
        """Append words that should stand at a canonical position; characters that differ are put in."""
        canonical = self.builder.canonical
        if canonical.startswith(words, position):
            self.builder.keep(position, position + len(words))
            return
        for offset, character in enumerate(words):
            if canonical[position + offset : position + offset + 1] == character:
                self.builder.keep(position + offset, position + offset + 1)
            else:
                self.builder.put(character, position + offset)

    def put(self, characters: str, at: int) -> None:
        """Put characters in for the one at `at` in the content; white space is never doubled."""
        if characters.isspace():
            self.dropped_at = None
            if not len(self.builder) or self.builder.ends_with(characters):
                return
            if characters != " ":
                self.builder.strip_end()
        self.builder.put(characters, self.position(at))

    def restore_space(self, following: str) -> None:
        """Put the space back before which something was dropped, unless punctuation follows."""
        if self.dropped_at is not None and (following.isalnum() or following in "([{“‘\"'"):
            self.builder.put(" ", self.dropped_at)
        self.dropped_at = None

    def stands_at(self, words: str, at: int) -> bool:
        """Tell whether words stand at `at` in the content."""
        return self.builder.canonical.startswith(words, self.position(at))

    def position(self, at: int) -> int:
        """Return the canonical position of a place in the content."""
        if not self.segments:
            return self.builder.last
        index = max(bisect_right(self.segments, at, key=lambda segment: segment.content) - 1, 0)
        segment = self.segments[index]
        return segment.canonical + min(max(at - segment.content, 0), segment.length)


def is_end(token: Token) -> bool:
    """Tell whether a token is the end tag of an element."""
    return token.type == "html_inline" and token.content.startswith("</")


def closing_tag(tokens: Sequence[Token], index: int, name: str, within: int) -> int | None:
    """Return the index of the tag that closes the one at `index`, None if there is none within so many tokens."""
    for place in range(index + 1, min(index + 1 + within, len(tokens))):
        if tokens[place].type == "html_inline" and tokens[place].content.lower().startswith(f"</{name}"):
            return place
    return None
