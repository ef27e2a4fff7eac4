"""What is said of a document whose reader failed."""

from __future__ import annotations

from rag.errors import SourceCrashed


def mistake(source: str, error: BaseException) -> SourceCrashed:
    """Return the refusal of a file at which its reader failed; what the error says may be the file's own words."""
    return SourceCrashed(
        f"{source!r} cannot be read: its reader failed with {type(error).__name__}.",
        remedy="It may be damaged: open it in the program it comes from, and save it anew.",
    )
