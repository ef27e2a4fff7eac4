"""From a stand-alone question to what may be answered of it: passages for each part, and a judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from rag.composition import Parts, Request
from rag.retrieval import Retrieval, retrieve
from rag.sufficiency import (
    AssessedPart,
    Assessment,
    Sufficiency,
    find_false_premise,
    holds_what_is_expected,
    judge_sufficiency,
)
from rag.terms import question_parts
from rag.types import Passage


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question.

    Attributes:
        retrieval: What is shown to the drafter.
        parts: The question's parts, each with what was found for it alone; empty where it has only one.
    """

    retrieval: Retrieval
    parts: tuple[tuple[str, Retrieval], ...] = ()


def find_passages(question: str, request: Request, parts: Parts) -> Retrieval:
    """Retrieve passages for a stand-alone question."""
    return retrieve(
        question,
        embedder=parts.embedder,
        index=parts.index,
        store=parts.source,
        texts=parts.texts,
        top_k=request.top_k,
        allowed=request.allowed,
        names=parts.names,
    )


def find_evidence(question: str, request: Request, parts: Parts) -> Found:
    """Retrieve passages for a question and, where it has several parts, for each of them; as many in all as for one."""
    whole = find_passages(question, request, parts)
    asked = question_parts(question)
    if len(asked) == 1:
        return Found(whole)
    found = tuple((part, find_passages(part, request, parts)) for part in asked)
    shown = interleave([whole.passages, *(retrieval.passages for _, retrieval in found)], request.top_k)
    return Found(replace(whole, passages=shown), found)


def interleave(lists: Sequence[Sequence[Passage]], most: int) -> tuple[Passage, ...]:
    """Return the best of each list in turn, none of a stretch that is there already, numbered anew from 1."""
    taken: list[Passage] = []
    for passage in (passage for row in zip_longest(*lists) for passage in row if passage is not None):
        if len(taken) < most and not any(overlap(passage, other) for other in taken):
            taken.append(passage)
    return tuple(replace(passage, number=number) for number, passage in enumerate(taken, 1))


def overlap(one: Passage, other: Passage) -> bool:
    """Return whether two passages share characters of one document."""
    return one.document_id == other.document_id and one.start < other.end and other.start < one.end


def assess(question: str, found: Found, request: Request, parts: Parts) -> Assessment:
    """Decide what may be answered of a question.

    A part of several is answered only if the passages also hold the kind of thing that it asks for: what is beside
    the point of a single question answers its neighbour.

    Raises:
        EmbedderError: The embedder cannot be run.
    """
    passages = found.retrieval.passages
    whole = judge(question, passages, found.retrieval, request, parts)
    assessed = []
    for part, retrieval in found.parts:
        sufficiency = judge(part, passages, retrieval, request, parts)
        if request.risk < 1.0 and not holds_what_is_expected(part, passages):
            sufficiency = replace(sufficiency, answerable=False)
        assessed.append(AssessedPart(part, sufficiency))
    premise = None if assessed else find_false_premise(question, passages)
    return Assessment(question, whole, tuple(assessed), premise)


def judge(
    question: str, passages: Sequence[Passage], retrieval: Retrieval, request: Request, parts: Parts
) -> Sufficiency:
    """Decide whether passages can answer one question."""
    return judge_sufficiency(
        question,
        passages,
        similarity=retrieval.similarity,
        risk=request.risk,
        embedder=parts.embedder,
        reader=parts.reader,
        fitted=parts.cutoff.fitted,
    )
