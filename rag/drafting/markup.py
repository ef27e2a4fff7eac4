"""A model's line of text: its citation markers taken out, its Markdown and HTML undone."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBERS = r"#?\d{1,3}(?:\s{0,3}(?:,|;|&|-|–|and|und|et|y|和|、|，)\s{0,3}#?\d{1,3}){0,30}"
_NOUN = r"(?:passages?|sources?|documents?|docs?|citations?|cit\.?|refs?\.?|references?|quellen?|p\.?|s\.?|№|no\.?)"
_MARKER = re.compile(
    rf"\[{{1,3}}(?=[^\[\]\n]{{1,200}}\])\s{{0,3}}(?:\^|{_NOUN}\s*[:#]?\s*)?(?P<square>{_NUMBERS})\s*(?:[†:][^\[\]\n]{{0,40}})?\s{{0,3}}\]{{1,3}}"
    rf"|【{{1,3}}(?=[^【】\n]{{1,200}}】)\s{{0,3}}(?:{_NOUN}\s*[:#]?\s*)?(?P<corner>{_NUMBERS})\s*(?:[†:][^【】\n]{{0,40}})?\s{{0,3}}】{{1,3}}"
    rf"|[(（]\s*{_NOUN}\s*[:#]?\s*(?P<round>{_NUMBERS})\s*[)）]",
    re.IGNORECASE,
)
_CITING = re.compile(r"passage|source|doc|cit|ref|quelle|[\^†【]", re.IGNORECASE)
"""What makes a bracket a citation whatever it names."""
_BARE = re.compile(r"\s?[\[［【]\s{0,3}[#^]?\d(?:\s{0,2}\d){0,2}\s{0,3}[\]］】]")
_FLOOD = re.compile(r"\*{3,}|`{3,}|~{3,}")
_RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*#?(\d{1,3})")
_EMPTY_BRACKET = re.compile(r"[ \t]*[(（](?:see|cf\.?|vgl\.?|siehe)?[ \t]*$", re.IGNORECASE)

_INTRODUCTION = re.compile(
    r"(?:^|(?<=[.!?:\]】]\s))(?:according to|based on|as (?:stated|noted|described|mentioned|shown|given) in|per)\s*"
    r"(?:the\s+)?(?:(?:passages?|sources?|documents?)\s*)?(?P<numbers>\[{1,3}[^\[\]\n]{1,20}\]{1,3}(?:\s{0,3}(?:and|,)?\s{0,3}"
    r"\[{1,3}[^\[\]\n]{1,20}\]{1,3}){0,9})\s{0,3},\s{1,3}(?P<first>[^\s\[\]]+)",
    re.IGNORECASE,
)

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
    r"\*\*(?=\S)|(?<![\w*])\*(?=[^\s*])|(?<!\w)__?(?=[^\s_])|`|~~(?=\S)|[\[【]|<(?=[a-zA-Z/!])|[(（][^()（）]{0,30}$"
)

_LINE = re.compile(
    r"(?P<quote>(?:>[ \t]?)+)?(?P<heading>#{1,6}[ \t]+)?"
    r"(?P<item>(?:[-*+•‣◦▪][ \t]+|(?P<number>\d{1,3})[.)][ \t]+)(?:\[[ xX]\][ \t]+)?)?"
)
_NOT_TEXT = re.compile(
    r"(?:```.*|~~~.*|[-*_=](?:[ \t]*[-*_=]){2,}[ \t]*|\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?"
    r"|\[[^\[\]\n]{1,200}\]:[ \t]*\S.*"
    r"|(?:>[ \t]?|[-*+•][ \t]+){0,9}(?:\*\*|__)?[\[［【]\^?\d{1,3}[\]］】](?:\*\*|__)?[ \t]?[:：].*"
    r"|(?:\*\*|__)?(?:sources|references|citations|quellen):?(?:\*\*|__)?:?)[ \t]*$",
    re.IGNORECASE,
)


_NO_SPACES = "\u2e80"
"""From here on, scripts that set no spaces between words."""


class Line(NamedTuple):
    """A line of a reply, as a person reads it.

    Attributes:
        text: Plain text, without markers and list signs.
        markers: For each marker its position in `text` and the numbers it names, ascending.
        item: List sign to show before it, ``- `` or ``1. ``; empty where it is no list item.
        apart: Whether it stands alone like a heading.
    """

    text: str
    markers: tuple[tuple[int, tuple[int, ...]], ...]
    item: str
    apart: bool


def read_line(raw: str, passages: int) -> Line:
    """Return a line without markup and markers.

    A bracket is a marker only if all its numbers are those of passages; ``[2024]`` and ``[version]`` stay. One that
    would pass for a marker but names no passage, ``[99]`` or ``[source 99]``, is taken out, too, and names nothing.
    Fences, rules, reference definitions and a bare "Sources:" are no text.

    Args:
        raw: One line of the reply, or the beginning of one.
        passages: Number of passages handed to the model.
    """
    raw = raw.lstrip(" \t")
    if _NOT_TEXT.match(raw):
        return Line("", (), "", apart=False)
    start = _LINE.match(raw)
    assert start is not None  # it matches the empty text
    text = raw[start.end() :]
    for pattern, replacement in _UNDO:
        text = pattern.sub(replacement, text)
    text = _FLOOD.sub("", text)
    if text.startswith("|"):
        text = " | ".join(cell.strip() for cell in text.strip().strip("|").split("|"))
    item = f"{start['number']}. " if start["number"] else "- " if start["item"] else ""
    plain, markers = _without_markers(text, passages)
    return Line(plain, markers, item, apart=bool(start["heading"]))


def has_open_markup(text: str) -> bool:
    """Tell whether something begins in a plain text that a later character may still close."""
    return _OPEN.search(_CLOSED.sub("", text)) is not None


def without_bare_markers(text: str) -> str:
    """Return a text without what would pass for a marker: taking characters out may have brought one together."""
    found = _BARE.search(text)
    while found:
        text = text[: found.start()] + text[found.end() :]
        found = _BARE.search(text, max(found.start() - 10, 0))
    return text


def _without_markers(text: str, passages: int) -> tuple[str, tuple[tuple[int, tuple[int, ...]], ...]]:
    """Return the text without its markers, and where they stood in what is left."""
    text = _INTRODUCTION.sub(lambda found: _without_introduction(found, passages), text)
    plain = ""
    markers: list[tuple[int, tuple[int, ...]]] = []
    done = 0
    for found in _MARKER.finditer(text):
        numbers = _numbers(found, passages)
        if not numbers and not _is_forged(found):
            continue
        between = text[done : found.start()]
        plain += "" if done and not between.strip(" \t,;") else between.rstrip(" \t")
        done = found.end()
        if text[done : done + 1] in (")", "）") and (bracket := _EMPTY_BRACKET.search(plain)):
            plain = plain[: bracket.start()]
            done += 1
        if numbers:
            markers.append((len(plain), numbers))
        if plain[-1:] in tuple(".!?") and text[done : done + 1] == ".":
            done += 1  # the model set a full stop on either side
        if plain and not plain[-1].isspace() and text[done : done + 1].isalnum() and text[done] < _NO_SPACES:
            plain += " "
    plain += text[done:]
    shift = len(plain) - len(plain.lstrip())
    return plain[shift:], tuple((max(at - shift, 0), numbers) for at, numbers in markers)


def _without_introduction(found: re.Match[str], passages: int) -> str:
    """Return the first word after an "According to [1], ", capital, with the marker behind it."""
    if not all(_numbers(marker, passages) or _is_forged(marker) for marker in _MARKER.finditer(found["numbers"])):
        return found[0]
    first = found["first"]
    markers = "".join(marker[0] for marker in _MARKER.finditer(found["numbers"]))
    return f"{first[0].upper()}{first[1:]}{markers}"


def _is_forged(found: re.Match[str]) -> bool:
    """Tell whether what names no passage would yet pass for a citation: one number alone, or a form of citations."""
    return bool(found["square"] and found["square"].lstrip("#").isdecimal()) or bool(_CITING.search(found[0]))


def _numbers(found: re.Match[str], passages: int) -> tuple[int, ...]:
    """Return the numbers of a marker, ascending; none if one of them is no passage's."""
    named = found["square"] or found["corner"] or found["round"]
    numbers = {int(number) for number in re.findall(r"\d{1,3}", named)}
    for low, high in _RANGE.findall(named):
        numbers.update(range(int(low), int(high) + 1))
    return tuple(sorted(numbers)) if numbers <= set(range(1, passages + 1)) else ()
