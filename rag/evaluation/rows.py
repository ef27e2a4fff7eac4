"""A file of anyone's answers -> rows: JSONL, a JSON array or object, or CSV, told apart by content.

Rows come one at a time, so that a file of any length takes the memory of one row (a JSON array that of its text). What
is wrong with one row is said of that row, and reading goes on.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from rag.errors import SampleError

T = TypeVar("T")

CONTAINERS = ("answers", "samples", "results", "data", "rows", "records", "examples", "test_cases", "testCases")
"""Names under which a JSON object may hold its rows."""

DELIMITERS = ",;\t"
LEAST_ROW_FIELDS = 2

CELL_MAX_CHARACTERS = 1 << 30
"""Most that one cell of a CSV file may hold; Python's own limit is 128 KiB, and passages are longer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file.

    Attributes:
        number: From 1.
        place: File and line, for a person.
        values: By field; None where the row cannot be read.
        problem: Why not; empty where it can.
    """

    number: int
    place: str
    values: Mapping[str, Any] | None
    problem: str = ""


def rows_of(values: Iterable[object]) -> Iterator[Row]:
    """Yield rows that the caller holds already."""
    for number, value in enumerate(values, 1):
        if isinstance(value, Mapping):
            yield Row(number, f"row {number}", value)
        else:
            yield Row(number, f"row {number}", None, "not an object with fields")


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file in order; white lines are no rows.

    Raises:
        SampleError: The file cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
            file.seek(0)
            read = read_array if head.startswith(b"[") else read_lines if head.startswith(b"{") else read_csv
            numbers = itertools.count(1)
            for line, values, problem in read(file):
                for each in expand(values) if values is not None else [None]:
                    yield Row(next(numbers), f"{path.name}:{line}", each, problem)
    except OSError as error:
        raise SampleError(f"{path} cannot be read: {error.strerror}.", remedy="Check the path.") from None


Read = tuple[int, Mapping[str, Any] | None, str]
"""Line, values or None, and what is wrong."""


def read_lines(file: BinaryIO) -> Iterator[Read]:
    """Yield the objects of JSONL, or the one object that the whole file is."""
    first = next((line for line in file if line.strip()), b"")
    whole = None if parse(first)[0] is not None else parse(first + file.read())[0]
    if whole is not None:
        yield 1, whole, ""
        return
    file.seek(0)
    for number, line in enumerate(file, 1):
        if line.strip():
            yield (number, *parse(line))


def read_array(file: BinaryIO) -> Iterator[Read]:
    """Yield the objects of a JSON array; one that is broken ends the reading, since nobody knows where it stops."""
    text = decode(file.read())
    if text is None:
        yield 1, None, "not UTF-8"
        return
    decoder = json.JSONDecoder(parse_constant=lambda name: None)
    position, line, counted = text.index("[") + 1, 1, 0
    while True:
        while text[position : position + 1].isspace() or text[position : position + 1] == ",":
            position += 1
        line += text.count("\n", counted, position)
        counted = position
        if text[position : position + 1] in ("]", ""):
            if position >= len(text):
                yield line, None, "the array is cut off"
            return
        value, problem = attempt(lambda: decoder.raw_decode(text, position))  # noqa: B023  called at once
        if value is None:
            yield line, None, problem
            return
        found, position = value
        yield (line, found, "") if isinstance(found, dict) else (line, None, "not a JSON object")


def read_csv(file: BinaryIO) -> Iterator[Read]:
    """Yield the rows of a CSV file by its head; the delimiter is the commonest of comma, semicolon and tab in it."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    head = text.readline()
    text.seek(0)
    delimiter = max(DELIMITERS, key=head.count)
    before = csv.field_size_limit(CELL_MAX_CHARACTERS)
    try:
        reader = csv.DictReader(text, delimiter=delimiter, strict=True)
        if len(reader.fieldnames or ()) < LEAST_ROW_FIELDS:
            yield 1, None, "neither JSON nor CSV with a head line" if head.strip() else "it is empty"
            return
        while True:
            found, problem = attempt(lambda: next(reader, {}))
            if found is None:
                yield reader.line_num, None, problem
            elif not found:
                return
            elif None in found:
                yield reader.line_num, None, "more cells than the head line has"
            else:
                yield reader.line_num, {name: value or None for name, value in found.items()}, ""
    finally:
        csv.field_size_limit(before)
        text.detach()


def parse(line: bytes) -> tuple[Mapping[str, Any] | None, str]:
    """Return the object of one line, or None and what is wrong. What is no number in JSON (NaN) is null."""
    text = decode(line)
    if text is None:
        return None, "not UTF-8"
    value, problem = attempt(lambda: json.loads(text, parse_constant=lambda name: None))
    if problem:
        return None, problem
    return (value, "") if isinstance(value, dict) else (None, "not a JSON object")


def decode(data: bytes) -> str | None:
    """Return UTF-8 text, a byte order mark left out; None where it is something else."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def attempt(read: Callable[[], T]) -> tuple[T | None, str]:
    """Return what `read` gives, or None and what is wrong with the row: no JSON, nested too deep, a bad cell."""
    try:
        return read(), ""
    except (ValueError, csv.Error) as error:
        return None, f"cannot be read: {error}"[:200]
    except RecursionError:
        return None, "cannot be read: nested too deep"


def expand(values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows that an object holds under a usual name, or as one list a column; else the object itself."""
    for name in CONTAINERS:
        held = values.get(name)
        if isinstance(held, list) and held and all(isinstance(each, dict) for each in held):
            yield from held
            return
    columns = {name: column for name, column in values.items() if isinstance(column, list)}
    lengths = {len(column) for column in columns.values()}
    if len(columns) >= LEAST_ROW_FIELDS and len(columns) == len(values) and len(lengths) == 1:
        yield from (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
        return
    yield values
