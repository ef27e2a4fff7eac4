"""A number that stands in no source, from cited ones: the simplest expression, where chance would hardly give it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.computations.counting import count_listed
from rag.computations.equivalents import by_conversion, by_rounding, by_scale
from rag.computations.figures import SCALE_NAMES, Computation, Operand, Target, operands_of, pieces_of, signed
from rag.computations.operations import DIFFERENCE, FALLING, OPERATIONS, RISING, Operation, is_year
from rag.terms import Quantity, analyse
from rag.terms.courses import courses_of

OPERANDS_MOST = 16
"""Numbers looked at; where more are cited, nearly every number follows from some of them."""

CHANCE_MOST = 0.03
"""Share of random numbers of the same size and precision that the cited ones may give."""

SINGLE_CHANCE_MOST = 0.13
"""The same where they give one single number of that size."""

WINDOW = 3.0
"""A random number of the same size is one between a third of it and three times it."""


def compute(
    number: Quantity, sentence: str, pieces: Sequence[str], *, question: str = "", context: str = ""
) -> Computation | None:
    """Return how a number of `sentence` follows from numbers of the cited pieces; None where it does not.

    Args:
        number: The number, as read in `sentence`.
        sentence: The sentence, which must say that it computes, unless it only rounds or converts.
        pieces: The cited stretches.
        question: The question of a sentence that is too short to say what it computes; else empty.
        context: Text that may say in what scale the pieces' numbers are: ``(in millions)``.
    """
    operands = operands_of(pieces)
    said = f"{question} {sentence}".lower()
    target = Target.read(number, sentence, said)
    stated = stated_operands(number, sentence, operands)
    courses = [course for text in (sentence, *pieces) for course in courses_of(text)]
    for finder in (by_scale, by_rounding, by_conversion):
        found = finder(target, operands, context)
        if found is not None:
            return found
    count = count_listed(target, sentence, pieces)
    if count is not None:
        return count
    if len(operands) > OPERANDS_MOST:
        operands = [operand for operand in operands if operand in stated][:OPERANDS_MOST]
    for scale in (1.0, *target.scales(context)):
        candidates = list(results(target, operands, said, stated, courses))
        hits = [c for c in candidates if c.meets(target, scale)]
        if hits and (len(stated) > 1 or is_telling(target, candidates, scale)):
            return hits[0].told(target, scale)
    return None


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation gives with some operands."""

    value: float
    operation: Operation
    operands: tuple[Operand, ...]

    def seen(self, target: Target, scale: float) -> float:
        """Return its value as the sentence would say it: what fell by 10 % is said to fall by 10, not by -10."""
        turned = self.operation.turned and target.falling and target.number.value > 0
        return (-self.value if turned else self.value) * scale

    def meets(self, target: Target, scale: float) -> bool:
        """Return whether this is the number sought, as far as it is written."""
        allowed = target.tolerance(self.operation)
        return abs(self.seen(target, scale) - target.number.value) <= allowed * (1 + 1e-9)

    def told(self, target: Target, scale: float) -> Computation:
        """Return it as it is told."""
        turned = self.operation.turned and target.falling and target.number.value > 0
        template = self.operation.turned if turned else self.operation.template
        expression = f"{target.shown} = {template.format(*map(signed, self.operands))}"
        if scale != 1.0:
            expression += f" (in {SCALE_NAMES[scale]})"
        return Computation(expression, pieces_of(self.operands), self.operation.cue)


def stated_operands(number: Quantity, sentence: str, operands: Sequence[Operand]) -> list[Operand]:
    """Return the operands that the sentence itself names beside the number; years aside."""
    others = [n for n in analyse(sentence).numbers if (n.start, n.end) != (number.start, number.end)]
    return [o for o in operands if not is_year(o.number) and any(n.agrees(o.number) for n in others)]


def results(
    target: Target,
    operands: Sequence[Operand],
    said: str,
    stated: Sequence[Operand],
    courses: Sequence[tuple[float, float]],
) -> Iterator[Result]:
    """Yield what the operations that the words allow give, the simplest first.

    What the sentence itself names must be used: of two or more such numbers at least two, of one that one.
    """
    for operation in OPERATIONS:
        if operation.arity > len(operands) or not operation.cue.search(said):
            continue
        related = [o for o in stated if operation.fits(target.number, [o.number] * operation.arity)]
        choose = itertools.permutations if operation.ordered else itertools.combinations
        for chosen in choose(operands, operation.arity):
            numbers = [operand.number for operand in chosen]
            if operation.cue is DIFFERENCE and against_course(chosen, courses, said):
                continue
            named = sum(operand in stated for operand in chosen)
            if named < min(2, len(related), operation.arity) or not operation.fits(target.number, numbers):
                continue
            value = operation.formula([number.value for number in numbers])
            if value is not None:
                yield Result(value, operation, chosen)


def against_course(chosen: Sequence[Operand], courses: Sequence[tuple[float, float]], said: str) -> bool:
    """Return whether the words say that something rose which is told to have fallen, or the base is the wrong one."""
    values = [operand.number.value for operand in chosen]
    for begin, end in courses:
        if sorted(values) != sorted((begin, end)):
            continue
        rises, falls = RISING.search(said) is not None, FALLING.search(said) is not None
        if rises != falls and begin != end and rises != (end > begin):
            return True
        return len(values) == 2 and values != [end, begin] and not falls
    return False


def cues_of(text: str) -> list[re.Pattern[str]]:
    """Return the patterns of the words of `text` that say that something is computed."""
    return [operation.cue for operation in OPERATIONS if operation.cue.search(text.lower())]


def is_telling(target: Target, candidates: Sequence[Result], scale: float) -> bool:
    """Return whether a random number of the target's size and precision would hardly be one of the candidates.

    A single possible value tells more than its width says: nothing was chosen.
    """
    sought = abs(target.number.value)
    low, high = sought / WINDOW, sought * WINDOW
    if not sought:
        return False
    widths: dict[float, float] = {}
    for result in candidates:
        value = result.seen(target, scale)
        if value * target.number.value > 0 and low <= abs(value) <= high:
            width = max(target.tolerance(result.operation), 1e-9 * sought)
            widths[round(value / width) * width] = 2 * width
    chance = sum(widths.values()) / (high - low)
    return chance <= (SINGLE_CHANCE_MOST if len(widths) == 1 else CHANCE_MOST)
