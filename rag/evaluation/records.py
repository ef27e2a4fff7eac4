"""An answer to be evaluated, whoever gave it."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.evaluation.details import ContextDetail, Quote
from rag.evaluation.samples import Gold, Sample
from rag.types import Span, Usage


@dataclass(frozen=True, slots=True)
class GivenSentence:
    """A sentence that an answer comes cut into, and the numbers that it cites."""

    span: Span
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """An answer, what it was drafted from, and what is known to be right.

    Nothing in it is a verdict: what a file says of its own answers is not believed.

    Attributes:
        sample: The question, the reference, and whether the documents hold the answer.
        answer: As given, markers included.
        contexts: What it was drafted from, numbered from 1.
        quotes: The answer's own citations; where there are none, a marker refers to a context.
        sentences: How the answer is cut into sentences, where it comes so; else it is cut here.
        ranking: The places retrieved, best first; empty where they are not known.
        usage: What it cost, as far as that is known.
        latency_ms: How long it took; None where that is not known.
        abstained: Whether it is marked as abstaining; that counts where it says nothing.
    """

    sample: Sample
    answer: str
    contexts: tuple[ContextDetail, ...] = ()
    quotes: tuple[Quote, ...] = ()
    sentences: tuple[GivenSentence, ...] = ()
    ranking: tuple[Gold, ...] = ()
    usage: Usage = field(default_factory=Usage)
    latency_ms: float | None = None
    abstained: bool = False
