"""A question of several parts -> its parts, each a question of its own; by rule, for English.

Cut where a new question word follows a full stop, a semicolon or ``and``: "When was Acme founded and who runs it?".
Nothing is cut where the cut would leave a piece that asks nothing, or where the second question word only opens a
clause ("the woman who founded Acme and who sold it").
"""

from __future__ import annotations

import re

from rag.terms.analysis import analyse
from rag.terms.comparing import read_comparison
from rag.terms.matching import ASKING
from rag.terms.words import language, script

PARTS_MOST = 4
"""Parts that a question is cut into at most; one with more is left whole."""

ASKS = (
    r"(?:(?:in|at|on|for|by|to|from|since) )?(?:who|whom|whose|what|which|when|where|why"
    r"|how(?: (?:many|much|long|old|far|often|tall|big|large|fast|high|deep|soon))?)"
)
AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had)"
BIDS = r"(?:please |can you |could you )?(?:tell me|explain|say|describe|list|state)"

OPENS = re.compile(rf"\s*(?:(?:and|or|but|so|also|then) )?(?:{ASKS}|{AUXILIARY}|{BIDS})\b", re.IGNORECASE)
"""How a question begins."""

QUESTION_END = re.compile(r"(?<=[^\W\d_]{2}|\d\)|.\d)\?+\s+")
JOINT = re.compile(
    rf"(?P<list>\s*,\s*)(?={ASKS}\s+{AUXILIARY}\b)"
    rf"|(?:\s*;\s*|\s*,?\s+and\s+)(?:also\s+)?(?={ASKS}\s+[a-z])"
    rf"|\s*[,;]?\s+and\s+(?:also\s+)?(?={AUXILIARY}\s+(?:it|its|they|their|he|his|she|her|there|this|that|these|the)\b)",
    re.IGNORECASE,
)
"""Between two parts: what stands behind it asks anew. A bare comma parts only where an ``and`` follows."""

PAIRED = re.compile(r"\b(?:both|either|neither|whether|between)\b", re.IGNORECASE)
"""What makes the ``and`` behind it join two halves of one thing."""

FRAGMENT = re.compile(r"(?:in|at|on|for|by|to|from|since)\s", re.IGNORECASE)
"""How a piece begins that needs the verb before it, unless it has one of its own: ``and in what year``."""

SHARED = re.compile(
    rf"^\s*(?P<first>{ASKS})(?:,? and |/)(?P<second>{ASKS})\s+(?P<rest>(?:{AUXILIARY})\b.+)$", re.IGNORECASE
)
"""``When and where was she born?``: two questions with one body."""

PHRASES_MOST = 3
"""Names or runs of words put behind a part that refers back."""

RELATIVE = re.compile(r"\b(?:who|whom|whose|which|where|when|what|how|why|whether|if|that)\b", re.IGNORECASE)
REFERS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|there|this|that|these|those)\b", re.IGNORECASE
)


def question_parts(question: str) -> tuple[str, ...]:
    """Return the parts of a question in order, each readable by itself; the question alone where it has only one.

    A question that compares two figures has a part for each. A part that refers back ("who runs it?") gets what the
    first part is about put behind it: "who runs it (Acme)?".
    Questions in other languages than English are left whole, those that are cut lose runs of white space.

    >>> question_parts("When was Acme founded and who runs it?")
    ('When was Acme founded', 'who runs it (Acme)?')
    >>> question_parts("When and where was Marie Curie born?")
    ('When was Marie Curie born?', 'Where was Marie Curie born?')
    >>> question_parts("How do Acme and Bolt differ?")
    ('How do Acme and Bolt differ?',)
    """
    if script(question) != "latin" or language(question) not in ("en", ""):
        return (question,)
    collapsed = " ".join(question.split())  # the time of `JOINT` grows with the cube of a run of white space
    comparison = read_comparison(collapsed)
    if comparison is not None:
        return comparison.parts
    shared = SHARED.match(collapsed)
    if shared is not None:
        second = shared["second"]
        return tuple(f"{asks} {shared['rest']}" for asks in (shared["first"], second[:1].upper() + second[1:]))
    parts = [part for sentence in QUESTION_END.split(collapsed) for part in cut(sentence)]
    if not 1 < len(parts) <= PARTS_MOST or not all(OPENS.match(part) for part in parts):
        return (question,)
    about = subject_of(parts[0])
    return (parts[0], *(completed(part, about) for part in parts[1:]))


def cut(sentence: str) -> list[str]:
    """Return the parts of one sentence: cut at every joint that leaves a question on both sides."""
    joints = list(JOINT.finditer(sentence))
    last = max((joint.start() for joint in joints if not joint["list"]), default=-1)
    parts: list[str] = []
    begin = 0
    for joint in joints:
        before, behind = sentence[begin : joint.start()], sentence[joint.end() :]
        if joint.start() <= last and asks(before) and asks(behind) and not goes_on(before, behind):
            parts.append(before.strip())
            begin = joint.end()
    return [*parts, sentence[begin:].strip()]


def asks(part: str) -> bool:
    """Return whether a piece can be asked by itself: it opens as a question and has something that is asked about."""
    if OPENS.match(part) is None or (FRAGMENT.match(part) and re.search(rf"\b{AUXILIARY}\b", part) is None):
        return False
    telling = [term for term in analyse(part).terms if term.key not in ASKING]
    return bool(telling) or REFERS_BACK.search(part) is not None


def goes_on(before: str, behind: str) -> bool:
    """Return whether what stands behind goes on with a clause before it: ``who founded it and who sold it``."""
    if PAIRED.search(before):
        return True
    opening = OPENS.match(before)
    clauses = RELATIVE.findall(before[opening.end() if opening else 0 :])
    first = RELATIVE.match(behind.lstrip())
    return first is not None and first.group().lower() in {clause.lower() for clause in clauses}


def subject_of(part: str) -> str:
    """Return what a part is about: its names, else its content words, as they stand; perhaps empty."""
    analysis = analyse(part)
    named = [term for term in analysis.terms if term.key in analysis.names]
    taken = named or [term for term in analysis.terms if term.key not in ASKING]
    runs: list[tuple[int, int]] = []
    for term in sorted(taken, key=lambda term: term.start):
        if runs and not part[runs[-1][1] : term.start].strip(" -"):
            runs[-1] = (runs[-1][0], term.end)
        else:
            runs.append((term.start, term.end))
    phrases = []
    for start, end in runs[:PHRASES_MOST]:
        numbers = [number.end for number in analysis.numbers if number.start >= end and part[end : number.start] == " "]
        phrases.append(part[start : numbers[0] if named and numbers else end].removesuffix("'s"))
    return ", ".join(phrases)


def completed(part: str, about: str) -> str:
    """Return a part with the subject behind it where it refers back, or names nothing of its own.

    Without capitals one cannot see what is named, so there only what refers back is completed.
    """
    bare = about != about.lower() and not analyse(part).names
    if not about or about.lower() in part.lower() or not (bare or REFERS_BACK.search(part)):
        return part
    body = part.rstrip()
    ending = "?" if body.endswith("?") else ""
    return f"{body.rstrip('? ')} ({about}){ending}"
