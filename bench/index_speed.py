"""How fast the index is: ``python -m bench.index_speed [CHUNKS]``.

Synthetic chunks of 120 words (Zipf) with clustered unit vectors, so that anyone can repeat it. Prints a Markdown table.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.report import Row, print_table
from rag.index import Snapshot, build, open_cached, save
from rag.types import IndexRow

DIMENSION = 384
CLUSTERS = 200
VOCABULARY = 50_000
WORDS_PER_CHUNK = 120
WORDS_PER_QUESTION = 8
QUESTIONS = 300
HITS = 100
CHANGED = 50


@dataclass(frozen=True)
class Synthetic:
    """Chunks and questions drawn from the same words and clusters."""

    words: NDArray[np.str_]
    weights: NDArray[np.float64]
    centres: NDArray[np.float32]
    random: np.random.Generator

    @classmethod
    def seeded(cls, seed: int) -> Synthetic:
        """Return a source that gives the same chunks each time."""
        random = np.random.default_rng(seed)
        letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        words = np.array(["".join(random.choice(letters, random.integers(2, 11))) for _ in range(VOCABULARY)])
        weights = 1 / np.arange(1, VOCABULARY + 1)
        centres = random.standard_normal((CLUSTERS, DIMENSION)).astype(np.float32)
        return cls(words, weights / weights.sum(), centres, random)

    def rows(self, first: int, count: int) -> Iterator[IndexRow]:
        """Yield chunks numbered from `first`."""
        vectors = self.vectors(count)
        for at in range(count):
            yield IndexRow(first + at, self.text(WORDS_PER_CHUNK), vectors[at])

    def text(self, count: int) -> str:
        """Return so many words."""
        cumulated = np.cumsum(self.weights)
        drawn = np.searchsorted(cumulated, self.random.random(count)).clip(max=VOCABULARY - 1)
        return " ".join(self.words[drawn])

    def vectors(self, count: int) -> NDArray[np.float32]:
        """Return so many unit vectors."""
        centres = self.centres[self.random.integers(0, CLUSTERS, count)]
        vectors: NDArray[np.float32] = centres + 0.8 * self.random.standard_normal((count, DIMENSION), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def times_ms(calls: Sequence[Callable[[], object]]) -> str:
    """Return median and 95th percentile of these calls, after ten to warm up."""
    for call in calls[:10]:
        call()
    taken = [elapsed_s(call) * 1000 for call in calls]
    return f"{np.percentile(taken, 50):.1f} / {np.percentile(taken, 95):.1f} ms"


def elapsed_s(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def searches(snapshot: Snapshot, source: Synthetic) -> Iterator[tuple[str, str]]:
    """Yield what was measured of searching: name and figure."""
    queries, questions = source.vectors(QUESTIONS), [source.text(WORDS_PER_QUESTION) for _ in range(QUESTIONS)]
    pairs = list(zip(queries, questions, strict=True))
    tenth = frozenset(range(1, len(snapshot), 10))
    yield "dense", times_ms([partial(snapshot.search_dense, q, HITS) for q in queries])
    yield "lexical", times_ms([partial(snapshot.search_lexical, q, HITS) for q in questions])
    yield "dense, a tenth allowed", times_ms([partial(snapshot.search_dense, q, HITS, tenth) for q in queries])
    yield (
        "lexical, a tenth allowed",
        times_ms([partial(snapshot.search_lexical, q, HITS, tenth) for q in questions]),
    )
    some = [int(number) for number in source.random.integers(1, len(snapshot), HITS)]
    yield f"scores of {HITS} chunks", times_ms([partial(snapshot.score_dense, q, some) for q in queries])
    with ThreadPoolExecutor(2) as pool:

        def both(vector: NDArray[np.float32], question: str) -> None:
            dense = pool.submit(snapshot.search_dense, vector, HITS)
            snapshot.search_lexical(question, HITS)
            dense.result()

        yield "both at once", times_ms([partial(both, v, q) for v, q in pairs])


def changes(snapshot: Snapshot, source: Synthetic) -> tuple[Snapshot, str]:
    """Replace documents of some chunks, and return the last snapshot and the figure."""
    taken = []
    for turn in range(40):
        fresh = list(source.rows(1_000_000_000 + turn * CHANGED, CHANGED))
        gone = range(1 + turn * CHANGED, 1 + (turn + 1) * CHANGED)
        start = time.perf_counter()
        snapshot = snapshot.updated(fresh, gone, generation=snapshot.generation + 1)
        taken.append((time.perf_counter() - start) * 1000)
    return snapshot, f"{np.percentile(taken, 50):.0f} / {np.percentile(taken, 95):.0f} / {max(taken):.0f} ms"


def main(chunks: int = 100_000) -> None:
    """Measure and print."""
    source = Synthetic.seeded(7)
    rows = list(source.rows(1, chunks))
    start = time.perf_counter()
    snapshot = build(rows, generation=1, dimension=DIMENSION)
    table = [("build from rows", f"{time.perf_counter() - start:.2f} s")]
    del rows
    table += searches(snapshot, source)
    snapshot, taken = changes(snapshot, source)
    table.append((f"replace {CHANGED} chunks: median, p95, worst", taken))
    table.append(("compact the vectors", f"{elapsed_s(snapshot.dense.compacted) * 1000:.0f} ms"))
    with tempfile.TemporaryDirectory() as name:
        folder, key = Path(name), "bench"
        table.append(("save", f"{elapsed_s(lambda: save(snapshot, folder, key)):.2f} s"))
        size = sum(path.stat().st_size for path in folder.iterdir())
        opened = elapsed_s(lambda: open_cached(folder, generation=snapshot.generation, key=key, dimension=DIMENSION))
        table.append(("open what was saved", f"{opened:.2f} s, {size / 1e6:.0f} MB" if size else "not saved: small"))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table.append(("memory at most, the rows themselves included", f"{peak_mb:.0f} MB"))
    title = f"Index of {chunks:,} chunks of {WORDS_PER_CHUNK} words, {DIMENSION} dimensions"
    print_table(title, ("what", "p50 / p95"), [Row(what, (figure,)) for what, figure in table])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
