"""Citation markers in a model's line, in whatever form it writes them: found, read and taken out.

The model is asked for ``[2]``. It may as well write ``【2†source】``, ``(see passage 2)``, ``(Quelle 2)``, a footnote
``[^1]``, a raised ``¹``, or "According to passage 2, ...". What is no marker stays: ``(2019)``, ``[sic]``,
``array[1]``, ``m²``, ``§ 3 (2)``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NOUN = (
    r"(?>passage[sn]?|sources?|document(?:os?|s)?|docs?|dokument(?:en?)?|citations?|cit\.?|r[ée]f[ée]rences?|referencias?"
    r"|refs?\.?|quellen?|textstellen?|fuentes?|pasajes?|extraits?|font[ei]|bran[oi]|bron(?:nen)?|fragmentos?"
    r"|来源|资料|段落|出典|資料)"
)
"""What models call a passage, in a few languages. Atomic: a row of them must be read in one way only."""

_ARTICLE = r"(?:(?:the|die|der|dem|den|la|le|les|el|los|las|il|lo|de)\s+|l['’]\s?)?"
_SEE = (
    r"(?:(?:see|cf\.?|from|per|via|as per|vgl\.?|siehe|s\.|aus|laut|nach|voir|selon|d['’]apr[èe]s|v[ée]ase|ver|seg[úu]n"
    r"|vedi|zie)\s+(?:also\s+|auch\s+|aussi\s+|también\s+)?)?"
)
_JOINT = rf"\s{{0,3}}(?:,|;|&|-|–|and|und|et|y|e|en|和|、|，)\s{{0,3}}(?:{NOUN}\s?)?"
NUMBERS = rf"#?\d{{1,3}}(?:{_JOINT}#?\d{{1,3}}){{0,30}}"
_SHORT = rf"(?:{NOUN}|p\.?|s\.?|№|no\.?)"
_SAYS = r"(?:also\s+)?(?:states?|says?|notes?|mentions?|reports?|explains?|shows?|indicates?|confirms?)\s+that"

MARKER = re.compile(
    rf"\[{{1,3}}(?=[^\[\]\n]{{1,200}}\])\s{{0,3}}{_SEE}(?:(?P<note>\^)|{_SHORT}\s*[:：#]?\s*(?:{NOUN}\s*)?)?"
    rf"(?P<square>{NUMBERS})\s*(?:[†:][^\[\]\n]{{0,40}})?\s{{0,3}}\]{{1,3}}"
    rf"|【{{1,3}}(?=[^【】\n]{{1,200}}】)\s{{0,3}}(?:{_SHORT}\s*[:：#]?\s*)?(?P<corner>{NUMBERS})\s*(?:[†:][^【】\n]{{0,40}})?\s{{0,3}}】{{1,3}}"
    rf"|[(（]\s{{0,3}}{_SEE}{_ARTICLE}{NOUN}\s{{0,3}}[:：#]?\s{{0,3}}(?:[^()（）\n]{{1,80}}[,;]\s{{0,3}})??(?:{NOUN}\s{{0,3}}[:#]?\s{{0,3}})?"
    rf"(?P<round>{NUMBERS})\s{{0,3}}[)）]"
    rf"|,?\s{{1,3}}(?:as (?:stated|noted|described|mentioned|shown|reported|given) (?:in|by)"
    r"|according to|wie in|laut|selon|seg[úu]n)"
    rf"\s{{1,3}}{_ARTICLE}{NOUN}\s{{1,3}}(?P<tail>{NUMBERS})(?=\s{{0,3}}(?:[.!?,;:。]|$))"
    rf"|(?<=[.!?。”\"])\s{{1,3}}{NOUN}\s{{0,3}}[:：]\s{{0,3}}(?:{NOUN}\s{{0,3}})?(?P<behind>{NUMBERS})\s{{0,3}}(?:\.|$)",
    re.IGNORECASE,
)
_CITING = re.compile(rf"{NOUN}|[\^†【]", re.IGNORECASE)
"""What makes a bracket a citation whatever it names."""

_BARE = re.compile(
    r"\s?[\[［【]\s{0,3}[#^]?(?:\d(?:\s{0,2}\d){0,2}"
    r"|[1-9]\d{0,2}(?:\s{0,3}[,;]\s{0,3}[#^]?[1-9]\d{0,2}){1,30})\s{0,3}[\]］】]"
)
_PATH = re.compile(r"(?:\[\d{1,6}\]){0,9}\.(?:[\w.\[\]-]|\"[^\"\n]{0,80}\"){1,200}: ")
"""The rest of a path into data, and the colon before its value."""
_LISTED = re.compile(r"#?(?:\d{1,3}|[1-9]\d{0,2}(?:\s{0,3}[,;]\s{0,3}#?[1-9]\d{0,2}){1,30})")
_RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*#?(\d{1,3})")
_EMPTY_BRACKET = re.compile(rf"[ \t]*[(（]\s{{0,3}}{_SEE}(?:{NOUN}\s{{0,3}}[:：]?)?[ \t]*$", re.IGNORECASE)

_INTRODUCTION = re.compile(
    r"(?:^|(?<=[.!?:\]】]\s))(?:(?:according to|based on|as (?:stated|noted|described|mentioned|shown|given) in|per|in|"
    r"selon|d['’]apr[èe]s|seg[úu]n|secondo)\s*"
    rf"{_ARTICLE}(?:(?:{NOUN}\s*)?(?P<numbers>\[{{1,3}}[^\[\]\n]{{1,20}}\]{{1,3}}(?:\s{{0,3}}(?:and|,)?\s{{0,3}}"
    rf"\[{{1,3}}[^\[\]\n]{{1,20}}\]{{1,3}}){{0,9}})|{NOUN}\s{{1,3}}(?P<named>{NUMBERS}))\s{{0,3}},"
    rf"|{_ARTICLE}{NOUN}\s{{1,3}}(?P<saying>{NUMBERS})\s{{1,3}}{_SAYS})\s{{1,3}}(?P<first>[^\s\[\]]+)",
    re.IGNORECASE,
)
"""What names its source before it says anything: ``According to passage 2,`` and ``Passage 2 states that``."""

_MENTION = re.compile(
    rf"\b(?:laut|gemäß|nach|according to|in|from|by|volgens)\s+{_ARTICLE}{NOUN}\s(?P<mentioned>{NUMBERS})\b",
    re.IGNORECASE,
)
"""A source named within the sentence, which would not read without: a hint that stays where it is."""

_CODE_WORD = re.compile(
    r"(?:\b(?:array|arr|list|args|argv|vec|vector|tuple|dict|map|matrix|row|rows|items|values|params|[a-z])"
    r"|\w*_\w*|\w*[a-z][A-Z]\w*|\w+\.\w+|\w\(\)|\w\[[a-z]\w{0,20}\])$"
)
_INTERVAL_WORD = re.compile(r"(?:\b(?:intervals?|ranges?|between|lies? in|values? in)|∈)\s{0,3}$", re.IGNORECASE)
"""What stands before two numbers in brackets that are the ends of an interval."""

_ASSIGNED = re.compile(r"\s{0,2}(?:[-+*/]?=|\.\w+\()")

_RAISED_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_LOWERED_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUP = re.compile(
    r"<sup>\s{0,3}\[?\s{0,3}(\d{1,3}(?:\s{0,3}[,-]\s{0,3}\d{1,3}){0,9})\s{0,3}\]?\s{0,3}</sup>", re.IGNORECASE
)
_RAISED = re.compile(
    r"(?<![⁻⁺^\[【\s])(?:\^\[?(?P<caret>\d{1,3}(?:,\d{1,3}){0,9})\]?\^?|(?P<raised>[⁰¹²³⁴-⁹]{1,3}(?:[,⸴˒]\s?[⁰¹²³⁴-⁹]{1,3}){0,9}))"
    r"(?![\w⁰¹²³⁴-⁹⁻⁺])"
)
_POWERED = re.compile(
    r"(?:(?<!\b(?:1[5-9]|20)\d)\d|[⁻⁺⁰¹²³⁴-⁹]|(?<![^\W\d_])[^\W\d_]{1,2}|\b(?:feet|foot|inch|inches|yards?|miles?"
    r"|(?:kilo|centi|milli|square )?met(?:er|re)s?"
    r"|seconds?|hours?|amperes?|volts?|units?))$",
    re.IGNORECASE,
)
"""What a raised number makes a power of: a number that is no year, a variable, a unit."""

_NO_SPACES = "\u2e80"
"""From here on, scripts that set no spaces between words."""


class Found(NamedTuple):
    """A text without its markers.

    Attributes:
        text: What is left.
        markers: For each marker its position in `text` and the numbers of the passages it names, ascending.
        notes: The same for footnotes, with the numbers of the notes.
    """

    text: str
    markers: tuple[tuple[int, tuple[int, ...]], ...]
    notes: tuple[tuple[int, tuple[int, ...]], ...] = ()


def take_out_markers(text: str, passages: int) -> Found:
    """Return the text without its markers, and where they stood in what is left.

    A bracket is a marker if one of its numbers is a passage's and none is 0; further numbers name nothing. One that
    would pass for a marker but names no passage, ``[99]`` or ``[source 99]``, is taken out, too, and names nothing.

    Args:
        text: One line, Markdown and HTML undone.
        passages: Number of passages handed to the model.
    """
    text = _INTRODUCTION.sub(lambda found: _without_introduction(found, passages), _with_brackets(text, passages))
    plain = ""
    markers: list[tuple[int, tuple[int, ...]]] = []
    notes: list[tuple[int, tuple[int, ...]]] = []
    done = 0
    for found in MARKER.finditer(text):
        numbers = _numbers(found, passages)
        noted = _noted(found)
        if is_index(text, *found.span()) or not (numbers or noted or _is_forged(found)):
            continue
        between = text[done : found.start()]
        plain += "" if done and not between.strip(" \t,;") else between.rstrip(" \t")
        done = found.end()
        if text[done : done + 1] in (")", "）") and (bracket := _EMPTY_BRACKET.search(f"{plain} ")):
            plain = plain[: bracket.start()]
            done += 1
        if noted:
            notes.append((len(plain), noted))
        elif numbers:
            markers.append((len(plain), numbers))
        if plain[-1:] in tuple(".!?") and text[done : done + 1] == ".":
            done += 1  # the model set a full stop on either side
        if plain and not plain[-1].isspace() and text[done : done + 1].isalnum() and text[done] < _NO_SPACES:
            plain += " "
    plain += text[done:]
    mentions = [(mention.start(), _numbers(mention, passages)) for mention in _MENTION.finditer(plain)]
    markers += [mention for mention in mentions if mention[1]]
    shift = len(plain) - len(plain.lstrip())
    return Found(plain[shift:], _shifted(sorted(markers), shift), _shifted(notes, shift))


def without_bare_markers(text: str) -> str:
    """Return a text without what would pass for a marker: taking characters out may have brought one together."""
    found = _BARE.search(text)
    while found:
        if is_index(text, *found.span()):
            found = _BARE.search(text, found.end())
            continue
        text = text[: found.start()] + text[found.end() :]
        found = _BARE.search(text, max(found.start() - 10, 0))
    return text


def is_index(text: str, start: int, end: int) -> bool:
    """Tell whether a bracket is an index in code or data, ``x[1] = 5`` or ``ships[1].name: Aurora``, or an interval."""
    before = text[max(start - 40, 0) : start]
    if "," in text[start:end] and _INTERVAL_WORD.search(before + text[start:end].partition("[")[0]):
        return True
    if text[start : start + 1] != "[" or not before or not (before[-1].isalnum() or before[-1] in "_)]"):
        return False
    return bool(_CODE_WORD.search(before) or _ASSIGNED.match(text, end) or _PATH.match(text, end))


def raise_digits(text: str) -> str:
    """Return a text with ``<sup>2</sup>`` written as ``²``, so that it is read as one thing."""
    return _SUP.sub(lambda found: re.sub(r"\s", "", found[1]).replace("-", ",").translate(_LOWERED_DIGITS), text)


def _with_brackets(text: str, passages: int) -> str:
    """Return a text whose raised numbers stand in brackets where they are markers: not in ``m²`` and ``10^3``."""

    def bracket(found: re.Match[str]) -> str:
        if _POWERED.search(text[max(found.start() - 20, 0) : found.start()]):
            return found[0]
        named = (found["caret"] or found["raised"]).translate(_RAISED_DIGITS)
        numbers = re.findall(r"\d+", named)
        if any(int(number) > passages for number in numbers):
            numbers = [digit for digit in re.findall(r"\d", named)]  # ``¹²`` may be two markers
        return f"[{','.join(numbers)}]"

    return _RAISED.sub(bracket, text)


def _without_introduction(found: re.Match[str], passages: int) -> str:
    """Return the first word after an "According to [1], ", capital, with the marker behind it."""
    named = found["named"] or found["saying"]
    numbers = f"[{', '.join(re.findall('[0-9]+', named))}]" if named else found["numbers"]
    if not all(_numbers(marker, passages) or _is_forged(marker) for marker in MARKER.finditer(numbers)):
        return found[0]
    first = found["first"]
    markers = "".join(marker[0] for marker in MARKER.finditer(numbers))
    return f"{first[0].upper()}{first[1:]}{markers}"


def _is_forged(found: re.Match[str]) -> bool:
    """Tell whether what names no passage would yet pass for a citation: numbers alone, or a form of citations."""
    listed = found["square"] is not None and _LISTED.fullmatch(found["square"]) is not None
    return listed or bool(_CITING.search(found[0]))


def _noted(found: re.Match[str]) -> tuple[int, ...]:
    """Return the numbers of a footnote's marker; none where it is another marker."""
    return tuple(int(number) for number in re.findall(r"\d{1,3}", found["square"])) if found["note"] else ()


def _numbers(found: re.Match[str], passages: int) -> tuple[int, ...]:
    """Return the numbers of a marker that are passages', ascending; none if one of them is 0."""
    named = next(group for group in found.groupdict().values() if group and group != "^")
    return passage_numbers(named, passages) or listed_numbers(named, passages)


def passage_numbers(named: str, passages: int) -> tuple[int, ...]:
    """Return the numbers and ranges in ``1, 3-5``, ascending; none if one of them is no passage's."""
    numbers = {int(number) for number in re.findall(r"\d{1,3}", named)}
    for low, high in _RANGE.findall(named):
        numbers.update(range(int(low), int(high) + 1))
    return tuple(sorted(numbers)) if numbers <= set(range(1, passages + 1)) else ()


def listed_numbers(named: str, passages: int) -> tuple[int, ...]:
    """Return those of the numbers in ``1, 3, 9`` that are passages', ascending; none if one of them is 0."""
    numbers = {int(number) for number in re.findall(r"\d{1,3}", named)} if _LISTED.fullmatch(named) else {0}
    return () if 0 in numbers else tuple(sorted(number for number in numbers if number <= passages))


def _shifted(markers: list[tuple[int, tuple[int, ...]]], shift: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    return tuple((max(at - shift, 0), numbers) for at, numbers in markers)
