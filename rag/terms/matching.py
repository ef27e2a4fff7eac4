"""Whether a text carries a term, related forms included; and what kind of answer a question expects."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from rag.terms.analysis import Analysis, Term, analyse
from rag.terms.cells import units_named
from rag.terms.languages import LANGUAGES, asked_in, asking_word, offers_in
from rag.terms.lexicon import listed
from rag.terms.words import alike, stem

Kind = Literal["person", "time", "place", "amount", "yes_no", "reason", "list", "other"]

KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}

RELATED = 0.7
"""Credit of a related word."""

PART_LEAST = 4
"""Letters of the last part of a compound at least."""

BEGINNING = 5
"""Letters that related stems have in common at least."""

MEASURES = "percentage|percent|share|number|price|cost|score|rate|amount|population|age|size|length|height|speed|salary"
"""What is asked for with ``what is the ...`` and answered with a number."""

KIND_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("amount", r"\bhow (?:many|much|long|old|far|often|tall|big|large|fast|high|deep|expensive|soon|likely)\b"),
    ("amount", rf"\b(?:what|which) (?:is the |was the |are the )?(?:\w+ )?(?:{MEASURES})\b"),
    ("amount", r"\bwhat (?:do|does|did|will|would) .*\b(?:come|amount|add up|run) to(?: in (?:all|total))?\s*\??$"),
    ("time", r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time|century|decade)\b"),
    ("person", r"\bwho(?:m|se)?\b|\bwhat (?:actor|actress|singer|author|person|company|team)\b"),
    ("place", r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|town|county|continent|river)\b"),
    ("reason", r"\bwhy\b|\bhow (?:come|do|does|did|can|is|are|was|were|to)\b|\bwhat (?:caused|causes|is the reason)\b"),
    ("list", r"\bwhat (?:are|were) (?:the|some|all)\b|^(?:list|name)\b|\bwhich of\b|\bwhat (?:kinds|types) of\b"),
    ("yes_no", r"^(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|may|might)\b"),
)
"""Asked of the question in lower case, in this order."""

UNITS_ASKED = (
    (r"\bhow (?:long|old|soon)\b", listed("millisecond second minute hour day week month year")),
    (r"\bhow (?:expensive|much (?:money|does .* cost))\b|\b(?:price|cost|salary)\b", frozenset("$€£¥")),
    (r"\b(?:percentage|percent)\b", frozenset("%")),
)
"""Questions that expect a number with one of these units."""

MOMENTS = re.compile(
    r"\b\d{1,2}:\d\d\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
    r"|\b(?:within|every|each) (?:[\w-]+ )?(?:minute|hour|day|night|morning|evening|week|month|quarter|year)s?\b"
    r"|\b(?:hourly|daily|nightly|weekly|monthly|quarterly|yearly|annually)(?=[.,;)]|$| (?:and|at|by|in|on|or)\b)",
    re.IGNORECASE,
)
"""What tells when something is done again and again, or how soon, without a date."""

PAST = re.compile(r"\bwhen (?:did|was|were|had)\b")
"""Questions for what happened once, which only a date answers."""

AGENT = re.compile(
    r"(?:ed|[aeow]n|ade|ent|id|old|ught|ung|ne) by (?:the|our|its|their) (?!end|time|day|date|month|year)[a-z]"
)
"""A passive with who does it, by office rather than by name: ``approved by the manager``."""

REASONS = re.compile(r"\b(?:because|since|due to|owing to|in order to|so that|by \w+ing|therefore|as a result)\b")
PLACES = re.compile(
    r"\b(?:in|at|on|near|from|of|to|between|along|across|through|into|outside)\s+(?:the\s+)?(?:\w+\s+)?[A-Z]"
)

ASKING = frozenset(
    stem(word)
    for word in listed(
        """
        question answer explain describe description list tell told telling give many much long old far often mean kind
        happen mention compare comparison see seen discuss specify refer
        """
    )
)
"""Stems that ask rather than name what is asked for: no document need hold them to answer."""


COLUMN = re.compile(r"(^|; )[^\W\d_][^:;|]{0,40}: ")
COLUMNS_LEAST = 2
"""Names of columns from which a sentence is taken for a row."""


@dataclass(frozen=True, slots=True)
class Bag:
    """The terms of a text, ready to be asked for."""

    keys: frozenset[str]
    beginnings: dict[str, tuple[str, ...]]
    compounds: bool = False

    def credit(self, key: str) -> float:
        """Return how well the text carries a term: 1.0, 0.7 for a related word, or 0.0."""
        if key in self.keys:
            return 1.0
        near = self.beginnings.get(key[:BEGINNING])
        credit = max(alike(key, other) for other in near) if near else 0.0
        return RELATED if not credit and self.compounds and any(compounded(key, each) for each in self.keys) else credit


def compounded(first: str, second: str) -> bool:
    """Return whether one of two stems ends with the other, which then says what it is: ``verzugszins``, ``zins``."""
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= PART_LEAST and len(longer) >= len(shorter) + 3 and longer.endswith(shorter)


def bag_of(keys: Iterable[str], *, compounds: bool = False) -> Bag:
    """Return the bag of these terms; `compounds` tells whether their language writes words together."""
    held = frozenset(keys)
    beginnings: dict[str, tuple[str, ...]] = {}
    for key in sorted(held):
        if len(key) >= BEGINNING:
            beginnings[key[:BEGINNING]] = (*beginnings.get(key[:BEGINNING], ()), key)
    return Bag(held, beginnings, compounds)


@lru_cache(maxsize=2048)
def bag(text: str, language: str = "") -> Bag:
    """Return the terms of `text`, ready to be asked for; read in a language of `LANGUAGES`, or in English."""
    compounds = bool(language) and LANGUAGES[language].compounds
    return bag_of(analyse(text, language).keys, compounds=compounds)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    Attributes:
        text: As asked.
        kind: What kind of answer it expects.
        terms: Its content terms, each key once; what only asks (``how many``) is left out where more remains.
        analysis: The whole analysis.
        language: Which of `LANGUAGES` it is asked in; empty for English, and where one cannot tell.
    """

    text: str
    kind: Kind
    terms: tuple[Term, ...]
    analysis: Analysis
    language: str = ""


@lru_cache(maxsize=256)
def analyse_question(text: str) -> Question:
    """Take a question apart."""
    if language := asked_in(text):
        return analyse_foreign(text, language)
    analysis = analyse(text)
    lowered = text.strip().lower()
    kind: Kind = next((kind for kind, pattern in KIND_PATTERNS if re.search(pattern, lowered)), "other")
    terms = unique(analysis.terms)
    telling = tuple(term for term in terms if term.key not in ASKING)
    return Question(text, kind, telling or terms, analysis)


def analyse_foreign(text: str, language: str) -> Question:
    """Take a question apart that is asked in one of `LANGUAGES`; the words that ask are no content."""
    asking = asking_word(text.lower(), language)
    kind, start, end = asking or ("other", 0, 0)
    analysis = analyse(text, language)
    terms = unique(analysis.terms)
    telling = tuple(term for term in terms if not start <= term.start < end)
    return Question(text, KINDS.get(kind, "other"), telling or terms, analysis, language)


def unique(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the first term of each key, in order."""
    first: dict[str, Term] = {}
    for term in terms:
        first.setdefault(term.key, term)
    return tuple(first.values())


def weigh_terms(terms: Sequence[Term], bags: Sequence[Bag]) -> dict[str, float]:
    """Return the terms' keys with their weight among these texts, summing to 1: the rarer, the heavier.

    Inverse document frequency, smoothed as in BM25 (Robertson and Zaragoza 2009).
    """
    weights: dict[str, float] = {}
    for term in terms:
        frequency = sum(held.credit(term.key) > 0 for held in bags)
        weights[term.key] = math.log(1.0 + (len(bags) - frequency + 0.5) / (frequency + 0.5))
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()} if total else {}


def carried(weights: Mapping[str, float], bags: Sequence[Bag]) -> float:
    """Return the weight of the terms that these texts carry together, in [0, 1]."""
    return sum(weight * max((held.credit(key) for held in bags), default=0.0) for key, weight in weights.items())


def offers(question: Question, sentence: str) -> bool:
    """Return whether a sentence holds the kind of thing a question expects, beyond what the question says itself.

    Of a table's row only its cells are looked at: the names of its columns are no names.
    """
    if question.language:
        return offers_in(question.language, question.kind, question.text, sentence)
    cells = cells_only(sentence)
    analysis = analyse(cells)
    names = analysis.names | (analysis.subjects if cells == sentence else analysis.openers)
    asked = frozenset(term.key for term in question.analysis.terms)
    if question.kind == "amount":
        units = units_asked(question.text)
        new = [n for n in analysis.numbers if not any(n.agrees(known) for known in question.analysis.numbers)]
        headed = cells != sentence and not units.isdisjoint(units_named(sentence))
        return any(not units or number.unit in units or (headed and not number.unit) for number in new)
    if question.kind == "time":
        months = any(term.key.startswith("month-") for term in analysis.terms)
        dated = months or any(1000 <= number.value < 2200 and not number.unit for number in analysis.numbers)
        return dated or (PAST.search(question.text.lower()) is None and MOMENTS.search(cells) is not None)
    if question.kind == "person":
        return bool(names - analysis.acronyms - asked) or AGENT.search(sentence) is not None
    if question.kind == "place":
        placed = cells != sentence or PLACES.search(sentence) is not None
        return bool((names if cells != sentence else analysis.names) - asked) and placed
    if question.kind == "reason":
        return REASONS.search(sentence.lower()) is not None
    return False


def cells_only(sentence: str) -> str:
    """Return a row without the names of its columns; any other sentence as it is.

    >>> cells_only("Name: Cedar; Job: bookkeeper; Room: A 2.14")
    'Cedar; bookkeeper; A 2.14'
    """
    return COLUMN.sub(r"\1", sentence) if len(COLUMN.findall(sentence)) >= COLUMNS_LEAST else sentence


def units_asked(question: str) -> frozenset[str]:
    """Return the units of which the answer should have one; none where any number will do."""
    lowered = question.lower()
    return next((units for pattern, units in UNITS_ASKED if re.search(pattern, lowered)), frozenset())
