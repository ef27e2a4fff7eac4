"""A list of documents: looked through, and put in order."""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import UsageError
from rag.types import DocumentRecord

ORDERS = ("source", "title", "added_at", "size_bytes")


def find_documents(records: Sequence[DocumentRecord], words: str, order: str) -> list[DocumentRecord]:
    """Return the documents that match; see `rag.collection.documents.Documents.find_documents`.

    Raises:
        UsageError: There is no such order.
    """
    key = order.removeprefix("-")
    if key not in ORDERS:
        raise UsageError(
            f"There is no order {order[:40]!r}.", remedy=f"Choose one of {', '.join(ORDERS)}.", field="sort"
        )
    wanted = words.casefold().split()
    found = [
        record for record in records if all(word in f"{record.source} {record.title}".casefold() for word in wanted)
    ]
    # By source where they are equal otherwise, whichever way the order goes.
    return sorted(
        sorted(found, key=lambda each: each.source), key=lambda each: sort_key(each, key), reverse=order != key
    )


def sort_key(record: DocumentRecord, key: str) -> tuple[str | int, ...]:
    """Return what a document is put in order by."""
    if key == "size_bytes":
        return (record.size_bytes,)
    if key == "added_at":
        return (record.added_at, record.generation)
    value = str(getattr(record, key))
    return (value.casefold(), value) if key == "title" else (value,)
