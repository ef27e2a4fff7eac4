"""Ingest a folder of documents into a new home and print what it took as JSON; run in a process of its own.

``python -m bench.filings_ingest FOLDER HOME``
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag import Collection
from rag.encoders import load_embedder
from rag.types import EmbedderIdentity

if TYPE_CHECKING:
    from rag.protocols import Embedder
    from rag.types.sources import Matrix, Vector

NAME = "bench"
KB = 1024


class TimedEmbedder:
    """An embedder that counts the seconds its passages take.

    Attributes:
        seconds: Spent so far.
    """

    def __init__(self, embedder: Embedder) -> None:
        """Take the embedder."""
        self.seconds = 0.0
        self._embedder = embedder

    @property
    def identity(self) -> EmbedderIdentity:
        """The embedder's own."""
        return self._embedder.identity

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Return the embedder's vectors."""
        began = time.perf_counter()
        try:
            return self._embedder.embed_passages(texts)
        finally:
            self.seconds += time.perf_counter() - began

    def embed_query(self, text: str) -> Vector:
        """Return the embedder's vector."""
        return self._embedder.embed_query(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the embedder's counts."""
        return self._embedder.count_tokens(texts)


def ingest(folder: Path, home: Path) -> dict[str, object]:
    """Ingest a folder; return what came in, seconds, and the peak memory of this process and of its largest child."""
    embedder = TimedEmbedder(load_embedder())
    embedder.embed_passages(["warm"])
    embedder.seconds = 0.0
    with Collection.open(home, NAME, create=True, embedder=embedder) as collection:
        report = collection.ingest([folder])
        records = collection.documents()
        pages = sum(
            locator.kind == "page" for record in records for locator in collection.store.locators(record.document_id)
        )
    return {
        "documents": len(records),
        "refused": [f"{Path(refusal.source).name} ({refusal.code})" for refusal in report.refused],
        "pages": pages,
        "chunks": report.chunks,
        "seconds": report.seconds,
        "embedding_seconds": embedder.seconds,
        "parent_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KB / 2**20,
        "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KB / 2**20,
    }


if __name__ == "__main__":
    print(json.dumps(ingest(Path(sys.argv[1]), Path(sys.argv[2]))))
