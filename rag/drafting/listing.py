"""Where a question asks for all that fit: the rows of a table that fit as well as the best one."""

from __future__ import annotations

from collections.abc import Sequence

from rag.drafting.candidates import Candidate
from rag.drafting.tables import asks_for_all

ROWS_MOST = 8
"""Rows of one table quoted for a question that asks for a list."""

MORE = f"There may be more rows that fit than the {ROWS_MOST} quoted."
FITTING = ("terms", "numbers", "exact")
"""Features by which a row fits a question, whatever passage it stands in."""


def with_equal_rows(question: str, taken: Sequence[Candidate], everything: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences taken, best first, with the rows of the best one's table that fit as well as it does.

    Only where a question asks for all, and the best is a row; at most `ROWS_MOST` rows of that table, in order.
    """
    best = taken[0] if taken else None
    if best is None or best.table is None or not asks_for_all(question):
        return list(taken)
    places = {(one.passage.number, one.position) for one in taken}
    rows = [one for one in taken if is_of_table(one, best)]
    more = [
        one
        for one in everything
        if is_of_table(one, best) and (one.passage.number, one.position) not in places and fits_as_well(one, best)
    ]
    return [*taken, *more[: max(0, ROWS_MOST - len(rows))]]


def is_of_table(one: Candidate, other: Candidate) -> bool:
    """Return whether two rows have the same columns in one document; a table may go over several passages."""
    if one.table is None or other.table is None or one.passage.document_id != other.passage.document_id:
        return False
    return one.columns == other.columns if one.columns or other.columns else one.table[1] == other.table[1]


def fits_as_well(one: Candidate, best: Candidate) -> bool:
    """Return whether a row carries as much of the question as another."""
    return all(one.features[name] >= best.features[name] - 1e-9 for name in FITTING)


def may_leave_out(question: str, chosen: Sequence[Candidate]) -> bool:
    """Return whether so many rows answer a question that asks for all that more may fit."""
    return asks_for_all(question) and sum(one.table is not None for one in chosen) >= ROWS_MOST
