"""A document that says that it replaces another one: ``This policy replaces the phone policy of September 2023``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.conflicts.dates import DocumentDate
from rag.terms import analyse, bag, carries_or_means, stem
from rag.terms.lexicon import listed
from rag.terms.periods import read_periods

KINDS = frozenset(
    stem(word)
    for word in listed(
        """policy document version edition revision issue guideline guide rule regulation instruction procedure manual
        handbook list agreement contract plan letter circular notice order decision standard text page previous earlier
        old former older prior existing valid effective date dated titled number"""
    )
)
"""Words for a document that do not tell which one."""

REPLACING = frozenset(
    stem(word) for word in listed("replace replaces supersede supersedes cancel cancels override new present")
)
SUPERSEDES = re.compile(
    r"(?:^|[.:;,]\s|\band )(?:it |(?:this|these|the (?:present|new)) (?:[a-z-]+ ){0,3}?)"
    r"(?:also |hereby |fully |completely |entirely |therefore |and )*"
    r"(?:replaces?|supersedes?|cancels? and replaces?|takes? the place of|overrides?)\s(?P<old>[^;:()]{2,120}?)"
    r"\s*(?:[.;:()](?!\d)|$)",
    re.IGNORECASE,
)
VERSION = re.compile(
    r"(?<![a-z])(?:version|edition|revision|issue|rev\.?|v)[ ._-]?(?P<number>\d+(?:\.\d+)*)(?![\d-])",
    re.IGNORECASE,
)
EARLIER = re.compile(r"\b(?:earlier|previous|prior|former|old|older|preceding|existing|last)\b", re.IGNORECASE)


@lru_cache(maxsize=2048)
def superseded_by(text: str) -> str:
    """Return what a sentence says that its document replaces, as written; empty for most.

    >>> superseded_by("This policy replaces the phone policy of September 2023.")
    'the phone policy of September 2023'
    >>> superseded_by("The new pump replaces the old one.")
    ''
    """
    match = SUPERSEDES.search(text)
    if match is None:
        return ""
    subject = analyse(match.group()[: match.start("old") - match.start()])
    # Of a document, not of a pump: its subject says no more than what kind of document it is.
    of_document = all(key in KINDS or stem("replaces") == key or key in REPLACING for key in subject.keys)
    return match["old"].strip() if of_document else ""


def is_superseded(
    old: str, names: tuple[Sequence[str], Sequence[str]], dates: tuple[DocumentDate | None, DocumentDate | None]
) -> bool:
    """Return whether what is replaced is a document of these names.

    A date or a version that is said must be its own; where neither is, both documents must be dated, and it the
    earlier. What else is said of it must stand in its name; where nothing is, its name must be that of the other one.

    Args:
        old: What is replaced, as written.
        names: Title, headings and source of the document, and those of the one that replaces it.
        dates: When each was written.
    """
    called = ". ".join(names[0])
    words = [key for key in analyse(old).keys - KINDS if not key.startswith("month-")]
    if not (carries_all(called, words) if words else are_akin(called, ". ".join(names[1]))):
        return False
    periods, version = read_periods(old), VERSION.search(old)
    theirs, ours = dates
    if version:
        return any(found["number"] == version["number"] for found in VERSION.finditer(called))
    if periods:
        own = [*read_periods(called), *([theirs.period] if theirs else [])]
        return any(said.holds(other) or other.holds(said) for said in periods for other in own)
    return bool(theirs and ours and theirs.is_before(ours) and (words or EARLIER.search(old)))


def carries_all(text: str, keys: Sequence[str]) -> bool:
    """Return whether a text has all these words."""
    return all(carries_or_means(bag(text), key) for key in keys)


def are_akin(called: str, other: str) -> bool:
    """Return whether two documents share a word of their names that tells of what they are."""
    own = [key for key in analyse(called).keys - KINDS if not key.startswith("month-")]
    return any(bag(other).credit(key) > 0 for key in own)
