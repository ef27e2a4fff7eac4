"""Where two statements of the same words part: opposite words, exceptions, swapped roles, clauses of their own."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rag.terms.analysis import Analysis, analyse
from rag.terms.courses import courses_of
from rag.terms.matching import bag, unique
from rag.terms.words import stem, tokens

OPPOSITES = tuple(
    tuple(frozenset(stem(word) for word in side.split()) for side in pair.split("/"))
    for pair in (
        "rise rose risen raise increase grow gain climb / fall fell fallen decrease reduce decline drop lower shrink",
        "before / after", "most maximum max / least minimum min", "maximum / minimum", "buy bought / sell sold",
        "join / leave left", "cause / prevent", "must shall / may optional", "more over exceed / less fewer",
        "above exceed over / below under", "first / last", "open opened / close closed shut", "start begin / stop end",
        "win won / lose lost", "accept approve / reject", "include including / exclude excluding except",
        "allow permit / forbid prohibit ban", "within / after", "success succeed / fail", "with / without",
        "all every always entirely / some few sometimes partly", "hot / cold", "arrive / depart",
        "enable / disable", "pass passed adopt adopted / reject rejected veto vetoed",
    )
)  # fmt: skip
"""Words of which one cannot stand for the other."""

UN_STEM_LEAST = 3
UN_OTHERWISE = frozenset(("ion", "til", "der", "less"))
"""What ``un`` does not deny though the two make a word."""

LONGEST = 200
"""Words and numbers of a text up to which it is compared in detail: longer ones are no single statement."""

REACH = 3
"""Terms on either side of a word that say of what it is said."""

EXCEPTIONS = re.compile(
    r"\b(?:without|unless|except|excluding|apart from|only if|other than"
    r"|(?<=\bevery\s)\w+ but|(?<=\ball\s)\w+ but|(?<=\bany\s)\w+ but|every(?:one|thing) but|all but(?! certain))\b",
    re.IGNORECASE,
)
DISTANCE = re.compile(
    r"\b(?:(?:it|this|that) is (?:false|untrue|a myth|not true)|false that|untrue|rumou?red|rumou?rs? that"
    r"|myth(?=:)|misconception|(?:debunk|refut|disprov)ed|hoax"
    r"|(?:falsely|wrongly|mistakenly|incorrectly|erroneously) (?:claim|sa[iy]|report|believ|stat|assum)\w*"
    r"|alleged(?:ly)?|allegations?|supposedly|according to nobody|contrary to|unproven|unconfirmed)\b",
    re.IGNORECASE,
)
"""What takes back the statement that it stands in."""

VERB_FORM = (
    r"(?:[a-z]+ed|is|are|was|were|has|had|have|will|can|must|went|won|sold|bought|left|became|made|took|got|"
    r"gave|lost|kept|built|found|held|paid|rose|fell|led)\b"
)
CLAUSE = re.compile(
    rf"[;:]\s+|,\s+(?:and|but|while)\s+|(?<!\s)\s++and\s+(?=(?:\w+ly |later |then |also |not )*{VERB_FORM})"
    r"|(?<!\s)\s++and\s+(?=(?:he|she|it|they)\s)",
)
RELATIVE = re.compile(r",\s*(?:who|which|whose)\s+([^,;]*)")
"""A clause thrown in; it ends at the next comma."""

BIDDING = re.compile(r" (?:the|a|an|your)\b")
"""What follows the verb that opens a sentence which bids to do something."""

OURS_KEPT = 0.8
THEIRS_KEPT = 0.6
"""Shares of the claim's and the source's words that both must have before their order is compared."""

SLOT = 2
"""Words of the source in whose place the claim may put others."""

PIVOT_BEFORE = re.compile(r"\b(?:will|shall|must|may|can|could|should|would|to|not|did|does|do)\s+$")
PIVOT_AFTER = re.compile(r"\s+(?:the|a|an|from|into|to|on|by|in)\s")


CLAUSE_TERMS = 2
CLAUSE_SHARE = 0.34
VERB_CLAUSE_SHARE = 0.7
SHORT_CLAUSE = 3
"""A further clause of at least so many words of which the source has less than this share is not in the source; more
is asked of a short one where the source lacks the very verb that opens it."""


class Item(NamedTuple):
    """A content word or number in the order of a text."""

    key: str
    start: int
    end: int


def items(analysis: Analysis) -> list[Item]:
    """Return terms and numbers together, in order of place."""
    numbers = [Item(f"#{number.value:g} {number.unit}", number.start, number.end) for number in analysis.numbers]
    return sorted([*(Item(*term) for term in analysis.terms), *numbers], key=lambda item: item.start)


def first(text: str, around: Sequence[Item], wanted: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Return the first few of `surroundings`: no honest sentence says the same word more often."""
    return list(itertools.islice(surroundings(text, around, wanted), 4))


def surroundings(text: str, around: Sequence[Item], wanted: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the words of `text` whose stem is wanted, each with the keys near it."""
    starts = [item.start for item in around]
    for token in tokens(text):
        if token.kind == "word" and stem(token.text) in wanted:
            index = bisect.bisect_left(starts, token.start)
            near = [item.key for item in around[max(0, index - REACH) : index + REACH + 1] if item.start != token.start]
            yield token.text, frozenset(near)


@lru_cache(maxsize=4096)
def stems_of(text: str) -> frozenset[str]:
    """Return the stems of all words, stop words included."""
    return frozenset(stem(token.text) for token in tokens(text) if token.kind == "word")


def is_denied_by_un(word: str) -> bool:
    """Return whether ``un`` before the stem of a word makes its opposite: not in ``until``."""
    return len(word) >= UN_STEM_LEAST and word not in UN_OTHERWISE


def opposite(claim: str, sources: Sequence[str]) -> str:
    """Return the word of the claim and its opposite in the source, said of the same; empty where there is none.

    Of the same: more of the words around it stand around the opposite than around the word itself.
    """
    words, known = stems_of(claim), frozenset().union(*(stems_of(source) for source in sources))
    denied = [word for word in sorted(words | known) if is_denied_by_un(word) and "un" + word in words | known]
    pairs = [*OPPOSITES, *((frozenset({word}), frozenset({"un" + word})) for word in denied)]
    target = items(analyse(claim))
    sources = [source for source in sources if max(len(claim), len(source)) <= LONGEST * REACH * 4]
    for pair in pairs:
        for same, other in (pair, pair[::-1]):
            if not (words & same and known & other):
                continue
            for word, near in first(claim, target, same - other):
                best, rival, opposed = 0, 0, ""
                for source in sources:
                    around = items(analyse(source))
                    best = max([best, *(1 + len(near & keys) for _, keys in first(source, around, same))])
                    for text, keys in first(source, around, other - same):
                        if len(near & keys) > rival:
                            rival, opposed = len(near & keys), text
                if rival >= max(best, min(2, len(near)), 1):
                    return f"{word}, where the source says {opposed}"
    return ""


def takes_back(claim: str, sources: Sequence[str]) -> str:
    """Return the word that takes a statement back or excepts something from it in only one of both; else empty.

    In a source it counts where it stands before what the claim repeats, or right behind it, in one clause.
    """
    joined = " ".join(sources)
    for pattern in (DISTANCE, EXCEPTIONS):
        said, found = pattern.search(claim), pattern.search(joined)
        if said and not found:
            return said.group()
        if found and not said and sources:
            match = pattern.search(sources[0])
            if match is None:
                continue
            keys = analyse(claim).keys
            places = [term.start for term in analyse(sources[0]).terms if term.key in keys]
            between = sources[0][max([place for place in places if place < match.start()], default=0) : match.start()]
            if not re.search(r"[,;:(]", between):
                return match.group()
    return ""


def clauses(claim: str) -> list[str]:
    """Return the claim's clauses, the main one first, what is thrown in last."""
    thrown_in = [match.group(1) for match in RELATIVE.finditer(claim)]
    rest = RELATIVE.sub(" ", claim)
    return [part for part in (*CLAUSE.split(rest), *thrown_in) if part.strip(" ,.")]


def order_differs(claim: str, source: str) -> bool:
    """Return whether two statements of the same words have two of them exchanged around a verb, or two numbers.

    Only words that stand once in both are looked at; a passive in one of them turns the order round.
    """
    ours, theirs = items(analyse(claim)), items(analyse(source))
    if max(len(ours), len(theirs)) > LONGEST or same_course(claim, source):
        return False
    places = {item.key: index for index, item in enumerate(theirs)}
    own = [item.key for item in ours]
    kept = [item for item in ours if item.key in places and own.count(item.key) == 1]
    if len(kept) < 2 or len(kept) < OURS_KEPT * len(ours) or len(kept) < THEIRS_KEPT * len(theirs):
        return False
    order = [places[item.key] for item in kept]
    moved = [index for index, (place, due) in enumerate(zip(order, sorted(order), strict=True)) if place != due]
    passive = (" by " in claim) != (" by " in source)
    if len(moved) == 2:
        first, last = kept[moved[0]], kept[moved[1]]
        if first.key.startswith("#") and last.key.startswith("#"):
            return first.key.split()[1:] == last.key.split()[1:]
    for index in range(1, len(kept) - 1):
        before, pivot, behind = order[index - 1 : index + 2]
        if acts(claim, kept[index]) and (
            (before > pivot > behind and not passive) or (passive and before + 1 == pivot == behind - 1)
        ):
            return True
    if len(moved) != 2 or passive:
        return False
    return any(acts(claim, item) for item in kept[moved[0] + 1 : moved[1]])


def same_course(claim: str, source: str) -> bool:
    """Return whether both say that something goes from one number to another: ``to 23 from 20``, ``from 20 to 23``."""
    courses = courses_of(claim)
    return bool(courses) and set(courses) <= set(courses_of(source))


def acts(text: str, item: Item) -> bool:
    """Return whether a word has the form of a verb where it stands."""
    word = text[item.start : item.end]
    formed = re.fullmatch(rf"{VERB_FORM}|[a-z]+[^s]s", word) is not None
    behind = PIVOT_AFTER.match(text, item.end) is not None
    return (word.islower() and (formed or behind)) or PIVOT_BEFORE.search(text[: item.start]) is not None


def replaced(claim: str, source: str, elsewhere: frozenset[str]) -> str:
    """Return what the claim puts where the source has another word, known from `elsewhere`; empty where nothing.

    Only a word that the source uses somewhere else is taken for another thing, any other may be a synonym; and
    only where the sentence carries the whole rest of the claim.
    """
    ours, theirs = items(analyse(claim)), items(analyse(source))
    if max(len(ours), len(theirs)) > LONGEST:
        return ""
    places = {item.key: index for index, item in enumerate(theirs)}
    own = frozenset(item.key for item in ours)
    index = 0
    while index < len(ours):
        last = index
        while last < len(ours) and ours[last].key not in places:
            last += 1
        run = ours[index:last]
        left = places[ours[index - 1].key] if index else -1
        right = places[ours[last].key] if last < len(ours) else min(len(theirs), left + SLOT + 1)
        slot = theirs[left + 1 : right]
        foreign = slot and all(item.key not in own and not item.key.startswith("#") for item in slot)
        rest = [item for item in ours if item not in run]
        alone = bool(rest) and all(item.key in places for item in rest)
        bidding = index == 0 and run and BIDDING.match(claim, run[-1].end) is not None
        if (
            0 < len(run) <= SLOT
            and alone
            and foreign
            and not bidding
            and len(slot) <= SLOT
            and all(item.key in elsewhere for item in run)
        ):
            said, found = claim[run[0].start : run[-1].end], source[slot[0].start : slot[-1].end]
            if "," not in said:
                return f"{said}, where the source says {found}"
        index = last + 1
    return ""


def parted(claim: str, sources: Sequence[str], elsewhere: frozenset[str]) -> str:
    """Return where the build of the claim parts from the sentences that carry it, the best first; else empty.

    A further clause that they lack, the same words in another order, or one thing in place of another.
    """
    bags = [bag(source) for source in sources]
    for part in clauses(claim)[1:]:
        keys = [term.key for term in unique(analyse(part).terms)]
        credits = [max((held.credit(key) for held in bags), default=0.0) for key in keys]
        opens = re.match(rf"\s*(?:\w+ly |later |then |also )?{VERB_FORM}", part) is not None and not credits[:1] > [0.0]
        least = VERB_CLAUSE_SHARE if opens and len(keys) <= SHORT_CLAUSE else CLAUSE_SHARE
        if len(keys) >= CLAUSE_TERMS and sum(credits) < least * len(keys):
            return f"not in the source: {part.strip(' ,.')}"
    if any(order_differs(claim, source) for source in sources):
        return "the order of the same words differs from the source"
    return replaced(claim, sources[0], elsewhere) if sources else ""
