"""Retrieval in real PDF files: near-identical quarterly reports, and the pages of reports, papers and handbooks.

``BENCH_DATA=... python -m bench filings``. The two sets are ingested into homes kept under ``bench/results``, by the
version of the PDF reader; what ingesting took is kept beside them. The questions about the filings are halved by a hash
of their id; see the table's note on what either half can show.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.filings_ingest import NAME
from bench.report import Row, data_folder, print_table
from bench.retrieval_quality import interval, read_rows
from rag import Answer, Collection
from rag.reading.pdf.document import VERSION
from rag.retrieval import CANDIDATES
from rag.retrieval.mentions import read_mention
from rag.retrieval.passages import assemble, finish_passage
from rag.types import Answered, Passage
from rag.weighing import find_passages

RESULTS = Path(__file__).with_name("results")
FILINGS, PAGES = "kg_rag_sec10q", "mmlongbench"
FLOOR_IN_FILE = 83.3
"""Page hit@5 of BM25 over whole pages of the question's file, as the set's README gives it."""
PAGE_RANK = 5
CUES = ("a quarter or a date", "the latest", "each of a series", "none that is read")

Question = Mapping[str, Any]
Ranking = Callable[["Set", Question], Sequence[Passage]]


@dataclass(frozen=True)
class Set:
    """A set that is ingested.

    Attributes:
        collection: Its documents.
        questions: Its rows.
        sources: The documents' sources by file name.
        took: What ingesting it took; see `bench.filings_ingest`.
    """

    collection: Collection
    questions: Sequence[Question]
    sources: Mapping[str, str]
    took: Mapping[str, Any]

    def where(self, question: Question) -> dict[str, object] | None:
        """Return the filter for a question's own file where pages are looked for; which report is right is not told."""
        return {"source": self.sources[question["file"]]} if question["evidence_pages"] else None


def main() -> None:
    """Print the tables."""
    sets = {name: open_set(name) for name in (FILINGS, PAGES)}
    print_ingest(sets)
    print_filings(sets[FILINGS])
    print_pages(sets[PAGES])
    for each in sets.values():
        each.collection.close()


def open_set(name: str) -> Set:
    """Open a set's home, ingested before or now."""
    folder = data_folder() / "pdf" / name
    home = RESULTS / f"filings-{name}-{VERSION.replace('/', '-')}"
    kept = home / "ingest.json"
    if not kept.exists():
        shutil.rmtree(home, ignore_errors=True)
        command = [sys.executable, "-m", "bench.filings_ingest", folder / "docs", home]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        kept.write_text(printed.splitlines()[-1])
    collection = Collection.open(home, NAME)
    sources = {Path(record.source).name: record.source for record in collection.documents()}
    questions = [row for row in read_rows(folder / "questions.jsonl") if row["file"] in (None, *sources)]
    return Set(collection, questions, sources, json.loads(kept.read_text()))


def print_ingest(sets: Mapping[str, Set]) -> None:
    """Print what ingesting took."""
    rows = []
    for name, each in sets.items():
        took = each.took
        cells = [
            took["documents"], took["pages"], took["chunks"], f"{took['seconds']:.0f}",
            f"{took['pages'] / took['seconds']:.1f}", f"{100 * took['embedding_seconds'] / took['seconds']:.0f} %",
            f"{took['parent_mb']:.0f} / {took['child_mb']:.0f}", ", ".join(took["refused"]) or "none",
        ]  # fmt: skip
        rows.append(Row(name, cells))
    columns = ["set", "documents", "pages", "chunks", "seconds", "pages a second", "in the embedding model",
               "peak MB, parent / largest child", "refused"]  # fmt: skip
    print_table(f"Ingesting PDF files ({VERSION})", columns, rows, "Kept from the run that ingested them.")


# Rankings


def find(each: Set, question: Question) -> Sequence[Passage]:
    """Return what the collection's own search finds."""
    return asyncio.run(each.collection.search(question["question"], where=each.where(question))).passages


def find_by_words(each: Set, question: Question) -> Sequence[Passage]:
    """Return the passages of BM25 alone over the same chunks."""
    return find_alone(each, question, words=True)


def find_by_vectors(each: Set, question: Question) -> Sequence[Passage]:
    """Return the passages of the dense search alone over the same chunks."""
    return find_alone(each, question, words=False)


def find_alone(each: Set, question: Question, *, words: bool) -> Sequence[Passage]:
    """Return the passages of one of the two searches alone."""
    collection, where = each.collection, each.where(question)
    allowed = collection.store.matching(where) if where else None
    index = collection.snapshot()
    if words:
        hits = index.search_lexical(question["question"], CANDIDATES, allowed)
    else:
        hits = index.search_dense(collection.embedder.embed_query(question["question"]), CANDIDATES, allowed)
    drafts = assemble(hits, collection.store, collection.texts, collection.settings.top_k, allowed)
    return [finish_passage(number, draft) for number, draft in enumerate(drafts, 1)]


def find_nameless(each: Set, question: Question) -> Sequence[Passage]:
    """Return what the collection's search finds where it does not know what documents are called."""
    collection = each.collection
    request = collection.prepare(question["question"], each.where(question), None)
    return find_passages(request.question, request, replace(collection.parts(), names=None)).passages


RANKINGS: Mapping[str, Ranking] = {
    "BM25 alone": find_by_words,
    "dense alone": find_by_vectors,
    "both, names unread": find_nameless,
    "vouch": find,
}


# The filings: documents


def print_filings(filings: Set) -> None:
    """Print document hit@1 and document recall."""
    asked = [question for question in filings.questions if question["sources"]]
    parts = {
        "all": asked,
        "one report is right": [question for question in asked if len(question["sources"]) == 1],
        "several are": [question for question in asked if len(question["sources"]) > 1],
        **{f"cue: {cue}": [question for question in asked if cue_of(question) == cue] for cue in CUES},
        "half for choosing": [question for question in asked if is_for_choosing(question)],
        "half for reporting": [question for question in asked if not is_for_choosing(question)],
    }
    parts = {part: questions for part, questions in parts.items() if questions}
    rows = []
    scores = {name: {q["id"]: score_documents(q, rank(filings, q)) for q in asked} for name, rank in RANKINGS.items()}
    for part, questions in parts.items():
        for name, scored in scores.items():
            some = np.array([scored[question["id"]] for question in questions])
            rows.append(Row(f"{part}: {name}", [len(some), *(describe(column) for column in some.T)]))
    top_k = filings.collection.settings.top_k
    columns = ["questions: ranking", "n", "document hit@1 [95 %]", f"document recall@{top_k} [95 %]"]
    note = (
        "Hit@1: the first passage is of a report that the reference answer cites. Recall: of those reports, the share "
        f"that some of the first {top_k} passages are of. 195 questions, of which one cites no report. No half is "
        "unseen: the phrases that stand for the latest report or for each of a series were written with all questions "
        "in sight, so these cues show what the phrases do, not how many others there are. Quarters and dates are read "
        "by rule."
    )
    print_table("Near-identical quarterly reports, per cent", columns, rows, note)


def cue_of(question: Question) -> str:
    """Return by what a question tells its reports apart, as `rag.retrieval.mentions` reads it."""
    mention = read_mention(question["question"])
    if mention.periods:
        return CUES[0]
    if mention.latest and not mention.each:
        return CUES[1]
    return CUES[2] if mention.each else CUES[3]


def is_for_choosing(question: Question) -> bool:
    """Return whether a question belongs to the half that constants are chosen on."""
    return hashlib.sha256(question["id"].encode()).digest()[0] % 2 == 0


def score_documents(question: Question, passages: Sequence[Passage]) -> tuple[float, float]:
    """Return document hit@1 and document recall of the passages."""
    names = [Path(passage.source).name for passage in passages]
    right = set(question["sources"])
    return float(bool(names) and names[0] in right), len(right & set(names)) / len(right)


def describe(values: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    """Return a mean in per cent with its interval."""
    low, high = interval(100 * values)
    return f"{100 * values.mean():.1f} [{low:.1f}, {high:.1f}]"


# Reports and papers: pages


def print_pages(pages: Set) -> None:
    """Print page hit@5 and the page accuracy of citations."""
    asked = [question for question in pages.questions if question["answerable"] and question["evidence_pages"]]
    rows = []
    for name, rank in RANKINGS.items():
        hits = np.array([hits_page(question, rank(pages, question)) for question in asked])
        rows.append(Row(f"page hit@{PAGE_RANK}: {name}", [len(hits), describe(hits)]))
    rows.append(Row(f"page hit@{PAGE_RANK}: BM25 over whole pages, as published", [42, FLOOR_IN_FILE]))
    answers = [(question, ask(pages, question)) for question in asked]
    cited = [share_right(question, answer) for question, answer in answers if answer.citations]
    given = sum(not answer.abstained for _, answer in answers)
    rows.append(Row("citations on a right page, mean of answers", [len(cited), describe(np.array(cited))]))
    rows.append(Row("answered", [len(asked), f"{100 * given / len(asked):.1f}"]))
    note = (
        "In the question's own file; answerable questions whose evidence pages are known. A hit: one of the first "
        f"{PAGE_RANK} passages covers a character of an evidence page. The file without a text layer is refused, and "
        "its questions are left out; without it the published figure is 87.5."
    )
    print_table("Pages of reports, papers and handbooks, per cent", ["what", "n", "[95 %]"], rows, note)


def hits_page(question: Question, passages: Sequence[Passage]) -> float:
    """Return whether one of the first passages covers an evidence page."""
    found = {page for passage in passages[:PAGE_RANK] for page in pages_of(passage)}
    return float(bool(found & set(question["evidence_pages"])))


def pages_of(passage: Passage) -> Iterator[int]:
    """Yield the pages that a passage covers."""
    yield from (int(place.value[0]) for place in passage.places if place.kind == "page" and place.value)


def ask(pages: Set, question: Question) -> Answer:
    """Return the collection's answer."""

    async def answer() -> Answer:
        async with pages.collection.ask(question["question"], where=pages.where(question), keep=False) as events:
            return [event.answer async for event in events if isinstance(event, Answered)][-1]

    return asyncio.run(answer())


def share_right(question: Question, answer: Answer) -> float:
    """Return the share of an answer's citations whose page is an evidence page."""
    right = [citation.page in question["evidence_pages"] for citation in answer.citations]
    return sum(right) / len(right)


if __name__ == "__main__":
    main()
