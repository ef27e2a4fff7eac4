"""A follow-up that only names another thing: that thing put in its place in the question before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.followups.phrases import MONTH, WORD, Kind, Phrase, Word, kind_of, phrases_of, pieces_of
from rag.terms import stem

WORDS_MOST = 4
"""Words with content up to which a follow-up is a fragment."""

PREPOSITIONS = r"in|for|of|at|on|to|from|with|by|during|under|after|before|since|about"
ARTICLES = r"the|our|an?"
FRAGMENT = re.compile(
    r"^\W*(?P<opening>(?:(?:and|but|so|then|or|also|ok|okay|yes)\b[\s,]*)*(?:(?:what|how) about\s+)?)"
    rf"(?:(?P<preposition>{PREPOSITIONS})\s+)?(?:(?P<article>{ARTICLES})\s+)?"
    r"(?P<phrase>[^,;:?!()]+?)(?:\s+(?:then|instead|too|as well))?[\s?.!]*$",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    rf"^\W*(?:what|who|when|where|how \w+|which \w+) (?:is|are|was|were) (?:(?:{ARTICLES}) )?", re.IGNORECASE
)
"""Before the subject of a question such as ``How much is the rent?``."""
PLURAL_SUBJECT = re.compile(
    r"^\W*(?:\w+(?: \w+)? )??(?:do|may|can|must|should|will|could|are|were) (?:the |our )?(?=\w+s\b)", re.IGNORECASE
)
"""Before the subject of a question such as ``May designers work from home?``."""

YEAR = r"(?:(?:fy|cy) ?)?(?:19|20)\d\d"
PARTS_OF_YEARS = {
    "quarter": r"q[1-4]|(?:(?:first|second|third|fourth|last) (?:fiscal )?quarter)|h[12]",
    "month": rf"(?:\d{{1,2}} )?{MONTH}(?: \d{{1,2}}(?!\d))?",
}

Grain = Literal["quarter", "month", "year"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A follow-up that is no question but names something.

    Attributes:
        phrase: What it names.
        words: The words of that which have content, with their kinds.
        article: What stands before it, if anything.
        preposition: What stands before that.
    """

    phrase: str
    words: tuple[tuple[str, Kind], ...]
    article: str
    preposition: str

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its words."""
        return tuple(kind for _, kind in self.words)

    @property
    def is_name(self) -> bool:
        """Whether it is nothing but a name."""
        return all(kind == "name" for kind in self.kinds)


def read_fragment(question: str) -> Fragment | None:
    """Return what a follow-up names, where it does nothing but that; else None.

    Without an opening such as ``and`` or ``what about`` it must be a name or a time.

    >>> read_fragment("And in Bergen?").phrase, read_fragment("And who is responsible?")
    ('Bergen', None)
    """
    match = FRAGMENT.match(question)
    if match is None:
        return None
    phrase = match["phrase"].strip()
    found = [(word.group(), kind_within(word.group())) for word in WORD.finditer(phrase)]
    content = tuple((word, kind) for word, kind in found if kind)
    fragment = Fragment(phrase, content, match["article"] or "", (match["preposition"] or "").lower())
    if not 0 < len(content) <= WORDS_MOST or any(not kind and word.lower() != "of" for word, kind in found):
        return None
    if not match["opening"].strip() and not (period_of(phrase) or (fragment.is_name and match.start("phrase") == 0)):
        return None
    return fragment


def kind_within(word: str) -> Kind:
    """Return the kind of a word that does not begin a sentence; a month is a name, ``May`` included."""
    return (
        "name"
        if re.fullmatch(MONTH.title().replace("(?:", "(?:"), word) or word == "May"
        else kind_of(word, first=False)
    )


def put_in_place(asked: str, fragment: Fragment) -> str | None:
    """Return the question before with what the fragment names in the place of its like; None where nothing is like it.

    >>> put_in_place("What does the Tern 24 cost?", read_fragment("And the Tern 28?"))
    'What does the Tern 28 cost?'
    """
    grain = period_of(fragment.phrase)
    if grain is not None:
        return put_period(asked, fragment, grain)
    words = [word for piece in pieces_of(asked) for word in piece]
    place = (
        sharing_window(fragment, words)
        or alike_window(fragment, words)
        or (place_of_name(asked, fragment) if fragment.is_name else place_of_words(asked, fragment, words))
    )
    if place is None:
        return None
    return asked[: place[0]] + fragment.phrase + asked[place[1] :]


def windows(words: Sequence[Word], size: int) -> Iterator[Sequence[Word]]:
    """Yield the runs of so many words with content that stand side by side."""
    for start in range(len(words) - size + 1):
        window = words[start : start + size]
        if all(word.kind for word in window) and window[-1].end - window[0].start <= 1 + sum(
            len(word.text) + 1 for word in window
        ):
            yield window


def sharing_window(fragment: Fragment, words: Sequence[Word]) -> tuple[int, int] | None:
    """Return where as many words stand that begin or end like the fragment: ``Tern 24``, ``parental leave``."""
    size = len(fragment.words)
    own = [stem(word) for word, _ in fragment.words]
    best: tuple[int, int, int] | None = None
    for window in windows(words, size) if size > 1 else ():
        other = [stem(word.text) for word in window]
        shared = sum(one == two for one, two in zip(own, other, strict=True))
        if shared < size and (own[0] == other[0] or own[-1] == other[-1]) and (best is None or shared > best[0]):
            best = shared, window[0].start, window[-1].end
    return best[1:] if best else None


def alike_window(fragment: Fragment, words: Sequence[Word]) -> tuple[int, int] | None:
    """Return where a name and words stand in the fragment's order: ``Malmö yard`` for ``Turku store``."""
    if len(fragment.words) < 2 or fragment.is_name or "name" not in fragment.kinds:
        return None
    found = [w for w in windows(words, len(fragment.words)) if tuple(word.kind for word in w) == fragment.kinds]
    return (found[0][0].start, found[0][-1].end) if len(found) == 1 else None


def place_of_name(asked: str, fragment: Fragment) -> tuple[int, int] | None:
    """Return where the name stands that another one replaces: the one behind the same preposition, else the subject."""
    names = [phrase for phrase in phrases_of(asked) if phrase.named]
    coded = any(letter.isdigit() for letter in fragment.phrase)
    names = [name for name in names if any(letter.isdigit() for letter in name.text) is coded] or names
    if not names:
        return None
    behind = {name: preposition_before(asked, name) for name in names}
    if fragment.preposition:
        fitting = [name for name in names if behind[name] == fragment.preposition]
        fitting = fitting or [name for name in names if behind[name]] or names
        return fitting[-1].start, fitting[-1].end
    fitting = [name for name in names if not behind[name]] or names[-1:]
    return fitting[0].start, fitting[0].end


def preposition_before(asked: str, phrase: Phrase) -> str:
    """Return the preposition that a phrase stands behind; empty for none."""
    found = re.search(rf"\b({PREPOSITIONS})\s+(?:(?:{ARTICLES})\s+)?$", asked[: phrase.start], re.IGNORECASE)
    return found[1].lower() if found else ""


def place_of_words(asked: str, fragment: Fragment, words: Sequence[Word]) -> tuple[int, int] | None:
    """Return where common words stand that others replace: behind the same preposition, or as the subject."""
    plain = [phrase for phrase in phrases_of(asked) if not phrase.named]
    if fragment.preposition:
        behind = [phrase for phrase in plain if preposition_before(asked, phrase) == fragment.preposition]
        return (behind[-1].start, behind[-1].end) if behind else None
    subject = SUBJECT.match(asked)
    if subject is not None:
        opening = next((phrase for phrase in plain if phrase.start == subject.end()), None)
        return (opening.start, opening.end) if opening else None
    several = PLURAL_SUBJECT.match(asked)
    if several is not None and fragment.phrase.endswith("s") and len(fragment.words) == 1:
        word = next((word for word in words if word.start == several.end()), None)
        return (word.start, word.end) if word else None
    return None


def period_of(phrase: str) -> Grain | None:
    """Return what kind of period a phrase is; None where it is none."""
    for grain, pattern in PARTS_OF_YEARS.items():
        if re.fullmatch(rf"(?:{pattern})(?:(?: of)? {YEAR})?", phrase, re.IGNORECASE):
            return "quarter" if grain == "quarter" else "month"
    return "year" if re.fullmatch(YEAR, phrase, re.IGNORECASE) else None


def put_period(asked: str, fragment: Fragment, grain: Grain) -> str | None:
    """Return the question with another period: in the place of one of its kind, beside its year, else at its end."""
    said = fragment.phrase
    dated = re.search(rf"{YEAR}$", said, re.IGNORECASE) is not None
    if grain != "year":
        whole = rf"(?P<article>the )?\b(?:{PARTS_OF_YEARS[grain]})\b"
        found = list(re.finditer(rf"{whole}(?:(?: of)? {YEAR})?" if dated else whole, asked, re.IGNORECASE))
        if found:
            article = "the " if fragment.article or (found[-1]["article"] and "quarter" in said.lower()) else ""
            return asked[: found[-1].start()] + article + said + asked[found[-1].end() :]
    years = list(re.finditer(rf"\b{YEAR}\b", asked, re.IGNORECASE))
    article = "the " if grain == "quarter" and "quarter" in said.lower() else ""
    if years:
        joint = " of " if article else " "
        kept = "" if dated or grain == "year" else joint + years[-1].group()
        return asked[: years[-1].start()] + article + said + kept + asked[years[-1].end() :]
    body = re.sub(r"[\s?.!]+$", "", asked)
    return f"{body} {fragment.preposition or 'in'} {article}{said}?"
