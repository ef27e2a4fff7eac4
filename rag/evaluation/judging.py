"""Record -> judged answer: its sentences with their verdicts, and what each of them cites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.checking import GivenPassage, number_passages
from rag.citations import Numbering, cite, claim_of
from rag.drafting.cutting import SentenceCutter
from rag.evaluation.details import AnswerDetail, CitationDetail, ContextDetail, Quote, Score
from rag.evaluation.entailment import normal_form
from rag.evaluation.records import Record
from rag.evaluation.refusals import is_refusal, refuses
from rag.evaluation.samples import Gold, Sample
from rag.protocols import Verifier
from rag.sentences import segment
from rag.types import Citation, Claim, DraftSentence, Judgement, Passage, Span, Usage, Verdict
from rag.wire import WireAnswer, WireCitation, WireSentence, WireUsage

SENTENCES_JUDGED = 1000
"""A longer answer's further sentences are not checked, which counts against it; the time it takes stays bounded."""

MARKERS_KNOWN = 99
"""Numbers in brackets that are taken for citations, even where the answer has fewer passages."""

PIECE_CHARACTERS = 512
"""The cutter takes an answer bit by bit, as a model would give it; its time grows with the square of one bit."""

LINE_CHARACTERS = 2000
"""A longer line is broken between two sentences; the cutter itself breaks at twice as many, wherever that is."""

OPENS_MARKER = "[(【（"
"""What may open a marker that belongs to the sentence before it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer ready to be scored.

    Attributes:
        record: The answer as it came.
        text: Plain text, markers taken out.
        sentences: In order; ``text[start:end]`` is the sentence's text.
        markers: For each sentence the numbers that it cites itself; empty where the answer is our own.
        cited: For each sentence the texts that it cites; an empty one for a citation of what is not there.
        citations: The quotes that the sentences' citations number.
        abstained: Whether it refuses to answer.
        exact: For each quote that the answer gives, whether it stands where it says.
        places: Places that it cites; None where they are not known.
    """

    record: Record
    text: str
    sentences: tuple[Claim, ...]
    markers: tuple[tuple[int, ...], ...]
    cited: tuple[tuple[str, ...], ...]
    citations: tuple[CitationDetail, ...]
    abstained: bool
    exact: tuple[bool, ...] = ()
    places: tuple[Gold, ...] | None = None


def judge_record(record: Record, verifier: Verifier) -> Judged:
    """Judge each sentence of an answer by its passages; verdicts that it brings along are not believed.

    The same sentence is judged once. Sentences beyond `SENTENCES_JUDGED`, and all where there are no passages, are
    not checked.
    """
    text, drafted = cut_answer(record)
    abstained = is_refusal(text) or (record.abstained and not text.strip())
    passages = readable_passages(record.contexts)
    numbering = Numbering()
    known: dict[tuple[str, tuple[int, ...]], tuple[Judgement, tuple[int, ...]]] = {}
    claims = []
    for position, (start, sentence) in enumerate(drafted):
        key = (normal_form(sentence.text), sentence.markers)
        if key not in known:
            unread = why_unread(sentence.text, position, passages, abstained=abstained)
            known[key] = (unread, ()) if unread else judge(sentence, passages, verifier, numbering, record)
        judgement, numbers = known[key]
        claims.append(claim_of(sentence.text, start, judgement, numbers))
    markers = tuple(sentence.markers for _, sentence in drafted)
    return Judged(
        record=record,
        text=text,
        sentences=tuple(claims),
        markers=markers,
        cited=texts_cited(record, markers),
        citations=tuple(detail_of(citation, int(citation.document_id)) for citation in numbering.citations),
        abstained=abstained,
        exact=tuple(is_verbatim(quote, record.contexts) for quote in record.quotes if quote.text),
    )


def judge(
    sentence: DraftSentence, passages: Sequence[Passage], verifier: Verifier, numbering: Numbering, record: Record
) -> tuple[Judgement, tuple[int, ...]]:
    """Return what the verifier says of one sentence, and the numbers of the places that support it."""
    cited = cite(sentence, passages, verifier, question=record.sample.question)
    return cited.judgement, tuple(numbering.number(passage, place) for passage, place in cited.sources)


def why_unread(text: str, position: int, passages: Sequence[Passage], *, abstained: bool) -> Judgement | None:
    """Return the judgement on a sentence that no passage is needed for, or that none is compared with; else None."""
    if abstained or refuses(text):
        return Judgement(Verdict.NOT_A_CLAIM, None)
    if position >= SENTENCES_JUDGED:
        return Judgement(Verdict.NOT_CHECKED, None, problem=f"it stands beyond the first {SENTENCES_JUDGED} sentences")
    if not passages:
        return Judgement(Verdict.NOT_CHECKED, None, problem="the answer comes without passages")
    return None


def readable_passages(contexts: Sequence[ContextDetail]) -> tuple[Passage, ...]:
    """Return the contexts that say anything as passages, under their own numbers, each a document of its own."""
    given = number_passages([GivenPassage(context.text, context.source, context.title) for context in contexts])
    return tuple(replace(passage, document_id=f"{passage.number}") for passage in given if passage.text.strip())


def cut_answer(record: Record) -> tuple[str, list[tuple[int, DraftSentence]]]:
    """Return an answer as plain text, and its sentences with where they begin in it.

    Sentences that the answer comes cut into are taken as they are if nothing is left out between them; otherwise it
    is cut here, markers and Markdown taken out.
    """
    if record.sentences and (given := cut_as_given(record)) is not None:
        return record.answer, given
    cutter = SentenceCutter(max(MARKERS_KNOWN, len(record.contexts), len(record.quotes)))
    answer = "\n".join(piece for line in record.answer.split("\n") for piece in break_line(line))
    pieces = [answer[at : at + PIECE_CHARACTERS] for at in range(0, len(answer), PIECE_CHARACTERS)]
    sentences = [sentence for piece in pieces for sentence in cutter.feed(piece)] + cutter.finish()
    parts: list[str] = []
    drafted: list[tuple[int, DraftSentence]] = []
    length = 0
    for sentence in sentences:
        length += len(sentence.lead)
        drafted.append((length, sentence))
        length += len(sentence.text)
        parts += [sentence.lead, sentence.text]
    return "".join(parts), drafted


def break_line(line: str) -> list[str]:
    """Return a line in pieces that end with a sentence, so that the cutter need not break a sentence of a long one."""
    if len(line) <= LINE_CHARACTERS:
        return [line]
    breaks = [0]
    for start, _ in segment(line):
        if start - breaks[-1] > LINE_CHARACTERS // 2 and line[start] not in OPENS_MARKER:
            breaks.append(start)
    return [line[start:end] for start, end in zip(breaks, [*breaks[1:], len(line)], strict=True)]


def cut_as_given(record: Record) -> list[tuple[int, DraftSentence]] | None:
    """Return the sentences that an answer comes cut into; None where they overlap or leave out a word."""
    drafted = []
    position = 0
    for sentence in record.sentences:
        start, end = sentence.span
        if not position <= start < end <= len(record.answer) or has_words(record.answer[position:start]):
            return None
        drafted.append((start, DraftSentence(record.answer[start:end], sentence.citations)))
        position = end
    return None if has_words(record.answer[position:]) else drafted


def has_words(text: str) -> bool:
    """Return whether a text between sentences says anything; a list's number says nothing."""
    return any(letter.isalpha() for letter in text)


def texts_cited(record: Record, markers: Sequence[tuple[int, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the texts that each sentence cites.

    A number stands for the answer's own quote of that number, else for the passage of that number, and for nothing
    (an empty text) where there is neither. Where no sentence has a marker, each rests on all the quotes given.
    """
    named = {quote.number: quote_text(quote, record.contexts) for quote in record.quotes}
    contexts = {context.number: context.text for context in record.contexts}
    if record.quotes and not any(markers):
        return (tuple(named.values()),) * len(markers)
    return tuple(tuple(named.get(number, contexts.get(number, "")) for number in numbers) for numbers in markers)


def quote_text(quote: Quote, contexts: Sequence[ContextDetail]) -> str:
    """Return what a quote says: its words if they stand in its passage, or the whole passage it names.

    A quote that stands in no passage was made up and supports nothing.
    """
    if quote.text:
        return quote.text if is_verbatim(quote, contexts) or not contexts else ""
    return next((context.text for context in contexts if context.number == quote.context), "")


def is_verbatim(quote: Quote, contexts: Sequence[ContextDetail]) -> bool:
    """Return whether a quote stands word for word in the passage it names, or in any where it names none."""
    named = [context for context in contexts if quote.context in (None, context.number)]
    return bool(quote.text.strip()) and any(quote.text in context.text for context in named)


def detail_of(citation: Citation | WireCitation, context: int | None = None) -> CitationDetail:
    """Return a citation as the report shows it."""
    return CitationDetail(
        number=citation.number,
        quote=citation.quote,
        source=citation.source,
        title=citation.title,
        start=citation.start,
        end=citation.end,
        lines=citation.lines,
        context=context,
    )


def judge_our_own(
    sample: Sample, answer: WireAnswer, ranking: Sequence[Gold], is_exact: Callable[[WireCitation], bool]
) -> Judged:
    """Return an answer that Vouch has just given as judged: its verdicts are those of this very run.

    Args:
        sample: What was asked.
        answer: What was answered.
        ranking: The places retrieved, best first.
        is_exact: Tells whether a citation's quote stands at its place in the document.
    """
    quotes = {citation.number: citation.quote for citation in answer.citations}
    record = Record(
        sample=sample,
        answer=answer.text,
        contexts=tuple(
            ContextDetail(passage.number, passage.text, passage.source, passage.title) for passage in answer.passages
        ),
        ranking=tuple(ranking),
        usage=Usage(**answer.usage.model_dump(include=set(WireUsage.model_fields))),
        latency_ms=answer.timings_ms.get("total"),
        abstained=answer.abstained,
    )
    return Judged(
        record=record,
        text=answer.text,
        sentences=tuple(our_claim(sentence) for sentence in answer.sentences),
        markers=(),
        cited=tuple(tuple(quotes.get(number, "") for number in sentence.citations) for sentence in answer.sentences),
        citations=tuple(detail_of(citation) for citation in answer.citations),
        abstained=answer.abstained,
        exact=tuple(is_exact(citation) for citation in answer.citations),
        places=tuple(Gold(citation.source, citation.start, citation.end) for citation in answer.citations),
    )


def our_claim(sentence: WireSentence) -> Claim:
    """Return a sentence of one of our own answers."""
    return Claim(
        text=sentence.text,
        start=sentence.start,
        end=sentence.end,
        verdict=sentence.verdict,
        score=sentence.score,
        citations=tuple(sentence.citations),
        problem=sentence.problem,
        problem_kind=sentence.problem_kind,
        unsupported=tuple(Span(*span) for span in sentence.unsupported),
        computed=tuple(sentence.computed),
    )


def detail_of_judged(judged: Judged, scores: Mapping[str, Score], timings_ms: Mapping[str, float]) -> AnswerDetail:
    """Return a judged and scored answer as the report holds it."""
    record = judged.record
    return AnswerDetail(
        id=record.sample.id,
        question=record.sample.question,
        kind=record.sample.kind,
        answer=judged.text,
        reference=record.sample.reference,
        answerable=record.sample.answerable,
        abstained=judged.abstained,
        sentences=judged.sentences,
        markers=judged.markers,
        quotes=record.quotes,
        citations=judged.citations,
        contexts=record.contexts,
        scores=scores,
        usage=record.usage,
        timings_ms=timings_ms,
    )
