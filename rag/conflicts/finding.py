"""Contradictions between what an answer cites and what else was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rag.conflicts.alternatives import compare_alternatives
from rag.conflicts.dates import date_of
from rag.conflicts.denials import compare_denial, compare_ranks
from rag.conflicts.described import compare_kinds
from rag.conflicts.reworded import compare_reworded
from rag.conflicts.statements import Difference, Statement, compare, read_statement
from rag.sentences import segment
from rag.terms import Question, analyse_question
from rag.types import Citation, Passage, Span

PLACES_MOST = 4
CONFLICTS_MOST = 3
"""More than a person would read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source says one of the values.

    Attributes:
        passage: The passage.
        span: Canonical span in it.
        said: The value as written; empty where something is affirmed or denied.
        date: When its document was written, as ``May 2025``; empty where that is not known.
    """

    passage: Passage
    span: Span
    said: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Places that say different things of the same; the first is one that the answer cites."""

    places: tuple[Place, ...]

    def told(self, numbers: Sequence[int]) -> str:
        """Return it for a person, `numbers` being those of the places' citations."""
        parts = [
            f"{place.said} [{number}] ({', '.join(filter(None, (place.passage.source, place.date)))})".strip()
            for place, number in zip(self.places, numbers, strict=True)
        ]
        listed = f"{', '.join(parts[:-1])} and {parts[-1]}"
        return (
            f"The sources differ: {listed}."
            if self.places[0].said
            else f"One source denies what another says: {listed}."
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """A sentence of a passage, and the citation it lies in, if any."""

    passage: Passage
    span: Span
    statement: Statement
    cited: Span | None

    @property
    def place(self) -> Span:
        """The span to cite it by: that of the citation which holds it."""
        return self.cited or self.span


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
    spots = [spot for passage in passages for spot in spots_of(passage, citations)]
    found: list[Conflict] = []
    taken: set[tuple[str, Span]] = set()
    for spot in spots:
        if spot.cited is None or key_of(spot) in taken:
            continue
        rivals = list(islice(rivals_of(spot, spots, asked), PLACES_MOST - 1))
        if not rivals:
            continue
        places = [Place(spot.passage, spot.place, rivals[0][1].first, date_of(spot.passage, opening(spot.passage)))]
        for rival, difference in rivals:
            places.append(
                Place(rival.passage, rival.place, difference.second, date_of(rival.passage, opening(rival.passage)))
            )
        taken |= {key_of(spot), *(key_of(rival) for rival, _ in rivals)}
        found.append(Conflict(tuple(places)))
        if len(found) == CONFLICTS_MOST:
            break
    return tuple(found)


def key_of(spot: Spot) -> tuple[str, Span]:
    """Return what tells a place from the others."""
    return spot.passage.document_id or spot.passage.source, spot.place


def spots_of(passage: Passage, citations: Sequence[Citation]) -> Iterator[Spot]:
    """Yield the sentences of a passage, each with the citation that it lies in."""
    cited = [
        Span(citation.start, citation.end)
        for citation in citations
        if (citation.document_id, citation.source, citation.revision)
        == (passage.document_id, passage.source, passage.revision)
        and passage.start <= citation.start
        and citation.end <= passage.end
    ]
    about = ". ".join((passage.title, *passage.heading))
    for start, end in segment(passage.text):
        text = passage.text[start:end]
        if text.strip():
            span = passage.reading.locate(start, end)
            holds = next((place for place in cited if place.start < span.end and span.start < place.end), None)
            yield Spot(passage, span, read_statement(" ".join(text.split()), about, passage.text), holds)


def differ(spot: Spot, other: Spot, question: Question) -> Difference | None:
    """Return how two places contradict each other; values in other words must stand in different documents."""
    found = compare(spot.statement, other.statement, question)
    apart = spot.passage.source != other.passage.source
    rules = (
        compare_kinds,
        compare_denial,
        compare_ranks,
        compare_alternatives,
        *((compare_reworded,) if apart else ()),
    )
    for rule in rules:
        found = found or rule(spot.statement, other.statement, question)
    return found


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
