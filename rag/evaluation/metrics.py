"""Pure functions: spans and rankings in, a number out. Each names the definition it follows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rag.evaluation.samples import Gold

OVERLAP = 0.5
"""Share of the shorter of two stretches that must lie in the other for them to be the same place."""


def is_same_place(found: Gold, gold: Gold) -> bool:
    """Return whether two stretches are the same place: half of the shorter one lies in the other.

    >>> is_same_place(Gold("a", 0, 100), Gold("a", 40, 60))
    True
    >>> is_same_place(Gold("a", 0, 100), Gold("a", 90, 130))
    False
    """
    if not is_same_source(found.source, gold.source):
        return False
    shared = min(found.end, gold.end) - max(found.start, gold.start)
    return shared >= OVERLAP * min(found.end - found.start, gold.end - gold.start)


def is_same_source(one: str, other: str) -> bool:
    """Return whether two source paths name the same file, one of them possibly from a folder further in.

    >>> is_same_source("reports/2020/a.txt", "2020/a.txt"), is_same_source("ba.txt", "a.txt")
    (True, False)
    """
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")


def covered(found: Sequence[Gold], gold: Sequence[Gold], *, any_of: bool) -> float:
    """Return the share of the gold stretches that are found; with `any_of`, 1.0 as soon as one is.

    >>> covered([Gold("a", 0, 10)], [Gold("a", 2, 8), Gold("b", 0, 9)], any_of=False)
    0.5
    """
    hits = sum(any(is_same_place(place, each) for place in found) for each in gold)
    return float(hits > 0) if any_of else hits / len(gold)


def recall_at_k(ranking: Sequence[Gold], gold: Sequence[Gold], k: int, *, any_of: bool) -> float:
    """Return the share of the gold stretches within the first `k` passages."""
    return covered(ranking[:k], gold, any_of=any_of)


def reciprocal_rank(ranking: Sequence[Gold], gold: Sequence[Gold]) -> float:
    """Return 1 / the rank of the first passage that holds a gold stretch; 0.0 where none does (Voorhees 1999)."""
    for rank, passage in enumerate(ranking, 1):
        if any(is_same_place(passage, each) for each in gold):
            return 1 / rank
    return 0.0


def ndcg(ranking: Sequence[Gold], gold: Sequence[Gold], k: int, *, any_of: bool) -> float:
    """Return the normalised discounted cumulative gain of the first `k` (Järvelin & Kekäläinen 2002).

    A passage's gain is 1 if it holds a gold stretch that no earlier one held, so that repeating a place earns
    nothing; the ideal ranking holds one new stretch at each rank, or a single one with `any_of`.

    >>> ndcg([Gold("b", 0, 9), Gold("a", 0, 9)], [Gold("a", 0, 9)], 10, any_of=False)  # doctest: +ELLIPSIS
    0.63...
    """
    left = list(gold)
    gained = 0.0
    for rank, passage in enumerate(ranking[:k], 1):
        kept = [each for each in left if not is_same_place(passage, each)]
        if len(kept) < len(left):
            gained += 1 / math.log2(rank + 1)
            left = [] if any_of else kept
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(1 if any_of else len(gold), k) + 1))
    return min(gained / ideal, 1.0)


def precision(cited: Sequence[Gold], gold: Sequence[Gold]) -> float:
    """Return the share of the citations that point at a gold stretch."""
    return sum(any(is_same_place(place, each) for each in gold) for place in cited) / len(cited)


def character_iou(cited: Sequence[Gold], gold: Sequence[Gold], *, any_of: bool) -> float:
    """Return the characters both cited and gold as a share of those that are either (Jaccard 1912).

    With `any_of` the gold stretch counts that agrees best. Overlapping stretches count once.

    >>> character_iou([Gold("a", 0, 10)], [Gold("a", 5, 15)], any_of=False)  # doctest: +ELLIPSIS
    0.333...
    """
    if any_of and len(gold) > 1:
        return max(character_iou(cited, [each], any_of=False) for each in gold)
    named = [[(source_of(place, gold), place) for place in places] for places in (cited, gold)]
    found, wanted = ({(source, at) for source, place in each for at in range(place.start, place.end)} for each in named)
    return len(found & wanted) / len(found | wanted)


def source_of(place: Gold, gold: Sequence[Gold]) -> str:
    """Return the name by which the gold stretches call the source of a place; its own where they do not know it."""
    return next((each.source for each in gold if is_same_source(place.source, each.source)), place.source)
