"""The clauses of a sentence: where a denial ends, and whether it is one at all."""

from __future__ import annotations

import itertools
import re

CLAUSE = re.compile(
    r"[,;:.!?()—](?!\d)"
    r"|\b(?:but|because|since|as|if|unless|although|though|after|when|while|for want of|due to|owing to)\b",
    re.IGNORECASE,
)
CONDITIONAL = re.compile(r"\W*(?:if|unless|whether|although|though|when|while)\b", re.IGNORECASE)
"""Opens a clause that says nothing of its own."""

LIMITED = re.compile(
    r"\b(?:only|if|unless|except|until|before|after|between|at least|at most|other|further|additional)\b", re.IGNORECASE
)
"""What makes a case of its own of what is said: what is said of the rest contradicts it in nothing."""


def clauses(text: str) -> list[str]:
    """Return the clauses of a sentence, each with the word that opens it; ``27,500`` is not parted.

    >>> clauses("The shop will not open, because the rent of 27,500 euros is too high.")
    ['The shop will not open', ', ', 'because the rent of 27,500 euros is too high', '.']
    """
    cuts = [0, *(match.start() for match in CLAUSE.finditer(text)), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(cuts) if start < end]


def limits_of(text: str) -> frozenset[str]:
    """Return the words of a sentence that make a case of its own of what it says, in lower case."""
    return frozenset(match.group().lower() for match in LIMITED.finditer(text))
