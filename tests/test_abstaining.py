"""Whole answers that leave something out: parts that nothing supports, and premises that the documents contradict."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.collection import Collection
from rag.config import Settings
from rag.erasing import erase_document
from rag.types import Answer, Answered, DraftEnd, Released, Usage, Verdict
from rag.wire import answer_to_wire, dump, load_answer
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder

ACME = (
    "Acme was founded in 1999 in Berlin. Acme sold Bolt to Ceta in 2019. Acme rejected Delta in 2020. "
    "Its warehouse holds 300 robots."
)
FOUNDED_AND_RUN = "When was Acme founded and who runs it?"


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "acme.txt").write_text(ACME, encoding="utf-8")
    (documents / "moons.txt").write_text("Saturn has 274 known moons.", encoding="utf-8")
    settings = Settings(home=tmp_path / ".vouch", risk=0.9)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([documents])
        yield collection


def ask(collection: Collection, question: str) -> tuple[list[Released], Answer]:
    async def run() -> tuple[list[Released], Answer]:
        released: list[Released] = []
        async with collection.ask(question) as events:
            async for event in events:
                if isinstance(event, Released):
                    released.append(event)
                if isinstance(event, Answered):
                    return released, event.answer
        raise AssertionError

    return asyncio.run(run())


def scripted(collection: Collection, *script: str | DraftEnd) -> ScriptedDrafter:
    drafter = ScriptedDrafter(*script)
    vars(collection)["drafter"] = drafter
    return drafter


def test_of_two_parts_the_supported_one_is_quoted_and_the_other_is_named_as_missing(collection: Collection) -> None:
    _, answer = ask(collection, FOUNDED_AND_RUN)
    assert not answer.abstained
    assert "1999" in answer.text
    assert answer.missing == ("who runs it (Acme)",)
    assert {claim.verdict for claim in answer.sentences} == {Verdict.SUPPORTED}


def test_a_part_is_not_missing_where_a_sentence_says_every_word_of_it(collection: Collection, tmp_path: Path) -> None:
    rules = tmp_path / "documents" / "rules.txt"
    rules.write_text("Purchases need approval from whoever is on duty. Lamps cost 40 euros.", encoding="utf-8")
    collection.ingest([rules])
    _, answer = ask(collection, "Who gives approval for purchases and how much do lamps cost?")
    assert "on duty" in answer.text
    assert "40 euros" in answer.text
    assert answer.missing == ()


def test_a_model_is_asked_only_for_the_part_that_can_be_answered(collection: Collection) -> None:
    drafter = scripted(collection, "Acme was founded in 1999.")
    _, answer = ask(collection, FOUNDED_AND_RUN)
    assert [question for question, _ in drafter.asked] == ["When was Acme founded"]
    assert answer.missing == ("who runs it (Acme)",)


def test_where_every_part_is_supported_a_model_is_asked_once_and_nothing_is_missing(collection: Collection) -> None:
    drafter = scripted(collection, "Acme was founded in 1999.", "It sold Bolt to Ceta in 2019.")
    question = "When was Acme founded and when did it sell Bolt?"
    _, answer = ask(collection, question)
    assert [asked for asked, _ in drafter.asked] == [question]
    assert answer.missing == ()


def test_quotes_answer_each_part_where_every_part_is_supported(collection: Collection) -> None:
    _, answer = ask(collection, "When was Acme founded and how many robots does its warehouse hold?")
    assert "1999" in answer.text
    assert "300 robots" in answer.text
    assert len({claim.text for claim in answer.sentences}) == len(answer.sentences)


def test_parts_drafted_apart_cost_the_sum_and_break_off_together(collection: Collection) -> None:
    end = DraftEnd("incomplete", Usage(llm_calls=1, output_tokens=5))
    drafter = scripted(collection, "Acme was founded in 1999.", end)
    _, answer = ask(collection, "When was Acme founded, who is its head, and when did it sell Bolt?")
    assert len(drafter.asked) == 2
    assert answer.usage.llm_calls == 2
    assert answer.status == "incomplete"


@pytest.mark.parametrize(
    ("question", "premise"),
    [
        ("Why did Acme accept Delta?", "Acme did accept Delta"),
        ("Why does the Acme warehouse hold 500 robots?", "500 robots"),
    ],
)
def test_a_false_premise_is_answered_by_what_the_documents_say_instead(
    collection: Collection, question: str, premise: str
) -> None:
    drafter = scripted(collection, "Because it wanted to grow.")
    released, answer = ask(collection, question)
    assert drafter.asked == []
    assert released[0].sentence.text == "The documents say instead:"
    assert released[0].sentence.verdict is Verdict.NOT_A_CLAIM
    assert released[1].sentence.verdict is Verdict.SUPPORTED
    assert released[1].citations[0].quote in ACME
    assert answer.missing == answer.false_premises == (premise,)
    assert not answer.abstained


def test_what_stands_instead_of_a_premise_is_erased_with_its_document(collection: Collection) -> None:
    _, answer = ask(collection, "Why did Acme accept Delta?")
    erased = erase_document(answer_to_wire(answer), answer.citations[0].document_id)
    assert "rejected" not in dump(erased)


def test_an_answer_tells_how_sure_it_was_and_how_sure_it_had_to_be(collection: Collection) -> None:
    _, answer = ask(collection, "When was Acme founded?")
    told = json.loads(dump(answer_to_wire(answer)))["sufficiency"]
    assert answer.sufficiency is not None
    assert told == {
        "score": answer.sufficiency.score,
        "threshold": answer.sufficiency.threshold,
        "calibrated": False,
    }
    assert told["score"] >= told["threshold"]


def test_an_answer_of_an_earlier_version_has_no_such_score(collection: Collection) -> None:
    _, answer = ask(collection, "When was Acme founded?")
    stored = json.loads(dump(answer_to_wire(answer)))
    del stored["sufficiency"], stored["false_premises"]
    old = load_answer(json.dumps(stored))
    assert old.sufficiency is None
    assert old.false_premises == []
