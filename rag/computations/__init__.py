"""Numbers of an answer that stand in no source but follow from cited ones: found, shown, or flagged.

Deterministic and bounded: at most three cited numbers, the simplest expression, and only where the sentence says
that it computes and chance would hardly give the number.
"""

from rag.computations.dated import Statement, settle_periods
from rag.computations.equivalents import same_amount
from rag.computations.figures import Computation, is_part_of_name
from rag.computations.rules import settle_by_rules
from rag.computations.search import compute
from rag.computations.settling import Settled, settle_numbers

__all__ = [
    "Computation",
    "Settled",
    "Statement",
    "compute",
    "is_part_of_name",
    "same_amount",
    "settle_by_rules",
    "settle_numbers",
    "settle_periods",
]
