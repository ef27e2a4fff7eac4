"""The verifier against human labels, beside baselines and published figures: ``python -m bench quality --data DIR``.

The sets are public and stay where they are; none of their rows stands in this repository. Of the sets that the
verifier was fitted on only rows on held-out documents are measured (`training.split`). Scores are kept in
``bench/results`` (ignored by git) under a hash of the code that made them.
"""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    """Print the tables; with ``BENCH_WITHOUT`` (``GENERATOR=FOLDER``) those of one generator left out of the fitting.

    FOLDER holds an encoder made by ``python -m training.encoder --without-generator GENERATOR`` and exported.
    """
    from bench.quality.tables import report, report_without

    generator, _, folder = os.environ.get("BENCH_WITHOUT", "").partition("=")
    if folder:
        report_without(generator, Path(folder))
    else:
        report()
