"""A limit on time that holds on a busy machine: only the test's own work counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cpu_time_limit(seconds: float) -> Iterator[None]:
    """Fail where what is done within takes the thread more processor time than this; waiting costs none."""
    begun = time.thread_time()
    yield
    taken = time.thread_time() - begun
    assert taken < seconds, f"took {taken:.1f} s of processor time, {seconds:g} s at most"
