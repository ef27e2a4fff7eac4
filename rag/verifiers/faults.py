"""What in a claim the evidence contradicts, lacks for certain, or may say of something else."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.terms import Analysis, Quantity, Term, analyse, clauses, contradicted, opposite, stem, takes_back, unique
from rag.terms.lexicon import MONTHS
from rag.terms.numbers import DAY_OF_MONTH, MONTH_AFTER, MONTH_BEFORE
from rag.terms.periods import is_quarter_key
from rag.types import ProblemKind
from rag.verifiers.overlap import Sentence, names_of, states

SAME_STATEMENT = 0.6

SAME_WORDS = 0.8
"""Shares carried from which a claim and its source are taken to say the same but for a negation: one of the claim's,
one of the source's, which may belong to something else."""

NEGATED_WORDS, NEGATED_SHARE = 2, 0.2
"""Words of a claim, or share of them, that the source must deny: one of a long claim may stand denied in passing."""

CLAUSE_TERMS = 3

CLAUSE_CARRIED = 0.9
"""Words, and share of them, from which a clause by itself is taken to be said by a sentence."""

SAME_CONTRAST = 0.5

SAME_TAKEN_BACK = 0.7
"""Shares carried from which opposite words, and exceptions, are looked for."""

YEAR = re.compile(r"(?:1[0-9]|20)\d\d")

LONGEST_MONTH = 10
"""Characters on either side of a number within which a month makes it a date's."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a claim.

    Attributes:
        kind: For a program.
        words: For a person.
        elsewhere: Whether it is no more than a number that stands apart from the rest of the claim.
    """

    kind: ProblemKind | None
    words: str
    elsewhere: bool = False


NEGATED = Problem(ProblemKind.NEGATION, "negated in one, not in the other")


def number_fault(claim: str, target: Analysis, sentences: Sequence[Sentence]) -> Problem | None:
    """Return what is wrong with the claim's numbers; None where each stands in the source."""
    for number in target.numbers:
        if not any(states(sentence, number) for sentence in sentences):
            kind = kind_of_number(claim, number)
            return Problem(kind, f"{kind} {whole_date(claim, number)} is not in the source")
    return None


def whole_date(claim: str, number: Quantity) -> str:
    """Return a number as it stands in the claim, a day with its month: ``31 May`` rather than ``31``."""
    before = MONTH_BEFORE.search(claim[: number.start]) if number.unit == DAY_OF_MONTH else None
    after = MONTH_AFTER.match(claim, number.end) if number.unit == DAY_OF_MONTH and before is None else None
    return claim[before.start() if before else number.start : after.end() if after else number.end]


def kind_of_number(claim: str, number: Quantity) -> ProblemKind:
    """Return whether a number of the claim is a date's: a year, or beside a month."""
    if number.unit == DAY_OF_MONTH or (not number.unit and YEAR.fullmatch(claim[number.start : number.end])):
        return ProblemKind.DATE
    around = claim[max(0, number.start - LONGEST_MONTH) : number.end + LONGEST_MONTH]
    dated = (
        not number.unit and number.value <= 31 and any(word.lower().strip(".,") in MONTHS for word in around.split())
    )
    return ProblemKind.DATE if dated else ProblemKind.NUMBER


def negation_fault(target: Analysis, carriers: Sequence[Sentence], group: float) -> Problem | None:
    """Return what is wrong with negation; None where claim and source agree, or speak of different things."""
    if group < SAME_STATEMENT:
        return None
    best = carriers[0].analysis if carriers else target
    uneven = bool(target.negations * best.negations) and (target.negations - best.negations) % 2 == 1
    shared = target.negated & best.keys
    uneven = uneven and not (best.negations > target.negations and shared and shared == best.negated & target.keys)
    return NEGATED if denied(target, carriers, group) or (group >= SAME_WORDS and uneven) else None


def denied(target: Analysis, carriers: Sequence[Sentence], group: float) -> bool:
    """Return whether only the claim denies what it says, or only the source denies enough of it."""
    if target.negations and not any(sentence.analysis.negations for sentence in carriers):
        stated = [key for key in target.negated if any(sentence.credit(key) for sentence in carriers)]
        return bool(stated) or not target.negated
    negated = frozenset().union(*(sentence.analysis.negated for sentence in carriers[:1]))
    plain = frozenset().union(*(sentence.analysis.keys - sentence.analysis.negated for sentence in carriers))
    shared = len((target.keys & negated) - plain)
    enough = shared >= NEGATED_WORDS or shared >= NEGATED_SHARE * len(target.keys) > 0
    return group >= SAME_WORDS and not target.negations and enough


def clause_negation_fault(claim: str, carriers: Sequence[Sentence]) -> Problem | None:
    """Return what is wrong with negation in one clause of a claim of several, against a sentence that says it.

    How often each denies is not compared: the sentence has other clauses.
    """
    for part in [analyse(part) for part in clauses(claim)]:
        for sentence in carriers if len(part.keys) >= CLAUSE_TERMS else ():
            share = math.fsum(map(sentence.credit, part.keys)) / len(part.keys)
            if share >= CLAUSE_CARRIED and denied(part, [sentence], share):
                return NEGATED
    return None


def contrast_fault(claim: str, sources: Sequence[str], group: float) -> Problem | None:
    """Return which word the source turns round, bounds, takes back or excepts from; None where both say the same."""
    opposed = opposite(claim, sources) if group >= SAME_CONTRAST else ""
    if not opposed and group >= SAME_CONTRAST and sources:
        opposed = contradicted(claim, sources[0])
    word = takes_back(claim, sources) if group >= SAME_TAKEN_BACK else ""
    if not opposed and not word:
        return None
    return Problem(ProblemKind.NEGATION, opposed or f"“{word}” in one, not in the other")


def doubt_of(claim: str, target: Analysis, carriers: Sequence[Sentence], context: Sequence[Sentence]) -> Problem | None:
    """Return why the support may be of something else; None where there is no such sign.

    A name may stand in a sentence before (`context`), to which the source refers back. But where a sentence has a
    number of the claim, none of its names, and names of its own, it may speak of another.
    """
    names = names_of(target, context)
    for term in names:
        if not any(sentence.credit(term.key) for sentence in context):
            return Problem(ProblemKind.NAME, f"the name {claim[term.start : term.end]} is not in the source")
    # A quarter is named in many ways; which one a number is of is looked at apart.
    names = [term for term in names if not is_quarter_key(term.key)]
    for number in target.numbers:
        stating = [sentence for sentence in carriers if states(sentence, number)]
        if names and stating and all(speaks_of_another(sentence, names) for sentence in stating):
            words = f"the source may say {claim[number.start : number.end]} of something else"
            return Problem(kind_of_number(claim, number), words)
    return counted_doubt(claim, target, carriers) or number_doubt(claim, target, carriers)


def counted_doubt(claim: str, target: Analysis, carriers: Sequence[Sentence]) -> Problem | None:
    """Return which number of the claim counts another thing in the source, of which the claim's has another number.

    ``12 branches`` where it says ``21 branches in 12 cities``; a source may call the same things by another name.
    """
    for number in target.numbers:
        stating = [sentence for sentence in carriers if states(sentence, number)]
        counted = stem(number.counted)
        theirs = [n for sentence in stating for n in sentence.analysis.numbers if n.counted]
        same = [n for n in theirs if number.agrees(n)]
        others = [n for n in theirs if not number.agrees(n) and stem(n.counted) == counted]
        plain = any(number.agrees(n) and not n.counted for sentence in stating for n in sentence.analysis.numbers)
        if counted and same and not plain and others and all(stem(n.counted) != counted for n in same):
            words = f"the source says {claim[number.start : number.end]} of {same[0].counted}"
            return Problem(ProblemKind.NUMBER, f"{words}, not of {number.counted}")
    return None


def number_doubt(claim: str, target: Analysis, carriers: Sequence[Sentence]) -> Problem | None:
    """Return which number of the claim these sentences say of something else, or lack; None where there is none."""
    for number in target.numbers:
        stating = [sentence for sentence in carriers if states(sentence, number)]
        if target.terms and stating and not any(s.credit(key) for s in stating for key in target.keys):
            words = f"the source says {claim[number.start : number.end]} of something else"
            return Problem(kind_of_number(claim, number), words)
    absent = [number for number in target.numbers if not any(states(sentence, number) for sentence in carriers)]
    if absent:
        words = f"number {claim[absent[0].start : absent[0].end]} stands elsewhere in the source"
        return Problem(kind_of_number(claim, absent[0]), words, elsewhere=True)
    return None


def speaks_of_another(sentence: Sentence, names: Sequence[Term]) -> bool:
    """Return whether a sentence has names, but none of these."""
    return bool(sentence.analysis.names) and not any(sentence.credit(term.key) for term in names)


def what_is_missing(claim: str, target: Analysis, carriers: Sequence[Sentence]) -> Problem:
    """Return what the source lacks of the claim."""
    lacking = [term for term in unique(target.terms) if not any(sentence.credit(term.key) for sentence in carriers)]
    if not lacking:
        return Problem(ProblemKind.NOT_MENTIONED, "not stated together")
    words = ", ".join(claim[term.start : term.end] for term in lacking[:5])
    return Problem(ProblemKind.NOT_MENTIONED, f"not mentioned: {words}")
