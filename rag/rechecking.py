"""A stored answer against what its documents say now: each sentence judged by the new text of what it cited.

Documents are read whole: every passage of one is looked at for the sentence's words, and the passages are judged by
from the old place and the best of them on, until the sentence is borne out or none is left. Only of a long document
some are left out, the worst by words, and then the count says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rag.citations import CITED_VERDICTS, Cited, cite, excerpt_of, excerpts_of
from rag.erasing import REMOVED_SENTENCE
from rag.errors import DocumentNotFound
from rag.protocols import Verifier
from rag.retrieval import DocumentTexts, PassageSource
from rag.retrieval.passages import Draft, finish_passage
from rag.retrieval.texts import OpenDocument
from rag.sentences import segment
from rag.terms import analyse
from rag.types import (
    DraftSentence,
    Excerpt,
    Passage,
    Recheck,
    RecheckedSentence,
    Span,
    Standing,
    Verdict,
    VerifierIdentity,
)
from rag.wire import WireAnswer, WireCitation, WireSentence

PASSAGES_MAX = 64
"""Passages that one sentence is judged by at most: 128,000 characters; see `RecheckedSentence.passages`."""

PASSAGES_AT_ONCE = 8
"""Passages handed to the verifier in one call, between two looks at whether the sentence is borne out."""

RANKS = {Verdict.SUPPORTED: 2, Verdict.PARTIAL: 1}
"""How much a verdict promises; others promise nothing."""

FALLEN = (Standing.NO_LONGER, Standing.GONE, Standing.NOT_CHECKED)
"""What an answer that holds has no sentence of."""


class Documents(PassageSource, Protocol):
    """What a collection holds now, as read here."""

    def generation(self) -> int:
        """Return the collection's generation."""
        ...

    def is_live(self, document_id: str, revision: str) -> bool:
        """Whether the document is there and has this revision."""
        ...

    def has(self, document_id: str) -> bool:
        """Whether the document is there, in whatever revision."""
        ...


class Window:
    """A passage of a document as it is now, finished only when it is judged by.

    Attributes:
        draft: Where it stands.
        span: The same in the canonical text.
        keys: Its content words and numbers.
    """

    def __init__(self, draft: Draft) -> None:
        """Take a stretch of a document and analyse it."""
        self.draft = draft
        self.span = draft.opened.reading.locate(draft.start, draft.end)
        self.keys = keys_of(draft.text)

    def finish(self, number: int) -> Passage:
        """Return it as a passage."""
        return finish_passage(number, self.draft)


@dataclass(frozen=True, slots=True)
class Best:
    """The best judgement on a sentence so far, by which passages, and how many were judged by until the last."""

    cited: Cited
    passages: Sequence[Passage]
    judged: int


class Rechecking:
    """A stored answer being judged sentence by sentence, so that it can be given up between two of them.

    Attributes:
        answer: The answer, what was deleted erased from it and its stale citations marked ``removed``.
        sentences: What became of its sentences so far, in order.
    """

    def __init__(self, answer: WireAnswer, documents: Documents, texts: DocumentTexts, verifier: Verifier) -> None:
        """Take the answer, what the collection holds, its texts kept open, and who judges."""
        self.answer = answer
        self.documents = documents
        self.texts = texts
        self.verifier = verifier
        self.citations = {citation.number: citation for citation in answer.citations}
        self.generation = documents.generation()
        self.windows: dict[tuple[str, str], tuple[Window, ...]] = {}
        self.sentences: list[RecheckedSentence] = []

    def judge(self, sentence: WireSentence) -> None:
        """Judge the next sentence, where it rests on something that has changed."""
        cited = [self.citations[number] for number in sentence.citations if number in self.citations]
        unjudged = RecheckedSentence(sentence.text, sentence.start, sentence.end, sentence.verdict, Standing.NOT_CITED)
        if cited and all(citation.state == "live" for citation in cited):
            unjudged = replace(unjudged, standing=Standing.UNCHANGED)
        elif cited:
            opened = [self.open(document_id) for document_id in dict.fromkeys(one.document_id for one in cited)]
            present = [document for document in opened if document is not None]
            if len(present) < len(opened):
                unjudged = replace(unjudged, standing=Standing.GONE)
            else:
                unjudged = self.judge_by(present, unjudged, cited)
        self.sentences.append(unjudged)

    def open(self, document_id: str) -> OpenDocument | None:
        """Return a document as it is now; None where it is gone.

        Raises:
            DocumentNotFound: It was replaced again and again while it was read.
        """
        for last in (False, False, True):
            try:
                return self.texts.open(self.documents, document_id)
            except DocumentNotFound:
                if not self.documents.has(document_id):
                    return None
                if last:
                    raise
        return None

    def judge_by(
        self, documents: Sequence[OpenDocument], sentence: RecheckedSentence, cited: Sequence[WireCitation]
    ) -> RecheckedSentence:
        """Judge a sentence by the documents that it cites, as they are now."""
        windows = order(sentence.text, [one for document in documents for one in self.windows_of(document)], cited)
        best: Best | None = None
        for first in range(0, min(len(windows), PASSAGES_MAX), PASSAGES_AT_ONCE):
            some = windows[first : min(first + PASSAGES_AT_ONCE, PASSAGES_MAX)]
            passages = [window.finish(number) for number, window in enumerate(some, first + 1)]
            found = cite(
                DraftSentence(sentence.text), passages, self.verifier, question=self.answer.standalone_question
            )
            if best is None or worth(found) > worth(best.cited):
                best = Best(found, passages, 0)
            best = replace(best, judged=first + len(some))
            if found.judgement.verdict in CITED_VERDICTS and rank(found.judgement.verdict) >= rank(sentence.before):
                break
        return sentence if best is None else standing_of(sentence, best, len(windows))

    def windows_of(self, document: OpenDocument) -> tuple[Window, ...]:
        """Return a document's passages, which are kept for its other sentences."""
        key = document.record.document_id, document.record.revision
        if key not in self.windows:
            self.windows[key] = tuple(Window(draft) for draft in cut(document))
        return self.windows[key]

    def finish(self) -> Recheck:
        """Return what became of the answer; nothing of a document that has changed or gone meanwhile leaves."""
        sentences = tuple(self.withdraw(sentence) for sentence in self.sentences)
        summary = Counter(sentence.standing for sentence in sentences)
        verifier = self.answer.verifier
        return Recheck(
            answer_id=self.answer.id,
            question=self.answer.question,
            created_at=self.answer.created_at,
            collection=self.answer.collection,
            answer_generation=self.answer.generation,
            generation=self.generation,
            verifier=self.verifier.identity,
            answer_verifier=VerifierIdentity(
                verifier.name, verifier.version, verifier.threshold, verifier.model, verifier.revision
            ),
            stale=any(citation.state == "removed" for citation in self.answer.citations),
            holds=not any(standing in FALLEN for standing in summary),
            summary={standing: summary[standing] for standing in Standing if summary[standing]},
            sentences=sentences,
        )

    def withdraw(self, sentence: RecheckedSentence) -> RecheckedSentence:
        """Return a sentence without what was judged by a text that is no longer there."""
        excerpts = [*sentence.found, *([sentence.nearest] if sentence.nearest else [])]
        dead = [one for one in excerpts if not self.documents.is_live(one.document_id, one.revision)]
        if not dead:
            return sentence
        bare = RecheckedSentence(sentence.text, sentence.start, sentence.end, sentence.before, Standing.NOT_CHECKED)
        if any(not self.documents.has(one.document_id) for one in dead):
            return replace(bare, text=REMOVED_SENTENCE, standing=Standing.GONE)
        return replace(bare, problem="its document was replaced while it was judged")


def cut(document: OpenDocument) -> list[Draft]:
    """Return a document's text in passages, in order: its chunks, those of a section joined."""
    drafts: list[Draft] = []
    for chunk in sorted(document.chunks.values(), key=lambda chunk: chunk.start):
        draft = Draft(document, chunk.heading, chunk.start, chunk.end, 0.0)
        if drafts and drafts[-1].adjoins(draft):
            drafts[-1].absorb(draft)
        else:
            drafts.append(draft)
    return drafts


def order(text: str, windows: Sequence[Window], cited: Sequence[WireCitation]) -> list[Window]:
    """Return windows in the order in which a sentence is to be judged by them.

    First those at an old place or with an old quote, then those with most of the sentence's words, near ones first.
    """
    target = keys_of(text)

    def place(window: Window) -> tuple[bool, float, int]:
        own = [one for one in cited if one.document_id == window.draft.opened.record.document_id]
        return (
            not any(is_at(window, one) for one in own),
            -len(target & window.keys) / max(len(target), 1),
            min((abs(window.span.start - one.start) for one in own), default=0),
        )

    return sorted(windows, key=place)


def is_at(window: Window, citation: WireCitation) -> bool:
    """Return whether a window holds the place of an old citation, or its words."""
    if window.span.start < citation.end and citation.start < window.span.end:
        return True
    return bool(citation.quote) and citation.quote in window.draft.opened.text[slice(*window.span)]


def keys_of(text: str) -> frozenset[str]:
    """Return the content words and numbers of a text."""
    analysis = analyse(text)
    return frozenset(term.key for term in analysis.terms) | {str(number.value) for number in analysis.numbers}


def rank(verdict: Verdict) -> int:
    """Return how much a verdict promises."""
    return RANKS.get(verdict, 0)


def worth(cited: Cited) -> tuple[int, float]:
    """Return what makes one judgement better than another."""
    judgement = cited.judgement
    return rank(judgement.verdict), -1.0 if judgement.score is None else judgement.score


def standing_of(sentence: RecheckedSentence, best: Best, passages: int) -> RecheckedSentence:
    """Return a sentence with what its documents say of it now."""
    judgement = best.cited.judgement
    judged = replace(
        sentence,
        verdict=judgement.verdict,
        score=judgement.score,
        problem=judgement.problem,
        problem_kind=judgement.problem_kind,
        unsupported=judgement.unsupported,
        passages_judged=best.judged,
        passages=passages,
    )
    if judgement.verdict in (Verdict.NOT_CHECKED, Verdict.NOT_A_CLAIM):
        return replace(judged, standing=Standing.NOT_CHECKED)
    found = tuple(excerpt_of(passage, span) for passage, span in best.cited.sources)
    if found and rank(judgement.verdict) >= rank(sentence.before):
        return replace(judged, standing=Standing.STILL_SUPPORTED, found=found)
    shown = found or excerpts_of(judgement, best.passages) or nearest_in(sentence.text, best.passages)
    return replace(judged, standing=Standing.NO_LONGER, nearest=next(iter(shown), None))


def nearest_in(text: str, passages: Sequence[Passage]) -> tuple[Excerpt, ...]:
    """Return the sentence of the passages that has most words of `text`; none where none has one of them."""
    target = keys_of(text)
    best: tuple[int, Passage, Span] | None = None
    for passage in passages:
        for start, end in segment(passage.text):
            shared = len(target & keys_of(passage.text[start:end]))
            if shared and (best is None or shared > best[0]):
                best = shared, passage, passage.reading.locate(start, end)
    return () if best is None else (excerpt_of(best[1], best[2]),)
