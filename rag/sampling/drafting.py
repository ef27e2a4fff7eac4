"""A collection -> samples: drafted by rule or by a model, over documents and kinds, unanswerable ones included."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.collection import Collection
from rag.errors import NothingIndexed
from rag.sampling.samples import DraftSample
from rag.sampling.sources import Draft, Place, draft_by_rule, read_sheets
from rag.sampling.unanswerable import leave_evidence_out, near_misses
from rag.types import Passage

if TYPE_CHECKING:
    from rag.llm import LanguageModel

PASSAGES_SEARCHED = 10
TRIES_PER_SAMPLE = 4
"""Questions tried for each one whose evidence is to be left out."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to draft.

    Attributes:
        count: Samples in all; fewer come where the documents do not give as many good ones.
        unanswerable: Share of them that the documents do not answer, in [0, 1].
        seed: Another one draws other samples; the same draws the same.
    """

    count: int = 40
    unanswerable: float = 0.3
    seed: int = 0


async def draft_samples(
    collection: Collection,
    wish: Wish,
    *,
    model: LanguageModel | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[DraftSample]:
    """Draft questions from a collection's own documents, answerable ones first.

    By rule the result is the same for the same documents and seed; a model may write others each time.

    Args:
        collection: Whose documents.
        wish: How many, and of what.
        model: Writes the questions; None for the rules, which need none.
        on_progress: Called with how many are drafted, and how many are wished for.

    Raises:
        NothingIndexed: The collection is empty.
        CollectionError: It cannot be read or searched.
        EmbedderError: A question cannot be embedded.
        ModelError: The model did not answer.
    """
    sheets = read_sheets(collection.store, wish.seed)
    if not sheets:
        raise NothingIndexed(
            f"The collection '{collection.name}' holds no documents.",
            remedy=f"Add some: vouch ingest PATH --collection {collection.name}",
        )
    missing = round(wish.count * wish.unanswerable)
    answerable_wished = wish.count - missing
    if model is None:
        drafts = draft_by_rule(sheets)
    else:
        from rag.sampling.writing import draft_by_model

        drafts = await draft_by_model(model, sheets, wish.count + missing, wish.seed, collection.verifier, on_progress)
    golds = places_of(drafts)
    if 0 < len(unique(drafts)) < answerable_wished:
        missing = round(missing * len(unique(drafts)) / answerable_wished)
    ranked = spread(unique(drafts), wish.seed, wish.count + TRIES_PER_SAMPLE * missing)
    misses = near_misses(ranked, sheets, wish.seed, (missing + 1) // 2)
    chosen, spare = ranked[:answerable_wished], ranked[answerable_wished:]
    # Where questions are few, one is asked both with its evidence and without.
    pool = [*spare, *chosen[::-1]]
    left_out: list[DraftSample] = []
    for draft in pool[: TRIES_PER_SAMPLE * missing]:
        if len(left_out) + len(misses) >= missing:
            break
        sample = await leave_evidence_out(
            draft, golds[draft.question.text], lambda q, w: find(collection, q, w), collection.verifier
        )
        left_out += [sample] if sample else []
        on_progress(len(chosen) + len(left_out) + len(misses), wish.count)
    answerable = [
        DraftSample(draft.question.text, draft.question.kind, golds[draft.question.text], draft.question.answer)
        for draft in chosen
    ]
    return [*answerable, *left_out, *misses]


async def find(collection: Collection, question: str, without: Sequence[Place]) -> Sequence[Passage]:
    """Return the passages that a collection finds for a question, some places left out."""
    places = [{"source": place.source, "start": place.start, "end": place.end} for place in without]
    found = await collection.search(question, top_k=PASSAGES_SEARCHED, where={"without": places})
    return found.passages


def places_of(drafts: Sequence[Draft]) -> dict[str, tuple[Place, ...]]:
    """Return all places that answer each question, in their order; the same question may be made of several."""
    places: dict[str, tuple[Place, ...]] = {}
    for draft in drafts:
        known = places.get(draft.question.text, ())
        places[draft.question.text] = known if draft.place in known else (*known, draft.place)
    return places


def unique(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts whose question comes first, in order."""
    return list({draft.question.text: draft for draft in reversed(drafts)}.values())[::-1]


def spread(drafts: Sequence[Draft], seed: int, count: int) -> list[Draft]:
    """Return at most `count` drafts in an order whose every beginning takes from many documents, places and kinds.

    The next one is always of those taken from least so far; the seed decides between equals.
    """
    left = list(drafts)
    random.Random(seed).shuffle(left)
    taken: Counter[tuple[str, object]] = Counter()
    ranked: list[Draft] = []

    def crowd(draft: Draft) -> int:
        place, kind = draft.place, draft.question.kind
        return 100 * taken["place", (place.source, place.end)] + 2 * taken["kind", kind] + taken["source", place.source]

    while left and len(ranked) < count:
        best = min(left, key=crowd)
        left.remove(best)
        ranked.append(best)
        for name, value in (("place", (best.place.source, best.place.end)), ("kind", best.question.kind)):
            taken[name, value] += 1
        taken["source", best.place.source] += 1
    return ranked
