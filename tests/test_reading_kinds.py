"""What a file is taken for, and what stands where rows, chapters and limits are not as usual."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import SourceDamaged, SourceEncrypted, SourceTooLarge
from rag.reading import Found, discover, read
from tests.test_reading import assert_maps
from tests.test_reading_formats import DOCUMENTS, headings, read_text, repacked


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.md", b"# Marks\n\nA PDF begins with `%PDF-1.7`, a text does not.", "text/"),
        ("a.py", b'MARK = b"%PDF-"\n', "code/"),
        ("a.txt", b"\xef\xbb\xbf \r\n%PDF-", "pdf"),
        ("a.txt", b"\xff\xfe junk %PDF-", "pdf"),
        ("a.pdf", b"words before %PDF-", "pdf"),
    ],
)
def test_a_text_that_tells_of_pdfs_is_none(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    if kind == "pdf":
        with pytest.raises(SourceDamaged, match="no PDF that can be opened"):
            read_text(tmp_path, name, content)
    else:
        assert read_text(tmp_path, name, content).reader.startswith(kind)


def test_a_pdf_behind_some_bytes_of_something_else_is_one(tmp_path: Path) -> None:
    for before in (b"\n\n", b"\x00\x01\xff", b"\xef\xbb\xbf"):
        content = before + (DOCUMENTS / "report.pdf").read_bytes()
        assert read_text(tmp_path, "a.bin", content).reader.startswith("pdf/")


@pytest.mark.parametrize(
    "suffix", [".dotx", ".ppsx", ".potx", ".xltx", ".xlsb", ".ots", ".otp", ".mdx", ".tex", ".srt"]
)
def test_files_of_kinds_that_can_be_read_are_taken_from_folders(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_text("Saturn has 274 moons.")
    assert list(discover([tmp_path], root=tmp_path)) == [Found(tmp_path / f"a{suffix}", f"a{suffix}")]


def test_components_within_markdown_are_markdown(tmp_path: Path) -> None:
    assert read_text(tmp_path, "a.qmd", "- one *two*").reading.text == "one two"


def test_words_after_a_quoted_field_are_part_of_it(tmp_path: Path) -> None:
    text = 'Name,City,Sum\n"Smith" Ltd,Paris,100\n"Klein, Sons" & Co,"Bonn" ,80\n'
    document = read_text(tmp_path, "a.csv", text)
    assert document.reading.text.split("\n") == [
        'Name: "Smith" Ltd; City: Paris; Sum: 100',
        'Name: "Klein, Sons" & Co; City: Bonn; Sum: 80',
    ]
    assert_maps(document.reading, text)


def test_a_first_row_of_words_above_words_is_read_as_well(tmp_path: Path) -> None:
    text = "Anna,Lisbon,Portugal\nBob,Paris,France\n"
    document = read_text(tmp_path, "a.csv", text)
    assert document.reading.text == "Anna | Lisbon | Portugal\nAnna: Bob; Lisbon: Paris; Portugal: France"
    assert_maps(document.reading, text)
    assert (
        read_text(tmp_path, "b.csv", "Item,City,Sum\nSand,Paris,5\n").reading.text == "Item: Sand; City: Paris; Sum: 5"
    )


def test_sheets_of_an_old_notebook_that_are_none_have_no_cells(tmp_path: Path) -> None:
    text = '{"worksheets": [1, {"cells": 2}, {"cells": [{"cell_type": "markdown", "source": "Words."}]}]}'
    assert read_text(tmp_path, "a.ipynb", text).reading.text == "Words."


def test_a_remedy_names_the_setting_that_can_be_raised_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("word " * 100)
    for limits, setting in (((10, 10**6), "VOUCH_FILE_MAX_BYTES"), ((10**6, 10), "VOUCH_FILE_MAX_CHARACTERS")):
        with pytest.raises(SourceTooLarge) as caught:
            read(path, source="a.txt", max_bytes=limits[0], max_characters=limits[1])
        assert setting in caught.value.remedy
    with pytest.raises(SourceTooLarge) as caught:
        read_text(tmp_path, "a.docx", repacked("report.docx", **{"word/media/a.bin": b"0" * 30_000_000}))
    assert "raise" not in caught.value.remedy


def test_a_chapter_without_a_heading_stands_under_its_own_title(tmp_path: Path) -> None:
    def page(title: str, body: str) -> str:
        return f"<html><head><title>{title}</title></head><body>{body}</body></html>"

    container = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
    names = ("one", "more", "end")
    items = "".join(f'<item id="{name}" href="{name}.xhtml"/>' for name in names)
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    members = {
        "META-INF/container.xml": container,
        "b.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
        "one.xhtml": page("Chapter One", "<h1>Chapter One</h1><p>It begins.</p>"),
        "more.xhtml": page("Chapter One", "<p>It goes on.</p>"),
        "end.xhtml": page("Appendix", "<p>Tables follow.</p>"),
    }
    document = read_text(tmp_path, "a.epub", repacked("book.epub", **members))
    assert headings(document) == [("Chapter One",), ("Appendix",)]
    assert "Appendix" not in document.text


ADEPT = '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
FONTS = '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/>'
END = "</EncryptedData></encryption>"
MANIFEST = '<manifest:manifest xmlns:manifest="x"><manifest:encryption-data/></manifest:manifest>'


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("report.odt", {"META-INF/manifest.xml": MANIFEST, "content.xml": b"\x88noise"}),
        ("budget.ods", {"META-INF/manifest.xml": MANIFEST, "content.xml": b"\x88noise"}),
        ("report.odt", {"encrypted-package": b"\x88noise"}),
        ("book.epub", {"META-INF/encryption.xml": ADEPT + END}),
    ],
)
def test_what_is_encrypted_is_told_from_what_is_broken(tmp_path: Path, name: str, members: dict[str, str]) -> None:
    with pytest.raises(SourceEncrypted, match="needs a password"):
        read_text(tmp_path, name, repacked(name, **members))


def test_a_book_whose_fonts_alone_are_encrypted_is_read(tmp_path: Path) -> None:
    assert read_text(tmp_path, "a.epub", repacked("book.epub", **{"META-INF/encryption.xml": FONTS + END})).text
