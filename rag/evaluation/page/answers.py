"""Evaluated answers -> what the page shows of each, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.evaluation.details import AnswerDetail, CitationDetail, ContextDetail
from rag.evaluation.page.wording import NO_QUOTE, PROBLEM_WORDS, QUALITY, VERDICTS, label_of, number_shown
from rag.types import Claim, Span, Verdict, has_lines

OPEN_AT_FIRST = 3
PASSAGE_CHARACTERS = 1500
"""Of a passage, so much is shown; that it goes on is said."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a sentence, and whether the sources do not bear it out."""

    text: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """What stands in a source, and where."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence as it is shown."""

    verdict: str
    glyph: str
    label: str
    parts: tuple[Part, ...]
    problems: tuple[str, ...]
    quotes: tuple[Quote, ...]
    no_quote: str


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A score as it is shown."""

    label: str
    shown: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer as it is shown.

    Attributes:
        id: As in the run.
        anchor: Where links on the page point.
        position: Place in the file, from 0.
        rank: Place by quality, from 0, the worst first.
        question: As asked; the id where the run holds no texts.
        kind: As in the run.
        verdicts: What one can filter by, parted by spaces.
        mark: Its quality in short.
        tally: What became of it, in a line.
        notes: What a reader must know of it.
        said: The answer's text where it is not shown by sentences.
        sentences: With their verdicts.
        reference: The right answer.
        scores: Of each metric that says something.
        passages: What it was drafted from.
        foot: Id, tokens and time.
        open: Whether it is shown open.
    """

    id: str
    anchor: str
    position: int
    rank: int
    question: str
    kind: str
    verdicts: str
    mark: str
    tally: str
    notes: tuple[str, ...]
    said: str
    sentences: tuple[SentenceView, ...]
    reference: str
    scores: tuple[ScoreView, ...]
    passages: tuple[Quote, ...]
    foot: str
    open: bool


def view_answers(answers: Sequence[AnswerDetail]) -> list[AnswerView]:
    """Return what is shown of answers, the worst first: failed ones, then by `quality_of`, unscored ones last."""
    ranked = sorted(enumerate(answers), key=lambda pair: (*badness(pair[1]), pair[0]))
    said = [position for position, answer in ranked if answer.sentences]
    opened = set(said[:OPEN_AT_FIRST])
    return [
        view_answer(answer, position, rank, opened=position in opened) for rank, (position, answer) in enumerate(ranked)
    ]


def badness(answer: AnswerDetail) -> tuple[int, float]:
    """Return what answers are ordered by, the smallest first."""
    quality = quality_of(answer)
    if answer.error is not None:
        return 0, 0.0
    return (2, 0.0) if quality is None else (1, quality)


def quality_of(answer: AnswerDetail) -> float | None:
    """Return the mean of an answer's headline scores; None where it has none."""
    values = [answer.scores[name].value for name in QUALITY if name in answer.scores]
    scored = [value for value in values if value is not None]
    return sum(scored) / len(scored) if scored else None


def view_answer(answer: AnswerDetail, position: int, rank: int, *, opened: bool) -> AnswerView:
    """Return what is shown of one answer."""
    quality = quality_of(answer)
    whole = ["failed"] if answer.error is not None else ["refused"] if answer.abstained else []
    verdicts = [verdict.value for verdict in Verdict if any(claim.verdict is verdict for claim in answer.sentences)]
    citations = {citation.number: citation for citation in answer.citations}
    return AnswerView(
        id=answer.id,
        anchor=f"a{position + 1}",
        position=position,
        rank=rank,
        question=answer.question.strip() or answer.id,
        kind=answer.kind,
        verdicts=" ".join([*verdicts, *whole]),
        mark=number_shown(quality, 2) if answer.error is None else "failed",
        tally=tally_of(answer),
        notes=notes_of(answer),
        said="" if answer.sentences else answer.answer,
        sentences=tuple(view_sentence(claim, citations) for claim in answer.sentences),
        reference=answer.reference,
        scores=scores_of(answer),
        passages=tuple(view_passage(context) for context in answer.contexts),
        foot=foot_of(answer),
        open=opened,
    )


def tally_of(answer: AnswerDetail) -> str:
    """Return what became of an answer, in a line."""
    parts = [answer.kind.replace("_", " ")] if answer.kind else []
    if answer.error is not None:
        return " · ".join([*parts, f"failed: {answer.error}"])
    if answer.abstained:
        right = {None: "refused", False: "refused, rightly", True: "refused, though the documents hold the answer"}
        return " · ".join([*parts, right[answer.answerable]])
    if answer.answerable is False:
        parts.append("answered, though the documents do not hold the answer")
    counts = Counter(claim.verdict for claim in answer.sentences)
    parts += [f"{counts[verdict]} {words.label.lower()}" for verdict, words in VERDICTS.items() if counts[verdict]]
    return " · ".join(parts)


def notes_of(answer: AnswerDetail) -> tuple[str, ...]:
    """Return what a reader must know of an answer."""
    if answer.error is not None:
        return (answer.error_detail or f"It failed: {answer.error}.",)
    if not (answer.sentences or answer.answer):
        return ("It refuses to answer.",) if answer.abstained else ("The text of this answer was not kept.",)
    return ()


def view_sentence(claim: Claim, citations: Mapping[int, CitationDetail]) -> SentenceView:
    """Return what is shown of a sentence."""
    words = VERDICTS[claim.verdict]
    quotes = [citations[number] for number in claim.citations if number in citations]
    problems = [PROBLEM_WORDS.get(claim.problem_kind, "")] if claim.problem_kind and not claim.problem else []
    problems += [claim.problem[0].upper() + claim.problem[1:]] if claim.problem else []
    problems += [f"Computed: {expression}" for expression in claim.computed]
    return SentenceView(
        verdict=words.value,
        glyph=words.glyph,
        label=words.label if claim.score is None else f"{words.label} {number_shown(claim.score, 2)}",
        parts=parts_of(claim.text, claim.unsupported),
        problems=tuple(problems),
        quotes=tuple(Quote(place_of(quote), quote.quote) for quote in quotes),
        no_quote=NO_QUOTE.get(claim.verdict, ""),
    )


def parts_of(text: str, missing: Sequence[Span]) -> tuple[Part, ...]:
    """Return a text cut where its unsupported stretches begin and end; spans outside it or overlapping do no harm.

    >>> parts_of("Saturn has 24 moons.", [Span(11, 13)])
    (Part(text='Saturn has ', missing=False), Part(text='24', missing=True), Part(text=' moons.', missing=False))
    """
    parts: list[Part] = []
    done = 0
    for start, end in sorted((max(start, 0), min(end, len(text))) for start, end in missing):
        if end <= max(start, done):
            continue
        if start > done:
            parts.append(Part(text[done:start], missing=False))
        parts.append(Part(text[max(start, done) : end], missing=True))
        done = end
    return (*parts, Part(text[done:], missing=False)) if done < len(text) else tuple(parts)


def place_of(citation: CitationDetail) -> str:
    """Return where a quote stands, in words."""
    parts = [f"[{citation.number}]", citation.title or citation.source]
    if citation.title and citation.source and citation.title != citation.source:
        parts.append(f"({citation.source})")
    if citation.lines and has_lines(citation.source):
        first, last = citation.lines
        parts.append(f"line {first}" if first == last else f"lines {first}–{last}")
    elif citation.context is not None and not citation.source:
        parts.append(f"passage {citation.context}")
    return " ".join(part for part in parts if part)


def view_passage(context: ContextDetail) -> Quote:
    """Return what is shown of a passage."""
    place = " ".join(part for part in (f"[{context.number}]", context.title or context.source) if part)
    if len(context.text) <= PASSAGE_CHARACTERS:
        return Quote(place, context.text)
    cut = f"{place} (the first {PASSAGE_CHARACTERS:,} of {len(context.text):,} characters)"
    return Quote(cut, context.text[:PASSAGE_CHARACTERS] + " …")


def scores_of(answer: AnswerDetail) -> tuple[ScoreView, ...]:
    """Return the scores that an answer has; why it has no others is told by metric above."""
    return tuple(
        ScoreView(label_of(name), number_shown(score.value), score.reason or "")
        for name, score in answer.scores.items()
        if score.value is not None
    )


def foot_of(answer: AnswerDetail) -> str:
    """Return id, cost and time of an answer."""
    parts = [f"Answer {answer.id}"]
    if answer.usage.llm_calls:
        parts.append(f"{answer.usage.llm_calls} call{'' if answer.usage.llm_calls == 1 else 's'} of a language model")
        parts.append(f"{answer.usage.input_tokens:,} + {answer.usage.output_tokens:,} tokens")
    if "total" in answer.timings_ms:
        parts.append(f"{number_shown(answer.timings_ms['total'], 1)} ms")
    return " · ".join(parts)
