"""A model's line of text: its Markdown and HTML undone, its citation markers taken out."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.drafting.markers import raise_digits, take_out_markers
from rag.drafting.references import heads_sources

_FLOOD = re.compile(r"\*{3,}|`{3,}|~{3,}")
_DESTINATION = (
    r"\(\s{0,9}(?:<[^<>\n]{0,2000}>|[^\s()<>]{0,2000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,200}){0,9})"
    r"(?:\s{1,9}(?:\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'))?\s{0,9}\)"
)
_ATTRIBUTE = r"\s{1,9}[\w:.-]{1,40}\s{0,9}=\s{0,9}(?:\"[^\"]{0,2000}\"|'[^']{0,2000}'|[^\s\"'<>=`]{1,2000})"
_TAG = (
    r"a|abbr|b|blockquote|body|br|button|center|cite|code|dd|del|details|div|dl|dt|em|embed|font|form|h[1-6]|head|hr|"
    r"html|i|iframe|img|image|input|ins|kbd|label|li|link|mark|math|meta|object|ol|p|pre|q|s|samp|script|section|"
    r"small|span|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|th|thead|title|tr|u|ul|var|video|audio"
)
_WITHIN = r"(.{1,400}?)"
"""What stands between two signs. Bounded, as all here: a sign that is never closed must not be searched for long."""

_UNDO = (
    (re.compile(r"<!--.{0,1000}?-->"), ""),
    (re.compile(rf"!\[([^\[\]\n]{{0,200}})\](?:{_DESTINATION}|\[[^\[\]\n]{{0,200}}\])"), r"\1"),  # images
    (re.compile(rf"(\[\[\d+\]\]|\[\^?\d+\]){_DESTINATION}"), r"\1"),  # markers set as links
    (re.compile(rf"\[([^\[\]\n]{{1,200}})\](?=\([^()\n]{{0,400}}[./#:\\]){_DESTINATION}"), r"\1"),  # links
    (re.compile(r"<((?:https?|ftp|mailto):[^<>\s]{1,2000})>", re.IGNORECASE), r"\1"),
    (re.compile(rf"</(?:{_TAG})\s{{0,9}}>|<(?:{_TAG})(?:{_ATTRIBUTE}){{0,30}}\s{{0,9}}/?>", re.IGNORECASE), ""),
    (re.compile(rf"(`{{1,9}})(?!`){_WITHIN}(?<!`)\1(?!`)"), r"\2"),
    (re.compile(rf"\*\*\*(?=\S){_WITHIN}(?<=\S)\*\*\*"), r"\1"),
    (re.compile(rf"\*\*(?=\S){_WITHIN}(?<=\S)\*\*"), r"\1"),
    (re.compile(rf"(?<!\w)__(?=\S){_WITHIN}(?<=\S)__(?!\w)"), r"\1"),
    (re.compile(rf"~~(?=\S){_WITHIN}(?<=\S)~~"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,400}?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]{1,400}?)(?<=[^\s_])_(?!\w)"), r"\1"),
)
_CLOSED = re.compile(r"\[[^\[\]]*\]|【[^【】]*】")
_OPEN = re.compile(
    r"\*\*(?=\S)|(?<![\w*])\*(?=[^\s*])|(?<!\w)__?(?=[^\s_])|`|~~(?=\S)|[\[【]|<(?=[a-zA-Z/!])|[(（][^()（）]{0,90}$"
    r"|(?:^|[.!?。:]\s)\W{0,3}(?:Sources?|Quellen?|Fuentes?|References?|Références?|Fonti?|Source|Passage)\s?[:：]?\s*$"
)

_LINE = re.compile(
    r"(?P<quote>(?:>[ \t]?)+)?(?P<heading>#{1,6}[ \t]+)?"
    r"(?P<item>(?:[-*+•‣◦▪][ \t]+|(?P<number>\d{1,3})[.)][ \t]+)(?:\[[ xX]\][ \t]+)?)?"
)
_NOT_TEXT = re.compile(
    r"(?:(?:```|~~~)[ \t]*(?-i:[a-z0-9+#.-]{0,30})"
    r"|[-*_=](?:[ \t]*[-*_=]){2,}[ \t]*|\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?"
    r"|\[[^\[\]\n]{1,200}\]:[ \t]*\S.*"
    r"|(?:>[ \t]?|[-*+•][ \t]+){0,9}(?:\*\*|__)?[\[［【]\^?\d{1,3}[\]］】](?:\*\*|__)?[ \t]?[:：].*)[ \t]*$",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """A line of a reply, as a person reads it.

    Attributes:
        text: Plain text, without markers and list signs.
        markers: For each marker its position in `text` and the numbers it names, ascending.
        notes: The same for footnotes, with the numbers of the notes.
        item: List sign to show before it, ``- `` or ``1. ``; empty where it is no list item.
        apart: Whether it stands alone like a heading.
    """

    text: str
    markers: tuple[tuple[int, tuple[int, ...]], ...]
    notes: tuple[tuple[int, tuple[int, ...]], ...] = ()
    item: str = ""
    apart: bool = False


def read_line(raw: str, passages: int) -> Line:
    """Return a line without markup and markers.

    Fences, rules, reference definitions and a bare "Sources:" are no text. See `rag.drafting.markers`.

    Args:
        raw: One line of the reply, or the beginning of one.
        passages: Number of passages handed to the model.
    """
    raw = raw.lstrip(" \t")
    if _NOT_TEXT.match(raw) or heads_sources(raw):
        return Line("", ())
    start = _LINE.match(raw)
    assert start is not None  # it matches the empty text
    text = raise_digits(raw[start.end() :])
    for pattern, replacement in _UNDO:
        text = pattern.sub(replacement, text)
    text = _FLOOD.sub("", text)
    if text.startswith("|"):
        text = " | ".join(cell.strip() for cell in text.strip().strip("|").split("|"))
    item = f"{start['number']}. " if start["number"] else "- " if start["item"] else ""
    found = take_out_markers(text, passages)
    return Line(found.text, found.markers, found.notes, item, apart=bool(start["heading"]))


def has_open_markup(text: str) -> bool:
    """Tell whether something begins in a plain text that a later character may still close."""
    return _OPEN.search(_CLOSED.sub("", text)) is not None
