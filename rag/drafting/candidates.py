"""The sentences of passages that may answer a question, each with what speaks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.drafting.entities import says_who, speaks_of_another
from rag.drafting.plain_tables import plain_headers_of
from rag.drafting.run_in import run_in_headings
from rag.drafting.tables import asks_for_all, denies, headers_of, is_labelled, is_row, label_of_figures
from rag.fragments import answered_spans
from rag.sentences import segment
from rag.terms import (
    Bag,
    Held,
    Quantity,
    Question,
    analyse,
    bag,
    bag_of,
    carried,
    identifiers_of,
    offers,
    script,
    weigh_terms,
)
from rag.terms.cells import CELL, asked_cells, cells_of, implied_by, in_words, is_stated
from rag.terms.lexicon import UNITS
from rag.terms.numbers import MONTH_NAMES
from rag.terms.ranges import falls_into, opening_range
from rag.types import Passage, Span

PLACE_IN_LIST = re.compile(r"\[\d+\]")
"""Which item of a list in JSON a name is of: ``customers[3].id``; the next one's names are the same."""

NAME_CHARACTERS = 60
"""Length up to which a title or heading is taken for a name."""

LEANING_TERMS = 4
"""Terms up to which a sentence is taken to lean on the one before it: ``Hanne Vik is responsible.``"""

LEANING_SHARE = 0.8
"""Share of what the sentence before it carries that a sentence counts for its own, where it leans on that one."""

LABEL_LEAST = 0.5
"""Share of what is asked from which the label of a line of figures is taken to be it."""

UNLABELLED_SHARE = 0.5
"""Share of what a line of figures carries that counts where no word of its label is asked for: it is of another thing
under the same heading."""

SENTENCE_WORDS_LEAST = 4
"""Words from which what ends in a full stop or has a number is taken for a sentence; one fewer with a verb of being."""

STATES = re.compile(r"^\S+ (?:is|are|was|were|has|have|had|costs?|opens?|closes?) \S+[.!]?$", re.IGNORECASE)

DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{MONTH_NAMES})\b(?:,? \d{{4}}\b)?"
    rf"|\b(?:{MONTH_NAMES}) (?:\d{{1,2}}\b,? )?\d{{4}}\b|\b\d{{4}}-\d\d-\d\d\b"
)
"""A date, whose numbers are no amount."""

FULL_STOPS = ".!…\"”’')]"
LINE_WORDS_LEAST = 8
"""Words from which a line that ends without full stop is taken for more than a heading."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Attributes:
        passage: Its passage.
        position: Its number among the passage's sentences, from 0.
        text: Its text, line breaks made spaces.
        features: What its score is made of, each in [0, 1].
        header: Position of the header that says what the cells of a table's row are; None for any other sentence.
        heading: The headings that it stands under.
        columns: The text of that header; empty for any other sentence.
        leans: Whether it holds the kind of thing asked for, and the sentence before it what it is asked about.
    """

    passage: Passage
    position: int
    text: str
    features: Mapping[str, float]
    header: int | None = None
    heading: tuple[str, ...] = ()
    columns: str = ""
    leans: bool = False

    @property
    def table(self) -> tuple[int, int | tuple[str, ...]] | None:
        """Which table it is a row of, of which passage; None for any other sentence."""
        if self.header is not None:
            return self.passage.number, self.header
        names = tuple(PLACE_IN_LIST.sub("", name) for name, _ in cells_of(self.text))
        return (self.passage.number, names) if names else None

    def score(self, weights: Mapping[str, float]) -> float:
        """Return how well it answers; comparable within one question."""
        return sum(weight * self.features.get(name, 0.0) for name, weight in weights.items())


def candidates_of(question: Question, passages: Sequence[Passage]) -> list[Candidate]:
    """Return the readable sentences of the passages with their features."""
    read = [(passage, answered_spans(passage.text)) for passage in passages]
    weights = weigh_terms(
        question.terms,
        [bag(passage.text[slice(*span)], question.language) for passage, spans in read for span in spans],
    )
    candidates = [one for passage, spans in read for one in candidates_in(question, weights, passage, spans)]
    return nearest_rows(question, weights, candidates)


def candidates_in(
    question: Question, weights: Mapping[str, float], passage: Passage, spans: Sequence[Span]
) -> Iterator[Candidate]:
    """Yield the readable sentences of one passage."""
    texts = [on_one_line(passage.text[start:end]) for start, end in spans]
    leads = run_in_headings(texts, gaps_of(passage.text, spans))
    celled, plain = headers_of(texts), plain_headers_of(texts)
    for position, text in enumerate(texts):
        header = celled.get(position)
        if position in plain and is_asked_row(question, text, columns_of(texts, plain[position]), passage):
            header = plain[position]
        elif not (is_told(question, text, passage) if header is None else has_values(text)):
            continue
        heading = passage.heading_at(passage.reading.position(spans[position].start))
        heading = (*heading, leads[position]) if leads[position] else heading
        about = bag(". ".join((passage.title, *heading)), question.language)
        if is_heading(text, (passage.title, *heading)) or speaks_of_another(question, text, about):
            continue
        columns = columns_of(texts, header)
        features = features_of(question, weights, text, columns, about)
        before = (
            texts[position - 1] if position and header is None and on_one_line_with(passage, spans, position) else ""
        )
        gain = leaning(question, weights, text, before, about) - features["terms"]
        features["terms"] += LEANING_SHARE * max(0.0, gain)
        features["terms"] *= UNLABELLED_SHARE if is_of_another_label(question, text) else 1.0
        features["figures"] = share_labelled(question, text, passage)
        features["rank"] = 1.0 / passage.number
        features["opens"] = 1.0 / (1 + position) if passage.start == 0 else 0.0
        yield Candidate(passage, position, text, features, header, heading, columns, gain > 0.0)


def is_told(question: Question, text: str, passage: Passage) -> bool:
    """Return whether a sentence can stand in an answer; a line of figures whose label is asked for can."""
    return is_readable(text) or share_labelled(question, text, passage) > 0.0


def is_of_another_label(question: Question, text: str) -> bool:
    """Return whether a line of figures has a label of which no word is asked for."""
    label = label_of_figures(text)
    ranged = opening_range(text)[0] is not None
    return (
        bool(label)
        and not ranged
        and not any(bag(label, question.language).credit(term.key) for term in question.terms)
    )


def is_heading(text: str, headings: Sequence[str]) -> bool:
    """Return whether a text is the title or a heading that it stands under: ``Minutes of 14 January 2025``.

    A sentence is none: the title of a file without headings may be its first sentence, and a headline says something.
    """
    if text[-1] in FULL_STOPS or len(text.split()) >= LINE_WORDS_LEAST:
        return False
    told = text.strip("#*_ ").casefold()
    return any(told == on_one_line(heading).strip("#*_ ").casefold() for heading in headings)


def gaps_of(text: str, spans: Sequence[Span]) -> list[str]:
    """Return what stands before each sentence of a text: white space, if anything."""
    ends = [0, *(span.end for span in spans)]
    return [text[end : span.start] for end, span in zip(ends, spans, strict=False)]


def columns_of(texts: Sequence[str], header: int | None) -> str:
    """Return the header of a table's row; empty where it has none."""
    return "" if header is None else texts[header]


def is_asked_row(question: Question, row: str, columns: str, passage: Passage) -> bool:
    """Return whether a row of a plain table says what is asked: by its label, or by the range that it is for.

    Where no number is asked about, a row for a range does whose columns are asked for.
    """
    if opening_range(row)[0] is None:
        return share_labelled(question, row, passage) > 0.0
    numbers = numbers_told(question)
    if numbers:
        return falls_into(numbers, row) > 0.0
    return any(bag(columns, question.language).credit(term.key) for term in question.terms)


def numbers_told(question: Question) -> list[Quantity]:
    """Return the numbers of a question that tell what is asked."""
    return [number for number in question.analysis.numbers if tells_apart(question, number)]


def on_one_line_with(passage: Passage, spans: Sequence[Span], position: int) -> bool:
    """Return whether a sentence stands on the line of the one before it."""
    return not passage.text[spans[position - 1].end : spans[position].start].strip(" ")


def leaning(question: Question, weights: Mapping[str, float], text: str, before: str, about: Bag) -> float:
    """Return the share of the question that a sentence carries with the one before it, where it may lean on that one.

    It may where it is short and holds the kind of thing asked for, and that one is of no other thing of the same kind;
    else 0.0.
    """
    if not before or len(analyse(text).terms) > LEANING_TERMS or not offers(question, text):
        return 0.0
    if identified(question, before)["another"]:
        return 0.0
    return carried(weights, [bag(text, question.language), bag(before, question.language), about])


def tells_apart(question: Question, number: Quantity) -> bool:
    """Return whether a number of a question tells what is asked: no part of a name (``Opus 4``), no ``four things``.

    The number of an order or a part (``HK-2052``) tells more than anything else.
    """
    if re.search(r"[^\W\d_]-$", question.text[: number.start]):
        return True
    before = [term for term in question.analysis.terms if term.end == number.start - 1]
    named = any(term.key in question.analysis.names for term in before)
    return bool(number.unit) or not (number.spelled or named)


def nearest_rows(question: Question, weights: Mapping[str, float], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those rows of which another of their table says more of the question itself.

    A row says less that is of another thing of the same kind, or that has nothing in a column that is asked for. Where
    all are asked for, title and headings say it of each: ``all actions of August`` in the minutes of August.
    """
    asked = bag(question.text, question.language)
    by_title = asks_for_all(question.text) and not any(is_singled_out(asked, candidate) for candidate in candidates)
    shares: dict[tuple[int, int | tuple[str, ...]], float] = {}
    own: list[float] = []
    for candidate in candidates:
        written = carried(weights, [bag(candidate.text, question.language)])
        share = candidate.features["terms"] if by_title else written
        share += candidate.features["numbers"] + candidate.features["exact"]
        own.append(share - candidate.features["another"] - denies(asked, candidate.text, candidate.columns))
        if candidate.table is not None:
            shares[candidate.table] = max(own[-1], shares.get(candidate.table, own[-1]))
    return [
        candidate
        for candidate, share in zip(candidates, own, strict=True)
        if candidate.table is None or share >= shares[candidate.table]
    ]


def is_singled_out(asked: Bag, row: Candidate) -> bool:
    """Return whether a cell has what is asked for under the name asked for: ``due in August``, ``Due: 31 August``."""
    cells = cells_of(row.text, row.columns)
    return any(bag(name).keys & asked.keys and bag(value).keys & asked.keys for name, value in cells)


def features_of(
    question: Question, weights: Mapping[str, float], text: str, columns: str, title: Bag
) -> dict[str, float]:
    """Return what speaks for a sentence by itself; `columns` is the header of the table that it is a row of."""
    offered = float(offers(question, DATE.sub(" ", text) if question.kind == "amount" else text))
    asks_fact = question.kind in ("amount", "time")
    named = numbers_told(question)
    asked = frozenset(term.key for term in question.terms)
    implied = bag_of(implied_by(text, asked, columns))
    written = [bag(part, question.language) for part in (text, columns)]
    return {
        "terms": share_carried(question, weights, written, [title, units_said(question, text), implied]),
        "fact": offered if asks_fact else 0.0,
        "kind": 0.0 if asks_fact else offered,
        "length": min(1.0, len(analyse(text).terms) / 20),
        "numbers": max(share_held(named, text, columns), falls_into(named, text, columns)),
        "cell": float(all(asked_cells(asked, named, text, columns))),
        "who": float(says_who(question, text)),
        **identified(question, in_words(text, columns)),
    }


def share_carried(
    question: Question, weights: Mapping[str, float], written: Sequence[Bag], around: Sequence[Bag]
) -> float:
    """Return the share of a question that a sentence carries in its words and in what it stands under.

    In a language where words alone decide, what it stands under counts half: else all below a telling title are equal.
    """
    share = carried(weights, [*written, *around])
    return (share + carried(weights, written)) / 2 if question.language else share


def units_said(question: Question, text: str) -> Bag:
    """Return those terms of a question that are units of numbers in a text: ``days`` where it says ``27 days``."""
    units = {number.unit for number in analyse(text).numbers if number.unit}
    asked = {term.key: UNITS.get(question.text[term.start : term.end].lower()) for term in question.terms}
    return bag_of(key for key, unit in asked.items() if unit in units)


def share_held(numbers: Sequence[Quantity], text: str, columns: str) -> float:
    """Return the share of numbers that a text states; 0.0 of none."""
    return sum(is_stated(number, text, columns) for number in numbers) / len(numbers) if numbers else 0.0


def identified(question: Question, text: str) -> dict[str, float]:
    """Return which share of what a question singles out by a number a text names, and of which it names another."""
    held = [identifier.held_by(text) for identifier in identifiers_of(question.text)]
    most = max(1, len(held))
    return {"exact": held.count(Held.EXACT) / most, "another": held.count(Held.OTHER) / most}


def share_labelled(question: Question, text: str, passage: Passage) -> float:
    """Return the share of what is asked that the label of a line of figures says, all of whose words are asked for.

    Words that only name the document (``Apple``, ``Q3 2022``) are not counted. Less than half counts for nothing.
    """
    label = {term.key for term in analyse(label_of_figures(text)).terms}
    names = bag(f"{name_of(passage)} {passage.source.replace('_', ' ').replace('/', ' ')}")
    asked = {term.key for term in question.terms if term.key in label or not names.credit(term.key)}
    asked -= question.analysis.names - label
    if not label or not label <= asked:
        return 0.0
    share = len(label) / len(asked)
    return share if share >= LABEL_LEAST else 0.0


def name_of(passage: Passage) -> str:
    """Return what a passage is about: title and headings, which its sentences take for granted."""
    return ". ".join((passage.title, *passage.heading))


def in_context(candidate: Candidate) -> str:
    """Return a sentence after what it is about, where that is a name and not a headline, which would drown it."""
    about = [part for part in (candidate.passage.title, *candidate.heading[-1:]) if len(part) <= NAME_CHARACTERS]
    return ". ".join((*about, candidate.text))


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a reading text, each on one line."""
    return [on_one_line(text[start:end]) for start, end in segment(text)]


def on_one_line(text: str) -> str:
    """Return a text with its line breaks made spaces."""
    return " ".join(text.split())


def is_readable(text: str) -> bool:
    """Return whether a sentence can stand in an answer: no heading, question, announcement, fragment or bare row."""
    if is_row(text):
        return False
    if is_labelled(text):
        return True
    said = analyse(text)
    if text.endswith(("?", "？", ":", "：")) or len(said.terms) + len(said.numbers) < 2:
        return False
    if not text.isascii() and script(text) not in ("latin", "greek", "cyrillic"):
        return True
    if text[-1] not in FULL_STOPS and not said.numbers:
        return len(text.split()) >= LINE_WORDS_LEAST
    return len(text.split()) >= (SENTENCE_WORDS_LEAST - 1 if STATES.search(text) else SENTENCE_WORDS_LEAST)


def has_values(row: str) -> bool:
    """Return whether at least two cells of a table's row are filled."""
    return sum(any(letter.isalnum() for letter in cell) for cell in row.split(CELL)) > 1
