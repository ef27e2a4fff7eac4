"""Messages on a pipe: a head in JSON and parts in bytes, each with its length, so that reading one can run nothing."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from rag.types import Document, Locator, ReadingText, Runs

PREFIX = struct.Struct(">4sQQ")
"""Mark, bytes of the head, bytes of the parts together."""
MARK = b"vch2"
PARTS = "parts"
"""Key of the head under which the lengths of the parts stand."""
PACKED = ("text", "reading", "locators")
"""Fields of a document that do not travel in the head as they are."""


class FrameError(Exception):
    """What came is no message: a mistake of whoever sent it, or foul play."""


class FrameTooLong(FrameError):
    """A message is longer than is taken; nothing of it was read."""


class Message(NamedTuple):
    """What is sent from one process to another."""

    head: Mapping[str, Any]
    parts: tuple[bytes, ...] = ()


def pack(message: Message) -> bytes:
    """Return a message as bytes."""
    head = json.dumps({**message.head, PARTS: [len(part) for part in message.parts]}).encode()
    size = sum(len(part) for part in message.parts)
    return b"".join((PREFIX.pack(MARK, len(head), size), head, *message.parts))


def receive(read: Callable[[int], bytes], max_bytes: int) -> Message:
    """Return the next message.

    Args:
        read: Returns exactly so many bytes.
        max_bytes: Longest message taken; a longer one is not read.

    Raises:
        FrameTooLong: It is too long.
        FrameError: It is none.
    """
    mark, head_size, parts_size = PREFIX.unpack(read(PREFIX.size))
    if mark != MARK:
        raise FrameError(f"no message: it begins with {mark!r}")
    if head_size + parts_size > max_bytes:
        raise FrameTooLong(f"a message of {head_size + parts_size:,} bytes; at most {max_bytes:,} are taken")
    try:
        head = json.loads(read(head_size))
        sizes = [int(size) for size in head.pop(PARTS)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FrameError(f"the head of a message cannot be read: {type(error).__name__}") from error
    if min(sizes, default=0) < 0 or sum(sizes) != parts_size:
        raise FrameError("the parts of a message are not as long as its head says")
    return Message(head, tuple(read(size) for size in sizes))


def pack_document(document: Document) -> Message:
    """Return a document as a message; a character that UTF-8 does not know passes, for the store to refuse."""
    head = {each.name: getattr(document, each.name) for each in fields(document) if each.name not in PACKED}
    head["metadata"] = dict(document.metadata)
    head["locators"] = [(each.start, each.kind, each.value) for each in document.locators]
    text, reading = (each.encode("utf-8", "surrogatepass") for each in (document.text, document.reading.text))
    return Message({"document": head}, (text, reading, document.reading.runs.pack()))


def unpack_document(message: Message) -> Document:
    """Return the document that a message holds.

    Raises:
        FrameError: It holds none.
    """
    try:
        text, reading, packed_runs = message.parts
        head = dict(message.head["document"])
        head["locators"] = tuple(Locator(start, kind, tuple(value)) for start, kind, value in head["locators"])
        return Document(
            text=text.decode("utf-8", "surrogatepass"),
            reading=ReadingText(reading.decode("utf-8", "surrogatepass"), Runs.unpack(packed_runs)),
            **head,
        )
    except (ValueError, TypeError, KeyError) as error:
        raise FrameError(f"the document in a message cannot be read: {error}") from error
