"""Which sentences of the evidence the support encoder is shown with a claim or a question.

Sentences are compared as token ids, weighted by how rare each token is in general (inverse document frequency, Sparck
Jones 1972, measured once when the encoder was fitted): so a sentence's weight depends on nothing but itself and the
claim, and adding irrelevant evidence changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from rag.encoders.support import EVIDENCE_TOKENS, GAP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOUR_SHARE = 0.3
"""What a sentence gets of the weight of those beside it, so that what "it" stands for comes along."""

LEAST_SHARE = 0.1
"""Share of the heaviest sentence's weight that a piece of evidence must reach to be shown: else it shares common words
and no more, and whether it is among the evidence must not matter."""


def weigh_sentences(
    claim: Collection[int],
    sentences: Sequence[Sequence[int]],
    rarity: NDArray[np.float32],
    starts: Collection[int] = (),
) -> NDArray[np.float64]:
    """Return how much each sentence shares with a claim, in nats.

    Args:
        claim: The claim's token ids.
        sentences: The evidence, as token ids.
        rarity: Inverse document frequency of each token.
        starts: The sentences that begin a piece of evidence; those before them are no neighbours.
    """
    import numpy as np

    wanted = set(claim)
    sharing = np.array([sum(float(rarity[i]) for i in wanted.intersection(ids)) for ids in sentences], dtype=np.float64)
    weights = sharing.copy()
    for index in range(1, len(sentences)):
        if index not in starts:
            weights[index] += NEIGHBOUR_SHARE * sharing[index - 1]
            weights[index - 1] += NEIGHBOUR_SHARE * sharing[index]
    return weights


def choose_sentences(
    weights: Sequence[float] | NDArray[np.float64],
    sentences: Sequence[Sequence[int]],
    budget: int = EVIDENCE_TOKENS,
    taken: Collection[int] = (),
    starts: Collection[int] = (0,),
) -> list[int]:
    """Return the heaviest sentences that fit into `budget` tokens together, ascending.

    Where room is left, the rest of the pieces that they stand in follows, if a piece fits whole: it says what is meant.
    A piece without a sentence of weight is not shown at all.

    Args:
        weights: Of each sentence.
        sentences: The evidence, as token ids.
        budget: Most tokens, gaps included.
        taken: Sentences that are not to be chosen.
        starts: The sentences that begin a piece of evidence.
    """
    least = LEAST_SHARE * max(weights, default=0.0)
    pieces = list(accumulate(int(place in starts and place > 0) for place in range(len(sentences))))
    length: Counter[int] = Counter()
    best: dict[int, float] = {}
    for piece, weight, ids in zip(pieces, weights, sentences, strict=True):
        length[piece] += len(ids) + 1
        best[piece] = max(best.get(piece, 0.0), float(weight))

    def rank(place: int) -> tuple[bool, float, int]:
        weight = float(weights[place])
        return (False, -weight, place) if weight >= least else (True, -best[pieces[place]], place)

    chosen: list[int] = []
    used = 0
    for place in sorted(range(len(sentences)), key=rank):
        speaks = best[pieces[place]] > 0 and best[pieces[place]] >= least
        shown = speaks and (weights[place] >= max(least, 1e-9) or length[pieces[place]] <= budget)
        if shown and place not in taken and used + len(sentences[place]) + 1 <= budget:
            chosen.append(place)
            used += len(sentences[place]) + 1
    return sorted(chosen)


def join_sentences(
    sentences: Sequence[Sequence[int]], chosen: Sequence[int], starts: Collection[int] = ()
) -> list[int]:
    """Return the chosen sentences as one sequence, `GAP` where something was left out or a piece begins."""
    joined: list[int] = []
    last = -1
    for index in chosen:
        if joined and (index != last + 1 or index in starts):
            joined.append(GAP)
        joined.extend(sentences[index])
        last = index
    return joined
