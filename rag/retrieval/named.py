"""Documents that a question names: by a period and a name, as the latest of a series, or as each one of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from rag.errors import DocumentNotFound
from rag.retrieval.meant import Named, choose
from rag.retrieval.mentions import Mention
from rag.retrieval.naming import OPENING_CHARACTERS, DocumentName, Known, read_name, read_opening
from rag.types import DocumentRecord, StoredChunk

OPENINGS_MOST = 100
"""Openings read for one question; where there are more documents, only those of the chunks found are looked into."""
RECORDED_MOST = 250
"""It is not looked into which is meant of more documents than these."""
COMMON_SHARE = 0.5
"""A word in the names of more than this share of many documents is no name."""
FEW_DOCUMENTS = 8


class NameSource(Protocol):
    """What is read of the documents to know them by name."""

    def generation(self) -> int:
        """Return how many commits there have been."""
        ...

    def documents(self) -> Sequence[DocumentRecord]:
        """Return the records of all documents."""
        ...

    def text(self, document_id: str) -> str:
        """Return the canonical text.

        Raises:
            DocumentNotFound: The document is not, or no longer, there.
        """
        ...

    def document_chunks(self, document_id: str) -> Sequence[StoredChunk]:
        """Return the document's chunks.

        Raises:
            DocumentNotFound: The document is not, or no longer, there.
        """
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all documents at one commit; what is read besides is kept in the two last, entry by entry.

    Attributes:
        generation: How many commits there had been.
        names: Record and name of each document, by id, in the records' order.
        by_word: The documents in whose names a word is.
        by_year: The documents whose names have a year.
        openings: What documents say of themselves, by id, each with the generation it was read at.
        chunks: The numbers of documents' chunks, likewise.
    """

    generation: int = -1
    names: Mapping[str, tuple[DocumentRecord, DocumentName]] = field(default_factory=dict)
    by_word: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_year: Mapping[int | None, Sequence[str]] = field(default_factory=dict)
    openings: dict[str, tuple[int, DocumentName]] = field(default_factory=dict)
    chunks: dict[str, tuple[int, tuple[int, ...]]] = field(default_factory=dict)

    def updated(self, generation: int, records: Iterable[DocumentRecord]) -> Names:
        """Return the names of these documents; what is known of those that stayed is taken over."""
        names = {}
        for record in records:
            kept = self.names.get(record.document_id)
            names[record.document_id] = kept if kept and kept[0] == record else (record, read_name(record))
        by_word: dict[str, list[str]] = defaultdict(list)
        by_year: dict[int | None, list[str]] = defaultdict(list)
        for document_id, (_, name) in names.items():
            for word in name.words:
                by_word[word].append(document_id)
            for year in {period.year for period in (*name.periods, *name.dated)}:
                by_year[year].append(document_id)
        # Copied at once: others may be adding to them meanwhile.
        openings, chunks = self.openings.copy(), self.chunks.copy()
        return Names(
            generation,
            names,
            dict(by_word),
            dict(by_year),
            {key: value for key, value in openings.items() if key in names},
            {key: value for key, value in chunks.items() if key in names},
        )

    def having(self, words: Iterable[str]) -> set[str]:
        """Return the documents in whose recorded names one of the words is, those aside that tell none apart."""
        found = (self.by_word.get(word, ()) for word in words)
        return {document_id for holders in found if not self.is_common(holders) for document_id in holders}

    def of_years(self, years: Iterable[int]) -> set[str]:
        """Return the documents whose records name one of the years."""
        return {document_id for year in years for document_id in self.by_year.get(year, ())}

    def is_common(self, holders: Sequence[str]) -> bool:
        """Return whether a word is in so many names that it tells none apart."""
        return len(holders) > max(FEW_DOCUMENTS, COMMON_SHARE * len(self.names))

    def naming_words(self, mention: Mention, known: Sequence[Known]) -> list[str]:
        """Return the question's words that tell these documents apart; those written like a name if there are any."""
        telling = []
        for word in mention.words:
            holders = sum(bool(each.named_by((word,))) for each in known)
            recorded = self.by_word.get(word, ())
            if 0 < holders < len(known) or (0 < len(recorded) < len(self.names) and not self.is_common(recorded)):
                telling.append(word)
        return [word for word in telling if word in mention.certain] or ([] if mention.certain else telling)


class DocumentNames:
    """The names of a collection's documents, read when first asked for and kept; safe in several threads."""

    def __init__(self, source: NameSource) -> None:
        """Read nothing yet."""
        self._source = source
        self._lock = Lock()
        self._names = Names()

    def find(self, mention: Mention, candidates: Callable[[], Sequence[str]]) -> Named | None:
        """Return the documents that a question names; None where it names none, or all alike.

        Args:
            mention: What the question says of them.
            candidates: Gives the documents that the searches found, by id; asked where there are too many to look
                into each.
        """
        if not mention.is_of_series and not mention.words:
            return None
        names = self._current()
        known = self._pool(names, mention, candidates)
        words = names.naming_words(mention, known)
        named = [(each, each.named_by(words)) for each in known]
        # A document that answers to one name more leaves those that do not behind.
        every = {found for _, found in named}
        fullest = [found for found in every if not any(found < other for other in every)]
        called = [(each, found) for each, found in named if found in fullest]
        return choose(mention, called, is_named=fullest != [frozenset()], of=len(names.names))

    def chunks(self, document_ids: Iterable[str]) -> frozenset[int]:
        """Return the numbers of the documents' chunks; a document that is gone has none."""
        names = self._current()
        numbers: list[int] = []
        for document_id in document_ids:
            record, _ = names.names.get(document_id, (None, None))
            if record is None:
                continue
            kept = names.chunks.get(document_id)
            if kept is None or kept[0] != record.generation:
                try:
                    chunks = self._source.document_chunks(document_id)
                except DocumentNotFound:
                    continue
                kept = names.chunks[document_id] = record.generation, tuple(chunk.chunk_id for chunk in chunks)
            numbers.extend(kept[1])
        return frozenset(numbers)

    def _current(self) -> Names:
        """Return the names as they are now, read again where something was committed since."""
        with self._lock:
            generation = self._source.generation()
            if generation != self._names.generation:
                self._names = self._names.updated(generation, self._source.documents())
            return self._names

    def _pool(self, names: Names, mention: Mention, candidates: Callable[[], Sequence[str]]) -> list[Known]:
        """Return the documents that may be meant, with what they say of themselves where that is needed.

        In the order of the records, so that the same question has the same answer in another process.
        """
        by_name = names.having(mention.certain or mention.words)
        by_period = names.of_years({period.year for period in mention.periods if period.year})
        recorded = by_name & by_period or by_name or by_period
        looked_into: Iterable[str] = ()
        if mention.is_of_series and len(names.names) <= OPENINGS_MOST:
            looked_into = names.names
        elif mention.is_of_series and not (by_name & by_period if mention.periods else by_name):
            # The records alone do not say which documents are meant; reading where each chunk found is takes longer.
            looked_into = dict.fromkeys(candidates()[:OPENINGS_MOST])
        pool = {each: self._know(names, each, look=True) for each in looked_into if each in names.names}
        if len(recorded) <= RECORDED_MOST:
            others = (each for each in names.names if each in recorded and each not in pool)
            pool |= {each: self._know(names, each, look=False) for each in others}
        return list(pool.values())

    def _know(self, names: Names, document_id: str, *, look: bool) -> Known:
        """Return what is known of a document."""
        record, name = names.names[document_id]
        return Known(record, name, self._opening(names, record)) if look else Known(record, name)

    def _opening(self, names: Names, record: DocumentRecord) -> DocumentName:
        """Return what a document says of itself at its beginning."""
        kept = names.openings.get(record.document_id)
        if kept is None or kept[0] != record.generation:
            try:
                text = self._source.text(record.document_id)[:OPENING_CHARACTERS]
            except DocumentNotFound:
                text = ""
            kept = names.openings[record.document_id] = record.generation, read_opening(text)
        return kept[1]
