"""Years, quarters, months and days that a text names: ``Q3 2022``, ``third quarter of fiscal 2022``, ``25 June 2022``.

They are read the same from a question, from a document's name and from what it says of itself at its beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

QUARTER_WORDS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
QUARTER_LATE_DAYS = 15
"""A quarter of 13 weeks may end some days after the calendar's: one that ended on July 1 is the second."""

_MONTH = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?P<{0}>(?:19|20)\d\d)(?![0-9a-z])"
_MARK = re.compile(
    rf"""(?<![0-9a-z.$€£])(?:
      (?P<iso_year>(?:19|20)\d\d)-(?P<iso_month>[01]\d)(?:-(?P<iso_day>[0-3]\d))?(?![0-9a-z])
    | {_MONTH.format("month")}\ (?:(?P<day>[0-3]?\d)(?:st|nd|rd|th)?,?\ )?(?:of\ )?{_YEAR.format("month_year")}
    | (?P<day_before>[0-3]?\d)(?:st|nd|rd|th)?\ (?:of\ )?{_MONTH.format("month_after")},?\ {_YEAR.format("day_year")}
    | (?P<glued_year>(?:19|20)\d\d)q(?P<glued_quarter>[1-4])(?![0-9a-z])
    | q(?P<quarter>[1-4])(?![0-9a-z])
    | (?P<quarter_before>[1-4])q(?:(?P<short_year>\d\d)(?![0-9a-z])|(?![0-9a-z]))
    | quarter\ (?P<quarter_after>[1-4])(?![0-9a-z])
    | (?P<quarter_word>first|second|third|fourth|1st|2nd|3rd|4th)
      (?=(?:(?:,|\ and|\ or|\ to|\ fiscal)*\ (?:first|second|third|fourth|1st|2nd|3rd|4th))*\ (?:fiscal\ )?quarters?\b)
    | (?:fy|cy)?'?{_YEAR.format("year")}(?!,\d|\.\d|\ ?%)
    | fy\ ?'?(?P<fiscal_year>\d\d)(?![0-9a-z])
    )""",
    re.VERBOSE,
)
_BESIDE = re.compile(r"[\s/,.'()-]*(?:(?:of|in|for|the|its|fiscal|financial|calendar|year|quarters?)[\s,.']+)*(?:fy)?")
_ALSO = re.compile(r"[\s,]*(?:and|or|vs\.?|versus|to|with|than|against|&|,|-|compared (?:to|with))[\s,]*(?:in |of )?")


class Period(NamedTuple):
    """A year, a quarter, a month or a day; what is not said is None.

    Attributes:
        year: None for a quarter of whatever year.
        quarter: From 1 to 4.
        month: From 1 to 12.
        day: From 1 to 31.
    """

    year: int | None
    quarter: int | None = None
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        """Return it in words.

        >>> print(Period(2025, 2), Period(2025, month=6, day=3), Period(2025), Period(None, 1))
        Q2 2025 3 June 2025 2025 Q1
        """
        month = MONTH_NAMES[self.month - 1] if self.month else None
        quarter = f"Q{self.quarter}" if self.quarter and not self.month else None
        return " ".join(str(part) for part in (self.day, month, quarter, self.year) if part)

    def holds(self, other: Period) -> bool:
        """Return whether the other one is this one or lies in it, as far as both say."""
        return all(mine is None or mine == others for mine, others in zip(self[:3], other[:3], strict=True)) and (
            self.day is None or other.day in (None, self.day)
        )

    def calendar(self) -> Period:
        """Return the quarter that ended on, or shortly before, this day or in this month; itself where neither is said.

        >>> Period(2023, month=7, day=1).calendar()
        Period(year=2023, quarter=2, month=7, day=1)
        """
        if self.year is None or self.month is None:
            return self
        ended = date(self.year, self.month, self.day or 28)
        if self.day:
            ended -= timedelta(days=QUARTER_LATE_DAYS)
        # A quarter that ended on the first days of January is the last one of the year before.
        return Period(ended.year, (ended.month + 2) // 3, self.month, self.day)

    def last_day(self) -> date:
        """Return its last day, or near it, to order periods by; a quarter counts as one of the calendar."""
        month = self.month or (3 * self.quarter if self.quarter else 12)
        return date(self.year or 1, month, self.day or 28)


def read_periods(text: str) -> tuple[Period, ...]:
    """Return the periods that a text names, in its order, each once.

    A quarter without a year takes the one of its neighbour: ``Q1 and Q2 2023``. A year beside a quarter of another
    year means the same quarter: ``Q3 2022 and 2023``. Figures such as ``$2,023`` or ``2023.5`` are none.

    >>> read_periods("Compare Q1 and Q2 2023")
    (Period(year=2023, quarter=1, month=None, day=None), Period(year=2023, quarter=2, month=None, day=None))
    """
    return tuple(dict.fromkeys(period for _, _, period in place_periods(text)))


def place_periods(text: str) -> tuple[tuple[int, int, Period], ...]:
    """Return the periods that a text names with where each stands, in its order, as often as they stand there.

    >>> place_periods("Up 4 % on Q2 2023.")
    ((10, 17, Period(year=2023, quarter=2, month=None, day=None)),)
    """
    lowered = text.replace("_", " ").replace("\u2019", "'").lower()
    if len(lowered) != len(text):  # a letter whose lower case is two: places would no longer be those of the text
        lowered = "".join(letter.lower()[:1] for letter in text.replace("_", " ").replace("\u2019", "'"))
    marks = [(match.start(), match.end(), period) for match in _MARK.finditer(lowered) if (period := _read(match))]
    return tuple(_complete(_join(lowered, marks)))


def _read(match: re.Match[str]) -> Period | None:
    """Return what one mark says; None where it is no date that there is."""
    found = match.groupdict()
    month = found["month"] or found["month_after"]
    day = found["day"] or found["day_before"] or found["iso_day"]
    year = next(
        (found[name] for name in ("iso_year", "month_year", "day_year", "glued_year", "year") if found[name]), None
    )
    short = found["short_year"] or found["fiscal_year"]
    quarter = next(
        (found[n] for n in ("quarter", "glued_quarter", "quarter_before", "quarter_after") if found[n]), None
    )
    number = int(quarter) if quarter else QUARTER_WORDS.get(found["quarter_word"] or "")
    month_number = MONTHS[month[:3]] if month else int(found["iso_month"]) if found["iso_month"] else None
    period = Period(
        int(year) if year else 2000 + int(short) if short else None, number, month_number, int(day) if day else None
    )
    try:
        date(period.year or 2000, period.month or 1, period.day or 1)
    except ValueError:
        return None
    return period


def _join(text: str, marks: list[tuple[int, int, Period]]) -> Iterator[tuple[int, int, Period]]:
    """Yield the periods of a text, each quarter with the year beside it."""
    at = 0
    last: Period | None = None
    while at < len(marks):
        start, end, period = marks[at]
        following = marks[at + 1] if at + 1 < len(marks) else None
        if following and is_quarter_alone(period) and is_year_alone(following[2]) and _beside(text, end, following[0]):
            last = Period(following[2].year, period.quarter)
            end = following[1]
            at += 1
        elif (
            following and is_year_alone(period) and is_quarter_alone(following[2]) and _beside(text, end, following[0])
            and not _year_follows(text, marks, at + 1)
        ):  # fmt: skip
            last = Period(period.year, following[2].quarter)
            end = following[1]
            at += 1
        elif (
            last and (last.quarter or last.month) and is_year_alone(period)
            and _ALSO.fullmatch(text, marks[at - 1][1], marks[at][0])
        ):  # fmt: skip
            last = Period(period.year, last.quarter, last.month)
        else:
            last = period
        yield start, end, last
        at += 1


def _year_follows(text: str, marks: list[tuple[int, int, Period]], at: int) -> bool:
    """Return whether a year stands right after the mark."""
    if at + 1 >= len(marks):
        return False
    return is_year_alone(marks[at + 1][2]) and _beside(text, marks[at][1], marks[at + 1][0])


def _beside(text: str, end: int, start: int) -> bool:
    """Return whether nothing but filling words stand between two marks."""
    return _BESIDE.fullmatch(text, end, start) is not None


def _complete(joined: Iterator[tuple[int, int, Period]]) -> Iterator[tuple[int, int, Period]]:
    """Yield the periods, a quarter without a year with that of the next one that has both, else of the one before."""
    periods = list(joined)
    dated = [(at, period) for at, (_, _, period) in enumerate(periods) if period.quarter and period.year]
    for at, (start, end, period) in enumerate(periods):
        if is_quarter_alone(period) and dated:
            near = next((other for place, other in dated if place > at), dated[-1][1])
            period = Period(near.year, period.quarter)
        yield start, end, period


def is_quarter_key(key: str) -> bool:
    """Return whether a term is a quarter's short name, which the same thing need not be called by: ``q2``."""
    return len(key) == 2 and key[0] == "q" and key[1] in "1234"


def is_quarter_alone(period: Period) -> bool:
    """Return whether it is a quarter of whatever year."""
    return period.quarter is not None and period.year is None


def is_year_alone(period: Period) -> bool:
    """Return whether it is a whole year."""
    return period.quarter is None and period.month is None
