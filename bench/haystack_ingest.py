"""Ingest a folder of text files with Haystack and print seconds and chunks as JSON; run in the peers' environment.

The pipeline is the one its documentation shows: convert, split by 200 words, embed, write.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def ingest(folder: Path, model: str) -> dict[str, float]:
    """Run the pipeline over a folder, the model loaded and warm, and return seconds and chunks."""
    from haystack import Pipeline
    from haystack.components.converters import TextFileToDocument
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.dataclasses import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder

    store = InMemoryDocumentStore()
    embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False, batch_size=32)
    embedder.warm_up()
    embedder.run([Document(content="warm")])
    pipeline = Pipeline()
    pipeline.add_component("convert", TextFileToDocument())
    pipeline.add_component("split", DocumentSplitter(split_by="word", split_length=200))
    pipeline.add_component("embed", embedder)
    pipeline.add_component("write", DocumentWriter(store))
    pipeline.connect("convert", "split")
    pipeline.connect("split", "embed")
    pipeline.connect("embed", "write")
    began = time.perf_counter()
    pipeline.run({"convert": {"sources": sorted(folder.glob("*.txt"))}})
    return {"seconds": time.perf_counter() - began, "chunks": store.count_documents()}


if __name__ == "__main__":
    print(json.dumps(ingest(Path(sys.argv[1]), sys.argv[2])))
