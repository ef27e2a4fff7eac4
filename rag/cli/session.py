"""What a command begins with: settings, an open collection, the question, the filter, the conversation."""

from __future__ import annotations

import asyncio
import math
import re
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from rag.cli.terminal import working, write_warning
from rag.errors import AnswerNotFound, CollectionError, FilterError, QuestionError, UsageError

if TYPE_CHECKING:
    from rag.collection import Collection
    from rag.config import Settings

T = TypeVar("T")

PREPARING = "Preparing the embedding model ..."
STDIN_CHARACTERS_MAX = 1_000_000
CONDITION = re.compile(r"\s*([^\s=<>]+)\s*(>=|<=|=|>|<)(.*)", re.DOTALL)
TEXT_KEYS = ("source", "folder", "document")
RANGES = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}


def given_flags(context: typer.Context, **flags: object) -> dict[str, Any]:
    """Return the settings given as flags, those before the command's name included; the command's own win."""
    own = {name: value for name, value in flags.items() if value is not None}
    return {**(context.obj or {}), **own}


def read_settings(context: typer.Context, **flags: object) -> Settings:
    """Return the settings.

    Raises:
        ConfigError: A value cannot be used.
    """
    from rag.config import load_settings

    return load_settings(**given_flags(context, **flags))


def open_collection(settings: Settings, *, create: bool = False) -> Collection:
    """Open the settings' collection; where it is made anew, that takes the embedder, which may take a while.

    Raises:
        CollectionNotFound: There is none, and `create` is False.
        CollectionError: It cannot be used.
    """
    from rag.collection import Collection

    if not create:
        return Collection.open(settings=settings)
    with working(PREPARING):
        return Collection.open(settings=settings, create=True)


def load_embedder(collection: Collection) -> None:
    """Load the collection's embedder while a spinner shows why it takes a while (on a first run, seconds).

    Raises:
        EmbedderError: It cannot be loaded.
    """
    with working(PREPARING):
        _ = collection.embedder


def run_to_end(collection: Collection, work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on an event loop of its own, and close what it connected to before the loop ends."""

    async def run() -> T:
        try:
            return await work
        finally:
            await collection.disconnect()

    return asyncio.run(run())


def read_question(words: Sequence[str] | None) -> str:
    """Return the question given, in one word or several, or stdin's text for ``-`` or none.

    Raises:
        QuestionError: None is given, and stdin is a terminal or holds nothing.
    """
    if words and list(words) != ["-"]:
        return " ".join(words)
    text = "" if not words and sys.stdin.isatty() else read_stdin()
    if not text:
        raise QuestionError(
            "There is no question.", remedy='Ask one: vouch ask "..."; or pipe it in.', field="question"
        )
    return text


def read_stdin() -> str:
    """Return stdin's text, at most `STDIN_CHARACTERS_MAX` characters; what is not UTF-8 becomes U+FFFD."""
    return sys.stdin.buffer.read(4 * STDIN_CHARACTERS_MAX).decode("utf-8", "replace")[:STDIN_CHARACTERS_MAX]


def parse_conditions(
    conditions: Sequence[str] | None, folders: Sequence[str] | None = None
) -> dict[str, object] | None:
    """Return the filter that ``--where`` and ``--folder`` options stand for; None for none.

    Several values of one key are alternatives, several bounds one range. A value that looks like a number or a truth
    value matches both that and the text.

    Raises:
        FilterError: One of them cannot be understood.
    """
    where: dict[str, Any] = {}
    for condition in conditions or ():
        found = CONDITION.fullmatch(condition)
        if found is None:
            raise FilterError(
                f"The filter '{condition}' cannot be understood.",
                remedy="Write KEY=VALUE, KEY>=VALUE, KEY<=VALUE, KEY>VALUE or KEY<VALUE.",
                field="where",
            )
        key, operator, text = found[1], found[2], found[3].strip()
        is_range = operator in RANGES
        kept = where.setdefault(key, {} if is_range else [])
        if is_range is not isinstance(kept, dict):
            raise FilterError(f"The filter on '{key}' has both a value and a range.", field=f"where.{key}")
        if is_range:
            kept[RANGES[operator]] = spelled(text)
        else:
            kept += [text] if key in TEXT_KEYS or spelled(text) == text else [spelled(text), text]
    if folders:
        where.setdefault("folder", []).extend(folders)
    return where or None


def spelled(text: str) -> str | int | float | bool:
    """Return the finite number or the truth value that a text spells in any way, or the text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for number in (int, float):
        try:
            value = number(text)
            if math.isfinite(value):
                return value
        except (ValueError, OverflowError):  # no number, or one of more digits than any is reckoned with
            continue
    return text


def typed(text: str) -> str | int | float | bool:
    """Return the number or truth value that a text is written as, or the text, so that nothing typed is altered.

    >>> typed("7"), typed("007"), typed("1.5"), typed("1.10"), typed("nan")
    (7, '007', 1.5, '1.10', 'nan')
    """
    value = spelled(text)
    return value if isinstance(value, bool) or str(value) == text else text


def choose_conversation(collection: Collection, *, latest: bool, conversation_id: str | None) -> str | None:
    """Return the conversation to go on with: the one named, the latest, or None for a new one.

    Raises:
        AnswerNotFound: There is no such conversation, or none at all.
        UsageError: Both are asked for.
    """
    if conversation_id is not None:
        if latest:
            raise UsageError("--continue and --resume exclude each other.", remedy="Give one of them.", field="resume")
        collection.archive.turns(conversation_id)
        return conversation_id
    if not latest:
        return None
    found = collection.archive.conversations(limit=1)
    if not found:
        raise AnswerNotFound(
            f"The collection '{collection.name}' has no conversation yet.", remedy="Ask without --continue first."
        )
    return found[0].conversation_id


def start_conversation(collection: Collection) -> str | None:
    """Begin a conversation; where it cannot be stored, the answer is given all the same."""
    try:
        return collection.archive.start_conversation()
    except CollectionError as error:
        write_warning(f"The conversation is not stored: {error}")
        return None


def existing_path(path: Path, field: str) -> Path:
    """Return `path` if there is such a file or folder.

    Raises:
        UsageError: There is none.
    """
    if not path.exists():
        raise UsageError(f"There is no file or folder '{path}'.", remedy="Check the path.", field=field)
    return path
