"""Question -> passages. Read `retrieve` from top to bottom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

from rag.protocols import Embedder, SearchIndex
from rag.retrieval.fusion import dense_weight, fuse
from rag.retrieval.identified import put_exact_first, texts_of
from rag.retrieval.mentions import read_mention
from rag.retrieval.named import DocumentNames
from rag.retrieval.passages import Draft, assemble, finish_passage
from rag.retrieval.texts import ChunkSource, DocumentTexts, PassageSource
from rag.types import Hit, Passage

if TYPE_CHECKING:
    from rag.types.sources import Vector

CANDIDATES = 100
"""Chunks taken from each of the two searches."""
NAMED_GAIN = 0.2
"""What the scores of a chunk gain whose document the question seems to name, as a share of them."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found.

    Attributes:
        passages: Best first, numbered from 1; empty where nothing was found.
        similarity: Cosine of the question with the nearest chunk searched, in [-1, 1]; 0.0 where there is none.
    """

    passages: tuple[Passage, ...]
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks found for a question.

    Attributes:
        cosines: Of all of them, by chunk.
        lexical: BM25 scores of those that the lexical search found.
    """

    cosines: Mapping[int, float]
    lexical: Mapping[int, float]

    @property
    def similarity(self) -> float:
        """The highest cosine; 0.0 where there is none."""
        return max(self.cosines.values(), default=0.0)

    def rank(self) -> list[Hit]:
        """Return all of them, best first."""
        return fuse(self.cosines, self.lexical)

    def joined(self, other: Candidates) -> Candidates:
        """Return these and the other ones."""
        return Candidates({**other.cosines, **self.cosines}, {**other.lexical, **self.lexical})

    def prefer(self, chunk_ids: Collection[int]) -> list[Hit]:
        """Return all of them, best first, where both scores of some chunks gain `NAMED_GAIN`."""

        def raise_some(scores: Mapping[int, float]) -> dict[int, float]:
            return {n: score * (1 + NAMED_GAIN) if n in chunk_ids else score for n, score in scores.items()}

        return fuse(raise_some(self.cosines), raise_some(self.lexical), min(dense_weight(self.cosines.values()), 1.0))


@dataclass(frozen=True, slots=True)
class Ranked:
    """Chunks in the order in which passages are made of them.

    Attributes:
        rankings: Best first, one for each thing that the question names; mostly a single one.
        similarity: Cosine of the question with the nearest chunk among them.
    """

    rankings: tuple[Sequence[Hit], ...]
    similarity: float


@dataclass(frozen=True, slots=True)
class Search:
    """A question on its way through an index."""

    question: str
    embedder: Embedder
    index: SearchIndex

    def run(self, allowed: Collection[int] | None) -> tuple[Vector, Candidates]:
        """Embed the question and search both ways at once; return its vector and what was found."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            words = beside.submit(self.index.search_lexical, self.question, CANDIDATES, allowed)
            query = self.embedder.embed_query(self.question)
            dense = self.index.search_dense(query, CANDIDATES, allowed)
            return query, self.gather(query, dense, words.result())

    def within(self, query: Vector, allowed: Collection[int]) -> Candidates:
        """Search some chunks with the question's vector."""
        lexical = self.index.search_lexical(self.question, CANDIDATES, allowed)
        return self.gather(query, self.index.search_dense(query, CANDIDATES, allowed), lexical)

    def gather(self, query: Vector, dense: Sequence[Hit], lexical: Sequence[Hit]) -> Candidates:
        """Return the hits of both searches with the cosine of each."""
        cosines = {hit.chunk_id: hit.score for hit in dense}
        unseen = [hit.chunk_id for hit in lexical if hit.chunk_id not in cosines]
        cosines.update(zip(unseen, self.index.score_dense(query, unseen), strict=True))
        return Candidates(cosines, {hit.chunk_id: hit.score for hit in lexical})


def retrieve(
    question: str,
    *,
    embedder: Embedder,
    index: SearchIndex,
    store: PassageSource,
    top_k: int,
    allowed: Collection[int] | None = None,
    texts: DocumentTexts | None = None,
    names: DocumentNames | None = None,
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
        names: What the documents are called; without it a question that names some is searched as any other.

    Raises:
        EmbedderError: The question cannot be embedded.
    """
    search = Search(question, embedder, index)
    query, found = search.run(allowed)
    ranked = Ranked((found.rank(),), found.similarity)
    if names is not None and found.cosines:
        ranked = rank_named(search, query, found, names, store, allowed) or ranked
    opened = texts or DocumentTexts()
    read = partial(texts_of, store=store, texts=opened)
    rankings = [put_exact_first(question, ranking, read) for ranking in ranked.rankings]
    drafts = assemble_in_turn(rankings, store, opened, top_k, allowed)
    return Retrieval(
        passages=tuple(finish_passage(number, draft) for number, draft in enumerate(drafts, 1)),
        similarity=ranked.similarity,
    )


def rank_named(
    search: Search,
    query: Vector,
    found: Candidates,
    names: DocumentNames,
    store: ChunkSource,
    allowed: Collection[int] | None,
) -> Ranked | None:
    """Rank the chunks for a question that names documents; None where it names none that may be found.

    Where it clearly names some, only their chunks are searched, those of each document or period apart; where it may
    be about something that a name says, they are only preferred.
    """

    def candidate_documents() -> list[str]:
        chunks = store.chunks([hit.chunk_id for hit in found.rank()])
        return list(dict.fromkeys(chunk.document_id for chunk in chunks.values()))

    named = names.find(read_mention(search.question), candidate_documents)
    if named is None:
        return None
    groups = [chunk_ids for group in named.groups if (chunk_ids := restrict(names.chunks(group), allowed))]
    searched = [one for chunk_ids in groups if (one := search.within(query, chunk_ids)).cosines]
    if not searched:
        return None
    if named.only:
        return Ranked(tuple(one.rank() for one in searched), max(one.similarity for one in searched))
    together = found
    for one in searched:
        together = together.joined(one)
    return Ranked((together.prefer(frozenset().union(*groups)),), together.similarity)


def assemble_in_turn(
    rankings: Sequence[Sequence[Hit]],
    store: PassageSource,
    texts: DocumentTexts,
    top_k: int,
    allowed: Collection[int] | None,
) -> list[Draft]:
    """Make at most `top_k` passages: the best of each ranking, the second of each, and so on."""
    if len(rankings) == 1:
        return assemble(rankings[0], store, texts, top_k, allowed)
    # Apart, for what one document repeats of another is still what this one says.
    made = [assemble(ranked, store, texts, top_k, allowed) for ranked in rankings[:top_k]]
    return [draft for row in zip_longest(*made) for draft in row if draft is not None][:top_k]


def restrict(chunk_ids: frozenset[int], allowed: Collection[int] | None) -> frozenset[int]:
    """Return those of the chunks that may be found."""
    return chunk_ids if allowed is None else chunk_ids.intersection(allowed)
