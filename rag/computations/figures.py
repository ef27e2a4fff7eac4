"""Numbers as they are written: the one that is sought, and those that it may be computed from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.computations.operations import CURRENCIES, FALLING, RATIO, Operation, is_year
from rag.terms import Quantity, analyse

MULTIPLE_OFF = 0.02
"""Relative difference that ``3 times`` may have to the quotient."""

ROUND = re.compile(r"[1-9](?:\d*?)(0+)$")
NUMERAL = re.compile(r"\d[\d,\u00a0\u202f]*(?:\.(\d+))?")
FRACTIONAL = re.compile(r"[/¼½¾⅐-⅞]")
SHOWN = re.compile(
    r"[\d.,\u00a0\u202f½¼¾⅐-⅞/]*[\d½¼¾⅐-⅞]\s?(?:hundred|thousand|millions?|billions?|trillions?|bn|mn|tn|[kKMBT]\b)?\s?[%％]?"
)
SCALE_SAID = re.compile(r"(hundred|thousand|million|billion|trillion|bn|mn|tn|[kKMBT]$)", re.IGNORECASE)
IN_SCALE = {
    1e3: re.compile(
        r"\bin (?:\w+ )?thousands\b|(?:'000|\b000s)\b|[$€£¥] ?thousands?\b|\bthousands of\b", re.IGNORECASE
    ),
    1e6: re.compile(r"\bin (?:\w+ )?millions\b|[$€£¥] ?m(?:illions?|n)?\b|\bmillions of\b", re.IGNORECASE),
    1e9: re.compile(r"\bin (?:\w+ )?billions\b|[$€£¥] ?(?:billions?|bn)\b|\bbillions of\b", re.IGNORECASE),
}
NO_CUE = re.compile("(?!)")
"""Found nowhere: nothing need say that a number is rounded or converted."""

SCALE_NAMES = {1e3: "thousands", 1e6: "millions", 1e9: "billions"}


@dataclass(frozen=True, slots=True)
class Operand:
    """A cited number.

    Attributes:
        number: The number.
        shown: As it is written in an expression.
        piece: Index of the piece of text it stands in.
    """

    number: Quantity
    shown: str
    piece: int


@dataclass(frozen=True, slots=True)
class Computation:
    """How a number of a sentence follows from cited ones.

    Attributes:
        expression: ``15% = (23 - 20) / 20``.
        pieces: Indices of the pieces that its operands stand in, ascending.
        cue: The words (lower case) that say that something is computed; a pattern to find them by.
    """

    expression: str
    pieces: tuple[int, ...]
    cue: re.Pattern[str] = NO_CUE


@dataclass(frozen=True, slots=True)
class Target:
    """The number sought.

    Attributes:
        number: As read.
        shown: As written, sign and currency included.
        half: Half a unit of its last written digit, scale applied.
        factor: What its scale word multiplies it by; 1.0 where it has none.
        falling: Whether the sentence says that something fell.
    """

    number: Quantity
    shown: str
    half: float
    factor: float
    falling: bool

    @classmethod
    def read(cls, number: Quantity, sentence: str, said: str) -> Target:
        """Read how a number is written."""
        written = sentence[number.start : number.end]
        digits = NUMERAL.search(written)
        before = re.search(r"[-−]?[$€£¥]?\s?$", sentence[: number.start])
        sign = before.group().strip() if before else ""
        minus = "-" if number.value < 0 and not sign else ""
        shown = f"{minus}{sign}{written}"
        falling = FALLING.search(said) is not None
        if digits is None:
            return cls(number, shown, 0.5 if number.approximate else 1e-9, 1.0, falling)
        if FRACTIONAL.search(written):
            return cls(number, shown, 0.005, 1.0, falling)
        mantissa = float(re.sub("[,\u00a0\u202f]", "", digits.group()))
        factor = abs(number.value) / mantissa if mantissa and SCALE_SAID.search(written[digits.end() :]) else 1.0
        half: float = 0.5 * 10.0 ** -len(digits.group(1) or "")
        if number.approximate and not digits.group(1) and (zeros := ROUND.match(digits.group().replace(",", ""))):
            half *= 10.0 ** len(zeros.group(1))
        return cls(number, shown, half * factor, factor, falling)

    def tolerance(self, operation: Operation) -> float:
        """Return how far a result may be off: half the last digit; less where a small multiple is said outright."""
        if operation.cue is RATIO and not self.number.approximate:
            return min(self.half, MULTIPLE_OFF * abs(self.number.value))
        return self.half

    def scales(self, context: str) -> list[float]:
        """Return the scales in which the sources may give what this number says in full."""
        return [scale for scale, said in IN_SCALE.items() if self.factor >= scale and said.search(context)]


def operands_of(pieces: Sequence[str]) -> list[Operand]:
    """Return the numbers that may be computed with, each value and unit once; no part of a name, no day of a month."""
    found: dict[tuple[float, str], Operand] = {}
    for index, piece in enumerate(pieces):
        for line in piece.splitlines(keepends=True):
            for number in analyse(line).numbers:
                if number.unit != "day of a month" and not is_part_of_name(line, number):
                    operand = read_operand(line, number, index)
                    found.setdefault((operand.number.value, number.unit), operand)
    return list(found.values())


def is_part_of_name(text: str, number: Quantity) -> bool:
    """Return whether a number belongs to the name before it: ``Opus 4``, ``ASL-3``, but not ``in Graz 80 people``."""
    if number.unit or number.counted or number.spelled or is_year(number) or abs(number.value) >= 100:
        return False
    counts = re.match(r" [a-z]{3,}(?<!ed)\b", text[number.end :])
    if counts and any(term.start == number.end + 1 for term in analyse(text).terms):
        return False
    return re.search(r"[A-Z][\w.]*[ -]$", text[: number.start]) is not None


def read_operand(line: str, number: Quantity, piece: int) -> Operand:
    """Return a number as an operand; in a table, one in brackets is below zero, as accountants write it."""
    written = SHOWN.match(line[number.start : number.end])
    shown = written.group().strip() if written else f"{number.value:g}"
    if number.unit in CURRENCIES and re.search(r"[$€£¥]\s*$", line[: number.start]):
        shown = number.unit + shown
    behind = line[number.end : number.end + 3].lstrip()
    if "|" in line and re.search(r"\(\s?[$€£¥]?\s?$", line[: number.start]) and behind.startswith(")"):
        number = Quantity(-abs(number.value), number.unit, number.start, number.end)
    return Operand(number, shown, piece)


def signed(operand: Operand) -> str:
    """Return an operand as written in an expression."""
    return f"(-{operand.shown})" if operand.number.value < 0 else operand.shown


def pieces_of(operands: Sequence[Operand]) -> tuple[int, ...]:
    """Return the indices of the pieces that operands stand in, ascending."""
    return tuple(sorted({operand.piece for operand in operands}))
