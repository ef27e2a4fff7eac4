"""Contradictions between what an answer cites and what else was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath

from rag.conflicts.alternatives import compare_alternatives
from rag.conflicts.amended import compare_amended
from rag.conflicts.conflict import Conflict, Kind, Place
from rag.conflicts.dates import DocumentDate, date_at
from rag.conflicts.denials import compare_denial, compare_ranks
from rag.conflicts.described import compare_kinds
from rag.conflicts.instead import said_instead, said_now
from rag.conflicts.overturned import compare_overturned, read_retraction
from rag.conflicts.periods import of_other_periods, periods_named
from rag.conflicts.reworded import compare_reworded
from rag.conflicts.statements import Difference, Statement, compare, read_statement
from rag.conflicts.superseded import is_superseded, superseded_by
from rag.revocations import Revocation, revocations_in
from rag.sentences import segment
from rag.terms import Held, Question, analyse_question, identifiers_of
from rag.types import Citation, Passage, Span

REFERS_BACK = re.compile(r"\s*(?:it|they|this|these|both|he|she)\b", re.IGNORECASE)
"""Opens a sentence that is about what the one before it names."""

SUBJECT_WORDS = 3
"""Words at the beginning of a sentence among which a number belongs to its subject: ``The invoice 17``."""

PLACES_MOST = 4
CONFLICTS_MOST = 3
"""More than a person would read."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A sentence of a passage.

    Attributes:
        passage: The passage.
        span: Canonical span of the sentence.
        statement: The same as it is compared.
        cited: The citation that it lies in, if any.
        date: When it was written; None where that is not known.
        told_of: Span with the sentence before it, where it refers back to that, as in ``It will open in Aarhus``.
        goes_on: The next sentence and its end, where that refers back to this one.
        revocation: What it decides in the place of an earlier decision, if it does.
    """

    passage: Passage
    span: Span
    statement: Statement
    cited: Span | None
    date: DocumentDate | None = None
    told_of: Span | None = None
    goes_on: tuple[Statement, int] | None = None
    revocation: Revocation | None = None

    @property
    def place(self) -> Span:
        """The span to cite it by: that of the citation which holds it, else with what it cannot be read without.

        What is so instead stands behind a denial; that an earlier decision is taken back, behind the new one.
        """
        if self.cited:
            return self.cited
        if self.revocation:
            return Span(self.span.start, self.revocation.spans[-1].end)
        denies = self.goes_on is not None and read_retraction(self.statement.text) is not None
        end = self.goes_on[1] if self.goes_on and denies else self.span.end
        return Span(self.told_of.start if self.told_of else self.span.start, end)

    @property
    def names(self) -> tuple[str, ...]:
        """What its document and the headings above it are called, the nearest first."""
        return (*reversed(self.passage.heading_at(self.span.start)), self.passage.title, self.passage.source)

    @property
    def called(self) -> tuple[str, ...]:
        """The same, of the source its own name only."""
        return (*self.names[:-1], PurePosixPath(self.passage.source).stem)


def find_conflicts(
    question: str,
    passages: Sequence[Passage],
    citations: Sequence[Citation],
    *,
    opening: Callable[[Passage], str] = lambda passage: "",
) -> tuple[Conflict, ...]:
    """Return where the passages contradict what is cited on what is asked; empty where they do not.

    Args:
        question: The stand-alone question.
        passages: What was found and is still live.
        citations: What the answer cites.
        opening: Gives the beginning of a passage's document, where its date may stand.
    """
    asked = analyse_question(question)
    spots = [spot for passage in passages for spot in spots_of(passage, citations, opening(passage))]
    found: list[Conflict] = []
    taken: set[tuple[str, Span]] = set()
    for spot in spots:
        if spot.cited is None or key_of(spot) in taken:
            continue
        kind, held = held_against(spot, spots, asked)
        if held:
            taken |= {key_of(each) for each, _ in held}
            found.append(Conflict(tuple(place_of(each, said) for each, said in held), kind))
        if len(found) == CONFLICTS_MOST:
            break
    return tuple(found)


def held_against(spot: Spot, spots: Sequence[Spot], question: Question) -> tuple[Kind, list[tuple[Spot, str]]]:
    """Return a cited place and those that contradict it, each with the value it says; no places where none does.

    Values go before denials, and these before a document's word that it replaces another.
    """
    rivals = list(rivals_of(spot, spots, question))
    differing = [rival for rival in rivals if rival[1].first]
    kind: Kind = "differ" if differing else "denied" if rivals else "replaced"
    told = differing or rivals or list(islice(replacing(spot, spots), 1))
    held = [(rival, difference.second) for rival, difference in told[: PLACES_MOST - 1]]
    return kind, [(spot, told[0][1].first), *held] if held else []


def place_of(spot: Spot, said: str) -> Place:
    """Return a place of a conflict, with what it says."""
    return Place(spot.passage, spot.place, said, spot.date, spot.cited is not None)


def key_of(spot: Spot) -> tuple[str, Span]:
    """Return what tells a place from the others."""
    return spot.passage.document_id or spot.passage.source, spot.place


def spots_of(passage: Passage, citations: Sequence[Citation] = (), opening: str = "") -> list[Spot]:
    """Return the sentences of a passage, each with the citation that it lies in."""
    cited = [
        Span(citation.start, citation.end)
        for citation in citations
        if (citation.document_id, citation.source, citation.revision)
        == (passage.document_id, passage.source, passage.revision)
        and passage.start <= citation.start
        and citation.end <= passage.end
    ]
    revocations = {revocation.spans[0]: revocation for revocation in revocations_in(passage)}
    found: list[Spot] = []
    for start, end in segment(passage.text):
        text = " ".join(passage.text[start:end].split())
        if not text:
            continue
        span = passage.reading.locate(start, end)
        about, told_of = [passage.title, *passage.heading], None
        if found and REFERS_BACK.match(text):
            about.append(found[-1].statement.text)
            told_of = Span(found[-1].span.start, span.end)
        statement = read_statement(text, ". ".join(about), passage.text)
        if told_of:
            found[-1] = replace(found[-1], goes_on=(statement, span.end))
        dated = date_at(passage, span.start, opening)
        holds = next((place for place in cited if place.start < span.end and span.start < place.end), None)
        found.append(Spot(passage, span, statement, holds, dated, told_of, revocation=revocations.get(span)))
    return found


def differ(spot: Spot, other: Spot, question: Question) -> Difference | None:
    """Return how two places contradict each other; values in other words must stand in different documents."""
    first, second = spot.statement, other.statement
    order = order_of(spot, other)
    apart = spot.passage.source != other.passage.source or order != 0
    if of_another_number(first, second, question):
        return compare_ranks(first, second, question)
    revoked = revoked_of(spot, other, question) if apart else None
    if revoked:
        return revoked
    overturned = compare_overturned(first, second, question) if apart else None
    named = [periods_named(*each.names) for each in (spot, other)]
    if overturned and not overturned.first:
        return instead_of(spot, other, question) or overturned
    if overturned and not of_other_periods(first, second, named, reports_only=True):
        return overturned
    if of_other_periods(first, second, named):
        return None
    rules = (compare, compare_kinds, compare_denial, compare_ranks, compare_alternatives)
    return (
        next((found for rule in rules if (found := rule(first, second, question))), None)
        or (compare_reworded(first, second, question) if apart else None)
        or amended(first, second, question, order)
    )


def order_of(spot: Spot, other: Spot) -> int:
    """Return -1 where a place is surely of an earlier day than another one, 1 where of a later one, else 0."""
    if spot.date is None or other.date is None:
        return 0
    return other.date.is_before(spot.date) - spot.date.is_before(other.date)


def amended(first: Statement, second: Statement, question: Question, order: int) -> Difference | None:
    """Return what was and what is, in the order of the statements, where the later one tells of a change."""
    if order == 0:
        return None
    earlier, later = (first, second) if order < 0 else (second, first)
    found = compare_amended(earlier, later, question)
    return Difference(found.second, found.first) if found and order > 0 else found


def of_another_number(first: Statement, second: Statement, question: Question) -> bool:
    """Return whether a number that belongs to a name tells two statements, or one and the question, apart.

    ``Item 4332`` where ``Item 4321`` is asked about, or opens the other statement.
    """
    asked = identifiers_of(question.text)
    if any(one.held_by(s.text) is Held.OTHER for one in asked for s in (first, second)):
        return True
    return any(
        one.held_by(other.text) is Held.OTHER
        for own, other in ((first, second), (second, first))
        for one in identifiers_of(" ".join(own.text.split()[:SUBJECT_WORDS]))
    )


def revoked_of(spot: Spot, other: Spot, question: Question) -> Difference | None:
    """Return the values of two places of which one decides anew what the other decided; None where neither does."""
    for standing, deciding, turned in ((spot, other, False), (other, spot, True)):
        revocation = deciding.revocation
        if revocation and revocation.takes_back(standing.passage, standing.span.start, standing.statement.text):
            found = said_now(standing.statement, deciding.statement, question) or Difference("", "")
            return Difference(found.second, found.first) if turned else found
    return None


def instead_of(spot: Spot, other: Spot, question: Question) -> Difference | None:
    """Return the values of two places of which one denies the other, where it goes on to say what is so instead."""
    for standing, denial, turned in ((spot, other, False), (other, spot, True)):
        if denial.goes_on and read_retraction(denial.statement.text):
            found = said_instead(standing.statement, denial.goes_on[0], question)
            if found:
                return Difference(found.second, found.first) if turned else found
    return None


def rivals_of(spot: Spot, spots: Sequence[Spot], question: Question) -> Iterator[tuple[Spot, Difference]]:
    """Yield the sentences elsewhere that contradict one, each value and document once."""
    seen = {key_of(spot)}
    said: set[tuple[str, str]] = set()
    for other in spots:
        difference = None if key_of(other) in seen else differ(spot, other, question)
        value = (other.passage.source, difference.second) if difference else ("", "")
        if difference is not None and value not in said:
            seen.add(key_of(other))
            said.add(value)
            yield other, difference


def replacing(spot: Spot, spots: Sequence[Spot]) -> Iterator[tuple[Spot, Difference]]:
    """Yield the sentences by which another document says that it replaces the one that a cited place stands in."""
    for other in spots:
        old = superseded_by(other.statement.text) if other.passage.source != spot.passage.source else ""
        if old and is_superseded(old, (spot.called, other.called), (spot.date, other.date)):
            yield other, Difference("", "")
