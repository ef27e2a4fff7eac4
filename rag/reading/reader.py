"""What a reader is handed and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rag.errors import SourceDamaged, SourceEncrypted, SourceTooLarge
from rag.reading.mapping import ReadingTextBuilder
from rag.types import Locator, Metadata, ReadingText


class Source(NamedTuple):
    """The file that is read.

    Attributes:
        name: What it goes by, for messages.
        max_characters: Longest canonical text taken.
        suffix: Of the file's name, in lower case, with its dot.
    """

    name: str
    max_characters: int
    suffix: str = ""

    def check_length(self, characters: int) -> None:
        """Refuse a canonical text of so many characters where it is over the limit.

        Raises:
            SourceTooLarge: It is.
        """
        if characters > self.max_characters:
            raise too_large(
                self.name,
                f"more than {self.max_characters:,} characters",
                f"{self.max_characters:,}",
                "Split it, or raise VOUCH_FILE_MAX_CHARACTERS.",
            )

    def damaged(self, what: str) -> SourceDamaged:
        """Return the refusal of a file that is not what it says it is."""
        return SourceDamaged(
            f"{self.name!r} cannot be read: {what}.", remedy="Open it in its program and save it anew."
        )

    def encrypted(self) -> SourceEncrypted:
        """Return the refusal of a file that needs a password, or a key that its seller keeps."""
        return SourceEncrypted(f"{self.name!r} is encrypted and needs a password.", remedy="Save it without one.")


class Reading(NamedTuple):
    """A file as read.

    Attributes:
        text: Canonical text.
        reading: Reading text of `text`.
        locators: Ascending by start within a kind.
        title: Title for people; None where the file names none.
        metadata: Free key-values; ``author``, ``language`` where the file has them, ``date`` where it states its own.
        version: Name and version of the reader, as ``pdf/1``; what it makes of the same bytes changes with it.
        file_date: When the file was made or saved, by its properties.
    """

    text: str
    reading: ReadingText
    locators: tuple[Locator, ...]
    title: str | None
    metadata: Metadata
    version: str
    file_date: str | None = None


Reader = Callable[[bytes, Source], Reading]
"""Bytes of a file in, what they say out; raises a `SourceError` for what cannot be read."""


def too_large(source: str, size: str, limit: str, remedy: str = "Split it.") -> SourceTooLarge:
    """Return the refusal of a file that is over a limit, which a setting can raise where the remedy names it."""
    return SourceTooLarge(f"{source!r} has {size}; at most {limit} are read.", remedy=remedy)


def read_whole(text: str) -> ReadingText:
    """Return the reading text of canonical text that holds no markup: all of it but what nobody can see."""
    builder = ReadingTextBuilder(text)
    builder.keep(0, len(text))
    return builder.build()
