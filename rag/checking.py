"""An answer against its sources: integrity without a model, and support by the verifier."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from rag.citations import Cited, Numbering, Source, cite, claim_of, excerpts_of
from rag.protocols import Verifier
from rag.sentences import segment
from rag.types import (
    Citation,
    Claim,
    DraftSentence,
    Excerpt,
    JudgedClaim,
    Passage,
    ReadingText,
    Run,
    Runs,
    Span,
    VerifierIdentity,
    text_hash,
    write_place,
)
from rag.wire import WireAnswer, WireCitation

MARKERS = re.compile(r"(?:(?<!\s)\s++)?+\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\]")
"""Citation markers in an answer with the white space before them, none of which is part of what it claims.

A run of white space is read from its beginning only: the time does not grow with its square.
"""

LIST_SIGN = r"(?:[-*+•]|\d{1,3}[.)])\s+"
BETWEEN = re.compile(rf"\s*|\s*\n\s*{LIST_SIGN}")
BEFORE_ALL = re.compile(rf"\s*(?:{LIST_SIGN})?")
AFTER_ALL = re.compile(r"\s*")
"""What may stand around the sentences of an answer: white space, and on a line of its own the sign of a list item."""

Outcome = Literal["intact", "revised", "missing", "altered", "removed"]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A source as it is now.

    Attributes:
        revision: ``sha256:`` of its bytes.
        text: Its canonical text.
        reader: Name and version of the reader that made it of the file; empty where it is not known.
    """

    revision: str
    text: str
    reader: str = ""


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """What became of one citation.

    Attributes:
        number: The citation's number; 0 for a finding on the answer itself.
        outcome: ``intact``: same revision, and the quote stands at its place, by characters and by lines. ``revised``:
            the file has changed, but the quote still stands at its place. ``altered``: the quote does not stand there.
            ``missing``: there is no such source. ``removed``: the citation was withdrawn when its document was deleted.
        detail: For a person.
    """

    number: int
    outcome: Outcome
    detail: str

    @property
    def ok(self) -> bool:
        """Whether the citation holds."""
        return self.outcome in ("intact", "revised")


def check_integrity(
    answer: WireAnswer, find_source: Callable[[WireCitation], SourceText | None]
) -> list[IntegrityCheck]:
    """Check an answer's quotes and spans against its sources, without a model.

    Args:
        answer: The answer.
        find_source: Gives the source of a citation as it is now, or None where there is none.

    Returns:
        One check per citation, by number, and one numbered 0 for each part of the answer that contradicts itself.
    """
    checks = [IntegrityCheck(0, "altered", problem) for problem in find_contradictions(answer)]
    for citation in answer.citations:
        source = None if citation.state == "removed" else find_source(citation)
        checks.append(check_citation(citation, source))
    return checks


def find_contradictions(answer: WireAnswer) -> list[str]:
    """Return where an answer contradicts itself: sentence spans, text that no sentence holds, citation numbers."""
    numbers = {citation.number for citation in answer.citations}
    problems = []
    misplaced = False
    for position, sentence in enumerate(answer.sentences, 1):
        if not holds(answer.text, sentence.start, sentence.end, sentence.text):
            misplaced = True
            problems.append(f"sentence {position} does not stand at {sentence.start}:{sentence.end} of the answer")
        problems += [
            f"sentence {position} cites [{number}], which the answer does not list"
            for number in sentence.citations
            if number not in numbers
        ]
    # Between sentences that are not where they say, everything would be text of nobody.
    return problems if misplaced else problems + find_unclaimed(answer)


def find_unclaimed(answer: WireAnswer) -> list[str]:
    """Return where an answer's text says something outside of its sentences, which must be at their places."""
    spans = sorted((sentence.start, sentence.end) for sentence in answer.sentences)
    problems = []
    position = 0
    for start, end in [*spans, (len(answer.text), len(answer.text))]:
        allowed = AFTER_ALL if start == len(answer.text) else BETWEEN if position else BEFORE_ALL
        if start > position and not allowed.fullmatch(answer.text, position, start):
            problems.append(f"the answer's text at {position}:{start} is part of no sentence")
        position = max(position, end)
    return problems


def holds(text: str, start: int, end: int, quote: str) -> bool:
    """Tell whether `quote`, which is not empty, is what stands at ``start:end`` of a text.

    A slice counts negative places from the end and may end past it, so the numbers are looked at as well.
    """
    return 0 <= start < end <= len(text) and text[start:end] == quote


def check_citation(citation: WireCitation, source: SourceText | None) -> IntegrityCheck:
    """Check one citation against its source as it is now."""
    place = f"{citation.source} {citation.start}:{citation.end}"
    if within := write_place(citation):
        place += f" ({within})"
    if citation.state == "removed":
        return IntegrityCheck(citation.number, "removed", f"{citation.source} was removed after the answer")
    if source is None:
        return IntegrityCheck(citation.number, "missing", f"{citation.source} is not there")
    stands = holds(source.text, citation.start, citation.end, citation.quote)
    if stands and citation.lines != (lines := lines_of(source.text, citation.start, citation.end)):
        return IntegrityCheck(
            citation.number,
            "altered",
            f"{place} names wrong lines; the quote stands in the lines {lines[0]}-{lines[1]}",
        )
    if stands and source.revision == citation.revision:
        return IntegrityCheck(citation.number, "intact", f"{place} holds the quote")
    if stands:
        return IntegrityCheck(citation.number, "revised", f"{place} still holds the quote; the file has changed")
    return IntegrityCheck(
        citation.number, "altered", f"{place} does not hold the quote; {what_changed(citation, source)}"
    )


def what_changed(citation: WireCitation, source: SourceText) -> str:
    """Return why a quote may not stand where its citation says: the file is another, or is read otherwise now."""
    if source.revision != citation.revision:
        return "the file has changed"
    if not citation.text_sha256 or text_hash(source.text) == citation.text_sha256:
        return "the file has not changed"
    readers = f" ({citation.reader} then, {source.reader} now)" if citation.reader and source.reader else ""
    return f"the file has not changed, but Vouch reads another text in it now{readers}"


def lines_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the first and last line of a span of a text, from 1."""
    first = 1 + text.count("\n", 0, start)
    return first, first + text.count("\n", start, end)


@dataclass(frozen=True, slots=True)
class SupportCheck:
    """Sentences with their verdicts, the citations that carry them, and who judged.

    Attributes:
        text: What was judged; ``text[claim.start:claim.end] == claim.text``.
        sentences: In order.
        citations: By number.
        verifier: Who judged.
        windows: The passages that every sentence was judged by, by number; each was read whole.
    """

    text: str
    sentences: tuple[JudgedClaim, ...]
    citations: tuple[Citation, ...]
    verifier: VerifierIdentity
    windows: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenPassage:
    """A passage that a caller brings himself; only the text is needed."""

    text: str
    source: str = ""
    title: str = ""


def find_sentences(answer: str | Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    """Return the text of an answer and the spans of its sentences.

    Args:
        answer: A text, which is cut into sentences, or sentences, which are joined by single spaces.
    """
    if isinstance(answer, str):
        return answer, tuple(segment(answer))
    spans: list[Span] = []
    start = 0
    for sentence in answer:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    return " ".join(answer), tuple(spans)


def number_passages(given: Sequence[GivenPassage]) -> tuple[Passage, ...]:
    """Return a caller's passages as passages, numbered from 1 and without document."""
    return tuple(
        Passage(
            number=number,
            document_id="",
            source=passage.source or f"passage {number}",
            title=passage.title or passage.source or f"passage {number}",
            revision="",
            start=0,
            end=len(passage.text),
            canonical=passage.text,
            reading=ReadingText.plain(passage.text),
            score=0.0,
            lines=(1, 1 + passage.text.count("\n")),
        )
        for number, passage in enumerate(given, 1)
    )


def without_markers(text: str) -> ReadingText:
    """Return a sentence without citation markers, its characters mapped back to it."""
    stated = ""
    runs = Runs()
    position = 0
    for found in [*MARKERS.finditer(text), None]:
        end = found.start() if found else len(text)
        if end > position:
            runs.append(Run(len(stated), position, end - position))
            stated += text[position:end]
        position = found.end() if found else end
    return ReadingText(stated, runs)


class SupportJudging:
    """An answer being judged sentence by sentence, so that it can be given up between two of them.

    Attributes:
        text: The answer.
        spans: Its sentences, in order; each is to be handed to `judge`.
    """

    def __init__(
        self, answer: str | Sequence[str], passages: Sequence[Passage], verifier: Verifier, *, question: str = ""
    ) -> None:
        """Take an answer, a text or its sentences, and what to judge it by; whatever markers it carries play no part.

        The text is cut into sentences here, which takes a while for a long one. The question completes a fragment.
        """
        self.text, self.spans = find_sentences(answer)
        self.question = question
        self.passages = passages
        self.verifier = verifier
        self.numbering = Numbering()
        self.claims: list[JudgedClaim] = []
        self.nearby: tuple[Source, ...] = ()
        self.cited: dict[tuple[str, tuple[Source, ...]], Cited] = {}

    def judge(self, span: Span) -> None:
        """Judge one sentence; the time is that of one call of the verifier for each passage at most.

        Equal sentences behind the same citations are judged once: their judgement is the same.
        """
        start, end = span
        stated = without_markers(self.text[start:end])
        key = (stated.text, self.nearby)
        if key not in self.cited:
            draft = DraftSentence(stated.text)
            self.cited[key] = cite(draft, self.passages, self.verifier, question=self.question, nearby=self.nearby)
        cited = self.cited[key]
        self.nearby = cited.sources
        unsupported = tuple(stated.locate(*part) for part in cited.judgement.unsupported)
        judgement = replace(cited.judgement, unsupported=unsupported)
        numbers = tuple(self.numbering.number(passage, place) for passage, place in cited.sources)
        claim = claim_of(self.text[start:end], start, judgement, numbers, cited.computed)
        self.claims.append(judged(claim, excerpts_of(judgement, self.passages)))

    def finish(self) -> SupportCheck:
        """Return what has been judged."""
        citations = tuple(self.numbering.citations)
        return SupportCheck(
            self.text, tuple(self.claims), citations, self.verifier.identity, windows=tuple(self.passages)
        )


def judged(claim: Claim, evidence: tuple[Excerpt, ...]) -> JudgedClaim:
    """Return a claim with what its verdict rests on."""
    return JudgedClaim(**{field.name: getattr(claim, field.name) for field in fields(Claim)}, evidence=evidence)


def check_support(answer: str | Sequence[str], passages: Sequence[Passage], verifier: Verifier) -> SupportCheck:
    """Judge each sentence of an answer by the passages; whatever markers it carries play no part."""
    judging = SupportJudging(answer, passages, verifier)
    for span in judging.spans:
        judging.judge(span)
    return judging.finish()
