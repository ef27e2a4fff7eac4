"""A question for a change, a total, or two figures side by side -> a question for each; by rule, for English."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.terms.periods import place_periods, read_periods

CHARACTERS_MOST = 300
"""Length up to which a question is looked at: the patterns' time grows with its cube."""

_CHANGES = (
    r"(?:change|grow|grown|rise|risen|fall|fallen|increase|increased|decrease|decreased|drop|dropped|improve|improved"
    r"|decline|declined|shrink|shrunk|go up|go down|gone up|gone down|differ|develop|developed)"
)
_BETWEEN = r"(?:from|between)\s+(?P<first>.+?)\s+(?:to|and)\s+(?P<second>.+?)"
_ASKED = (
    re.compile(
        r"(?:what|how (?:large|big|high))\s+(?:is|was|were|are)\s+the\s+"
        r"(?:change|difference|increase|decrease|growth|rise|fall|drop|decline)\s+(?:in|of)\s+(?:the\s+|our\s+|its\s+)?"
        rf"(?P<what>.+?)\s+{_BETWEEN}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:(?:by\s+)?how\s+much|how)\s+(?:did|has|have|does|do)\s+(?:the\s+|our\s+|its\s+)?(?P<what>.+?)\s+"
        rf"{_CHANGES}\s+(?:by\s+)?{_BETWEEN}",
        re.IGNORECASE,
    ),
)
_MORE = re.compile(
    r"how\s+much\s+(?:more|less)\s+(?P<auxiliary>do|does|did)\s+(?P<first>.+?)\s+"
    r"(?P<verb>cost|weigh|earn|make|sell|produce|hold|use)\s+(?:(?P<rest>.+?)\s+)?than\s+(?P<second>.+?)",
    re.IGNORECASE,
)
_TOTALS = (
    re.compile(
        r"what\s+(?:is|was|were)\s+(?:the|our|its)\s+(?:total|combined|overall)\s+(?P<what>.+?)\s+(?:of|in|for|during)\s+"
        r"(?P<first>.+?)\s+and\s+(?P<second>.+?)(?:\s+(?:together|combined|in total|altogether))?",
        re.IGNORECASE,
    ),
    re.compile(
        r"what\s+(?:is|was|were)\s+(?:the\s+|our\s+|its\s+)?(?P<what>.+?)\s+(?:of|in|for|during)\s+"
        r"(?P<first>.+?)\s+and\s+(?P<second>.+?)\s+(?:together|combined|in total|altogether)",
        re.IGNORECASE,
    ),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question for two figures of the same kind.

    Attributes:
        what: What is compared, as asked: ``revenue``.
        first: What the first figure is of: a period, or a thing.
        second: What the second one is of.
        parts: A question for each, in order.
        over_time: Whether both are periods, so that the figure changes from one to the other.
        total: Whether it asks for their sum rather than for how they differ.
    """

    what: str
    first: str
    second: str
    parts: tuple[str, str]
    over_time: bool
    total: bool = False


def read_comparison(question: str) -> Comparison | None:
    """Return what a question compares; None where it compares nothing that could be told.

    >>> read_comparison("How much did revenue grow from Q1 to Q2 2025?").parts
    ('What was revenue in Q1 2025?', 'What was revenue in Q2 2025?')
    >>> read_comparison("How much more does the Ember 80 cost than the Ember 40?").parts
    ('How much does the Ember 80 cost?', 'How much does the Ember 40 cost?')
    """
    body = " ".join(question.split()).rstrip("?？ .")
    for pattern in _ASKED:
        found = pattern.fullmatch(body)
        if found is not None:
            return of_one_thing(found["what"], found["first"], found["second"])
    for pattern in _TOTALS:
        found = pattern.fullmatch(body)
        if found is not None:
            together = of_one_thing(found["what"], found["first"], found["second"])
            return replace(together, total=True) if together is not None and together.over_time else None
    found = _MORE.fullmatch(body)
    if found is None:
        return None
    rest = f" {found['rest']}" if found["rest"] else ""
    first, second = (f"How much {found['auxiliary']} {found[of]} {found['verb']}{rest}?" for of in ("first", "second"))
    return Comparison(found["verb"], found["first"], found["second"], (first, second), over_time=False)


def of_one_thing(what: str, first: str, second: str) -> Comparison | None:
    """Return the comparison of one thing in two periods or of two things; None where only one of them is a period."""
    dated = [bool(place_periods(each)) for each in (first, second)]
    if all(dated):
        periods = read_periods(f"{first} and {second}")
        if len(periods) == 2 and periods[0].year and not read_periods(first)[0].year:
            first = f"{first} {periods[0].year}"
        return Comparison(what, first, second, (f"What was {what} in {first}?", f"What was {what} in {second}?"), True)
    if any(dated):
        return None
    return Comparison(
        what, first, second, (f"What is the {what} of {first}?", f"What is the {what} of {second}?"), over_time=False
    )
