"""Run the measurements whose figures the README shows."""

from __future__ import annotations

import argparse
import importlib
import os

MODULES = (
    "shell",
    "encoding",
    "index_speed",
    "retrieval_speed",
    "peers",
    "retrieval_quality",
    "filings",
    "followups_quality",
    "answering_parts",
    "computing",
    "conflicting",
    "citing",
    "streaming",
    "abstention",
)


def main() -> None:
    """Run the modules named, or all of `MODULES`."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("modules", nargs="*", help=f"{', '.join(MODULES)}; quality by itself only, it takes an hour")
    parser.add_argument("--data", help="folder of the public sets; as BENCH_DATA in the environment")
    given = parser.parse_args()
    if given.data:
        os.environ["BENCH_DATA"] = given.data
    for name in given.modules or MODULES:
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
