"""Is each figure of a sentence said of the thing that it is given to? By rule: neighbours share all their words.

``The Bergen office has 40 people`` shares every word with ``The Oslo office has 40 people and the Bergen office 12``. A
figure belongs to what stands in its own stretch of a sentence, and in its own row of a table; where a sentence gives it
to what stands with another figure only, it may be said of something else. Whatever leaves a choice counts as right.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.computations.dated import Statement, periods_in, stretches
from rag.sentences import CELL, RECORD
from rag.terms import Quantity, Term, analyse, bag, bag_of, without_references
from rag.terms.numbers import same_unit
from rag.terms.periods import Period
from rag.types import Judgement, ProblemKind, Span, Verdict

PARTING = re.compile(
    r";\s|,\s|[)–—|]"
    r"|\b(?:and|while|whereas|but|though|although|compared (?:with|to)|versus|vs\.?|against|from|to|than|or)\b",
    re.IGNORECASE,
)
"""What parts a sentence into stretches of which each gives its figures to its own things."""

LIST_NUMBER = re.compile(r"\s*\d{1,2}\s+(?=[A-Z])")
"""The number of a list item that has no mark behind it: ``2  Open the lid``."""

NAMED_CELL = re.compile(r"(?P<name>[^:;|]+):\s+(?P<value>[^;]*)(?:;|$)")

BEFORE_THING = re.compile(r"\b(?:in|for|of|at|by|on|with|to|from|the|an?|each|every|per)\s$", re.IGNORECASE)

DENIED = "not"
"""Stands among the words of a stretch that denies something."""

JOINING = re.compile(r"\s*(?:to|or|and|–|-|,)*\s*")
"""What stands between the numbers of a range or a list of numbers."""

REFERRING = re.compile(r"\b(?:it|he|she|they|its|his|her|their|this|that|these|those)\b", re.IGNORECASE)
"""What may stand for a thing that the sentence before names."""

BEFORE_CHARACTERS = 300
"""How much of what stands before a sentence such a word may refer to."""

DOUBTED_FACTOR = 0.9
"""Part of the verifier's threshold that a sentence scores at most of which a figure may be said of something else."""


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch of a sentence with figures.

    Attributes:
        opens: Whether it begins the sentence.
        figures: Those that stand in it, in order.
        keys: Its words, without what its figures count.
        before: Those of them that stand before its first figure.
        things: Those of them that name something: names, and what stands behind an article or a preposition.
    """

    opens: bool
    figures: tuple[Quantity, ...]
    keys: frozenset[str]
    before: frozenset[str]
    things: frozenset[str]


@dataclass(frozen=True, slots=True)
class Parted:
    """A sentence in its stretches.

    Attributes:
        held: Those with figures, in order.
        shared: The words of the others, which may belong to any figure.
    """

    held: tuple[Held, ...]
    shared: frozenset[str]


def settle_owners(claim: str, judgement: Judgement, statements: Sequence[Statement], threshold: float) -> Judgement:
    """Return a judgement that holds no sentence supported of which a figure may be said of something else.

    Args:
        claim: The sentence.
        judgement: The verifier's, its numbers settled.
        statements: The sentences of all passages that it was judged by.
        threshold: The verifier's, below which the score is taken.
    """
    found = find_misgiven(claim, statements) if judgement.verdict is Verdict.SUPPORTED else None
    if found is None:
        return judgement
    shown = claim[found.start : found.end]
    return replace(
        judgement,
        verdict=Verdict.PARTIAL,
        score=min(judgement.score or 0.0, round(threshold * DOUBTED_FACTOR, 4)),
        problem=f"the source may say {shown} of something else",
        problem_kind=ProblemKind.NUMBER,
        unsupported=(Span(found.start, found.end),),
    )


def find_misgiven(claim: str, statements: Sequence[Statement]) -> Quantity | None:
    """Return the first figure that every statement having it gives to something else; None where there is none.

    Only statements that share a word with the sentence count, and rows of tables.
    """
    claim = without_references(claim)
    keys = analyse(claim).keys
    for part, about, dated in parts_of(claim):
        for figure in part.figures:
            beside = [other for other in part.figures if other != figure]
            found = [
                is_of_another(figure, about, statement, beside, dated=dated)
                or in_another_row(figure, keys, statement, statements)
                or in_a_twin(figure, claim, statement, statements)
                for statement in statements
                if states(statement.text, figure) and (is_row(statement.text) or shares(statement.text, keys))
            ]
            if found and all(found):
                return figure
    return None


def states(text: str, figure: Quantity) -> bool:
    """Return whether a figure of the claim stands in a text."""
    return any(figure.agrees(other) for other in analyse(text).numbers)


def shares(text: str, keys: frozenset[str]) -> bool:
    """Return whether a text has one of these words."""
    return any(bag(text).credit(key) for key in keys)


def parts_of(claim: str) -> Iterator[tuple[Held, frozenset[str], bool]]:
    """Yield the stretches of a claim with figures, all words that may be said of them, and whether they are dates."""
    for dated in (False, True):
        parted = parted_of(claim, dated=dated)
        for part in parted.held:
            # What stands alone in its stretch may belong to anything that the sentence says.
            own = part.keys or frozenset().union(*(each.keys for each in parted.held))
            yield part, own | parted.shared, dated


@lru_cache(maxsize=1024)
def parted_of(text: str, *, dated: bool = False) -> Parted:
    """Take a sentence apart into its stretches, by the figures that are part of a date, or by all others.

    A date may be that of the whole sentence: only another date tells that it is not.

    >>> [sorted(held.keys) for held in parted_of("Oslo has 40 people and Bergen 12.").held]
    [['oslo'], ['bergen']]
    """
    analysis = analyse(text)
    periods = periods_in(text)
    listed = LIST_NUMBER.match(text)
    first = listed.end() if listed else 0
    numbers = [n for n in analysis.numbers if n.start >= first and in_period(n, periods) == dated]
    kept = [*periods, *((number.start, number.end, None) for number in analysis.numbers)]
    for one, other in itertools.pairwise(analysis.numbers):
        if JOINING.fullmatch(text, one.end, other.start):
            kept.append((one.end, other.start, None))
    held: list[Held] = []
    shared: set[str] = set()
    for start, end in stretches(text, kept, PARTING):
        figures = tuple(number for number in numbers if start <= number.start < end)
        counted = {number.end + 1 for number in figures if number.counted}
        terms = [term for term in analysis.terms if start <= term.start < end and term.start not in counted]
        keys = frozenset(term.key for term in terms) | ({DENIED} if analyse(text[start:end]).negations else set())
        if figures:
            before = frozenset(term.key for term in terms if term.start < figures[0].start)
            held.append(
                Held(
                    not text[:start].strip(),
                    figures,
                    keys,
                    before,
                    frozenset(t.key for t in terms if names_a_thing(text, t)),
                )
            )
        else:
            shared |= keys
    return Parted(tuple(held), frozenset(shared))


def names_a_thing(text: str, term: Term) -> bool:
    """Return whether a word is a name, or stands behind an article or a preposition."""
    named = analyse(text).names | analyse(text).openers
    return term.key in named or BEFORE_THING.search(text[max(0, term.start - 8) : term.start]) is not None


def in_period(number: Quantity, periods: Sequence[tuple[int, int, Period]]) -> bool:
    """Return whether a number is part of a date or another period."""
    return any(start < number.end and number.start < end for start, end, _ in periods)


def is_of_another(
    figure: Quantity, about: frozenset[str], statement: Statement, beside: Sequence[Quantity], *, dated: bool
) -> bool:
    """Return whether a statement gives a figure to something else than what the claim says of it.

    That is where the claim lacks the things that stand with the figure alone and names one that stands with another;
    where it has nothing at all of the former, and any word of the latter; or where the latter comes first in a later
    stretch, since only what was said before may be left out. Figures that the claim has `beside` are no rivals.
    """
    parted = parted_of(statement.text, dated=dated)
    own = [index for index, held in enumerate(parted.held) if any(figure.agrees(other) for other in held.figures)]
    if not own:
        return False
    shared = parted.shared.union(*(analyse(name).keys for name in context_of(statement)))
    kept = shared.union(*(parted.held[index].keys for index in own))
    rivals = [
        (index, held)
        for index, held in enumerate(parted.held)
        if index not in own
        and any(same_kind(figure, other) for other in held.figures)
        and not any(one.agrees(other) for one in beside for other in held.figures)
    ]
    alone = kept - shared - frozenset().union(*(held.keys for _, held in rivals))
    for index, rival in rivals:
        mine = alone.intersection(*(slot(parted.held[place], rival) for place in own))
        theirs = slot(rival, parted.held[own[0]]) - kept
        things = mine & parted.held[own[0]].things
        if things and not has_any(about, things) and has_any(about, theirs & rival.things):
            return True
        if mine and not has_any(about, mine) and has_any(about, theirs):
            return True
        if not alone and not parted.held[own[0]].opens and index > own[-1] and has_any(about, rival.before - kept):
            return True
    return False


def slot(one: Held, other: Held) -> frozenset[str]:
    """Return the words of a stretch that another one has others for: it may leave out what stands before its figure.

    ``A ticket costs 14 euros for adults, 9 for students``: the one is of adults, not of tickets.
    """
    behind = one.keys - one.before
    if not other.before:
        return behind or one.keys
    return one.keys if other.keys - other.before else one.before or one.keys


def same_kind(one: Quantity, other: Quantity) -> bool:
    """Return whether two figures may measure the same: the same unit, or one leaves it to the other."""
    if one.unit and other.unit:
        return same_unit(one.unit, other.unit)
    bare = other if one.unit else one
    return not (one.unit or other.unit) or not bare.counted


def context_of(statement: Statement) -> tuple[str, ...]:
    """Return what else a sentence may be about: what it stands under, and what is before it where it refers back."""
    before = statement.before[-BEFORE_CHARACTERS:] if REFERRING.search(statement.text) else ""
    return (*statement.about, before)


def has_any(keys: Iterable[str], sought: Iterable[str]) -> bool:
    """Return whether one of these words, or a related form of it, is among some keys."""
    held = bag_of(keys)
    return any(held.credit(key) for key in sought)


def is_row(text: str) -> bool:
    """Return whether a sentence is the row of a table."""
    return CELL in text or RECORD.match(text) is not None


def cells_of(text: str) -> dict[str, str]:
    """Return the cells of a row by the names of their columns, or by their place where it does not name them.

    >>> cells_of("Name: Ada; Room: 2.14"), cells_of("Ada | 2.14")
    ({'Name': 'Ada', 'Room': '2.14'}, {'0': 'Ada', '1': '2.14'})
    """
    if CELL in text:
        return {str(place): cell.strip() for place, cell in enumerate(text.split(CELL))}
    return {found["name"].strip(): found["value"].strip() for found in NAMED_CELL.finditer(text)}


def in_another_row(figure: Quantity, keys: frozenset[str], statement: Statement, rows: Sequence[Statement]) -> bool:
    """Return whether a figure stands in a row of which the claim has nothing, and another row has what it says.

    That other row must be of the same columns, and have a figure of its own in the same one.
    """
    if not is_row(statement.text):
        return False
    own = cells_of(statement.text)
    for column, value in own.items():
        if not states(value, figure):
            continue
        if has_any(keys, words_beside(own, column)):
            return False
        for other in (cells_of(row.text) for row in rows if row is not statement and is_row(row.text)):
            figures = analyse(other.get(column, "")).numbers
            if other.keys() == own.keys() and figures and has_any(keys, words_beside(other, column)):
                return not any(figure.agrees(number) for number in figures)
    return False


def in_a_twin(figure: Quantity, claim: str, statement: Statement, others: Sequence[Statement]) -> bool:
    """Return whether a statement names another thing than the claim, of which a statement of the same build says more.

    ``Plan Pro costs 29 euros`` where the claim is of Plan Basic, and ``Plan Basic costs 9 euros`` stands beside it:
    all words are the same but those that name, each of the two has a figure of one kind, and they are not the same.
    """
    keys, known = analyse(claim).keys, analyse(claim).numbers
    own = analyse(statement.text)
    said = own.keys.union(*(analyse(text).keys for text in context_of(statement)))
    lacking, mine = missing(keys, said), missing(own.keys, keys)
    if not lacking or not mine or is_row(statement.text):
        return False
    for other in others:
        twin = analyse(other.text)
        rivals = [number for number in twin.numbers if same_kind(figure, number)]
        if not rivals or any(one.agrees(number) for one in known for number in rivals):
            continue
        instead = missing(twin.keys, own.keys)
        if instead and instead <= lacking and missing(own.keys, twin.keys) == mine and own.keys - mine:
            return True
    return False


def missing(sought: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    """Return the words of which the others have no form."""
    those = bag_of(held)
    return frozenset(key for key in sought if not those.credit(key))


def words_beside(cells: dict[str, str], column: str) -> frozenset[str]:
    """Return the words in the cells of a row but one."""
    return frozenset().union(*(analyse(value).keys for name, value in cells.items() if name != column))
