"""``where``: which documents a question may look at.

A filter is a mapping whose conditions all have to hold. The key ``source`` is a path or a glob (``*`` also crosses
``/``; a folder stands for all below it); ``without`` lists stretches of canonical text that must not be found; any
other key is one of the documents' metadata.

==================================  ==========================================================
``{"lang": "en"}``                  equal; numbers by value, and never equal to a text
``{"lang": ["en", "fr"]}``          one of these
``{"year": {"gte": 2020}}``         ``gt``, ``gte``, ``lt``, ``lte``: a range; dates as text, ``"2024-05-31"``
``{"source": "reports/*.md"}``      path, folder or glob; a list for several
``{"without": [{"source": "a.md",   every chunk that holds a character of it is left out; a source without
"start": 4, "end": 61}]}``          ``start`` and ``end`` stands for the whole document
==================================  ==========================================================

A document without the key does not match.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from rag.errors import FilterError
from rag.types import Metadata, Span

Scalar = str | int | float | bool
Where = Mapping[str, object]
"""What a caller gives as ``where``."""
Condition = Callable[[str, Metadata], bool]
"""Whether a document passes, by its source and its metadata."""

SOURCE_KEY = "source"
WITHOUT_KEY = "without"
FOLDER_KEY = "folder"
DOCUMENT_KEY = "document"
RESERVED_KEYS = (SOURCE_KEY, FOLDER_KEY, DOCUMENT_KEY, WITHOUT_KEY)
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def read_filter(where: Where) -> Condition:
    """Return the condition that a filter states.

    Raises:
        FilterError: A key or a value of it cannot be understood; the message names it.
    """
    if not isinstance(where, Mapping):
        raise FilterError("The filter is not a mapping.", remedy='Write {"key": value}.', field="where")
    conditions = [
        source_condition(value) if key == SOURCE_KEY else metadata_condition(key, value)
        for key, value in where.items()
        if key != WITHOUT_KEY
    ]
    return lambda source, metadata: all(passes(source, metadata) for passes in conditions)


def read_exclusions(where: Where) -> dict[str, list[Span]]:
    """Return the stretches that ``without`` leaves out, canonical, by source; an empty list for a whole document.

    Raises:
        FilterError: One of them is no stretch; the message names it.
    """
    exclusions: dict[str, list[Span]] = {}
    for item in listed(where.get(WITHOUT_KEY, ())):
        place = dict(item) if isinstance(item, Mapping) else {}
        source, start, end = place.pop("source", None), place.pop("start", None), place.pop("end", None)
        whole = start is None and end is None
        if not isinstance(source, str) or place or not (whole or is_stretch(start, end)):
            raise not_understood(WITHOUT_KEY, item, 'Write [{"source": "a.md", "start": 4, "end": 61}].')
        kept = exclusions.setdefault(source, [] if whole else [Span(start, end)])
        if whole or not kept:
            kept.clear()
        elif (start, end) not in kept:
            kept.append(Span(start, end))
    return exclusions


def excluded_in(source: str, exclusions: Mapping[str, list[Span]]) -> list[Span] | None:
    """Return what is left out of a document: stretches, or none for all of it; None where nothing is.

    One path may begin in a folder further in than the other, since a collection can be made anew from elsewhere.
    """
    found = [
        spans
        for other, spans in exclusions.items()
        if source == other or source.endswith(f"/{other}") or other.endswith(f"/{source}")
    ]
    if not found:
        return None
    return [] if [] in found else [span for spans in found for span in spans]


def is_stretch(start: object, end: object) -> bool:
    """Tell whether two values are the ends of a stretch of characters that is not empty."""
    return type(start) is int and type(end) is int and 0 <= start < end


def source_condition(value: object) -> Condition:
    """Return whether a path is one of those named, lies below one, or matches a glob."""
    patterns = [one for one in listed(value) if isinstance(one, str)]
    if not patterns or len(patterns) != len(listed(value)):
        raise not_understood(SOURCE_KEY, value, "Give a path, a glob such as 'reports/*.md', or a list of them.")
    return lambda source, metadata: any(
        source == pattern or source.startswith(f"{pattern.rstrip('/')}/") or fnmatchcase(source, pattern)
        for pattern in patterns
    )


def metadata_condition(key: str, value: object) -> Condition:
    """Return whether a document has a key and its value is equal, one of several, or within a range."""
    if isinstance(value, Mapping):
        return range_condition(key, value)
    allowed = [one for one in listed(value) if isinstance(one, Scalar)]
    if not allowed or len(allowed) != len(listed(value)):
        raise not_understood(key, value, "Give a value, a list of values, or a range such as {'gte': 2020}.")
    return lambda source, metadata: any(alike(metadata.get(key), one) and metadata[key] == one for one in allowed)


def range_condition(key: str, bounds: Mapping[object, object]) -> Condition:
    """Return whether a document has a key and its value lies within all bounds."""
    comparisons = [(COMPARISONS[str(name)], bound) for name, bound in bounds.items() if name in COMPARISONS]
    comparable = all(isinstance(bound, str | int | float) and not isinstance(bound, bool) for _, bound in comparisons)
    if not comparisons or len(comparisons) != len(bounds) or not comparable:
        names = ", ".join(COMPARISONS)
        raise not_understood(key, dict(bounds), f"A range has {names}, each with a number or a text.")
    return lambda source, metadata: all(
        alike(metadata.get(key), bound) and compare(metadata[key], bound) for compare, bound in comparisons
    )


def listed(value: object) -> Sequence[object]:
    """Return a list as it is, and anything else as a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def alike(value: object, other: object) -> bool:
    """Tell whether two values compare: ``1`` and ``1.0`` do; ``1``, ``True``, ``"1"`` and nothing do not."""
    return kind(value) is kind(other)


def kind(value: object) -> type:
    """Return what a value compares with: one kind for all numbers."""
    return float if type(value) is int else type(value)


def not_understood(key: str, value: object, remedy: str) -> FilterError:
    """Return the error for a condition that says nothing."""
    return FilterError(
        f"The filter '{key}' has the condition {value!r}, which cannot be understood.",
        remedy=remedy,
        field=f"where.{key}",
    )
