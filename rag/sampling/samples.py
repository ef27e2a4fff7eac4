"""A drafted sample, and the file of samples that a person reviews and ``vouch evaluate`` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.durable import SHARED_MODE, write_atomically
from rag.errors import SampleError
from rag.sampling.sources import Place

TODO, KEPT, EDITED, DROPPED = "todo", "kept", "edited", "dropped"


@dataclass(frozen=True, slots=True)
class DraftSample:
    """A question made from the documents, with what is right about it.

    Attributes:
        question: As a person would ask it.
        kind: What is asked for: ``definition``, ``time``, ``person``, ``number``, ``place``, ``reason``, ``fact``, or
            ``written`` where a model wrote it; of unanswerable ones ``evidence_left_out`` or ``near_miss``.
        gold: The places that answer it; any one of them is enough. None for an unanswerable one.
        answer: The words of them that answer it; may be empty.
        without: The places that must not be found when it is asked, since they answer it.
        instead_of: What a near miss was made from.
    """

    question: str
    kind: str
    gold: tuple[Place, ...] = ()
    answer: str = ""
    without: tuple[Place, ...] = ()
    instead_of: str = ""

    def as_row(self, sample_id: str) -> dict[str, Any]:
        """Return it as a row of the file."""
        row: dict[str, Any] = {
            "id": sample_id,
            "kind": self.kind,
            "question": self.question,
            "answerable": bool(self.gold),
            "reference": self.gold[0].text if self.gold else "",
            "gold": [place_row(place, quoted=True) for place in self.gold],
        }
        if len(self.gold) > 1:
            row["any_of"] = True
        if self.answer:
            row["answer"] = self.answer
        if self.without:
            row["without"] = [place_row(place) for place in self.without]
        if self.instead_of:
            row["instead_of"] = self.instead_of
        return row | {"review": TODO}


def place_row(place: Place, *, quoted: bool = False) -> dict[str, Any]:
    """Return a place as JSON values."""
    row: dict[str, Any] = {"source": place.source, "start": place.start, "end": place.end}
    return row | {"quote": place.quote} if quoted else row


def as_rows(samples: Sequence[DraftSample]) -> list[dict[str, Any]]:
    """Return samples as rows, numbered in their order."""
    width = max(3, len(str(len(samples))))
    return [sample.as_row(f"s{number:0{width}}") for number, sample in enumerate(samples, 1)]


def dump_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as JSONL, a line break after each."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows to a file, all or nothing.

    Raises:
        CollectionError: It cannot be written.
    """
    write_atomically(path, dump_rows(rows).encode("utf-8", "replace"), mode=SHARED_MODE)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a file of samples, every field kept as it is.

    Raises:
        SampleError: The file cannot be read, or a line is no JSON object with a question.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SampleError(f"{path} cannot be read: {error}.", remedy="Give a JSONL file in UTF-8.") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SampleError(f"{path}:{number}: not JSON: {error}.") from None
        if not isinstance(row, dict) or not isinstance(row.get("question"), str):
            raise SampleError(f"{path}:{number}: not a JSON object with a question.", field="question")
        rows.append(row)
    return rows
