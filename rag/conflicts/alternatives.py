"""Two values that a question offers to choose from, where the sources have both."""

from __future__ import annotations

import re

from rag.computations import same_amount
from rag.conflicts.statements import Difference, Statement, written
from rag.terms import Quantity, Question


def compare_alternatives(first: Statement, second: Statement, question: Question) -> Difference | None:
    """Return the two amounts of ``20 minutes or two hours?`` where each sentence has another of them, and only one."""
    offered = alternatives_of(question)
    if offered is None:
        return None
    held = [[number for number in s.numbers if any(same(number, value) for value in offered)] for s in (first, second)]
    if any(len(numbers) != 1 for numbers in held) or same(held[0][0], held[1][0]):
        return None
    return Difference(*(written(s.text, numbers[0]) for s, numbers in zip((first, second), held, strict=True)))


def alternatives_of(question: Question) -> tuple[Quantity, Quantity] | None:
    """Return the two numbers, each with a unit of one family, that a question puts on either side of ``or``."""
    numbers = [number for number in question.analysis.numbers if number.unit]
    if len(numbers) != 2 or re.search(r"^\s*,?\s*or\b", question.text[numbers[0].end : numbers[1].start]) is None:
        return None
    one, two = numbers
    return (one, two) if same_amount(one, two, family_only=True) and not same_amount(one, two) else None


def same(first: Quantity, second: Quantity) -> bool:
    """Return whether two numbers with units say the same amount."""
    return bool(first.unit and second.unit) and same_amount(first, second)
