"""The date of a document: what it says itself, its file's name, the head of its text, or at last its file's properties.

A day is believed before a month or a year. What a text tells of in running sentences is none: a date in its head
counts where it stands by itself, ends the title, or is called that of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from rag.reading.dates import DATE, YEAR, find_dates, read_date, write_date
from rag.terms.months import NAMES
from rag.types import Metadata

HEAD_CHARACTERS = 600
"""Of the reading text so many are looked through."""
TITLE_MAX_CHARACTERS = 100
TITLE_LINES = 2
STATED, NAME, TEXT, FILE = "stated", "name", "text", "file"
"""Where a date comes from; see `date_document`."""
WHOLE_DAY = len("2025-06-23")

NAMED = re.compile(
    r"(?<![^\W_])(?P<year>(?:19|20)\d\d)(?:(?P<mark>[-_. ])(?P<month>\d\d)(?:(?P=mark)(?P<day>\d\d))?"
    r"|(?P<month_within>\d\d)(?P<day_within>\d\d))(?![^\W_]|[-.]\d)"
)
NAMED_YEAR = re.compile(r"(?<![^\W_])(?:FY ?)?((?:19[5-9]|20[0-4])\d)(?![^\W_])", re.IGNORECASE)

CALLED = re.compile(
    r"""(?:
      ^\W*(?:(?:document|issue|publication|report|invoice|letter|meeting|effective|revision|release|approval|filing)\ )?
        (?:date|dated|datum|fecha|data|dato|stand)(?:\ of\ (?:issue|publication|this\ \w+|the\ \w+))?
    | \bthis\ (?:[\w-]+\ ){1,4}(?:is|was)\ (?:hereby\ )?(?:made|executed|concluded|entered\ into|drawn\ up)
        (?:\ and\ entered\ into)?(?:\ (?:in|at)\ [^.;:\n]{1,40}?)?,?(?:\ (?:on|as\ of|this))?
    | \bas\ (?:of|at)
    | (?<!next\ )\b(?:minutes|meeting|agenda|newsletter|memo(?:randum)?|edition|status|draft|protokoll
        |version(?:\ v?[\d.]{1,8})?)(?:\ (?:of|from|for))?(?:\ the)?(?:\ meeting)?(?:\ (?:of|held\ on|on|vom))?
    | \b(?:period|quarter|year|months|weeks|half-year)\ end(?:ed|ing)
    | (?:^|[.;]\ )(?:(?:reporting|accounting)\ )?period(?::|\ covered:?)(?:\ from)?
    | (?:^|[.;]\ )(?:(?:berichts)?zeitraum|période|per[ií]odo|periode)\ ?:(?:\ (?:von|de|da|van))?
    | \b(?:last\ )?(?:published|issued|updated|changed|modified|revised|amended|reviewed|posted|released|prepared
        |written|filed|submitted|adopted|approved|signed|effective|valid|in\ force|g[uü]ltig|ver[oö]ffentlicht)
        (?:\ by\ [^.;:\n]{1,60}?)?,?(?:\ (?:on|in|of|from|as\ of|since|at|ab|am))?
    )[\s:,(–—-]*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\ )?(?:the\ )?$""",
    re.VERBOSE | re.IGNORECASE,
)
"""What calls the date after it that of the document."""
CALLED_ABROAD = re.compile(
    r"""\b(?:
      (?:(?:unter|ge)zeichnet|unterschrieben|(?:ab)?geschlossen|vereinbart|stattgefunden|erstellt|ausgestellt
        |beschlossen|aktualisiert)(?:\ (?:am|vom|im|den))?
    | (?:sign|dat|approuv|adopt|publi|établi|rédig|arrêt)ée?s?(?:\ (?:le|du|en))?
    | (?:conclu|tenu|fait)e?s?(?:\ à\ [^.;:\n]{1,30})?\ (?:le|en)
    | (?:firmad|suscrit|celebrad|aprobad|publicad|actualizad|fechad)[oa]s?(?:\ (?:el|a|en))?
    | (?:firmat|sottoscritt|stipulat|approvat|pubblicat|aggiornat|tenutas|tenut)[oai](?:\ (?:il|in\ data|nel))?
    | (?:assinad|aprovad|publicad|atualizad|realizad)[oa]s?(?:\ (?:em|a|no\ dia))?
    | (?:onder|ge)tekend|gesloten|gehouden|vastgesteld|gepubliceerd|bijgewerkt
    )(?:\ op)?[\s:,]*$""",
    re.VERBOSE | re.IGNORECASE,
)
"""The same in German, French, Spanish, Italian, Portuguese and Dutch, of what was signed, held or published."""
HAPPENS_ABROAD = re.compile(
    r"\b(?:ist|sind|war|waren|wird|werden|wurden?|est|sont|était|étaient|sera|fut|es|son|está|fue|era|è|sono|fu|é|são"
    r"|foi|is|zijn|was|waren|wordt|werd)\b",
    re.IGNORECASE,
)
OF_DOCUMENT_ABROAD = re.compile(
    r"\b(?:vertrag|vereinbarung|protokoll|sitzung|zwischen|contrat|accord|convention|présente?s?|séance|réunion|contrato"
    r"|acuerdo|acta|presente|reunión|entre|contratto|accordo|verbale|riunione|tra|acordo|ata|reunião|overeenkomst"
    r"|notulen|vergadering|tussen)\b",
    re.IGNORECASE,
)
RANGE_START = re.compile(
    rf"\b(?:{NAMES})\b\.?(?: {YEAR})?(?: ?[–—-] ?| (?:to|until|through|bis|à|a|al|até|tot) )$", re.IGNORECASE
)
"""The first month of a period, whose last one is followed by the year."""
HAPPENS = re.compile(r"(?P<subject>[^.;:]*?)\b(?:is|are|was|were|be|been|being) (?:\w+ly |last )?$", re.IGNORECASE)
LASTS = re.compile(r"effective|valid|in force|g[uü]ltig", re.IGNORECASE)
OF_DOCUMENT = re.compile(
    r"\b(?:this|these|it|they|document|policy|procedure|guide|guideline|handbook|manual|report|minutes|agreement|contract"
    r"|plan|page|version|edition|list|letter|notice|article|text)s?\b",
    re.IGNORECASE,
)
"""What is said of the document, and not, as in ``The rent is reviewed on``, of what it tells of."""
BESIDE = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun|a\.?m|p\.?m|[A-Z]{2,4}T|UTC|GMT|at|the"
    r"|\d\d?:\d\d(?::\d\d)?|\W)+",
    re.IGNORECASE,
)
"""What may stand beside a date that has a line by itself: the day of the week and the time."""
PLACE = re.compile(r"(?:[A-ZÀ-Þ][\w.'’-]+ ){0,2}[A-ZÀ-Þ][\w.'’-]+, (?:the |den |le )?")
"""And where a letter was written."""
TITLED = re.compile(r"\w.*(?:[,–—(|]\s?|\s-\s)(?:the )?")


class DocumentDate(NamedTuple):
    """The date of a document in ISO 8601, a day, a month or a year, and where it comes from."""

    date: str
    source: str


def date_document(metadata: Metadata, source: str, head: str, file_date: str | None) -> Metadata:
    """Return a document's metadata with its ``date`` and ``date_from``; without both where nothing dates it.

    ``date_from`` is ``stated`` (front matter, a page's meta tags, a book's description), ``name`` (of the file),
    ``text`` (the head of the text) or ``file``: a property of the file, which conversion and saving anew may have set.

    Args:
        metadata: What the file says; a ``date`` that is none stays as it is, and so does one by hand.
        source: What the file goes by.
        head: Beginning of the reading text; empty for formats whose text is rows, records or code.
        file_date: The date in the file's properties.
    """
    stated = metadata.get("date")
    if stated is not None:
        day = read_date(str(stated))
        return {**metadata, "date": day, "date_from": STATED} if day else metadata
    found = choose(read_name(PurePosixPath(source).stem), read_head(head[:HEAD_CHARACTERS]), file_date)
    return {**metadata, "date": found.date, "date_from": found.source} if found else metadata


def choose(name: str | None, text: str | None, file_date: str | None) -> DocumentDate | None:
    """Return the date to believe: a day of the name, what the text says, what else the name says, the file's own."""
    named = DocumentDate(name, NAME) if name else None
    if named and len(named.date) == WHOLE_DAY:
        return named
    if text and not (named and named.date.startswith(text)):
        return DocumentDate(text, TEXT)
    return named or (DocumentDate(file_date, FILE) if file_date else None)


def read_name(stem: str) -> str | None:
    """Return the date in a file's name without its suffix; None where it has none, or several years.

    >>> read_name("2025-06-23-board"), read_name("scan_20250623"), read_name("budget 2025"), read_name("2023-2024")
    ('2025-06-23', '2025-06-23', '2025', None)
    """
    for found in NAMED.finditer(stem):
        month, day = found["month"] or found["month_within"], found["day"] or found["day_within"]
        if written := write_date(found["year"], month, day):
            return written
    if dated := next(find_dates(stem.replace("_", " ")), None):
        return dated.day
    years = set(NAMED_YEAR.findall(stem))
    return years.pop() if len(years) == 1 else None


def read_head(head: str) -> str | None:
    """Return the date that the head of a text gives the document; a later one says more exactly which day it was.

    >>> read_head("Board minutes, 23 June 2025"), read_head("It rained on 23 June 2025."), read_head("Date: May 2025")
    ('2025-06-23', None, '2025-05')
    """
    found: str | None = None
    for day in days_of(head):
        if found is None or (day.startswith(found) and len(day) > len(found)):
            found = day
    return found


def days_of(head: str) -> Iterator[str]:
    """Yield the dates in a head that are its document's, in order."""
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        for dated in find_dates(line):
            before, after = line[: dated.start], line[dated.end :]
            is_title = number < TITLE_LINES and len(line) <= TITLE_MAX_CHARACTERS
            if is_called(before) or stands_alone(before, after) or (is_title and ends_title(before, after)):
                yield dated.day


def is_called(before: str) -> bool:
    """Return whether what stands before a date in a line calls it that of the document.

    >>> is_called("Last reviewed on "), is_called("This policy was reviewed on "), is_called("The rent is reviewed on ")
    (True, True, False)
    """
    before = RANGE_START.sub("", before)
    called = CALLED.search(before)
    if called is None:
        return is_called_abroad(before)
    happens = None if LASTS.match(called.group()) else HAPPENS.search(before[: called.start()])
    return happens is None or OF_DOCUMENT.search(happens["subject"]) is not None


def is_called_abroad(before: str) -> bool:
    """Return whether what stands before a date in another language calls it that of the document.

    >>> is_called_abroad("Es wird folgender Vertrag geschlossen am "), is_called_abroad("Das Tor wird geschlossen am ")
    (True, False)
    """
    if CALLED_ABROAD.search(before) is None:
        return False
    return HAPPENS_ABROAD.search(before) is None or OF_DOCUMENT_ABROAD.search(before) is not None


def stands_alone(before: str, after: str) -> bool:
    """Tell whether a line holds a date, and at most the place, the day of the week and the time beside it."""
    return all(not words or BESIDE.fullmatch(words) for words in (PLACE.sub("", before, count=1), after))


def ends_title(before: str, after: str) -> bool:
    """Tell whether a date ends a title, set off from what it is of."""
    return not after.strip(" )].") and TITLED.fullmatch(before) is not None and not DATE.search(before)
