"""From a drafted sentence to the characters of the source that support it.

The verifier is the judge and says where the support stands; the drafter's marker is a hint that decides between
equals, so that a wrong marker, one out of range or none at all never leads to a wrong citation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rag.computations import Statement, settle_by_rules, settle_numbers
from rag.fragments import Stated, held_to_no, of_another, said_of_another, state_answer
from rag.protocols import Verifier
from rag.sentences import segment
from rag.types import (
    Citation,
    Claim,
    DraftSentence,
    Evidence,
    Excerpt,
    Judgement,
    Passage,
    Span,
    Verdict,
    VerifierIdentity,
    describe,
)

CITED_VERDICTS = (Verdict.SUPPORTED, Verdict.PARTIAL)
"""Verdicts that come with a citation; nothing unsupported gets one, so that it cannot look supported."""

EQUAL = 0.05
"""Scores of the same verdict that differ by less are equal, and the marker decides: what stands around a sentence moves
the score a little. Only word for word is above all else."""

VERBATIM = 1.0
"""Score of a sentence that stands in a source word for word."""

ABOVE_CHARACTERS = 200
"""Of a title or heading, so many characters are read with a passage."""

NEARBY_CHARACTERS = 2000
"""Before a sentence, so far is looked for what set its time."""

Source = tuple[Passage, Span]
"""A passage and a canonical span in it."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence's judgement, and where in the canonical texts it stands.

    Attributes:
        judgement: The verifier's; `Verdict.UNCITED` where it names no place for the support it sees.
        sources: Passage and canonical span, best first; not empty exactly for supported and partial sentences.
        computed: How each number that stands in no source follows from cited ones.
    """

    judgement: Judgement
    sources: tuple[Source, ...] = ()
    computed: tuple[str, ...] = ()


class InContext:
    """A verifier that reads each passage under the title and headings it stands under, as the drafter was shown it.

    What a report is of often stands nowhere but in its title. Nothing in a title is cited: evidence there is left out,
    and a sentence that has no other is judged by the passages alone.
    """

    def __init__(self, verifier: Verifier, passages: Sequence[Passage]) -> None:
        """Take the verifier to ask, and the passages whose texts it will be given, all and in this order."""
        self.verifier = verifier
        self.above = [above(passage) for passage in passages]

    @property
    def identity(self) -> VerifierIdentity:
        """That of the verifier asked."""
        return self.verifier.identity

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """Judge a sentence by passages; see `Verifier.verify`.

        Raises:
            VerifierError: The verifier's model cannot be run.
        """
        texts = [first + text for first, text in zip(self.above, evidence, strict=True)]
        judgement = self.verifier.verify(claim, texts)
        placed = tuple(moved for item in judgement.evidence if (moved := behind(item, self.above)) is not None)
        if judgement.evidence and not placed:
            return self.verifier.verify(claim, evidence)
        return replace(judgement, evidence=placed)


def behind(item: Evidence, before: Sequence[str]) -> Evidence | None:
    """Return a stretch of a passage read under its headings as one of the passage; None where it lies in them."""
    length = len(before[item.index]) if 0 <= item.index < len(before) else 0
    return replace(item, start=max(item.start - length, 0), end=item.end - length) if item.end > length else None


def above(passage: Passage) -> str:
    """Return the title and headings that a passage stands under, as a paragraph before it; empty where it has none.

    A heading that begins the passage itself is left to it. What goes by nothing but its place has no title of its own.
    """
    title = "" if passage.title == passage.source else passage.title
    names = dict.fromkeys(" ".join(name.split()) for name in (title, *passage.heading))
    beginning = " ".join(passage.text[:ABOVE_CHARACTERS].split())
    kept = [name for name in names if name and not beginning.startswith(name)]
    return "".join(f"{name[:ABOVE_CHARACTERS]}.\n\n" for name in kept)


def cite(
    sentence: DraftSentence,
    passages: Sequence[Passage],
    verifier: Verifier,
    *,
    question: str = "",
    nearby: Sequence[Source] = (),
) -> Cited:
    """Align a drafted sentence to the smallest source spans that support it.

    Args:
        sentence: As drafted; its markers are a hint.
        passages: What the drafter was shown; one found in the documents no longer must be left out by the caller.
        verifier: Judges the support.
        question: The stand-alone question, which completes a fragment (``24 hours.``).
        nearby: What the sentence before it cites; its numbers may be computed from theirs.
    """
    judgement, stated = judge_answer(sentence, question, passages, verifier)
    nearby = [source for source in nearby if source[0] in passages]
    settled = settle_numbers(
        sentence.text,
        judgement,
        [passage.text for passage in passages],
        InContext(verifier, passages),
        question="" if stated.text == sentence.text else question,
        nearby=[quote_of(*source) for source in nearby],
    )
    judgement = settled.judgement
    if judgement.verdict in CITED_VERDICTS and judgement.score != VERBATIM:
        threshold = verifier.identity.threshold
        ruled = settle_by_rules(stated.text, judgement, statements_of(passages), threshold)
        judgement = judgement if ruled is judgement else in_sentence(ruled, stated)
    if judgement.verdict not in CITED_VERDICTS:
        return Cited(judgement)
    found = [source for item in judgement.evidence for source in locate(item, passages)]
    sources = tuple(dict.fromkeys([*found, *(nearby[index] for index in settled.nearby)]))
    if not sources:
        return Cited(replace(judgement, verdict=Verdict.UNCITED, problem="the place of its support is not known"))
    return Cited(judgement, sources, settled.computed)


def judge_with_hint(claim: str, markers: Sequence[int], passages: Sequence[Passage], verifier: Verifier) -> Judgement:
    """Return the best judgement over the passages; among equal ones, that of the passages the markers name."""
    best = judge_in_context(claim, passages, verifier)
    hinted = [index for index, passage in enumerate(passages) if passage.number in markers]
    if best.score is None or not hinted or all(item.index in hinted for item in best.evidence):
        return best
    named = judge_in_context(claim, [passages[index] for index in hinted], verifier)
    if named.verdict is not best.verdict or named.score is None or named.score < best.score - EQUAL:
        return best
    if best.score == VERBATIM != named.score:
        return best
    return replace(named, evidence=tuple(replace(item, index=hinted[item.index]) for item in named.evidence))


def judge_in_context(claim: str, passages: Sequence[Passage], verifier: Verifier) -> Judgement:
    """Return the judgement on a sentence by passages, each read under its title and headings."""
    return InContext(verifier, passages).verify(claim, [passage.text for passage in passages])


def statements_of(passages: Sequence[Passage]) -> list[Statement]:
    """Return the sentences of passages, each with the headings and names that say what it is about."""
    return [
        Statement(
            passage.text[start:end],
            names_above(passage, start),
            passage.text[max(0, start - NEARBY_CHARACTERS) : start],
        )
        for passage in passages
        for start, end in segment(passage.text)
    ]


def names_above(passage: Passage, start: int) -> tuple[str, ...]:
    """Return what a place of a passage's reading text stands under: headings, innermost first, title, file name."""
    at = passage.reading.locate(start, start + 1).start
    return (*reversed(passage.heading_at(at)), passage.title, PurePosixPath(passage.source).stem)


def judge_answer(
    sentence: DraftSentence, question: str, passages: Sequence[Passage], verifier: Verifier
) -> tuple[Judgement, Stated]:
    """Return the judgement on a sentence, and what was judged: the sentence, or what it answers to its question."""
    judgement, stated = judge_stated(sentence, question, passages, verifier)

    def ask(claim: str) -> Judgement:
        return judge_with_hint(claim, sentence.markers, passages, verifier)

    return held_to_no(sentence.text, question, judgement, ask, verifier.identity.threshold), stated


def judge_stated(
    sentence: DraftSentence, question: str, passages: Sequence[Passage], verifier: Verifier
) -> tuple[Judgement, Stated]:
    """Return the judgement on a sentence, a short one as what it answers, and what was judged.

    What stands in a source word for word needs no question, unless it is no more than a yes or a no.
    """
    stated = state_answer(sentence.text, question)
    itself = Stated(sentence.text)
    judgement = judge_with_hint(sentence.text, sentence.markers, passages, verifier)
    if stated == itself or (stated.offset is not None and judgement.score == VERBATIM):
        return judgement, itself
    if stated.offset is not None and judgement.verdict is Verdict.NOT_A_CLAIM:
        return judgement, itself
    judgement = in_sentence(judge_with_hint(stated.text, sentence.markers, passages, verifier), stated)
    supported = judgement.verdict is Verdict.SUPPORTED and stated.offset is not None
    if supported and said_of_another(sentence.text, question, [passage.text for passage in passages]):
        return of_another(sentence.text, judgement, verifier.identity.threshold), stated
    return judgement, stated


def in_sentence(judgement: Judgement, stated: Stated) -> Judgement:
    """Return the judgement of a statement as one of the sentence that stands for it."""
    length = stated.offset
    if length is None:
        return replace(judgement, unsupported=())
    parts = tuple(Span(max(start - length, 0), end - length) for start, end in judgement.unsupported if end > length)
    return replace(judgement, unsupported=parts)


def locate(item: Evidence, passages: Sequence[Passage]) -> list[tuple[Passage, Span]]:
    """Return a stretch of a passage's reading text as a canonical span without white space at its ends."""
    if not 0 <= item.index < len(passages):
        return []
    passage = passages[item.index]
    text = passage.text[item.start : item.end]
    start = item.start + len(text) - len(text.lstrip())
    end = item.start + len(text.rstrip())
    if not 0 <= start < end <= len(passage.text):
        return []
    span = trim(passage, passage.reading.locate(start, end))
    return [(passage, span)] if span is not None else []


def trim(passage: Passage, span: Span) -> Span | None:
    """Return `span` inside the passage and without white space at its ends; None where nothing is left."""
    start, end = max(span.start, passage.start), min(span.end, passage.end)
    quote = passage.canonical[start - passage.start : end - passage.start]
    if start >= end or not quote.strip():
        return None
    return Span(start + len(quote) - len(quote.lstrip()), start + len(quote.rstrip()))


class Numbering:
    """The citations of one answer: numbered from 1 in the order of release, one number for one place.

    Attributes:
        citations: By number, ascending.
    """

    def __init__(self) -> None:
        """Start without citations."""
        self.citations: list[Citation] = []
        self.numbers: dict[tuple[str, str, str, int, int], int] = {}

    def number(self, passage: Passage, span: Span) -> int:
        """Return the number of this place in its document, a new one where it is cited for the first time."""
        place = (passage.document_id, passage.source, passage.revision, span.start, span.end)
        if place not in self.numbers:
            self.numbers[place] = len(self.citations) + 1
            self.citations.append(citation_of(passage, span, self.numbers[place]))
        return self.numbers[place]


def claim_of(
    text: str, start: int, judgement: Judgement, numbers: Sequence[int], computed: Sequence[str] = ()
) -> Claim:
    """Return a sentence of an answer with its judgement and the numbers of its citations."""
    return Claim(
        text=text,
        start=start,
        end=start + len(text),
        verdict=judgement.verdict,
        score=judgement.score,
        citations=tuple(numbers),
        problem=judgement.problem,
        problem_kind=judgement.problem_kind,
        unsupported=judgement.unsupported,
        computed=tuple(computed),
    )


def citation_of(passage: Passage, span: Span, number: int) -> Citation:
    """Return the citation of a canonical span of a passage.

    Raises:
        ValueError: The span does not lie in the passage (a mistake of the caller).
    """
    excerpt = excerpt_of(passage, span)
    return Citation(
        number=number,
        document_id=excerpt.document_id,
        source=excerpt.source,
        title=excerpt.title,
        revision=excerpt.revision,
        start=excerpt.start,
        end=excerpt.end,
        quote=excerpt.quote,
        lines=excerpt.lines,
        heading=excerpt.heading,
        page=excerpt.page,
        locator=excerpt.locator,
        text_sha256=passage.text_sha256,
        reader=passage.reader,
    )


def excerpt_of(passage: Passage, span: Span) -> Excerpt:
    """Return a canonical span of a passage with its words.

    Raises:
        ValueError: The span does not lie in the passage (a mistake of the caller).
    """
    if not passage.start <= span.start < span.end <= passage.end:
        raise ValueError(f"{span} is not within the passage {passage.start}:{passage.end} of {passage.source}")
    before = passage.canonical[: span.start - passage.start]
    quote = quote_of(passage, span)
    first = passage.lines[0] + count_lines(before)
    place = describe(passage.places, span.start, span.end)
    return Excerpt(
        document_id=passage.document_id,
        source=passage.source,
        title=passage.title,
        revision=passage.revision,
        start=span.start,
        end=span.end,
        quote=quote,
        lines=(first, first + count_lines(quote)),
        heading=passage.heading_at(span.start),
        page=passage.page if place.page is None else place.page,
        locator=place.locator,
    )


def excerpts_of(judgement: Judgement, passages: Sequence[Passage]) -> tuple[Excerpt, ...]:
    """Return what a judgement rests on, best first, whether it supports or not; empty where no place is named."""
    places = dict.fromkeys(place for item in judgement.evidence for place in locate(item, passages))
    return tuple(replace(excerpt_of(passage, span), window=passage.number) for passage, span in places)


def quote_of(passage: Passage, span: Span) -> str:
    """Return the canonical text of a span of a passage."""
    return passage.canonical[span.start - passage.start : span.end - passage.start]


def count_lines(text: str) -> int:
    """Return how many line ends `text` holds."""
    return text.count("\n")
