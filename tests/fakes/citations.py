"""A document cited through a real collection: what a reader's places become in an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rag.collection import Collection
from rag.config import Settings
from rag.types import Answered, Citation
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder


def cite(path: Path, home: Path, *sentences: str) -> list[Citation]:
    """Ingest a file, have these sentences drafted, and return the first citation of each, checked to be verbatim."""
    settings = Settings(home=home / ".vouch", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        report = collection.ingest([path])
        assert not report.refused
        collection.drafter = ScriptedDrafter(*sentences)
        answer = asyncio.run(ask(collection, " ".join(sentences))).answer
        assert [claim.text for claim in answer.sentences] == list(sentences)
        by_number = {citation.number: citation for citation in answer.citations}
        for citation in answer.citations:
            text = collection.store.text(citation.document_id)
            assert text[citation.start : citation.end] == citation.quote
        assert all(claim.citations for claim in answer.sentences), [claim.problem for claim in answer.sentences]
        return [by_number[claim.citations[0]] for claim in answer.sentences]


async def ask(collection: Collection, question: str) -> Answered:
    async with collection.ask(question[:2000]) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Answered)
    return last
