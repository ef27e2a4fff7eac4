"""What kind of thing something is said to be: ``the retail company Lind`` and ``the transport company Lind``."""

from __future__ import annotations

import re

from rag.conflicts.statements import Difference, Statement
from rag.terms import Question, analyse

ASKS_KIND = re.compile(
    r"\b(?:what|which) (?:kind|sort|type) of (?:an? )?(?P<head>[a-z]{3,})\b (?:is|was|are|were) (?P<name>\S.*?)\s*\?",
    re.IGNORECASE,
)
MODIFIERS = r"(?P<modifiers>(?:[^\W\d_][\w’'-]* ){1,5}?)"
MODIFIERS_MOST = 4


def compare_kinds(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two descriptions of what the question asks the kind of; None where one holds the other."""
    asked = ASKS_KIND.search(question.text)
    if asked is None:
        return None
    said = [describe(s.text, asked["head"], asked["name"]) for s in (first, second)]
    keys = [analyse(words).keys for words in said]
    return Difference(*said) if all(said) and keys[0] - keys[1] and keys[1] - keys[0] else None


def describe(text: str, head: str, name: str) -> str:
    """Return the words before `head` where a text calls `name` so, with it; empty where it does not.

    >>> describe("We met the Swedish retail company Lindqvist.", "company", "Lindqvist")
    'Swedish retail company'
    >>> describe("Lindqvist, a family company, grew.", "company", "Lindqvist")
    'family company'
    """
    thing, noun = re.escape(name), rf"{re.escape(head)}"
    forms = (
        rf"\b(?:the|an?) {MODIFIERS}{noun},? {thing}\b",
        rf"\b{thing}(?:, | is | was |, which is ){{1}}(?:the|an?) {MODIFIERS}{noun}\b",
    )
    for form in forms:
        match = re.search(form, text, re.IGNORECASE)
        if match and len(match["modifiers"].split()) <= MODIFIERS_MOST:
            return f"{match['modifiers']}{head}"
    return ""
