"""Run the measurements whose figures the README shows."""

from __future__ import annotations

import importlib
import sys

MODULES = (
    "shell",
    "encoding",
    "index_speed",
    "retrieval_speed",
    "peers",
    "retrieval_quality",
    "followups_quality",
    "answering_parts",
    "computing",
)


def main() -> None:
    """Run the modules named, or all."""
    for name in sys.argv[1:] or MODULES:
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
