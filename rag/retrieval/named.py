"""Documents that a question names: by a period and a name, as the latest of a series, or as each one of it.

What a document is called is read from its source, its title and its metadata, and what it says of itself from its
first characters: "for the quarterly period ended June 25, 2022". Its name goes before that, and that before the
calendar: a report called ``2022 Q3`` is the one of the third quarter, whenever that quarter ended.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from threading import Lock
from typing import Protocol

from rag.errors import DocumentNotFound
from rag.retrieval.mentions import Mention, name_words
from rag.terms.periods import Period, is_year_alone, read_periods
from rag.types import DocumentRecord, StoredChunk

OPENING_CHARACTERS = 1000
"""Of each document so many are read for what it says of itself."""
OPENINGS_MOST = 100
"""Openings read for one question; where there are more documents, only those of the chunks found are looked into."""
DOCUMENTS_MOST = 50
"""A question that names more documents than these names none."""
RECORDED_MOST = 250
"""Nor is it looked into which is meant of more documents than these."""
COMMON_SHARE = 0.5
"""A word in the names of more than this share of many documents is no name."""
PREFERRED_SHARE = 0.1
"""Share of all documents up to which those that a question names without a date are preferred: of a few documents about
one thing its name is in most questions, and in the titles of some of them only by chance."""
FEW_DOCUMENTS = 8

_ENDED = re.compile(
    r"\b(?:period|quarter|year|months|weeks)\s+end(?:ed|ing)\b[\s:]*([\w.]+\s+\d{1,2},?\s+\d{4}|\d{1,2}\s+\w+,?\s+\d{4}"
    r"|\d{4}-\d\d-\d\d|\w+\s+\d{4})",
    re.IGNORECASE,
)


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
class DocumentName:
    """What a document is called, or what it says of itself.

    Attributes:
        words: Words of its name, folded.
        periods: Those it names.
        dated: When it was written, where only that is known.
    """

    words: frozenset[str]
    periods: tuple[Period, ...] = ()
    dated: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a document: what it is called, and what it says of itself if that was read."""

    record: DocumentRecord
    name: DocumentName
    opening: DocumentName = DocumentName(frozenset())

    def is_of(self, period: Period, *, by_opening: bool = True) -> bool:
        """Return whether it is about a period: by its name if that speaks of such, else by what it says of itself."""
        for said in (self.name.periods, self.opening.periods if by_opening else ()):
            if period.month:
                if exact := [one for one in said if one.month]:
                    return any(period.holds(one) for one in exact)
            elif period.quarter:
                if quarters := [one for one in said if one.quarter]:
                    return any(period.holds(one) for one in quarters)
                if ended := [one.calendar() for one in said if one.month]:
                    return any(period.holds(one) for one in ended)
            elif said:
                return any(period.holds(one) for one in said)
        return False

    def is_dated(self, period: Period) -> bool:
        """Return whether it was written in a period; what it is about may be another."""
        return any(period.holds(one.calendar() if period.quarter else one) for one in self.name.dated)

    def named_by(self, words: Collection[str]) -> frozenset[str]:
        """Return those of the words that belong to its name."""
        return frozenset(word for word in words if word in self.name.words or word in self.opening.words)

    def place_in_series(self) -> date | None:
        """Return the day that orders it among documents that are alike; None where it names no period."""
        ended = [one for one in self.opening.periods if one.day]
        periods = ended or [*self.name.periods, *self.opening.periods]
        return max((period.last_day() for period in periods), default=None)


@dataclass(frozen=True, slots=True)
class Named:
    """Documents that a question names.

    Attributes:
        groups: Those that answer to each thing named, by id; the passages are to come from each group in turn.
        only: Whether nothing else is meant; else they are only to be preferred.
    """

    groups: tuple[frozenset[str], ...]
    only: bool


class DocumentNames:
    """The names of a collection's documents, read when first asked for and kept; safe in several threads."""

    def __init__(self, source: NameSource) -> None:
        """Read nothing yet."""
        self._source = source
        self._lock = Lock()
        self._generation = -1
        self._names: dict[str, tuple[DocumentRecord, DocumentName]] = {}
        self._openings: dict[str, tuple[int, DocumentName]] = {}
        self._chunks: dict[str, tuple[int, tuple[int, ...]]] = {}
        self._by_word: Mapping[str, Sequence[str]] = {}
        self._by_year: Mapping[int | None, Sequence[str]] = {}

    def find(self, mention: Mention, candidates: Callable[[], Sequence[str]]) -> Named | None:
        """Return the documents that a question names; None where it names none, or all alike.

        Args:
            mention: What the question says of them.
            candidates: Gives the documents that the searches found, by id; asked where there are too many to look
                into each.
        """
        if not mention.is_of_series and not mention.words:
            return None
        self._refresh()
        known = self._pool(mention, candidates)
        words = self._naming_words(mention, known)
        named = [(each, each.named_by(words)) for each in known]
        # A document that answers to one name more leaves those that do not behind.
        every = {found for _, found in named}
        fullest = [found for found in every if not any(found < other for other in every)]
        called = [(each, found) for each, found in named if found in fullest]
        return choose(mention, called, is_named=fullest != [frozenset()], of=len(self._names))

    def chunks(self, document_ids: Iterable[str]) -> frozenset[int]:
        """Return the numbers of the documents' chunks; a document that is gone has none."""
        numbers: list[int] = []
        for document_id in document_ids:
            record = self._names[document_id][0] if document_id in self._names else None
            if record is None:
                continue
            kept = self._chunks.get(document_id)
            if kept is None or kept[0] != record.generation:
                try:
                    chunks = self._source.document_chunks(document_id)
                except DocumentNotFound:
                    continue
                kept = self._chunks[document_id] = record.generation, tuple(chunk.chunk_id for chunk in chunks)
            numbers.extend(kept[1])
        return frozenset(numbers)

    def _refresh(self) -> None:
        """Read the records again where something was committed since."""
        with self._lock:
            generation = self._source.generation()
            if generation == self._generation:
                return
            names = {}
            for record in self._source.documents():
                kept = self._names.get(record.document_id)
                name = kept[1] if kept and kept[0] == record else read_name(record)
                names[record.document_id] = record, name
            by_word: dict[str, list[str]] = defaultdict(list)
            by_year: dict[int | None, list[str]] = defaultdict(list)
            for document_id, (_, name) in names.items():
                for word in name.words:
                    by_word[word].append(document_id)
                for year in {period.year for period in (*name.periods, *name.dated)}:
                    by_year[year].append(document_id)
            self._names, self._by_word, self._by_year = names, by_word, by_year
            self._openings = {key: value for key, value in self._openings.items() if key in names}
            self._chunks = {key: value for key, value in self._chunks.items() if key in names}
            self._generation = generation

    def _pool(self, mention: Mention, candidates: Callable[[], Sequence[str]]) -> list[Known]:
        """Return the documents that may be meant, with what they say of themselves where that is needed."""
        by_name = self._having(mention.certain or mention.words)
        by_period = self._of_years({period.year for period in mention.periods if period.year})
        recorded = by_name & by_period or by_name or by_period
        looked_into: Iterable[str] = ()
        if mention.is_of_series and len(self._names) <= OPENINGS_MOST:
            looked_into = self._names
        elif mention.is_of_series and not (by_name & by_period if mention.periods else by_name):
            # The records alone do not say which documents are meant; reading where each chunk found is takes longer.
            looked_into = dict.fromkeys(candidates()[:OPENINGS_MOST])
        pool = {each: self._know(each, look=True) for each in looked_into if each in self._names}
        if len(recorded) <= RECORDED_MOST:
            pool |= {each: self._know(each, look=False) for each in recorded if each not in pool}
        return list(pool.values())

    def _having(self, words: Iterable[str]) -> set[str]:
        """Return the documents in whose recorded names one of the words is, those aside that tell none apart."""
        found = (self._by_word.get(word, ()) for word in words)
        return {document_id for holders in found if not self._is_common(holders) for document_id in holders}

    def _of_years(self, years: Iterable[int]) -> set[str]:
        """Return the documents whose records name one of the years."""
        return {document_id for year in years for document_id in self._by_year.get(year, ())}

    def _is_common(self, holders: Sequence[str]) -> bool:
        """Return whether a word is in so many names that it tells none apart."""
        return len(holders) > max(FEW_DOCUMENTS, COMMON_SHARE * len(self._names))

    def _know(self, document_id: str, *, look: bool) -> Known:
        """Return what is known of a document."""
        record, name = self._names[document_id]
        return Known(record, name, self._opening(record)) if look else Known(record, name)

    def _opening(self, record: DocumentRecord) -> DocumentName:
        """Return what a document says of itself at its beginning."""
        kept = self._openings.get(record.document_id)
        if kept is None or kept[0] != record.generation:
            try:
                text = self._source.text(record.document_id)[:OPENING_CHARACTERS]
            except DocumentNotFound:
                text = ""
            kept = self._openings[record.document_id] = record.generation, read_opening(text)
        return kept[1]

    def _naming_words(self, mention: Mention, known: Sequence[Known]) -> list[str]:
        """Return the question's words that tell these documents apart; those written like a name if there are any."""
        telling = []
        for word in mention.words:
            holders = sum(bool(each.named_by((word,))) for each in known)
            recorded = self._by_word.get(word, ())
            if 0 < holders < len(known) or (0 < len(recorded) < len(self._names) and not self._is_common(recorded)):
                telling.append(word)
        return [word for word in telling if word in mention.certain] or ([] if mention.certain else telling)


def read_name(record: DocumentRecord) -> DocumentName:
    """Return what a document is called by its record."""
    path = PurePosixPath(record.source)
    called = f"{path.stem} | {record.title}"
    stated = [str(value) for key, value in record.metadata.items() if key in ("period", "quarter", "fiscal_year")]
    dated = read_periods(str(record.metadata.get("date", "")))
    periods = read_periods(" | ".join((path.stem, *stated))) or read_periods(record.title)
    return DocumentName(frozenset(name_words(called)), periods, dated)


def read_opening(text: str) -> DocumentName:
    """Return what a document says of itself in its first characters: names, and the period that it is about.

    >>> read_opening("Apple Inc. For the quarterly period ended June 25, 2022").periods
    (Period(year=2022, quarter=None, month=6, day=25),)
    """
    words = frozenset(name_words(text))
    quarters = tuple(period for period in read_periods(text) if period.quarter and period.year)
    ended = tuple(period for match in _ENDED.finditer(text) for period in read_periods(match[1]))
    return DocumentName(words, (*quarters[:1], *ended[:1]))


def choose(
    mention: Mention, called: Sequence[tuple[Known, frozenset[str]]], *, is_named: bool, of: int
) -> Named | None:
    """Return the documents meant among those that answer to the question's names.

    Args:
        mention: What the question says of them.
        called: Those documents, each with the names that it answers to.
        is_named: Whether these names tell anything apart.
        of: Documents there are.
    """
    by_name: dict[frozenset[str], list[Known]] = defaultdict(list)
    for each, found in called:
        by_name[found].append(each)
    if mention.periods:
        return choose_by_period(mention, list(by_name.values()), of=of)
    if not is_named:
        return None
    if mention.latest or mention.each:
        series = [ordered for some in by_name.values() if len(ordered := order_series(some)) > 1]
        if mention.latest and not mention.each:
            return limited([ordered[0] for ordered in series], of=of, only=True)
        return limited([one for row in zip_series(series) for one in row], of=of, only=True)
    if not mention.certain or len(called) > PREFERRED_SHARE * of:
        return None
    return limited([[each for some in by_name.values() for each in some]], of=of, only=False)


def choose_by_period(mention: Mention, by_name: Sequence[Sequence[Known]], *, of: int) -> Named | None:
    """Return the documents of each period named, apart by name."""
    # A period in a text may be anything's; it is the document's where the question names the document besides.
    by_opening = any(each.named_by(mention.certain) for some in by_name for each in some)
    about = [
        [each for each in some if each.is_of(period, by_opening=by_opening)]
        for period in mention.periods
        for some in by_name
    ]
    if any(about):
        whole_years = all(is_year_alone(period) for period in mention.periods)
        return limited(about, of=of, only=not whole_years)
    dated = [[each for each in some if each.is_dated(period)] for period in mention.periods for some in by_name]
    return limited(dated, of=of, only=False)


def order_series(documents: Sequence[Known]) -> list[list[Known]]:
    """Return the documents by the period that each is about, the latest first; those that name none are left out."""
    placed: dict[date, list[Known]] = defaultdict(list)
    for each in documents:
        if (place := each.place_in_series()) is not None:
            placed[place].append(each)
    return [placed[place] for place in sorted(placed, reverse=True)]


def zip_series(series: Sequence[Sequence[list[Known]]]) -> list[list[list[Known]]]:
    """Return the first of each series, the second of each, and so on."""
    longest = max(map(len, series), default=0)
    return [[one[at] for one in series if at < len(one)] for at in range(longest)]


def limited(groups: Iterable[Sequence[Known]], *, of: int, only: bool) -> Named | None:
    """Return the groups that hold documents; None where there is none, or too many, or all documents are in one."""
    kept = [frozenset(each.record.document_id for each in group) for group in groups if group]
    together = frozenset().union(*kept)
    if not kept or len(together) > DOCUMENTS_MOST or (len(kept) == 1 and len(together) == of):
        return None
    return Named(tuple(dict.fromkeys(kept)), only)
