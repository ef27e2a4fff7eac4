"""Words, their stems, and the script and language they stand in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rag.terms.lexicon import IRREGULAR, LANGUAGE_WORDS

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Scripts that are compared by pairs of characters (Thai, Lao, Burmese, Khmer, Japanese, Chinese, Korean)."""

TOKEN = re.compile(
    rf"(?P<unspaced>[{UNSPACED}]+)"
    r"|(?P<number>\d+(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*)"
    r"|(?P<acronym>(?:[A-Z]\.){2,}|(?:[A-Z]\.)+[A-Z]\b)"
    rf"|(?P<word>[^\W\d_{UNSPACED}]+(?:[0-9]+|['’][^\W\d_]+)*)"
)

RAISED = re.compile(r"(?<![\w.,;)])[⁰¹²³⁴-⁹₀-₉]+")
"""Digits written small that stand where a number does, not where an exponent or a footnote does."""

SCRIPTS = {
    "han": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff]"),
    "hangul": re.compile("[\uac00-\ud7af]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "devanagari": re.compile("[\u0900-\u097f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f]"),
}
LETTER_WEIGHTS = {"han": 4, "hangul": 3, "thai": 2}
"""A character of these says more than a letter, and they are often mixed with Latin names."""

FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in LANGUAGE_WORDS.items()}

SUFFIXES = (
    ("ational", 4), ("ization", 4), ("isation", 4), ("iveness", 4), ("fulness", 4), ("ousness", 4), ("ations", 4),
    ("ation", 4), ("ments", 4), ("ement", 4), ("ment", 4), ("ously", 4), ("ively", 4), ("ingly", 3), ("edly", 3),
    ("ness", 4), ("ings", 3), ("ies", 3), ("ied", 3), ("ing", 3), ("ers", 4), ("ed", 3), ("er", 4), ("ly", 4),
    ("es", 3), ("s", 3),
)  # fmt: skip
"""Endings taken off, the longest first, and how many letters must be left, a vowel among them."""


class Token(NamedTuple):
    """A word, number or run of unspaced script as it stands; `kind` is the name of the pattern's group."""

    text: str
    kind: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` in order; punctuation is left out."""
    text = RAISED.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    for match in TOKEN.finditer(text):
        yield Token(match.group(), match.lastgroup or "word", match.start(), match.end())


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Return a lower-case word without accents, possessive, plural and common verbal and adverbial endings.

    Deliberately light: it joins ``announced`` with ``announces``; `alike` compares what it leaves apart.

    >>> stem("Pokémon"), stem("Pokemon")
    ('pokemon', 'pokemon')
    >>> stem("written") == stem("writes") == stem("write")
    True
    """
    word = word.lower().replace("’", "'").removesuffix("'s").replace("'", "").replace(".", "")
    word = word if word.isascii() else "".join(map(without_accent, word))
    if word in IRREGULAR:
        return stem(IRREGULAR[word])
    if len(word) <= 3:
        return word
    for suffix, least in SUFFIXES:
        rest = word[: -len(suffix)]
        if suffix == "ed" and word.endswith("eed"):
            continue
        if word.endswith(suffix) and len(rest) >= least and re.search("[aeiouy]", rest):
            return tidy(rest, suffix)
    return tidy(word, "")


def without_accent(letter: str) -> str:
    """Return a Latin letter without its accent, as people type it on another keyboard; any other letter as it is."""
    plain = unicodedata.normalize("NFD", letter)[:1]
    return plain if plain.isascii() else letter


def tidy(word: str, suffix: str) -> str:
    """Return what a suffix left, with a doubled consonant undone and a final ``e`` or ``y`` made alike."""
    if suffix == "s" and word.endswith("s"):
        return word + "s"
    if suffix in {"ies", "ied"}:
        return word + "i"
    if suffix in {"ed", "ing", "er", "ers"} and word[-1] == word[-2] and word[-1] not in "aeiouslz":
        return word[:-1]
    if word.endswith("e") and len(word) > 3:
        return word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def alike(first: str, second: str) -> float:
    """Return how alike two stems are: 1.0 the same, 0.7 a long common beginning, else 0.0."""
    if first == second:
        return 1.0
    shorter, longer = sorted((first, second), key=len)
    common = 0
    for one, other in zip(shorter, longer, strict=False):
        if one != other:
            break
        common += 1
    return 0.7 if common >= 5 and common >= 0.65 * len(longer) and first.isalpha() and second.isalpha() else 0.0


@lru_cache(maxsize=2048)
def script(text: str) -> str:
    """Return the script that most letters of `text` belong to; empty where it has no letters we know."""
    counts = {name: len(pattern.findall(text)) * LETTER_WEIGHTS.get(name, 1) for name, pattern in SCRIPTS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else ""


@lru_cache(maxsize=2048)
def language(text: str) -> str:
    """Return the language of Latin text by its commonest words; empty where they do not tell."""
    words = [token.text.lower() for token in tokens(text) if token.kind == "word"]
    counts = {name: sum(word in known for word in words) for name, known in FUNCTION_WORDS.items()}
    ranked = sorted(counts, key=lambda name: -counts[name])
    first, second = counts[ranked[0]], counts[ranked[1]]
    return ranked[0] if first >= 2 and first >= 1.5 * second and first >= 0.12 * len(words) else ""
