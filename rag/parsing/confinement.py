"""What a reading process takes away from itself before it opens a file, and how it dies with its parent."""

from __future__ import annotations

import fcntl
import math
import os
import re
import resource
import select
import signal
import sys
import time
from pathlib import Path

OPEN_FILES_MAX = 64
CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
NETWORK_NAMESPACES = (CLONE_NEWNET, CLONE_NEWNET | CLONE_NEWUSER)
"""The first needs a privilege; the second a system that lets everybody make namespaces."""


def confine(memory_max_bytes: int) -> dict[str, bool]:
    """Give up memory beyond a limit, writing files, core dumps, and the network where the system lets one.

    ``RLIMIT_AS`` limits the address space: what libraries written in C map counts too, before it is touched.

    Returns:
        What could be given up: ``memory``, ``writing``, ``network``.
    """
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NOFILE, OPEN_FILES_MAX)
    return {
        "memory": limit(resource.RLIMIT_AS, memory_max_bytes),
        "writing": limit(resource.RLIMIT_FSIZE, 0),
        "network": leave_network(),
    }


def limit(kind: int, value: int) -> bool:
    """Lower a limit for good; tell whether the system took it."""
    try:
        resource.setrlimit(kind, (value, value))
    except (OSError, ValueError):
        return False
    return True


def limit_processor_time(seconds: float) -> None:
    """Let the system end this process once it has computed so much longer."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def leave_network() -> bool:
    """Move into a network of one's own, which leads nowhere; tell whether the system let it."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return any(unshare(ctypes.c_int(flags)) == 0 for flags in NETWORK_NAMESPACES)


def die_with(lifeline: int) -> None:
    """Be killed when the other end of a pipe closes, as it does when the process that holds it ends, however it ends.

    Where one may choose the signal (Linux), the system sends it itself, so that it comes through in the midst of a C
    library's loop, too; elsewhere the process ends when it next asks for a request.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    waiting = select.poll()
    waiting.register(lifeline, 0)
    if waiting.poll(0):  # it ended before we listened
        os._exit(1)


def peak_memory_bytes() -> int:
    """Return how much memory this process has held at most since it runs this program; 0 where that is not known.

    ``ru_maxrss`` would count what its parent held before it became itself.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0
