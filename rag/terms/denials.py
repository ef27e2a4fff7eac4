"""What one text denies and another says otherwise: ``did not approve`` and ``rejected``, ``all except for cats``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.terms.analysis import analyse
from rag.terms.assertions import DENIAL
from rag.terms.contrasts import OPPOSITES, is_denied_by_un
from rag.terms.matching import bag
from rag.terms.words import stem, tokens

NOT = r"(?:\s+not|n['’]t)"
DENIED_VERB = re.compile(rf"\b(?:do|does|did){NOT}\s+(?=\w)", re.IGNORECASE)
DENIED_STATE = re.compile(
    rf"\b(?P<kept>is|are|was|were|be|been|has|have|had|will|would|can|could|may|might|must|shall|should){NOT}\s+(?=\w)",
    re.IGNORECASE,
)
DENIED_WHOLE = re.compile(re.escape(DENIAL))
"""How an answer of no more than ``No.`` is judged."""

EXCEPTED = re.compile(
    r"\b(?:except(?:ing)?(?: for)?|excluding|apart from|other than|with the exception of)\s+"
    r"(?P<what>(?:(?!\b(?:is|are|was|were|has|have|had|will|can|may|must|shall|should)\b)[^,;.:()])+)",
    re.IGNORECASE,
)
"""What is excepted: up to the verb, where that follows."""


def say_by_opposite(claim: str, sources: Sequence[str]) -> str:
    """Return a claim that denies something as one that affirms its opposite, where a sentence has the word for that.

    What is said of the opposite denies the word, never the other way round: who lost did not win.

    >>> say_by_opposite("The board did not approve it.", ["The board rejected it."])
    'The board rejected it.'
    >>> say_by_opposite("It is not so that the bridge safe", ["The bridge is unsafe."])
    'the bridge unsafe'
    >>> say_by_opposite("The board did not approve it.", ["The board approved it."])
    ''
    """
    whole = DENIED_WHOLE.match(claim)
    found = whole or DENIED_VERB.search(claim) or DENIED_STATE.search(claim)
    if found is None or analyse(claim).negations != 1:
        return ""
    kept = f"{found['kept']} " if found.re is DENIED_STATE else ""
    head, rest = claim[: found.start()] + kept, claim[found.end() :]
    for token in tokens(rest):
        other = opposite_in(sources, token.text) if token.kind == "word" else ""
        if other:
            return head + rest[: token.start] + other + rest[token.end :]
        if whole is None and analyse(token.text).terms:
            return ""  # What is denied is the first word of content.
    return ""


def opposite_in(sources: Sequence[str], word: str) -> str:
    """Return the word that is the opposite of another, as it stands in a sentence that has not both; empty for none."""
    sought = stem(word)
    others = frozenset().union(*(pair[1 - side] for pair in OPPOSITES for side in (0, 1) if sought in pair[side]))
    for source in sources:
        if bag(source).credit(sought):
            continue
        for token in tokens(source):
            own = stem(token.text) if token.kind == "word" else ""
            by_un = (f"un{sought}" == own and is_denied_by_un(sought)) or (
                f"un{own}" == sought and is_denied_by_un(own)
            )
            if own and own != sought and (own in others or by_un):
                return token.text
    return ""


def is_excepted(claim: str, source: str) -> bool:
    """Return whether a claim denies of something what a source says of all but that.

    >>> is_excepted("Cats are not allowed.", "Pets are allowed except for cats.")
    True
    >>> is_excepted("Dogs are not allowed.", "Pets are allowed except for cats.")
    False
    """
    found, target = EXCEPTED.search(source), analyse(claim)
    if found is None or target.negations != 1 or analyse(source).negations:
        return False
    held, rest = bag(found["what"]), bag(source[: found.start()] + source[found.end() :])
    subjects = frozenset(key for key in target.keys if held.credit(key))
    said = target.keys - subjects
    denied = frozenset() if DENIED_WHOLE.match(claim) else subjects & target.negated
    return bool(subjects and said) and all(rest.credit(key) for key in said) and not denied
