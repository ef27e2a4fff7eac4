"""A short answer and its question -> the sentence that it stands for: ``24 hours.`` to ``How long is the notice?``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.sentences import segment
from rag.terms import Analysis, analyse, bag, carries_or_means
from rag.terms.assertions import DENIAL
from rag.terms.matching import MEASURES
from rag.types import Judgement, ProblemKind, Span, Verdict

FRAGMENT_TERMS = 2
"""A sentence of at most so many content words and numbers is read as the answer to its question."""

AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|will|would|should|shall|may|might|must|has|have|had)(?:n['’]t)?"

DECIDES = re.compile(
    r"\s*(?P<word>yes|no)\b[\s,.!:;–—-]*"
    rf"(?:(?:(?:the|an?)\s+)?[^\W\d_]+\s+{AUXILIARY}(?:\s+not)?)?[\s.!]*",
    re.IGNORECASE,
)
"""``Yes.``, ``No, it is not.``, ``No, guests may not.``"""

LEADING = re.compile(r"\s*(?:yes|(?P<no>no))\b(?: *[,.:;–—]| +-)\s*(?=\S)", re.IGNORECASE)
"""``Yes, 24 hours``: what affirms or denies the question before something is answered."""

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
    'It is not so that smoking allowed in the building'
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
    leading = LEADING.match(text)
    told = told_by(question)
    told = without_replaced(told, analysis) if leading and leading["no"] else told
    answer = LEADING.sub(lambda match: " " * len(match.group()), text)
    return Stated(f"{told}: {answer}", len(told) + 2) if told else Stated(text)


def without_replaced(told: str, answer: Analysis) -> str:
    """Return what a question tells without what an answer that denies it puts in its place: a number, the last name.

    >>> without_replaced("the fee 20 euros", analyse("No, 30 euros."))
    'the fee'
    """
    asked = analyse(told)
    if answer.numbers:
        units = {number.unit for number in answer.numbers}
        gone = [Span(number.start, number.end) for number in asked.numbers if number.unit in units]
    elif answer.names | answer.openers:
        gone = last_name(asked)
    else:
        gone = []
    for start, end in gone:
        told = told[:start] + " " * (end - start) + told[end:]
    return told.strip()


def last_name(analysis: Analysis) -> list[Span]:
    """Return where the words of the last name of a text stand, last first; empty where it has none."""
    found: list[Span] = []
    for term in reversed(analysis.terms):
        named = term.key in analysis.names | analysis.openers
        if named and (not found or found[-1].start - term.end == 1):
            found.append(Span(term.start, term.end))
        elif found:
            break
    return found


def denied_by(text: str, question: str) -> str:
    """Return what an answer denies before it goes on, as a statement; empty where it does not open with a no.

    >>> denied_by("No, lunch.", "Does the fee include breakfast?")
    'the fee include breakfast'
    """
    leading, whether = LEADING.match(text), ASKS_WHETHER.fullmatch(question)
    if leading is None or not leading["no"] or whether is None or DECIDES.fullmatch(text):
        return ""
    return whether["rest"].strip()


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

BELOW_THRESHOLD = 0.9
"""Part of the verifier's threshold that an answer scores at most which the source says of something else, or denies."""

ASKED_CHARACTERS, ANSWER_CHARACTERS = 300, 300
"""Longer ones are no question and its answer."""


def read_statements(text: str, spans: Sequence[Span]) -> list[tuple[Span, str]]:
    """Return the sentences of a source as they are to be read: a question that is answered as what the two say.

    A question without a short answer behind it stands as it is: it states nothing, and says what the next is about.

    >>> [said for _, said in read_statements("Are dogs allowed? No.", [Span(0, 17), Span(18, 21)])]
    ['It is not so that dogs allowed']
    """
    found: list[tuple[Span, str]] = []
    asked: re.Match[str] | None = None
    for span in spans:
        sentence = text[slice(*span)]
        if asked is not None and not any(letter.isalnum() for letter in sentence):
            found[-1] = (Span(found[-1][0].start, span.end), found[-1][1])
            continue
        said = answered(asked["asked"] + "?", sentence) if asked is not None else ""
        if said:
            found[-1] = (Span(found[-1][0].start, span.end), said)
        else:
            found.append((span, sentence))
        asked = ASKS.fullmatch(sentence) if not said and len(sentence) <= ASKED_CHARACTERS else None
    return found


def answered_spans(text: str) -> list[Span]:
    """Return the sentences of a text, in order; a question and the short answer behind it are one.

    >>> answered_spans("Are dogs allowed? Yes. Cats are too.")
    [Span(start=0, end=22), Span(start=23, end=36)]
    """
    return [span for span, _ in read_statements(text, segment(text))]


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


def held_to_no(
    text: str, question: str, judgement: Judgement, ask: Callable[[str], Judgement], threshold: float
) -> Judgement:
    """Return the judgement on an answer, no longer supported where it opens with a no to what the sources affirm."""
    denied = denied_by(text, question) if judgement.verdict is Verdict.SUPPORTED else ""
    if not denied or ask(denied).verdict is not Verdict.SUPPORTED:
        return judgement
    kind, problem = ProblemKind.NEGATION, "it says no, where the source says yes"
    return lowered(judgement, threshold, kind, problem)


def of_another(text: str, judgement: Judgement, threshold: float) -> Judgement:
    """Return a judgement no longer supported, since the source says the answer of something else."""
    problem = f"the source may say {text.strip().rstrip('.')} of something else"
    return lowered(judgement, threshold, ProblemKind.NOT_MENTIONED, problem)


def lowered(judgement: Judgement, threshold: float, kind: ProblemKind, problem: str) -> Judgement:
    """Return a judgement as partial at most, for this reason."""
    score = min(judgement.score or 0.0, round(threshold * BELOW_THRESHOLD, 4))
    return replace(judgement, verdict=Verdict.PARTIAL, score=score, problem=problem, problem_kind=kind)
