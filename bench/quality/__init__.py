"""The verifier against human labels, beside baselines and published figures: ``python -m bench quality --data DIR``.

The sets are public and stay where they are; none of their rows stands in this repository. Of the sets that the
verifier was fitted on only rows on held-out documents are measured (`training.split`). Scores are kept in
``bench/results`` (ignored by git) under a hash of the code that made them.
"""

from __future__ import annotations


def main() -> None:
    """Print the tables."""
    from bench.quality.tables import report

    report()
