"""Judging at the face: anyone's answer by passages or by the collection, and stored ones by what is there now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.checking import GivenPassage, SupportCheck, SupportJudging, find_sentences, number_passages
from rag.errors import AnswerNotFound, CollectionDamaged
from rag.rechecking import Rechecking
from rag.tasks import run_in_thread
from rag.types import Passage, Recheck, Retrieved

if TYPE_CHECKING:
    from rag.collection.face import Collection
    from rag.protocols import Verifier

PAGE_ANSWERS = 50
"""Stale answers looked up at once."""

Search = Callable[[str], Awaitable[Retrieved]]


async def judge_answer(
    answer: str | Sequence[str],
    passages: Sequence[GivenPassage] | None,
    search: Search,
    verifier: Verifier,
    *,
    question: str = "",
) -> SupportCheck:
    """Judge an answer's sentences by passages, or, without passages, by what is found for the question and each."""
    shown: Sequence[Passage] = number_passages(passages or ())
    if passages is None:
        text, spans = await run_in_thread(find_sentences, answer)
        found: dict[tuple[str, int], Passage] = {}
        for sought in [question] * bool(question) + [text[start:end] for start, end in spans]:
            retrieved = await search(sought)
            found |= {(passage.document_id, passage.start): passage for passage in retrieved.passages}
        # Numbers tell the windows of one list apart; those of several searches begin at 1 each.
        shown = [replace(passage, number=number) for number, passage in enumerate(found.values(), 1)]
    judging = await run_in_thread(SupportJudging, answer, shown, verifier, question=question)
    for span in judging.spans:
        await run_in_thread(judging.judge, span)
    return judging.finish()


async def recheck(collection: Collection, answer_id: str) -> Recheck:
    """Judge a stored answer by what its documents say now.

    Raises:
        AnswerNotFound: The collection has no such answer.
        CollectionDamaged: The answer, or a document, does not match its checksum.
    """

    def begin() -> Rechecking:
        answer = collection.archive.answer(answer_id)
        return Rechecking(answer, collection.store, collection.texts, collection.verifier)

    rechecking = await run_in_thread(begin)
    for sentence in rechecking.answer.sentences:
        await run_in_thread(rechecking.judge, sentence)
    return await run_in_thread(rechecking.finish)


async def recheck_stale(collection: Collection, *, limit: int | None, after: str | None) -> AsyncIterator[Recheck]:
    """Yield each stale answer judged anew, newest first; what is damaged is told at the end, after the others.

    Raises:
        AnswerNotFound: There is no answer `after`.
        CollectionDamaged: An answer, or a document, does not match its checksum.
    """
    damage: CollectionDamaged | None = None
    left = limit
    while left is None or left > 0:
        size = PAGE_ANSWERS if left is None else min(left, PAGE_ANSWERS)
        page = await run_in_thread(collection.archive.answers, limit=size, after=after, stale=True)
        for summary in page:
            try:
                yield await recheck(collection, summary.answer_id)
            except CollectionDamaged as error:
                damage = damage or error
            except AnswerNotFound:  # removed meanwhile
                continue
        if len(page) < size:
            break
        after, left = page[-1].answer_id, None if left is None else left - size
    if damage is not None:
        raise damage
