"""An answer against its sources: integrity without a model, and support by the verifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.citations import Numbering, cite
from rag.protocols import Verifier
from rag.types import Citation, Claim, DraftSentence, Passage
from rag.wire import WireAnswer, WireCitation

Outcome = Literal["intact", "revised", "missing", "altered", "removed"]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A source as it is now.

    Attributes:
        revision: ``sha256:`` of its bytes.
        text: Its canonical text.
    """

    revision: str
    text: str


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """What became of one citation.

    Attributes:
        number: The citation's number; 0 for a finding on the answer itself.
        outcome: ``intact``: same revision, and the quote stands at its place. ``revised``: the file has changed,
            but the quote still stands at its place. ``altered``: the quote does not stand there. ``missing``: there is
            no such source. ``removed``: the citation was withdrawn when its document was deleted.
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
    """Return where an answer contradicts itself: sentence spans and citation numbers."""
    numbers = {citation.number for citation in answer.citations}
    problems = []
    for position, sentence in enumerate(answer.sentences, 1):
        if answer.text[sentence.start : sentence.end] != sentence.text:
            problems.append(f"sentence {position} does not stand at {sentence.start}:{sentence.end} of the answer")
        problems += [
            f"sentence {position} cites [{number}], which the answer does not list"
            for number in sentence.citations
            if number not in numbers
        ]
    return problems


def check_citation(citation: WireCitation, source: SourceText | None) -> IntegrityCheck:
    """Check one citation against its source as it is now."""
    place = f"{citation.source}:{citation.lines[0]}"
    if citation.state == "removed":
        return IntegrityCheck(citation.number, "removed", f"{citation.source} was removed after the answer")
    if source is None:
        return IntegrityCheck(citation.number, "missing", f"{citation.source} is not there")
    # A slice may end past the text and still equal the quote, so the length is compared as well.
    whole = bool(citation.quote) and len(citation.quote) == citation.end - citation.start
    stands = whole and source.text[citation.start : citation.end] == citation.quote
    if stands and source.revision == citation.revision:
        return IntegrityCheck(citation.number, "intact", f"{place} holds the quote")
    if stands:
        return IntegrityCheck(citation.number, "revised", f"{place} still holds the quote; the file has changed")
    changed = "the file has changed" if source.revision != citation.revision else "the file has not changed"
    return IntegrityCheck(citation.number, "altered", f"{place} does not hold the quote; {changed}")


@dataclass(frozen=True, slots=True)
class SupportCheck:
    """Sentences with their verdicts, and the citations that carry them."""

    sentences: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def check_support(sentences: Sequence[str], passages: Sequence[Passage], verifier: Verifier) -> SupportCheck:
    """Judge each sentence by the passages; whatever markers an answer carried play no part.

    Returns:
        One claim a sentence, in order, with positions in the sentences joined by single spaces.
    """
    numbering = Numbering()
    claims: list[Claim] = []
    start = 0
    for sentence in sentences:
        cited = cite(DraftSentence(sentence), passages, verifier)
        numbers = tuple(numbering.number(passage, span) for passage, span in cited.sources)
        judgement = cited.judgement
        end = start + len(sentence)
        claims.append(Claim(sentence, start, end, judgement.verdict, judgement.score, numbers, judgement.problem))
        start = end + 1
    return SupportCheck(tuple(claims), tuple(numbering.citations))
