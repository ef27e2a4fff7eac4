"""What a sentence says has changed: ``moved from Room 4 to the hall``, ``Osprey instead of Hallmark``.

Such a sentence names what was and what is. A source that still says what was is overturned by it, in whatever words
it says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

VERBS = re.compile(
    r"\b(?:mov|rais|lower|increas|decreas|reduc|extend|shorten|postpon|chang|switch|relocat|transferr?|shift|delay|lift"
    r"|adjourn|reschedul|renam|downgrad|upgrad|revis|amend)(?:ed|es|ing|s|e)?\b"
    r"|\b(?:cut|cuts|put (?:back|up|off)|brought (?:forward|back)|(?:go|goes|went|gone) (?:up|down)|ris(?:e|es|en)|rose"
    r"|fall(?:s|en)?|fell)\b",
    re.IGNORECASE,
)
"""What is said where something that stood at one value is given another; growing by itself is none."""

WORDS = r"(?:[^,;:.()]|(?<=\d)[.,](?=\d)|(?<=\b(?:Dr|Mr|Ms|St))\.)"
ENDS = (
    r"(?=\s*(?:[,;:.()](?!\d)|$)|\s(?:because|since|as|after|when|for|per|in order|with|and|due|owing|from|until|this"
    r"|next|starting|beginning|effective|in (?:19|20)\d\d)\b)"
)
AUXILIARY = r"(?:(?:has|have|had|will|was|is|are|were|be|been|now|also) )*"
PREPOSITIONS = r"(?:from|by|in|at|with|to|on|of|for)"
FORMS = tuple(
    (re.compile(cue, re.IGNORECASE), re.compile(form, re.IGNORECASE))
    for cue, form in (
        (r"\bfrom\b.* to\b", rf"\bfrom (?P<old>{WORDS}{{1,60}}?) to (?P<new>{WORDS}{{1,60}}?){ENDS}"),
        (
            r"\b(?:instead of|rather than|in place of)\b",
            rf"(?:\b(?:{PREPOSITIONS}|uses?|buys?|is|are|be) (?:the )?"
            rf"(?P<new>(?:(?!{PREPOSITIONS} )[^\s,;:.()]+ ){{0,4}}?[^\s,;:.()]+),? )?"
            rf"(?:instead of|rather than|in place of) (?:{PREPOSITIONS} )?(?P<old>{WORDS}{{1,60}}?){ENDS}",
        ),
        (
            r"\b(?:replaced|succeeded|superseded) by\b",
            rf"(?P<old>{WORDS}{{1,60}}?) (?:is|are|was|were|has been|have been|will be) "
            rf"(?:replaced|succeeded|superseded) by (?P<new>{WORDS}{{1,60}}?){ENDS}",
        ),
        (
            r"\b(?:replace|succeed|supersede)[sd]?|\b(?:takes?|took|taken) over\b",
            rf"(?P<new>{WORDS}{{1,60}}?) {AUXILIARY}(?:replace[sd]?|succeed(?:s|ed)?|supersede[sd]?"
            rf"|(?:takes?|took|taken) over (?:[a-z]+ ){{0,4}}?from) (?!by\b)(?P<old>{WORDS}{{1,60}}?){ENDS}",
        ),
        (
            r"\b(?:previously|formerly|until now|(?:up|down) from)\b",
            rf"(?P<new>{WORDS}{{1,60}}?)(?:[ ,(]+(?:previously|formerly|until now)|[,(] ?(?:up|down) from) "
            rf"(?P<old>{WORDS}{{1,40}}?){ENDS}",
        ),
        (
            r"\b(?:hands?|handed)\b",
            rf"(?P<old>{WORDS}{{1,60}}?) {AUXILIARY}(?:hands?|handed) (?:over )?(?:[a-z]+ ){{0,6}}?(?:over )?to "
            rf"(?P<new>{WORDS}{{1,60}}?){ENDS}",
        ),
    )
)
"""What was and what is, in the ways of saying so, each behind the words without which it is not tried."""

NEEDS_VERB = 1
"""Of the forms, so many count beside a verb of `VERBS` only: trains run from one place to another."""

LONGEST_CHARACTERS = 400
"""A sentence of more is a list or a table, and no statement of a change."""


class Change(NamedTuple):
    """What was and what is, as written; ``new`` is empty where the sentence does not put it plainly."""

    old: str
    new: str


NO_CHANGE = Change("", "")


@lru_cache(maxsize=2048)
def read_changes(text: str) -> tuple[Change, ...]:
    """Return what a sentence says has changed; empty for most.

    >>> read_changes("The fee was raised from 14 to 16 euros.")
    (Change(old='14', new='16 euros'),)
    >>> read_changes("We buy our flour from Osprey Grain instead of Hallmark Mills.")
    (Change(old='Hallmark Mills', new='Osprey Grain'),)
    >>> read_changes("Mara Lind succeeded Jonas Berg as head of the archive.")
    (Change(old='Jonas Berg', new='Mara Lind'),)
    >>> read_changes("The train goes from Leeds.")
    ()
    """
    return tuple(dict.fromkeys(found_in(text)))


def found_in(text: str) -> Iterator[Change]:
    """Yield the changes of a text, form by form."""
    if len(text) > LONGEST_CHARACTERS:
        return
    for index, (cue, form) in enumerate(FORMS):
        if cue.search(text) is None or (index < NEEDS_VERB and VERBS.search(text) is None):
            continue
        for match in form.finditer(text):
            yield Change(match["old"].strip(), (match["new"] or "").strip())
