"""The one of several things in an answer that a follow-up picks by its place: the second one."""

from __future__ import annotations

import re

from rag.followups.phrases import names_of

PLACES = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "latter": -1}
PICKS = re.compile(
    rf"\bthe (?P<place>{'|'.join(PLACES)})"
    r"(?: one)?(?=\s*(?:[?.!,;]|$)|\s+(?:is|are|was|were|do|does|did|has|had|have)\b)",
    re.IGNORECASE,
)
"""Picks by place; ``the second quarter`` picks nothing."""
PICKS_ONE = re.compile(rf"\bthe (?P<place>{'|'.join(PLACES)}) one\b", re.IGNORECASE)

RECORD = re.compile(r"^[^:;|.?!]{1,60}: (?P<value>[^;|]{1,80})(?:;|$)")
ENUMERATION = re.compile(r"(?P<items>[^,.;:()]+(?:, [^,.;:()]+)+,? (?:and|or) [^,.;:()]+|[^,.;:()]+ and [^,.;:()]+)")
BETWEEN = re.compile(r",? (?:and|or) |, ")
BEFORE_ITEM = re.compile(r"^(?:.*\b(?:is|are|was|were|be)\s+)?\W*(?:(?:the|an?|our)\s+)?", re.IGNORECASE)
ITEM_WORDS_MOST = 6


def choose_item(question: str, answer: str) -> str:
    """Return the thing of an answer that a question picks by its place; empty where it picks none.

    >>> choose_item("How long is the second one?", "We build the Tern 24, the Tern 28 and the Skua 30.")
    'Tern 28'
    """
    picked = PICKS_ONE.search(question) or PICKS.search(question)
    if picked is None:
        return ""
    items = items_of(answer)
    place = PLACES[picked["place"].lower()]
    return items[place] if len(items) > 1 and place < len(items) else ""


def items_of(answer: str) -> list[str]:
    """Return the things that an answer lists: its rows by their first value, else what it enumerates or names."""
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    rows = [match["value"].strip() for line in lines if (match := RECORD.match(line))]
    if len(rows) > 1:
        return rows
    cells = [line.split(" | ")[0].strip() for line in lines if " | " in line][1:]
    if len(cells) > 1:
        return cells
    for listed in ENUMERATION.finditer(answer):
        items = [named_part(item) for item in BETWEEN.split(listed["items"])]
        if all(0 < len(item.split()) <= ITEM_WORDS_MOST for item in items):
            return items
    return list(dict.fromkeys(names_of(answer)))


def named_part(item: str) -> str:
    """Return the name within an item of an enumeration, else the item without what stands before it."""
    names = names_of(f"; {item}")
    return names[-1] if names else BEFORE_ITEM.sub("", item).strip()
