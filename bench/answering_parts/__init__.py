"""Fit and measure the parts of answering on public sets: the offline drafter, the abstention.

``python -m bench answering_parts`` prints the coefficients that stand in
`rag.drafting.extractive` and `rag.sufficiency`, and what they reach on data they were not fitted on. The sets are
looked for in ``BENCH_DATA`` (by default ``../shared/data``); none of their rows stands in this repository.
"""

from __future__ import annotations


def main() -> None:
    """Print one section per part."""
    from bench.answering_parts import drafter, sufficiency

    for part in (drafter, sufficiency):
        part.report()
