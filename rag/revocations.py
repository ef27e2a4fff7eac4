"""Decisions that a later document says it takes back: ``This replaces the decision of 14 January``.

What is taken back is found by its day: the document dated so, and in it what was decided on the same matter, told by
the heading above it or by the words that both decisions share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import PurePosixPath

from rag.sentences import segment
from rag.terms import analyse, bag
from rag.terms.periods import MONTH_NAMES, Period, read_periods
from rag.types import Passage, Span

SHARED_LEAST = 2
"""Words that two decisions on one matter have in common, where no heading tells."""

MONTH = rf"(?:{'|'.join(MONTH_NAMES)})"
DAY = (
    rf"(?P<day>\d\d?(?:st|nd|rd|th)? (?:of )?{MONTH}(?:,? (?:19|20)\d\d)?"
    rf"|{MONTH} \d\d?(?:st|nd|rd|th)?(?:,? (?:19|20)\d\d)?|(?:19|20)\d\d-\d\d-\d\d)"
)
DECISION = (
    r"(?:decisions?|resolutions?|rulings?|votes?|choices?)(?: (?:made|taken|reached|passed|adopted))?"
    rf"(?: (?:by|at) [^.,;]{{1,40}}?)?(?: (?:of|on|from|dated))? (?:the (?:meeting|session) (?:of|on) )?{DAY}"
)
TAKES_BACK = re.compile(
    r"\b(?:replac|supersed|overturn|revers|revok|rescind|cancel|withdr[ae]w|annul|overrid|overrul)[a-z]* "
    rf"(?:the|our|its|their|all)(?: [a-z’'-]+){{0,2}} {DECISION}"
)
TAKEN_BACK = re.compile(
    rf"\b(?:[Tt]he|[Oo]ur|[Ii]ts|[Tt]heir)(?: [a-z’'-]+){{0,2}} {DECISION},? "
    r"(?:(?:is|was|are|were|has been|have been)(?: \w+ly| \w+by| now| therefore)? (?:replaced|superseded|overturned"
    r"|reversed|revoked|rescinded|cancelled|canceled|withdrawn|annulled|overruled|set aside|lifted)\b"
    r"|(?:(?:is|are) )?no longer (?:appl|hold|stand|bind|valid|in force)"
    r"|(?:does not|do not) (?:apply|hold|stand|bind)(?: any more| any longer)?(?=[.,;:]|$))"
)
LEFT_OPEN = re.compile(
    r"\b(?:if|unless|whether|not|never|nothing|may|might|could|should|would|propos\w*|suggest\w*|discuss\w*|asks?|asked"
    r"|consider\w*|until|only)\b",
    re.IGNORECASE,
)
"""What leaves open that a decision was taken back."""

REFERS_BACK = re.compile(r"(?:this|it|that|these|the (?:new )?(?:decision|resolution))\b", re.IGNORECASE)
DECIDES = re.compile(
    r"\b(?:decide[sd]?|agree[sd]?|resolve[sd]?|approve[sd]?|choos(?:e|es)|chose|chosen|vote[sd]?|adopt(?:s|ed)?"
    r"|accept(?:s|ed)?|will|shall|order(?:s|ed)|is to|are to|was to|were to|may|must)\b",
    re.IGNORECASE,
)
"""What tells that a sentence says what was decided or follows from it, and not what led to it."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Where a passage says that it takes back a decision.

    Attributes:
        passage: The passage.
        positions: Numbers of its sentences, as `segment` gives them: what is decided now, and that it takes back.
        spans: Their canonical spans.
        text: What is decided now, its line breaks made spaces.
        heading: The heading that it stands under; empty where there is none.
        day: When what it takes back was decided.
        own_day: The date of its own document.
    """

    passage: Passage
    positions: tuple[int, ...]
    spans: tuple[Span, ...]
    text: str
    heading: str
    day: Period
    own_day: Period

    def covers(self, passage: Passage, position: int) -> bool:
        """Return whether what stands at a canonical position belongs to the document and the matter it takes back."""
        if passage.source == self.passage.source or day_of(passage) != self.day:
            return False
        heading = nearest_heading(passage, position)
        return not (self.heading and heading) or share_words(self.heading, heading, 1)

    def takes_back(self, passage: Passage, position: int, text: str) -> bool:
        """Return whether it takes back what a sentence at a canonical position says."""
        if not self.covers(passage, position):
            return False
        headed = bool(self.heading and nearest_heading(passage, position))
        return self.is_akin(text) or (headed and DECIDES.search(text) is not None)

    def is_akin(self, text: str) -> bool:
        """Return whether a sentence shares the words of what is decided now, and so is its very counterpart."""
        return share_words(self.text, text, SHARED_LEAST)


def find_revocations(passages: Sequence[Passage]) -> tuple[Revocation, ...]:
    """Return where passages say that they take back a decision of an earlier day, in their order; empty for most."""
    return tuple(found for passage in passages for found in revocations_in(passage))


def revocations_in(passage: Passage) -> Iterator[Revocation]:
    """Yield where a passage takes back a decision; none where its document has no date."""
    own_day = day_of(passage)
    if own_day is None or not re.search(DECISION, " ".join(passage.text.split())):
        return
    spans = segment(passage.text)
    texts = [" ".join(passage.text[start:end].split()) for start, end in spans]
    for position, text in enumerate(texts):
        day = day_taken_back(text, own_day)
        if day is None:
            continue
        refers_back = REFERS_BACK.match(text) and not TAKEN_BACK.match(text)
        first = position - 1 if position and refers_back else position
        positions = tuple(range(first, position + 1))
        located = tuple(passage.reading.locate(*spans[index]) for index in positions)
        heading = nearest_heading(passage, located[-1].start)
        yield Revocation(passage, positions, located, texts[first], heading, day, own_day)


def day_taken_back(text: str, own_day: Period) -> Period | None:
    """Return the day of the decision that a sentence takes back; None for most.

    Args:
        text: The sentence.
        own_day: The date of its document: a day without year is the last such day before it.

    >>> day_taken_back("This replaces the decision of 14 January.", Period(2025, month=4, day=8))
    Period(year=2025, quarter=None, month=1, day=14)
    >>> day_taken_back("This replaces the decision of 14 December.", Period(2025, month=4, day=8)).year
    2024
    >>> day_taken_back("Whether this replaces the decision of 14 January is open.", Period(2025, month=4, day=8))
    """
    written = written_day(text)
    year = own_day.year
    if not written or year is None:
        return None
    for said in (written, f"{written} {year}", f"{written} {year - 1}"):
        found = next((period for period in read_periods(said) if period.day), None)
        if found and found.year and calendar_day(found) < calendar_day(own_day):
            return found
    return None


@lru_cache(maxsize=2048)
def written_day(text: str) -> str:
    """Return the day of a decision that a sentence says is taken back, as written; empty for most."""
    match = TAKES_BACK.search(text) or TAKEN_BACK.search(text)
    if match is None or LEFT_OPEN.search(text[: match.start()]) or text.endswith("?"):
        return ""
    return match["day"]


def names_day(text: str, day: Period) -> bool:
    """Return whether a text names a day, its year left out or not.

    >>> names_day("What was decided on 14 January?", Period(2025, month=1, day=14))
    True
    """
    return any(day in read_periods(f"{match['day']} {day.year}") for match in re.finditer(DAY, text))


def day_of(passage: Passage) -> Period | None:
    """Return the day that dates a passage's document: its metadata, its title or its file's name; None without one."""
    name = PurePosixPath(passage.source).stem
    for text in (str(passage.metadata.get("date", "")), passage.title, name):
        days = [period for period in read_periods(text) if period.year and period.month and period.day]
        if days:
            return days[0]
    return None


def calendar_day(day: Period) -> date:
    """Return a day of the calendar, to order days by."""
    return date(day.year or 1, day.month or 1, day.day or 1)


def nearest_heading(passage: Passage, position: int) -> str:
    """Return the heading right above a canonical position; empty where there is none but the document's title."""
    path = [heading for heading in passage.heading_at(position) if heading != passage.title]
    return path[-1] if path else ""


def share_words(first: str, second: str, least: int) -> bool:
    """Return whether two texts have so many words in common, months and numbers aside."""
    held = bag(second)
    own = {key for key in analyse(first).keys if not key.startswith("month-") and not key.isdigit()}
    return sum(held.credit(key) > 0 for key in own) >= least
