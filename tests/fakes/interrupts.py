"""Ctrl-C for processes that tests start, also where the tests themselves run in the background."""

from __future__ import annotations

import signal


def heed_interrupts() -> None:
    """Let a new process die of Ctrl-C: what a shell runs in the background ignores it, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
