"""Two sentences that say of the same in different words: what the question asks for tells what is compared.

Stricter in what is asked for, freer in the words around it: each of them must carry the question itself, and hold
just one value of the kind that it asks for.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from rag.computations import same_amount
from rag.computations.operations import CONVERSIONS
from rag.conflicts.days import Day, read_days
from rag.conflicts.statements import (
    APPORTIONS,
    RANGE,
    Difference,
    Statement,
    counted,
    name_said,
    of_kind,
    written,
)
from rag.terms import Quantity, Question, bag, carries_or_means, opposite
from rag.terms.lexicon import listed
from rag.terms.matching import units_asked

EXACTLY = listed("exact precis")
"""Stems that ask for more than about how much."""

ASKS_DATE = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:day|date)\b|\bwhat (?:is|was|are)\b.*\b(?:date|deadline)\b", re.IGNORECASE
)
DATE_WORDS = listed("dat day deadlin")
PERIOD = re.compile(
    r"\b(?:how long|how many (?:months|years)|(?:what|which) (?:period|time ?span|time ?frame))\b", re.IGNORECASE
)
UNITS_NAMED = listed("millisecond second minute hour day week month year period percentag percent number amount")
"""Stems of a question that say in what is counted: an answer need not repeat them."""

COURSE = re.compile(r"\b(?:to|until|till|through)\b|[-–—]")
OF_WHAT = re.compile(r"\b(?:for|of|in|at|with|from|on|by)\s+(?:(?:the|an?|all|our|their|its|new|old) )*(?=[^\W\d_])")
"""What opens the words that say of which thing, group or place something is said."""

PLURAL_FIRST = re.compile(r"[A-Z][a-z]+[^s\W]s [a-z]")
"""A sentence that opens with those of whom it speaks: ``Adults pay``."""

NEAR_CHARACTERS = 24
"""On either side of a value, so far is looked for words that make it one of a part, a limit or a case."""

MONTH_S = 365.25 * 86400 / 12
CALENDAR_PLAY = 0.12
"""Relative difference of two lengths in different units up to which they may be one: four weeks and a month."""

SHARE_ITSELF = 0.5
SHARE_WITHIN = 0.75
"""Shares of the question's words that a sentence must carry by itself and with its passage around it, where the
question says in what it counts and both sentences have a name of it."""


def compare_reworded(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two values that are said of what is asked; None where they are not surely of the same."""
    if question.kind in ("yes_no", "reason") or not same_matter(first, second, question):
        return None
    if question.kind in ("person", "place"):
        return compare_named(first, second, question)
    if ASKS_DATE.search(question.text):
        return compare_days(first, second, question)
    if question.kind == "amount" or PERIOD.search(question.text):
        return compare_months_passed(first, second, question) or compare_one_amount(first, second, question)
    return None


def subject_of(question: Question) -> tuple[str, ...]:
    """Return the keys that say of what is asked, without those that say in what is counted."""
    left_out = EXACTLY | UNITS_NAMED | (DATE_WORDS if ASKS_DATE.search(question.text) else frozenset())
    keys = tuple(term.key for term in question.terms if term.key not in left_out)
    return tuple(key for key in keys if key != counted_key(question)) or keys


def counted_key(question: Question) -> str:
    """Return the key of what ``how many`` counts; empty where nothing is counted."""
    match = re.search(r"\bhow many ", question.text, re.IGNORECASE)
    return next((term.key for term in question.terms if match and term.start >= match.end()), "")


def same_matter(first: Statement, second: Statement, question: Question) -> bool:
    """Return whether both carry what the question is about, and neither speaks of another name, year or opposite."""
    keys = subject_of(question)
    named = frozenset(keys) & (question.analysis.names | question.analysis.openers)
    if not keys or not all(carries_subject(s, keys, named, question) for s in (first, second)):
        return False
    if first.years and second.years and first.years != second.years and not ASKS_DATE.search(question.text):
        return False
    return question.kind in ("person", "place") or not other_names(first, second, question)


def carries_subject(statement: Statement, keys: tuple[str, ...], named: frozenset[str], question: Question) -> bool:
    """Return whether a sentence, with what it stands under, is about the question."""
    itself, about, around = bag(statement.text), bag(statement.about), bag(statement.around)
    own = [key for key in keys if carries_or_means(itself, key)]
    under = [key for key in keys if key in own or carries_or_means(about, key)]
    if len(under) == len(keys) and own:
        return True
    if not (units_of(question) or PERIOD.search(question.text)) or not named & frozenset(own):
        return False
    within = [key for key in keys if key in under or carries_or_means(around, key)]
    return len(own) >= SHARE_ITSELF * len(keys) and len(within) >= SHARE_WITHIN * len(keys)


def other_names(first: Statement, second: Statement, question: Question) -> bool:
    """Return whether each has a name that neither the other nor the question has."""
    asked = bag(question.text)
    lacks = [
        {
            name
            for name in plain(own.names)
            if not any(held.credit(name) for held in (asked, bag(other.text), bag(other.about), bag(other.around)))
        }
        for own, other in ((first, second), (second, first))
    ]
    return all(lacks)


def of_other_parts(
    first: Statement, second: Statement, question: Question, values: frozenset[str] = frozenset()
) -> bool:
    """Return whether each says of which part it speaks, and not of the same: the fee for adults, the night pass.

    Or whether they say opposite things of it: it opens, it closes. The values themselves are no part.
    """
    asked = bag(". ".join((question.text, *sorted(values))))
    lacks = [
        [key for key in marks(own, question) if not (carries_or_means(asked, key) or carries_or_means(held, key))]
        for own, held in ((first, bag(second.text)), (second, bag(first.text)))
    ]
    return all(lacks) or bool(opposite(first.text, [second.text]))


def of_other_months(first: Statement, second: Statement) -> bool:
    """Return whether both name months, and none that the other names."""
    named = [{(day.month, day.year) for day in read_days(s.text)} for s in (first, second)]
    return all(named) and not named[0] & named[1]


def marks(statement: Statement, question: Question) -> set[str]:
    """Return the words that say of which part a sentence speaks.

    They stand behind ``for``, ``of`` and the like, right before a word of the question, or open it as its subject.
    """
    terms = [term for term in statement.analysis.terms if not term.key.startswith("month-")]
    openings = {match.end() for match in OF_WHAT.finditer(statement.text)}
    asked = frozenset(subject_of(question))
    before = {
        one.key
        for one, two in itertools.pairwise(terms)
        if two.key in asked
        and one.key not in asked
        and statement.text[one.end : two.start] in (" ", "-")
        and not re.search(r"(?:ed|ing)$", statement.text[one.start : one.end])
    }
    plural = {term.key for term in terms[:1] if PLURAL_FIRST.match(statement.text)}
    return before | plural | statement.analysis.subjects | {term.key for term in terms if term.start in openings}


def plain(names: Iterable[str]) -> list[str]:
    """Return names without those that are numbered, and without months."""
    return [name for name in names if " " not in name and not name.startswith("month-")]


def compare_days(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two dates, where each names just one, with nothing said of it that is not said of the other."""
    days = [read_days(s.text) for s in (first, second)]
    if any(len(found) != 1 for found in days) or not days[0][0].differs(days[1][0]):
        return None
    if limits(first, days[0][0]) != limits(second, days[1][0]) or of_other_parts(first, second, question):
        return None
    return Difference(*(s.text[found[0].start : found[0].end] for s, found in zip((first, second), days, strict=True)))


def compare_named(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two names, where each has just one, in the same part: behind ``by``, in a place, doing what is asked.

    A person's part and that of a place are told by the word before the name, or by the asked word behind it.
    """
    said = [name_said(own, other, question) for own, other in ((first, second), (second, first))]
    parts = [part_of(s.text, name, question) if name else "" for s, name in zip((first, second), said, strict=True)]
    fits = parts[0] == parts[1] != "" and (parts[0] == "place") == (question.kind == "place")
    return Difference(*said) if fits and not of_other_parts(first, second, question, frozenset(said)) else None


def part_of(text: str, name: str, question: Question) -> str:
    """Return the part that a name has in a sentence: ``by``, ``place``, ``does``; empty where it is none of these."""
    start = text.index(name)
    before, behind = text[:start].rstrip(), text[start + len(name) :]
    if re.search(r"\b(?:in|at|to|near)(?: the)?$", before):
        return "place"
    verb = re.match(r"\s+(?:(?:has|had|have|will|is|was|to)\s+)?([a-z]+)", behind)
    does = verb is not None and any(carries_or_means(bag(verb.group(1)), key) for key in subject_of(question))
    return "does" if does or re.search(r"\bby$", before) else ""


def compare_one_amount(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two amounts, where each has just one of the kind that is asked for."""
    own, other = (asked_for(s, question) for s in (first, second))
    if len(own) != 1 or len(other) != 1 or any(RANGE.search(s.text) for s in (first, second)):
        return None
    one, two = own[0], other[0]
    known = question.analysis.numbers
    if any(one.agrees(n) or two.agrees(n) for n in known) or limits(first, one) != limits(second, two):
        return None
    if same_amount(one, two) or same_time(one, two):
        exactly = EXACTLY & {term.key for term in question.analysis.terms}
        hedged = exactly and one.approximate != two.approximate
        return Difference(with_hedge(first.text, one), with_hedge(second.text, two)) if hedged else None
    if of_other_parts(first, second, question) or of_other_months(first, second):
        return None
    comparable = of_kind(first, one, second, two) or both_count(first, one, second, two, question)
    if not comparable and seconds_in(one) * seconds_in(two) == 0.0:
        return None
    return Difference(written(first.text, one), written(second.text, two))


def same_time(one: Quantity, two: Quantity) -> bool:
    """Return whether two lengths of time are one but for what months differ in: 30 days, four weeks, a month."""
    lengths = seconds_in(one), seconds_in(two)
    return min(lengths) > 0.0 and one.unit != two.unit and max(lengths) <= (1 + CALENDAR_PLAY) * min(lengths)


def seconds_in(number: Quantity) -> float:
    """Return a length of time in seconds, months taken as a twelfth of a year; 0.0 for what is no time."""
    family, factor = CONVERSIONS.get(number.unit, ("", 0.0))
    return number.value * factor * {"time": 1.0, "calendar": MONTH_S}.get(family, 0.0)


def asked_for(statement: Statement, question: Question) -> list[Quantity]:
    """Return the numbers of a sentence that are of the unit asked for; where none is, all that may count things."""
    units = units_of(question)
    if units:
        return [n for n in statement.numbers if n.unit in units and not n.bound]
    return [n for n in statement.numbers if not n.bound and n.unit != "time"]


def units_of(question: Question) -> frozenset[str]:
    """Return the units that a question asks for, by name (``how many hours``) or not; empty where any will do."""
    match = re.search(r"\bhow many (second|minute|hour|day|week|month|year|kilometre|mile)s?\b", question.text.lower())
    return frozenset({match.group(1)}) if match else units_asked(question.text)


def both_count(first: Statement, one: Quantity, second: Statement, two: Quantity, question: Question) -> bool:
    """Return whether each number counts what the question asks to count, or is said of it as ``X is`` 5."""
    if one.unit or two.unit or one.rate != two.rate:
        return False
    key = counted_key(question)
    return all(
        any(carries_or_means(bag(word), key) for word in counted(s, n)) or stands_for(s, n)
        for s, n in ((first, one), (second, two))
    )


def stands_for(statement: Statement, number: Quantity) -> bool:
    """Return whether a number ends its clause behind a verb of being, as in ``Attendance was 3,050``."""
    before = statement.text[: number.start]
    behind = statement.text[number.end :]
    return (
        re.search(r"(?:\b(?:is|are|was|were|at|of|to|as|reached|totalled|totaled|:)|:)\s*$", before) is not None
        and re.match(r"\s*(?:$|[.,;)]|\b(?:in|on|at|this|last|and)\b)", behind) is not None
    )


def compare_months_passed(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two lengths, where one sentence gives a number of months and the other its first and last month."""
    for own, other, turned in ((first, second, False), (second, first, True)):
        said = [n for n in own.numbers if n.unit == "month" and not n.bound]
        course = read_course(other)
        if len(said) != 1 or course is None or said[0].approximate:
            continue
        begin, end = course
        passed = (end.month - begin.month) % 12 + 12 * max(0, end.year - begin.year - (end.month < begin.month))
        if passed and passed != said[0].value:
            values = (written(own.text, said[0]), other.text[begin.start : end.end])
            return Difference(*(values[::-1] if turned else values))
    return None


def read_course(statement: Statement) -> tuple[Day, Day] | None:
    """Return the first and last month of ``from 25 in September to 45 in January``; None where there are not two."""
    days = read_days(statement.text)[:2]
    if len(days) < 2 or days[0].day or days[1].day:
        return None
    between = statement.text[days[0].end : days[1].start]
    return (days[0], days[1]) if COURSE.search(between) and not re.search(r"[.;,]", between) else None


def limits(statement: Statement, value: Day | Quantity) -> frozenset[str]:
    """Return the words near a value that make it one of a part, a limit or a case."""
    near = statement.text[max(0, value.start - NEAR_CHARACTERS) : value.end + NEAR_CHARACTERS]
    return frozenset(match.group().lower() for match in APPORTIONS.finditer(near))


def with_hedge(text: str, number: Quantity) -> str:
    """Return a number as written with the ``about`` before it."""
    before = re.search(r"(?:\b(?:close to|up to|[a-z]+)|~)\s?$", text[: number.start])
    return text[before.start() if before and number.approximate else number.start : number.end]
