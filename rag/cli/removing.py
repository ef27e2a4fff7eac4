"""``vouch answers delete``: stored answers and conversations that shall not be kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.cli.boundary import OK
from rag.cli.terminal import write_json, write_note
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.collection import Collection


def delete_stored(collection: Collection, names: Sequence[str], *, conversations: bool, as_json: bool) -> int:
    """Delete answers by their ids or beginnings of them, or conversations by their ids; all are there, or none goes.

    Raises:
        UsageError: None is named.
        AnswerNotFound: The collection has not got one of them, or several begin so.
    """
    if not names:
        raise UsageError("No answer is named.", remedy="Name some: vouch answers delete ID...", field="answer_id")
    archive = collection.archive
    if conversations:
        found = list(dict.fromkeys(names))
        for name in found:
            archive.history.require_conversation(collection.name, name)
    else:
        found = list(dict.fromkeys(archive.answer_id(name) for name in names))
    for name in found:
        (archive.delete_conversation if conversations else archive.delete_answer)(name)
    if as_json:
        write_json(json.dumps({"deleted": found}, ensure_ascii=False, indent=2))
    for name in found:
        write_note(f"Deleted {'the conversation' if conversations else 'the answer'} {name}.", style="")
    return OK
