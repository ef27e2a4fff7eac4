"""How the sheets of an Excel workbook look: rows and columns that are hidden, and figures shown as shares or money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from rag.reading.archive import Archive, attribute, local
from rag.reading.office.package import main_part, related, relations

ROW = re.compile(rb"<(?:\w{1,20}:)?row\s([^<>]{0,500})>")
COLUMN = re.compile(rb"<(?:\w{1,20}:)?col\s([^<>]{0,500})>")
CELL = re.compile(rb"<(?:\w{1,20}:)?c\s([^<>]{0,300})>")
ATTRIBUTE = re.compile(rb"\b(r|s|min|max|hidden)=[\"']([^\"']{0,40})[\"']")
PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
ON = (b"1", b"true")
COLUMNS_MAX = 16_384
SHARES = {9: 0, 10: 2}
"""Formats that every workbook has (ISO/IEC 29500, 18.8.30) -> decimals of a share."""
SHARE = re.compile(r"#*,?#*0(?:\.(0+))?%")
TOKEN = re.compile(r"(#*,?#*0(?:\.0+)?)|\[\$([^\]-]{0,5})(?:-[0-9A-Fa-f]*)?\]|\"([^\"]{0,5})\"|\\(.)|([$€£¥ ])")
"""The figure, or what stands beside it: a currency, words between quotation marks, a character behind a backslash."""
SPACING = re.compile(r"_.|\*.|\[(?:Red|Black|Blue|Green|White|Color ?\d+)\]", re.IGNORECASE)
CURRENCY = re.compile(r"[$€£¥₹]|kr\.?|[A-Z]{3}|zł|Kč|Ft|CHF")


class Format(NamedTuple):
    """How a figure is shown: as a share of so many decimals, or with a currency before or behind it."""

    decimals: int | None = None
    before: str = ""
    behind: str = ""

    def write(self, value: float, plain: str) -> str:
        """Return a figure as it is shown; `plain` is how it is written otherwise.

        The marks of thousands and decimals differ from one reader's settings to the next: they are left as they are.
        """
        if self.decimals is not None:
            return f"{100 * value:.{self.decimals}f}%"
        return f"{self.before}{plain}{self.behind}"


class Looks(NamedTuple):
    """What of a sheet is hidden, rows and columns counted from 0, and the format of each cell that has one."""

    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    formats: Mapping[tuple[int, int], Format] = {}


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
            looks[attribute(sheet, "name")] = read_sheet(archive.read(part), formats)
    return looks


def read_formats(archive: Archive, workbook: str) -> Mapping[int, Format]:
    """Return the formats that cells may name by number and that show more than the figure."""
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
                known = SHARES.get(int(identifier)) if identifier.isdecimal() and len(identifier) < 6 else None
                shown = Format(decimals=known) if known is not None else read_code(codes.get(identifier, ""))
                if shown is not None:
                    found[number] = shown
    return found


def read_code(code: str) -> Format | None:
    """Return what a format's code shows beside the figure; None for nothing, or what is not certain.

    >>> read_code("0.0%"), read_code("[$€-407]#,##0"), read_code("yyyy-mm-dd")
    (Format(decimals=1, before='', behind=''), Format(decimals=None, before='€', behind=''), None)
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
    return Format(None, *around) if is_money else None


def read_sheet(content: bytes, formats: Mapping[int, Format]) -> Looks:
    """Return how a sheet looks, by its XML."""
    rows = {
        int(found[b"r"]) - 1
        for found in attributes_of(ROW, content)
        if is_hidden(found) and found.get(b"r", b"").isdigit()
    }
    columns: set[int] = set()
    for found in attributes_of(COLUMN, content):
        if is_hidden(found) and found.get(b"min", b"").isdigit() and found.get(b"max", b"").isdigit():
            columns.update(range(int(found[b"min"]) - 1, min(int(found[b"max"]), COLUMNS_MAX)))
    shown: dict[tuple[int, int], Format] = {}
    for found in attributes_of(CELL, content) if formats else ():
        style, place = found.get(b"s", b""), PLACE.fullmatch(found.get(b"r", b""))
        if place and style.isdigit() and (each := formats.get(int(style))) is not None:
            shown[int(place[2]) - 1, number_of(place[1].decode())] = each
    return Looks(frozenset(rows), frozenset(columns), shown)


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
