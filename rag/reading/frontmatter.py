"""Front matter: the ``key: value`` block between two ``---`` lines at the top of a Markdown file."""

from __future__ import annotations

import re

from rag.types import Metadata

BLOCK = re.compile(r"\A---[ \t]*(?:\r\n?|\n)((?:[^\r\n]*(?:\r\n?|\n)){0,200}?)(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)")
PAIR = re.compile(r"([A-Za-z_][\w .-]{0,63}?)[ \t]*:(?:[ \t]+(.*))?")
OTHER = re.compile(r"\s|\Z|[#\]}]|-(?:\s|\Z)|[^\s:]{1,64}:(?:\s|\Z)|\"[^\"]{1,64}\"\s?:")
"""What else stands in YAML: what is indented or blank, a comment, the end of a list, an item, an odd key."""
WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,15})")
DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}")


def read_front_matter(text: str) -> tuple[int, Metadata]:
    """Return where the front matter ends (0 where there is none) and its keys.

    Sentences between two rules are none, though one of them have a colon: they would be lost.

    Only scalars are taken; lists and nested keys are passed over. Values are read as YAML would read them, but for
    dates, which stay text.
    """
    block = BLOCK.match(text)
    if not block:
        return 0, {}
    lines = block[1].splitlines()
    pairs = [PAIR.fullmatch(line.rstrip()) for line in lines]
    if not any(pairs) or not all(pair or OTHER.match(line) for pair, line in zip(pairs, lines, strict=True)):
        return 0, {}
    metadata: dict[str, str | int | float | bool] = {}
    for match in pairs:
        if match and match[2] and (value := read_scalar(match[2].strip())) is not None:
            metadata[match[1]] = value
    return block.end(), metadata


def read_scalar(written: str) -> str | int | float | bool | None:
    """Return the value that is written; None for a list, a nested value or nothing."""
    if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
        return written[1:-1] or None
    written = written.split(" #", 1)[0].rstrip()
    if not written or written[0] in "[{|>&*!" or written.lower() in ("null", "~"):
        return None
    if written.lower() in ("true", "false"):
        return written.lower() == "true"
    if WHOLE.fullmatch(written):
        return int(written)
    return float(written) if DECIMAL.fullmatch(written) else written
