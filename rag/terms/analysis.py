"""A text taken apart once: its content terms, names, numbers and negations, each with its place."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rag.terms.languages import LANGUAGES, function_words, stem_in
from rag.terms.lexicon import ALIASES, MONTHS, NEGATING_CHARACTERS, NEGATIONS, STOP_WORDS
from rag.terms.numbers import ISO_DATE, Quantity, quantities
from rag.terms.words import Token, stem, tokens

NEGATION_REACH = 2
"""Content terms after a negation that it is taken to turn round."""

ONLY_NEXT = re.compile(r"\s+only\b")
CLAUSE_END = re.compile(r"[,;:.!?()—]|\bbut\b")
VERB = re.compile(r"\s(?:is|are|was|were|has|had|will|would|can|could|did|does|might|should|[a-z]{2,}ed)\b")
"""What makes the capitalised word before it a subject."""

ACRONYM = re.compile(r"[A-Z]{2,6}s?")
SENTENCE_START = re.compile(r"(?:^|[.!?:•\n]|\s[-*–—]|^[-*–—])[\s\"'“”‘’(\[*_#>-]*$")


class Term(NamedTuple):
    """A content word: what it is compared by, and where it stands."""

    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a text is made of, in order.

    Attributes:
        terms: Content words (stems), pairs of characters of unspaced scripts, months; numbers are not among them.
        names: Keys of the terms that are written as names.
        openers: Keys of capitalised words that begin a sentence: a name perhaps, or just the first word.
        subjects: Those of `openers` that a verb follows, as in ``Rakuten deployed``.
        numbers: The numbers.
        negated: Keys of the terms that a negation turns round.
        negations: Number of negating words.
        acronyms: Keys of the terms written in two to six capitals.
        initials: First letters of all its words in lower case, in which an acronym may stand.
    """

    terms: tuple[Term, ...]
    names: frozenset[str]
    openers: frozenset[str]
    subjects: frozenset[str]
    numbers: tuple[Quantity, ...]
    negated: frozenset[str]
    negations: int
    acronyms: frozenset[str]
    initials: str

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the terms."""
        return frozenset(term.key for term in self.terms)


@lru_cache(maxsize=2048)
def analyse(text: str, language: str = "") -> Analysis:
    """Take a text apart; remembered, since the same passages are read for every sentence of an answer.

    Args:
        text: The text.
        language: Which of `LANGUAGES` it is read in; empty for English.
    """
    parts = list(tokens(text))
    numbers = quantities(text, parts)
    counted = {place for number in numbers for place in range(number.start, number.end)}
    terms: list[Term] = []
    names: set[str] = set()
    openers: set[str] = set()
    subjects: set[str] = set()
    heading = written_as_heading(parts) or (bool(language) and LANGUAGES[language].capitalises)
    for token in parts:
        if token.kind == "number" or token.start in counted:
            continue
        found = terms_of(token, text) if not language else terms_in(token, language)
        terms.extend(found)
        if found and token.text[0].isupper() and token.kind != "unspaced":
            inside = any(letter.isupper() for letter in token.text[1:]) and not heading
            starts = SENTENCE_START.search(text[max(0, token.start - 12) : token.start]) is not None
            if token.end - token.start > 1 and (inside or not (starts or heading)):
                names.add(found[0].key)
            else:
                openers.add(found[0].key)
                if not heading and not token.text.endswith("s") and VERB.match(text, token.end):
                    subjects.add(found[0].key)
    terms.extend(Term(f"month-{date.group(2)}", date.start(2), date.end(2)) for date in ISO_DATE.finditer(text))
    negated, negations = negation(text, parts, terms)
    opening = frozenset(openers - names)
    initials = "".join(token.text[0] for token in parts if token.kind == "word").lower()
    capitals = {token.text.lower() for token in parts if ACRONYM.fullmatch(token.text)}
    return Analysis(
        terms=tuple(terms),
        names=frozenset(names),
        openers=opening,
        subjects=opening & subjects,
        numbers=numbers,
        negated=negated,
        negations=negations,
        acronyms=frozenset(capitals & {term.key for term in terms}),
        initials=initials,
    )


def terms_of(token: Token, text: str) -> list[Term]:
    """Return the content terms of one token: none for a stop word, several for unspaced script."""
    if token.kind == "unspaced":
        run = token.text
        if len(run) == 1:
            return [Term(run, token.start, token.end)]
        return [Term(run[i : i + 2], token.start + i, token.start + i + 2) for i in range(len(run) - 1)]
    lowered = token.text.lower()
    if lowered in MONTHS and token.text[0].isupper() and (lowered not in {"may", "march"} or dates(token, text)):
        return [Term(MONTHS[lowered], token.start, token.end)]
    if token.kind == "acronym" or (token.text.isupper() and lowered in ALIASES):
        short = lowered.replace(".", "")
        return [Term(stem(word), token.start, token.end) for word in ALIASES.get(short, short).split()]
    plain = lowered.replace("’", "'").split("'")[0]
    if plain in STOP_WORDS or lowered in NEGATIONS or (len(plain) == 1 and not token.text.isupper()):
        return []
    return [Term(stem(token.text), token.start, token.end)]


def terms_in(token: Token, language: str) -> list[Term]:
    """Return the content term of one token in a language besides English: none for a function word.

    An article or a preposition that is written onto a word (``l'an``) is none of it.
    """
    if token.kind == "unspaced":
        return terms_of(token, token.text)
    word = re.split("['’]", token.text)[-1]
    lowered = word.lower()
    if lowered in function_words(language) or lowered in NEGATIONS or (len(word) == 1 and not word.isupper()):
        return []
    return [Term(stem_in(word, language), token.end - len(word), token.end)]


def dates(token: Token, text: str) -> bool:
    """Return whether a word stands where a month does: ``May 22``, ``22 May``, ``in May``."""
    before, after = text[max(0, token.start - 9) : token.start], text[token.end : token.end + 4]
    named = re.search(
        r"(?:\d(?:st|nd|rd|th)?|\b(?:in|of|since|until|by|from|during|last|early|late|mid))[\s-]$", before
    )
    return bool(named or re.match(r"[ ,.]{1,2}\d", after))


def written_as_heading(parts: Sequence[Token]) -> bool:
    """Return whether nearly every longer word is capitalised, so that capitals do not mark names."""
    words = [token.text for token in parts if token.kind == "word" and len(token.text) > 3]
    return len(words) >= 4 and sum(word[0].isupper() for word in words) >= 0.8 * len(words)


def negation(text: str, parts: Sequence[Token], terms: Sequence[Term]) -> tuple[frozenset[str], int]:
    """Return the keys that negations turn round wherever they stand, and how many negations there are."""
    negated: set[int] = set()
    before_denied: set[int] = set()
    count = 0
    places = sorted((term.start, index) for index, term in enumerate(terms))
    ends = [end.start() for end in CLAUSE_END.finditer(text)]
    for token in parts:
        if token.kind == "unspaced":
            denying = [token.start + i for i, letter in enumerate(token.text) if letter in NEGATING_CHARACTERS]
            count += len(denying)
            before_denied.update(denying)
            continue
        lowered = token.text.lower().replace("’", "'")
        if not (lowered in NEGATIONS or lowered.endswith("n't")):
            continue
        if ONLY_NEXT.match(text, token.end):  # not only ... but also
            continue
        count += 1
        following = bisect.bisect_left(places, (token.end,))
        stop = bisect.bisect_left(ends, token.end)
        limit = ends[stop] if stop < len(ends) else len(text)
        negated.update(index for place, index in places[following : following + NEGATION_REACH] if place < limit)
    negated.update(index for index, term in enumerate(terms) if term.start - 1 in before_denied)
    plain = {term.key for index, term in enumerate(terms) if index not in negated}
    return frozenset(terms[index].key for index in negated) - plain, count
