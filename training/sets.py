"""Rows to fit on, read from a folder of public sets (`--data`): those whose licence allows it (see MODEL_CARD.md)."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.sentences import segment
from rag.types import Span


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A sentence and what people said of it.

    Attributes:
        text: The sentence.
        supported: Whether the evidence supports all of it.
        unsupported: The parts that it does not; None where nobody marked them.
    """

    text: str
    supported: bool
    unsupported: tuple[Span, ...] | None


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """Consecutive claims on the same evidence.

    Attributes:
        set_name: Where it comes from.
        source_id: The source document, by which sets are split.
        evidence: What it is judged by.
        claims: In order.
        generator: Who wrote it; empty where unknown.
        answer_id: Unique in its set.
    """

    set_name: str
    source_id: str
    evidence: tuple[str, ...]
    claims: tuple[LabelledClaim, ...]
    generator: str = ""
    answer_id: str = ""


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def key_of(text: str) -> str:
    """Return a name for a document that has none: the hash of its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_ragtruth(data: Path, task: str = "") -> Iterator[LabelledAnswer]:
    """Yield RAGTruth's answers, one claim a sentence; a sentence that touches a marked span is unsupported."""
    for row in read_rows(data / "answers/ragtruth/answers.jsonl"):
        if task and row["task"] != task:
            continue
        spans = [Span(span["start"], span["end"]) for span in row["hallucinated_spans"]]
        claims = tuple(claim_in(row["response"], sentence, spans) for sentence in segment(row["response"]))
        passages = tuple(part.strip() for part in re.split(r"(?:^|\n\n)passage \d+:", row["context"]) if part.strip())
        yield LabelledAnswer("ragtruth", row["source_id"], passages, claims, row["model"], row["id"])


def claim_in(response: str, sentence: Span, spans: list[Span]) -> LabelledClaim:
    """Return a sentence of a response with the marked spans that touch it, relative to it."""
    touching = [
        Span(max(span.start, sentence.start) - sentence.start, min(span.end, sentence.end) - sentence.start)
        for span in spans
        if response[max(span.start, sentence.start) : min(span.end, sentence.end)].strip()
    ]
    return LabelledClaim(response[slice(*sentence)], not touching, tuple(touching))


def read_summedits(data: Path) -> Iterator[LabelledAnswer]:
    """Yield SummEdits' summaries; what was edited is found by comparison with the nearest consistent summary."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in read_rows(data / "support/summedits/claims.jsonl"):
        groups[row["set"], row["evidence"][0]].append(row)
    for (name, evidence), rows in groups.items():
        consistent = [row["claim"] for row in rows if row["label"] == "supported"]
        for row in rows:
            supported = row["label"] == "supported"
            edited = () if supported else edited_spans(row["claim"], consistent)
            claim = LabelledClaim(row["claim"], supported, edited)
            yield LabelledAnswer(name, key_of(evidence), (evidence,), (claim,), "", row["id"])


def edited_spans(edited: str, originals: list[str]) -> tuple[Span, ...] | None:
    """Return the words of `edited` that its nearest original has not; None where there is no original."""
    if not originals:
        return None
    words = [Span(*match.span()) for match in re.finditer(r"\S+", edited)]
    texts = [edited[slice(*word)] for word in words]
    comparisons = [difflib.SequenceMatcher(None, original.split(), texts, autojunk=False) for original in originals]
    best = max(comparisons, key=lambda comparison: comparison.ratio())
    spans = []
    for tag, _, _, start, end in best.get_opcodes():
        if tag == "equal":
            continue
        # What was left out shows at the word that follows.
        chosen = words[start:end] or words[start : start + 1] or words[-1:]
        spans.append(Span(chosen[0].start, chosen[-1].end))
    return tuple(spans) or None


def read_begin(data: Path) -> Iterator[LabelledAnswer]:
    """Yield BEGIN's replies; which part is unsupported is not marked."""
    for row in read_rows(data / "support/begin/claims.jsonl"):
        supported = row["label"] == "supported"
        claim = LabelledClaim(row["claim"], supported, () if supported else None)
        evidence = tuple(row["evidence"])
        yield LabelledAnswer(row["set"], key_of(evidence[0]), evidence, (claim,), row.get("model", ""), row["id"])


def read_clapnq_answers(data: Path) -> Iterator[LabelledAnswer]:
    """Yield ClapNQ's long answers, written by people from one passage: each sentence counts as supported."""
    texts = {row["id"]: row["text"] for row in read_rows(data / "retrieval/clapnq/corpus.jsonl")}
    for row in read_rows(data / "retrieval/clapnq/questions.jsonl"):
        for answer in dict.fromkeys(row.get("answers", ())) if row["answerable"] else ():
            claims = tuple(LabelledClaim(answer[slice(*span)], True, ()) for span in segment(answer))
            document = row["relevant"][0]["doc_id"] if row["relevant"] else ""
            if document and claims:
                yield LabelledAnswer("clapnq", document, (texts[document],), claims, "person", row["id"])


DOCUMENT_SETS = ("clapnq", "policyqa", "tatqa", "chunking_eval", "multihop_2wiki")


def read_documents(data: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (set, document id, text) of the retrieval sets whose texts may be fitted on, NoMIRACL's passages too."""
    for name in DOCUMENT_SETS:
        for row in read_rows(data / f"retrieval/{name}/corpus.jsonl"):
            yield name, row["id"], row["text"]
    seen = set()
    for row in read_rows(data / "abstention/nomiracl/questions.jsonl"):
        for passage in row["passages"]:
            if passage["id"] not in seen:
                seen.add(passage["id"])
                yield "nomiracl", passage["id"], passage["text"].partition(": ")[2]
