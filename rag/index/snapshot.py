"""The snapshot: both indexes of one generation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.index.dense import DenseIndex
from rag.index.lexical import LexicalIndex
from rag.types import Hit, IndexRow

if TYPE_CHECKING:
    from rag.types.sources import Vector

ON_DISK_FROM_ROWS = 5_000
"""From so many chunks on the words lie in a temporary folder, from which they can be saved. Fewer are indexed
again sooner than a file is checked and copied."""


REBUILT_UP_TO_ROWS = 2_000
"""Up to so many chunks an index is built anew (0.2 s) whenever some are gone, so that scores follow from the chunks."""
REBUILT_FROM_SHARE = 0.1
"""With more chunks, it is once so many are gone; a question then waits for it."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that can be found at one generation; immutable, and searched without a lock (`SearchIndex`).

    Snapshots made of one another by `updated` form a line, and share what did not change. A snapshot goes on
    showing its generation for as long as someone holds it.

    Attributes:
        generation: The store's generation that it shows.
        dense: The vectors.
        lexical: The words.
    """

    generation: int
    dense: DenseIndex
    lexical: LexicalIndex

    def __len__(self) -> int:
        return len(self.dense)

    def is_worn(self, removed: int) -> bool:
        """Tell whether an update that removes so many chunks should be a new index instead.

        Removed chunks still weigh in the scores of words: a few in a large collection move them by little.
        """
        dead = self.lexical.dead + removed
        return removed > 0 and (len(self) <= REBUILT_UP_TO_ROWS or dead > REBUILT_FROM_SHARE * len(self))

    def chunk_ids(self) -> frozenset[int]:
        """Return the numbers of the live chunks."""
        return frozenset(self.dense.contents()[0].tolist())

    def search_dense(self, query: Vector, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return at most `k` live chunks by inner product, best first, equal ones by number.

        Args:
            query: The question's vector, (dimension,).
            k: Hits wanted.
            allowed: Only these chunks; all if None.

        Raises:
            ValueError: The query has another dimension or is not finite (a mistake of the caller).
        """
        return self.dense.search(query, k, allowed)

    def search_lexical(self, question: str, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return at most `k` live chunks by BM25, best first, equal ones by number.

        A chunk that has none of the question's terms is not found; a question without terms finds nothing.

        Args:
            question: Any text; it is taken as words, never as a query language.
            k: Hits wanted.
            allowed: Only these chunks; all if None.
        """
        return self.lexical.search(question, k, allowed)

    def score_dense(self, query: Vector, chunk_ids: Sequence[int]) -> list[float]:
        """Return the inner product with each chunk, in order, as `search_dense` gives it; 0.0 for one not live.

        Raises:
            ValueError: The query has another dimension or is not finite (a mistake of the caller).
        """
        return self.dense.score(query, chunk_ids)

    def agreement(self, vectors: Mapping[int, Vector]) -> dict[int, float]:
        """Return the inner product of each live chunk's vector with the one given for it; 0.0 where none is given.

        For unit vectors it is near 1 where they are the same. It goes through all chunks once.

        Args:
            vectors: By chunk, (dimension,) each.

        Raises:
            ValueError: A given vector has another dimension (a mistake of the caller).
        """
        return self.dense.agreement(vectors)

    def updated(self, added: Sequence[IndexRow], removed: Collection[int], *, generation: int) -> Snapshot:
        """Return the snapshot of a later generation: these chunks gone, those there.

        It takes milliseconds for a document, whatever the size of the whole. Only the newest snapshot of a
        line can be updated, by one thread at a time; after an error the line is still at this snapshot.

        Raises:
            ValueError: A chunk is there already, a vector has another dimension or is not finite, or this snapshot
                has been updated before (mistakes of the caller).
            CollectionError: There is no space for the index's temporary files.
        """
        if not len(self) and added:
            return build(added, generation=generation, dimension=self.dense.dimension)
        dense = self.dense.updated([row.chunk_id for row in added], [row.vector for row in added], removed)
        lexical = self.lexical.updated(((row.chunk_id, row.embedded) for row in added), removed)
        return Snapshot(generation, dense, lexical)


def build(rows: Iterable[IndexRow], *, generation: int, dimension: int) -> Snapshot:
    """Return the snapshot of these chunks.

    Args:
        rows: The chunks, in any order; read once.
        generation: The store's generation that they show.
        dimension: Length of a vector.

    Raises:
        ValueError: A number occurs twice, or a vector has another dimension or is not finite (mistakes of the caller).
    """
    every = list(rows)
    dense = DenseIndex.of([row.chunk_id for row in every], [row.vector for row in every], dimension)
    texts = [(row.chunk_id, row.embedded) for row in every]
    return Snapshot(generation, dense, LexicalIndex.of(texts, on_disk=len(every) >= ON_DISK_FROM_ROWS))
