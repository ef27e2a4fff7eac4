"""What was decided later goes in the place of what it takes back, and what stands now in that of what was."""

from __future__ import annotations

from collections.abc import Sequence

from rag.conflicts import ASKS_BEFORE, find_standing
from rag.drafting.candidates import Candidate
from rag.fragments import answered_spans
from rag.revocations import Revocation, find_revocations, names_day
from rag.terms.periods import read_periods


def with_latest(question: str, taken: Sequence[Candidate], everything: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences, best first, with what is decided now in the place of what another passage takes back.

    A question of what was, or of the day of the old decision, is answered with that one instead.

    Args:
        question: What is asked.
        taken: The sentences to answer with, best first.
        everything: All candidates of the passages.
    """
    passages = {candidate.passage.number: candidate.passage for candidate in everything}
    kept = list(taken)
    for revocation in find_revocations([passages[number] for number in sorted(passages)]):
        replace = replace_deciding if asks_before(question, revocation) else replace_revoked
        kept = replace(kept, revocation, everything)
    return with_standing(question, kept, everything)


def with_standing(question: str, taken: list[Candidate], everything: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences with what stands now, or stood when is asked, in the place of what is said otherwise."""
    known = {key_of(candidate): candidate for candidate in everything}
    passages = {candidate.passage.number: candidate.passage for candidate in everything}
    shown = [passages[number] for number in sorted(passages)]
    kept = taken
    for standing in find_standing(question, shown, [key_of(candidate) for candidate in taken]):
        if standing.stands in known:
            outgoing = [c for c in kept if key_of(c) in {standing.stands, *standing.others}]
            kept = exchange(kept, outgoing, [known[standing.stands]])
    return kept


def key_of(candidate: Candidate) -> tuple[int, int]:
    """Return the number of a candidate's passage, and the canonical position at which it begins."""
    return candidate.passage.number, start_of(candidate)


def asks_before(question: str, revocation: Revocation) -> bool:
    """Return whether a question asks for what was before a decision was taken back."""
    if ASKS_BEFORE.search(question) or names_day(question, revocation.day):
        return True
    return any(p.holds(revocation.day) and not p.holds(revocation.own_day) for p in read_periods(question))


def replace_revoked(taken: list[Candidate], revocation: Revocation, everything: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences with what is decided now in the place of the best that is taken back.

    The very decision must be among them. Where the best of all is taken back, nothing else of its matter is left: it
    led to what stands no longer.
    """
    revoked = [c for c in taken if revocation.takes_back(c.passage, start_of(c), c.text)]
    deciding = [c for c in everything if decides(c, revocation)]
    if not any(revocation.is_akin(c.text) for c in revoked):
        return taken
    if revoked[0] is taken[0]:
        revoked = [c for c in taken if revocation.covers(c.passage, start_of(c))]
    return exchange(taken, revoked, deciding)


def replace_deciding(
    taken: list[Candidate], revocation: Revocation, everything: Sequence[Candidate]
) -> list[Candidate]:
    """Return the sentences with the decision that was taken back in the place of the one that takes it back."""
    revoked = [
        c for c in everything if revocation.is_akin(c.text) and revocation.takes_back(c.passage, start_of(c), c.text)
    ]
    return exchange(taken, [c for c in taken if decides(c, revocation)], revoked)


def decides(candidate: Candidate, revocation: Revocation) -> bool:
    """Return whether a candidate is a sentence by which a decision is taken back."""
    starts = {span.start for span in revocation.spans}
    return candidate.passage is revocation.passage and start_of(candidate) in starts


def exchange(taken: list[Candidate], outgoing: Sequence[Candidate], incoming: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences with some in the place of the first of those that go; as they were where there are none."""
    if not outgoing or not incoming:
        return taken
    at = next(index for index, candidate in enumerate(taken) if candidate is outgoing[0])
    moved = {key_of(candidate) for candidate in (*outgoing, *incoming)}
    before, behind = ([c for c in part if key_of(c) not in moved] for part in (taken[:at], taken[at:]))
    return [*before, *incoming, *behind]


def start_of(candidate: Candidate) -> int:
    """Return the canonical position at which a candidate begins."""
    return candidate.passage.reading.locate(*answered_spans(candidate.passage.text)[candidate.position]).start
