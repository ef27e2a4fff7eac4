"""A document by what a person calls it."""

from __future__ import annotations

from rag.errors import DocumentNotFound
from rag.store import Store
from rag.types import DocumentRecord


def find_document(document: str, store: Store, collection: str) -> DocumentRecord:
    """Return a document by its id, its source, or the end of a source that no other document's has.

    Raises:
        DocumentNotFound: There is none, or several sources end so.
    """
    found = store.find(document)
    if found is not None:
        return found
    try:
        return store.document(document)
    except DocumentNotFound:
        ending = [record for record in store.documents() if record.source.endswith(f"/{document}")]
    if len(ending) == 1:
        return ending[0]
    number = f"{len(ending)} documents" if ending else "no document"
    raise DocumentNotFound(
        f"The collection '{collection}' holds {number} '{document}'.",
        remedy="`vouch documents` lists them.",
        field="document",
    )
