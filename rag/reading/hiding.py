"""What of an HTML document its own styles hide: told by declarations and style sheets, without laying it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

RULES_MAX = 2000
SHEETS_MAX_CHARACTERS = 1_000_000
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(px|pt|em|rem|ex|ch|%|vw|vh)?")
FAR_PIXELS = -500
"""What begins so far to the left or above cannot be scrolled to."""
NOTHING_PIXELS = 1
WHITE = {"white": "#ffffff", "#fff": "#ffffff", "black": "#000000", "#000": "#000000"}
CLIPPED = re.compile(
    r"rect\(\s*(?:[01](?:px)?[\s,]+){3}[01](?:px)?\s*\)|inset\(\s*(?:50|100)%.*\)|circle\(\s*0\D*\)", re.I
)
TOGGLED = frozenset(("opacity", "transform", "clip", "clip-path", "max-height", "font-size"))
"""Properties by which a style sheet animates what is seen in the end, or which what lies within sets anew: in a sheet
they are not believed."""
SHOWING = frozenset(("display", "visibility", "left", "top", "text-indent"))
"""Properties by which a later rule may show what an earlier one hid."""
WHOLE = ("html", "body")
"""These are never taken for hidden: a script shows them in the end."""
SIZED = "[style*='font-size']"
AROUND = frozenset(("color", "background", "background-color", "overflow", "position", "width", "height", "max-height"))
"""Properties that hide only together with others."""


def hides(node: LexborNode) -> bool:
    """Tell whether the declarations in an element's own ``style`` hide it.

    A type of no size hides nothing where what lies within sets a size of its own, as in letters.
    """
    style = node.attributes.get("style")
    if not style or node.tag in WHOLE:
        return False
    declared = read_declarations(style)
    if not any(reasons(declared)):
        return False
    size = declared.pop("font-size", None)
    if size is None or any(reasons(declared)):
        return True
    return all(child.css_first(SIZED) is None for child in node.iter())


def read_declarations(style: str) -> dict[str, str]:
    """Return the value of each property that is declared, in lower case; the last one where there are several.

    >>> read_declarations("Color: RED; display /* x */: none !important")
    {'color': 'red', 'display': 'none'}
    """
    found: dict[str, str] = {}
    for declaration in COMMENT.sub("", style).lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip()] = value.partition("!")[0].strip()
    return found


def reasons(declared: Mapping[str, str]) -> Iterator[bool]:
    """Yield, for each way to hide an element, whether it is declared."""
    yield declared.get("display") == "none"
    yield declared.get("visibility") in ("hidden", "collapse")
    yield pixels(declared.get("opacity", "")) == 0
    yield -1 < pixels(declared.get("font-size", "")) <= NOTHING_PIXELS
    yield pixels(declared.get("text-indent", "")) <= FAR_PIXELS
    placed = declared.get("position") in ("absolute", "fixed")
    yield placed and any(pixels(declared.get(side, "")) <= FAR_PIXELS for side in ("left", "top", "right", "bottom"))
    yield any(CLIPPED.match(declared.get(name, "")) is not None for name in ("clip", "clip-path"))
    sizes = [pixels(declared.get(side, "")) for side in ("width", "height", "max-height")]
    yield declared.get("overflow") == "hidden" and any(0 <= size <= NOTHING_PIXELS for size in sizes)
    yield re.fullmatch(r"scale\(\s*0(?:\.0*)?\s*\)", declared.get("transform", "")) is not None
    color, behind = declared.get("color"), declared.get("background-color") or declared.get("background")
    yield color is not None and behind is not None and WHITE.get(color, color) == WHITE.get(behind, behind)


def pixels(value: str) -> float:
    """Return a length in pixels, roughly; what is none as one that hides nothing."""
    found = LENGTH.fullmatch(value)
    if found is None:
        return 1e6
    return float(found[1]) * (16 if found[2] in ("em", "rem") else 1)


def hide_styled(tree: LexborHTMLParser) -> None:
    """Mark what the style sheets within a document hide as ``hidden``.

    Rules are taken in their order, a later one over an earlier one; what holds only on some media is passed over.
    """
    from selectolax.lexbor import SelectolaxError

    sheets = "".join(f"{node.text()}\n" for node in tree.css("style"))[:SHEETS_MAX_CHARACTERS]
    hidden: dict[int, set[str]] = {}
    rules = [rule for rule in split_rules(sheets) if decides(rule[1])]
    for selector, declared in rules[:RULES_MAX]:
        says = {name for name in declared if name not in TOGGLED}
        hiding = any(reasons({name: declared[name] for name in says}))
        try:
            nodes = tree.css(selector) if hiding or hidden else []
        except (SelectolaxError, ValueError):
            continue
        for node in nodes:
            if node.tag in WHOLE or not (hiding or node.mem_id in hidden):
                continue
            of_node = hidden.setdefault(node.mem_id, set())
            of_node.difference_update(says)
            if hiding:
                of_node.update(says - AROUND or says)
                node.attrs["hidden"] = ""
            elif not of_node and "hidden" in node.attributes:
                del node.attrs["hidden"]


def decides(declared: Mapping[str, str]) -> bool:
    """Tell whether declarations may hide an element, or show it again."""
    return any(reasons(declared)) or not SHOWING.isdisjoint(declared)


def split_rules(sheet: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield selector and declarations of each rule that holds on every medium.

    >>> list(split_rules("a{b:c} @media print{a{display:none}} d,e{f:g}"))
    [('a', {'b': 'c'}), ('d,e', {'f': 'g'})]
    """
    depth, start, selector = 0, 0, ""
    sheet = COMMENT.sub("", sheet)
    for brace in re.finditer(r"[{}]", sheet):
        if brace.group() == "{":
            if depth == 0:
                selector = sheet[start : brace.start()].rpartition(";")[2].strip()
            depth += 1
            start = brace.end() if depth == 1 else start
        elif depth:
            depth -= 1
            if depth == 0:
                if selector and not selector.startswith("@"):
                    yield selector, read_declarations(sheet[start : brace.start()])
                start = brace.end()
