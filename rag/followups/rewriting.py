"""The question as it can be searched for without the conversation. Read `rewrite` and `resolve` from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.followups.choosing import choose_item
from rag.followups.leaning import asks_who, leans, speaks_of_person, speaks_of_several
from rag.followups.phrases import SENTENCE_END, names_of, stems_of
from rag.followups.replacing import put_in_place, read_fragment
from rag.followups.subjects import subjects_of
from rag.terms import language, script
from rag.types import Turn

REMEMBERED_TURNS = 4
"""Turns looked back, one from the other, for what a question is about."""
PHRASES_TAKEN = 3
"""Names or subjects put behind a question."""
SPOKEN_CHARACTERS = 2000
"""Characters looked at in each question and answer of the conversation."""
ANSWER_NAMES_TAKEN = 1
"""Names looked at in the last answer."""
TITLE_WORDS_ADDED = 3
"""Words more than the phrase up to which a title or heading is a fuller name of the same thing."""
NO_NAME = re.compile(r"[,;:?!()\d]")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone.

    Attributes:
        standalone: The question.
        topic: What it is about, in order.
    """

    standalone: str
    topic: tuple[str, ...]


def rewrite(question: str, history: Sequence[Turn]) -> str:
    """Return the question as it can be searched for without the conversation.

    Args:
        question: The last question.
        history: Earlier turns, oldest first.

    Returns:
        The question itself where it stands alone, the history is empty, or they are not in English; the question before
        with another thing in its place, where it only names that; otherwise the question with what it leans on behind
        it, in brackets. White space is made single.
    """
    question = on_one_line(question)
    if not history or not are_english(question, history):
        return question
    return resolve(question, [shortened(turn) for turn in history[-REMEMBERED_TURNS:]]).standalone


def on_one_line(text: str) -> str:
    """Return a text with its white space made single: what reads questions may take long for runs of it."""
    return " ".join(text.split())


def shortened(turn: Turn) -> Turn:
    """Return as much of a turn as is looked at."""
    return Turn(
        on_one_line(turn.question)[:SPOKEN_CHARACTERS],
        turn.answer[:SPOKEN_CHARACTERS],
        on_one_line(turn.standalone)[:SPOKEN_CHARACTERS],
        turn.titles,
        tuple(passage[:SPOKEN_CHARACTERS] for passage in turn.passages),
    )


def resolve(question: str, history: Sequence[Turn]) -> Resolved:
    """Return a question made to stand alone, each from the one before it."""
    if not history:
        return Resolved(question, subjects_of(question))
    *earlier, last = history
    before = resolve(last.question, earlier) if earlier else resolve(last.standalone or last.question, ())
    fragment = read_fragment(question)
    replaced = put_in_place(before.standalone, fragment) if fragment else None
    if replaced is not None:
        return Resolved(replaced, subjects_of(replaced))
    if not leans(question, last):
        return Resolved(question, subjects_of(question) or before.topic)
    known = stems_of(question)
    taken: list[str] = []
    for phrase in leant_on(question, before, last):
        new = stems_of(phrase) - known
        if new and len(taken) < PHRASES_TAKEN:
            taken.append(phrase)
            known |= new
    own = tuple(names_of(question))
    standalone = f"{question.rstrip()} ({', '.join(taken)})" if taken else question
    return Resolved(standalone, tuple(dict.fromkeys((*own, *taken))) or before.topic)


def leant_on(question: str, before: Resolved, last: Turn) -> Iterator[str]:
    """Yield what a question may lean on: what it picks of the answer, what the turn was about, the answer's name."""
    item = choose_item(question, last.answer)
    if item:
        yield item
    named = any(map(is_named, before.topic))
    yield from before.topic if named else (full_name(phrase, last.titles) for phrase in before.topic)
    yield from names_in_answer(question, before, last)[:ANSWER_NAMES_TAKEN]


def names_in_answer(question: str, before: Resolved, last: Turn) -> list[str]:
    """Return the names of the last answer that a question may be about.

    All, where the question before named nothing, where it asked who and this one speaks of a person, or where this one
    speaks of several; else those of the sentences with words that this one takes up. A person is not what "it" is.
    """
    if asks_who(before.standalone):
        return names_of(last.answer) if speaks_of_person(question) else []
    if speaks_of_several(question) or not any(map(is_named, before.topic)):
        return names_of(last.answer)
    taken_up = stems_of(question) - stems_of(before.standalone)
    sentences = SENTENCE_END.split(last.answer)
    return [name for sentence in sentences if taken_up & stems_of(sentence) for name in names_of(sentence)]


def is_named(phrase: str) -> bool:
    """Whether a phrase holds a name."""
    return bool(names_of(f"; {phrase}"))


def full_name(phrase: str, titles: Sequence[str]) -> str:
    """Return the title or heading that says more of a thing than a phrase without name does; else the phrase."""
    stems = stems_of(phrase)
    for title in titles:
        added = stems_of(title) - stems
        if stems and stems < stems_of(title) and len(added) <= TITLE_WORDS_ADDED and not NO_NAME.search(title):
            return title
    return phrase


def are_english(question: str, history: Sequence[Turn]) -> bool:
    """Whether the question can be English, by its script, and the conversation is."""
    if script(question) not in {"latin", ""}:
        return False
    spoken = (text[:SPOKEN_CHARACTERS] for turn in history[-REMEMBERED_TURNS:] for text in (turn.question, turn.answer))
    return language(" ".join((question, *spoken))) == "en"
