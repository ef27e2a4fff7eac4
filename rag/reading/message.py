"""Electronic mail saved as a file (RFC 5322, ``.eml``): who wrote to whom, when, under what subject, and the words."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from rag.reading.blocks import Blocks, clean
from rag.reading.html import decode_as, parse_html, write_html
from rag.reading.reader import Reading, Source
from rag.reading.text import find_title

VERSION = "message/1"
SUFFIXES = frozenset((".eml",))
HEADERS = ("From", "To", "Cc", "Date")
"""What stands of the head in the text, in this order; the subject is a heading above it."""
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
MALFORMED = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python's package raises at some messages that are not as they should be."""


def read_message(content: bytes, source: Source) -> Reading:
    """Read a message.

    The canonical text is its subject, sender, receivers and date as they are written, then its words: the plain ones,
    or those of its HTML where there are no others. What is attached is named and not read.

    Raises:
        SourceDamaged: It has no head of a message, or cannot be taken apart.
        SourceNotText: Its words are not in the encoding it names.
        SourceTooLarge: It is over the limit.
    """
    try:
        message = message_from_bytes(content, EmailMessage, policy=policy.default)
        body = message.get_body(("plain", "html"))
        attached = [clean(part.get_filename() or part.get_content_type()) for part in message.iter_attachments()]
    except MALFORMED as error:
        raise source.damaged(f"it is no message that can be taken apart ({type(error).__name__})") from None
    head = {name: written for name in HEADERS if (written := read_header(message, name))}
    if not head:
        raise source.damaged("it has no head of a message")
    subject = read_header(message, "Subject")
    blocks = Blocks(source)
    blocks.heading(1, subject)
    for name, written in head.items():
        blocks.line(f"{name}: {written}")
    if body is not None:
        write_body(body, blocks, source)
    if attached:
        blocks.paragraph(f"Attachments: {', '.join(attached)}")
    text, reading, locators = blocks.build()
    return Reading(
        text, reading, locators, subject or find_title(text), read_properties(message, head, attached), VERSION
    )


def write_body(body: MIMEPart, blocks: Blocks, source: Source) -> None:
    """Write the words of a message.

    Raises:
        SourceNotText: They are not in the encoding that is named.
        SourceTooLarge: They are over the limit.
    """
    content = body.get_payload(decode=True)
    words = decode_as(content if isinstance(content, bytes) else b"", body.get_content_charset() or "utf-8", source)
    if body.get_content_subtype() == "html":
        write_html(parse_html(words), blocks)
        return
    for paragraph in BLANK_LINES.split(words.replace("\r\n", "\n")):
        blocks.paragraph(paragraph)


def read_header(message: EmailMessage, name: str) -> str:
    """Return a line of the head, decoded, on one line; empty where there is none, or none that can be read."""
    try:
        return clean(str(message[name] or ""))
    except MALFORMED:
        return ""


def read_properties(message: EmailMessage, head: dict[str, str], attached: list[str]) -> dict[str, str]:
    """Return the sender, the day on which it was sent, and the names of what is attached."""
    found = {"author": re.sub(r"\s*<[^<>]*>$", "", head.get("From", "")).strip('" ') or head.get("From", "")}
    try:
        found["date"] = message["Date"].datetime.date().isoformat()
    except MALFORMED:
        found["date"] = ""
    found["attachments"] = ", ".join(attached)
    return {name: value for name, value in found.items() if value}
