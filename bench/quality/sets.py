"""The public sets as claims with their evidence; their formats stand in the README beside them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.sentences import segment
from rag.types import Span

PASSAGE_CHARACTERS = 2000
"""Evidence is handed over in pieces of at most about this size, as retrieval hands it to a verifier."""

FITTED = ("ragtruth", "summedits", "begin")
"""Sets that the built-in verifier was fitted on: only rows on their held-out documents are measured."""

HeldOut = Callable[[str, str], bool]
"""Tells, by a set's name and a source document, whether rows on it only measure."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence with its evidence and what people said of it.

    Attributes:
        set_name: The set; a part of it after a slash.
        source_id: The source document, by which rows are grouped.
        text: The sentence.
        evidence: In pieces of a passage's size.
        supported: Whether the evidence supports all of it.
        answer: The answer that it is part of; empty where it stands alone.
        generator: Who wrote it; empty where unknown.
        task: What the answer was for; empty where unknown.
        hallucinated: The parts that people marked.
        sentences: Sentences of the evidence that people chose from, empty where they did not choose any.
        supporting: Sets of indices into `sentences`, each enough.
        places: Piece of evidence, and span in it, of each of `sentences`.
    """

    set_name: str
    source_id: str
    text: str
    evidence: tuple[str, ...]
    supported: bool
    answer: str = ""
    generator: str = ""
    task: str = ""
    hallucinated: tuple[Span, ...] = ()
    sentences: tuple[str, ...] = ()
    supporting: tuple[tuple[int, ...], ...] = ()
    places: tuple[tuple[int, Span], ...] = ()


def load(data: Path, held_out: HeldOut) -> dict[str, list[Claim]]:
    """Return the claims that measure, by set; a set whose file is not there is left out."""
    readers = {"ragtruth": read_ragtruth, "wice": read_wice} | dict.fromkeys(
        ("summedits", "attributionbench", "begin", "qags_xsum"), read_support
    )
    found: dict[str, list[Claim]] = {}
    for name, read in readers.items():
        folder = "answers" if name == "ragtruth" else "support"
        path = data / folder / name / ("answers.jsonl" if name == "ragtruth" else "claims.jsonl")
        if path.exists():
            claims = list(read(path))
            measured = [one for one in claims if name not in FITTED or held_out(one.set_name, one.source_id)]
            found |= {name: measured} if measured else {}
    return found


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def key_of(text: str) -> str:
    """Return a name for a document that has none: the hash of its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_ragtruth(path: Path) -> Iterator[Claim]:
    """Yield the sentences of answers; one that touches a marked span is unsupported. Wrong refusals are left out."""
    for row in rows(path):
        if row.get("quality") == "incorrect_refusal":
            continue
        response = row["response"]
        parts = re.split(r"(?:^|\n\n)passage \d+:", row["context"])
        evidence = tuple(piece for part in parts if part.strip() for piece in cut(part.strip()))
        marked = [Span(span["start"], span["end"]) for span in row["hallucinated_spans"]]
        for sentence in segment(response):
            touching = tuple(
                Span(max(start, sentence.start) - sentence.start, min(end, sentence.end) - sentence.start)
                for start, end in marked
                if response[max(start, sentence.start) : min(end, sentence.end)].strip()
            )
            yield Claim(
                "ragtruth", row["source_id"], response[slice(*sentence)], evidence, not touching,
                row["id"], row["model"], row["task"], touching,
            )  # fmt: skip


def read_support(path: Path) -> Iterator[Claim]:
    """Yield labelled claims; supported against the rest."""
    for row in rows(path):
        evidence = tuple(piece for text in row["evidence"] for piece in cut(text))
        supported = row["label"] == "supported"
        yield Claim(row["set"], key_of(row["evidence"][0]), row["claim"], evidence, supported)


def read_wice(path: Path) -> Iterator[Claim]:
    """Yield WiCE's claims: the page's sentences joined to passages, and where each of them stands in those."""
    for row in rows(path):
        evidence, places = join(row["evidence"])
        supporting = tuple(tuple(chosen) for chosen in row.get("supporting_sentences", ()) if chosen)
        yield Claim(
            "wice", key_of(" ".join(row["evidence"])), row["claim"], evidence, row["label"] == "supported",
            sentences=tuple(row["evidence"]), supporting=supporting, places=places,
        )  # fmt: skip


def cut(text: str) -> tuple[str, ...]:
    """Return a text whole where it has a passage's size, else in pieces of whole sentences; nothing is left out."""
    if len(text) <= PASSAGE_CHARACTERS:
        return (text,) if text.strip() else ()
    return join([text[slice(*span)] for span in segment(text)])[0]


def join(sentences: list[str]) -> tuple[tuple[str, ...], tuple[tuple[int, Span], ...]]:
    """Return sentences joined to pieces of about a passage's size, and the piece and the span of each."""
    pieces: list[str] = []
    places: list[tuple[int, Span]] = []
    for sentence in sentences:
        if not pieces or len(pieces[-1]) + len(sentence) > PASSAGE_CHARACTERS:
            pieces.append(sentence)
        else:
            pieces[-1] += f" {sentence}"
        end = len(pieces[-1])
        places.append((len(pieces) - 1, Span(end - len(sentence), end)))
    return tuple(pieces), tuple(places)
