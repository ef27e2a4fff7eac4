"""A sentence that says of something that it is changed, whatever it was before: ``The fee is lowered to 6 euros``.

What is changed is named before its verb or behind it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.conflicts.changes import VERBS
from rag.conflicts.clauses import clauses
from rag.conflicts.days import NAMES
from rag.conflicts.overturned import CALLED_OFF, PLANS, UNSURE
from rag.terms import analyse, stem
from rag.terms.lexicon import listed

REJECTED = re.compile(
    r"\b(?:reject|declin|refus|oppos|voted? (?:against|down)|turn\w* down|withdr[ae]w|postpone[sd]? (?:the|a) decision"
    r"|motion|against)\w*",
    re.IGNORECASE,
)
"""What tells that a change was spoken of and did not come."""

DATE = (
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:of )?(?:{NAMES})\b\.?(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? \d{{4}})?"
    r"|\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}|\d{4}|[A-Z]\w+|now|today|tomorrow|next \w+|this \w+)"
)
SINCE = re.compile(
    r",? ?\b(?:with |taking )?(?:[Ff]rom|[Ss]ince|[Aa]s (?:of|from)"
    r"|(?:[Ee]ffect(?:ive)?|[Ss]tarting|[Bb]eginning)(?: from| on| as of)?)"
    rf" (?:the )?{DATE}(?: onwards?| on\b)?(?! to\b),?|,? ?\bwith immediate effect\b|\buntil further notice\b"
)
"""Since when something is so, which is no value of it; ``from 3 May to 5 June`` is one."""

HELP = r"\b(?:is|are|was|were|be|been|being|gets?|got)(?: (?:\w+ly|now|also|therefore|again|since|to be))* "
OBJECT = r"(?=(?:the|its|their|our|this|these|all)\b)"
ALTERED = r"(?:replac|doubl|halv|suspend|paus)(?:ed|es|ing|s|e)?\b"
CHANGES = re.compile(
    rf"(?P<passive>{HELP}(?:{VERBS.pattern}|{ALTERED}|(?:re)?set (?:at|to)\b|fixed at\b))"
    rf"|(?:{VERBS.pattern}|\b{ALTERED}) {OBJECT}"
    r"|(?P<moves>\b(?:goes|go|went|gone|rises?|rose|risen|falls?|fell|fallen|drops?|dropped|moves?|moved|changes?"
    r"|changed|increases?|increased|decreases?|decreased)\b(?= (?:up |down )?(?:to|by|from)\b))",
    re.IGNORECASE,
)
"""What is given another value: behind its name, before it, or of itself."""

UNDONE = re.compile(
    rf"{CALLED_OFF.pattern}"
    r"|\b(?:is|are|was|were)(?: now)? (?:put on hold|postponed|suspended|paused)\b(?! (?:to|from|until|by)\b)"
)
"""What is taken back, and nothing said in its place."""

ANEW = re.compile(r"\b(?:now|again|instead|henceforth|no longer)\b(?! of\b)", re.IGNORECASE)
BEING = re.compile(r"\b(?:is|are|was|were|will|may|can|has|have)\b", re.IGNORECASE)
OBJECT_ENDS = re.compile(r"\b(?:to|until|till|from|by|and|with)\b")
GENERIC = PLANS | frozenset(
    stem(word)
    for word in listed("board committee meeting council management decide decided agree agreed resolve resolved")
)
"""Words that say who changes something, and that it is a rule; not what it is."""


class Amendment(NamedTuple):
    """A change that a sentence tells.

    Attributes:
        thing: The words of what is changed.
        text: The sentence without since when.
        undone: Whether it is taken back and nothing said in its place.
        plain: Whether no verb tells it, but only a ``now`` or ``from May on``, so that the thing is all it says.
    """

    thing: frozenset[str]
    text: str
    undone: bool = False
    plain: bool = False


@lru_cache(maxsize=2048)
def read_amendment(text: str) -> Amendment | None:
    """Return the change that a sentence tells; None for most.

    >>> sorted(read_amendment("The minimum order is lowered to 6 kg from 1 June.").thing)
    ['minimum', 'order']
    >>> sorted(read_amendment("The board lowered the minimum order to 6 kg.").thing)
    ['minimum', 'order']
    >>> read_amendment("The ban on dogs is lifted.").undone
    True
    >>> read_amendment("A motion to lower the minimum order was rejected.")
    """
    if UNSURE.search(text) or REJECTED.search(text) or text.endswith("?"):
        return None
    said = SINCE.sub(" ", text).strip()
    undone, change, anew = UNDONE.search(said), CHANGES.search(said), ANEW.search(said)
    match = undone or change or anew
    if match is None:
        return Amendment(frozenset(), said, plain=True) if said != text else None
    ahead = (clauses(said[: match.start()]) or [""])[-1]
    ahead = BEING.split(ahead)[0] if match is anew else ahead
    behind = OBJECT_ENDS.split((clauses(said[match.end() :]) or [""])[0])[0]
    intransitive = match is anew or (change is match and (change["passive"] or change["moves"])) or undone is match
    has_object = re.match(OBJECT, said[match.end() :].lstrip(), re.IGNORECASE) is not None
    words = behind if has_object and (match is undone or not intransitive) else ahead
    thing = frozenset(key for key in analyse(words).keys - GENERIC if not key.startswith("month-"))
    if match is anew and not thing:
        return Amendment(frozenset(), said, plain=True)
    return Amendment(thing, said, undone is not None) if thing else None
