"""How the sheets of an Excel workbook look: rows and columns that are hidden, and figures shown as shares or money."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isfinite
from typing import Literal, NamedTuple

from rag.reading.archive import Archive, attribute, local
from rag.reading.office.package import main_part, related, relations

ROW = re.compile(rb"<(?:\w{1,20}:)?row\s([^<>]{0,500})>")
FILTERED = re.compile(
    rb"<(?:\w{1,20}:)?autoFilter\s[^<>]{0,300}?\bref=[\"'][A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})[\"']"
)
FILTERS = re.compile(rb"<(?:\w{1,20}:)?(?:filterColumn\b|sheetPr\s[^<>]{0,300}?\bfilterMode=[\"'](?:1|true)[\"'])")
"""What says that a filter leaves rows out now, not only that there is one."""
COLUMN = re.compile(rb"<(?:\w{1,20}:)?col\s([^<>]{0,500})>")
CELL = re.compile(rb"<(?:\w{1,20}:)?c\s([^<>]{0,300})>")
BEFORE_TIME = re.compile(
    rb"<(?:\w{1,20}:)?c\s([^<>]{0,300})>(?:<(?:\w{1,20}:)?f\b[^<>]{0,300}(?:/>|>[^<]{0,9000}</(?:\w{1,20}:)?f>))?"
    rb"<(?:\w{1,20}:)?v>\s*(-[0-9.eE+-]{1,40}|NaN|0(?:\.[0-9]{1,40})?)\s*<",
    re.IGNORECASE,
)
"""A cell whose number is no day; below zero it is no time either."""
ATTRIBUTE = re.compile(rb"\b(r|s|min|max|hidden)=[\"']([^\"']{0,40})[\"']")
PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
ON = (b"1", b"true")
COLUMNS_MAX = 16_384
CODE_MAX_CHARACTERS = 1000
WORDS = re.compile(r"\"[^\"]*\"|\\.")
"""What a format's code shows as it stands."""
CONDITION = re.compile(r"\[[<>=]")
PASSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
BROAD = Context(prec=400)
SHARE = re.compile(r"#*,?#*0(?:\.(0+))?%")
TOKEN = re.compile(r"(#*,?#*0(?:\.0+)?)|\[\$([^\]-]{0,5})(?:-[0-9A-Fa-f]*)?\]|\"([^\"]{0,5})\"|\\(.)|([$€£¥ ])")
"""The figure, or what stands beside it: a currency, words between quotation marks, a character behind a backslash."""
SPACING = re.compile(r"_.|\*.|\[(?:Red|Black|Blue|Green|White|Color ?\d+)\]", re.IGNORECASE)
CURRENCY = re.compile(r"[$€£¥₹]|kr\.?|[A-Z]{3}|zł|Kč|Ft|CHF")


class Format(NamedTuple):
    """How a value is shown, as far as that is certain.

    Attributes:
        decimals: Of a figure that is shown as a share.
        before: A currency before the figure.
        behind: A currency behind it.
        hides: The kinds of values that are not shown at all: ``+``, ``-``, ``0`` and ``@``, which is for words.
        moment: Whether a number is shown as a day, or as the time of a day alone.
    """

    decimals: int | None = None
    before: str = ""
    behind: str = ""
    hides: str = ""
    moment: Literal["", "day", "time"] = ""

    def write(self, value: float, plain: str) -> str:
        """Return a figure as it is shown; `plain` is how it is written otherwise.

        The marks of thousands and decimals differ from one reader's settings to the next: they are left as they are.
        """
        if ("0" if value == 0 else "+" if value > 0 else "-") in self.hides:
            return ""
        if self.decimals is not None and isfinite(value):
            # Excel rounds the 15 digits that it shows, and halves up.
            share = Decimal(format(value, ".15g")).scaleb(2)
            rounded = share.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP, BROAD)
            return f"{rounded or abs(rounded):f}%"
        return f"{self.before}{plain}{self.behind}"


PLAIN_DAY = Format(moment="day")
KNOWN = {"9": Format(decimals=0), "10": Format(decimals=2)}
KNOWN |= dict.fromkeys(("14", "15", "16", "17", "22"), PLAIN_DAY)
KNOWN |= dict.fromkeys(("18", "19", "20", "21", "45", "46", "47"), Format(moment="time"))
"""Formats that every workbook has, by number (ISO/IEC 29500, 18.8.30)."""


class Looks(NamedTuple):
    """What of a sheet is hidden, and how its cells look; rows and columns are counted from 0.

    Attributes:
        hidden_rows: Rows that are not shown, but for those that a filter leaves out: these are data.
        hidden_columns: Columns that are not shown.
        formats: The format of each cell that has one that matters.
        no_moments: Cells formatted as dates or times whose number can be none, with that number.
    """

    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    formats: Mapping[tuple[int, int], Format] = {}
    no_moments: Mapping[tuple[int, int], float] = {}


def read_looks(archive: Archive) -> Mapping[str, Looks]:
    """Return how the sheets of a workbook look, by their names; empty for one that is not Excel's.

    Raises:
        SourceDamaged: A part of it is broken.
    """
    if "[Content_Types].xml" not in archive:
        return {}
    workbook = main_part(archive)
    parts = relations(archive, workbook)
    formats = read_formats(archive, workbook)
    looks: dict[str, Looks] = {}
    for sheet in archive.parse(workbook).iter():
        if local(sheet) != "sheet":
            continue
        identifier = next(
            (value for key, value in sheet.attrib.items() if key.startswith("{") and key.endswith("}id")), ""
        )
        part = parts.get(identifier, ("", ""))[1]
        if part in archive:
            tables = [name for kind, name in relations(archive, part).values() if kind == "table" and name in archive]
            looks[attribute(sheet, "name")] = read_sheet(archive.read(part), formats, [*map(archive.read, tables)])
    return looks


def read_formats(archive: Archive, workbook: str) -> Mapping[int, Format]:
    """Return the formats that cells may name by number and that show other than the plain value."""
    styles = related(archive, workbook, "styles")
    if styles is None:
        return {}
    codes: dict[str, str] = {}
    found: dict[int, Format] = {}
    for each in archive.parse(styles):
        if local(each) == "numFmts":
            codes = {attribute(code, "numFmtId"): attribute(code, "formatCode") for code in each}
        elif local(each) == "cellXfs":
            for number, style in enumerate(each):
                identifier = attribute(style, "numFmtId")
                known = KNOWN.get(identifier)
                shown = known if known is not None else read_code(codes.get(identifier, ""))
                if shown is not None:
                    found[number] = shown
    return found


def read_code(code: str) -> Format | None:
    """Return how a format's code shows a value; None for as it is, or where that is not certain."""
    if len(code) > CODE_MAX_CHARACTERS:
        return None
    shown = read_figure(code) or Format()
    shown = shown._replace(hides=find_hidden(code), moment=find_moment(code))
    return shown if shown != Format() else None


def find_hidden(code: str) -> str:
    """Return the kinds of values for which a format's code has a section of nothing.

    >>> find_hidden(";;;"), find_hidden("0;-0;;@"), find_hidden("0.0"), find_hidden('0;"a;b"')
    ('+-0@', '0', '', '')
    """
    sections = [SPACING.sub("", section).strip() for section in WORDS.sub("x", code).split(";")]
    if len(sections) == 1 or CONDITION.search(code):
        return ""
    kinds = ("+0",) if len(sections) == 2 else ("+", "-", "0", "@")
    return "".join(kind for kind, section in zip(kinds, sections, strict=False) if not section)


def find_moment(code: str) -> Literal["", "day", "time"]:
    """Tell whether a format's code shows a day, or a time (of a day, or that has passed), by its first section.

    >>> find_moment("d/m/yyyy h:mm"), find_moment("[h]:mm"), find_moment('0 "days"'), find_moment("General")
    ('day', 'time', '', '')
    """
    marks = PASSED.sub(r"\1", SPACING.sub("", WORDS.sub("", code).split(";")[0]))
    marks = re.sub(r"\[[^\]]*\]|General", "", marks, flags=re.IGNORECASE).lower()
    if "0" in marks.replace(".0", "") or "#" in marks:
        return ""
    return "day" if re.search("[yd]|mmm", marks) else "time" if re.search("[hs]|mm", marks) else ""


def read_figure(code: str) -> Format | None:
    """Return what a format's code shows beside the figure; None for nothing, or what is not certain.

    >>> [shown and shown[:3] for shown in map(read_figure, ("0.0%", "[$€-407]#,##0", "yyyy-mm-dd"))]
    [(1, '', ''), (None, '€', ''), None]
    """
    positive = SPACING.sub("", code.split(";")[0])
    if share := SHARE.fullmatch(positive.replace("\\", "").replace(" ", "")):
        return Format(decimals=len(share[1] or ""))
    around = [""]
    end = 0
    for token in TOKEN.finditer(positive):
        if token.start() != end:
            return None
        end = token.end()
        if token[1]:
            around.append("")
        else:
            around[-1] += next((words for words in token.groups()[1:] if words), "")
    is_money = len(around) == 2 and end == len(positive) and CURRENCY.fullmatch("".join(around).strip())
    return Format(before=around[0], behind=around[1]) if is_money else None


def read_sheet(content: bytes, formats: Mapping[int, Format], tables: Sequence[bytes] = ()) -> Looks:
    """Return how a sheet looks, by its XML and that of its tables."""
    rows = {
        int(found[b"r"]) - 1
        for found in attributes_of(ROW, content)
        if is_hidden(found) and found.get(b"r", b"").isdigit()
    }
    for filtering in (content, *tables):
        if rows and FILTERS.search(filtering):
            rows = {row for row in rows if not any(first < row + 1 <= last for first, last in filtered(filtering))}
    columns: set[int] = set()
    for found in attributes_of(COLUMN, content):
        if is_hidden(found) and found.get(b"min", b"").isdigit() and found.get(b"max", b"").isdigit():
            columns.update(range(int(found[b"min"]) - 1, min(int(found[b"max"]), COLUMNS_MAX)))
    shown: dict[tuple[int, int], Format] = {}
    for found in attributes_of(CELL, content) if formats else ():
        each, place = format_of(found, formats), place_of(found)
        if place and each is not None and each != PLAIN_DAY:
            shown[place] = each
    no_moments: dict[tuple[int, int], float] = {}
    for cell in BEFORE_TIME.finditer(content) if any(each.moment for each in formats.values()) else ():
        found = dict(ATTRIBUTE.findall(cell[1]))
        each, place = format_of(found, formats), place_of(found)
        if place and each is not None and (each.moment == "day" or (each.moment and cell[2][:1] != b"0")):
            no_moments[place] = float(cell[2])
    return Looks(frozenset(rows), frozenset(columns), shown, no_moments)


def filtered(content: bytes) -> list[tuple[int, int]]:
    """Return the first row, which names the columns, and the last one of each range with a filter, counted from 1."""
    return [(int(first), int(last)) for first, last in FILTERED.findall(content)]


def format_of(cell: Mapping[bytes, bytes], formats: Mapping[int, Format]) -> Format | None:
    """Return the format that a cell's attributes name."""
    style = cell.get(b"s", b"")
    return formats.get(int(style)) if style.isdigit() else None


def place_of(cell: Mapping[bytes, bytes]) -> tuple[int, int] | None:
    """Return the row and the column that a cell's attributes name, counted from 0."""
    place = PLACE.fullmatch(cell.get(b"r", b""))
    return (int(place[2]) - 1, number_of(place[1].decode())) if place else None


def attributes_of(tag: re.Pattern[bytes], content: bytes) -> list[dict[bytes, bytes]]:
    """Return the attributes of each element of a kind."""
    return [dict(ATTRIBUTE.findall(found[1])) for found in tag.finditer(content)]


def is_hidden(found: Mapping[bytes, bytes]) -> bool:
    """Tell whether an element says that it is hidden."""
    return found.get(b"hidden") in ON


def number_of(name: str) -> int:
    """Return the number of a column, counted from 0, by its name.

    >>> number_of("A"), number_of("Z"), number_of("AA"), number_of("XFD")
    (0, 25, 26, 16383)
    """
    number = 0
    for letter in name:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
