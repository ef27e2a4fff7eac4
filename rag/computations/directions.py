"""Does a sentence let a figure go the way that its source does?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.computations.dated import Statement
from rag.computations.operations import FALLING, RISING
from rag.terms import analyse, bag
from rag.terms.courses import courses_of
from rag.types import Judgement, ProblemKind, Verdict

REACHING = re.compile(r"\bto (?:about |around |roughly )?[$€£¥]?$", re.IGNORECASE)
"""What stands before the number that something goes to."""

TURNED_FACTOR = 0.2
"""What is left of the score where a figure goes the other way: as where a number is not in the source."""


def settle_directions(claim: str, judgement: Judgement, statements: Sequence[Statement]) -> Judgement:
    """Return a judgement that holds no sentence supported of which a figure goes the other way than its source says.

    Args:
        claim: The sentence.
        judgement: The verifier's.
        statements: The sentences that it was judged by.
    """
    problem = turned(claim, [statement.text for statement in statements])
    if not problem:
        return judgement
    return replace(
        judgement,
        verdict=Verdict.UNSUPPORTED,
        score=round((judgement.score or 0.0) * TURNED_FACTOR, 4),
        problem=problem,
        problem_kind=ProblemKind.NUMBER,
    )


def turned(claim: str, statements: Sequence[str]) -> str:
    """Return in words how a sentence turns a figure's course round; empty where it does not."""
    courses = [course for course in courses_of(claim) if course[0] != course[1]]
    reached = reached_in(claim)
    if not courses and not reached:
        return ""
    keys = analyse(claim).keys
    related = [text for text in statements if any(bag(text).credit(key) for key in keys)]
    said = {course for text in related for course in courses_of(text)}
    for begin, end in courses:
        if (end, begin) in said and (begin, end) not in said:
            return "the source says it the other way round"
    arrives = frozenset().union({end for _, end in said}, *(reached_in(text) for text in related))
    rises, falls = RISING.search(claim.lower()) is not None, FALLING.search(claim.lower()) is not None
    if (reached & {begin for begin, _ in said}) - arrives:
        return "the source says that it goes from there, not to there"
    if rises != falls and len(courses) == 1 and rises != (courses[0][1] > courses[0][0]):
        return "its figures go the other way than its words say"
    return ""


def reached_in(claim: str) -> frozenset[float]:
    """Return the numbers that a sentence says something has risen or fallen to."""
    if not (RISING.search(claim.lower()) or FALLING.search(claim.lower())):
        return frozenset()
    return frozenset(number.value for number in analyse(claim).numbers if REACHING.search(claim[: number.start]))
