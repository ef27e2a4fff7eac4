"""How often sources are said to contradict one another: ``python -m bench conflicting``.

Ordinary questions of two public sets (``retrieval/qed_nq``, ``retrieval/clapnq`` under ``BENCH_DATA``), six passages
by BM25, answered by the extractive drafter and cited: what fires there is printed, for a person to read, and is nearly
always a false alarm. Then each cited sentence with a number is planted as a second document in which that number
is another one, where the question asks for an amount or a time: the share of these that is found. Last, the seed
corpus' own tensions (the questions of kind ``conflict``), asked of a real collection, and all its other questions that
the documents answer.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.answering_parts.data import SHOWN, Bm25, cut, interval, passage, rows
from bench.report import Row, print_table
from rag import Collection
from rag.citations import Numbering, cite
from rag.conflicts import find_conflicts
from rag.drafting.extractive import choose
from rag.terms import analyse, analyse_question
from rag.types import Answer, Answered, Citation, DraftSentence, Passage
from rag.verifiers import BuiltInVerifier

QUESTIONS = Path(__file__).parents[1] / "corpus" / "questions.jsonl"
SEED = 0
SETS = ("qed_nq", "clapnq")
QUESTIONS_MAX = 300


def main() -> None:
    """Measure and print the alarms and the table."""
    table = []
    for name in SETS:
        fired, planted = measure(name)
        for kind, values in (("as they are", fired), ("with a planted contradiction", planted)):
            shown = np.array(values, dtype=float)
            share = interval(lambda drawn, shown=shown: float(shown[drawn].mean()), len(shown))  # type: ignore[misc]
            table.append(Row(f"{name}, {kind}", [len(shown), f"{shown.mean():.3f}", share]))
    for name, told in corpus_tensions().items():
        share = np.array(told, dtype=float)
        table.append(Row(f"corpus, {name}", [len(told), f"{share.mean():.3f}", "-"]))
    print_table("Questions on which a contradiction is told", ["passages", "n", "told", "95 %"], table)


def corpus_tensions() -> dict[str, list[bool]]:
    """Return for the corpus' questions on tensions, and for its others, whether a contradiction is told."""
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    found: dict[str, list[bool]] = {"its tensions": [], "its other questions": []}
    with tempfile.TemporaryDirectory() as home, Collection.open(home, create=True) as collection:
        collection.ingest([QUESTIONS.with_name("documents")])
        for row in [row for row in questions if row["answerable"]]:
            answer = asyncio.run(ask(collection, row["question"]))
            found["its tensions" if row["kind"] == "conflict" else "its other questions"].append(bool(answer.conflicts))
    return found


async def ask(collection: Collection, question: str) -> Answer:
    """Return the answer of a collection."""
    async with collection.ask(question) as events:
        async for event in events:
            if isinstance(event, Answered):
                return event.answer
    raise AssertionError("no answer came")


def measure(name: str) -> tuple[list[bool], list[bool]]:
    """Return for each question whether a contradiction is told, and for each planted one whether it is found."""
    chosen = random.Random(SEED)
    pieces = [
        (document["id"], document["title"], piece)
        for document in rows(f"retrieval/{name}/corpus.jsonl")
        for piece in cut(document["text"])
    ]
    ranking = Bm25([f"{title} {text}" for _, title, text in pieces])
    fired: list[bool] = []
    planted: list[bool] = []
    for row in [row for row in rows(f"retrieval/{name}/questions.jsonl") if row["answerable"]][:QUESTIONS_MAX]:
        scores = ranking.search(row["question"])
        best = sorted(scores, key=lambda index: (-scores[index], index))[:SHOWN]
        shown = [passage(number, *pieces[index]) for number, index in enumerate(best, 1)]
        citations = answer(row["question"], shown)
        found = find_conflicts(row["question"], shown, citations)
        fired.append(bool(found))
        for conflict in found:
            told = [place.passage.canonical[place.span.start : place.span.end] for place in conflict.places]
            print(f"{name}: {row['question']}\n  " + "\n  ".join(told), file=sys.stderr)
        asks_value = analyse_question(row["question"]).kind in ("amount", "time")
        for title, forged in list(forgeries(citations, chosen))[:1] if asks_value else ():
            other = passage(len(shown) + 1, "forged", title, forged)
            planted.append(bool(find_conflicts(row["question"], [*shown, other], citations)))
    return fired, planted


def answer(question: str, shown: Sequence[Passage]) -> tuple[Citation, ...]:
    """Return what an extractive answer cites."""
    numbering = Numbering()
    for candidate in choose(question, shown):
        sentence = DraftSentence(candidate.text, (candidate.passage.number,))
        for place in cite(sentence, shown, BuiltInVerifier()).sources:
            numbering.number(*place)
    return tuple(replace(citation) for citation in numbering.citations)


def forgeries(citations: Sequence[Citation], chosen: random.Random) -> Iterator[tuple[str, str]]:
    """Yield, with their title, the cited sentences that hold one number in figures, which is changed."""
    for citation in citations:
        numbers = [number for number in analyse(citation.quote).numbers if not number.spelled]
        if len(numbers) == 1 and citation.quote[numbers[0].start : numbers[0].end].isdecimal():
            number = numbers[0]
            other = str(int(number.value) + chosen.randint(2, 9) * (10 if number.value > 100 else 1))
            yield citation.title, citation.quote[: number.start] + other + citation.quote[number.end :]


if __name__ == "__main__":
    main()
