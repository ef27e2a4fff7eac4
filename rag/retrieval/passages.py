"""Ranked chunks into passages that read whole: copies folded, neighbours joined, short ones widened."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from rag.errors import DocumentNotFound
from rag.retrieval.texts import DocumentTexts, OpenDocument, PassageSource
from rag.types import Hit, Locator, Passage, describe
from rag.types.places import within

PASSAGE_CHARACTERS = 2000
"""A passage is not joined or widened beyond this many reading characters."""
SHORT_CHARACTERS = 600
"""A passage shorter than this is widened by its neighbours in the same section."""
HITS_PER_PASSAGE = 4
"""Chunks looked at for each passage wanted, so that a passage takes up its neighbours that were found as well."""
WORD = re.compile(r"\w+(?:[.,:'’-]\w+)*|[%$€£+-]")


@dataclass(slots=True)
class Draft:
    """A passage while it grows: a stretch of a document's reading text within one section."""

    opened: OpenDocument
    heading: tuple[str, ...]
    start: int
    end: int
    score: float
    also_in: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The document's source path."""
        return self.opened.record.source

    @property
    def text(self) -> str:
        """Its reading text."""
        return self.opened.reading.text[self.start : self.end]

    def is_beside(self, other: Draft) -> bool:
        """Whether it stands in the same document and section."""
        return self.opened.record.document_id == other.opened.record.document_id and self.heading == other.heading

    def covers(self, other: Draft) -> bool:
        """Whether the other one lies in it."""
        return self.is_beside(other) and self.start <= other.start and other.end <= self.end

    def adjoins(self, other: Draft) -> bool:
        """Whether nothing but white space lies between the two, and both fit into one passage."""
        if not self.is_beside(other):
            return False
        start, end = min(self.start, other.start), max(self.end, other.end)
        gap = self.opened.reading.text[min(self.end, other.end) : max(self.start, other.start)]
        return end - start <= PASSAGE_CHARACTERS and not gap.strip()

    def absorb(self, other: Draft) -> None:
        """Take the other one in; what repeats the other from now on repeats this one."""
        self.start, self.end = min(self.start, other.start), max(self.end, other.end)
        self.also_in += [source for source in other.also_in if source not in self.also_in]
        other.also_in = self.also_in

    def is_short(self) -> bool:
        """Whether it says too little by itself."""
        return self.end - self.start < SHORT_CHARACTERS

    def neighbours(self, allowed: Collection[int] | None) -> list[Draft]:
        """Return the chunks of its section that are not in it: those after it, then those before it, nearest first.

        Only those in `allowed`, if given.
        """
        chunks = self.opened.chunks.values()
        section = [c for c in chunks if c.heading == self.heading and (allowed is None or c.chunk_id in allowed)]
        after = [chunk for chunk in section if chunk.start >= self.end]
        before = [chunk for chunk in reversed(section) if chunk.end <= self.start]
        return [replace(self, start=chunk.start, end=chunk.end, also_in=[]) for chunk in after + before]


@dataclass(slots=True)
class Assembly:
    """Passages in the making, best first.

    Attributes:
        top_k: Most passages.
        drafts: Those opened so far.
        placed: The passage that each chunk taken went into, by the chunk's words.
    """

    top_k: int
    drafts: list[Draft] = field(default_factory=list)
    placed: dict[str, Draft] = field(default_factory=dict)

    def is_full(self) -> bool:
        """Whether no further passage can be opened; chunks may still join those that are."""
        return len(self.drafts) >= self.top_k

    def holds(self, document_id: str) -> bool:
        """Whether a passage is of this document."""
        return any(draft.opened.record.document_id == document_id for draft in self.drafts)

    def place(self, found: Draft) -> None:
        """Fold a chunk into the passage that says the same, join it to its neighbours, or open a passage."""
        words = words_of(found.text) or found.text
        if any(draft.covers(found) for draft in self.drafts) or self.is_repeated(words, found):
            return
        beside = [draft for draft in self.drafts if draft.adjoins(found)]
        if beside:
            home, *others = beside
            home.absorb(found)
            for other in [other for other in others if home.adjoins(other)]:
                home.absorb(other)
                self.drafts.remove(other)
        elif not self.is_full():
            home = found
            self.drafts.append(home)
        else:
            return
        self.placed[words] = home

    def is_repeated(self, words: str, found: Draft) -> bool:
        """Whether a passage holds the same text already; then note the other document it stands in."""
        home = self.placed.get(words)
        if home is not None and found.source not in (home.source, *home.also_in):
            home.also_in.append(found.source)
        return home is not None

    def widen(self, allowed: Collection[int] | None) -> None:
        """Give short passages their neighbours of the same section, those that may be found."""
        for draft in self.drafts:
            for neighbour in draft.neighbours(allowed) if draft.is_short() else ():
                if not draft.is_short():
                    break
                if draft.adjoins(neighbour) and not any(other.covers(neighbour) for other in self.drafts):
                    draft.absorb(neighbour)


def assemble(
    ranked: Sequence[Hit],
    store: PassageSource,
    texts: DocumentTexts,
    top_k: int,
    allowed: Collection[int] | None = None,
) -> list[Draft]:
    """Make at most `top_k` passages of the ranked chunks, best first; widened only by chunks in `allowed`, if given."""
    chunks = store.chunks([hit.chunk_id for hit in ranked])
    assembly = Assembly(top_k)
    for seen, hit in enumerate(ranked):
        if assembly.is_full() and seen >= top_k * HITS_PER_PASSAGE:
            break
        chunk = chunks.get(hit.chunk_id)
        if chunk is None or (assembly.is_full() and not assembly.holds(chunk.document_id)):
            continue
        try:
            opened = texts.open(store, chunk.document_id)
        except DocumentNotFound:
            continue
        if opened.chunks.get(chunk.chunk_id) == chunk:
            assembly.place(Draft(opened, chunk.heading, chunk.start, chunk.end, hit.score))
    assembly.widen(allowed)
    return assembly.drafts


def finish_passage(number: int, draft: Draft) -> Passage:
    """Return a finished passage with its place in the canonical text."""
    record, text = draft.opened.record, draft.opened.text
    reading = draft.opened.reading.cut(draft.start, draft.end)
    start, end = reading.locate(0, len(reading.text))
    places = within(draft.opened.places, start, end)
    first = place_at(draft.opened.headings, start)
    below = tuple(locator for locator in draft.opened.headings if start < locator.start < end)
    first_line = text.count("\n", 0, start) + 1
    return Passage(
        number=number,
        document_id=record.document_id,
        source=record.source,
        title=record.title,
        revision=record.revision,
        start=start,
        end=end,
        canonical=text[start:end],
        reading=reading,
        score=draft.score,
        lines=(first_line, first_line + text.count("\n", start, end - 1)),
        heading=first.value if first else (),
        headings=below,
        page=describe(places, start, end).page,
        places=places,
        metadata=record.metadata,
        also_in=tuple(draft.also_in),
        text_sha256=draft.opened.text_sha256,
        reader=record.reader,
    )


def place_at(locators: Sequence[Locator], position: int) -> Locator | None:
    """Return the locator that holds at a canonical position; None before the first."""
    index = bisect_right(locators, position, key=lambda locator: locator.start)
    return locators[index - 1] if index else None


def words_of(text: str) -> str:
    """Return the words of a text, case, spacing and punctuation aside; digits, signs and units of money stay.

    Two chunks with the same words are copies. Likeness short of that is not: two reports that differ in one figure, or
    in "increased" and "decreased", disagree, and folding them would hide it.
    """
    return " ".join(WORD.findall(text.lower()))
