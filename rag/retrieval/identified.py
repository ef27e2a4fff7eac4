"""Chunks that name the very thing a question singles out by a number go before those that name another of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rag.errors import DocumentNotFound
from rag.retrieval.texts import DocumentTexts, PassageSource
from rag.terms import Held, Identifier, identifiers_of
from rag.types import Hit

LOOKED_AT = 40
"""Chunks whose text is looked at, the best ones: each may be of another document, which must be opened."""


def put_exact_first(
    question: str, ranked: Sequence[Hit], read: Callable[[Sequence[Hit]], Mapping[int, str]]
) -> Sequence[Hit]:
    """Return the chunks in another order, where a question singles something out: ``Ember 80``, ``order 4711``.

    To the search ``Ember 40`` is as good as ``Ember 80`` but for one word. Those that name either take the places that
    they have together, the ones that name what is asked for first; all others keep theirs. The scores stay with the
    places, so that they go on falling.
    """
    identifiers = identifiers_of(question)
    if not identifiers:
        return ranked
    looked_at = ranked[:LOOKED_AT]
    said = read(looked_at)
    held = [holding(identifiers, said.get(hit.chunk_id, "")) for hit in looked_at]
    places = [at for at, value in enumerate(held) if value]
    # Sorting is stable: among equals the order stays.
    moved = sorted(places, key=lambda at: -held[at])
    ordered = list(ranked)
    for place, at in zip(places, moved, strict=True):
        ordered[place] = Hit(ranked[at].chunk_id, ranked[place].score)
    return ordered


def holding(identifiers: Sequence[Identifier], text: str) -> int:
    """Return of how many of the things singled out a text names the very one; -1 where it only names others."""
    held = [identifier.held_by(text) for identifier in identifiers]
    return held.count(Held.EXACT) or (-1 if Held.OTHER in held else 0)


def texts_of(hits: Sequence[Hit], store: PassageSource, texts: DocumentTexts) -> dict[int, str]:
    """Return the reading texts of the chunks that are still there, by number."""
    found: dict[int, str] = {}
    for number, chunk in store.chunks([hit.chunk_id for hit in hits]).items():
        try:
            opened = texts.open(store, chunk.document_id)
        except DocumentNotFound:
            continue
        found[number] = opened.reading.text[chunk.start : chunk.end]
    return found
