"""Where a claim says more than its source: all for most, an exact number for a bound, or the other way round.

All of it is about wording that overlap cannot see, since both statements have the same content words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rag.terms.analysis import analyse
from rag.terms.proportions import proportion_differs
from rag.terms.words import stem

ANYONE = re.compile(r"\b(?:anyone|anybody|everyone|everybody)\b", re.IGNORECASE)
ONLY = re.compile(r"\b(?:only|solely|exclusively|nobody but|no one but|none but)\b(?! (?:\$|€|£)?\d)", re.IGNORECASE)
OPENING_ONLY = re.compile(r"\W*(?P<only>only)\b(?! (?:if|when|after|once|then)\b)", re.IGNORECASE)
LONE = re.compile(r"\b(?:only|solely|exclusively|alone|single|sole|just|no other|nobody|no one|none)\b", re.IGNORECASE)
ALL_OF = re.compile(
    r"(?<!almost )(?<!nearly )(?<!not )\b(?:all|every|each)(?: (?:of|the|its|their|one))* (?P<noun>[a-z]+)",
    re.IGNORECASE,
)
MOST_OF = re.compile(
    r"\b(?:most|many|several|half|a majority|nearly all|almost all|almost every|nearly every|a few|few)"
    r"(?: (?:of|the|its|their))* (?P<noun>[a-z]+)",
    re.IGNORECASE,
)

ABOVE = "over|more than|at least|upwards of|exceeding|above|no fewer than|no less than|in excess of"
BELOW = "nearly|almost|up to|at most|under|less than|below|fewer than|no more than|just short of|close to"
EXACT = "exactly|precisely"
BOUND = re.compile(
    rf"\b(?:(?P<above>{ABOVE})|(?P<below>{BELOW})|(?P<exact>{EXACT})|(?P<about>about|around|approximately|roughly))"
    r" (?:(?:the|a|an|its|some) )?(?:[$€£])?(?P<number>\d[\d,.]*\d|\d)",
    re.IGNORECASE,
)

SOME_NOT = re.compile(r"\b(?:except|but|apart from|other than)\b", re.IGNORECASE)
VOTED = re.compile(r"\bvot(?:ed|es?|ing) (?:(?P<against>against)|for|in favou?r)\b", re.IGNORECASE)

COMPARISON = re.compile(r"\b(?P<word>[a-z]{2,}er|more|less|fewer|better|worse)\b[^,;.]{0,40}?\bthan\b", re.IGNORECASE)
COMPARED_END = re.compile(r"[,;.]")
COMPARED_CHARACTERS = 200
"""How far from the comparative stands what is compared, at most; a comma, semicolon or full stop ends it sooner."""

COMPARISONS_MOST = 8
"""Comparisons of a text that are looked at: no honest sentence has more."""

OPPOSED = [
    words.split()
    for words in (
        "older younger", "larger smaller", "bigger smaller", "higher lower", "more less", "more fewer",
        "faster slower", "better worse", "earlier later", "longer shorter", "heavier lighter", "stronger weaker",
        "richer poorer", "cheaper dearer", "taller shorter", "warmer colder", "hotter colder", "greater smaller",
        "greater less", "newer older", "wider narrower", "deeper shallower", "nearer farther", "closer farther",
        "harder easier",
    )
]  # fmt: skip
TURNED = frozenset((one, other) for pair in OPPOSED for one, other in (pair, pair[::-1]))
"""Comparatives and their opposites."""


class Comparison(NamedTuple):
    """``Ann is older than Bob``: the comparative, and the content words on either side."""

    word: str
    before: frozenset[str]
    behind: frozenset[str]


def overstated(claim: str, source: str) -> str:
    """Return the words by which the source says less than the claim; empty for none.

    The claim opens with an ``only`` of its own.
    """
    only = OPENING_ONLY.match(claim)
    return f"“{only.group('only')}” is not in the source" if only and not LONE.search(source) else ""


def contradicted(claim: str, source: str) -> str:
    """Return how a claim turns the source's extent, bound or comparison round; empty where it does not."""
    return (
        extent_differs(claim, source)
        or bound_differs(claim, source)
        or comparison_differs(claim, source)
        or vote_differs(claim, source)
        or proportion_differs(claim, source)
    )


def extent_differs(claim: str, source: str) -> str:
    """Return the words where one says all, or anyone, and the other most of the same, or only some."""
    only, anyone = ONLY.search(source), ANYONE.search(claim)
    if only and anyone and not ONLY.search(claim):
        return f"{anyone.group()}, where the source says {only.group()}"
    for first, second in ((ALL_OF, MOST_OF), (MOST_OF, ALL_OF)):
        theirs = {stem(match["noun"]): match.group() for match in second.finditer(source)}
        own = {stem(match["noun"]) for match in first.finditer(source)}
        for match in first.finditer(claim):
            noun = stem(match["noun"])
            if noun in theirs and noun not in own:
                return f"{match.group()}, where the source says {theirs[noun]}"
    return ""


def bound_differs(claim: str, source: str) -> str:
    """Return the words where a number is a lower bound in one and an upper bound, or exact, in the other."""
    theirs = {match["number"].replace(",", ""): match for match in BOUND.finditer(source)}
    for match in BOUND.finditer(claim):
        other = theirs.get(match["number"].replace(",", ""))
        if other is None:
            continue
        kinds = {kind_of(match), kind_of(other)}
        if kinds == {"above", "below"} or ("exact" in kinds and len(kinds) == 2):
            return f"{match.group()}, where the source says {other.group()}"
    return ""


def vote_differs(claim: str, source: str) -> str:
    """Return the side of a vote that the claim exchanges; empty where both sides are told of, or neither.

    >>> vote_differs("Most voted in favour.", "Most voted against the motion.")
    'voted in favour, where the source says voted against'
    """
    ours, theirs = list(VOTED.finditer(claim)), list(VOTED.finditer(source))
    if len({bool(match["against"]) for match in theirs}) != 1 or not ours or SOME_NOT.search(source):
        return ""
    turned = next((match for match in ours if bool(match["against"]) != bool(theirs[0]["against"])), None)
    return f"{turned.group()}, where the source says {theirs[0].group()}" if turned else ""


def kind_of(match: re.Match[str]) -> str:
    """Return what kind of bound was found."""
    return next(kind for kind in ("above", "below", "exact", "about") if match[kind])


@lru_cache(maxsize=2048)
def comparisons(text: str) -> tuple[Comparison, ...]:
    """Return what a text compares, in order; of a text that compares again and again, the first few."""
    found: list[Comparison] = []
    position = 0
    while len(found) < COMPARISONS_MOST and (match := COMPARISON.search(text, position)):
        before, behind = stretch_before(text, match.start()), stretch_behind(text, match.end())
        found.append(Comparison(match["word"].lower(), analyse(before).keys, analyse(behind).keys))
        position = match.end() + len(behind)
    return tuple(found)


def stretch_before(text: str, position: int) -> str:
    """Return what of one clause stands before a place."""
    begin = max(0, position - COMPARED_CHARACTERS)
    return COMPARED_END.split(text[begin:position])[-1]


def stretch_behind(text: str, position: int) -> str:
    """Return what of one clause stands behind a place."""
    return COMPARED_END.split(text[position : position + COMPARED_CHARACTERS], maxsplit=1)[0]


def comparison_differs(claim: str, source: str) -> str:
    """Return the words where both compare the same two things, and the other way round."""
    for ours in comparisons(claim):
        for theirs in comparisons(source):
            turned = (ours.word, theirs.word) in TURNED
            if not turned and ours.word != theirs.word:
                continue
            swapped = bool(
                (ours.before - theirs.before) & theirs.behind and (ours.behind - theirs.behind) & theirs.before
            )
            same = not swapped and bool(ours.before & theirs.before and ours.behind & theirs.behind)
            if (swapped and not turned) or (same and turned):
                return "the comparison is the other way round in the source"
    return ""
