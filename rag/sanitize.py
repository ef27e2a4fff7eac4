"""The gate to the outside: what of a document's or a model's text may reach a terminal, Markdown or HTML.

Everything here holds for *any* text: callers pass what they have and need not know where it came from.
"""

from __future__ import annotations

import html
import re

LINE_BREAKS = {"\r\n": "\n", "\r": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n\n", "\v": "\n", "\f": "\n"}
"""All that a terminal, a browser or Python takes for a line break, as plain ones."""

MARKS_IN_A_ROW = 8
"""Combining marks kept on one character. No script stacks more; floods of them paint over neighbouring lines."""

_LINE_BREAK = re.compile("|".join(map(re.escape, LINE_BREAKS)))
# What an escape sequence carries never spans lines, and is never scanned twice.
_CARRIED = r"[^\x00-\x06\x07\n\x1b\x80-\x9f]*"
_ESCAPE_SEQUENCE = re.compile(
    rf"(?:\x1b\]|\x9d){_CARRIED}(?:\x07|\x1b\\|\x9c)"  # OSC: title, clipboard, hyperlink
    rf"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f]){_CARRIED}(?:\x1b\\|\x9c)"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colour, cursor, clearing
    r"|\x1b[ -/]*[0-~]"  # the short ones
)
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters but tab and line break
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidirectional controls, invisible operators
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\uffff"  # fillers, variation selectors, byte order mark
    "\ud800-\udfff"  # half a surrogate pair cannot be encoded
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # musical and tag characters
    "]+"
)
# A joiner changes the shape of letters (Persian, Hindi, emoji) and stays between two of them; elsewhere it only hides.
_STRAY_JOINER = re.compile(r"(?<![^\x00-\u02ff])[\u200c\u200d\ufe0e\ufe0f]+|[\u200c\u200d]+(?![^\x00-\u02ff])")
_JOINERS = re.compile(r"([\u200c\u200d\ufe0e\ufe0f])[\u200c\u200d\ufe0e\ufe0f]+")
_MARK = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARK_FLOOD = re.compile(f"([{_MARK}]{{{MARKS_IN_A_ROW}}})[{_MARK}]+")

_WORD = re.compile(r"[^\s`|]+")  # a bar would end a table's cell within the code
_ADDRESS = re.compile(r"//|:\\\\|www\.|@|(?:mailto|xmpp|tel|sms|javascript|vbscript|data|file|magnet):", re.IGNORECASE)
"""What makes a word an address: a scheme, a host by name, mail."""

_HOST = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")
_ACTIVE = re.compile(r"[\\`*_{}\[\]<>#|~!$&^]")
_LINE_START = re.compile(r"(?m)^([ \t]*)(?:([-+=:])|(\d{1,9})([.)]))")


def clean_text(text: str) -> str:
    r"""Return text that is safe on a terminal: what is seen is what is there.

    Escape sequences go whole; control, bidirectional, zero-width and tag characters go; line breaks of every kind
    become ``\n``; tabs stay. Idempotent, and the empty text for one of nothing but such characters.
    """
    previous = None
    while text != previous:  # taking one sequence out may bring the halves of another together
        previous = text
        text = _LINE_BREAK.sub(lambda found: LINE_BREAKS[found[0]], text)
        text = _UNSEEN.sub("", _ESCAPE_SEQUENCE.sub("", text))
        text = _STRAY_JOINER.sub("", _JOINERS.sub(r"\1", text))
        text = _MARK_FLOOD.sub(r"\1", text)
    return text


def clean_line(text: str) -> str:
    """Return `clean_text` on one line, for names and titles: white space of any kind and length is one space."""
    return " ".join(clean_text(text).split())


def escape_markdown(text: str) -> str:
    """Return Markdown that shows the text as it is, and does nothing.

    No link, image, HTML, autolink or reference definition comes of it, nor a heading, list, quote or table. Web and
    mail addresses are set as code: several renderers make links of them after undoing backslashes, but none in code.
    """
    lines = "\n".join(line.strip(" \t") for line in clean_text(text).split("\n"))
    pieces: list[str] = []
    done = 0
    for word in _WORD.finditer(lines):
        if _ADDRESS.search(word[0]):
            pieces += [_escape_plain(lines, done, word.start()), f"`{word[0]}`"]
            done = word.end()
    return "".join([*pieces, _escape_plain(lines, done, len(lines))])


def escape_html(text: str) -> str:
    """Return text for the content of an HTML element or a quoted attribute, `clean_text` applied."""
    return html.escape(clean_text(text), quote=True)


def _escape_plain(lines: str, start: int, end: int) -> str:
    """Escape the stretch between two addresses; what begins a line is only special where it does."""
    stretch = lines[start:end]
    escaped = _HOST.sub(r"\\.", _ACTIVE.sub(r"\\\g<0>", stretch))
    at_line_start = start == 0 or lines[start - 1] == "\n"
    head, line_break, rest = ("", "", escaped) if at_line_start else escaped.partition("\n")
    return head + line_break + _LINE_START.sub(_escape_line_start, rest)


def _escape_line_start(found: re.Match[str]) -> str:
    indent, sign, number, stop = found.groups()
    return f"{indent}\\{sign}" if sign else f"{indent}{number}\\{stop}"
