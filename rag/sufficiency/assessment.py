"""What may be answered of a question: the whole, its parts, and what it takes for granted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.sufficiency.decision import Sufficiency
from rag.sufficiency.premises import FalsePremise
from rag.types import SufficiencyScore


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The score from which it answers at risk 0.5.

    Attributes:
        fitted: As fitted to the collection; None for the built-in one.
        warnings: Why a fitted one is not used, for a person.
    """

    fitted: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssessedPart:
    """A part of a question, readable by itself, and whether the passages can answer it."""

    question: str
    sufficiency: Sufficiency


@dataclass(frozen=True, slots=True)
class Assessment:
    """What may be answered of a question.

    Attributes:
        question: The stand-alone question.
        whole: Whether the passages can answer it as a whole.
        parts: Its parts, in order; empty where it has only one.
        premise: What it takes for granted and the passages say otherwise; None where there is nothing.
    """

    question: str
    whole: Sufficiency
    parts: tuple[AssessedPart, ...] = ()
    premise: FalsePremise | None = None

    @property
    def supported(self) -> tuple[AssessedPart, ...]:
        """The parts that can be answered."""
        return tuple(part for part in self.parts if part.sufficiency.answerable)

    @property
    def answerable(self) -> bool:
        """Whether anything may be drafted: never where the question takes for granted what is not so."""
        return self.premise is None and (self.whole.answerable or bool(self.supported))

    @property
    def to_draft(self) -> tuple[str, ...]:
        """The questions to draft for: the question itself, or only the parts that can be answered."""
        some = 0 < len(self.supported) < len(self.parts)
        return tuple(part.question for part in self.supported) if some else (self.question,)

    @property
    def reason(self) -> str:
        """The decision in words."""
        if self.premise is not None:
            return "The question takes for granted what the documents found do not say."
        return self.whole.reason

    @property
    def missing(self) -> tuple[str, ...]:
        """What the documents do not say, as asked: a false premise, the parts, or names, numbers and words."""
        if self.premise is not None:
            return (self.premise.text,)
        if 0 < len(self.supported) < len(self.parts):
            return tuple(part.question.rstrip("? ") for part in self.parts if not part.sufficiency.answerable)
        if self.supported:
            return tuple(dict.fromkeys(name for part in self.parts for name in part.sufficiency.missing))
        return self.whole.missing

    @property
    def false_premises(self) -> tuple[str, ...]:
        """What the question takes for granted and the documents say otherwise."""
        return (self.premise.text,) if self.premise is not None else ()

    def told(self, cutoff: Cutoff) -> SufficiencyScore:
        """Return the score as it stands in the answer: that of the surest part."""
        found: Sequence[Sufficiency] = [self.whole, *(part.sufficiency for part in self.supported)]
        surest = max(found, key=lambda sufficiency: sufficiency.score)
        return SufficiencyScore(surest.score, round(surest.threshold, 4), calibrated=cutoff.fitted is not None)
