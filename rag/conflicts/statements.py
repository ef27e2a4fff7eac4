"""Two sentences compared: do they say different things of the same?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.computations import is_part_of_name, same_amount
from rag.conflicts.clauses import CONDITIONAL
from rag.terms import Analysis, Quantity, Question, analyse, bag, offers

SHARED_OF_SHORTER = 0.75
SHARED_OF_LONGER = 0.5
"""Shares of its words, values aside, that each of the two sentences must have in common with the other."""

SHARED_LEAST = 2
"""Words that they have in common at least."""

SAME_STATEMENT = 0.8
"""Share of both from which a negation in one of them contradicts the other."""

NAME_WORDS_MOST = 4
NOT_ONLY = re.compile(r"\bnot (?:only|just|merely|simply)\b", re.IGNORECASE)
YEARS = range(1000, 2200)
RANGE = re.compile(r"\d\S{0,3}\s?(?:-|–|—|to|and|or)\s?[$€£¥]?\d|\bbetween\b")
"""An amount that goes from one number to another."""

APPORTIONS = re.compile(
    r"\b(?:each|per|every|additional|another|further|extra|first|second|third|last|previous|next|half|other|others"
    r"|remaining|rest|initial|initially|originally|former|formerly|up to|at least|at most|minimum|maximum|average"
    r"|median|typically|usually|between|only|including|of which|if|unless|except|until|before|after|since|by)\b",
    re.IGNORECASE,
)
"""Words that make a value one of a part, a limit, a case or a time; both sentences must say the same of them."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence as it is compared.

    Attributes:
        text: The sentence.
        analysis: What it is made of.
        names: Its names, numbers that belong to one with it (``opus 4``).
        numbers: The other numbers, years and days aside.
        years: Its years.
        apportions: Its words that make a value one of a part, a limit or a case, in lower case.
        about: Title and headings that it stands under.
        around: The passage that it stands in.
    """

    text: str
    analysis: Analysis
    names: frozenset[str]
    numbers: tuple[Quantity, ...]
    years: frozenset[float]
    apportions: frozenset[str]
    about: str = ""
    around: str = ""

    def carries(self, key: str) -> bool:
        """Return whether the sentence, or what it stands under, has a word."""
        return bag(self.text).credit(key) > 0 or bag(self.about).credit(key) > 0


@dataclass(frozen=True, slots=True)
class Difference:
    """What two statements say of the same: a value each; both empty where one affirms what the other denies."""

    first: str
    second: str


@lru_cache(maxsize=2048)
def read_statement(text: str, about: str = "", around: str = "") -> Statement:
    """Take a sentence, with what it stands under and in, apart for comparing."""
    analysis = analyse(text)
    named: set[str] = set(analysis.names)
    numbers: list[Quantity] = []
    years: set[float] = set()
    for number in analysis.numbers:
        if not number.unit and not number.counted and not number.spelled and number.value in YEARS:
            years.add(number.value)
        elif is_part_of_name(text, number):
            before = [term for term in analysis.terms if term.end <= number.start]
            named.add(f"{before[-1].key if before else ''} {number.value:g}")
        elif number.unit != "day of a month":
            numbers.append(number)
    said = frozenset(match.group().lower() for match in APPORTIONS.finditer(text))
    return Statement(text, analysis, frozenset(named), tuple(numbers), frozenset(years), said, about, around)


def compare(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return how two statements contradict each other on what is asked; None where they do not, surely enough."""
    if not same_subject(first, second, question):
        return None
    if question.kind in ("person", "place"):
        return compare_names(first, second, question)
    if not same_names(first, second):
        return None
    if question.kind == "time":
        return compare_years(first, second)
    if first.years != second.years or months(first) != months(second):
        return None
    return compare_amounts(first, second, question) or compare_negation(first, second, question)


def same_subject(first: Statement, second: Statement, question: Question) -> bool:
    """Return whether both carry the same of the question, and hold the same words but for few."""
    asked = [term.key for term in question.terms]
    said = [{key for key in asked if bag(s.text).credit(key) > 0} for s in (first, second)]
    shared = {key for key in asked if first.carries(key) and second.carries(key)}
    if not (said[0] | said[1] <= shared) or len(shared) <= len(asked) / 2:
        return False
    if first.apportions != second.apportions:
        return False
    own, other = frame(first, question), frame(second, question)
    held = bag(second.text)
    common = sum(held.credit(key) > 0 for key in own) + len(first.years & second.years)
    shorter, longer = sorted((len(own) + len(first.years), len(other) + len(second.years)))
    return common >= max(SHARED_LEAST, SHARED_OF_SHORTER * shorter, SHARED_OF_LONGER * longer) and not swaps_one(
        first, second, question
    )


def frame(statement: Statement, question: Question) -> frozenset[str]:
    """Return the words that say of what the value is: all, but names where a name is asked for."""
    keys = frozenset(key for key in statement.analysis.keys if not key.startswith("month-"))
    asked = frozenset(term.key for term in question.terms)
    return keys - (statement.analysis.names - asked) if question.kind in ("person", "place") else keys


def swaps_one(first: Statement, second: Statement, question: Question) -> bool:
    """Return whether one word stands in place of another: the fee for students and the fee for adults."""
    held = bag(first.text), bag(second.text)
    only_first = [key for key in frame(first, question) if not held[1].credit(key)]
    only_second = [key for key in frame(second, question) if not held[0].credit(key)]
    return len(only_first) == len(only_second) == 1


def same_names(first: Statement, second: Statement) -> bool:
    """Return whether no name of one is missing from the other; numbers that belong to a name must be the same."""
    numbered = [{name for name in s.names if " " in name} for s in (first, second)]
    plain = [{name for name in s.names if " " not in name} for s in (first, second)]
    lacks = [
        any(not bag(other.text).credit(name) for name in own) for own, other in zip(plain, (second, first), strict=True)
    ]
    return numbered[0] == numbered[1] and not all(lacks)


def months(statement: Statement) -> frozenset[str]:
    """Return the months that a statement names."""
    return frozenset(key for key in statement.analysis.keys if key.startswith("month-"))


def compare_amounts(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two amounts, where each has one of its kind, and they differ by more than rounding and unit."""
    if any(RANGE.search(s.text) for s in (first, second)):
        return None
    if question.kind == "amount" and not (offers(question, first.text) and offers(question, second.text)):
        return None
    known = question.analysis.numbers
    if question.kind == "yes_no" and not known:
        return None
    found: list[Difference] = []
    for own in first.numbers:
        rivals = [other for other in second.numbers if of_kind(first, own, second, other)]
        mine = [other for other in first.numbers if of_kind(first, own, first, other)]
        if len(rivals) != 1 or len(mine) != 1 or any(own.agrees(n) or rivals[0].agrees(n) for n in known):
            continue
        if not same_amount(own, rivals[0]):
            found.append(Difference(written(first.text, own), written(second.text, rivals[0])))
    # Two amounts that differ are those of two things.
    return found[0] if len(found) == 1 else None


def of_kind(first: Statement, own: Quantity, second: Statement, other: Quantity) -> bool:
    """Return whether two numbers measure in the same way, another unit of the family included, or count the same."""
    if bool(own.unit) != bool(other.unit) or own.rate != other.rate or own.bound or other.bound:
        return False
    if own.unit:
        return own.unit == other.unit or same_amount(own, other, family_only=True)
    return bool(counted(first, own) & counted(second, other))


def counted(statement: Statement, number: Quantity) -> frozenset[str]:
    """Return the words that may say what a number without unit counts: the next two of its clause."""
    stop = re.search(r"[.,;:()]", statement.text[number.end :])
    end = number.end + stop.start() if stop else len(statement.text)
    return frozenset([term.key for term in statement.analysis.terms if number.end <= term.start < end][:2])


def compare_years(first: Statement, second: Statement) -> Difference | None:
    """Return the two years, where each names one."""
    if len(first.years) != 1 or len(second.years) != 1 or first.years == second.years:
        return None
    return Difference(f"{min(first.years):g}", f"{min(second.years):g}")


def compare_names(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two names, where each says one that the question does not, and the other lacks it."""
    if first.years != second.years and first.years and second.years:
        return None
    said = [name_said(own, other, question) for own, other in ((first, second), (second, first))]
    return Difference(said[0], said[1]) if all(said) else None


def name_said(own: Statement, other: Statement, question: Question) -> str:
    """Return the one name of a statement that neither the question nor the other one has; empty where not just one."""
    asked, held = bag(question.text), bag(other.text)
    named = own.analysis.names | own.analysis.openers
    terms = [t for t in own.analysis.terms if t.key in named and not asked.credit(t.key)]
    terms = [t for t in terms if not t.key.startswith("month-")]
    if not terms or any(held.credit(term.key) for term in terms) or len(terms) > NAME_WORDS_MOST:
        return ""
    run = own.text[terms[0].start : terms[-1].end]
    return (
        run
        if re.fullmatch(r"[^\s,;()]+(?: (?:of |the |de |von |van )?[^\s,;()]+)*", run)
        and len(run.split()) <= NAME_WORDS_MOST
        else ""
    )


def compare_negation(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return that one denies what the other affirms, where they say the same but for one negation."""
    own, other = first.analysis, second.analysis
    if (own.negations - other.negations) % 2 == 0 or first.numbers or second.numbers:
        return None
    if any(NOT_ONLY.search(s.text) or CONDITIONAL.match(s.text) for s in (first, second)):
        return None
    held = bag(second.text)
    shared = sum(held.credit(key) > 0 for key in own.keys)
    alike = shared >= max(SHARED_LEAST + 1, SAME_STATEMENT * max(len(own.keys), len(other.keys)))
    return Difference("", "") if alike and (own.negated | other.negated) & own.keys & other.keys else None


def written(text: str, number: Quantity) -> str:
    """Return a number as it stands in the text, its currency and what it counts included."""
    sign = re.search(r"[-−]?[$€£¥]?\s?$", text[: number.start])
    start = number.start - len(sign.group().lstrip()) if sign else number.start
    end = number.end + 1 + len(number.counted) if number.counted else number.end
    return text[start:end]
