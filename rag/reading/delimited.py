"""Delimited files (CSV, TSV): the file itself is the canonical text, each row of the reading text names its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from rag.reading.mapping import ReadingTextBuilder
from rag.reading.reader import Reading
from rag.reading.tables import has_figures, has_header
from rag.types import Locator

VERSION = "delimited/3"
DELIMITERS = ",;\t|"
SAMPLE_CHARACTERS = 20_000
SAMPLE_ROWS = 50
SEPARATOR = re.compile(r"\Asep=(.)(?:\r\n?|\n)", re.IGNORECASE)


class Field(NamedTuple):
    """A field: where its content stands in the text, without quotes; doubled quotes within are still doubled."""

    start: int
    end: int
    is_quoted: bool


def read_delimited(text: str, suffix: str) -> Reading:
    """Read a delimited file (RFC 4180).

    A row reads ``Item: Sand; Cost: 120`` where the first row is a header, else its fields stand between bars. So do
    those of a header above words only: it may be a row like the others.

    Args:
        text: Canonical text.
        suffix: Of the file's name; ``.tsv`` names its delimiter.
    """
    start, delimiter = find_dialect(text, suffix)
    first = islice(split_rows(text, start, delimiter), SAMPLE_ROWS)
    sample = [[content(text, field) for field in row] for row in first]
    headed = has_header(sample)
    header = sample[0] if headed else []
    is_sure = headed and has_figures(sample)
    builder = ReadingTextBuilder(text)
    locators: list[Locator] = []
    for number, row in enumerate(split_rows(text, start, delimiter), 1):
        if is_sure and number == 1:
            continue
        names = header if number > 1 else []
        filled = [(index, field) for index, field in enumerate(row) if text[field.start : field.end].strip()]
        if not filled:
            continue
        if len(builder):
            builder.put("\n", row[0].start - 1)
        locators.append(Locator(row[0].start, "row", (str(number),)))
        for order, (index, field) in enumerate(filled):
            if order:
                builder.put("; " if names else " | ", field.start - 1)
            name = names[index] if index < len(names) else ""
            if name:
                builder.put(f"{name.rstrip(':')}: ", field.start)
            keep(builder, text, field)
    return Reading(text, builder.build(), tuple(locators), None, {}, VERSION)


def find_dialect(text: str, suffix: str) -> tuple[int, str]:
    """Return where the rows begin, after a line that names the delimiter, and the delimiter."""
    named = SEPARATOR.match(text)
    if named:
        return named.end(), named[1]
    return 0, "\t" if suffix in (".tsv", ".tab") else find_delimiter(text[:SAMPLE_CHARACTERS])


def keep(builder: ReadingTextBuilder, text: str, field: Field) -> None:
    """Append a field on one line, its doubled quotes once."""
    start, end = trimmed(text, field)
    for part in re.finditer(r'""|[\r\n]+|[^"\r\n]+|"', text[start:end]):
        first, last = start + part.start(), start + part.end()
        if part.group()[0] in "\r\n":
            builder.put(" ", first)
        elif part.group() == '""' and field.is_quoted:
            builder.keep(first, first + 1)
        else:
            builder.keep(first, last)


def trimmed(text: str, field: Field) -> tuple[int, int]:
    """Return where a field's content begins and ends, without white space."""
    words = text[field.start : field.end]
    return field.start + len(words) - len(words.lstrip()), field.start + len(words.rstrip())


def content(text: str, field: Field) -> str:
    """Return the content of a field on one line."""
    words = text[field.start : field.end]
    return " ".join((words.replace('""', '"') if field.is_quoted else words).split())


def find_delimiter(sample: str) -> str:
    """Return the delimiter that parts the rows of a sample into the most alike number of fields; a comma for one."""
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        counts = [len(row) for row in list(split_rows(sample, 0, delimiter))[:SAMPLE_ROWS]]
        if len(counts) > 2:
            counts.pop()  # the sample may end inside it
        usual = max(set(counts), key=counts.count) if counts else 1
        score = counts.count(usual) / len(counts) * (usual - 1) ** 0.25 if usual > 1 else 0.0
        if score > most:
            best, most = delimiter, score
    return best


def split_rows(text: str, start: int, delimiter: str) -> Iterator[list[Field]]:
    """Yield the fields of each row; quoted ones may hold delimiters and line ends."""
    token = re.compile(rf"[{re.escape(delimiter)}]|\r\n|\r|\n")
    row: list[Field] = []
    position = start
    while position <= len(text):
        field, position = read_field(text, position, token)
        row.append(field)
        end = token.match(text, position)
        if end is None or end.group() != delimiter:
            if len(row) > 1 or row[0].start < row[0].end:
                yield row
            row = []
            if end is None:
                return
        position = end.end() if end else len(text) + 1


def read_field(text: str, position: int, token: re.Pattern[str]) -> tuple[Field, int]:
    """Return the field that begins at a position, and where its delimiter stands."""
    if text.startswith('"', position):
        closing = find_quote(text, position + 1)
        if closing >= 0:
            after = token.search(text, closing + 1)
            there = after.start() if after else len(text)
            if text[closing + 1 : there].strip():  # words follow: the quotes are part of the field
                return Field(position, there, False), there
            return Field(position + 1, closing, True), there
    end = token.search(text, position)
    return Field(position, end.start() if end else len(text), False), end.start() if end else len(text)


def find_quote(text: str, position: int) -> int:
    """Return where the quote that closes a field stands; -1 where none does."""
    while True:
        position = text.find('"', position)
        if position < 0 or not text.startswith('"', position + 1):
            return position
        position += 2
