"""Nouns of asking: from a drafted sentence to the answer and its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from rag.types.reading import Span
from rag.types.sources import Passage


class Verdict(StrEnum):
    """What the verifier says of a sentence. "Not cited" is not "false"; "not checked" is neither."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    UNCITED = "uncited"
    NOT_A_CLAIM = "not_a_claim"
    NOT_CHECKED = "not_checked"


class ProblemKind(StrEnum):
    """What is wrong with a sentence that the evidence does not bear out."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    NOT_MENTIONED = "not_mentioned"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of one piece of evidence: its index among those handed in, and a span in its text."""

    index: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verifier's finding on one claim.

    Attributes:
        verdict: Never `Verdict.UNCITED`, which is for the one who cites.
        score: Support in [0, 1]; None where nothing was checked.
        evidence: The smallest stretches that carry the support, best first; empty where there is none.
        problem: Where support falls short, what is wrong, for a person: ``number 24 is not in the source``.
        problem_kind: The same for a program; None where nothing is wrong, or it is none of these.
        unsupported: The parts of the claim that the evidence does not bear out, in order; empty where all is, and
            where the verifier cannot say.
    """

    verdict: Verdict
    score: float | None
    evidence: tuple[Evidence, ...] = ()
    problem: str | None = None
    problem_kind: ProblemKind | None = None
    unsupported: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence as drafted, before anything vouches for it.

    Attributes:
        text: Plain text, citation markers taken out, stripped.
        markers: Numbers of the passages it claims to rest on: a hint, possibly wrong.
        lead: White space that stands before it in the answer (`` ``, a line break, a blank line), and after it the
            sign of its list item, where it has one (``- ``, ``1. ``).
        optional: Whether it is left out where it is not supported: what follows from the others and adds nothing.
    """

    text: str
    markers: tuple[int, ...] = ()
    lead: str = " "
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost; the parts of one add up with ``+``."""

    input_tokens: int = 0
    output_tokens: int = 0
    llm_calls: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Return what both cost together."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.llm_calls + other.llm_calls,
            self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True, slots=True)
class DraftEnd:
    """The last thing a drafter yields.

    Attributes:
        finish: ``complete``; ``incomplete`` when the model was cut off; ``refused`` when the drafter says that
            the passages do not hold the answer.
        usage: What drafting cost.
        warnings: What a person should know, in plain words.
        prompt_sha256: Hash of what the model was told; None where there is no model.
    """

    finish: Literal["complete", "incomplete", "refused"]
    usage: Usage = Usage()
    warnings: tuple[str, ...] = ()
    prompt_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """What a drafter makes of a sentence of its own that the passages do not bear out.

    Attributes:
        sentence: What is to stand in its place; None where there is nothing better to say.
        usage: What it cost.
    """

    sentence: DraftSentence | None = None
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence stands in a source; ``canonical_text[start:end] == quote`` always.

    Attributes:
        number: What faces show as ``[n]``; given at release, from 1, not a passage's number.
        document_id: The document's identity; empty for a passage that a caller brought himself.
        source: The document's source path.
        title: The document's title.
        revision: ``sha256:`` of the file's bytes.
        start: First canonical character.
        end: Canonical end.
        quote: Canonical text, verbatim.
        lines: First and last line, from 1.
        heading: Path of headings above it.
        page: Page on which it begins, where the format has pages.
        locator: Its place for people, where the format has places: ``pages 3-4``, ``slide 4``, ``Budget!B7:D7``.
        state: ``removed`` once the document is gone or replaced.
        text_sha256: Hash of the canonical text that `start` and `end` count in; empty where it is not at hand.
        reader: Name and version of the reader that made that text of the file; empty as that is.
    """

    number: int
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
    state: Literal["live", "removed"] = "live"
    text_sha256: str = ""
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer with its verdict; ``answer.text[start:end] == text``.

    Attributes:
        text: The sentence, plain text.
        start: First character in the answer's text.
        end: End in the answer's text.
        verdict: What the verifier says.
        score: Support in [0, 1]; None where nothing was checked.
        citations: Numbers of its citations, best first.
        problem: What is wrong where support falls short, for a person.
        problem_kind: The same for a program.
        unsupported: The parts of ``text`` that the sources do not bear out, in order.
        computed: Each number that stands in no source but follows from cited ones, as ``15% = (23 - 20) / 20``.
    """

    text: str
    start: int
    end: int
    verdict: Verdict
    score: float | None
    citations: tuple[int, ...] = ()
    problem: str | None = None
    problem_kind: ProblemKind | None = None
    unsupported: tuple[Span, ...] = ()
    computed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifierIdentity:
    """Which verifier judged, so that scores of two are never mixed.

    Attributes:
        name: Its tier: ``built-in``, ``cross-encoder`` or ``llm``.
        version: Of our code that makes a judgement of what the model says.
        threshold: Score from which a claim is supported.
        model: Name of the model behind it; None where it is part of Vouch.
        revision: Hash of that model's files; None where it is not known, as of a model behind an address.
    """

    name: str
    version: str
    threshold: float
    model: str | None = None
    revision: str | None = None

    def __str__(self) -> str:
        """Return all of it on one line: ``cross-encoder/1 NAME sha256:... from 0.5``."""
        parts = (f"{self.name}/{self.version}", self.model, self.revision, f"from {self.threshold:g}")
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Cited places that say different things of the same.

    Attributes:
        citations: Their numbers; the first is one that the answer rests on.
        kind: ``differ``: each says a value of its own. ``denied``: one denies, or calls off, what another says.
            ``replaced``: the document of the second says that it replaces that of the first.
        said: The value that each says, as written; empty where there is none.
        dates: When the document of each was written, in ISO 8601 as far as it says; empty where it does not.
        latest: The number of the one whose document is surely the latest; None where that is not known.
        only_before: Whether the answer rests on the latest alone, so that the others tell what was before.
        told: The same for a person; it stands among the answer's warnings too.
    """

    citations: tuple[int, ...]
    kind: Literal["differ", "denied", "replaced"]
    said: tuple[str, ...]
    dates: tuple[str, ...]
    latest: int | None
    only_before: bool
    told: str


@dataclass(frozen=True, slots=True)
class SufficiencyScore:
    """How sure it was that the documents can answer, and how sure it had to be.

    Attributes:
        score: How likely they can, in [0, 1]; of a question of several parts, that of its surest part.
        threshold: The least score that is answered.
        calibrated: Whether the threshold was fitted to the collection.
    """

    score: float
    threshold: float
    calibrated: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation.

    Attributes:
        question: As asked.
        answer: Its text.
        standalone: The question as searched for; empty where that is not known.
        titles: Titles and headings of what the answer cites, the nearest first.
        passages: Texts of the passages shown of the documents that it cites.
        documents: Ids of those that it rests on or shows, and of those that the turns before it did.
        answer_id: Of the stored answer; empty for one that is not stored.
    """

    question: str
    answer: str
    standalone: str = ""
    titles: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    answer_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, as given and as stored. Abstaining is an answer, not an error.

    Attributes:
        id: ``ans_`` and a random part.
        question: As asked.
        standalone_question: As searched for, with what a follow-up leaves out put in.
        status: ``complete``; ``incomplete`` when the model was cut off; ``source_removed`` when a cited document
            went away meanwhile.
        abstained: Whether the documents do not say; then `sentences` holds nothing that claims anything, and
            `passages` the nearest evidence.
        reason: Why it abstained, for a person; None where it did not.
        text: Plain text without markers.
        collection: Name of the collection asked.
        generation: The collection's generation that was searched.
        model: ``extractive`` or the model's name.
        verifier: Who judged.
        created_at: ISO 8601, UTC.
        sentences: In order.
        citations: By number.
        passages: What was shown to the drafter; the nearest evidence of an abstention.
        usage: What it cost.
        timings_ms: Milliseconds by stage; ``total`` always.
        warnings: What a person should know, in plain words.
        missing: Parts of the question the documents do not answer, and what it takes for granted that they do not say.
        false_premises: What the question takes for granted and the documents say otherwise; then the sentences tell
            what they say instead.
        sufficiency: How sure it was that the documents can answer; None for an answer of an earlier Vouch.
        conflicts: Groups of citation numbers that disagree.
        disagreements: What each of these groups disagrees in, in the same order.
        conversation_id: The conversation it belongs to, if any.
        prompt_sha256: Hash of the prompt sent to a model; None for the extractive drafter.
    """

    id: str
    question: str
    standalone_question: str
    status: Literal["complete", "incomplete", "source_removed"]
    abstained: bool
    reason: str | None
    text: str
    collection: str
    generation: int
    model: str
    verifier: VerifierIdentity
    created_at: str
    sentences: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    usage: Usage
    timings_ms: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    conflicts: tuple[tuple[int, ...], ...] = ()
    conversation_id: str | None = None
    prompt_sha256: str | None = None
    false_premises: tuple[str, ...] = ()
    sufficiency: SufficiencyScore | None = None
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Event: what was found, before anything is drafted."""

    standalone_question: str
    generation: int
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """Event: a sentence is final.

    Attributes:
        sentence: The sentence with its verdict.
        citations: Those it is the first to use.
        lead: What stands before it in the answer's text: white space, and the sign of a list item.
    """

    sentence: Claim
    citations: tuple[Citation, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """Event: the whole answer; always the last.

    Attributes:
        answer: The answer.
        shown: The documents that the drafter was shown, or that earlier turns had from, those gone since included.
    """

    answer: Answer
    shown: tuple[str, ...] = ()


Event = Retrieved | Released | Answered
"""What asking yields, in this order: one `Retrieved`, any number of `Released`, one `Answered`. An error is raised."""
