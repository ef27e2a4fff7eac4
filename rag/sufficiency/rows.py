"""Whether the row of a table holds all that is asked, which settles that it can be answered."""

from __future__ import annotations

from collections.abc import Sequence

from rag.sufficiency.evidence import Weighed, about
from rag.terms import Question, bag, bag_of
from rag.terms.cells import asked_cells, implied_by, is_record, is_stated
from rag.terms.ranges import falls_into
from rag.types import Passage

UNTYPED = ("list", "other")
"""Kinds of question whose answer cannot be told by its form, and that a cell may answer."""

TYPED = ("amount", "person", "place", "time")


def answers_by_row(question: Question, passages: Sequence[Passage], weighed: Weighed) -> bool:
    """Return whether a row says every word and number of a question, and has the cell that is asked for.

    One of its cells must be named, and another asked for by the name of its column: ``How many sacks of Kenya are
    there?`` by ``Origin: Kenya; Sacks: 6``. Who asks for a list need name no cell.
    """
    asked = frozenset(term.key for term in question.terms)
    numbers = question.analysis.numbers
    for statement in weighed.statements:
        row = statement.text
        if not is_record(row) or not (question.kind in UNTYPED or (question.kind in TYPED and statement.offers)):
            continue
        implied = implied_by(row, asked)
        named, wanted = asked_cells(asked, numbers, row)
        named = named or bool(implied & asked) or falls_into(numbers, row) > 0.0 or question.kind == "list"
        wanted = wanted or bool(implied & asked)
        held = [bag(row), bag_of(implied), bag(about(passages[statement.passage]))]
        if (
            named
            and wanted
            and all(any(each.credit(key) for each in held) for key in asked)
            and all(is_stated(number, row) or falls_into([number], row) for number in numbers)
        ):
            return True
    return False
