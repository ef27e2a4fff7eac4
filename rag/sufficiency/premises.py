"""What a question takes for granted, and whether the passages say otherwise.

By rule, for open English questions ("Why did Acme buy Bolt?"), precise before complete: something counts as said
otherwise only where one sentence of the passages carries the whole rest of the question and parts from it in one point,
and no sentence bears the question out. Four points are looked at: an opposite verb, a number with its unit or a year,
a negation, and a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rag.sentences import segment
from rag.sufficiency.evidence import called, is_name
from rag.terms import (
    Analysis,
    Quantity,
    Question,
    Term,
    alike,
    analyse,
    analyse_question,
    bag,
    language,
    script,
    stem,
    tokens,
)
from rag.terms.periods import read_periods
from rag.types import Passage


class PremiseKind(StrEnum):
    """In which point the documents say otherwise."""

    OPPOSITE = "opposite"
    NUMBER = "number"
    NEGATION = "negation"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class FalsePremise:
    """Something a question takes for granted that the passages do not bear out.

    Attributes:
        text: It, in the question's own words.
        kind: In which point they say otherwise.
        passage: Index of the passage that says otherwise, among those given.
        start: First character of its sentence in the passage's reading text.
        end: End of the sentence.
    """

    text: str
    kind: PremiseKind
    passage: int
    start: int
    end: int


OPPOSITE_VERBS = tuple(
    tuple(frozenset(stem(word) for word in side.split()) for side in pair.split("/"))
    for pair in (
        "rise rose risen increase grow grew climb / fall fell fallen decrease decline drop shrink shrank",
        "win won / lose lost", "cause / prevent", "accept approve / reject", "succeed / fail", "gain / lose lost",
        "allow permit / forbid forbade forbidden prohibit ban", "improve / worsen", "raise / lower cut reduce",
    )
)  # fmt: skip
"""Verbs of which only one can be true of the same subject and object at one time.

What follows the other in time is none: who joined left later, a shop that closes at five opens before.
"""

OPEN = re.compile(
    r"^\W*(?:(?:in|at|on|for|by|to|from|since) )?(?:why|when|where|how|who|whom|what|which)\b", re.IGNORECASE
)
"""Questions that take something for granted; one that asks whether it is so takes nothing."""

AUXILIARY = re.compile(
    r"\b(?:did|does|do|has|have|had|will|is|are|was|were|could|can|would)(?:n['’]t)?\b", re.IGNORECASE
)
ACTING = re.compile(r"(?:did|does|do|has|have|had|will|would|can|could)\w*", re.IGNORECASE)
"""Auxiliaries that a verb of doing follows."""

NOT = re.compile(r"\bnot\b", re.IGNORECASE)
PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
YEAR = re.compile(r"\b(?:in|since|by|during|until|of)\s+$", re.IGNORECASE)
ATTACHED = re.compile(r"(?:[A-Z][\w-]*|\bversion|\b(?:chapter|section|part|step|page|level|phase|type))[\s-]$")
"""What stands before a number that is part of a name."""

REST_CARRIED = 0.8
"""Share of the question's other terms that the sentence must carry."""

REST_LEAST = 2
"""Other terms that there must be, a name and a word that is none among them, or one more without a name."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a passage, as it is compared."""

    passage: int
    start: int
    end: int
    text: str
    analysis: Analysis
    title: str

    def carries(self, terms: Sequence[Term]) -> float:
        """Return the share of the terms that the sentence carries, what its document goes by included."""
        own, named = bag(self.text), bag(self.title)
        held = sum(own.credit(term.key) > 0 or named.credit(term.key) > 0 for term in terms)
        return held / len(terms) if terms else 0.0


def find_false_premise(question: str, passages: Sequence[Passage]) -> FalsePremise | None:
    """Return what an open question takes for granted and the passages say otherwise; None where there is nothing.

    Args:
        question: The stand-alone question.
        passages: What was found, best first.
    """
    spoken = script(question) == "latin" and language(question) in ("en", "")
    if not spoken or not OPEN.match(question) or question.count("?") > 1:
        return None
    asked = analyse_question(question)
    said = [
        Said(index, start, end, text, analyse(text), called(passage))
        for index, passage in enumerate(passages)
        for start, end in segment(passage.text)
        if (text := " ".join(passage.text[start:end].split())) and not text.endswith("?")
    ]
    for check in (opposite_verb, other_number, turned_round, other_name):
        found = next(check(asked, said), None)
        if found is not None:
            return found
    return None


def told(question: Question) -> list[Term]:
    """Return the terms of what the question tells; ``year`` in ``In which year did ...`` only says what it asks for."""
    opening, auxiliary = OPEN.match(question.text), AUXILIARY.search(question.text)
    if opening is None or auxiliary is None:
        return list(question.terms)
    return [term for term in question.terms if not opening.end() <= term.start < auxiliary.start()]


def stated(text: str, auxiliary: re.Match[str], place: int) -> str:
    """Return the question as a statement, its auxiliary moved to `place`: ``Acme did buy Bolt``."""
    return f"{text[auxiliary.end() : place]} {auxiliary.group()} {text[place:]}".rstrip("? ")


def enough(rest: Sequence[Term], question: Question) -> bool:
    """Return whether these terms say enough for a sentence that carries them to be about the same."""
    names = sum(is_name(term, question) for term in rest)
    return len(rest) >= REST_LEAST + (names == 0) and names < len(rest)


def at(premise: str, kind: PremiseKind, said: Said) -> FalsePremise:
    """Return a premise that a sentence contradicts."""
    return FalsePremise(" ".join(premise.split()), kind, said.passage, said.start, said.end)


def opposite_verb(question: Question, said: Sequence[Said]) -> Iterator[FalsePremise]:
    """Yield the verb of the question of whose opposite a sentence says the same, with subject and object in place."""
    auxiliary = AUXILIARY.search(question.text)
    if auxiliary is None:
        return
    for verb in tokens(question.text):
        sides = opposites_of(stem(verb.text)) if verb.kind == "word" and verb.start > auxiliary.end() else None
        if sides is None or negated_before(question.text, verb.start):
            continue
        same, other = sides
        before = [term for term in question.terms if auxiliary.end() <= term.start < verb.start]
        behind = [term for term in question.terms if term.start >= verb.end]
        rest = [*before, *behind]
        named = any(is_name(term, question) for term in rest)
        if not before or len(rest) < (1 if named else REST_LEAST) or passive(question.text, verb.start):
            continue
        if any(verb_in(each, same) and each.carries(rest) >= REST_CARRIED for each in said):
            continue
        for each in said:
            if each.carries(rest) < REST_CARRIED or not may_be_of_one_time(question.text, each):
                continue
            if stands_between(each, before, behind, other):
                yield at(stated(question.text, auxiliary, verb.start), PremiseKind.OPPOSITE, each)


def may_be_of_one_time(asked: str, said: Said) -> bool:
    """Return whether question and sentence name no two times of which one lies outside of the other."""
    ours, theirs = read_periods(asked), read_periods(said.text) or read_periods(said.title)
    return not (ours and theirs) or any(one.holds(other) or other.holds(one) for one in ours for other in theirs)


def opposites_of(key: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return the verbs that say the same as a stem, and those that say the opposite."""
    for one, other in OPPOSITE_VERBS:
        if key in one:
            return one, other
        if key in other:
            return other, one
    return None


def verb_in(said: Said, verbs: frozenset[str]) -> bool:
    """Return whether a sentence has one of these verbs."""
    return any(token.kind == "word" and stem(token.text) in verbs for token in tokens(said.text))


def stands_between(said: Said, before: Sequence[Term], behind: Sequence[Term], verbs: frozenset[str]) -> bool:
    """Return whether a sentence has one of the verbs behind the subject and before the object, said and not denied."""
    for token in tokens(said.text):
        if token.kind != "word" or stem(token.text) not in verbs:
            continue
        if passive(said.text, token.start) or negated_before(said.text, token.start):
            continue
        ahead, following = bag(said.text[: token.start]), bag(said.text[token.end :])
        subject = any(ahead.credit(term.key) > 0 for term in before)
        strayed = any(ahead.credit(term.key) > 0 for term in behind)
        objects = not behind or any(following.credit(term.key) > 0 for term in behind)
        if subject and objects and not strayed:
            return True
    return False


def passive(text: str, start: int) -> bool:
    """Return whether the verb at `start` is a passive, which turns subject and object round."""
    return PASSIVE.search(text[:start]) is not None


def negated_before(text: str, start: int) -> bool:
    """Return whether a negation stands within a few words before `start`."""
    return (
        re.search(r"(?:\b(?:not|never|no|nor|without|cannot)\b|n['’]t\b)(?:\W+\w+){0,2}\W+$", text[:start]) is not None
    )


def other_number(question: Question, said: Sequence[Said]) -> Iterator[FalsePremise]:
    """Yield a number of the question that stands nowhere, where a sentence gives another of the same kind instead."""
    known = [number for each in said for number in (*each.analysis.numbers, *analyse(each.title).numbers)]
    rest = [term for term in told(question) if not term.key.startswith("month-")]
    for number in question.analysis.numbers:
        if not asserted(question.text, number) or any(number.agrees(other) for other in known):
            continue
        counted = question.text[number.start : number.end] + (f" {number.counted}" if number.counted else "")
        others = [term for term in rest if not number.start <= term.start < number.end]
        if not enough(others, question):
            continue
        for each in said:
            instead = any(same_kind(number, other, question.text, each.text) for other in each.analysis.numbers)
            if instead and each.carries(others) >= REST_CARRIED:
                yield at(counted, PremiseKind.NUMBER, each)


def asserted(text: str, number: Quantity) -> bool:
    """Return whether a number of a question is said exactly, and is no part of a name."""
    exact = not (number.approximate or number.bound or number.spelled)
    return exact and ATTACHED.search(text[: number.start]) is None


def same_kind(number: Quantity, other: Quantity, text: str, source: str) -> bool:
    """Return whether two numbers measure the same: the same unit, the same thing counted, or both a year."""
    if number.unit or other.unit:
        return number.unit == other.unit
    if number.counted:
        return number.counted == other.counted
    years = all(1000 <= each.value < 2200 for each in (number, other))
    return years and bool(YEAR.search(text[: number.start])) and bool(YEAR.search(source[: other.start]))


def turned_round(question: Question, said: Sequence[Said]) -> Iterator[FalsePremise]:
    """Yield where a sentence that carries the whole question denies its verb, or affirms the verb it denies."""
    denied = question.analysis.negations > 0
    terms, auxiliary = told(question), AUXILIARY.search(question.text)
    if auxiliary is None or not ACTING.fullmatch(auxiliary.group()) or question.analysis.negations > 1:
        return
    if not enough(terms, question) or len(terms) <= REST_LEAST or not any(is_name(term, question) for term in terms):
        return
    verbs = {term.key for term in terms if not is_name(term, question)}
    if denied:
        verbs &= question.analysis.negated
    matching = [each for each in said if each.carries(terms) >= 1.0]
    turned = [each for each in matching if bool(each.analysis.negated & verbs) is not denied]
    if not verbs or len(turned) < len(matching):
        return
    for each in turned:
        if each.analysis.negations == (0 if denied else 1):
            turning = NOT.search(question.text, auxiliary.end()) if denied else None
            doing = [term.start for term in terms if term.key in each.analysis.negated and term.key in verbs]
            place = turning.start() if turning else min(doing, default=auxiliary.end())
            yield at(stated(question.text, auxiliary, place), PremiseKind.NEGATION, each)


def other_name(question: Question, said: Sequence[Said]) -> Iterator[FalsePremise]:
    """Yield a name of the question that stands nowhere, where a sentence says the rest of another."""
    names = [term for term in question.terms if is_name(term, question)]
    everything = [bag(each.text) for each in said] + [bag(title) for title in dict.fromkeys(e.title for e in said)]
    absent = [term for term in names if not any(held.credit(term.key) for held in everything)]
    run = beside(absent, names, question.text)
    if not absent or len(run) > len(absent):  # a part of the name is known: another form of it, most likely
        return
    rest = [term for term in told(question) if term not in absent]
    if not enough(rest, question):
        return
    predicate = [term for term in rest if not is_name(term, question)]
    known = frozenset(term.key for term in question.analysis.terms)
    for each in said:
        own = bag(each.text)
        if each.analysis.negations != question.analysis.negations:
            continue
        if each.carries(rest) < 1.0 or not all(own.credit(term.key) for term in predicate):
            continue
        if stands_instead(each, absent[0], predicate[0], known):
            yield at(question.text[run[0].start : run[-1].end], PremiseKind.NAME, each)
            return


def beside(absent: Sequence[Term], names: Sequence[Term], text: str) -> list[Term]:
    """Return the names that form one name with the absent ones."""
    run = list(absent)
    for term in names:
        near = any(not text[min(term.end, other.end) : max(term.start, other.start)].strip(" -.") for other in run)
        if near and term not in run:
            run.append(term)
    return sorted(run, key=lambda term: term.start)


def stands_instead(said: Said, absent: Term, predicate: Term, known: frozenset[str]) -> bool:
    """Return whether a sentence has another name on the side of the predicate where the question has its own."""
    places = [term.start for term in said.analysis.terms if alike(term.key, predicate.key)]
    others = [
        term.start
        for term in said.analysis.terms
        if term.key in (said.analysis.names | said.analysis.subjects)
        and term.key not in known
        and not term.key.startswith("month-")
    ]
    ahead = absent.start < predicate.start
    return any((other < place) is ahead for place in places for other in others)
