"""Is each figure of a sentence said of the period that it is given to? By rule: near-identical reports differ in that.

``Revenue in Q1 was 2.07 million`` shares every word with a report that says so of Q2. A figure belongs to the period
that stands in its own clause; where neither the sentence nor the source leaves a choice and the two differ, it is
said of another period. Whatever is not certain counts as no difference.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.terms import Quantity, analyse, bag
from rag.terms.lexicon import MONTHS
from rag.terms.periods import Period, place_periods
from rag.types import Judgement, ProblemKind, Span, Verdict

MISDATED_FACTOR = 0.2
"""What is left of the score where a figure is said of another period: as where a number is not in the source."""

CLAUSE = re.compile(
    r"[;:]\s|,\s|[()–—]"
    r"|\b(?:and|while|whereas|but|compared (?:with|to)|versus|vs\.?|against|from|to|than|by|up|down|or)\b",
    re.IGNORECASE,
)
"""What parts a sentence into stretches of which each gives its figures to its own period."""

LINKING = re.compile(r"(?:[\s,:]|\band\b)*", re.IGNORECASE)
"""What may stand between the figures that an opening period goes on for: ``In Q1, revenue was 2, and profit 1``."""

ADVERBIAL = re.compile(
    r"\s*(?:(?:in|for|during|as|at|of|on|over|the|end|fiscal|quarter|year|ended|ending)\b\s*)*", re.IGNORECASE
)
"""What a stretch may begin with before a period that sets the time of all that follows."""

MONTH = re.compile(
    r"\b(?:in|for|of|during|since|until|through|from|to|by|last|this|early|late|mid) "
    r"(January|February|March|April|May|June|July|August|September|October|November|December)\b(?! \d{1,2}\b)"
)
"""A month without a year, behind what tells it from a name."""

LISTING = re.compile(r"[\s,]*(?:(?:and|or|to|through|vs\.?|versus|the|quarters?|-|–)[\s,]*)*", re.IGNORECASE)
"""What stands between periods of which it is not certain whose a figure is: ``in Q1 and Q2``."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a source.

    Attributes:
        text: The sentence.
        about: What it stands under, the innermost first: headings, title.
        before: What stands before it in the same passage, which may have set the time.
    """

    text: str
    about: tuple[str, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """A figure of a sentence with the period that it is given to."""

    figure: Quantity
    period: Period


@dataclass(frozen=True, slots=True)
class Misdated:
    """A figure that the sources give to other periods.

    Attributes:
        figure: Where it stands in the sentence.
        given: The period that the sentence gives it to.
        said: Those that the sources give it to, ascending.
    """

    figure: Quantity
    given: Period
    said: tuple[Period, ...]


def settle_periods(claim: str, judgement: Judgement, statements: Sequence[Statement]) -> Judgement:
    """Return a judgement that holds no sentence supported of which a figure is said of another period.

    Args:
        claim: The sentence.
        judgement: The verifier's, its numbers settled.
        statements: The sentences of all passages that it was judged by.
    """
    found = find_misdated(claim, statements)
    if found is None:
        return judgement
    figure = claim[found.figure.start : found.figure.end]
    said = " and ".join(str(period) for period in found.said)
    return replace(
        judgement,
        verdict=Verdict.UNSUPPORTED,
        score=round((judgement.score or 0.0) * MISDATED_FACTOR, 4),
        problem=f"{figure} is said of {said}, not of {found.given}",
        problem_kind=ProblemKind.DATE,
        unsupported=(Span(found.figure.start, found.figure.end),),
    )


def find_misdated(claim: str, statements: Sequence[Statement]) -> Misdated | None:
    """Return the first figure that every statement having it gives to another period; None where there is none.

    Only statements count that share a word with the sentence; one whose period is not known clears the figure.
    """
    keys = analyse(claim).keys
    for dated in dated_figures(claim):
        said: set[Period] = set()
        for statement in statements:
            text = statement.text
            if not any(dated.figure.agrees(other) for other in analyse(text).numbers):
                continue
            if not any(bag(text).credit(key) for key in keys):
                continue
            periods = periods_said(dated, statement)
            if not periods or any(not differ(dated.period, period) for period in periods):
                break
            said |= periods
        else:
            if said:
                return Misdated(dated.figure, dated.period, tuple(sorted(said, key=Period.last_day)))
    return None


def comparable(one: Period, other: Period) -> bool:
    """Return whether two periods are of the same kind: quarters, months, or whole years.

    A quarter and a month are not compared, nor a quarter and a year: fiscal years begin when they like.
    """
    return kind_of(one) == kind_of(other)


def kind_of(period: Period) -> str:
    """Return whether it is a month (or a day), a quarter or a year."""
    return "month" if period.month else "quarter" if period.quarter else "year"


def differ(one: Period, other: Period) -> bool:
    """Return whether two periods of the same kind are surely not the same."""
    return any(unlike(mine, others) for mine, others in zip(one, other, strict=True))


@lru_cache(maxsize=2048)
def periods_in(text: str) -> tuple[tuple[int, int, Period], ...]:
    """Return the periods that a text names and where, months without a year among them: ``in March``."""
    counts = {number.start for number in analyse(text).numbers if number.unit or number.counted}
    placed = [(start, end, period) for start, end, period in place_periods(text) if not is_count(start, period, counts)]
    months = [
        (match.start(1), match.end(1), Period(None, month=int(MONTHS[match[1].lower()].removeprefix("month-"))))
        for match in MONTH.finditer(text)
        if not any(start <= match.start(1) < end for start, end, _ in placed)
    ]
    return tuple(sorted((*placed, *months), key=lambda one: one[:2]))


def is_count(start: int, period: Period, counts: Container[int]) -> bool:
    """Return whether what looks like a year is a number of things: ``2000 employees``."""
    return start in counts and kind_of(period) == "year"


def unlike(one: int | None, other: int | None) -> bool:
    """Return whether both are said and not the same."""
    return one is not None and other is not None and one != other


def periods_said(dated: Dated, statement: Statement) -> frozenset[Period]:
    """Return the periods of the same kind that a statement may give a figure to; empty where that is not known."""
    own = like(dated.period, (period for _, _, period in periods_in(statement.text)))
    if own:
        figures = [each for each in dated_figures(statement.text) if each.figure.agrees(dated.figure)]
        bound = like(dated.period, (each.period for each in figures))
        if bound:
            return frozenset(with_year(period, statement) for period in bound)
        own = frozenset(with_year(period, statement) for period in own)
    nearby = like(dated.period, (period for _, _, period in periods_in(statement.before)))
    for text in statement.about:
        # The day of a meeting or a letter is when it was said, not what its figures are of.
        found = like(dated.period, (period for _, _, period in periods_in(text) if period.day is None))
        if found:
            return own | found | nearby
    return own | nearby


def like(one: Period, periods: Iterable[Period]) -> frozenset[Period]:
    """Return those of the periods that are of the same kind as one."""
    return frozenset(period for period in periods if comparable(one, period))


def with_year(period: Period, statement: Statement) -> Period:
    """Return a quarter or month without a year with that of what the statement stands under, where that is one."""
    if period.year is not None:
        return period
    for text in statement.about:
        years = {other.year for _, _, other in periods_in(text)} - {None}
        if years:
            return period._replace(year=years.pop()) if len(years) == 1 else period
    return period


@lru_cache(maxsize=1024)
def dated_figures(text: str) -> tuple[Dated, ...]:
    """Return the figures of a sentence that it gives to one period for certain, in order.

    >>> [(text[d.figure.start : d.figure.end], d.period.quarter) for text in ["2 % in Q1 and 3 % in Q2"]
    ...  for d in dated_figures(text)]
    [('2 %', 1), ('3 %', 2)]
    """
    placed = periods_in(text)
    if not placed:
        return ()
    figures = [number for number in analyse(text).numbers if is_figure(number, placed)]
    if listed(text, placed):
        return respectively(text, figures, placed)
    found: list[Dated] = []
    opening: Period | None = None
    ended = 0
    for start, end in stretches(text, placed):
        periods = {period for at, _, period in placed if start <= at < end}
        own = [figure for figure in figures if start <= figure.start < end]
        goes_on = LINKING.fullmatch(text, ended, start) is not None
        ended = end
        if len(periods) == 1:
            period = periods.pop()
            found += [Dated(figure, period) for figure in own]
            until = next(until for at, until, _ in placed if start <= at < end)
            opening = period if opens(text[start:until], placed, start) else None
        elif periods or not goes_on:
            opening = None
        elif opening is not None:
            found += [Dated(figure, opening) for figure in own]
    return tuple(found)


def respectively(
    text: str, figures: Sequence[Quantity], placed: Sequence[tuple[int, int, Period]]
) -> tuple[Dated, ...]:
    """Return the figures of ``in Q1 and Q2 were 30 and 40 units, respectively``, each with its period; else nothing."""
    apart = not figures or placed[-1][1] <= figures[0].start or figures[-1].end <= placed[0][0]
    if "respectively" not in text.lower() or len(figures) != len(placed) or not apart:
        return ()
    return tuple(Dated(figure, period) for figure, (_, _, period) in zip(figures, placed, strict=True))


def stretches(
    text: str, placed: Sequence[tuple[int, int, Period | None]], parting: re.Pattern[str] = CLAUSE
) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a sentence between what parts it; nothing within a period parts (``June 25, 2022``)."""
    begin = 0
    for match in parting.finditer(text):
        if any(start < match.end() and match.start() < end for start, end, _ in placed):
            continue
        if text[begin : match.start()].strip():
            yield begin, match.start()
        begin = match.end()
    if text[begin:].strip():
        yield begin, len(text)


def listed(text: str, placed: Sequence[tuple[int, int, Period]]) -> bool:
    """Return whether periods are listed together (``in Q1 and Q2``), so that which figure is whose is not certain."""
    return any(
        LISTING.fullmatch(text, end, start) is not None for (_, end, _), (start, _, _) in itertools.pairwise(placed)
    )


def opens(text: str, placed: Sequence[tuple[int, int, Period]], start: int) -> bool:
    """Return whether a stretch, up to its period, says nothing but a time, which then goes on for what follows."""
    at = next(at for at, _, _ in placed if at >= start)
    return ADVERBIAL.fullmatch(text[: at - start]) is not None


def is_figure(number: Quantity, placed: Sequence[tuple[int, int, Period]]) -> bool:
    """Return whether a number is no part of a period, and written in digits."""
    return not number.spelled and not any(start < number.end and number.start < end for start, end, _ in placed)
