"""A contradiction between sources: its places, which of them is the latest, and how a person is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from rag.conflicts.dates import DocumentDate
from rag.types import Disagreement, Passage, Span

Kind = Literal["differ", "denied", "replaced"]
"""Each place says a value of its own; one denies, or calls off, what another says; the document of the second replaces
that of the first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source says one of the values.

    Attributes:
        passage: The passage.
        span: Canonical span in it.
        said: The value as written; empty where something is affirmed, denied or replaced.
        date: When its document was written; None where that is not known.
        cited: Whether the answer itself cites it.
    """

    passage: Passage
    span: Span
    said: str
    date: DocumentDate | None = None
    cited: bool = False

    def told(self, number: int) -> str:
        """Return where it stands, and when that was written: ``[2] (minutes.md, 23 June 2025)``."""
        name = PurePosixPath(self.passage.source).name
        return f"[{number}] ({name}, {self.date})" if self.date else f"[{number}] ({name})"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Places that say different things of the same; the first is one that the answer cites."""

    places: tuple[Place, ...]
    kind: Kind = "differ"

    @property
    def latest(self) -> int | None:
        """The index of the place whose document is surely the latest; None where that is not known."""
        if self.kind == "replaced":
            return 1
        for index, place in enumerate(self.places):
            others = [other for other in self.places if other is not place]
            if place.date and all(other.date and other.date.is_before(place.date) for other in others):
                return index
        return None

    @property
    def only_before(self) -> bool:
        """Whether the answer cites the latest place alone, so that the others only tell what was before."""
        return self.latest == 0 and not any(place.cited for place in self.places[1:])

    def numbered(self, numbers: Sequence[int]) -> Disagreement:
        """Return it as part of an answer, `numbers` being those of the places' citations."""
        return Disagreement(
            citations=tuple(numbers),
            kind=self.kind,
            said=tuple(place.said for place in self.places),
            dates=tuple(place.date.iso if place.date else "" for place in self.places),
            latest=None if self.latest is None else numbers[self.latest],
            only_before=self.only_before,
            told=self.told(numbers),
        )

    def told(self, numbers: Sequence[int]) -> str:
        """Return it for a person, `numbers` being those of the places' citations."""
        places = [place.told(number) for place, number in zip(self.places, numbers, strict=True)]
        if self.kind == "replaced":
            return f"The document of {places[0]} is replaced by a later one: {places[1]}."
        values = [f"{place.said} {told}".strip() for place, told in zip(self.places, places, strict=True)]
        if len(places) == 2 and not self.places[1].cited and self.latest is not None:
            which, says = ("An earlier", "said") if self.only_before else ("A later", "says")
            if self.kind == "differ":
                return f"{which} source {says} {values[1]} instead of {values[0]}."
            return f"{which} source {says} otherwise: {values[1]} against {values[0]}."
        if self.latest is not None:
            values[self.latest] = f"{values[self.latest][:-1]}, the {'later' if len(values) == 2 else 'latest'})"
        listed = f"{', '.join(values[:-1])} and {values[-1]}"
        lead = "The sources differ" if self.kind == "differ" else "One source denies what another says"
        return f"{lead}: {listed}."
