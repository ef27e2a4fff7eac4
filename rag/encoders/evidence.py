"""Which sentences of the evidence the support encoder is shown with a claim or a question.

Sentences are compared as token ids, weighted by how rare each token is in general (inverse document frequency, Sparck
Jones 1972, measured once when the encoder was fitted): so a sentence's weight depends on nothing but itself and the
claim, and adding irrelevant evidence changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rag.encoders.support import EVIDENCE_TOKENS, GAP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOUR_SHARE = 0.3
"""What a sentence gets of the weight of those beside it, so that what "it" stands for comes along."""

LEAST_RARITY = 1.5
"""Rarity, in nats, from which sharing a token means anything: it stands in less than a quarter of all texts."""

LEAST_SHARE = 0.1
"""Share of the heaviest sentence's weight below which a sentence is not shown: it shares common words and no more, and
whether it is among the evidence must not matter."""


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

    wanted = {i for i in claim if rarity[i] >= LEAST_RARITY}
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
) -> list[int]:
    """Return the heaviest sentences that fit into `budget` tokens together, ascending; none of little weight.

    Args:
        weights: Of each sentence.
        sentences: The evidence, as token ids.
        budget: Most tokens, gaps included.
        taken: Sentences that are not to be chosen.
    """
    chosen: list[int] = []
    used = 0
    least = LEAST_SHARE * max(weights, default=0.0)
    for index in sorted(range(len(sentences)), key=lambda place: (-weights[place], place)):
        length = len(sentences[index]) + 1
        if weights[index] > 0 and weights[index] >= least and index not in taken and used + length <= budget:
            chosen.append(index)
            used += length
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
