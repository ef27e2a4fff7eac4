"""Titles that tell a document from others: one that any document of its kind could bear gets its file's name."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

KINDS = frozenset(
    re.findall(
        r"\S+",
        "agenda agreement brief bulletin contract form guide handbook invoice letter manual memorandum minutes "
        "newsletter notice plan policy proposal protocol quotation receipt record report results review "
        "statement statements summary survey 10-k 10-q 8-k 20-f",
    )
)
"""Words for kinds of documents."""
GENERIC = KINDS | frozenset(
    re.findall(
        r"\S+",
        "a about abstract address an and annual appendix application attachment bill board book chapter committee "
        "confidential content contents copy cover data date default document draft email exhibit fact file final "
        "financial first for from further half home index information interim internal introduction issue list meeting "
        "memo message monthly new no note notes number of offer on order other overview page paper part presentation "
        "press public quarter quarterly quote release schedule second section sheet slide slides specification table "
        "template terms test text the title to toc untitled update version volume web website week weekly welcome work "
        "year yearly",
    )
)
"""Words that do not say which document one is."""
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
NUMERAL = re.compile(r"(?=.)x{0,3}(?:ix|iv|v?i{0,3})|[a-z]|\d{1,3}(?:st|nd|rd|th)?")
"""Roman up to 39, a letter, or a number: as chapters, appendices and days have them."""
NAMING = re.compile(r"[^\W\d_]{3,}|\d{2,}")


def distinguish(title: str, source: str) -> str:
    """Return a title that tells the document from others of its kind: one that does not gets the file's name.

    >>> distinguish("Table of Contents", "handbooks/student_handbook_2020.pdf")
    'Table of Contents (student handbook 2020)'
    >>> distinguish("Survey of the Harbour Bridges", "report.pdf")
    'Survey of the Harbour Bridges'
    """
    name = readable_name(source)
    if not is_generic(title) or not NAMING.search(name) or name.casefold() in title.casefold():
        return title
    return f"{title} ({name})"


def is_generic(title: str) -> bool:
    """Tell whether a title says what kind of document one is, and not which.

    >>> is_generic("FORM 10-Q"), is_generic("Minutes of the Meeting"), is_generic("Minutes of 23 June 2025")
    (True, True, False)
    >>> is_generic("Appendix XIV"), is_generic("Civil Contract")
    (True, False)
    """
    words = [word.lower() for word in WORD.findall(title)]
    return all(word in GENERIC or NUMERAL.fullmatch(word) for word in words)


def names_kind(line: str) -> bool:
    """Tell whether a line says what kind of document one is, and nothing else.

    >>> names_kind("FORM 10-Q"), names_kind("Abstract")
    (True, False)
    """
    return is_generic(line) and not KINDS.isdisjoint(word.lower() for word in WORD.findall(line))


def readable_name(source: str) -> str:
    """Return a file's name as words, without its suffix.

    >>> readable_name("docs/2022_Q3_NVDA.pdf")
    '2022 Q3 NVDA'
    """
    stem = PurePosixPath(source).stem
    return " ".join(re.sub(r"_|(?<=[^\W\d_])-(?=[^\W\d_])", " ", stem).split())
