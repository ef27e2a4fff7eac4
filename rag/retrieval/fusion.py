"""Two result lists into one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rag.types import Hit

DENSE_WEIGHT = 0.4
"""Share of the dense score in the fused one where the best cosine does not stand out at all."""
DENSE_WEIGHT_GAIN = 0.5
"""What that share gains where it stands out wholly."""
COMPARED_RANK = 10
"""The cosine of this rank is what the best one stands out from."""


def fuse(cosines: Mapping[int, float], lexical: Mapping[int, float], weight: float | None = None) -> list[Hit]:
    """Order the candidates by a weighted sum of the two scores, each as a share of its best.

    The weight is the question's own: where the best cosine stands out from the tenth, the dense search knows what it
    has found and counts for more; where ten chunks look alike to it, the words decide. Measured by
    ``bench/retrieval_quality.py``, constants chosen with each set left out in turn.

    Args:
        cosines: Cosine of the question with every candidate, those that only the lexical search found included.
        lexical: BM25 score of those that the lexical search found.
        weight: Share of the dense score; the question's own if None.

    Returns:
        All candidates, best first; equal scores by number, so that the order repeats.
    """
    best = max(max(cosines.values(), default=0.0), 0.0)
    best_lexical = max(lexical.values(), default=0.0)
    if best_lexical <= 0.0:
        weight = 1.0
    elif weight is None:
        weight = dense_weight(cosines.values())

    def score(chunk_id: int) -> float:
        dense = max(cosines[chunk_id], 0.0) / best if best > 0.0 else 0.0
        words = lexical.get(chunk_id, 0.0) / best_lexical if best_lexical > 0.0 else 0.0
        return weight * dense + (1 - weight) * words

    hits = (Hit(chunk_id, score(chunk_id)) for chunk_id in cosines)
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


def dense_weight(cosines: Collection[float], base: float = DENSE_WEIGHT, gain: float = DENSE_WEIGHT_GAIN) -> float:
    """Return the share of the dense score: `base`, and of `gain` as much as the best cosine stands out."""
    ordered = sorted(cosines, reverse=True)
    if not ordered or ordered[0] <= 0.0:
        return base
    compared = max(ordered[min(COMPARED_RANK, len(ordered)) - 1], 0.0)
    return base + gain * (1 - compared / ordered[0])
