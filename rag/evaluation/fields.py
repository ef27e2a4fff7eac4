"""Values as other systems write them -> ours. What is of no type that fits is an error of its row."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from rag.errors import SampleError
from rag.evaluation.details import ContextDetail
from rag.types import Usage

TEXT_FIELDS = ("text", "page_content", "content", "document", "quote", "passage", "chunk", "body")
SOURCE_FIELDS = ("source", "file_path", "file_name", "filename", "url", "id", "document_id")
METADATA_FIELDS = ("metadata", "meta")
ANSWER_FIELDS = ("answer", "output", "response", "content", "text", "result", "generation")

LITERAL_MAX_CHARACTERS = 1_000_000
"""Longest cell that is read as a list of Python's, the way pandas writes one."""

LABEL_MAX_CHARACTERS = 80

SURROGATE = re.compile("[\ud800-\udfff]")
YES, NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})

LARGEST_COUNT = 10**12
"""No answer takes more tokens or milliseconds; a number beyond it is a mistake and is left out."""


def find(row: Mapping[str, Any], paths: Sequence[str]) -> Any:  # noqa: ANN401  any JSON value
    """Return the first value that stands under one of the paths and is not null; None where there is none.

    A path is a name or several joined by dots, as a column of that very name or as objects within one another; an
    object may be written as JSON text, as it is in CSV files.

    >>> find({"inputs": '{"question": "Why?"}'}, ["inputs.question"])
    'Why?'
    """
    for path in paths:
        value = row.get(path)
        if value is None and "." in path:
            value = row
            for name in path.split("."):
                value = decoded(value)
                value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None and not is_no_number(value):
            return value
    return None


def has(row: Mapping[str, Any], paths: Sequence[str]) -> bool:
    """Return whether one of the paths is there, be it null."""
    return any(path in row for path in paths) or find(row, paths) is not None


def is_no_number(value: object) -> bool:
    """Return whether a value is NaN or infinite: what pandas writes for nothing."""
    return isinstance(value, float) and not math.isfinite(value)


def decoded(value: object) -> object:
    """Return what a text spells in JSON or as a list or object of Python; the value itself where it spells nothing."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    with suppress(ValueError, RecursionError):
        return json.loads(value, parse_constant=lambda name: None)
    if len(value) <= LITERAL_MAX_CHARACTERS:
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError, TypeError), warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # of a backslash in somebody's text
            return ast.literal_eval(value.strip())
    return value


def read_text(value: object, name: str, *, within: Sequence[str] = TEXT_FIELDS) -> str:
    """Return a text, or the text that an object holds under one of `within`; a number as it is written.

    Raises:
        SampleError: It is neither; `name` names it.
    """
    if isinstance(value, Mapping):
        value = next((value[field] for field in within if isinstance(value.get(field), str)), value)
    if isinstance(value, list) and len(value) == 1:
        return read_text(value[0], name, within=within)
    if isinstance(value, int | float) and not isinstance(value, bool) and not is_no_number(value):
        return f"{value}"[:400]
    if not isinstance(value, str):
        raise SampleError(f"'{name}' is {value!r:.60}; it should be a text.", field=name)
    return SURROGATE.sub("\ufffd", value)


def read_texts(value: object, name: str) -> str:
    """Return a text, or several joined by line breaks; empty for none.

    Raises:
        SampleError: It is no text and no list of texts.
    """
    if value is None:
        return ""
    several = decoded(value)
    items = several if isinstance(several, list | tuple) else [value]
    return "\n".join(read_text(item, name) for item in items if item is not None)


def read_label(value: object) -> str:
    """Return a free label, at most `LABEL_MAX_CHARACTERS` long; empty for what is none."""
    return SURROGATE.sub("\ufffd", value)[:LABEL_MAX_CHARACTERS] if isinstance(value, str) else ""


def read_contexts(value: object, name: str) -> tuple[ContextDetail, ...]:
    """Return passages, numbered from 1 in their order; none for null.

    Each is a text, or an object with its text and maybe its source, as LangChain and Haystack write them. A null
    among them keeps its number, since markers count it.

    Raises:
        SampleError: It is nothing of the kind.
    """
    value = decoded(value)
    if value is None or value == "":
        return ()
    if isinstance(value, str | Mapping):
        value = [value]
    if not isinstance(value, list | tuple):
        raise SampleError(f"'{name}' is {value!r:.60}; it should be a list of texts.", field=name)
    return tuple(read_context(item, number, name) for number, item in enumerate(value, 1))


def read_context(item: object, number: int, name: str) -> ContextDetail:
    """Return one passage.

    Raises:
        SampleError: It is no text and no object that holds one.
    """
    text = "" if item is None else read_text(item, f"{name}[{number - 1}]")
    if not isinstance(item, Mapping):
        return ContextDetail(number, text)
    metadata = next((item[name] for name in METADATA_FIELDS if isinstance(item.get(name), Mapping)), item)
    source = first_text((item, metadata), SOURCE_FIELDS)
    return ContextDetail(number, text, source, first_text((item, metadata), ("title",)))


def first_text(objects: Sequence[Mapping[str, object]], names: Sequence[str]) -> str:
    """Return the first text that the objects hold under one of the names; empty where they hold none."""
    found = (each.get(name) for each in objects for name in names)
    return SURROGATE.sub("\ufffd", next((value for value in found if isinstance(value, str)), ""))


def read_flag(value: object, name: str) -> bool | None:
    """Return a truth value, also as CSV writes it; None for null.

    Raises:
        SampleError: It is something else.
    """
    if value is None or isinstance(value, bool):
        return value
    spelled = str(value).strip().lower()
    if spelled not in YES | NO:
        raise SampleError(f"'{name}' is {value!r:.60}; it should be true or false.", field=name)
    return spelled in YES


def read_number(value: object) -> float:
    """Return a count or a duration; 0.0 where it is no sensible one, for a cost that cannot be read spoils no score."""
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if 0 <= number <= LARGEST_COUNT else 0.0


def read_usage(row: Mapping[str, Any]) -> Usage:
    """Return what an answer cost, as far as the row tells."""
    tokens = read_number(find(row, ["usage.input_tokens", "input_tokens", "prompt_tokens", "usage.prompt_tokens"]))
    written = read_number(
        find(row, ["usage.output_tokens", "output_tokens", "completion_tokens", "usage.completion_tokens"])
    )
    calls = read_number(find(row, ["usage.llm_calls", "llm_calls"]))
    cost = read_number(find(row, ["usage.cost_usd", "cost_usd", "total_cost", "token_cost", "tokenCost"]))
    return Usage(int(tokens), int(written), int(calls), cost)


def read_latency_ms(row: Mapping[str, Any]) -> float | None:
    """Return how long the answer took; None where the row does not tell. ``latency`` is taken for seconds."""
    told = find(row, ["latency_ms", "timings_ms.total"])
    if told is not None:
        return read_number(told) or None
    return 1000 * read_number(find(row, ["latency", "latency_s", "completion_time", "completionTime"])) or None
