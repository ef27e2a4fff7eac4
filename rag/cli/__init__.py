"""The command line: ``vouch``. Importing it loads nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ``sys.argv`` if no arguments are given. Always ends with `SystemExit`.

    Exit codes: 0 answered, 1 error, 2 usage, 3 abstained, 130 Ctrl-C, 141 the reader of stdout is gone.
    """
    from rag.cli.app import run

    run(arguments)
