"""What was typed at the chat's prompt, which recalls it with the arrow keys: a file beside the history."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from rag.durable import storage_error

TYPED_FILE = "chat_history"
ENTRY = re.compile(rb"\n# [^\n]*\n(?:\+[^\n]*\n?)+")
"""As prompt_toolkit's `FileHistory` writes one: when it was typed, and its lines, each after a plus."""


def forget_typed(home: Path, questions: Collection[str]) -> None:
    """Blank questions out of what was typed, in place: their bytes are overwritten, and nothing else moves.

    A chat in another terminal may append meanwhile.

    Raises:
        CollectionError: The file cannot be read or written.
    """
    path = home / TYPED_FILE
    unwanted = {question.strip() for question in questions}
    try:
        with path.open("r+b") as file:
            for entry in ENTRY.finditer(file.read()):
                if read_entry(entry[0]) in unwanted:
                    file.seek(entry.start())
                    file.write(b"\n" * len(entry[0]))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(error, f"The file {path}") from error


def read_entry(entry: bytes) -> str:
    r"""Return the text of an entry.

    Examples:
        >>> read_entry(b"\n# 2026-03-01 09:30:00\n+How many\n+moons?\n")
        'How many\nmoons?'
    """
    lines = [line.removeprefix(b"+") for line in entry.split(b"\n")[2:]]
    return b"\n".join(lines).decode("utf-8", "replace").strip()
