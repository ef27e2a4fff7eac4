"""Work done by several threads, its results taken in order, never more than a few ahead of whoever takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


WAIT_S = 0.1
"""How often whoever waits for a result is heard."""


def in_order(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    threads: int,
    ahead: int,
    on_wait: Callable[[], None] = lambda: None,
) -> Generator[R]:
    """Yield the result of each item in the order of the items, whichever is done first.

    When it is left early, what has not begun is not begun; what is under way is left to end by itself.

    Args:
        work: Done for each item, several at once. What it raises is raised when its turn comes.
        items: Taken one by one, no sooner than needed.
        threads: So many at once.
        ahead: So many results at most that nobody has taken yet.
        on_wait: Called every `WAIT_S` while the next result is not there; what it raises ends the waiting.

    Examples:
        >>> list(in_order(str.upper, ["a", "b", "c"], threads=2, ahead=2))
        ['A', 'B', 'C']
    """

    def take() -> R:
        future = waiting.popleft()
        while not wait([future], WAIT_S).done:
            on_wait()
        return future.result()

    pool = ThreadPoolExecutor(threads, thread_name_prefix="reading")
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= max(ahead, 1):
                yield take()
        while waiting:
            yield take()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
