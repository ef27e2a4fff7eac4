"""A short answer and its question -> the sentence that it stands for: ``24 hours.`` to ``How long is the notice?``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.sentences import segment
from rag.terms import Analysis, analyse, bag, carries_or_means
from rag.terms.assertions import DENIAL
from rag.terms.matching import MEASURES
from rag.types import Span

FRAGMENT_TERMS = 2
"""A sentence of at most so many content words and numbers is read as the answer to its question."""

AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|will|would|should|shall|may|might|must|has|have|had)(?:n['’]t)?"

DECIDES = re.compile(
    r"\s*(?P<word>yes|no)\b[\s,.!:;–—-]*"
    rf"(?:(?:it|he|she|they|we|you|there|that|this|i)\s+{AUXILIARY}(?:\s+not)?)?[\s.!]*",
    re.IGNORECASE,
)
"""``Yes.``, ``No, it is not.``"""

LEADING = re.compile(r"\s*(?:yes|no)\b[\s,.:;–—-]+(?=\S)", re.IGNORECASE)
"""``Yes, 24 hours``: what only affirms."""

ASKS_WHETHER = re.compile(rf"\s*(?:(?:and|so|but),?\s+)?{AUXILIARY}\b\s*(?P<rest>.+?)[\s?？]*", re.IGNORECASE)
"""A question that yes or no answers."""

ASKS_WHAT = re.compile(
    r"\s*(?:(?:and|so|but),?\s+)?(?:(?:in|at|on|for|by|to|from|of|with)\s+)?"
    r"(?:how\s+(?:(?:many|much)\b|(?:long|old|far|often|tall|big|large|fast|high|deep|expensive|soon)\b)?"
    rf"|(?:what|which)\s+(?:(?:\w+\s+)??(?={AUXILIARY}\b))?|who(?:m|se)?\b|when\b|where\b|why\b)\s*"
    rf"(?:(?!d(?:o|oes|id)\b){AUXILIARY}\b\s*)?(?:the\s+(?:{MEASURES})\s+(?:of|for)\s+)?",
    re.IGNORECASE,
)
"""How a question asks: all of it that only says what kind of answer is sought; ``did`` stays, as part of its verb."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence as it is judged.

    Attributes:
        text: The statement: the sentence itself, or what it says in answer to its question.
        offset: Where the sentence begins in it; None where it stands in it no more (``Yes.``).
    """

    text: str
    offset: int | None = 0


def state_answer(text: str, question: str) -> Stated:
    """Return a sentence as it is to be judged: a short one as what it says in answer to its question.

    Yes and no are no words of a statement: they affirm or deny what is asked. Of other questions what only asks is left
    out, since no source need say ``how long`` or ``colour``.

    >>> state_answer("24 hours.", "How long is the notice period?").text
    'the notice period: 24 hours.'
    >>> state_answer("No.", "Is smoking allowed in the building?").text
    'It is not so: smoking allowed in the building'
    >>> state_answer("Smoking is forbidden in the whole building.", "Is smoking allowed?").text
    'Smoking is forbidden in the whole building.'
    """
    if not question.strip() or text.rstrip().endswith(("?", ":")):
        return Stated(text)
    whether = ASKS_WHETHER.fullmatch(question)
    decided = DECIDES.fullmatch(text)
    if decided is not None:
        if whether is None:
            return Stated(text)
        said = whether["rest"].strip()
        return Stated(said if decided["word"].lower() == "yes" else f"{DENIAL}{said}", None)
    analysis = analyse(text)
    said_terms = len(analysis.terms) + len(analysis.numbers)
    if not 0 < said_terms <= FRAGMENT_TERMS or len(text.split()) > 2 * FRAGMENT_TERMS + 2:
        return Stated(text)
    told = told_by(question)
    answer = LEADING.sub(lambda match: " " * len(match.group()), text)
    return Stated(f"{told}: {answer}", len(told) + 2) if told else Stated(text)


def told_by(question: str) -> str:
    """Return what a question tells, without what only asks; empty where it tells nothing.

    >>> told_by("What colour is the logo?"), told_by("How many days of leave do interns get?")
    ('the logo', 'days of leave do interns get')
    """
    rest = question.strip().rstrip("?？ ")
    asking = ASKS_WHAT.match(rest)
    if asking is not None:
        return rest[asking.end() :].strip()
    whether = ASKS_WHETHER.fullmatch(rest)
    return whether["rest"].strip() if whether is not None else rest


ASKS = re.compile(r"[\s*_#>|-]*(?:(?:Q|Question|Frage)\s?\d*\s?[:.)]\s*)?(?P<asked>.+?)[?？][.\"”’'*_)\s]*", re.DOTALL)
"""A question of a source, with what may mark it as one."""

ANSWERS = re.compile(
    r"[\s*_#>|-]*(?:(?:A|Answer|Antwort)\s?\d*\s?[:.)]\s*)?(?:(?:\w+ly|of course|sorry|alas),? )?"
    r"(?:(?P<no>not at all|not|no|never)|yes|certainly|absolutely|definitely|sure|of course)\b(?!\s+\w+ [a-z])"
    r"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
"""What affirms or denies the question before it, whatever it goes on to say."""

ASKED_CHARACTERS, ANSWER_CHARACTERS = 300, 300
"""Longer ones are no question and its answer."""


def statements_of(text: str, spans: Sequence[Span]) -> list[tuple[Span, str]]:
    """Return the sentences of a source as they are to be read: a question that is answered as what the two say.

    A question without a short answer behind it stands as it is: it states nothing, and says what the next is about.

    >>> [said for _, said in statements_of("Are dogs allowed? No.", [Span(0, 17), Span(18, 21)])]
    ['It is not so: dogs allowed']
    """
    found: list[tuple[Span, str]] = []
    asked: re.Match[str] | None = None
    for span in spans:
        sentence = text[slice(*span)]
        said = answered(asked["asked"] + "?", sentence) if asked is not None else ""
        if said:
            found[-1] = (Span(found[-1][0].start, span.end), said)
        else:
            found.append((span, sentence))
        asked = ASKS.fullmatch(sentence) if not said and len(sentence) <= ASKED_CHARACTERS else None
    return found


def answered(question: str, answer: str) -> str:
    """Return what a question and the sentence behind it say together; empty where it is no short answer to it."""
    if len(answer) > ANSWER_CHARACTERS:
        return ""
    whether = ASKS_WHETHER.fullmatch(question)
    if whether is None:
        stated = state_answer(answer, question)
        return stated.text if stated.offset else ""
    decided = ANSWERS.fullmatch(answer)
    if decided is None:
        return ""
    rest = decided["rest"].strip(" ,.!:;–—-*_\n")
    said = f"{DENIAL}{whether['rest'].strip()}" if decided["no"] else whether["rest"].strip()
    return f"{said}; {rest}" if rest else said


REFERS_BACK = re.compile(r"\s*(?:it|he|she|they|this|that|these|those|its|his|her|their)\b", re.IGNORECASE)
"""How a sentence begins that is about what the one before it names."""


def said_of_another(fragment: str, question: str, evidence: Sequence[str]) -> bool:
    """Return whether a short answer stands only where less is said of what is asked than where another answer stands.

    As ``25 days`` to ``How many days do interns get?``, where it says ``Employees get 25 days. Interns get 10 days.``
    So does one of which nothing stands anywhere: all that is borne out then is the question.

    Args:
        fragment: The short answer.
        question: Its question.
        evidence: The passages that it may stand in.
    """
    answer = analyse(LEADING.sub("", fragment))
    told = [term.key for term in analyse(told_by(question)).terms]
    told = [key for key in dict.fromkeys(told) if key not in answer.keys]
    best_with, best_without, stands = 0, 0, False
    for text in evidence:
        before = ""
        stands = (
            stands
            or any(carries_or_means(bag(text), key) for key in answer.keys)
            or any(number.agrees(other) for number in answer.numbers for other in analyse(text).numbers)
        )
        for start, end in segment(text):
            sentence = text[start:end]
            held = bag(f"{before} {sentence}" if REFERS_BACK.match(sentence) else sentence)
            shared = sum(carries_or_means(held, key) for key in told)
            known = analyse(sentence)
            stating = all(held.credit(key) for key in answer.keys) and all(
                any(number.agrees(other) for other in known.numbers) for number in answer.numbers
            )
            if stating:
                best_with = max(best_with, shared)
            elif answers_too(answer, known, told):
                best_without = max(best_without, shared)
            before = sentence
    return best_without > best_with or not stands


def answers_too(answer: Analysis, known: Analysis, told: Sequence[str]) -> bool:
    """Return whether a sentence holds another answer of the same kind: a number of the same unit, or another name."""
    if answer.numbers:
        unit, counted = answer.numbers[0].unit, answer.numbers[0].counted
        return any((number.unit, number.counted) == (unit, counted) for number in known.numbers)
    return bool(answer.names | answer.openers) and bool(known.names - answer.keys - frozenset(told))
