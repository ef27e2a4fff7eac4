"""How well retrieval finds: ``python -m bench.retrieval_quality [SET ...]``.

Public sets under ``BENCH_DATA`` (see its README), split, embedded and indexed as a collection does it, their texts
taken as plain. For each set: dense alone, lexical alone, reciprocal rank fusion, the fusion of `rag.retrieval`, and
that with the documents preferred which a question names; then the difference of the fusion to the better of the two
alone and the paired 95 % interval (percentile bootstrap over questions, Efron 1979). The last column chooses the
constants on the other sets only.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report import Row, data_folder, print_table
from rag.chunks import split
from rag.encoders import load_embedder
from rag.index import Snapshot, build
from rag.protocols import Embedder
from rag.retrieval import CANDIDATES, DocumentNames, dense_weight, fuse
from rag.retrieval.identified import put_exact_first
from rag.retrieval.search import Candidates, Search, rank_named
from rag.terms import identifiers_of
from rag.types import Chunk, Document, DocumentRecord, Hit, IndexRow, ReadingText, StoredChunk

SETS = (
    "chunking_eval", "anthropic_code", "qed_nq", "multihop_2wiki", "cranfield", "tatqa", "policyqa", "clapnq",
)  # fmt: skip
METRICS = ("hit@1", "recall@5", "nDCG@10")
QUESTIONS_MAX = 700
"""Of a larger set so many are drawn, always the same."""
SEED = 7
RESAMPLES = 2000
RRF_K = 60
"""Cormack, Clarke and Buettcher, "Reciprocal rank fusion", 2009."""
BASES = (0.3, 0.4, 0.5, 0.6)
GAINS = (0.0, 0.5, 1.0)

Scores = NDArray[np.float64]
"""Questions by metrics, each in [0, 1]."""
Ranking = Callable[["Question"], Sequence[int]]


@dataclass(frozen=True)
class Question:
    """A question with its candidates and what is right.

    Attributes:
        cosines: By chunk, of all candidates.
        dense: Ranking by the dense search alone.
        lexical: Hits of the lexical search, best first.
        relevant: By chunk, the numbers of the right items it covers.
        documents: By chunk, its document.
        by_span: Whether chunks are ranked, not documents (the set says which characters are right).
        items: Right items there are.
        right_units: Right chunks, or documents, there are.
        named: Ranking of the fusion where names of documents are read; None where the question names none.
    """

    cosines: Mapping[int, float]
    dense: Sequence[int]
    lexical: Sequence[Hit]
    relevant: Mapping[int, frozenset[int]]
    documents: Mapping[int, str]
    by_span: bool
    items: int
    right_units: int
    named: Sequence[int] | None = None

    @cached_property
    def words(self) -> dict[int, float]:
        """Lexical scores by chunk."""
        return {hit.chunk_id: hit.score for hit in self.lexical}


class Shelf:
    """A corpus as a store gives it, as far as names of documents are concerned."""

    def __init__(
        self, corpus: Sequence[Mapping[str, Any]], chunks: Sequence[tuple[str, Chunk]], embedder: Embedder
    ) -> None:
        self.embedder = embedder
        self._texts = {row["id"]: row["text"] for row in corpus}
        self._records = [
            DocumentRecord(row["id"], row["id"], " ".join(row["title"].split()), "", {}, "", 0, 0, 0, "", 1)
            for row in corpus
        ]
        self._chunks: dict[str, list[StoredChunk]] = {}
        self._places: list[StoredChunk] = []
        for number, (document, chunk) in enumerate(chunks):
            self._places.append(StoredChunk(number, document, chunk.start, chunk.end, ()))
            self._chunks.setdefault(document, []).append(self._places[-1])

    def generation(self) -> int:
        """Return the only one."""
        return 1

    def documents(self) -> list[DocumentRecord]:
        """Return all records."""
        return self._records

    def text(self, document_id: str) -> str:
        """Return a text."""
        return str(self._texts[document_id])

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
        """Return chunks by number."""
        return {number: self._places[number] for number in chunk_ids}

    def document_chunks(self, document_id: str) -> list[StoredChunk]:
        """Return a document's chunks."""
        return self._chunks.get(document_id, [])


@dataclass(frozen=True)
class Indexed:
    """A set's corpus, split and indexed; a chunk's number is its place in `chunks`."""

    chunks: Sequence[tuple[str, Chunk]]
    titles: Mapping[str, str]
    snapshot: Snapshot
    shelf: Shelf

    @cached_property
    def names(self) -> DocumentNames:
        """What the documents are called."""
        return DocumentNames(self.shelf)

    def ask(self, row: Mapping[str, Any], vector: NDArray[np.float32]) -> Question:
        """Return a question with its candidates."""
        allowed = None
        if "filter" in row:
            title = row["filter"]["title"]
            allowed = [n for n, (document, _) in enumerate(self.chunks) if self.titles[document] == title]
        dense = self.snapshot.search_dense(vector, CANDIDATES, allowed)
        lexical = self.snapshot.search_lexical(row["question"], CANDIDATES, allowed)
        cosines = {hit.chunk_id: hit.score for hit in dense}
        unseen = [hit.chunk_id for hit in lexical if hit.chunk_id not in cosines]
        cosines.update(zip(unseen, self.snapshot.score_dense(vector, unseen), strict=True))
        by_name = self.rank_named(row["question"], vector, cosines, lexical, allowed)
        found = {**cosines, **dict.fromkeys(by_name or (), 0.0)}
        items = [*row["relevant"], *row.get("also_relevant", [])]
        by_span = all("start" in item for item in items)
        right = {n: covered(self.chunks[n], items, by_span=by_span) for n in found}
        units = sum(bool(covered(chunk, items, by_span=True)) for chunk in self.chunks) if by_span else 0
        return Question(
            cosines, [hit.chunk_id for hit in dense], lexical, right, {n: self.chunks[n][0] for n in found}, by_span,
            len(items), max(units, 1) if by_span else len({item["doc_id"] for item in items}),
            by_name,
        )  # fmt: skip

    def read(self, hits: Sequence[Hit]) -> dict[int, str]:
        """Return the texts of chunks, by number."""
        return {hit.chunk_id: self.chunks[hit.chunk_id][1].text for hit in hits}

    def rank_named(
        self,
        question: str,
        vector: NDArray[np.float32],
        cosines: Mapping[int, float],
        lexical: Sequence[Hit],
        allowed: Sequence[int] | None,
    ) -> list[int] | None:
        """Return the ranking where names of documents and things are read; None where the question names none."""
        found = Candidates(cosines, {hit.chunk_id: hit.score for hit in lexical})
        search = Search(question, self.shelf.embedder, self.snapshot)
        ranked = rank_named(search, vector, found, self.names, self.shelf, allowed)
        if ranked is None and not identifiers_of(question):
            return None
        rankings = ranked.rankings if ranked else (found.rank(),)
        rankings = tuple(put_exact_first(question, ranking, self.read) for ranking in rankings)
        in_turn = (hit.chunk_id for row in zip_longest(*rankings) for hit in row if hit is not None)
        return list(dict.fromkeys(in_turn))


def covered(place: tuple[str, Chunk], items: Sequence[Mapping[str, Any]], *, by_span: bool) -> frozenset[int]:
    """Return the numbers of the right items that a chunk overlaps, or whose document it is of."""
    document, chunk = place
    return frozenset(
        number
        for number, item in enumerate(items)
        if item["doc_id"] == document and (not by_span or (chunk.start < item["end"] and item["start"] < chunk.end))
    )


def main() -> None:
    """Measure the sets named, or all, and print the table."""
    embedder = load_embedder()
    names = [name for name in sys.argv[1:] if name in SETS] or list(SETS)
    questions = {name: list(read_questions(name, embedder)) for name in names}
    scores = {name: score_rankings(asked) for name, asked in questions.items()}
    settings = {name: score_settings(asked) for name, asked in questions.items()}
    rows: list[Row] = []
    for name in names:
        chosen = choose([other for other in names if other != name], settings, scores)
        rows += describe_set(name, scores[name], settings[name][chosen])
    for at, metric in enumerate(METRICS):
        means = [np.mean([scores[name][ranking][:, at].mean() for name in names]) for ranking in RANKINGS]
        gain = np.mean([(scores[name]["fused"] - better_parent(scores[name]))[:, at].mean() for name in names])
        rows.append(Row(f"mean {metric}", ["", *(f"{100 * mean:.1f}" for mean in means), f"{100 * gain:+.1f}", ""]))
    columns = ["set", "n", *RANKINGS, "fused - better alone [95 %]", "left out"]
    print_table("Retrieval quality, per cent", columns, rows, "`left out`: constants chosen on the other sets.")


def describe_set(name: str, scores: Mapping[str, Scores], left_out: Scores) -> list[Row]:
    """Return a set's rows, one for each metric."""
    parents = better_parent(scores)
    gains, others = 100 * (scores["fused"] - parents), 100 * (left_out - parents)
    rows = []
    for at, metric in enumerate(METRICS):
        low, high = interval(gains[:, at])
        cells = [f"{100 * ranking[:, at].mean():.1f}" for ranking in scores.values()]
        gain = f"{gains[:, at].mean():+.1f} [{low:+.1f}, {high:+.1f}]"
        rows.append(Row(f"{name} {metric}", [len(gains), *cells, gain, f"{others[:, at].mean():+.1f}"]))
    return rows


def read_questions(name: str, embedder: Embedder) -> Iterator[Question]:
    """Yield the answerable questions of a set."""
    folder = data_folder() / "retrieval" / name
    corpus, asked = read_rows(folder / "corpus.jsonl"), read_rows(folder / "questions.jsonl")
    asked = [row for row in asked if row["relevant"]]
    if len(asked) > QUESTIONS_MAX:
        drawn = np.random.default_rng(SEED).choice(len(asked), QUESTIONS_MAX, replace=False)
        asked = [asked[at] for at in sorted(drawn)]
    indexed = index_corpus(corpus, embedder)
    vectors = embed(embedder, [row["question"] for row in asked], "query")
    for row, vector in zip(asked, vectors, strict=True):
        yield indexed.ask(row, vector)


def index_corpus(corpus: Sequence[Mapping[str, Any]], embedder: Embedder) -> Indexed:
    """Split, embed and index a corpus."""
    chunks: list[tuple[str, Chunk]] = []
    for row in corpus:
        title = " ".join(row["title"].split())
        document = Document(row["id"], title, "", row["text"], ReadingText.plain(row["text"]))
        made = split(document, max_tokens=embedder.identity.max_tokens, count_tokens=embedder.count_tokens)
        chunks.extend((row["id"], chunk) for chunk in made)
    vectors = embed(embedder, [chunk.embedded for _, chunk in chunks], "passage")
    rows = [IndexRow(at, chunk.embedded, vectors[at]) for at, (_, chunk) in enumerate(chunks)]
    snapshot = build(rows, generation=1, dimension=embedder.identity.dimension)
    return Indexed(chunks, {row["id"]: row["title"] for row in corpus}, snapshot, Shelf(corpus, chunks, embedder))


def embed(embedder: Embedder, texts: Sequence[str], kind: str) -> NDArray[np.float32]:
    """Return the vectors of texts, kept in the temporary folder from one run to the next."""
    key = hashlib.sha256(json.dumps([embedder.identity.revision, kind, *texts]).encode()).hexdigest()
    path = Path(tempfile.gettempdir()) / "vouch-vectors" / f"{key[:32]}.npy"
    if path.exists():
        kept: NDArray[np.float32] = np.load(path)
        return kept
    vectors = (
        embedder.embed_passages(texts) if kind == "passage" else np.stack([embedder.embed_query(t) for t in texts])
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, vectors)
    return vectors


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rank_by_rrf(question: Question) -> list[int]:
    """Rank by reciprocal rank fusion."""
    total: dict[int, float] = {}
    for ranking in (question.dense, [hit.chunk_id for hit in question.lexical]):
        for rank, number in enumerate(ranking, 1):
            total[number] = total.get(number, 0.0) + 1 / (RRF_K + rank)
    return sorted(total, key=lambda number: (-total[number], number))


def rank_by_names(question: Question) -> Sequence[int]:
    """Rank by the fusion, with the documents that the question names."""
    return RANKINGS["fused"](question) if question.named is None else question.named


RANKINGS: Mapping[str, Ranking] = {
    "dense": lambda question: question.dense,
    "lexical": lambda question: [hit.chunk_id for hit in question.lexical],
    "rrf": rank_by_rrf,
    "fused": lambda question: [hit.chunk_id for hit in fuse(question.cosines, question.words)],
    "named": rank_by_names,
}


def score_rankings(questions: Sequence[Question]) -> dict[str, Scores]:
    """Return the scores of each ranking."""
    return {name: np.array([score(q, rank(q)) for q in questions]) for name, rank in RANKINGS.items()}


def score_settings(questions: Sequence[Question]) -> dict[tuple[float, float], Scores]:
    """Return the scores of the fusion with each pair of constants."""
    scores: dict[tuple[float, float], Scores] = {}
    for base, gain in product(BASES, GAINS):
        weights = [min(dense_weight(question.cosines.values(), base, gain), 1.0) for question in questions]
        ranked = [fuse(q.cosines, q.words, weight) for q, weight in zip(questions, weights, strict=True)]
        scores[base, gain] = np.array(
            [score(q, [hit.chunk_id for hit in hits]) for q, hits in zip(questions, ranked, strict=True)]
        )
    return scores


def choose(
    names: Sequence[str],
    settings: Mapping[str, Mapping[tuple[float, float], Scores]],
    scores: Mapping[str, Mapping[str, Scores]],
) -> tuple[float, float]:
    """Return the constants with the best mean gain over the better parent, where a loss counts twice."""

    def worth(pair: tuple[float, float]) -> float:
        gains = np.array([(settings[name][pair] - better_parent(scores[name])).mean(0) for name in names])
        return float(gains.mean() + np.minimum(gains, 0).mean()) if names else 0.0

    return max(product(BASES, GAINS), key=worth)


def better_parent(scores: Mapping[str, Scores]) -> Scores:
    """Return, for each metric, the scores of the search that is better on the set."""
    dense, lexical = scores["dense"], scores["lexical"]
    return np.where(dense.mean(0) >= lexical.mean(0), dense, lexical)


def score(question: Question, ranking: Sequence[int]) -> tuple[float, float, float]:
    """Return hit@1, recall@5 (of at most five right items) and nDCG@10 with binary gains of a ranking of chunks.

    Where no span is given a document ranks where its best chunk does.
    """
    found: set[int] = set()
    seen: set[str] = set()
    hit, recall, gain, rank = 0.0, 0.0, 0.0, 0
    for number in ranking:
        if not question.by_span and question.documents[number] in seen:
            continue
        seen.add(question.documents[number])
        rank += 1
        right = question.relevant[number]
        found |= right
        hit = float(bool(right)) if rank == 1 else hit
        gain += bool(right) / np.log2(rank + 1)
        recall = len(found) / min(question.items, 5) if rank <= 5 else recall
        if rank == 10:
            break
    ideal = sum(1 / np.log2(at + 1) for at in range(1, min(question.right_units, 10) + 1))
    return hit, min(recall, 1.0), gain / ideal


def interval(gain: Scores) -> tuple[float, float]:
    """Return the 95 % percentile interval of a mean over questions."""
    drawn = np.random.default_rng(SEED).integers(0, len(gain), (RESAMPLES, len(gain)))
    low, high = np.quantile(gain[drawn].mean(1), [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
