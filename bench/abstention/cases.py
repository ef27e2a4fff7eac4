"""Questions with what was found for them, and whether that can answer: five public sets to fit on, one to look at.

``clapnq`` asks about one passage judged not to answer; ``nomiracl`` shows passages judged by people. The others are
asked twice, with what answers them and with all of that taken away: ``chunking`` (chunking_eval), ``tatqa``,
``policyqa`` and ``qed_nq``. What is left of the same collection may still answer by chance, in ``policyqa`` and
``tatqa`` often, where questions name neither site nor company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.abstention.vectors import KeptVectors
from bench.answering_parts.data import SHOWN, Array, Bm25, in_first_half, passage, rows
from rag.sentences import segment
from rag.sufficiency import features_of, weigh_passages
from rag.sufficiency.decision import READ
from rag.terms import analyse_question, bag
from rag.types import Passage
from training.split import share_of

CHUNK_CHARACTERS = 1000
TWICE_TAKEN = 90
"""Questions that are asked twice, of each set, but for chunking_eval (half of them): the sets are large, alike within,
and embedding every sentence of all would take hours."""

READER_SHARE = 0.45
"""Share of the split from which the reader was fitted on clapnq and nomiracl; 0.25 for the other sets."""

TITLES = {"state_of_the_union": "State of the Union address of President Biden"}
"""What the questions take for granted, and the set's titles leave out."""


@dataclass(frozen=True)
class Case:
    """A question as it was asked once.

    Attributes:
        group: The question, which may be asked twice.
        features: Of the question with what was found.
        overlap: Share of the question's words that the best passage holds: a floor.
        read: A reader's best score; None without a reader.
        answerable: Whether what was found can answer.
    """

    group: str
    features: dict[str, float]
    overlap: float
    read: float | None
    answerable: bool


class Asking:
    """Turns a question and what was found into a case."""

    def __init__(self, embedder: KeptVectors, reader: Any = None) -> None:  # noqa: ANN401  a SufficiencyReader
        """Take what embeds, and what reads if there is one."""
        self.embedder = embedder
        self.reader = reader

    def case(self, group: str, question: str, found: Sequence[Passage], cosines: Array, answerable: bool) -> Case:
        """Return a question's case; `cosines` are those of all that was searched."""
        asked = analyse_question(question)
        weighed = weigh_passages(asked, found, self.embedder)
        keys = [term.key for term in asked.terms]
        held = [bag(f"{item.title} {item.text}") for item in found]
        overlap = max((sum(each.credit(key) > 0 for key in keys) / max(len(keys), 1) for each in held), default=0.0)
        texts = [item.text for item in found[:READ]]
        read = max(self.reader.score(question, texts)) if self.reader else None
        return Case(group, features_of(asked, weighed, float(cosines.max())), overlap, read, answerable)

    def may_ask(self, name: str, document: str, limit: float = 0.25) -> bool:
        """Return whether a question measures: with a reader, only if it was not fitted on the question's document."""
        return self.reader is None or share_of(name, document) < limit


def search(cosines: Array, lexical: dict[int, float], allowed: Sequence[int]) -> list[int]:
    """Return the best texts by cosine and half the normalised lexical score."""
    most = max(lexical.values(), default=1.0)
    return sorted(allowed, key=lambda i: -(cosines[i] + 0.5 * lexical.get(i, 0.0) / most))[:SHOWN]


def shown(texts: Iterable[tuple[str, str]]) -> list[Passage]:
    """Return titles and texts as passages, in order."""
    return [passage(number, "", title, text) for number, (title, text) in enumerate(texts, 1)]


def clapnq(asking: Asking) -> Iterator[Case]:
    """Yield the questions of clapnq; answerable ones only where the answering passage was found."""
    documents = rows("retrieval/clapnq/corpus.jsonl")
    texts = [f"{document['title']}\n{document['text']}" for document in documents]
    vectors, index = asking.embedder.embed(texts), Bm25(texts)
    for row in rows("retrieval/clapnq/questions.jsonl"):
        cosines = vectors @ asking.embedder.embed_query(row["question"])
        best = search(cosines, index.search(row["question"]), range(len(documents)))
        found = {documents[i]["id"] for i in best}
        about = row["relevant"][0]["doc_id"] if row["relevant"] else row["against"][0]
        if not asking.may_ask("clapnq", about, READER_SHARE):
            continue
        if row["answerable"] and not any(item["doc_id"] in found for item in row["relevant"]):
            continue
        passages = shown((documents[i]["title"], documents[i]["text"]) for i in best)
        yield asking.case(row["id"], row["question"], passages, cosines, row["answerable"])


def nomiracl(asking: Asking) -> Iterator[Case]:
    """Yield the questions of nomiracl with the nearest of their ten passages."""
    for row in rows("abstention/nomiracl/questions.jsonl"):
        if not asking.may_ask("nomiracl", row["id"], READER_SHARE):
            continue
        texts = [item["text"] for item in row["passages"]]
        cosines = asking.embedder.embed(texts) @ asking.embedder.embed_query(row["question"])
        parted = [texts[i].partition(": ") for i in np.argsort(-cosines)[:SHOWN]]
        passages = shown((title, text) for title, _, text in parted)
        yield asking.case(row["id"], row["question"], passages, cosines, row["answerable"])


def twice(
    asking: Asking,
    units: Sequence[tuple[str, str]],
    questions: Iterable[dict[str, Any]],
    answering: Callable[[dict[str, Any]], set[int]],
    searched: Callable[[dict[str, Any], int], bool] = lambda row, index: True,
    reach: int = 0,
) -> Iterator[Case]:
    """Yield each question as found, and again with what answers it (and so many neighbours) taken away."""
    texts = [f"{title}\n{text}" if title else text for title, text in units]
    vectors, index = asking.embedder.embed(texts), Bm25(texts)
    for row in questions:
        gold = answering(row)
        cosines, lexical = vectors @ asking.embedder.embed_query(row["question"]), index.search(row["question"])
        away = {number + step for number in gold for step in range(-reach, reach + 1)}
        for removed in (set(), away):
            allowed = [n for n in range(len(units)) if n not in removed and searched(row, n)]
            best = search(cosines, lexical, allowed)
            if best and (removed or gold & set(best)):
                found = shown(units[i] for i in best)
                yield asking.case(row["id"], row["question"], found, cosines[allowed], not removed)


def chunks_of(documents: Sequence[dict[str, str]]) -> list[tuple[str, int, int, str]]:
    """Return document, start, end and text of chunks of whole sentences."""
    chunks: list[tuple[str, int, int, str]] = []
    for document in documents:
        text, first, last = document["text"][:260_000], 0, 0
        for start, end in segment(text):
            if end - first > CHUNK_CHARACTERS and last > first:
                chunks.append((document["id"], first, last, text[first:last]))
                first = start
            last = end
        chunks.append((document["id"], first, last, text[first:last]))
    return chunks


def chunking(asking: Asking) -> Iterator[Case]:
    """Yield half of the questions of chunking_eval, chunks of whole sentences being what is found."""
    chunks = chunks_of(rows("retrieval/chunking_eval/corpus.jsonl"))
    questions = [row for row in rows("retrieval/chunking_eval/questions.jsonl") if in_first_half(row["id"])]

    def answering(row: dict[str, Any]) -> set[int]:
        return {
            number
            for number, (name, start, end, _) in enumerate(chunks)
            if any(item["doc_id"] == name and item["start"] < end and item["end"] > start for item in row["relevant"])
        }

    questions = [row for row in questions if asking.may_ask("chunking_eval", row["relevant"][0]["doc_id"])]
    units = [(TITLES.get(name, name), text) for name, _, _, text in chunks]
    yield from twice(asking, units, (row for row in questions if answering(row)), answering, reach=1)


def documents(asking: Asking, name: str, *, filtered: bool = False) -> Iterator[Case]:
    """Yield questions of a set whose documents are found whole; with `filtered`, among those of the right title."""
    corpus = rows(f"retrieval/{name}/corpus.jsonl")
    place = {document["id"]: number for number, document in enumerate(corpus)}
    answered = [
        row
        for row in rows(f"retrieval/{name}/questions.jsonl")
        if row["relevant"] and (name == "qed_nq" or asking.may_ask(name, row["relevant"][0]["doc_id"]))
    ]
    taken = [answered[i] for i in np.random.default_rng(0).permutation(len(answered))[:TWICE_TAKEN]]

    def answering(row: dict[str, Any]) -> set[int]:
        also = [item if isinstance(item, str) else item["doc_id"] for item in row.get("also_relevant", ())]
        return {place[document] for document in (*(item["doc_id"] for item in row["relevant"]), *also)}

    def searched(row: dict[str, Any], number: int) -> bool:
        return not filtered or corpus[number]["title"] == row["filter"]["title"]

    units = [(document["title"], document["text"]) for document in corpus]
    yield from twice(asking, units, taken, answering, searched)


FITTED: dict[str, Callable[[Asking], Iterator[Case]]] = {
    "clapnq": clapnq,
    "nomiracl": nomiracl,
    "chunking": chunking,
    "tatqa": lambda asking: documents(asking, "tatqa"),
    "policyqa": lambda asking: documents(asking, "policyqa", filtered=True),
}
"""The sets that are fitted on."""

LOOKED_AT: dict[str, Callable[[Asking], Iterator[Case]]] = {"qed_nq": lambda asking: documents(asking, "qed_nq")}
"""Sets that only measure: their licence, or nothing to be learnt from them."""
