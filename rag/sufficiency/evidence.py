"""What the passages hold of a question: their sentences, weighed by its terms and by nearness in meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rag.fragments import answered_spans
from rag.protocols import Embedder
from rag.terms import Bag, Question, Term, analyse, analyse_question, bag, carried, offers, weigh_terms
from rag.types import Passage

EMBEDDED_MOST = 40
"""Sentences embedded for one question at most, the best by words first."""

EMBEDDED_CHARACTERS = 600
"""Of a long sentence, so many characters are embedded."""

ORDINALS = ("first", "second", "third", "fourth")
QUARTER = re.compile(r"\bQ(?P<digit>[1-4])\b|\b(?P<word>first|second|third|fourth)[- ]quarter\b", re.IGNORECASE)
SEPARATORS = re.compile(r"[\W_]+")

NAME_CHARACTERS = 60
"""Length up to which a title is taken for a name, and put before a sentence that is embedded."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a passage.

    Attributes:
        passage: Index of its passage among those given.
        start: First character in the passage's reading text.
        end: End in the reading text.
        text: The sentence, on one line.
        carries: Share of the question that it carries together with the passage's title and headings.
        offers: Whether it holds the kind of thing that the question expects.
        cosine: Its nearness to the question in meaning; None where it was not compared.
    """

    passage: int
    start: int
    end: int
    text: str
    carries: float
    offers: bool
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """What of a question stands nowhere in the passages, as asked."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The passages as far as a question goes.

    Attributes:
        statements: Their sentences, in order.
        passages: Share of the question that each passage carries, in order.
        absent: What of the question stands in none.
    """

    statements: tuple[Statement, ...]
    passages: tuple[float, ...]
    absent: Absent


def weigh_passages(question: Question, passages: Sequence[Passage], embedder: Embedder | None = None) -> Weighed:
    """Take passages apart by a question; rare terms weigh more.

    Args:
        question: The question.
        passages: Best first.
        embedder: Compares the best sentences with the question in meaning; None to go by words alone.

    Raises:
        EmbedderError: The embedder cannot be run.
    """
    spans = [answered_spans(passage.text) for passage in passages]
    texts = [
        [" ".join(passage.text[start:end].split()) for start, end in found]
        for passage, found in zip(passages, spans, strict=True)
    ]
    spoken = question.language
    abouts = [bag(about(passage), spoken) for passage in passages]
    weights = weigh_terms(question.terms, [bag(text, spoken) for group in texts for text in group])
    statements = [
        Statement(index, start, end, text, carried(weights, [bag(text, spoken), abouts[index]]), offers(question, text))
        for index, (found, group) in enumerate(zip(spans, texts, strict=True))
        for (start, end), text in zip(found, group, strict=True)
    ]
    if embedder is not None:
        statements = with_cosines(question.text, statements, passages, embedder)
    return Weighed(
        tuple(statements),
        tuple(
            carried(weights, [*(bag(text, spoken) for text in group), named])
            for group, named in zip(texts, abouts, strict=True)
        ),
        absent_from(
            question,
            [called(passage) for passage in passages]
            + [part for passage in passages if (part := quarters_in(passage.text))]
            + [text for group in texts for text in group],
        ),
    )


def about(passage: Passage) -> str:
    """Return what a passage is about: title and headings."""
    return " ".join((passage.title, *passage.heading))


def called(passage: Passage) -> str:
    """Return what a passage's document goes by, for telling what stands nowhere: also its file's name and its date."""
    file = SEPARATORS.sub(" ", PurePosixPath(passage.source).stem)
    names = " ".join((about(passage), file, str(passage.metadata.get("date", ""))))
    return f"{names} {quarters_in(names)}".strip()


def quarters_in(text: str) -> str:
    """Return the quarters that a text names, each in both ways: ``third quarter Q3``."""
    found = {match["digit"] or str(1 + ORDINALS.index(match["word"].lower())) for match in QUARTER.finditer(text)}
    return " ".join(f"{ORDINALS[int(digit) - 1]} quarter Q{digit}" for digit in sorted(found))


def with_cosines(
    question: str, statements: Sequence[Statement], passages: Sequence[Passage], embedder: Embedder
) -> list[Statement]:
    """Return the statements, the best by words with their nearness to the question in meaning.

    Raises:
        EmbedderError: The embedder cannot be run.
    """
    order = sorted(range(len(statements)), key=lambda index: (-statements[index].carries, index))[:EMBEDDED_MOST]
    if not order:
        return list(statements)
    texts = [in_context(statements[index], passages, embedder) for index in order]
    found = embedder.embed_passages(texts) @ embedder.embed_query(question)
    cosines: Mapping[int, float] = {index: float(cosine) for index, cosine in zip(order, found, strict=True)}
    return [replace(statement, cosine=cosines.get(index)) for index, statement in enumerate(statements)]


def in_context(statement: Statement, passages: Sequence[Passage], embedder: Embedder) -> str:
    """Return a sentence after its passage's title, where that is a name, cut to what the embedder takes."""
    title = passages[statement.passage].title
    text = f"{title}. {statement.text}" if 0 < len(title) <= NAME_CHARACTERS else statement.text
    text = text[:EMBEDDED_CHARACTERS]
    while embedder.count_tokens([text])[0] > embedder.identity.max_tokens:
        text = text[: len(text) // 2]
    return text


def absent_from(question: Question, texts: Sequence[str]) -> Absent:
    """Return what of the question stands in none of the texts."""
    bags: list[Bag] = [bag(text, question.language) for text in texts]
    known = [number for text in texts for number in analyse(text).numbers]
    terms = [term for term in question.terms if not any(held.credit(term.key) for held in bags)]
    numbers = [number for number in question.analysis.numbers if not any(number.agrees(other) for other in known)]
    return Absent(
        names=tuple(question.text[term.start : term.end] for term in terms if is_name(term, question)),
        words=tuple(question.text[term.start : term.end] for term in terms if not is_name(term, question)),
        numbers=tuple(question.text[number.start : number.end] for number in numbers),
    )


def names_in(question: str) -> tuple[str, ...]:
    """Return what is written as a name in a question, as asked, in order; months are dates."""
    asked = analyse_question(question)
    return tuple(dict.fromkeys(question[term.start : term.end] for term in asked.terms if is_name(term, asked)))


def is_name(term: Term, question: Question) -> bool:
    """Return whether a term of the question is written as a name; months are dates."""
    return term.key in question.analysis.names and not term.key.startswith("month-")
