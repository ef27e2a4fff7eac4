"""A question that is answered by yes or no, and two sentences of which one says yes and the other no."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.conflicts.clauses import CONDITIONAL, clauses, limits_of
from rag.conflicts.statements import NOT_ONLY, Difference, Statement
from rag.terms import Question, analyse, bag, carries_or_means
from rag.terms.lexicon import listed

CARRIED = 0.7
"""Share of the question's words that each of both must carry."""

CARRIED_LEAST = 3
HIGHEST = listed("top high highest latest newest last uppermost strict strictest")
"""Stems that say that nothing in a numbered row stands above."""

NUMBERED = re.compile(r"\b(?P<name>[A-Z][\w’']*)[ -](?P<number>\d{1,3})\b(?![.,]?\d)")


def compare_denial(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return that one denies of the question what the other affirms: one of its words is turned round in just one."""
    if question.kind != "yes_no" or question.analysis.negations:
        return None
    keys = [term.key for term in question.terms]
    carried = [{key for key in keys if carries_or_means(bag(s.text), key)} for s in (first, second)]
    if any(len(own) < max(CARRIED_LEAST, CARRIED * len(keys)) for own in carried):
        return None
    if numbered(first.text) != numbered(second.text):
        return None
    denied = [denied_in(s.text, keys) for s in (first, second)]
    turned = (denied[0] ^ denied[1]) & carried[0] & carried[1] - question.analysis.names
    if not turned or all(denied):
        return None
    # What is denied of a case, or affirmed of one, leaves the rest as it is.
    return Difference("", "") if limits_of(first.text) == limits_of(second.text) else None


def denied_in(text: str, keys: Sequence[str]) -> frozenset[str]:
    """Return those of the question's words that a sentence turns round, in a clause that carries the question."""
    denied: set[str] = set()
    for clause in [] if NOT_ONLY.search(text) else clauses(text):
        part = analyse(clause)
        own = [key for key in keys if part.negations and carries_or_means(bag(clause), key)]
        if len(own) >= max(CARRIED_LEAST, CARRIED * len(keys)) and not CONDITIONAL.match(clause):
            denied |= part.negated & frozenset(keys)
    return frozenset(denied)


def compare_ranks(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two numbers of a row, where one is called the highest and the other stands above it.

    As ``Grade 4 is the top grade`` and ``she passed Grade 5``, asked whether Grade 4 is the top one.
    """
    asked = numbered(question.text)
    if len(asked) != 1 or not HIGHEST & {term.key for term in question.terms}:
        return None
    ((name, number),) = asked
    for own, other, turned in ((first, second, False), (second, first, True)):
        calls = (name, number) in numbered(own.text) and any(
            carries_or_means(bag(own.text), key) for key in sorted(HIGHEST)
        )
        above = max((value for row, value in numbered(other.text) if row == name), default=0)
        if calls and above > number and not any(value > number for row, value in numbered(own.text) if row == name):
            values = (shown(own.text, name, number), shown(other.text, name, above))
            return Difference(*(values[::-1] if turned else values))
    return None


def numbered(text: str) -> frozenset[tuple[str, int]]:
    """Return the names of a text with a whole number behind them: ``ASL-3``, ``Grade 4``."""
    return frozenset((match["name"], int(match["number"])) for match in NUMBERED.finditer(text))


def shown(text: str, name: str, number: int) -> str:
    """Return a numbered name as it stands in a text that has it."""
    found = (m.group() for m in NUMBERED.finditer(text) if (m["name"], int(m["number"])) == (name, number))
    return next(found, "")
