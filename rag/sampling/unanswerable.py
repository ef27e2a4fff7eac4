"""Questions that the documents do not answer, and nearly do: those are the ones that tempt a system to answer.

Two ways: the evidence of a question is left out of what may be found, or something in the question is changed so that
the documents speak of all of it, but nowhere of both together.
"""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Sequence

from rag.protocols import Verifier
from rag.sampling.phrases import Question, looks_like_person
from rag.sampling.samples import DraftSample
from rag.sampling.sources import Draft, Place, Sheet
from rag.sampling.statements import YEAR
from rag.terms import analyse
from rag.types import Passage, Verdict

Find = Callable[[str, Sequence[Place]], Awaitable[Sequence[Passage]]]
"""Finds passages for a question, some places left out."""

ROUNDS = 5
"""Searches after each of which what still answers is left out too; a fact told more often is let be."""

TOGETHER = 0.5
"""Share of a question's words from which a stretch that holds the changed name is taken to speak of the same thing."""

YEARS_AWAY = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
BESIDE = 1
"""Sentences before and after one that are read together with it."""


async def leave_evidence_out(draft: Draft, gold: Sequence[Place], find: Find, verifier: Verifier) -> DraftSample | None:
    """Return a question with all that answers it left out; None where too much does, or nothing else is left.

    Args:
        draft: A question with its place.
        gold: All places known to answer it.
        find: The collection's own search, so that what it would find is what is looked at.
        verifier: Judges whether a passage still states the answer.

    Raises:
        CollectionError: The collection cannot be searched.
    """
    without = list(gold)
    for _ in range(ROUNDS):
        passages = await find(draft.question.text, without)
        if not passages:
            return None
        telling = [passage for passage in passages if still_answers(draft, passage, verifier)]
        if not telling:
            return DraftSample(draft.question.text, "evidence_left_out", without=tuple(without))
        without += [Place(passage.source, passage.start, passage.end, passage.text) for passage in telling]
    return None


def still_answers(draft: Draft, passage: Passage, verifier: Verifier) -> bool:
    """Tell whether a passage may answer: it supports a part of the answer, or names it beside the question's words."""
    for sentence in (draft.place.text, f"{draft.question.text.rstrip('?')}: {draft.question.answer}"):
        if verifier.verify(sentence, [passage.text]).verdict in (Verdict.SUPPORTED, Verdict.PARTIAL):
            return True
    answer = re.sub(r"^(?:on|in|at|by|since|the|a|an) ", "", draft.question.answer.lower())
    return answer in passage.text.lower() and share_of(draft.question.text, passage.text) >= TOGETHER


def near_misses(drafts: Sequence[Draft], sheets: Sequence[Sheet], seed: int, count: int) -> list[DraftSample]:
    """Return questions whose name or year is changed for one that the documents never speak of together with the rest.

    At most `count`, in the order of the drafts. Deterministic for a seed; at most one of each question.
    """
    chooser = random.Random(seed)
    windows = [window for sheet in sheets for window in windows_of(sheet)]
    found: list[DraftSample] = []
    for draft in drafts:
        if len(found) >= count:
            break
        changes = changes_of(draft, drafts)
        chooser.shuffle(changes)
        for old, new in changes:
            if not stand_together(draft.question.text.replace(old, ""), new, windows):
                question = replace_word(draft.question.text, old, new)
                found.append(DraftSample(question, "near_miss", instead_of=old))
                break
    return found


def changes_of(draft: Draft, drafts: Sequence[Draft]) -> list[tuple[str, str]]:
    """Return what could be put for what in a question: names that the same is asked of elsewhere, and other years."""
    question = draft.question
    changes = []
    if year := re.search(rf"\b{YEAR}\b", question.text):
        changes = [(year[0], str(int(year[0]) + away)) for away in YEARS_AWAY]
    if question.subject and question.text.count(question.subject) == 1 and question.kind != "definition":
        names = sorted({other.question.subject for other in drafts if other.question.kind == question.kind} - {""})
        changes += [(question.subject, name) for name in names if is_alike(name, question)]
    return changes


def is_alike(name: str, question: Question) -> bool:
    """Tell whether a name can stand in a question for the one it asks about: of the same sort, as far as that shows."""
    subject = question.subject
    shared = set(name.lower().split()) & set(question.text.lower().rstrip("?").split())
    same_sort = looks_like_person(name) is looks_like_person(subject)
    same_shape = bool(re.search(r"\d", name)) is bool(re.search(r"\d", subject))
    return not shared and same_sort and same_shape and (" and " in name) is (" and " in subject)


def replace_word(text: str, old: str, new: str) -> str:
    """Return a text with the last whole occurrence of something replaced."""
    head, _, tail = text.rpartition(old)
    return head + new + tail


def windows_of(sheet: Sheet) -> list[str]:
    """Return each sentence of a document with those beside it."""
    count = len(sheet.sentences)
    return [" ".join(sheet.sentences[max(0, at - BESIDE) : min(count, at + BESIDE + 1)]) for at in range(count)]


def stand_together(rest: str, new: str, windows: Sequence[str]) -> bool:
    """Tell whether the documents speak of something in one place with the rest of a question."""
    pattern = re.compile(rf"(?<!\w){re.escape(new)}(?!\w)")
    return any(share_of(rest, window) >= TOGETHER for window in windows if pattern.search(window))


def share_of(question: str, text: str) -> float:
    """Return the share of a question's content words that stand in a text; 1.0 for a question without any."""
    keys = analyse(question).keys
    return len(keys & analyse(text).keys) / len(keys) if keys else 1.0
