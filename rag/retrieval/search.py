"""Question -> passages. Read `retrieve` from top to bottom."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rag.protocols import Embedder, SearchIndex
from rag.retrieval.fusion import fuse
from rag.retrieval.passages import assemble, finish_passage
from rag.retrieval.texts import DocumentTexts, PassageSource
from rag.types import Passage

CANDIDATES = 100
"""Chunks taken from each of the two searches."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found.

    Attributes:
        passages: Best first, numbered from 1; empty where nothing was found.
        similarity: Cosine of the question with the nearest chunk searched, in [-1, 1]; 0.0 where there is none.
    """

    passages: tuple[Passage, ...]
    similarity: float = 0.0


def retrieve(
    question: str,
    *,
    embedder: Embedder,
    index: SearchIndex,
    store: PassageSource,
    top_k: int,
    allowed: Collection[int] | None = None,
    texts: DocumentTexts | None = None,
) -> Retrieval:
    """Find the passages that speak to a stand-alone question.

    Args:
        question: Free text; it is never parsed as a query language.
        embedder: The one the index was made with.
        index: The snapshot to search.
        store: Where the texts are read; what has left it meanwhile is passed over.
        top_k: Most passages to return.
        allowed: Numbers of the chunks that may be found; None for all.
        texts: Documents kept open between questions; without it each question reads its documents anew.

    Raises:
        EmbedderError: The question cannot be embedded.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        words = beside.submit(index.search_lexical, question, CANDIDATES, allowed)
        query = embedder.embed_query(question)
        dense = index.search_dense(query, CANDIDATES, allowed)
        lexical = words.result()
    cosines = {hit.chunk_id: hit.score for hit in dense}
    unseen = [hit.chunk_id for hit in lexical if hit.chunk_id not in cosines]
    cosines.update(zip(unseen, index.score_dense(query, unseen), strict=True))
    ranked = fuse(cosines, {hit.chunk_id: hit.score for hit in lexical})
    drafts = assemble(ranked, store, texts or DocumentTexts(), top_k, allowed)
    return Retrieval(
        passages=tuple(finish_passage(number, draft) for number, draft in enumerate(drafts, 1)),
        similarity=max((hit.score for hit in dense), default=0.0),
    )
