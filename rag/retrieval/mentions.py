"""What a question says of the documents that it is about: periods, names, the latest, each of a series."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.terms.periods import Period, read_periods

_DOCUMENT = (
    r"(?:form )?(?:10-?[kq]s?|(?:quarterly |annual |monthly |weekly |financial |earnings |interim )?"
    r"(?:reports?|filings?|statements?|results|minutes|newsletters?|bulletins?|editions?|issues?|numbers|figures)"
    r"|quarters?|fiscal year)"
)
_PERIODS = r"(?:quarters|periods|reports|filings|10-?[kq]s|quarterly reports|fiscal years|editions)"
_LATEST = re.compile(
    rf"\b(?:latest|most recent|newest|current)\s+(?:[\w.&'\u2019-]+\s+){{0,2}}?{_DOCUMENT}\b"
    r"|\blast (?:quarterly|annual) (?:report|filing|results)\b"
)
_EACH = re.compile(
    rf"\b(?:(?:across|over|throughout|in|for|from|during) (?:all |the |these |those |its |their |various )*"
    rf"(?:\w+['\u2019]s )?(?:\w+ed |historical |past |last |few |\w+ )?{_PERIODS}"
    rf"|over time|each (?:\w+ )?(?:quarter|period|report|filing)"
    rf"|(?:the|over the|throughout the) report(?:ing|ed) (?:period|timeframe)|quarter (?:to|by|over) quarter"
    rf"|(?:these|the|all|quarterly) (?:quarterly )?(?:reports|filings|10-?[kq]s)|per the quarterly reports)\b"
)
_EARLIER = re.compile(
    rf"\b(?:previous|prior|past|earlier|preceding)\b(?: \w+)? {_PERIODS}\b|\b(?:previous|prior) ones\b"
)
_WORD = re.compile(r"[^\W_]+(?:[-./&][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_HUMP = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")
_PERIOD_WORD = re.compile(r"q[1-4]|[1-4]q(?:\d\d)?|fy|cy|fy\d+|(?:19|20)\d\d(?:q[1-4])?|\d{1,3}")
_NOT_NAMES = """
a about according after all also among an analyze and any are as assess at be been before between both but by can
combine compare compared comparing correlate could describe did do does during each examine explain find for from
give had has have how i if in into is it its list many may me most much no not of on one or our out outline over
please provide s say see separately should show since so summarize tell than that the their them then there these
they this those through to under up was we were what when where whether which while who whom whose why will with
within would you your

april august december february january july june march may november october september apr aug dec feb jan jul jun
mar nov oct sep sept monday tuesday wednesday thursday friday saturday sunday

10-k 10-q 10-ks 10-qs k q fiscal quarter quarters quarterly year years annual annually period periods month months
first second third fourth latest recent report reports reported reporting filing filings filed form document
documents statement statements edition version file page pages pdf docx xlsx pptx html htm txt md csv inc corp co
ltd llc plc corporation company the united states securities exchange commission
"""
NOT_NAMES = frozenset(_NOT_NAMES.split())
"""Words that name no document: of questions, of the calendar, and of what every such document is called."""


@dataclass(frozen=True, slots=True)
class Mention:
    """What a question says of its documents.

    Attributes:
        periods: Those named, in the question's order.
        words: Words that may belong to names of documents, folded; which of them do is for the documents to say.
        certain: Of those, the ones written like a name: with a capital letter or a digit.
        latest: Whether it asks for the latest of a series.
        each: Whether it asks for every one of a series.
    """

    periods: tuple[Period, ...] = ()
    words: tuple[str, ...] = ()
    certain: frozenset[str] = frozenset()
    latest: bool = False
    each: bool = False

    @property
    def is_of_series(self) -> bool:
        """Whether it picks from documents that are alike: by a period, by recency, or all of them."""
        return bool(self.periods) or self.latest or self.each


def read_mention(question: str) -> Mention:
    """Return what a question says of the documents that it is about; nothing is looked up.

    >>> mention = read_mention("What was Apple's revenue in Q3 2022?")
    >>> mention.periods, mention.words, sorted(mention.certain)
    ((Period(year=2022, quarter=3, month=None, day=None),), ('apple', 'revenue'), ['apple'])
    """
    lowered = question.lower()
    latest = _LATEST.search(lowered) is not None
    earlier = _EARLIER.search(lowered) is not None
    each = earlier or (not latest and _EACH.search(lowered) is not None)
    plain = _POSSESSIVE.sub("", question)
    written = [word for match in _WORD.finditer(plain) if not is_of_calendar(word := match.group())]
    names = {folded for word in written if looks_like_name(word) for folded in name_words(word)}
    words = dict.fromkeys(folded for word in written for folded in name_words(word))
    return Mention(read_periods(question), tuple(words), frozenset(names), latest, each)


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name, folded: its parts, and a code such as ``RFC-2119`` also whole; none of `NOT_NAMES`.

    >>> name_words("2022_Q3_AAPL.pdf"), name_words("DSA-278777")
    (('aapl',), ('dsa278777', 'dsa', '278777'))
    """
    found: dict[str, None] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        parts = [part for piece in _PART.findall(word) for part in _HUMP.split(piece)]
        if len(parts) > 1 and any(map(str.isdigit, word)):
            found["".join(parts).lower()] = None
        found.update(dict.fromkeys(part.lower() for part in parts))
    return tuple(word for word in found if not is_of_calendar(word) and len(word) > 1)


def is_of_calendar(word: str) -> bool:
    """Return whether a word names no document: one of `NOT_NAMES`, a year, a quarter or a small number."""
    folded = word.lower()
    return folded in NOT_NAMES or _PERIOD_WORD.fullmatch(folded) is not None


def looks_like_name(word: str) -> bool:
    """Return whether a word is written like a name."""
    return any(character.isupper() or character.isdigit() for character in word)
