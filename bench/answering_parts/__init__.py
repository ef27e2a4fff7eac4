"""Fit and measure the offline drafter on public sets.

``python -m bench answering_parts`` prints the coefficients that stand in `rag.drafting.extractive`, and what they
reach on data they were not fitted on. The sets are looked for in ``BENCH_DATA`` (by default ``../shared/data``); none
of their rows stands in this repository.
"""

from __future__ import annotations


def main() -> None:
    """Print the section."""
    from bench.answering_parts import drafter

    drafter.report()
