"""The row of a table as its cells: what each column is called, and what a cell states under that name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.terms.analysis import analyse
from rag.terms.lexicon import UNITS
from rag.terms.numbers import Quantity
from rag.terms.words import stem

CELL = " | "
"""Between the cells of a row, as readers write them."""

RECORD = re.compile(r"[^:;\n]{1,60}: [^;\n]*; [^:;\n]{1,60}: ")
NEXT_CELL = re.compile(r"; (?=[^:;\n]{1,60}: )")
UNIT_WORDS = re.compile(r"[^\W\d_]+|[%°$€£¥]")
CURRENCIES = frozenset("$€£¥")
PRICED = frozenset(stem(word) for word in ("cost", "price", "charge", "fee"))
"""Stems of what is asked for where an amount of money is."""


def cells_of(row: str, header: str = "") -> list[tuple[str, str]]:
    """Return the cells of a row, each with the name of its column; none where the columns have no names.

    >>> cells_of("Harbour shop | closed", "Shop | Sunday"), cells_of("Shop: Harbour shop; Sunday: closed")
    ([('Shop', 'Harbour shop'), ('Sunday', 'closed')], [('Shop', 'Harbour shop'), ('Sunday', 'closed')])
    """
    if header:
        return list(zip(header.split(CELL), row.split(CELL), strict=False))
    if not is_record(row):
        return []
    named = [cell.partition(": ") for cell in NEXT_CELL.split(row)]
    return [(name, value) for name, colon, value in named if colon]


def in_words(row: str, header: str = "") -> str:
    """Return a row with the name of each cell's column before it; any other text as it is."""
    return "; ".join(f"{name}: {value}" for name, value in cells_of(row, header)) or row


def is_record(text: str) -> bool:
    """Return whether a sentence is a row whose cells are named: ``Name: Klein; Room: 112``."""
    return RECORD.match(text) is not None


def units_named(name: str) -> frozenset[str]:
    """Return the units that the name of a column speaks of.

    >>> sorted(units_named("Price per kg (£)")), units_named("payment_terms_days"), units_named("Shop")
    (['kilogram', '£'], frozenset({'day'}), frozenset())
    """
    return frozenset(UNITS[word] for word in UNIT_WORDS.findall(name.lower()) if word in UNITS)


def words_of(name: str) -> frozenset[str]:
    """Return the stems of the name of a column without its units: ``wholesal`` of ``Wholesale per kg (£)``."""
    return (
        frozenset(term.key for term in analyse(name).terms if name[term.start : term.end].lower() not in UNITS)
        or analyse(name).keys
    )


def is_stated(number: Quantity, row: str, header: str = "") -> bool:
    """Return whether a text states a number; a row only in a cell that has its unit, or whose column names it.

    Five kilograms are not stated by ``Days: 5``, nor five bags by ``Lots: 5``.
    """
    cells = cells_of(row, header)
    if not cells:
        return any(number.agrees(own) for own in analyse(row).numbers)
    return any(
        number.agrees(own) and is_of_column(number, own, f"{name} {value}")
        for name, value in cells
        for own in analyse(value).numbers
    )


def is_of_column(number: Quantity, own: Quantity, cell: str) -> bool:
    """Return whether the number of a cell is of the unit, or counts the things, that another number has."""
    if number.unit and not own.unit:
        return number.unit in units_named(cell)
    if number.counted and not own.counted:
        return bool(analyse(number.counted).keys & analyse(cell).keys)
    return True


def implied_by(row: str, asked: frozenset[str], header: str = "") -> frozenset[str]:
    """Return the stems of what cells tell by their units alone: ``cost`` and ``price`` where one is of money.

    None for a row that no cell of which is named by what is asked, `asked`: it is the price of something else.
    """
    cells = cells_of(row, header)
    if not any(analyse(value).keys & asked for _, value in cells):
        return frozenset()
    units = {number.unit for number in analyse(row).numbers}
    units.update(unit for name, _ in cells for unit in units_named(name))
    return PRICED if units & CURRENCIES else frozenset()


def asked_cells(asked: frozenset[str], numbers: Sequence[Quantity], row: str, header: str = "") -> tuple[bool, bool]:
    """Return whether a question names a row by one of its cells, and whether it asks for a column of it by name.

    Args:
        asked: Stems of the question's terms.
        numbers: Numbers that tell what is asked.
        row: The row.
        header: The names of its columns; empty where they stand in the row itself.
    """
    cells = cells_of(row, header)
    keyed = [bool(analyse(value).keys & asked) for _, value in cells]
    wanted = [bool(keys := words_of(name)) and keys <= asked and bool(value.strip()) for name, value in cells]
    by_number = any(is_stated(number, row, header) for number in numbers)
    apart = any(wanted[two] and one != two for one, key in enumerate(keyed) if key for two in range(len(cells)))
    return (apart or by_number), any(wanted)
