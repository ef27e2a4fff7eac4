"""``where``: which documents a question may look at.

A filter is a mapping whose conditions all have to hold.

==================================  ==========================================================
``{"lang": "en"}``                  equal; numbers by value, and never equal to a text
``{"lang": ["en", "fr"]}``          one of these
``{"year": {"gte": 2020}}``         a range: ``gt``, ``gte``, ``lt``, ``lte``
``{"date": "2024-05"}``             within this day, month or year, where the document has a date
``{"date": {"lte": "2023"}}``       a range of dates: of 2023 or earlier; a number can be a year
``{"folder": "reports/2023"}``      below a folder, named by its path, its end (``2023``) or a path that leads to it
``{"document": "doc_1f2e..."}``     the document of this id; a list for several
``{"source": "reports/*.md"}``      path, folder or glob (``*`` also crosses ``/``); a list for several
``{"without": [{"source": "a.md",   every chunk that holds a character of it is left out; a source without
"start": 4, "end": 61}]}``          ``start`` and ``end`` stands for the whole document
==================================  ==========================================================

Any other key is one of the documents' metadata: a document that has not got it does not match, and one that no document
has is an error, since it is most likely misspelled. So is a folder in which none lies.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from rag.errors import FilterError
from rag.store.folders import EVERYWHERE, find_folder, folders_of
from rag.store.periods import holds, is_within, period_of
from rag.types import DocumentRecord, Metadata, Span

Scalar = str | int | float | bool
Where = Mapping[str, object]
"""What a caller gives as ``where``."""
Condition = Callable[[DocumentRecord], bool]
"""Whether a document passes."""

SOURCE_KEY = "source"
WITHOUT_KEY = "without"
FOLDER_KEY = "folder"
DOCUMENT_KEY = "document"
RESERVED_KEYS = (SOURCE_KEY, FOLDER_KEY, DOCUMENT_KEY, WITHOUT_KEY)
KEYS_SHOWN = 20
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
    conditions = [condition_on(key, value) for key, value in where.items() if key != WITHOUT_KEY]
    return lambda record: all(passes(record) for passes in conditions)


def condition_on(key: str, value: object) -> Condition:
    """Return the condition that one key of a filter states.

    Raises:
        FilterError: It cannot be understood.
    """
    if key == SOURCE_KEY:
        return source_condition(value)
    if key == FOLDER_KEY:
        return folder_condition(value)
    if key == DOCUMENT_KEY:
        return document_condition(value)
    passes = metadata_condition(key, value)
    return lambda record: passes(record.metadata)


def select(records: Sequence[DocumentRecord], where: Where) -> list[DocumentRecord]:
    """Return those of a collection's documents that a filter lets through; `records` are all it holds.

    Raises:
        FilterError: It cannot be understood, or names a key that no document has, or a folder in which none lies.
    """
    passes = read_filter(where)
    if records:
        require_known(where, records)
        if FOLDER_KEY in where:
            folders = folders_of(record.source for record in records)
            found = [find_folder(str(each), folders) for each in listed(where[FOLDER_KEY])]
            passes = read_filter({**where, FOLDER_KEY: found})
    return [record for record in records if passes(record)]


def require_known(where: Where, records: Sequence[DocumentRecord]) -> None:
    """Refuse a key that no document has.

    Raises:
        FilterError: There is one; the message names it and those there are.
    """
    known = {key for record in records for key in record.metadata}.union(RESERVED_KEYS)
    for key in where:
        if key not in known:
            near = get_close_matches(str(key), sorted(known), n=1)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            shown = sorted(known)[:KEYS_SHOWN]
            rest = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
            raise FilterError(
                f"No document has '{str(key)[:100]}', which the filter names.",
                remedy=f"{hint}There are: {', '.join(shown)}{rest}.",
                field=f"where.{key}",
            )


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
    return lambda record: any(
        record.source == pattern
        or record.source.startswith(f"{pattern.rstrip('/')}/")
        or fnmatchcase(record.source, pattern)
        for pattern in patterns
    )


def folder_condition(value: object) -> Condition:
    """Return whether a document lies below one of the folders named."""
    folders = [one for one in listed(value) if isinstance(one, str) and one.strip("/")]
    if not folders or len(folders) != len(listed(value)):
        raise not_understood(FOLDER_KEY, value, "Give a folder such as 'reports/2023', or a list of them.")
    if EVERYWHERE in folders:
        return lambda record: True
    prefixes = tuple(f"{folder.rstrip('/')}/" for folder in folders)
    return lambda record: record.source.startswith(prefixes)


def document_condition(value: object) -> Condition:
    """Return whether a document is one of those named by their ids."""
    wanted = {one for one in listed(value) if isinstance(one, str)}
    if not wanted or len(listed(value)) != sum(isinstance(one, str) for one in listed(value)):
        raise not_understood(DOCUMENT_KEY, value, "Give a document's id, or a list of them.")
    return lambda record: record.document_id in wanted


def metadata_condition(key: str, value: object) -> Callable[[Metadata], bool]:
    """Return whether a document has a key and its value is equal, one of several, or within a range."""
    if isinstance(value, Mapping):
        return range_condition(key, value)
    allowed = [one for one in listed(value) if isinstance(one, Scalar)]
    if not allowed or len(allowed) != len(listed(value)):
        raise not_understood(key, value, "Give a value, a list of values, or a range such as {'gte': 2020}.")
    return lambda metadata: any(matches(metadata.get(key), one) for one in allowed)


def matches(value: object, wanted: object) -> bool:
    """Tell whether a document's value is the one wanted, or a date within it."""
    if alike(value, wanted) and value == wanted:
        return True
    date, period = period_of(value) if isinstance(value, str) else None, period_of(wanted)
    return date is not None and period is not None and is_within(date, period)


def range_condition(key: str, bounds: Mapping[object, object]) -> Callable[[Metadata], bool]:
    """Return whether a document has a key and its value lies within all bounds."""
    known = {str(name): bound for name, bound in bounds.items() if name in COMPARISONS}
    comparable = all(isinstance(bound, str | int | float) and not isinstance(bound, bool) for bound in known.values())
    if not known or len(known) != len(bounds) or not comparable:
        names = ", ".join(COMPARISONS)
        raise not_understood(key, dict(bounds), f"A range has {names}, each with a number or a text.")
    if key == "date" and any(period_of(bound) is None for bound in known.values()):
        raise not_understood(key, dict(bounds), "Give a year, a month or a day: 2024, 2024-05 or 2024-05-31.")
    return lambda metadata: all(lies(metadata.get(key), name, bound) for name, bound in known.items())


def lies(value: object, comparison: str, bound: object) -> bool:
    """Tell whether a document's value lies on the right side of a bound; as a date where both are dates."""
    date, period = period_of(value) if isinstance(value, str) else None, period_of(bound)
    if date is not None and period is not None:
        return holds(date, comparison, period)
    return alike(value, bound) and COMPARISONS[comparison](value, bound)


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
