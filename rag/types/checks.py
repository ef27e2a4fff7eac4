"""Nouns of checking again: what stands in a source, and where a stored answer stands now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rag.types.answers import Claim, ProblemKind, Verdict, VerifierIdentity


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a source with its words; it cites nothing, and may support nothing.

    Attributes:
        document_id: The document's identity; empty for a passage that a caller brought himself.
        source: The document's source path.
        title: The document's title.
        revision: ``sha256:`` of the file's bytes.
        start: First canonical character.
        end: Canonical end.
        quote: Canonical text, verbatim.
        lines: First and last line, from 1.
        heading: Path of headings above it.
        page: Page, where the format has pages.
        locator: Its place for people: pages, slide, sheet and cells, where the format has them.
        window: Number of the passage it stands in, where passages were given with it; None elsewhere.
    """

    document_id: str
    source: str
    title: str
    revision: str
    start: int
    end: int
    quote: str
    lines: tuple[int, int]
    heading: tuple[str, ...] = ()
    page: int | None = None
    locator: str | None = None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class JudgedClaim(Claim):
    """A sentence of anyone's answer, judged by passages.

    Attributes:
        evidence: The smallest stretches that the verdict rests on, best first: of a supported sentence what it cites,
            of another what is nearest to it. Empty where nothing is near.
    """

    evidence: tuple[Excerpt, ...] = ()


class Standing(StrEnum):
    """What became of a sentence of a stored answer whose documents have changed."""

    UNCHANGED = "unchanged"
    """All that it cites is as it was."""
    STILL_SUPPORTED = "still_supported"
    """The documents' new text bears it out as the answer said."""
    NO_LONGER = "no_longer"
    """The new text does not bear it out, or less than the answer said."""
    GONE = "gone"
    """A document that it cites was deleted, and its words with it."""
    NOT_CHECKED = "not_checked"
    """The new text cannot be judged by: another language, say."""
    NOT_CITED = "not_cited"
    """It cited nothing from the beginning."""


@dataclass(frozen=True, slots=True)
class RecheckedSentence:
    """A sentence of a stored answer, judged by what its documents say now.

    Attributes:
        text: The sentence; a note that it was removed where its document was deleted.
        start: First character in the answer's text.
        end: End in the answer's text.
        before: The verdict in the answer.
        standing: What became of it.
        verdict: The verdict now; None where nothing was judged.
        score: Support in [0, 1]; None where nothing was judged.
        found: Where the present text bears it out, best first; empty where it does not.
        nearest: Where it does not: what the present text says nearest; None where that is nothing.
        problem: What is wrong, for a person.
        problem_kind: The same for a program.
        unsupported: The parts of ``text`` that the present text does not bear out, in order.
        passages_judged: How many passages of its documents were judged by.
        passages: How many they have; more than were judged only of long documents, and then the best by words.
    """

    text: str
    start: int
    end: int
    before: Verdict
    standing: Standing
    verdict: Verdict | None = None
    score: float | None = None
    found: tuple[Excerpt, ...] = ()
    nearest: Excerpt | None = None
    problem: str | None = None
    problem_kind: ProblemKind | None = None
    unsupported: tuple[tuple[int, int], ...] = ()
    passages_judged: int = 0
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Recheck:
    """A stored answer judged by what its documents say now.

    Attributes:
        answer_id: The answer's id.
        question: As asked.
        created_at: When it was given, ISO 8601, UTC.
        collection: Its collection.
        answer_generation: The collection's generation that it was drawn from.
        generation: The one it was judged by.
        verifier: Who judged now.
        answer_verifier: Who judged then.
        stale: Whether a cited revision has changed or gone.
        holds: Whether no sentence is `no_longer`, `gone` or `not_checked`.
        summary: Sentences by standing; a standing that none has is left out.
        sentences: In order.
    """

    answer_id: str
    question: str
    created_at: str
    collection: str
    answer_generation: int
    generation: int
    verifier: VerifierIdentity
    answer_verifier: VerifierIdentity
    stale: bool
    holds: bool
    summary: dict[Standing, int]
    sentences: tuple[RecheckedSentence, ...]
