"""What rewriting follow-ups is worth: ``python -m bench.followups_quality``.

INSCIT's conversations (``turns/inscit`` under ``BENCH_DATA``), later turns with evidence: the evidence found from the
last question as asked, as rewritten by `rag.followups`, and from the whole conversation as one query. One half of the
conversations was looked at in writing the rules, the other is held out. MTRAG's questions (``turns/mtrag``, also
halved) tell how many of those that stand alone are left alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report import Row, data_folder, print_table
from bench.retrieval_quality import Indexed, embed, index_corpus, interval, read_rows
from rag.encoders import load_embedder
from rag.followups import rewrite
from rag.protocols import Embedder
from rag.retrieval import CANDIDATES, fuse
from rag.types import Turn

SEED = 1
DOCUMENTS_KEPT = 5

Turns = Sequence[Mapping[str, Any]]


def main() -> None:
    """Measure and print the tables."""
    embedder = load_embedder()
    folder = data_folder() / "turns" / "inscit"
    indexed = index_corpus(read_rows(folder / "corpus.jsonl"), embedder)
    turns = [turn for turn in read_rows(folder / "turns.jsonl") if turn["history"] and turn["relevant"]]
    rows = []
    for half, part in zip(("looked at", "held out"), halve(turns), strict=True):
        asked = score(indexed, embedder, part, [turn["question"] for turn in part])
        rewritten = score(indexed, embedder, part, [rewritten_question(turn) for turn in part])
        whole = score(indexed, embedder, part, [" ".join((*said(turn), turn["question"])) for turn in part])
        changed = sum(rewritten_question(turn) != turn["question"] for turn in part)
        for at, metric in enumerate(("hit@1", "hit@5", "recall@5")):
            gain = 100 * (rewritten - asked)[:, at]
            low, high = interval(gain)
            means = [f"{100 * scores[:, at].mean():.1f}" for scores in (whole, asked, rewritten)]
            rows.append(
                Row(f"{half} {metric}", [len(part), changed, *means, f"{gain.mean():+.1f} [{low:+.1f}, {high:+.1f}]"])
            )
    columns = ["INSCIT", "turns", "rewritten", "whole conversation", "as asked", "by rule", "gain [95 %]"]
    print_table("Follow-ups: evidence found, per cent", columns, rows)
    describe_harm()


def describe_harm() -> None:
    """Print how many questions that people left as they were the rules leave alone too."""
    turns = [turn for turn in read_rows(data_folder() / "turns" / "mtrag" / "turns.jsonl") if turn["history"]]
    rows = []
    for half, part in zip(("looked at", "held out"), halve(turns), strict=True):
        alone = [turn for turn in part if turn["rewrite"].strip() == turn["question"].strip()]
        left = sum(rewritten_question(turn) == turn["question"] for turn in alone)
        leaning = len(part) - len(alone)
        changed = sum(rewritten_question(turn) != turn["question"] for turn in part) - (len(alone) - left)
        rows.append(Row(half, [f"{left} of {len(alone)}", f"{changed} of {leaning}"]))
    columns = ["MTRAG", "left alone, of those that people left", "rewritten, of those that people rewrote"]
    print_table("Follow-ups: restraint", columns, rows, "MTRAG gives no answers of earlier turns, and people polish.")


def halve(turns: Turns) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the turns of one half of the conversations, and of the other."""
    conversations = sorted({turn["conversation"] for turn in turns})
    random.Random(SEED).shuffle(conversations)
    first = set(conversations[: len(conversations) // 2])
    in_first: Callable[[Mapping[str, Any]], bool] = lambda turn: turn["conversation"] in first  # noqa: E731
    return [turn for turn in turns if in_first(turn)], [turn for turn in turns if not in_first(turn)]


def said(turn: Mapping[str, Any]) -> list[str]:
    """Return what was said before, in order."""
    return [entry["text"] for entry in turn["history"]]


def rewritten_question(turn: Mapping[str, Any]) -> str:
    """Return the last question as rewritten by rule."""
    history: list[Turn] = []
    for entry in turn["history"]:
        if entry["role"] == "user":
            history.append(Turn(entry["text"], ""))
        elif history:
            history[-1] = Turn(history[-1].question, entry["text"])
    return rewrite(turn["question"], history)


def score(indexed: Indexed, embedder: Embedder, turns: Turns, questions: Sequence[str]) -> NDArray[np.float64]:
    """Return hit@1, hit@5 and recall@5 (of at most five) of each turn's evidence."""
    rows = []
    for turn, question, vector in zip(turns, questions, embed(embedder, questions, "query"), strict=True):
        found = find_documents(indexed, question, vector)
        right = {item["doc_id"] for item in turn["relevant"]}
        hits = len(right.intersection(found))
        rows.append((float(found[0] in right), float(hits > 0), hits / min(len(right), DOCUMENTS_KEPT)))
    return np.array(rows)


def find_documents(indexed: Indexed, question: str, vector: NDArray[np.float32]) -> list[str]:
    """Return the best documents, each ranked by its best chunk."""
    cosines = {hit.chunk_id: hit.score for hit in indexed.snapshot.search_dense(vector, CANDIDATES)}
    words = {hit.chunk_id: hit.score for hit in indexed.snapshot.search_lexical(question, CANDIDATES)}
    unseen = [number for number in words if number not in cosines]
    cosines.update(zip(unseen, indexed.snapshot.score_dense(vector, unseen), strict=True))
    ranked = dict.fromkeys(indexed.chunks[hit.chunk_id][0] for hit in fuse(cosines, words))
    return list(ranked)[:DOCUMENTS_KEPT]


if __name__ == "__main__":
    main()
