"""Whether a sentence speaks of another than the one who is asked about."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from rag.terms import Bag, Question, analyse, bag

TOUCHES = re.compile(r"(?:['’]s?)?[ -](?:(?:the|an?|is|was|are|were|did|does|do|will|has|had|of|in|at|for|by) ){0,2}")
"""What may stand between a name and the word that it belongs to."""

REFERS_BACK = re.compile(
    r"(?!it (?:is|was|has been) (?:decided|agreed|resolved|proposed|noted|reported|planned|hoped|expected)\b)"
    r"(?:he|she|it|they|this|these|that|those|such|his|her|its|their|both|the (?:former|latter|company|same))\b",
    re.IGNORECASE,
)
"""What opens a sentence that is about what the one before it names; ``It was decided`` is about nothing before it."""

ASKS_WHO = re.compile(r"who(?:'s| is| was| are| were) (?P<name>[^?]+?)\s*\??", re.IGNORECASE)


@lru_cache(maxsize=4096)
def places_of_names(text: str) -> tuple[tuple[frozenset[str], frozenset[tuple[str, str]]], ...]:
    """Return the names of a text, each as the keys of its words, with the words that it belongs to.

    Words belong to a name that stand right before or behind it, small words apart: each with its side.
    """
    analysis = analyse(text)
    named = analysis.names | analysis.subjects | analysis.openers
    runs: list[list[int]] = []
    for index, term in enumerate(analysis.terms):
        if term.key not in named:
            continue
        if runs and runs[-1][-1] == index - 1 and text[analysis.terms[index - 1].end : term.start] == " ":
            runs[-1].append(index)
        else:
            runs.append([index])
    places = []
    for run in runs:
        around = [
            ("before", analysis.terms[one].key) if two in run else ("behind", analysis.terms[two].key)
            for one, two in itertools.pairwise(range(max(0, run[0] - 1), min(len(analysis.terms), run[-1] + 2)))
            if (one in run) != (two in run)
            and TOUCHES.fullmatch(text[analysis.terms[one].end : analysis.terms[two].start])
        ]
        places.append((frozenset(analysis.terms[index].key for index in run), frozenset(around)))
    return tuple(places)


def speaks_of_another(question: Question, text: str, about: Bag) -> bool:
    """Return whether a sentence has another name in the very place of one that is asked about.

    As ``The Bergen lease runs for five years`` where it is asked how long the Oslo lease runs.

    Args:
        question: The question.
        text: The sentence.
        about: What the sentence stands under: the title and headings, which may name who is asked about.
    """
    if REFERS_BACK.match(text):
        return False
    asked, held = bag(question.text), bag(text)
    for name, around in places_of_names(question.text):
        if not name & question.analysis.names or any(held.credit(key) or about.credit(key) for key in name):
            continue
        for other, beside in places_of_names(text):
            foreign = other & (analyse(text).names | analyse(text).subjects)
            if foreign and not any(asked.credit(key) for key in other) and around & beside:
                return True
    return False


def says_who(question: Question, text: str) -> bool:
    """Return whether a sentence says who someone is, where that is all that is asked.

    >>> from rag.terms import analyse_question
    >>> says_who(analyse_question("Who is Jonas Berg?"), "Jonas Berg joins as head of finance.")
    True
    >>> says_who(analyse_question("Who is Jonas Berg?"), "Jonas Berg starts on 7 April.")
    False
    """
    asked = ASKS_WHO.fullmatch(question.text.strip())
    if asked is None:
        return False
    name = re.escape(asked["name"].split()[-1])
    role = rf"\b{name}(?: (?:is|was|becomes|became) (?:an?|the|our|their|its)\b|, (?:an?|the|our|who)\b|\b[^.;]* as\b)"
    apposed = rf"\b(?:our|the|their|its) [a-z]+(?: [a-z]+){{0,3}},? (?:[A-Z]\w+ )?{name}\b"
    return re.search(role, text) is not None or re.search(apposed, text) is not None
