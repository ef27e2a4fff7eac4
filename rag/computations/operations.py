"""What may be computed from cited numbers, and the words without which it is not looked for.

A number can nearly always be had from some others by chance; so an operation counts only where the sentence says
that it computes (``in total``, ``on average``, ``percent of``), and only between quantities that can be put together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.terms import Quantity

CURRENCIES = frozenset("$€£¥")
YEARS = range(1000, 2200)

TOTAL = re.compile(
    r"\b(?:total(?:s|l?ed|l?ing)?|sum|combined|together|altogether|overall|in all|aggregate|jointly|both|plus)\b"
)
DIFFERENCE = re.compile(
    r"\b(?:differ\w*|more|less|fewer|higher|lower|longer|shorter|older|younger|larger|smaller|greater|bigger|faster"
    r"|slower|cheaper|further|increas\w*|decreas\w*|rise|rises|rose|risen|rising|fell|fall|falls|fallen|falling|grew"
    r"|grow\w*|drop\w*|declin\w*|chang\w*|gap|gain\w*|lost|lose|margin|reduc\w*|exceed\w*|ahead|behind|left|remain\w*"
    r"|net|surplus|deficit|shrank|shrunk|shrink\w*|climb\w*|jump\w*|improv\w*|rebound\w*|between|apart|gain|savings?"
    r"|saves?|saved|up|down)\b"
)
FALLING = re.compile(
    r"\b(?:decreas\w*|fell|fall|falls|fallen|falling|drop\w*|declin\w*|reduc\w*|less|fewer|lower|shorter|smaller"
    r"|shrank|shrunk|shrink\w*|down|cheaper|faster|savings?|saves?|saved)\b"
)
RISING = re.compile(
    r"\b(?:increas\w*|rise|rises|rose|risen|rising|grew|grow\w*|gain\w*|climb\w*|jump\w*|improv\w*|up)\b"
)
SHARE = re.compile(
    r"(?:%|percent(?:age)?)\s+of\b|\b(?:share|proportion|fraction|portion|ratio|account\w*|represent\w*|constitut\w*"
    r"|percentage|comprise\w*)\b|\b(?:make|makes|made|making) up\b"
)
RATIO = re.compile(r"\b(?:times|ratio|\w*fold|twice|double\w*|tripl\w*|half|factor|multiple)\b|\d(?:x\b|×)")
RATE = re.compile(r"\b(?:per|each|every|apiece|an?\s+(?:hour|day|week|month|year|piece)|a head|divided)\b")
PRODUCT = re.compile(r"\b(?:times|each|every|apiece|per|multipl\w*|product|total|altogether|area|annually|yearly)\b")
PART = re.compile(r"%|\b(?:percent|per cent)\b")
AVERAGE = re.compile(r"\b(?:averag\w*|mean|midpoint|on average)\b")
REST = re.compile(r"\b(?:rest|remain\w*|others?|balance|not|without)\b")
SPAN = re.compile(
    r"\b(?:years?|aged?|old|later|after|before|earlier|since|between|lasted|decades?|span\w*|long)\b|-year"
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to get a number from one to three others.

    Attributes:
        cue: Words (lower case) of the sentence without which it is not tried.
        arity: Numbers it takes.
        template: How it is written: ``({1} - {0}) / {0}``.
        formula: The value from theirs; None where they allow none.
        fits: Whether the number sought and its operands are of kinds that go together.
        ordered: Whether their order matters.
        turned: How it is written where the words turn its direction: ``fell by 10%`` is -10 %; empty where it has none.
    """

    cue: re.Pattern[str]
    arity: int
    template: str
    formula: Callable[[Sequence[float]], float | None]
    fits: Callable[[Quantity, Sequence[Quantity]], bool]
    ordered: bool = False
    turned: str = ""


def is_year(number: Quantity) -> bool:
    """Return whether a number may be a year."""
    return not number.unit and not number.counted and number.value in YEARS


def meet(first: Quantity, second: Quantity) -> bool:
    """Return whether two numbers may be of one kind: the same unit, or one that names none beside it (a table's)."""
    if first.unit and second.unit:
        return first.unit == second.unit
    if first.unit or second.unit:
        return (first.unit or second.unit) in CURRENCIES and not (first.counted or second.counted)
    return not (first.counted and second.counted and first.counted != second.counted)


def alike(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether all are of one kind, the number sought included; no years."""
    if any(is_year(operand) for operand in operands):
        return False
    kind = all(meet(operands[0], other) for other in operands[1:])
    if target.unit == "percentage point":
        return kind and all(operand.unit == "%" for operand in operands)
    open_kind = not target.unit and not target.counted
    return kind and (open_kind or all(meet(target, operand) or not operand.unit for operand in operands))


def differences(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether a difference is sought; that of two percentages is one of points, not a percentage."""
    return alike(target, operands) and target.unit != "%"


def same_kind(operands: Sequence[Quantity]) -> bool:
    """Return whether the operands are of one kind; no years."""
    return not any(is_year(operand) for operand in operands) and all(meet(operands[0], other) for other in operands[1:])


def percents(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether a percentage is sought of numbers of one kind."""
    return target.unit == "%" and same_kind(operands)


def shares(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether a share is sought, as a percentage."""
    return percents(target, operands) and not any(operand.unit == "%" for operand in operands)


def fractions(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether a share is sought, as a fraction of one."""
    return not target.unit and 0 < target.value < 1 and same_kind(operands)


def multiples(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether it is asked how many times one number of a kind is the other."""
    return target.unit in ("time", "") and not target.counted and same_kind(operands) and target.value >= 1


def rates(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether a number of one kind is sought for each of another."""
    first, second = operands
    different = first.unit != second.unit or first.counted != second.counted
    return different and not any(map(is_year, operands)) and target.unit == first.unit and second.unit != "%"


def products(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether so many times a number is sought; at most one of them has a unit of its own."""
    units = {operand.unit for operand in operands} - {"", "time"}
    return not any(map(is_year, operands)) and len(units) <= 1 and "%" not in units and {target.unit} <= units | {""}


def parts_of(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether a percentage of a number is sought."""
    share, whole = operands
    return share.unit == "%" and whole.unit != "%" and not is_year(whole) and alike(target, [whole])


def spans_years(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether the years between two are sought."""
    return target.unit in ("year", "") and not target.counted and target.value < 1000 and all(map(is_year, operands))


def dates_year(target: Quantity, operands: Sequence[Quantity]) -> bool:
    """Return whether the year so many years from another is sought."""
    year, years = operands
    return is_year(target) and is_year(year) and years.unit == "year"


def divide(upper: float, lower: float, factor: float = 1.0) -> float | None:
    """Return a quotient times `factor`; None where it has none."""
    return factor * upper / lower if lower else None


def part_of(upper: float, whole: float, factor: float = 1.0) -> float | None:
    """Return a share times `factor`; None where it is no part."""
    return divide(upper, whole, factor) if 0 < upper < whole else None


OPERATIONS = (
    Operation(TOTAL, 2, "{0} + {1}", sum, alike),
    Operation(DIFFERENCE, 2, "{0} - {1}", lambda v: v[0] - v[1], differences, True),
    Operation(SPAN, 2, "{0} - {1}", lambda v: v[0] - v[1] if v[0] > v[1] else None, spans_years, True),
    Operation(SPAN, 2, "{0} + {1}", sum, dates_year, True),
    Operation(SPAN, 2, "{0} - {1}", lambda v: v[0] - v[1], dates_year, True),
    Operation(REST, 1, "100% - {0}", lambda v: 100 - v[0], lambda t, o: t.unit == o[0].unit == "%"),
    Operation(SHARE, 2, "{0} / {1}", lambda v: part_of(v[0], v[1], 100), shares, True),
    Operation(SHARE, 2, "{0} / {1}", lambda v: part_of(v[0], v[1]), fractions, True),
    Operation(DIFFERENCE, 2, "({0} - {1}) / {1}", lambda v: divide(v[0] - v[1], v[1], 100), percents, True,
              "({1} - {0}) / {1}"),
    Operation(AVERAGE, 2, "({0} + {1}) / 2", lambda v: sum(v) / 2, alike),
    Operation(RATIO, 2, "{0} / {1}", lambda v: divide(v[0], v[1]), multiples, True),
    Operation(RATE, 2, "{0} / {1}", lambda v: divide(v[0], v[1]), rates, True),
    Operation(PART, 2, "{0} × {1}", lambda v: v[0] * v[1] / 100, parts_of, True),
    Operation(PRODUCT, 2, "{0} × {1}", lambda v: v[0] * v[1], products),
    Operation(TOTAL, 3, "{0} + {1} + {2}", sum, alike),
    Operation(AVERAGE, 3, "({0} + {1} + {2}) / 3", lambda v: sum(v) / 3, alike),
    Operation(SHARE, 3, "({0} + {1}) / {2}", lambda v: part_of(v[0] + v[1], v[2], 100), shares, True),
)  # fmt: skip
"""In the order of simplicity: the first that fits is told."""

CONVERSIONS = {
    unit: (family, factor)
    for family, units in {
        "time": {
            "millisecond": 1e-3, "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0,
        },
        "calendar": {"month": 1.0, "year": 12.0},
        "length": {"millimetre": 1e-3, "centimetre": 1e-2, "metre": 1.0, "kilometre": 1e3},
        "imperial length": {"inch": 1.0, "foot": 12.0, "mile": 63360.0},
        "mass": {"microgram": 1e-6, "milligram": 1e-3, "gram": 1.0, "kilogram": 1e3, "tonne": 1e6},
        "volume": {"millilitre": 1e-3, "litre": 1.0},
        "power": {"watt": 1.0, "kilowatt": 1e3, "megawatt": 1e6},
    }.items()
    for unit, factor in units.items()
}  # fmt: skip
"""Unit -> its family, and how many of the family's own unit it is; exact ones only."""
