"""Abstention: can the question be answered from what was found? Fitted, cross-fitted and measured on public sets.

``python -m bench abstention`` prints the coefficients and the threshold that stand in `rag.sufficiency.model`, and what
they reach on questions they were not fitted on, beside two floors. The sets are looked for in ``BENCH_DATA``; vectors
are kept in ``bench/results``, which git ignores.
"""

from __future__ import annotations


def main() -> None:
    """Print the table."""
    from bench.abstention import report

    report.print_report()
