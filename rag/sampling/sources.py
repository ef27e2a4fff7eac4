"""The documents of a collection -> their sentences, with the places where they stand."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.sampling.phrases import Question
from rag.sampling.rules import ask_roles, questions_of
from rag.sampling.statements import Statement, Vocabulary, read_statement
from rag.sentences import segment
from rag.store import Store

DOCUMENTS_MOST = 2000
CHARACTERS_MOST = 5_000_000
"""Of a large collection, so much is read: documents drawn at random, so that all of it may be asked about."""


STAND_IN = "XIT9"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document: canonical characters, the same as reading text, and verbatim."""

    source: str
    start: int
    end: int
    text: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question with the place that answers it.

    Attributes:
        question: The question.
        place: The sentence, or two, that answer it.
    """

    question: Question
    place: Place


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document cut into sentences.

    Attributes:
        source: Its source path.
        title: Its title.
        sentences: Their texts, in order; reading text.
        places: Where each stands.
        canonical: Its canonical text.
        joined: For each sentence, whether nothing but a space parts it from the one before.
    """

    source: str
    title: str
    sentences: tuple[str, ...]
    places: tuple[Place, ...]
    canonical: str
    joined: tuple[bool, ...]


def read_sheets(store: Store, seed: int) -> list[Sheet]:
    """Return documents cut into sentences, by source; of a large collection some, the same for the same seed.

    Raises:
        CollectionError: The collection cannot be read.
    """
    records = store.documents()
    random.Random(seed).shuffle(records)
    sheets: list[Sheet] = []
    characters = 0
    for record in records[:DOCUMENTS_MOST]:
        if characters + record.characters > CHARACTERS_MOST and sheets:
            continue
        characters += record.characters
        reading, canonical = store.reading(record.document_id), store.text(record.document_id)
        spans = segment(reading.text)
        places = []
        for start, end in spans:
            first, last = reading.locate(start, end)
            places.append(Place(record.source, first, last, reading.text[start:end], canonical[first:last]))
        gaps = [reading.text[before.end : after.start] for before, after in itertools.pairwise(spans)]
        joined = (False, *(gap.strip(" ") == "" for gap in gaps))
        texts = tuple(place.text for place in places)
        sheets.append(Sheet(record.source, record.title, texts, tuple(places), canonical, joined[: len(texts)]))
    return sorted(sheets, key=lambda sheet: sheet.source)


def draft_by_rule(sheets: Sequence[Sheet]) -> list[Draft]:
    """Return every question that a rule makes of the documents' sentences, in their order."""
    vocabulary = Vocabulary(sentence for sheet in sheets for sentence in sheet.sentences)
    return [draft for sheet in sheets for draft in drafts_of(sheet, vocabulary)]


def drafts_of(sheet: Sheet, vocabulary: Vocabulary) -> Iterator[Draft]:
    """Yield the questions that a document's sentences answer."""
    before: Statement | None = None
    begins = 0
    for index, sentence in enumerate(sheet.sentences):
        resolved = resolve(sentence, before, vocabulary) if sheet.joined[index] else None
        statement = resolved or read_statement(sentence, vocabulary)
        begins = begins if resolved else index
        place = stretch(sheet, begins, index)
        for question in (*(questions_of(statement) if statement else ()), *ask_roles(sentence)):
            yield Draft(question, place)
        before = statement


def resolve(sentence: str, before: Statement | None, vocabulary: Vocabulary) -> Statement | None:
    """Return a sentence that begins with ``It`` as said of the name before it; None where that is not sure.

    Sure is it only of the subject of the sentence right before, where that is a name, and no person's.
    """
    if before is None or not before.name or before.plural or not sentence.startswith("It "):
        return None
    if any(word in ("who", "he", "she", "born") for word in before.text.split()):
        return None
    # Read with a name of one word in its place, which stands for whatever the name is.
    statement = read_statement(f"{STAND_IN}{sentence[2:]}", vocabulary)
    if statement is None or statement.subject != STAND_IN:
        return None
    return replace(statement, subject=before.subject, text=" ".join(sentence.split()), named=True, name=True)


def stretch(sheet: Sheet, first: int, last: int) -> Place:
    """Return the place from one sentence to another."""
    if first == last:
        return sheet.places[last]
    start, end = sheet.places[first].start, sheet.places[last].end
    return Place(sheet.source, start, end, " ".join(sheet.sentences[first : last + 1]), sheet.canonical[start:end])
