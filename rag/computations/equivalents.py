"""One number said in another way: in full instead of in millions, rounded, in another unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.computations.figures import SCALE_NAMES, Computation, Operand, Target, signed
from rag.computations.operations import CONVERSIONS, is_year
from rag.terms import Quantity

NEAR_MOST = 0.2
"""Relative difference up to which two numbers are not told apart where one is said to be about right."""

ROUNDED_MOST = 0.01
"""Relative difference that rounding may make where the sentence does not say ``about``."""


def by_scale(target: Target, operands: Sequence[Operand], context: str) -> Computation | None:
    """Return how a number follows from one given in thousands or millions."""
    for scale in target.scales(context):
        for operand in operands:
            if abs(operand.number.value * scale - target.number.value) <= target.half * (1 + 1e-9) and not is_year(
                operand.number
            ):
                return Computation(f"{target.shown} = {operand.shown} (in {SCALE_NAMES[scale]})", (operand.piece,))
    return None


def by_rounding(target: Target, operands: Sequence[Operand], context: str) -> Computation | None:
    """Return the more exact number of the same unit that this one rounds."""
    sought = target.number
    for operand in operands:
        exact = operand.number
        finer = len(re.sub(r"\D", "", operand.shown).rstrip("0")) > len(re.sub(r"\D", "", target.shown).rstrip("0"))
        if is_year(exact) or is_year(sought) or exact.unit != sought.unit or exact.approximate or not finer:
            continue
        difference = abs(exact.value - sought.value)
        if difference <= target.half * (1 + 1e-9) and difference <= ROUNDED_MOST * abs(exact.value):
            return Computation(f"{target.shown} = {signed(operand)}, rounded", (operand.piece,))
    return None


def by_conversion(target: Target, operands: Sequence[Operand], context: str) -> Computation | None:
    """Return the number in another unit of the same family that this one converts."""
    family, factor = CONVERSIONS.get(target.number.unit, ("", 1.0))
    for operand in operands:
        kind, other = CONVERSIONS.get(operand.number.unit, ("", 1.0))
        if not family or kind != family or operand.number.unit == target.number.unit:
            continue
        if abs(operand.number.value * other / factor - target.number.value) <= min(
            target.half, ROUNDED_MOST * abs(target.number.value)
        ):
            sign = "×" if other > factor else "/"
            step = max(other, factor) / min(other, factor)
            expression = f"{target.shown} = {operand.shown} {operand.number.unit}s {sign} {step:g}"
            return Computation(expression, (operand.piece,))
    return None


def same_amount(first: Quantity, second: Quantity, *, family_only: bool = False) -> bool:
    """Return whether two numbers of one kind say the same, but for unit, rounding and ``about``.

    Args:
        first: The one.
        second: The other.
        family_only: Ask only whether their units are of one family (minutes and hours), whatever the values.
    """
    family, factor = CONVERSIONS.get(first.unit, (first.unit, 1.0))
    other_family, other_factor = CONVERSIONS.get(second.unit, (second.unit, 1.0))
    if family_only or family != other_family:
        return family == other_family
    near = NEAR_MOST if first.approximate or second.approximate else ROUNDED_MOST
    one, two = first.value * factor, second.value * other_factor
    return abs(one - two) <= near * max(abs(one), abs(two))
