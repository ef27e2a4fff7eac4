"""Source code: the file itself is the canonical text; its definitions are sections and places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.reading.reader import Reading, read_whole
from rag.types import Locator

VERSION = "code/2"
SUFFIXES = frozenset(
    re.findall(
        r"\.\w+",
        ".bash .c .cc .cjs .clj .cpp .cs .cxx .dart .erl .ex .exs .go .h .hh .hpp .hs .java .jl .js .jsx .kt .kts .lua "
        ".m .mjs .ml .mm .nim .php .pl .pm .proto .ps1 .py .pyi .r .rb .rs .scala .sh .sol .sql .swift .tf .ts .tsx .v "
        ".vb .vue .zig .zsh",
    )
)
MODIFIERS = (
    r"(?:(?:export|default|declare|public|private|protected|internal|static|async|abstract|final|pub(?:\([^)\n]{0,40}\))?"
    r"|unsafe|extern|inline|virtual|override|open|data|sealed|partial|const|create(?:\s+or\s+replace)?)\s+)*"
)
KINDS = (
    "async def|def|class|function|fn|func|fun|struct|enum|trait|interface|impl|module|namespace|package|sub|procedure"
    "|object|record|protocol|extension|message|service|contract|table|view|defmodule|defp"
)
NAMED = re.compile(
    rf"(?P<indent>[ \t]*){MODIFIERS}(?P<kind>{KINDS})\b\*?\s*(?:\([^)\n]{{0,100}}\)\s*)?(?P<name>[A-Za-z_$][\w$.:]*)",
    re.IGNORECASE,
)
ASSIGNED = re.compile(
    r"(?P<indent>[ \t]*)(?:export\s+)?(?:const|let|var)\s+(?P<name>[\w$]+)\s*=\s*(?:async\s*)?"
    r"(?:function\b|\([^)\n]{0,200}\)\s*(?::[^=\n]{0,80})?=>|[\w$]+\s*=>)"
)
TYPED = re.compile(
    r"(?P<indent>[ \t]*)(?:[A-Za-z_][\w<>\[\],.:*&?]*[ \t*&]+){1,5}(?P<name>[A-Za-z_~][\w:~]*)\s*\([^;={}]{0,300}\)"
    r"\s*(?:const|noexcept|override|throws[\w\s,.]+)?\s*\{?\s*$"
)
SHELL = re.compile(r"(?P<indent>[ \t]*)(?P<name>[A-Za-z_][\w-]*)\s*\(\)\s*\{?\s*$")
TYPED_SUFFIXES = frozenset((".c", ".cc", ".cpp", ".cs", ".cxx", ".h", ".hh", ".hpp", ".java", ".m", ".mm", ".dart"))
SHELL_SUFFIXES = frozenset((".sh", ".bash", ".zsh"))
STATEMENTS = frozenset(("if", "for", "while", "switch", "return", "else", "catch", "new", "throw", "do", "case", "in"))
WORDS = {"async def": "function", "def": "function", "fn": "function", "func": "function", "fun": "function"}
WORDS |= {"sub": "function", "defp": "function", "defmodule": "module"}
ABOVE = re.compile(r"\s*(?:#|//|/\*|\*|--|@|\[[A-Z]|'''|;;)")
"""Lines above a definition that belong to it: comments, decorators, attributes."""
CLOSING = re.compile(
    r"\s*(?:[{})\]#*]|//|/\*|--|@|end\b|$|\"\"\"|else\b|elif\b|except\b|finally\b|catch\b|public:|private:)"
)
LINE_MAX_CHARACTERS = 500
SHEBANG = re.compile(r"#!\S*\b(?:env\s+)?(python|sh|bash|zsh|node|perl|ruby)\d?\b")


class Definition(NamedTuple):
    """A definition: where it begins, how far it is indented, and what it is."""

    start: int
    indent: int
    label: str


def is_code(text: str, suffix: str) -> bool:
    """Tell whether a text is source code, by its suffix or its first line."""
    return suffix in SUFFIXES or (suffix == "" and SHEBANG.match(text) is not None)


def read_code(text: str, suffix: str) -> Reading:
    """Read source code; functions and classes, found by their first lines, are its sections."""
    locators: list[Locator] = []
    path: list[Definition] = []
    for found in find_definitions(text, suffix):
        path = [above for above in path if above.indent < found.indent]
        if found.label:
            path.append(found)
        labels = tuple(above.label for above in path)
        value = (labels[-1],) if labels else ()
        locators += [Locator(found.start, "heading", labels), Locator(found.start, "definition", value)]
    return Reading(text, read_whole(text), tuple(locators), None, {}, VERSION)


def find_definitions(text: str, suffix: str) -> Iterator[Definition]:
    """Yield the definitions, in order; one without a label where what was defined has ended."""
    above: int | None = None
    open_at = -1
    offset = 0
    for line in text.splitlines(keepends=True):
        start, offset = offset, offset + len(line)
        words = line.rstrip()
        indent = len(line) - len(line.lstrip())
        found = match_definition(words[:LINE_MAX_CHARACTERS], suffix)
        if found is not None:
            yield Definition(start if above is None else above, indent, found)
            open_at = indent
        elif words and indent <= open_at and not CLOSING.match(words):
            yield Definition(start if above is None else above, indent, "")
            open_at = indent - 1
        above = (start if above is None else above) if words and found is None and ABOVE.match(words) else None


def match_definition(line: str, suffix: str) -> str | None:
    """Return what a line defines, ``function f`` or ``class A``; None for other lines."""
    if found := NAMED.match(line):
        kind = found["kind"].lower()
        return f"{WORDS.get(kind, kind)} {found['name'].rstrip(':.')}"
    found = ASSIGNED.match(line)
    if found is None and suffix in SHELL_SUFFIXES | {""}:
        found = SHELL.match(line)
    if found is None and suffix in TYPED_SUFFIXES:
        found = TYPED.match(line)
        if found is not None and (found["name"] in STATEMENTS or line.split()[0] in STATEMENTS):
            return None
    return f"function {found['name']}" if found else None
