"""What of an OpenDocument is hidden: by a style, or by its section or field."""

from __future__ import annotations

from collections.abc import Collection
from xml.etree.ElementTree import Element

from rag.reading.archive import attribute, local

STYLES_MAX = 20
"""Most styles that one rests on."""
FIELDS = ("hidden-text", "hidden-paragraph")


def hidden_styles(*roots: Element) -> frozenset[str]:
    """Return the names of the styles whose text or slide is hidden; a style has what the one it rests on has."""
    parents: dict[str, str] = {}
    is_hidden: dict[str, bool] = {}
    for style in (each for root in roots for each in root.iter() if local(each) == "style"):
        name = attribute(style, "name")
        parents[name] = attribute(style, "parent-style-name")
        for properties in style:
            if local(properties) == "text-properties" and (shown := attribute(properties, "display")):
                is_hidden[name] = shown == "none"
            elif local(properties) == "drawing-page-properties" and (seen := attribute(properties, "visibility")):
                is_hidden[name] = seen == "hidden"
    found = set()
    for name in parents:
        ancestor = name
        for _ in range(STYLES_MAX):
            if ancestor in is_hidden or ancestor not in parents:
                break
            ancestor = parents[ancestor]
        if is_hidden.get(ancestor):
            found.add(name)
    return frozenset(found)


def remove_hidden(body: Element, hidden: Collection[str]) -> None:
    """Take what is hidden out of a document; what stands after it stays. Slides stay, for they are counted.

    Args:
        body: The document, which is changed.
        hidden: Styles of what is hidden.
    """
    for parent in list(body.iter()):
        before: Element | None = None
        for child in list(parent):
            if local(child) == "page" or not is_hidden(child, hidden):
                before = child
                continue
            if before is None:
                parent.text = (parent.text or "") + (child.tail or "")
            else:
                before.tail = (before.tail or "") + (child.tail or "")
            parent.remove(child)


def is_hidden(element: Element, hidden: Collection[str]) -> bool:
    """Tell whether an element is hidden: by its style, as a section, or as a field that hides itself."""
    name = local(element)
    if name in FIELDS:
        return attribute(element, "is-hidden") == "true"
    if name == "section" and attribute(element, "display") == "none":
        return True
    return name in ("span", "p", "h") and attribute(element, "style-name") in hidden
