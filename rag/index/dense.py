"""Exact search by inner product: the one module that knows FAISS.

Vectors are kept as fp16 and compared in f32. An index that someone may be searching is never changed: FAISS pairs
scores with wrong numbers, or crashes, when a search meets an `add` or a `remove`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.index.ranking import take_best
from rag.types import Hit

if TYPE_CHECKING:
    import faiss
    import numpy as np
    from numpy.typing import NDArray

    from rag.types.sources import Vector

    Halves = NDArray[np.float16]
    Numbers = NDArray[np.int64]

COMPACT_FROM_SHARE = 0.1
"""Delta and dead rows, as a share of the base, from which the base is made anew."""

COMPACT_FROM_ROWS = 1_000
"""The same in rows, so that a small collection is not copied at every change of a few chunks."""

ROWS_AT_ONCE = 4_096
"""Rows widened to f32 at a time when all are gone through."""


@dataclass(frozen=True)
class Part:
    """Vectors that are searched together and never change.

    Attributes:
        numbers: Chunk number at each position, ascending, (n,).
        vectors: The same positions in FAISS.
        live: Whether each position may be found, (n,).
    """

    numbers: Numbers
    vectors: faiss.IndexScalarQuantizer
    live: NDArray[np.bool_]

    @classmethod
    def of(cls, numbers: Numbers, halves: Halves) -> Part:
        """Return the part of these chunks, (n,) and (n, dimension), in any order."""
        import faiss
        import numpy as np

        if (numbers[1:] < numbers[:-1]).any():
            order = np.argsort(numbers, kind="stable")
            numbers, halves = numbers[order], halves[order]
        vectors = faiss.IndexScalarQuantizer(halves.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        if len(numbers):
            vectors.add_sa_codes(np.ascontiguousarray(halves).view(np.uint8))
        return cls(numbers, vectors, np.ones(len(numbers), dtype=bool))

    def halves(self) -> Halves:
        """Return a copy of the live vectors, (live, dimension)."""
        import faiss
        import numpy as np

        codes = faiss.vector_to_array(self.vectors.codes)
        halves = codes.view(np.float16).reshape(-1, self.vectors.d)
        return halves if self.live.all() else halves[self.live]

    def without(self, removed: Numbers) -> Part:
        """Return this part with further chunks dead; the vectors are shared."""
        return Part(self.numbers, self.vectors, self.live & ~self.having(removed))

    def having(self, wanted: Numbers) -> NDArray[np.bool_]:
        """Return which positions hold one of the `wanted` chunks, (n,)."""
        import numpy as np

        mask = np.zeros(len(self.numbers), dtype=bool)
        if len(wanted) and len(self.numbers):
            at = np.searchsorted(self.numbers, wanted)
            at[at == len(self.numbers)] = 0
            mask[at[self.numbers[at] == wanted]] = True
        return mask

    def search(self, query: Vector, k: int, allowed: Numbers | None) -> list[Hit]:
        """Return at most `k` of the live, allowed chunks, best first; equal scores in no order."""
        import faiss
        import numpy as np

        mask = self.live if allowed is None else self.live & self.having(allowed)
        k = min(k, int(np.count_nonzero(mask)))
        if k == 0:
            return []
        # Per calling thread; with two threads one search took 20 ms instead of 2.5 (they wait for each other).
        faiss.omp_set_num_threads(1)
        parameters = None
        if not mask.all():
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg, arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, positions = self.vectors.search(query[None, :], k, params=parameters)
        return [Hit(*pair) for pair in zip(self.numbers[positions[0]].tolist(), scores[0].tolist(), strict=True)]


@dataclass(frozen=True)
class DenseIndex:
    """A base, and a small delta with what came later; immutable.

    Attributes:
        base: Most of the chunks.
        delta: Chunks added since the base was made.
    """

    base: Part
    delta: Part

    @classmethod
    def of(cls, numbers: Sequence[int], vectors: Sequence[Vector], dimension: int) -> DenseIndex:
        """Return the index of these chunks.

        Raises:
            ValueError: A number occurs twice, or a vector has another dimension or is not finite.
        """
        return cls(_part(numbers, vectors, dimension), _part((), (), dimension))

    @classmethod
    def compact(cls, numbers: Numbers, halves: Halves) -> DenseIndex:
        """Return an index whose base is all of these, (n,) and (n, dimension)."""
        return cls(Part.of(numbers, halves), Part.of(numbers[:0], halves[:0]))

    def __len__(self) -> int:
        return int(self.base.live.sum() + self.delta.live.sum())

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.base.vectors.d)

    def updated(self, numbers: Sequence[int], vectors: Sequence[Vector], removed: Collection[int]) -> DenseIndex:
        """Return a new index without the `removed` chunks and with the new ones; unknown ones are passed over.

        Raises:
            ValueError: A new chunk is there already, or its vector has another dimension or is not finite.
        """
        import numpy as np

        gone = _numbers(removed)
        base, delta, new = self.base.without(gone), self.delta.without(gone), _part(numbers, vectors, self.dimension)
        if base.having(new.numbers).any() or delta.having(new.numbers).any():
            raise ValueError("a chunk is added that the index holds, or held, already")
        delta = Part.of(
            np.concatenate((delta.numbers[delta.live], new.numbers)), np.concatenate((delta.halves(), new.halves()))
        )
        changed = len(delta.numbers) + int(np.count_nonzero(~base.live))
        if changed > max(COMPACT_FROM_ROWS, COMPACT_FROM_SHARE * len(base.numbers)):
            return DenseIndex(base, delta).compacted()
        return DenseIndex(base, delta)

    def compacted(self) -> DenseIndex:
        """Return the same chunks, all in the base."""
        return DenseIndex.compact(*self.contents())

    def contents(self) -> tuple[Numbers, Halves]:
        """Return the live chunks: numbers (n,) and vectors (n, dimension)."""
        import numpy as np

        parts = (self.base, self.delta)
        return (
            np.concatenate([part.numbers[part.live] for part in parts]),
            np.concatenate([part.halves() for part in parts]),
        )

    def search(self, query: Vector, k: int, allowed: Collection[int] | None) -> list[Hit]:
        """Return at most `k` live chunks by inner product, best first, equal ones by number.

        Raises:
            ValueError: The query has another dimension or is not finite.
        """
        question = self._checked(query)
        wanted = None if allowed is None else _numbers(allowed)
        return take_best(
            lambda n: self.base.search(question, n, wanted) + self.delta.search(question, n, wanted), k, len(self)
        )

    def score(self, query: Vector, chunk_ids: Sequence[int]) -> list[float]:
        """Return the inner product with each chunk, in order, as `search` gives it; 0.0 for one that is not live."""
        question, wanted = self._checked(query), _numbers(chunk_ids)
        scores: dict[int, float] = {}
        for part in (self.base, self.delta):
            scores.update(part.search(question, len(wanted), wanted))
        return [scores.get(chunk_id, 0.0) for chunk_id in chunk_ids]

    def agreement(self, vectors: Mapping[int, Vector]) -> dict[int, float]:
        """Return the inner product of each live chunk's vector with the one given for it; 0.0 where none is given.

        Raises:
            ValueError: A given vector has another dimension.
        """
        import numpy as np

        numbers, halves = self.contents()
        agreement: dict[int, float] = {}
        for first in range(0, len(numbers), ROWS_AT_ONCE):
            block = numbers[first : first + ROWS_AT_ONCE].tolist()
            nothing = np.zeros(self.dimension, dtype=np.float32)
            given = np.stack([vectors.get(number, nothing) for number in block])
            held = halves[first : first + ROWS_AT_ONCE].astype(np.float32)
            agreement.update(zip(block, np.einsum("ij,ij->i", given, held).tolist(), strict=True))
        return agreement

    def _checked(self, query: Vector) -> Vector:
        """Return the query as FAISS wants it."""
        import numpy as np

        question = np.ascontiguousarray(query, dtype=np.float32)
        if question.shape != (self.dimension,):
            raise ValueError(f"a query of shape {question.shape} against vectors of dimension {self.dimension}")
        if not np.isfinite(question).all():
            raise ValueError("a query that is not finite")
        return question


def _part(numbers: Sequence[int], vectors: Sequence[Vector], dimension: int) -> Part:
    """Return new chunks as a part, checked."""
    import numpy as np

    order = np.array(numbers, dtype=np.int64)
    if len(np.unique(order)) != len(order):
        raise ValueError("two rows have the same chunk number")
    if any(vector.shape != (dimension,) for vector in vectors):
        raise ValueError(f"a vector is not of shape ({dimension},)")
    halves = np.empty((len(order), dimension), dtype=np.float16)
    for position, vector in enumerate(vectors):
        halves[position] = vector
    if not np.isfinite(halves).all():
        raise ValueError("a vector is not finite")
    return Part.of(order, halves)


def _numbers(chunk_ids: Collection[int]) -> Numbers:
    """Return chunk numbers as FAISS's positions are kept, (n,)."""
    import numpy as np

    return np.fromiter(chunk_ids, dtype=np.int64, count=len(chunk_ids))
