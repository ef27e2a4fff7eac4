"""What is said of a document that cannot be read within its limits, or at which the process that read it ended."""

from __future__ import annotations

import signal

from rag.errors import SourceCrashed, SourceTimeout, SourceTooLarge


def out_of_memory(source: str, memory_max_bytes: int) -> SourceTooLarge:
    """Return the refusal of a file that takes too much memory."""
    return SourceTooLarge(
        f"{source!r} needs more than {memory_max_bytes // 2**20:,} MB of memory to be read.",
        remedy="Split it, or raise VOUCH_FILE_MEMORY_MB.",
    )


def too_long(source: str) -> SourceTooLarge:
    """Return the refusal of a file of which the process has more to say than is taken."""
    return SourceTooLarge(
        f"{source!r} is too large: what was read of it is longer than is taken.",
        remedy="Split it, or raise VOUCH_FILE_MAX_CHARACTERS.",
    )


def stopped(source: str) -> SourceCrashed:
    """Return what is said of a file that was being read when all reading was ended."""
    return SourceCrashed(f"{source!r} was not read: reading was ended.", remedy="Ingest it again.")


def mistake(source: str, error: BaseException) -> SourceCrashed:
    """Return the refusal of a file at which its reader failed; what the error says may be the file's own words."""
    return SourceCrashed(
        f"{source!r} cannot be read: its reader failed with {type(error).__name__}.",
        remedy="It may be damaged: open it in the program it comes from, and save it anew.",
    )


def too_slow(source: str, seconds: float, kind: str) -> SourceTimeout:
    """Return the refusal of a file that takes too long; `kind` says which of the two times ran out."""
    return SourceTimeout(
        f"{source!r} cannot be read within {seconds:g} seconds {kind}.",
        remedy="Split it, or raise VOUCH_FILE_TIMEOUT_S.",
    )


def ended(source: str, status: int) -> SourceCrashed:
    """Return the refusal of a file at which the process ended.

    Args:
        source: The file.
        status: How it ended: the exit status, or the signal's number with a minus.
    """
    names = {each.value: each.name for each in signal.Signals}  # a real-time signal has none
    how = names.get(-status, f"signal {-status}") if status < 0 else f"exit status {status}"
    remedy = "It may be damaged: open it in the program it comes from, and save it anew."
    if status in (-signal.SIGKILL, -signal.SIGABRT):
        # A library that asks for much more than is left, and an end from outside, leave no other trace.
        remedy += " If it is very large inside, split it, or raise VOUCH_FILE_MEMORY_MB."
    return SourceCrashed(f"{source!r} cannot be read: the process that read it ended with {how}.", remedy=remedy)


def foul(source: str) -> SourceCrashed:
    """Return the refusal of a file at which the process said what it should not."""
    return SourceCrashed(
        f"{source!r} cannot be read: the process that read it did not answer as it should.",
        remedy="It may be damaged, or made to do harm: leave it out.",
    )
