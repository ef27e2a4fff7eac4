"""What an earlier source says of a thing, and a later one by which it is changed.

The earlier one must speak of just what is changed, and both must give the kind of value that is asked for, unless the
later one only takes back what the other says.
"""

from __future__ import annotations

import re

from rag.computations import same_amount
from rag.conflicts.amendments import ANEW, GENERIC, Amendment, read_amendment
from rag.conflicts.clauses import clauses
from rag.conflicts.days import read_days
from rag.conflicts.overturned import CALLED_OFF, carries_numbers
from rag.conflicts.reworded import marks, subject_of
from rag.conflicts.statements import Difference, Statement, counted, read_statement, written
from rag.terms import Question, analyse, bag, carries_or_means, offers

TO_VALUE = re.compile(r"\b(?:to|at|is|are|be|now)(?: now)?\s+[$€£¥]?$")
"""Stands before the value that something has now, and not before that by which it is changed."""

NEW_VALUE = re.compile(r"\bto\b.*$")
CLOCK = re.compile(r"\b\d{1,2}(?:[.:]\d\d)?\s?[ap]\.?m\b|\b\d{1,2}:\d\d\b|\bnoon\b|\bmidnight\b", re.IGNORECASE)
WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")


def compare_amended(earlier: Statement, later: Statement, question: Question) -> Difference | None:
    """Return what was and what is, where the later of two statements says that the thing of the earlier is changed.

    Args:
        earlier: A statement of a source that is surely the earlier.
        later: One of a later source, or of a later part of the same one.
        question: What is asked.
    """
    amendment = read_amendment(later.text)
    if amendment is None or not is_of(amendment, earlier, later, question):
        return None
    if takes_back(amendment, earlier, later, question):
        return Difference("", "")
    now = read_statement(amendment.text, later.about, later.around)
    return changed_amount(earlier, now, question) or changed_otherwise(earlier, now, amendment, question)


def is_of(amendment: Amendment, earlier: Statement, later: Statement, question: Question) -> bool:
    """Return whether a change is one of the very thing that the earlier statement and the question speak of."""
    keys = subject_of(question)
    beside = bag(f"{earlier.text}. {earlier.about}")
    asked = [key for key in keys if carries_or_means(beside, key)]
    if 2 * len(asked) < len(keys) or not any(carries_or_means(bag(earlier.text), key) for key in keys):
        return False
    if amendment.plain:
        # Nothing tells what is changed but what is asked: both must say all of it.
        return all(carries_or_means(bag(s.text), key) for s in (earlier, later) for key in keys)
    if not all(carries_or_means(beside, key) for key in amendment.thing):
        return False
    if not any(carries_or_means(bag(" ".join(amendment.thing)), key) for key in keys):
        return False
    return carries_numbers(later, question) and not of_another_part(amendment, earlier, later, question)


def of_another_part(amendment: Amendment, earlier: Statement, later: Statement, question: Question) -> bool:
    """Return whether the change is one of a part, a place or a group that is neither the earlier one's nor asked for.

    The other way round, what the question asks of by name, the later one must have around it.
    """
    known = bag(". ".join((question.text, earlier.text, earlier.about)))
    clause = next((c for c in clauses(amendment.text) if amendment.thing <= analyse(c).keys), amendment.text)
    part = marks(read_statement(clause), question) & analyse(NEW_VALUE.sub("", clause)).keys
    if any(not carries_or_means(known, key) for key in part - GENERIC):
        return True
    names = [{key for key in analyse(s.about).names if not key.startswith("month-")} for s in (earlier, later)]
    if all(names) and not names[0] & names[1]:
        return True
    near = bag(". ".join((later.text, later.about, later.around)))
    return any(not carries_or_means(near, key) for key in question.analysis.names if not key.startswith("month-"))


def takes_back(amendment: Amendment, earlier: Statement, later: Statement, question: Question) -> bool:
    """Return whether the later statement takes back what the earlier one says, and gives nothing in its place."""
    if amendment.undone:
        about_value = question.kind in ("amount", "time", "person", "place")
        return CALLED_OFF.search(earlier.text) is None and (len(amendment.thing) > 1 or not about_value)
    turned = bool(earlier.analysis.negations) != bool(later.analysis.negations)
    return turned and ANEW.search(later.text) is not None and question.kind == "yes_no"


def changed_amount(earlier: Statement, now: Statement, question: Question) -> Difference | None:
    """Return the amount that was and the one that is, where both have one of a kind; empty where they have several."""
    pairs = [
        (own, other)
        for own in earlier.numbers
        for other in now.numbers
        if (own.unit and other.unit and (own.unit == other.unit or same_amount(own, other, family_only=True)))
        or (not own.unit and not other.unit and counted(earlier, own) & counted(now, other))
    ]
    if question.kind == "amount":
        pairs = [pair for pair in pairs if all(offers(question, s.text) for s in (earlier, now))]
    if not pairs or question.kind in ("time", "person", "place", "reason"):
        return None
    to_value = [pair for pair in pairs if TO_VALUE.search(now.text[: pair[1].start])] or pairs
    if len({own.start for own, _ in to_value}) > 1 or len(to_value) > 1:
        return Difference("", "")
    ((own, other),) = to_value
    if same_amount(own, other):
        return None
    return Difference(written(earlier.text, own), written(now.text, other))


def changed_otherwise(
    earlier: Statement, now: Statement, amendment: Amendment, question: Question
) -> Difference | None:
    """Return that another time, person, place or thing is said; None where the kind asked for is not in both."""
    if question.kind == "time":
        return changed_time(earlier, now)
    if question.kind == "place" or (question.kind == "person" and amendment.plain):
        return Difference("", "") if offers(question, now.text) and has_name(earlier, question) else None
    if question.kind in ("amount", "person", "reason") or amendment.plain:
        return None
    return Difference("", "") if is_described(earlier.text, amendment.thing) else None


def has_name(statement: Statement, question: Question) -> bool:
    """Return whether a statement has a capitalised word that the question has not, its first one aside."""
    said = statement.analysis
    asked = bag(question.text)
    return any(t.key in said.names | said.openers and not asked.credit(t.key) for t in said.terms[1:])


def is_described(text: str, thing: frozenset[str]) -> bool:
    """Return whether a sentence says what something is: a verb of being stands right behind its words.

    >>> is_described("The house wine is a Riesling.", analyse("house wine").keys)
    True
    >>> is_described("The kitchen has two ovens.", analyse("kitchen").keys)
    False
    """
    ends = [term.end for term in analyse(text).terms if term.key in thing]
    return bool(ends) and re.match(r"[\"”’']?\s+(?:is|are|was|were|will be|remains?)\b", text[max(ends) :]) is not None


def changed_time(earlier: Statement, now: Statement) -> Difference | None:
    """Return the times of day, days of the week or dates of two statements that have one of the same kind each."""
    for kind in (CLOCK, WEEKDAY):
        said = [kind.findall(s.text) for s in (earlier, now)]
        if all(said):
            same = said[0] == said[1]
            return None if same else Difference(said[0][0], said[1][-1]) if len(said[0]) == 1 else Difference("", "")
    days = [read_days(s.text) for s in (earlier, now)]
    if not all(days) or not days[0][0].differs(days[1][-1]):
        return None
    return Difference(*(s.text[d.start : d.end] for s, d in ((earlier, days[0][0]), (now, days[1][-1]))))
