"""Words of a paragraph of a Word document, without what is deleted or hidden."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from xml.etree.ElementTree import Element

from rag.reading.archive import attribute, local
from rag.reading.blocks import clean
from rag.reading.raised import write_raised

SKIPPED = frozenset(("del", "moveFrom", "Fallback", "instrText", "delText", "rPr", "pPr", "sectPr", "tblPr", "trPr"))
Note = tuple[str, str]
"""A reference to a note: the name of its element and its identifier."""


def walk(paragraph: Element, hidden: Collection[str] = ()) -> Iterator[Element]:
    """Yield the elements below a paragraph, in order, but for what is skipped or hidden and what lies in a text box.

    Args:
        paragraph: The paragraph.
        hidden: Styles whose text is hidden.
    """
    by_style = style_of(paragraph, "pPr", "pStyle") in hidden
    waiting = list(reversed(paragraph))
    while waiting:
        each = waiting.pop()
        name = local(each)
        if name in SKIPPED or (name == "r" and is_hidden(each, hidden, by_style=by_style)):
            continue
        yield each
        if name != "txbxContent":
            waiting.extend(reversed(each))


def words_of(paragraph: Element, notes: Mapping[Note, int] | None = None, hidden: Collection[str] = ()) -> str:
    """Return the words of a paragraph, with the numbers of its notes."""
    found: list[str] = []
    is_raised = False
    for element in walk(paragraph, hidden):
        name = local(element)
        if name == "r":
            is_raised = is_superscript(element)
        elif name == "t":
            words = element.text or ""
            found.append((is_raised and write_raised("".join(found[-3:]), words)) or words)
        elif name in ("tab", "ptab"):
            found.append("\t")
        elif name in ("br", "cr"):
            found.append("\n")
        elif name == "noBreakHyphen":
            found.append("-")
        elif notes and (number := notes.get((name, attribute(element, "id")))):
            found.append(f" [{number}]")
    return "\n".join(filter(None, (clean(line) for line in "".join(found).split("\n"))))


def is_hidden(run: Element, hidden: Collection[str], *, by_style: bool) -> bool:
    """Tell whether a run is hidden text: as it says itself, or else by its style or that of its paragraph."""
    properties = find(run, "rPr")
    vanish = find(properties, "vanish") if properties is not None else None
    if vanish is not None:
        return is_on(vanish)
    return by_style or style_of(run, "rPr", "rStyle") in hidden


def is_superscript(run: Element) -> bool:
    """Tell whether a run stands raised, as the marks of notes do that were written by hand."""
    properties = find(run, "rPr")
    aligned = find(properties, "vertAlign") if properties is not None else None
    return aligned is not None and attribute(aligned, "val") == "superscript"


def is_on(switch: Element) -> bool:
    """Tell whether a property that is there or not is there."""
    return attribute(switch, "val") not in ("0", "false", "off")


def style_of(element: Element, properties_name: str, style_name: str) -> str | None:
    """Return the identifier of the style that a paragraph or a run names; None where it names none."""
    properties = find(element, properties_name)
    style = find(properties, style_name) if properties is not None else None
    return attribute(style, "val") if style is not None else None


def find(element: Element, name: str) -> Element | None:
    """Return the first child of this name."""
    return next((child for child in element if local(child) == name), None)
