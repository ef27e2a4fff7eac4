"""The best k of a list whose ties must not depend on the engine."""

from __future__ import annotations

from collections.abc import Callable

from rag.types import Hit

MORE_THAN_ASKED = 8
"""Asked for beyond k at first, so that a tie at the cut is seen at once."""


def take_best(search: Callable[[int], list[Hit]], k: int, total: int) -> list[Hit]:
    """Return the best `k` hits, best first, equal scores by chunk number.

    An engine cuts a run of equal scores (the same text in two files) wherever it likes. So it is asked for
    more, until the run that crosses the cut is complete.

    Args:
        search: Gives the best n hits for n, in any order.
        k: Hits wanted; none for 0 and less.
        total: Chunks there are.
    """
    if k <= 0:
        return []
    asked = k + MORE_THAN_ASKED
    while True:
        hits = sorted(search(min(asked, total)), key=lambda hit: (-hit.score, hit.chunk_id)) if total else []
        if len(hits) < asked or asked >= total or hits[asked - 1].score < hits[k - 1].score:
            return hits[:k]
        asked *= 4
