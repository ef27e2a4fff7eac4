"""One answer of several drafts: nothing is said twice, nothing said is lost, and nothing deleted is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from rag.collection import Collection
from rag.config import Settings
from rag.errors import ModelUnavailable
from rag.types import Answer, Answered, DraftEnd, DraftSentence, Event, Judgement, Passage, Released
from rag.verifiers import BuiltInVerifier
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder

ACME = "Acme was founded in Graz in 1990 by Ann Lee.\n"
OFFICE = "Acme has an office in Linz, too.\n"
FOUNDED = ACME.strip()
QUESTION = "When was Acme founded and where was Acme founded and who won the 2024 cup?"


class PartDrafter(ScriptedDrafter):
    """Says for each question what is next in the script: sentences, or an error."""

    def __init__(self, *scripts: Sequence[str] | Exception) -> None:
        super().__init__()
        self.scripts = list(scripts)

    async def draft(self, question: str, passages: Sequence[Passage]) -> AsyncIterator[DraftSentence | DraftEnd]:
        self.asked.append((question, tuple(passages)))
        script = self.scripts[len(self.asked) - 1]
        if isinstance(script, Exception):
            raise script
        for text in script:
            yield DraftSentence(text, lead=" ")
        yield DraftEnd("complete")


class DeletingVerifier:
    """Judges as the built-in one does, and does before each judgement what stands in the script."""

    def __init__(self) -> None:
        self.judge = BuiltInVerifier()
        self.identity = self.judge.identity
        self.collection: Collection | None = None
        self.deletions: list[str] = []

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        if self.deletions and self.collection is not None:
            self.collection.delete(self.deletions.pop(0))
        return self.judge.verify(claim, evidence)


@pytest.fixture
def verifier() -> DeletingVerifier:
    return DeletingVerifier()


@pytest.fixture
def collection(tmp_path: Path, verifier: DeletingVerifier) -> Iterator[Collection]:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text(ACME, encoding="utf-8")
    (documents / "b.txt").write_text(OFFICE, encoding="utf-8")
    settings = Settings(home=tmp_path / ".vouch", repair_timeout_s=0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder(), verifier=verifier) as collection:
        collection.ingest([documents])
        verifier.collection = collection
        yield collection


async def ask_events(collection: Collection, question: str, **options: object) -> list[Event]:
    async with collection.ask(question, keep=False, **options) as stream:  # type: ignore[arg-type]
        return [event async for event in stream]


def ask(collection: Collection, question: str = QUESTION, **options: object) -> Answer:
    events = asyncio.run(asyncio.wait_for(ask_events(collection, question, **options), 60))
    last = events[-1]
    assert isinstance(last, Answered)
    assert [event.sentence for event in events if isinstance(event, Released)] == list(last.answer.sentences)
    return last.answer


def test_a_sentence_that_answers_two_parts_is_said_once(collection: Collection) -> None:
    collection.drafter = drafter = PartDrafter([FOUNDED], [FOUNDED.upper()[:4].title() + FOUNDED[4:]])
    assert ask(collection).text == FOUNDED
    assert len(drafter.asked) == 2, "each part that can be answered is drafted for"


def test_the_same_words_about_another_source_are_said_again(collection: Collection) -> None:
    collection.drafter = PartDrafter([FOUNDED, FOUNDED], [OFFICE.strip()])
    assert ask(collection).text == f"{FOUNDED} {FOUNDED} {OFFICE.strip()}", "one draft is left as it is"


def test_what_was_said_stays_where_the_model_fails_at_a_later_part(collection: Collection) -> None:
    collection.drafter = PartDrafter([FOUNDED], ModelUnavailable("The server is gone."))
    answer = ask(collection)
    assert (answer.text, answer.status) == (FOUNDED, "incomplete")
    assert "The server is gone." in answer.warnings
    assert answer.usage.llm_calls == 1


def test_a_model_that_fails_before_anything_was_said_is_an_error(collection: Collection) -> None:
    collection.drafter = PartDrafter([], ModelUnavailable("The server is gone."))
    with pytest.raises(ModelUnavailable):
        ask(collection)


def test_a_document_deleted_while_a_sentence_is_judged_anew_is_not_cited_by_it(
    collection: Collection, verifier: DeletingVerifier
) -> None:
    collection.drafter = ScriptedDrafter(FOUNDED)
    verifier.deletions = ["documents/b.txt", "documents/a.txt"]  # while it is checked, and while it is released
    answer = ask(collection, "When was Acme founded?")
    assert not verifier.deletions
    assert (answer.text, answer.citations) == ("", ())


PREMISE = "Why did Acme close the Graz plant in 2019?"


def test_the_words_before_a_correction_do_not_stay_alone_where_it_is_withheld(
    collection: Collection, verifier: DeletingVerifier, tmp_path: Path
) -> None:
    other = tmp_path / "documents" / "c.txt"
    other.write_text("Acme did not close the Graz plant in 2019.\n", encoding="utf-8")
    collection.ingest([tmp_path / "documents"])
    answer = ask(collection, PREMISE)
    assert answer.text == "The documents say instead: Acme did not close the Graz plant in 2019."
    verifier.deletions = ["documents/c.txt"]
    answer = ask(collection, PREMISE)
    assert (answer.text, answer.sentences, answer.abstained) == ("", (), True)
