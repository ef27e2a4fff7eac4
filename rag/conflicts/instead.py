"""What is so instead: the sentence behind a denial, as in ``It will not open in Oslo. It will open in Bergen``."""

from __future__ import annotations

from rag.conflicts.clauses import clauses
from rag.conflicts.days import read_days
from rag.conflicts.reworded import ASKS_DATE, asked_for
from rag.conflicts.statements import Difference, Statement, name_said, read_statement, written
from rag.terms import Question


def said_instead(standing: Statement, following: Statement, question: Question) -> Difference | None:
    """Return the value that a statement gives and the one that stands behind its denial; None where not one each.

    Args:
        standing: What is denied.
        following: The sentence behind the denial; of it only what stands before a reason is read.
        question: What is asked: it tells whether the value is a name, a date or an amount.
    """
    return said_now(standing, read_statement(clauses(following.text)[0], following.about), question)


def said_now(standing: Statement, now: Statement, question: Question) -> Difference | None:
    """Return the value of a statement and that of the one which stands in its place; None where not one each.

    Args:
        standing: What stands no longer.
        now: What stands instead.
        question: What is asked: it tells whether the value is a name, a date or an amount.
    """
    if question.kind in ("person", "place"):
        names = name_said(standing, now, question), name_said(now, standing, question)
        return Difference(*names) if all(names) else None
    if ASKS_DATE.search(question.text):
        days = [read_days(s.text) for s in (standing, now)]
        if any(len(found) != 1 for found in days) or not days[0][0].differs(days[1][0]):
            return None
        return Difference(
            *(s.text[found[0].start : found[0].end] for s, found in zip((standing, now), days, strict=True))
        )
    amounts = [asked_for(s, question) for s in (standing, now)]
    if question.kind != "amount" or any(len(found) != 1 for found in amounts) or amounts[0][0].agrees(amounts[1][0]):
        return None
    return Difference(*(written(s.text, found[0]) for s, found in zip((standing, now), amounts, strict=True)))
