"""Notebooks (IPYNB) and JSON: what they say, a line for each value, without their notation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rag.reading.blocks import Blocks
from rag.reading.markdown import read_markup
from rag.reading.reader import Reading, Source

NOTEBOOK_VERSION = "notebook/3"
JSON_VERSION = "json/3"
NAME = re.compile(r"[A-Za-z_$][\w$-]*")
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LONG_CHARACTERS = 200
"""A string longer than this stands in a paragraph of its own."""
RECORD_CHARACTERS, RECORD_VALUES_LEAST = 600, 2
"""Length up to which a record of at least so many values is one line."""


def read_notebook(text: str, source: Source) -> Reading:
    """Read a notebook: its cells in order, Markdown as it reads, code and the text it put out.

    Raises:
        SourceDamaged: It is no notebook.
        SourceTooLarge: It is over the limit.
    """
    root = parse(text, source)
    cells = root.get("cells") if isinstance(root, dict) else None
    if cells is None and isinstance(root, dict):  # nbformat 3
        sheets = root.get("worksheets")
        cells = cells_of(sheets) if isinstance(sheets, list) else None
    if not isinstance(cells, list) or not isinstance(root, dict):
        raise source.damaged("it is no notebook: it has no cells")
    blocks = Blocks(source)
    title: str | None = None
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict):
            blocks.place("notebook-cell", str(number))
            found = write_cell(blocks, cell)
            title = title or found
    properties = root.get("metadata")
    named = properties.get("title") if isinstance(properties, dict) else None
    canonical, reading, locators = blocks.build()
    return Reading(canonical, reading, locators, named if isinstance(named, str) else title, {}, NOTEBOOK_VERSION)


def cells_of(sheets: list[Any]) -> list[Any]:
    """Return the cells of a notebook's sheets, in order; what is no sheet has none."""
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in found if isinstance(cells, list) for cell in cells]


def write_cell(blocks: Blocks, cell: dict[str, Any]) -> str | None:
    """Append a cell; return the title it gives the notebook, if any."""
    words = joined(cell.get("source", cell.get("input")))
    if cell.get("cell_type") == "markdown":
        return write_markdown(blocks, words)
    if cell.get("cell_type") == "heading":
        blocks.heading(int(cell["level"]) if str(cell.get("level")).isdecimal() else 1, words)
        return None
    blocks.paragraph(words.strip("\n"))
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, dict):
            blocks.paragraph(ESCAPES.sub("", output_of(output)).strip("\n"))
    return None


def write_markdown(blocks: Blocks, words: str) -> str | None:
    """Append Markdown as it reads, its headings as sections; return its title."""
    reading, locators, title = read_markup(words)
    starts = [place for place in locators if place.kind == "heading"]
    headings = {place.value[-1]: len(place.value) for place in starts}
    for paragraph in reading.text.split("\n\n"):
        if paragraph in headings:
            blocks.heading(level_in(words, paragraph) or headings[paragraph], paragraph)
        else:
            blocks.paragraph(paragraph)
    return title


def level_in(words: str, heading: str) -> int | None:
    """Return how many number signs stand before a heading in its Markdown."""
    found = re.search(rf"^(#{{1,6}})[ \t]+{re.escape(heading)}[ \t#]*$", words, re.MULTILINE)
    return len(found[1]) if found else None


def output_of(output: dict[str, Any]) -> str:
    """Return the text of an output; pictures have none."""
    if output.get("output_type") == "error" or "traceback" in output:
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    data = output.get("data")
    shown = data.get("text/plain") if isinstance(data, dict) else None
    return joined(output.get("text", shown))


def joined(words: Any) -> str:  # noqa: ANN401  as it came from JSON
    """Return text that a notebook holds whole, or as a list of lines."""
    if isinstance(words, list):
        return "".join(part for part in words if isinstance(part, str))
    return words if isinstance(words, str) else ""


def read_json(text: str, source: Source) -> Reading:
    """Read JSON, or JSON by line: ``path: value`` for each value, a blank line between records.

    A record, an object of a list that holds nothing but short values, is one line, so that none of its values is read
    with another record's: ``ships[1].name: Aurora; built: 1961``.

    Raises:
        SourceDamaged: It is no JSON.
        SourceTooLarge: It is over the limit.
    """
    by_line = source.suffix in (".jsonl", ".ndjson")
    blocks = Blocks(source)
    if by_line:
        for number, line in enumerate(text.split("\n"), 1):  # a string may hold other line breaks
            if line.strip():
                blocks.end_table()
                blocks.place("row", str(number))
                write_value(blocks, parse(line, source, number), is_record=True)
    else:
        root = parse(text, source)
        listed = isinstance(root, list) and all(isinstance(each, dict) for each in root)
        for record in root if listed else [root]:
            blocks.end_table()
            write_value(blocks, record, is_record=listed)
    canonical, reading, locators = blocks.build()
    return Reading(canonical, reading, locators, None, {}, JSON_VERSION)


def parse(text: str, source: Source, line: int | None = None) -> Any:  # noqa: ANN401  whatever the file holds
    """Return the value that JSON writes; numbers stay as they are written, ``1.10`` too.

    Raises:
        SourceDamaged: It is no JSON.
    """
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        where = f"line {line}: " if line is not None else ""
        raise source.damaged(f"it is no JSON: {where}{error}") from None


def write_value(blocks: Blocks, root: Any, *, is_record: bool) -> None:  # noqa: ANN401  whatever the file holds
    """Append a line for each value below a root, and one for each record; a long string stands whole, by itself."""
    for path, value in flatten(root, is_record=is_record):
        words = value if isinstance(value, str) else json.dumps(value)
        line = f"{path}: {words}" if path else words
        if len(words) > LONG_CHARACTERS or "\n" in words:
            blocks.paragraph(line)
        else:
            blocks.line(line)


def flatten(root: Any, *, is_record: bool) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  whatever the file holds
    """Yield path and value of everything that is not a list or an object, in order; nothing for null and empty ones.

    A list of numbers or short words is one value, and so is a record. `is_record` tells whether the root is in a list.
    """
    waiting: list[tuple[str, Any, bool]] = [("", root, is_record)]
    while waiting:
        path, value, is_listed = waiting.pop()
        if is_listed and isinstance(value, dict) and (words := join_record(value)):
            yield f"{path}.{words[0]}" if path else words[0], words[1]
        elif isinstance(value, dict):
            dot = f"{path}." if path else ""
            waiting.extend((dot + key_of(name), each, False) for name, each in reversed(value.items()))
        elif isinstance(value, list) and is_plain(value):
            if value:
                yield path, in_words(value)
        elif isinstance(value, list):
            waiting.extend((f"{path}[{index}]", each, True) for index, each in reversed(list(enumerate(value))))
        elif value is not None and value != "":
            yield path, value


def join_record(record: dict[str, Any]) -> tuple[str, str] | None:
    """Return the first key of a record and all the rest of it on one line; None where it is long or has parts."""
    values = {key: value for key, value in record.items() if value not in (None, "", [], {})}
    flat = all(is_plain(value if isinstance(value, list) else [value]) for value in values.values())
    if len(values) < RECORD_VALUES_LEAST or not flat:
        return None
    first, *rest = values
    words = "; ".join([in_words(values[first]), *(f"{key_of(key)}: {in_words(values[key])}" for key in rest)])
    return (key_of(first), words) if len(words) <= RECORD_CHARACTERS else None


def key_of(name: str) -> str:
    """Return a key as it stands in a path: quoted where it is no plain name."""
    return name if NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def in_words(value: Any) -> str:  # noqa: ANN401  whatever the file holds
    """Return a value, or a list of plain ones, in words."""
    if isinstance(value, list):
        return ", ".join(in_words(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value)


def is_plain(values: list[Any]) -> bool:
    """Tell whether a list holds nothing but numbers and short words."""
    return all(
        isinstance(each, int | float)
        or (isinstance(each, str) and len(each) <= LONG_CHARACTERS // 4 and "\n" not in each)
        for each in values
    )
