"""What the figures of a sentence must pass, one rule after another, whoever judged it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.computations.dated import Statement, settle_periods
from rag.computations.directions import settle_directions
from rag.computations.owners import settle_owners
from rag.types import Judgement, Verdict

VERBATIM = 1.0
"""Score of a sentence that stands in a source word for word, its figures with what they are said of."""


def settle_by_rules(claim: str, judgement: Judgement, statements: Sequence[Statement], threshold: float) -> Judgement:
    """Return a judgement that holds no sentence supported of which a figure is said of another period or thing.

    Args:
        claim: The sentence.
        judgement: The verifier's, its numbers settled.
        statements: The sentences of all passages that it was judged by.
        threshold: The verifier's.
    """
    if judgement.score == VERBATIM:
        return judgement
    for settle in (settle_periods, settle_directions):
        if judgement.verdict in (Verdict.SUPPORTED, Verdict.PARTIAL):
            judgement = settle(claim, judgement, statements)
    return settle_owners(claim, judgement, statements, threshold)
