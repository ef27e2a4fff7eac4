"""An answer in the making: what is asked and what answers, the sentences released so far, and what comes of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from rag.citations import Cited, Numbering, Source, cite, claim_of
from rag.conflicts import OPENING_CHARACTERS, find_conflicts
from rag.erasing import names_citation
from rag.errors import DocumentNotFound
from rag.protocols import Drafter, Embedder, SearchIndex, Verifier
from rag.retrieval import DocumentNames, DocumentTexts, PassageSource, Retrieval
from rag.sufficiency import Assessment, Cutoff, SufficiencyReader, called, listing, names_in
from rag.types import (
    Answer,
    Claim,
    Disagreement,
    DraftEnd,
    DraftSentence,
    Passage,
    Released,
    Turn,
    Usage,
    Verdict,
)
from rag.verifiers import usage_of

FAILING = (Verdict.UNSUPPORTED, Verdict.UNCITED, Verdict.PARTIAL)
"""Verdicts of sentences that are repaired where that can be, and withheld by `strict`."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, and how.

    Attributes:
        question: As asked; already checked for length.
        history: Earlier turns of the conversation, oldest first.
        allowed: Chunks that may be found; None for all.
        top_k: Passages shown to the drafter.
        risk: How readily it answers, from 0 to 1.
        strict: Withhold what the sources do not support.
        conversation_id: The conversation it belongs to.
        repair_max_calls: Sentences that the drafter may be asked to correct.
        repair_timeout_s: Longest time for one correction; 0 for none at all.
    """

    question: str
    history: tuple[Turn, ...] = ()
    allowed: Collection[int] | None = None
    top_k: int = 6
    risk: float = 0.5
    strict: bool = False
    conversation_id: str | None = None
    repair_max_calls: int = 3
    repair_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What answers: one collection's snapshot and the workers.

    Attributes:
        collection: The collection's name.
        embedder: For the question.
        index: The snapshot to search.
        source: Where the texts of what was found are read.
        texts: Those read lately, kept open.
        drafter: Writes the sentences.
        verifier: Judges them.
        is_live: Whether a document still has this revision; asked at release.
        reader: Reads question and passages together, to tell whether they can answer; None for none.
        cutoff: The threshold fitted to the collection, if there is one.
        names: What its documents are called; None leaves that out of account.
    """

    collection: str
    embedder: Embedder
    index: SearchIndex
    source: PassageSource
    texts: DocumentTexts
    drafter: Drafter
    verifier: Verifier
    is_live: Callable[[str, str], bool]
    reader: SufficiencyReader | None = None
    cutoff: Cutoff = field(default_factory=Cutoff)
    names: DocumentNames | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A drafted sentence that has been cited and verified, and may yet be repaired before it is released.

    Attributes:
        sentence: As drafted, or as repaired.
        cited: What the verifier says of it, and where its support stands.
        shown: The passages it was judged by.
        repaired: Whether it stands in the place of one that failed.
        nearby: What the sentence before it cites.
    """

    sentence: DraftSentence
    cited: Cited
    shown: tuple[Passage, ...]
    repaired: bool = False
    nearby: tuple[Source, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether the passages do not bear it out."""
        return self.cited.judgement.verdict in FAILING


@dataclass(slots=True)
class Composition:
    """An answer in the making.

    Attributes:
        request: What was asked.
        parts: What answers.
        standalone: The question as searched for.
        retrieval: What was found.
        sufficiency: Whether it can answer.
        clock: Timings.
        claims: Released so far.
        text: Their text.
        end: How the draft ended.
        withheld: Sentences not released.
        repaired: Released sentences that stand in the place of one that failed.
        repair_usage: What repairs cost.
        failed_repairs: Why repairs did not come about, for a person, one entry each.
        removed: Whether a document that was found is gone or replaced since.
        numbering: Citations given so far.
    """

    request: Request
    parts: Parts
    standalone: str
    retrieval: Retrieval
    sufficiency: Assessment
    clock: Clock
    claims: list[Claim] = field(default_factory=list)
    text: str = ""
    end: DraftEnd = field(default_factory=lambda: DraftEnd("complete"))
    withheld: int = 0
    repaired: int = 0
    repair_usage: Usage = field(default_factory=Usage)
    failed_repairs: list[str] = field(default_factory=list)
    removed: bool = False
    numbering: Numbering = field(default_factory=Numbering)

    def check(self, sentence: DraftSentence, nearby: tuple[Source, ...] = ()) -> Checked:
        """Cite and verify a drafted sentence against the live passages. Safe beside a release in another thread.

        Args:
            sentence: As drafted.
            nearby: What the sentence before it cites; its numbers may be computed from theirs.
        """
        return self.judge(sentence, self.live_passages(), nearby)

    def judge(self, sentence: DraftSentence, shown: tuple[Passage, ...], nearby: tuple[Source, ...]) -> Checked:
        """Cite and verify a drafted sentence against these passages."""
        cited = cite(sentence, shown, self.parts.verifier, question=self.standalone, nearby=nearby)
        return Checked(sentence, cited, shown, nearby=nearby)

    def release(self, checked: Checked) -> Released | None:
        """Make a checked sentence the answer's next claim; return it, or None where it is withheld.

        It rests on passages whose document is live now, so nothing released cites a deleted one; and once one is
        gone, only what the others support is released, since the rest may be its very words.
        """
        while (live := self.live_passages()) != checked.shown:  # judging anew takes time, so one more may go
            checked = replace(self.judge(checked.sentence, live, checked.nearby), repaired=checked.repaired)
        self.removed |= len(live) < len(self.retrieval.passages)
        if checked.sentence.optional and checked.cited.judgement.verdict is not Verdict.SUPPORTED:
            return None
        unborne = checked.cited.judgement.verdict not in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM)
        if (self.request.strict and checked.fails) or (self.removed and unborne):
            self.withheld += 1
            return None
        known = len(self.numbering.citations)
        claim, lead = self.claim(checked)
        self.claims.append(claim)
        self.repaired += checked.repaired
        self.clock.mark_once("first_sentence")
        return Released(claim, tuple(self.numbering.citations[known:]), lead)

    def release_led(self, lead: Checked, checked: Checked) -> tuple[Released, ...]:
        """Release the answer's first sentence after one that only leads to it; neither where it is withheld."""
        leading, led = self.release(lead), self.release(checked)
        if leading is None or led is None:
            self.claims.clear()
            self.text = ""
            return ()
        return leading, led

    def claim(self, checked: Checked) -> tuple[Claim, str]:
        """Add a sentence to the text and number its citations; return it as a claim, and what stands before it."""
        numbers = tuple(self.numbering.number(passage, span) for passage, span in checked.cited.sources)
        text = checked.sentence.text
        lead = checked.sentence.lead if self.text else ""
        start = len(self.text) + len(lead)
        self.text += lead + text
        return claim_of(text, start, checked.cited.judgement, numbers, checked.cited.computed), lead

    def live_passages(self) -> tuple[Passage, ...]:
        """Return the passages whose document still has the revision they were taken from."""
        return tuple(p for p in self.retrieval.passages if self.parts.is_live(p.document_id, p.revision))

    def finish(self) -> Answer:
        """Return the whole answer, its citations checked for liveness once more."""
        self.removed |= len(self.live_passages()) < len(self.retrieval.passages)
        reason = self.abstention_reason()
        disagreements = self.disagreements() if reason is None else ()
        self.clock.mark("total")
        answer = Answer(
            id=f"ans_{secrets.token_hex(8)}",
            question=self.request.question,
            standalone_question=self.standalone,
            status="incomplete" if self.end.finish == "incomplete" else "complete",
            abstained=reason is not None,
            reason=reason,
            text=self.text,
            collection=self.parts.collection,
            generation=self.parts.index.generation,
            model=self.parts.drafter.name,
            verifier=self.parts.verifier.identity,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            sentences=tuple(self.claims),
            citations=tuple(self.numbering.citations),
            passages=self.retrieval.passages,
            usage=self.end.usage + self.repair_usage + usage_of(self.parts.verifier),
            timings_ms=dict(self.clock.timings_ms),
            warnings=(*(each.told for each in disagreements), *self.warnings()),
            missing=self.sufficiency.missing,
            conflicts=tuple(each.citations for each in disagreements),
            disagreements=disagreements,
            false_premises=self.sufficiency.false_premises,
            sufficiency=self.sufficiency.told(self.parts.cutoff),
            conversation_id=self.request.conversation_id,
            prompt_sha256=self.end.prompt_sha256,
        )
        return withdraw_dead(answer, self.parts.is_live)

    def disagreements(self) -> tuple[Disagreement, ...]:
        """Return where the live passages contradict what is cited.

        A place that no sentence cites gets a citation of its own.
        """
        found = find_conflicts(
            self.standalone, self.live_passages(), tuple(self.numbering.citations), opening=self.opening
        )
        return tuple(
            item.numbered([self.numbering.number(place.passage, place.span) for place in item.places]) for item in found
        )

    def opening(self, passage: Passage) -> str:
        """Return the beginning of a passage's document; empty where it has gone meanwhile."""
        try:
            return self.parts.texts.open(self.parts.source, passage.document_id).text[:OPENING_CHARACTERS]
        except DocumentNotFound:
            return ""

    def abstention_reason(self) -> str | None:
        """Return why there is no answer, or None where there is one."""
        if any(claim.verdict is not Verdict.NOT_A_CLAIM for claim in self.claims):
            return None
        if not self.sufficiency.answerable:
            return self.sufficiency.reason
        if self.withheld:
            return f"None of the {count(self.withheld, 'drafted sentence')} is supported by the documents."
        if self.removed and not self.live_passages():
            return "The documents that could answer were removed meanwhile."
        return "The passages found do not hold an answer."

    def warnings(self) -> tuple[str, ...]:
        """Return what a person should know about the answer."""
        notes = [*self.end.warnings, *self.parts.cutoff.warnings]
        unsupported = sum(claim.verdict is Verdict.UNSUPPORTED for claim in self.claims)
        if self.repaired and unsupported:
            notes.append(f"{count(self.repaired, 'sentence')} repaired, {unsupported} not supported by the documents.")
        elif self.repaired:
            notes.append(f"{count(self.repaired, 'sentence')} repaired.")
        elif unsupported:
            notes.append(f"{count(unsupported, 'sentence')} not supported by the documents.")
        if self.failed_repairs:
            notes.append(f"{count(len(self.failed_repairs), 'repair')} failed: {self.failed_repairs[0]}")
        if self.withheld:
            notes.append(f"{count(self.withheld, 'sentence')} withheld: not fully supported by the documents.")
        if self.removed:
            notes.append("A document that was found has been removed or replaced meanwhile.")
        if unnamed := self.names_not_cited():
            notes.append(f"No document cited mentions {listing(unnamed)}: the answer may be about something else.")
        return tuple(notes)

    def names_not_cited(self) -> list[str]:
        """Return the names of the question that stand in documents found, but in none of those that sentences cite."""
        cited = {
            self.numbering.citations[number - 1].document_id for claim in self.claims for number in claim.citations
        }
        texts = [self.named_text(passage) for passage in self.live_passages() if passage.document_id in cited]
        names = [name for name in names_in(self.standalone) if name not in self.sufficiency.missing]
        return [name for name in names if texts and not any(name.casefold() in text for text in texts)]

    def named_text(self, passage: Passage) -> str:
        """Return what a passage's document goes by and says, in small letters; the passage alone where it has gone."""
        try:
            text = self.parts.texts.open(self.parts.source, passage.document_id).text
        except DocumentNotFound:
            text = passage.text
        return f"{called(passage)} {text}".casefold()


def withdraw_dead(answer: Answer, is_live: Callable[[str, str], bool]) -> Answer:
    """Return an answer without what documents gave that are gone or replaced: quotes and passages.

    Their places stay known. Sentences stay too: they have been released.
    """
    citations = tuple(
        citation if is_live(citation.document_id, citation.revision) else replace(citation, quote="", state="removed")
        for citation in answer.citations
    )
    passages = tuple(passage for passage in answer.passages if is_live(passage.document_id, passage.revision))
    lost = {citation.number for citation in citations if citation.state == "removed"}
    return replace(
        answer,
        conflicts=tuple(group for group in answer.conflicts if not lost.intersection(group)),
        disagreements=tuple(each for each in answer.disagreements if not lost.intersection(each.citations)),
        warnings=tuple(warning for warning in answer.warnings if not names_citation(warning, lost)),
        citations=citations,
        passages=passages,
        status="source_removed" if lost else answer.status,
    )


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 sentence``, ``2 sentences``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Clock:
    """Milliseconds since the question came, by stage."""

    def __init__(self) -> None:
        """Start."""
        self.began = time.perf_counter()
        self.timings_ms: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        """Note that `stage` is reached now."""
        self.timings_ms[stage] = round((time.perf_counter() - self.began) * 1000, 2)

    def mark_once(self, stage: str) -> None:
        """Note that `stage` is reached now, unless it was before."""
        if stage not in self.timings_ms:
            self.mark(stage)
