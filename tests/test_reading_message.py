"""Electronic mail: its head, its words, and what is attached."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from rag.errors import SourceDamaged, SourceNotText
from rag.reading import Found, discover
from tests.test_reading_formats import headings, read_text


def letter() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Käthe Wren <kate@parcels.example>"
    message["To"] = "ida@harbour.example"
    message["Subject"] = "Your claim 7719: décision"
    message["Date"] = "Mon, 4 Aug 2025 23:30:00 +0100"
    message.set_content("Dear Ida,\nwe accept claim 7719.\n\nWe credit £212.40 for eleven lost parcels.\n")
    return message


def test_a_message_reads_with_its_head_and_is_named_by_its_subject(tmp_path: Path) -> None:
    document = read_text(tmp_path, "claim.eml", bytes(letter()))
    assert document.title == "Your claim 7719: décision"
    assert document.text == (
        "Your claim 7719: décision\n\n"
        "From: Käthe Wren <kate@parcels.example>\nTo: ida@harbour.example\nDate: Mon, 04 Aug 2025 23:30:00 +0100\n\n"
        "Dear Ida,\nwe accept claim 7719.\n\nWe credit £212.40 for eleven lost parcels."
    )
    assert document.reader.startswith("message/")
    assert headings(document) == [("Your claim 7719: décision",)]
    assert (document.metadata["author"], document.metadata["date"]) == ("Käthe Wren", "2025-08-04")
    assert document.metadata["date_from"] == "stated"


def test_the_plain_words_are_read_before_those_in_html_and_attachments_are_named(tmp_path: Path) -> None:
    message = letter()
    message.add_alternative("<p>Only in HTML.</p>", subtype="html")
    message.add_attachment(b"%PDF-1.7 secret", maintype="application", subtype="pdf", filename="credit note.pdf")
    document = read_text(tmp_path, "claim.eml", bytes(message))
    assert "eleven lost parcels.\n\nAttachments: credit note.pdf" in document.text
    assert document.metadata["attachments"] == "credit note.pdf"
    assert "HTML" not in document.text
    assert "secret" not in document.text


def test_a_message_in_html_alone_reads_as_a_browser_shows_it(tmp_path: Path) -> None:
    message = letter()
    message.set_content("<style>p{}</style><p>We <b>accept</b>.<p hidden>Not seen.", subtype="html", charset="cp1252")
    document = read_text(tmp_path, "claim.eml", bytes(message))
    assert document.text.endswith("\n\nWe accept.")


def test_what_is_no_message_or_not_in_its_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceDamaged, match="no head of a message"):
        read_text(tmp_path, "a.eml", "Only words, and no head.")
    head = b"From: a@b.example\nContent-Type: text/plain; charset="
    for named, words in ((b"utf-8", b"\xe9t\xe9"), (b"utf-7", b"+AGE-"), (b"nonsense", b"words")):
        with pytest.raises(SourceNotText, match="(?i)" + named.decode()):
            read_text(tmp_path, "a.eml", head + named + b"\n\n" + words)
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000))
    with pytest.raises(SourceDamaged, match="taken apart"):
        read_text(tmp_path, "a.eml", b"From: a@b.example\n" + deep)


def test_a_message_of_odd_lines_is_read_all_the_same(tmp_path: Path) -> None:
    content = b"From: =?utf-8?q?=FF?= <a@[\nDate: never\nTo: ,,;\n\nWords \xc3\xa9."
    document = read_text(tmp_path, "a.eml", content)
    assert document.text.endswith("Words é.")
    assert "date" not in document.metadata


def test_messages_are_taken_from_folders_too(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(bytes(letter()))
    assert list(discover([tmp_path], root=tmp_path)) == [Found(tmp_path / "a.eml", "a.eml")]
