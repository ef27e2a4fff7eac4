"""What a source says without stating it: as a question, a condition, a plan, a possibility, or another's claim.

A claim that states it parts from its source though both have the same words. Two builds are told apart. Some words
leave open the whole statement behind them (``if the test fails``): a claim is left open that stands in such a stretch
and nowhere else. Others leave open the one verb behind them, whose subject stands before (``plans to open``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rag.terms.analysis import Analysis, Term, analyse
from rag.terms.lexicon import IRREGULAR
from rag.terms.matching import bag
from rag.terms.words import alike, stem
from rag.types import Span

DENIAL = "It is not so that "
"""How a statement begins that a denied question makes."""

HEDGED = re.compile(
    r"\b(?:(?:will|would|shall|should|can|could|(?-i:may)|might|if|able|needs?|must|said|asks?|asked)\b"
    r"|plan(?!t)|hope|intend|aim|propos|expect|consider|set to|schedul|tr(?:y|ie)|attempt|seek|sought|want|wish|offer"
    r"|promis|threaten|possib|perhaps|potential|likel|appear|seem|suggest|believ|thought|report|whether|fail|goal"
    r"|target|project|about to|going to|designed to|meant to|forecast|predict|anticipat|estimat|outlook|guidance)",
    re.IGNORECASE,
)
"""What in a claim leaves open whether it was done."""

CONDITIONED = re.compile(
    r"\b(?:if|unless|when(?:ever)?|whether|where|in case|in the event|provided|assuming|once|until|should|would|could"
    r"|depend\w*|as long as|conditions?|conditional\w*|subject to|then|after|upon)\b",
    re.IGNORECASE,
)
ASKED = re.compile(r"\b(?:whether|ask\w*|questions?|wonder\w*|unclear|unknown|if)\b", re.IGNORECASE)
TOLD = re.compile(
    r"\b(?:claim|alleg|accord|accus|believ|argu|say|said|state|report|critic|opponent|think|thought|fear|suspect|den[iy]"
    r"|told|speculat|suppos|imagin|pretend|view|opinion|may\b|might|could)",
    re.IGNORECASE,
)

INTENDED = (
    r"(?:plan(?:s|ned|ning)?|hop(?:es|ed|ing|e)|intend(?:s|ed|ing)?|aim(?:s|ed)|propos(?:es|ed|ing|e|als?)"
    r"|threat(?:s|en|ens|ened|ening)?|tries|tried|attempt(?:s|ed|ing)?|promis(?:es|ed|e)"
    r"|bills?|motions?|requests?|offers?|bids?|intentions?"
    r"|(?:is|are|was|were) (?:set|scheduled|supposed|about|expected|likely|said|alleged|rumou?red)) to\b"
)
CLOSELY = r"(?:almost|nearly|narrowly (?:avoided|escaped|missed)|came close to|just missed)\b"
POSSIBLY = r"(?:(?-i:may)|might|could)\b(?: (?:have|be|have been)\b)?"
VERBAL = re.compile(
    rf"(?<!you )\b(?:(?P<intended>{INTENDED})|(?P<closely>{CLOSELY})|(?P<possibly>{POSSIBLY}))",
    re.IGNORECASE,
)
"""What leaves open the verb behind it."""

CLAUSAL = (
    (
        "condition",
        re.compile(
            r"\b(?:if|unless|in case|provided(?: that)?|assuming|whether)\b(?! (?:you|or not)\b)", re.IGNORECASE
        ),
        CONDITIONED,
    ),
    (
        "claim",
        re.compile(
            r"\b(?:claim|alleg|suspect|fear|argu|suppos|imagin|pretend|speculat|believ)(?:e?s|e?d|ing|e)? that\b",
            re.IGNORECASE,
        ),
        TOLD,
    ),
    ("denial", re.compile(re.escape(DENIAL)), re.compile(r"\b(?:not|no|never)\b|n['’]t\b", re.IGNORECASE)),
)
"""Kind, what opens the stretch, and what in a claim leaves it open likewise."""

EXPECTED = re.compile(
    r"\b(?:(?<!than )(?<!as )expect(?:s|ed|ing)?|predict(?:s|ed)?|anticipate[sd]?)\b(?! to\b)"
    r"|\b(?:targets?|goals?|objectives?|aims?|guidance|outlook|projections?)\b[^,;.]{0,60}?\b(?:is|was|are|were|of)\b",
    re.IGNORECASE,
)
"""What makes its whole clause one of what is to come."""

ENDS = re.compile(r"[,;:)]|\s(?:then|but|and (?=(?:\w+ly )?(?:[a-z]+ed|is|are|was|were|has|had)\b))")
CLAUSE_PARTS = re.compile(r"[;()]|, (?:but|and|while|which|who)\b|\bbut\b")
QUESTION_END = re.compile(r"[?？][.\"”’'*_)\s]*$")

STANDS_WHOLE = 0.8
"""Share of a claim from which a stretch is taken to say it."""

SAME_STATEMENT = 0.6
"""Share of a claim from which a sentence is taken to be about the same."""

RETOLD = 0.5
"""Share of what stands beside a condition from which a claim that has it tells the whole."""

QUESTION_CHARACTERS = 300
"""What is longer and ends in a question mark is more than a question."""

SENTENCE_CHARACTERS, OPENINGS_MOST = 1500, 8
"""Longer sentences, and further words that leave something open in one, are not looked at."""

REACH_CHARACTERS = 60
"""How far behind the words that leave it open a verb stands."""

CLOSE_BY = re.compile(r"\s*(?:(?:went|was|were|became|got|came|made|took|gave|had) )?", re.IGNORECASE)
WILL = re.compile(r"\bwill (?:\w+ly )?$", re.IGNORECASE)
NOT_DONE = re.compile(r"\bto (?:\w+ly )?$")
NOT_PAST = re.compile(
    r"\b(?:is|are|am|be|been|being|to|will|would|can|could|may|might|must|should|get|gets)\s(?:\w+ly\s)?$",
    re.IGNORECASE,
)


class Stretch(NamedTuple):
    """What of a sentence is left open, and the words that leave it open."""

    span: Span
    words: str
    kind: str


def left_open(claim: str, carriers: Sequence[str], context: Iterable[str]) -> str:
    """Return the words by which the source leaves open what the claim states; empty where it states it as well.

    >>> left_open("The test failed.", ["If the test fails, the machine stops."], [])
    'the source says it behind “If”'
    >>> left_open("The machine stops if the test fails.", ["If the test fails, the machine stops."], [])
    ''

    Args:
        claim: A sentence.
        carriers: The sentences of the source that say most of it, best first.
        context: All its sentences; one that states the claim settles it.
    """
    carriers = [carrier for carrier in carriers if len(carrier) <= SENTENCE_CHARACTERS]
    found = verb_left_open(claim, carriers) or statement_left_open(claim, carriers)
    return "" if found and any(states_it(claim, sentence) for sentence in context) else found


def statement_left_open(claim: str, carriers: Sequence[str]) -> str:
    """Return the words that leave open a stretch that says the whole claim; empty for none."""
    target = analyse(claim)
    for sentence in carriers:
        for stretch in stretches_of(sentence, claim):
            asked = " ".join(filter(is_question, carriers)) if stretch.kind == "question" else ""
            if coverage(target, asked or sentence[slice(*stretch.span)]) < STANDS_WHOLE:
                continue
            rest = without(sentence, stretch.span)
            if stretch.kind == "condition" and coverage(analyse(rest), claim) >= RETOLD:
                continue
            stated = [asserted(text, claim) for text in (rest, *(other for other in carriers if other != sentence))]
            if coverage(target, " ".join(stated)) < STANDS_WHOLE:
                return stretch.words
    return ""


def states_it(claim: str, sentence: str) -> bool:
    """Return whether a sentence says the whole claim outside of what it leaves open."""
    target = analyse(claim)
    if coverage(target, sentence) < STANDS_WHOLE:
        return False
    return coverage(target, asserted(sentence, claim)) >= STANDS_WHOLE and not verb_left_open(claim, [sentence])


def asserted(sentence: str, claim: str) -> str:
    """Return a sentence without what it leaves open."""
    for stretch in stretches_of(sentence, claim):
        sentence = without(sentence, stretch.span)
    return sentence


def without(text: str, span: Span) -> str:
    """Return a text with a stretch blanked."""
    return text[: span.start] + " " * (span.end - span.start) + text[span.end :]


def coverage(target: Analysis, text: str) -> float:
    """Return the share of a claim's words and numbers that a text has; 0.0 for a claim of none."""
    held, numbers = bag(text), analyse(text).numbers
    had = sum(held.credit(key) for key in target.keys)
    had += sum(any(number.agrees(other) for other in numbers) for number in target.numbers)
    return had / (len(target.keys) + len(target.numbers) or 1)


def stretches_of(sentence: str, claim: str) -> Iterator[Stretch]:
    """Yield the whole statements that a sentence leaves open and the claim does not."""
    if is_question(sentence) and not ASKED.search(claim):
        yield Stretch(Span(0, len(sentence)), "the source only asks it", "question")
    for kind, pattern, likewise in CLAUSAL:
        for match in openings(pattern, sentence) if not likewise.search(claim) else ():
            end = ENDS.search(sentence, match.end())
            span = Span(match.start(), end.start() if end else len(sentence))
            words = "the source denies it" if kind == "denial" else f"the source says it behind “{match.group()}”"
            yield Stretch(span, words, kind)
    for match in openings(EXPECTED, sentence) if analyse(claim).numbers and not HEDGED.search(claim) else ():
        before = [part.end() for part in CLAUSE_PARTS.finditer(sentence, 0, match.start())]
        after = CLAUSE_PARTS.search(sentence, match.end())
        span = Span(before[-1] if before else 0, after.start() if after else len(sentence))
        yield Stretch(span, f"the source says it behind “{match.group()}”", "expected")


def openings(pattern: re.Pattern[str], sentence: str) -> Iterator[re.Match[str]]:
    """Yield the first few words of a sentence that leave something open: no honest sentence has more."""
    return itertools.islice(pattern.finditer(sentence), OPENINGS_MOST)


def is_question(sentence: str) -> bool:
    """Return whether a sentence only asks."""
    return len(sentence) <= QUESTION_CHARACTERS and QUESTION_END.search(sentence) is not None


def verb_left_open(claim: str, carriers: Sequence[str]) -> str:
    """Return the words that leave open a verb that the claim states; empty where there are none."""
    target = analyse(claim)
    for sentence in [carrier for carrier in carriers if coverage(target, carrier) >= SAME_STATEMENT]:
        others = [other for other in carriers if other != sentence]
        for match in openings(VERBAL, sentence):
            kind = match.lastgroup or ""
            verb = verb_behind(sentence, match)
            said = next((term for term in target.terms if verb and alike(term.key, verb)), None)
            if said is None or exempt(kind, claim) or NOT_DONE.search(claim[: said.start]):
                continue
            if kind == "possibly" and not (is_past(claim, said) or WILL.search(claim[: said.start])):
                continue
            end = ENDS.search(sentence, match.end())
            rest = without(sentence, Span(match.start(), end.start() if end else len(sentence)))
            if not any(bag(other).credit(said.key) for other in (rest, *others)):
                return f"the source says “{match.group()}”"
    return ""


def verb_behind(sentence: str, match: re.Match[str]) -> str:
    """Return the first content word behind some words; empty where ``nearly`` and the like are said of another."""
    behind = sentence[match.end() : match.end() + REACH_CHARACTERS]
    first = next(iter(analyse(behind).terms), None)
    if first is None or (match.lastgroup == "closely" and not CLOSE_BY.fullmatch(behind[: first.start])):
        return ""
    return first.key


def exempt(kind: str, claim: str) -> bool:
    """Return whether a claim leaves open its verb as a source does by words of a kind."""
    if kind == "closely":
        return re.search(r"\b(?:almost|nearly|narrowly|close|just)\b", claim, re.IGNORECASE) is not None
    return HEDGED.search(claim) is not None and not re.search(r"\bwill\b", claim)


def is_past(text: str, term: Term) -> bool:
    """Return whether a verb of a text says what has happened: ``resigned``, ``was closed``; not ``is closed``."""
    word = text[term.start : term.end].lower()
    formed = word.endswith("ed") or (word in IRREGULAR and stem(word) != word)
    return formed and NOT_PAST.search(text[: term.start]) is None
