"""A sentence that says of what another source says that it is so no longer: changed, denied or called off.

Asked of any question, not only of one for yes or no. Both must be about what is asked, and what the one takes back
must stand in the other, word for word but for related forms: a party that is not held on a Friday may still be held
in the courtyard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rag.conflicts.changes import NO_CHANGE, VERBS, Change, read_changes
from rag.conflicts.clauses import CONDITIONAL, LIMITED, clauses
from rag.conflicts.reworded import marks, subject_of
from rag.conflicts.statements import NOT_ONLY, YEARS, Difference, Statement
from rag.terms import Analysis, Bag, Quantity, Question, analyse, bag, bag_of, carries_or_means, stem
from rag.terms.lexicon import listed

ASKED_SHARE = 0.5
"""Share of what the question is about that each of both must carry, with what it stands under."""

DENIED_LEAST = 3
"""Words at least that a denial must repeat of what it denies; fewer only where that has hardly more of them."""

DENIED_SHARE = 0.6
SHOWN_WORDS_MOST = 5
MISSING_SHARE = 0.2
"""Share of the words of a plan called off that the other source need not have."""

UNSURE = re.compile(
    r"\b(?:if|unless|whether|not yet|(?-i:may)(?! no)|might|could|should|would|propos(?:e|es|ed|al)|suggest\w*"
    r"|discuss\w*|ask(?:s|ed)?|consider\w*)\b",
    re.IGNORECASE,
)
"""What leaves open that anything was taken back."""

CALLED_OFF = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets?|got)(?: \w+ly| now| since| also| therefore)? (?:cancelled|canceled"
    r"|dropped|abandoned|scrapped|shelved|withdrawn|revoked|repealed|rescinded|abolished|discontinued|lifted"
    r"|called off|given up|annulled|overturned|reversed|suspended|terminated|removed)\b"
    r"|\b(?:cancelled|canceled|dropped|abandoned|scrapped|shelved|withdrew|revoked|repealed|rescinded|abolished"
    r"|discontinued|lifted|gave up|called off|overturned|reversed) (?=(?:the|its|their|our|this|these|all)\b)"
    r"|\bno longer (?:appl(?:y|ies)|applicable|valid|in (?:force|use|effect)|holds?|stands?)\b"
    r"|\b(?:has|have) (?:ended|expired|lapsed|fallen through)\b|\bfell through\b"
    r"|\b(?:will|does|do|did) not (?:go ahead|take place|happen|come about)\b"
)
OBJECT = re.compile(r"(?:the|its|their|our|this|these|all)\b")
PLANS = frozenset(
    stem(word)
    for word in listed(
        """plan idea proposal project decision intention rule limit limitation restriction ban agreement arrangement
        offer scheme requirement longer anymore"""
    )
)
"""What is called off, by a word that says nothing of it; and what goes with ``no``."""


class Retraction(NamedTuple):
    """What a sentence takes back.

    Attributes:
        keys: The words of it.
        names: Those of them that are names or months.
        numbers: Its numbers, years included.
        turned: The words that a negation turns round; empty where something is called off.
    """

    keys: frozenset[str]
    names: frozenset[str]
    numbers: tuple[Quantity, ...]
    turned: frozenset[str]


def compare_overturned(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return how one of two statements overturns the other on what is asked; None where it does not."""
    for standing, taking_back, turned in ((first, second, False), (second, first, True)):
        found = overturn(taking_back, standing, question)
        if found is not None:
            return Difference(found.second, found.first) if turned else found
    return None


def overturn(taking_back: Statement, standing: Statement, question: Question) -> Difference | None:
    """Return what is said in `standing` and in the statement that takes it back; None where that does not."""
    changes, retraction = read_changes(taking_back.text), read_retraction(taking_back.text)
    if not (changes or retraction) or UNSURE.search(taking_back.text):
        return None
    for change in changes:
        if is_of_old(standing, change) and is_asked(taking_back, standing, question, change):
            return shown(change)
    if retraction and takes_back(retraction, standing) and is_asked(taking_back, standing, question):
        return Difference("", "")
    return None


def is_of_old(standing: Statement, change: Change) -> bool:
    """Return whether a statement says what was, and nothing of what is."""
    old, new, held = analyse(change.old), analyse(change.new), bag(standing.text)
    if not (old.keys or old.numbers) or not carries_all(held, standing, old.keys, old.numbers):
        return False
    if new.keys <= old.keys and not new.numbers and change.new:
        return False
    said_anew = any(carries_or_means(held, key) for key in new.keys - old.keys)
    return not said_anew and not any(
        number.value == own.value
        for number in new.numbers
        for own in standing.analysis.numbers
        if number.value not in YEARS
    )


def carries_all(held: Bag, standing: Statement, keys: Iterable[str], numbers: Iterable[Quantity]) -> bool:
    """Return whether a statement has all these words and numbers; a number without unit is one of any unit."""
    said = standing.analysis.numbers
    return all(carries_or_means(held, key) for key in keys) and all(
        any(own.value == number.value and (own.unit == number.unit or not (number.unit and own.unit)) for own in said)
        for number in numbers
    )


def is_asked(taking_back: Statement, standing: Statement, question: Question, change: Change = NO_CHANGE) -> bool:
    """Return whether both are about the question, and of the same of what it asks about.

    What a change itself names says nothing of what it is a change of.
    """
    keys = subject_of(question)
    itself = analyse(f"{change.old}. {change.new}").keys
    rest = [key for key in taking_back.analysis.keys if key not in itself]
    for own, beside in ((frozenset(rest), taking_back), (standing.analysis.keys, standing)):
        held = bag_of(own)
        said = [key for key in keys if carries_or_means(held, key)]
        under = [key for key in keys if key in said or carries_or_means(bag(beside.about), key)]
        if not said or len(under) < ASKED_SHARE * len(keys):
            return False
    if not carries_numbers(taking_back, question):
        return False
    numbered = [frozenset(name for name in s.names if " " in name) for s in (taking_back, standing)]
    if all(numbered) and not numbered[0] & numbered[1]:
        return False
    return not of_another(taking_back, standing, question, itself)


def carries_numbers(statement: Statement, question: Question) -> bool:
    """Return whether a statement has the numbers by which the question names a thing: ``the Ember 80``."""
    named = [n for n in question.analysis.numbers if not n.unit and not n.spelled and n.value not in YEARS]
    held = {number.value for number in (*statement.analysis.numbers, *analyse(statement.about).numbers)}
    return all(number.value in held for number in named)


def of_another(taking_back: Statement, standing: Statement, question: Question, itself: frozenset[str]) -> bool:
    """Return whether each says of which part it speaks, and not of the same: the printer of sales, that of finance."""
    verbs = {stem(match.group()) for match in VERBS.finditer(taking_back.text)}
    lacks = [
        [key for key in marks(own, question) - itself - verbs - PLANS if not carries_or_means(bag(other.text), key)]
        for own, other in ((taking_back, standing), (standing, taking_back))
    ]
    return all(lacks)


def shown(change: Change) -> Difference:
    """Return what was and what is, where both are short enough to be shown; else that one denies the other."""
    old, new = change
    # ``from 14 to 16 euros`` says the unit once.
    unit = re.fullmatch(r"[$€£¥]?[\d.,]+ (\D{1,20})", new)
    if unit and re.fullmatch(r"[\d.,]+", old):
        old = f"{old} {unit.group(1)}"
    return (
        Difference(old, new)
        if new and max(len(old.split()), len(new.split())) <= SHOWN_WORDS_MOST
        else Difference("", "")
    )


def takes_back(retraction: Retraction, standing: Statement) -> bool:
    """Return whether a statement affirms what is taken back, and no special case of it."""
    held = bag(standing.text)
    missing = [key for key in retraction.keys if not carries_or_means(held, key)]
    if not carries_all(held, standing, retraction.names, retraction.numbers) or LIMITED.search(standing.text):
        return False
    if CALLED_OFF.search(standing.text) or retraction.turned & standing.analysis.negated:
        return False
    if not retraction.turned:
        return len(retraction.keys) + len(retraction.numbers) >= 2 and len(missing) <= MISSING_SHARE * len(
            retraction.keys
        )
    enough = len(retraction.keys) >= min(DENIED_LEAST, DENIED_SHARE * len(standing.analysis.keys))
    return not missing and enough and len(retraction.keys) >= 2


@lru_cache(maxsize=2048)
def read_retraction(text: str) -> Retraction | None:
    """Return what a sentence calls off or denies; None for most.

    >>> sorted(read_retraction("The plan for a night bus to Harlow was dropped for want of drivers.").keys)
    ['bus', 'harlow', 'night']
    >>> sorted(read_retraction("The shop will not open in Bergen, because it burnt.").turned)
    ['bergen', 'open']
    """
    off = CALLED_OFF.search(text)
    if off:
        return called_off(text, off)
    analysis = analyse(text)
    if analysis.negations != 1 or not analysis.negated or NOT_ONLY.search(text):
        return None
    for clause in clauses(text):
        part = analyse(clause)
        if part.negations and not CONDITIONAL.match(clause):
            keys = frozenset(part.keys - PLANS)
            return Retraction(keys, named_in(part) & keys, part.numbers, part.negated - PLANS)
    return None


def named_in(part: Analysis) -> frozenset[str]:
    """Return the names and months of a clause."""
    return part.names | {key for key in part.keys if key.startswith("month-")}


def called_off(text: str, off: re.Match[str]) -> Retraction | None:
    """Return what is called off: what stands before the verb, or behind it where it has an object."""
    before = clauses(text[: off.start()])
    behind = clauses(text[off.end() :])
    has_object = OBJECT.match(text, off.end()) is not None
    part = analyse((behind if has_object else before[::-1] or [""])[0])
    keys = frozenset(part.keys - PLANS)
    return Retraction(keys, named_in(part) & keys, part.numbers, frozenset()) if keys else None
