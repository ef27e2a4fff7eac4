"""One evaluated answer, with all that its scores rest on: what a page shows and a later run is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rag.types import Claim, Usage


@dataclass(frozen=True, slots=True)
class Score:
    """What one metric says of one answer.

    Attributes:
        value: In [0, 1] but for costs and latencies; None where it could not be scored, which is not zero.
        reason: Why it could not be scored, or what the value rests on; None where that goes without saying.
    """

    value: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ContextDetail:
    """A passage that the answer was drafted from.

    Attributes:
        number: From 1; what a marker ``[n]`` in the answer refers to.
        text: What it says.
        source: Where it comes from; empty where that is not known.
        title: Its title for people; may be empty.
    """

    number: int
    text: str
    source: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote that an answer itself gives as a citation.

    Attributes:
        number: What a marker ``[n]`` refers to.
        text: Verbatim text; empty where the citation only names a passage.
        context: Number of the passage it names or was taken from; None where it names none.
    """

    number: int
    text: str = ""
    context: int | None = None


@dataclass(frozen=True, slots=True)
class CitationDetail:
    """A quote that a sentence rests on.

    Attributes:
        number: What the sentences' `Claim.citations` refer to.
        quote: Verbatim text.
        source: Where it stands; empty where that is not known.
        title: The title of that; may be empty.
        start: First character in the source's text, or in the passage's where the source is not at hand.
        end: Its end; None where only the quote is known, as `start` then is.
        lines: First and last line in the source, from 1, where known.
        context: Number of the passage it was found in; None where that is not known.
    """

    number: int
    quote: str
    source: str = ""
    title: str = ""
    start: int | None = None
    end: int | None = None
    lines: tuple[int, int] | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerDetail:
    """One answer of a run. It is also a row that ``vouch evaluate`` reads again.

    The texts are there only where the caller asked for them; a run that goes on where an earlier one ended, and any
    that writes its scores only, leaves them empty, so that nothing of a document outlives its deletion.

    Attributes:
        id: Unique in its run; what two runs are paired by.
        question: As asked.
        kind: Free label; may be empty.
        answer: Its text, plain, without markers.
        reference: The right answer; empty where it is not known.
        answerable: Whether the documents hold the answer; None where it is not known.
        abstained: Whether it refuses to answer.
        sentences: Its sentences with their verdicts, in order; their citations are numbers in `citations`.
        markers: For each sentence the contexts that the answer itself names for it; empty where it names none.
        quotes: The citations that the answer itself gives, apart from markers; none in an answer of our own.
        citations: The quotes found for the sentences, by number.
        contexts: What it was drafted from, by number.
        scores: By metric; empty where there is an error.
        error: Code of the error that kept it from being answered or read; None where all went well.
        error_detail: The same for a person.
        usage: What the answer cost, as far as that is known.
        timings_ms: Milliseconds by stage; ``total`` for the answer, ``score`` for scoring it.
        sufficiency: How sure it was that the documents can answer, in [0, 1]; None where that is not known.
    """

    id: str
    question: str = ""
    kind: str = ""
    answer: str = ""
    reference: str = ""
    answerable: bool | None = None
    abstained: bool = False
    sentences: tuple[Claim, ...] = ()
    markers: tuple[tuple[int, ...], ...] = ()
    quotes: tuple[Quote, ...] = ()
    citations: tuple[CitationDetail, ...] = ()
    contexts: tuple[ContextDetail, ...] = ()
    scores: Mapping[str, Score] = field(default_factory=dict)
    error: str | None = None
    error_detail: str = ""
    usage: Usage = field(default_factory=Usage)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    sufficiency: float | None = None

    def without_text(self) -> AnswerDetail:
        """Return the same without anything that a document, an answer or a question says; errors stay, to be mended."""
        bare = replace(self, question="", answer="", reference="", sentences=(), markers=(), citations=(), contexts=())
        return replace(bare, quotes=tuple(replace(quote, text="") for quote in self.quotes))
