"""The whole of retrieval at 100,000 chunks: embed the question, search both ways, fuse, read and join passages.

A real collection on disk and the bundled embedder for the questions; the chunks are synthetic, and their vectors
drawn, since embedding 100,000 texts measures something else.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.report import Row, print_table
from rag import Collection, Settings
from rag.composition import Request
from rag.types import Chunk, Document, ReadingText
from rag.weighing import find_passages

DOCUMENTS, CHUNKS_EACH, WORDS_EACH, WORDS_KNOWN = 1000, 100, 120, 30_000
QUESTIONS = 200
SEED = 11


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(home=Path(scratch, "home"))
        with Collection.open(settings=settings, create=True) as collection:
            draw = random.Random(SEED)
            words = [f"w{number:x}" for number in range(WORDS_KNOWN)]
            weights = [1 / (rank + 10) for rank in range(WORDS_KNOWN)]
            fill(collection, draw, words, weights)
            began = time.perf_counter()
            parts = collection.parts()
            built_s = time.perf_counter() - began
            times_ms = []
            for _ in range(QUESTIONS):
                question = " ".join(draw.choices(words, weights, k=8))
                began = time.perf_counter()
                found = find_passages(question, Request(question), parts)
                times_ms.append((time.perf_counter() - began) * 1000)
                assert found.passages
    times_ms.sort()
    print_table(
        f"Retrieval at {DOCUMENTS * CHUNKS_EACH:,} chunks, {QUESTIONS} questions of 8 words",
        ("what", "measured", "bar"),
        [
            Row(
                "whole retrieval, p50 / p95, ms", (f"{statistics.median(times_ms):.1f} / {times_ms[-10]:.1f}", "- / 40")
            ),
            Row("opening the collection, index built anew, s", (f"{built_s:.1f}", "")),
        ],
    )


def fill(collection: Collection, draw: random.Random, words: list[str], weights: list[float]) -> None:
    """Commit documents of drawn words with drawn unit vectors."""
    dimension = collection.embedder.identity.dimension
    vectors = np.random.default_rng(SEED)
    with collection.store.writer() as writer:
        for number in range(DOCUMENTS):
            pieces = [" ".join(draw.choices(words, weights, k=WORDS_EACH)) for _ in range(CHUNKS_EACH)]
            text, chunks = "", []
            for piece in pieces:
                chunks.append(Chunk(len(text), len(text) + len(piece), piece, (), piece))
                text += piece + "\n\n"
            rows = vectors.standard_normal((CHUNKS_EACH, dimension), dtype=np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            source = f"d{number}.txt"
            document = Document(source, source, f"sha256:{number:064x}", text, ReadingText.plain(text))
            writer.put(document, chunks, rows)


if __name__ == "__main__":
    main()
