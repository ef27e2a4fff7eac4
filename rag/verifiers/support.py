"""What one piece of evidence does for a claim, by overlap and faults: deterministic, without a model."""

from __future__ import annotations

from dataclasses import dataclass

from rag.terms import analyse, is_excepted, left_open, overstated, parted, without_references
from rag.types import Span
from rag.verifiers.faults import (
    Problem,
    clause_negation_fault,
    contrast_fault,
    doubt_of,
    negation_fault,
    number_fault,
    what_is_missing,
)
from rag.verifiers.overlap import (
    Measure,
    choose_group,
    comparable,
    join_spans,
    measure_of,
    read,
    verbatim_span,
)
from rag.verifiers.rows import verbatim_rows

FAULT_FACTOR = 0.2
"""What is left of the score where the source does not bear out a number or a negation of the claim."""

DOUBT_CEILING = 0.45
"""Most that a claim can score of which a name is missing, or which may be said of something else."""


@dataclass(frozen=True, slots=True)
class Support:
    """What one piece of evidence does for a claim.

    Attributes:
        score: Support in [0, 1] by overlap and faults; 1.0 exactly where the claim stands there word for word.
        spans: Where the support stands, in order.
        measure: What the score was made of; None where the claim stands there word for word.
        number: The number or date of the claim that the piece lacks.
        contradiction: What the piece says the opposite of.
        doubt: Why the piece may speak of something else.
        missing: What it lacks otherwise.
        unstated: Why the piece leaves open what the claim states: it asks it, plans it, says it under a condition.
    """

    score: float
    spans: tuple[Span, ...] = ()
    measure: Measure | None = None
    number: Problem | None = None
    contradiction: Problem | None = None
    doubt: Problem | None = None
    missing: Problem | None = None
    unstated: Problem | None = None

    @property
    def fault(self) -> Problem | None:
        """What the piece contradicts or lacks for certain."""
        return self.number or self.contradiction


def weigh(claim: str, piece: str) -> Support | None:
    """Return what one piece of evidence does for a claim; None where it cannot be judged."""
    exact = verbatim_span(claim, piece)
    if exact is not None:
        return Support(1.0, (exact,))
    rows = verbatim_rows(claim, piece)
    if rows:
        return Support(1.0, rows)
    sentences = read(piece)
    if not sentences or not comparable(claim, piece):
        return None
    stated = without_references(claim)
    target = analyse(stated)
    chosen, group = choose_group(target, sentences)
    carriers = [sentences[i] for i in chosen]
    measure = measure_of(target, carriers, sentences, group)
    texts = [sentence.text for sentence in carriers]
    number = number_fault(stated, target, sentences)
    excepted = any(is_excepted(stated, text) for text in texts)
    contradiction = (
        None
        if excepted
        else (
            negation_fault(target, carriers, group)
            or clause_negation_fault(stated, carriers)
            or contrast_fault(stated, texts, group)
        )
    )
    doubt = doubt_of(stated, target, carriers, sentences[: max(chosen) + 1])
    if doubt is None:
        elsewhere = frozenset().union(*(sentence.analysis.keys for sentence in sentences))
        apart = (overstated(stated, texts[0]) if texts else "") or parted(stated, texts, elsewhere)
        doubt = Problem(None, apart) if apart else None
    opened = left_open(stated, texts, [sentence.text for sentence in sentences])
    unstated = Problem(None, opened) if opened else None
    score = min(measure.score, 0.99)
    score = (
        score * FAULT_FACTOR if number or contradiction else min(score, DOUBT_CEILING) if doubt or unstated else score
    )
    spans = join_spans([sentences[i].span for i in sorted(chosen)], piece)
    missing = what_is_missing(stated, target, carriers)
    return Support(score, spans, measure, number, contradiction, doubt, missing, unstated)
