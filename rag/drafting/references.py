"""What a model writes below its answer: a list of sources, and the definitions of its footnotes. Neither is said."""

from __future__ import annotations

import re

from rag.drafting.markers import NOUN, NUMBERS, passage_numbers

_TITLE = (
    r"(?:sources?|references?|citations?|footnotes?|bibliography|works cited|quellen(?:angaben|verzeichnis)?"
    r"|fu(?:ß|ss)noten|literatur|fuentes|referencias|bibliograf[ií]a|r[ée]f[ée]rences|bibliographie"
    r"|notes de bas de page|fonti|bronnen|来源|参考文献|出典)"
    r"(?: used| cited| utilis[ée]es| utilizadas)?"
)
_DRESS = r"(?:\#{1,6}[ \t]+)?(?:\*\*|__|\*|_)?"
_HEADING = re.compile(rf"{_DRESS}{_TITLE}\s?[:：]?(?:\*\*|__|\*|_)?[:：]?[ \t]*$", re.IGNORECASE)
_LISTED = re.compile(
    rf"{_DRESS}{_TITLE}\s?(?:[:：](?:\*\*|__|\*|_)?|(?:\*\*|__|\*|_)[:：])(?P<items>.*)$", re.IGNORECASE
)
_SIGN = re.compile(r"(?:>[ \t]?|[-*+•‣◦▪][ \t]+|\d{1,3}[.)][ \t]+){0,9}")
_NAMED = (
    rf"(?:\*\*|__)?(?:[\[［【(]\s?\^?(?:{NOUN}\s?)?#?\d{{1,3}}(?:[†,;–-][^\[\]]{{0,20}})?\s?[\]］】)]"
    rf"|{NOUN}\s{{0,3}}#?{NUMBERS}|[¹²³⁴-⁹]|\^\d{{1,3}})"
)
_REFERENCE = re.compile(rf"{_NAMED}(?P<rest>.*)$", re.IGNORECASE)
_REST = re.compile(
    rf"(?>{_NAMED}|\d{{1,3}}|\*\*|__|\b(?:and|und|et|y|e)\b|[\s,;.&|:：、，–—-])*+",
    re.IGNORECASE,
)
_FILE = re.compile(r"[^\s.][^.\n]{0,120}\.(?:txt|md|html?|pdf|docx?|pptx|xlsx|csv|json|rst)\b.{0,40}$", re.IGNORECASE)
_DEFINITION = re.compile(r"(?:>[ \t]?|[-*+•][ \t]+){0,9}\[\^(?P<note>\d{1,3})\][ \t]?[:：][ \t]*(?P<said>.*)$")
_PLACE = re.compile(
    rf"{NOUN}\s{{0,3}}[:#]?\s{{0,3}}(?P<noun>{NUMBERS})|\[(?P<square>{NUMBERS})\]|^\W*(?P<bare>\d{{1,3}})\W*$",
    re.IGNORECASE,
)


def may_list_sources(raw: str) -> bool:
    """Tell whether a line begins as a list of sources does, so that only its end tells whether it is one."""
    return _LISTED.match(raw.lstrip(" \t")) is not None or _HEADING.match(raw.lstrip(" \t")) is not None


def heads_sources(raw: str) -> bool:
    """Tell whether a line is the heading of a list of sources: ``References``, ``**Sources:**``, ``## Quellen``."""
    return _HEADING.match(raw.strip(" \t")) is not None


def lists_sources(raw: str) -> bool:
    """Tell whether a line names sources and nothing else: ``Sources: [1], passage 3``, ``Source: [1] Manual.txt``."""
    listed = _LISTED.match(raw.strip(" \t"))
    if listed is None:
        return False
    items = listed["items"].strip()
    return _REST.fullmatch(items) is not None or is_reference(items)


def is_reference(raw: str) -> bool:
    """Tell whether a line below a heading of sources is an entry: ``[1] Manual``, ``2. Passage 3``, ``manual.txt``."""
    entry = raw.strip(" \t")[_sign_end(raw.strip(" \t")) :]
    return _REFERENCE.match(entry) is not None or _FILE.match(entry) is not None


def read_definition(raw: str, passages: int) -> tuple[int, tuple[int, ...]] | None:
    """Return a footnote's number and the passages its definition names, none if it names none; None if it is none."""
    defined = _DEFINITION.match(raw.strip(" \t"))
    if defined is None:
        return None
    named = [place["noun"] or place["square"] or place["bare"] for place in _PLACE.finditer(defined["said"])]
    numbers = {number for place in named for number in passage_numbers(place, passages)}
    return int(defined["note"]), tuple(sorted(numbers))


def _sign_end(entry: str) -> int:
    """Return where an entry begins behind its list signs."""
    sign = _SIGN.match(entry)
    return sign.end() if sign else 0
