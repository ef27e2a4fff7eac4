"""Text to plain words, the same for a chunk and for a question.

`spell_out` rewrites any text so that splitting at whatever is no letter and no digit gives its terms. What a splitter
for English alone would lose is written out beside the text:

- codes and identifiers stand whole as well as in parts: ``CVE-2025-1234``, ``3.7``, ``snake_case``, ``camelCase``,
  ``C++``. Written together, so that ``GPT-4o`` and ``GPT4o``, ``snake_case`` and ``snakeCase`` are one term;
- scripts without spaces between words (Chinese, Japanese, Thai ...) become single characters and overlapping pairs,
  as Lucene's CJKBigramFilter makes them (with ``outputUnigrams``); Korean too, whose endings cling to the words;
- letters are folded (NFKC, accents, case): ``Café`` is ``cafe``, ``Straße`` is ``strasse``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_STOP_WORDS = """
a about an and any are as at be been but by can could did do does for from had has have he her his how i if in into is
it its me my no not of on or our she should such that the their them then there these they this to was we were what
when where which who whom whose why will with would you your
"""
QUESTION_STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that are not searched for, unless a question has no others. Chunks keep them."""

WHOLE_MAX_CHARACTERS = 64
"""A longer run (a path, a base64 blob) is indexed in parts only."""

DIGITS_JOINED_BY = "\u02d1"
"""Stands for the mark between two digits, so that 3.7 is not 37; a letter to Unicode, and rare in texts."""

_APOSTROPHE = re.compile(r"[\u2019\u02bc]")
_POSSESSIVE = re.compile(r"(?<=\w)'[sS]\b")
_PUNCTUATION = ".,;:!?()[]{}\"'`*|"
_COMPOUND = re.compile(r"[^\W_]+(?:(?:[-.,'\u2010\u2011]|__?)[^\W_]+)+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARK = re.compile(r"[\W_]+")
_MARK_IN_NUMBER = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_ALPHANUMERIC = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_LANGUAGE_NAME = re.compile(r"(?<!\w)([A-Za-z])(\+\+|#)(?!\w)")
_LANGUAGE_MARK = {"++": "plusplus", "#": "sharp"}
_DROPPED = re.compile(r"[\u0300-\u036f\ud800-\udfff]+")  # accents; lone surrogates, which no index takes
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    r"\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # kana
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    r"\uac00-\ud7af]+"  # Hangul
)


def spell_out(text: str) -> str:
    """Return `text` folded, with its codes, identifiers and unspaced scripts written out as words."""
    plain = text if text.isascii() else _APOSTROPHE.sub("'", unicodedata.normalize("NFKC", text))
    if "'" in plain:
        plain = _POSSESSIVE.sub("", plain)
    odd = " ".join(word for word in plain.split() if not _is_ordinary(word.strip(_PUNCTUATION)))
    if odd:
        plain = " ".join((plain, *_written_out(odd)))
    return plain.lower() if plain.isascii() else _folded(plain)


def _is_ordinary(word: str) -> bool:
    """Return whether a word has nothing to write out; most have not, and this is the quick way to see it."""
    return word.isalnum() and (word.islower() or word.istitle() or word.isupper() or word.isdigit())


def _written_out(odd: str) -> Iterator[str]:
    """Yield what stands beside the text for these words: compounds whole, humps apart, ``C++`` in letters."""
    for match in _COMPOUND.finditer(odd):
        yield _whole(match.group())
    for match in _ALPHANUMERIC.finditer(odd):
        parts = _HUMP.split(match.group())
        if len(parts) > 1:
            yield " ".join(parts)
    for match in _LANGUAGE_NAME.finditer(odd):
        yield match[1] + _LANGUAGE_MARK[match[2]]


def _whole(compound: str) -> str:
    """Return a compound as one word."""
    if len(compound) > WHOLE_MAX_CHARACTERS:
        return ""
    return _MARK.sub("", _MARK_IN_NUMBER.sub(DIGITS_JOINED_BY, _THOUSANDS.sub("", compound)))


def _folded(text: str) -> str:
    """Return `text` without case and accents, unspaced scripts as characters and pairs."""
    unaccented = _DROPPED.sub("", unicodedata.normalize("NFD", text.casefold()))
    return _UNSPACED.sub(_grams, unicodedata.normalize("NFC", unaccented))


def _grams(match: re.Match[str]) -> str:
    """Return the characters and the overlapping pairs of an unspaced run, spaced."""
    run = match.group()
    pairs = (run[at : at + 2] for at in range(len(run) - 1))
    return f" {' '.join(run)} {' '.join(pairs)} "
