"""A file of questions -> samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import SampleError
from rag.evaluation.fields import decoded, read_flag
from rag.evaluation.rows import read_rows
from rag.types import Turn

DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Gold:
    """A stretch of a document that holds the answer, or a part of it: canonical characters."""

    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A question and what is right about it.

    Attributes:
        id: Unique in its file.
        question: As asked.
        answerable: Whether the documents hold the answer; if not, the right answer is to abstain. None where that is
            not known, as it is of answers that somebody else's system gave.
        reference: The right answer; empty where it is not known.
        gold: The stretches that hold the answer; empty where they are not known, or there are none.
        any_of: Whether one of the gold stretches is enough.
        kind: Free label, to report by.
        history: Earlier turns.
        without: Stretches that must not be found when it is asked: for a question made unanswerable by leaving out its
            evidence.
    """

    id: str
    question: str
    answerable: bool | None = True
    reference: str = ""
    gold: tuple[Gold, ...] = ()
    any_of: bool = False
    kind: str = ""
    history: tuple[Turn, ...] = ()
    without: tuple[Gold, ...] = ()

    @property
    def where(self) -> dict[str, object] | None:
        """The filter that leaves out `without`; None where nothing is to be left out."""
        return {"without": [asdict(place) for place in self.without]} if self.without else None


def read_samples(path: Path) -> list[Sample]:
    """Read samples from a file of JSONL, a JSON array or CSV, in order.

    Each row has ``question`` and optionally ``id``, ``answerable``, ``reference``, ``gold``
    (``[{"source", "start", "end"}]``), ``any_of``, ``kind``, ``history`` (``[{"question", "answer"}]``) and ``without``
    (as ``gold``); in CSV lists are written as JSON. What is null or empty is not there. A row whose ``review`` is
    ``dropped`` is left out: whoever reviewed the drafted samples dropped it.

    Raises:
        SampleError: The file cannot be read or holds no sample, or a row is wrong; file and line are named.
    """
    samples: dict[str, Sample] = {}
    for row in read_rows(path):
        place = f"{path.parent / row.place}"
        if row.values is None:
            raise SampleError(f"{place}: {row.problem}.", remedy="Give JSONL, a JSON array or CSV, in UTF-8.")
        sample = parse_sample(row.values, place, default_id=f"{row.number}")
        if sample is None:
            continue
        if sample.id in samples:
            raise SampleError(f"{place}: the id '{sample.id}' stands twice.", field="id")
        samples[sample.id] = sample
    if not samples:
        raise SampleError(f"{path} holds no sample.", remedy='Write one JSON object a line: {"question": "..."}.')
    return list(samples.values())


def parse_sample(values: Mapping[str, Any], place: str, default_id: str) -> Sample | None:
    """Return the sample of one row; None where its reviewer dropped it.

    Raises:
        SampleError: A field is missing or of another type.
    """
    row = {name: value for name, value in values.items() if value is not None and value != ""}
    if row.get("review") == DROPPED:
        return None
    try:
        if not str(row.get("question", "?")).strip():
            raise SampleError("'question' is blank.", field="question")
        return Sample(
            id=str(row.get("id", default_id)),
            question=take(row, "question", str),
            answerable=take_flag(row, "answerable", default=True),
            reference=take(row, "reference", str, ""),
            gold=tuple(parse_gold(gold) for gold in take_list(row, "gold")),
            any_of=take_flag(row, "any_of", default=False),
            kind=take(row, "kind", str, ""),
            history=tuple(
                Turn(take(turn, "question", str), take(turn, "answer", str, "")) for turn in take_list(row, "history")
            ),
            without=tuple(parse_gold(gold) for gold in take_list(row, "without")),
        )
    except SampleError as error:
        raise SampleError(f"{place}: {error.message}", field=error.field) from None


def take_flag(row: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Return a truth value, also as CSV writes it.

    Raises:
        SampleError: It is something else.
    """
    flag = read_flag(row.get(name), name)
    return default if flag is None else flag


def take_list(row: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list, also one that is written as JSON; empty where there is none.

    Raises:
        SampleError: It is something else.
    """
    return list(take({name: decoded(row.get(name, []))}, name, list))


def parse_gold(row: Mapping[str, Any]) -> Gold:
    """Return a gold stretch.

    Raises:
        SampleError: A field is missing or of another type.
    """
    gold = Gold(take(row, "source", str), take(row, "start", int), take(row, "end", int))
    if not 0 <= gold.start < gold.end:
        raise SampleError(f"gold: {gold.start}:{gold.end} is no stretch of characters.", field="gold")
    return gold


def take(row: object, name: str, kind: type, default: Any = None) -> Any:  # noqa: ANN401  checked against `kind`
    """Return a field of a row, checked for its type.

    Raises:
        SampleError: The row is no object, the field is missing without a default, or it is of another type.
    """
    if not isinstance(row, Mapping):
        raise SampleError(f"{row!r:.60} is no JSON object.", field=name)
    value = row.get(name, default)
    if value is None or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        found = "is missing" if name not in row else f"is {value!r:.60}"
        raise SampleError(f"'{name}' {found}; it should be of type {kind.__name__}.", field=name)
    return value
