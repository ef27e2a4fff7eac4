"""The face: ingest, search, ask, delete; what is promised of each, through the real store and index."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.collection import Collection, list_collections
from rag.config import Settings
from rag.errors import (
    CollectionNotFound,
    DocumentNotFound,
    EmbedderMismatch,
    ModelReplyBroken,
    ModelUnavailable,
    NothingIndexed,
    QuestionError,
)
from rag.tasks import run_in_thread
from rag.types import Answer, Answered, DraftEnd, DraftSentence, Event, Released, Retrieved, Verdict
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder

MOONS = (
    "Saturn has 274 known moons. Titan is the largest moon of Saturn. It was discovered by Christiaan Huygens in 1655."
)
RINGS = "# Rings\n\nThe rings of Saturn are made of **ice and rock**. They were first seen by Galileo Galilei in 1610."
QUESTION = "How many known moons has Saturn?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "moons.txt").write_text(MOONS, encoding="utf-8")
    (documents / "rings.md").write_text(RINGS, encoding="utf-8")
    return documents


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def collection(folder: Path, embedder: HashEmbedder) -> Iterator[Collection]:
    settings = Settings(home=folder / ".vouch", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=embedder) as collection:
        collection.ingest([folder])
        yield collection
        assert [finding for finding in collection.check(full=True) if not finding.ok] == []


def ask(collection: Collection, question: str = QUESTION, **options: object) -> tuple[list[Event], Answer]:
    async def run() -> list[Event]:
        async with collection.ask(question, **options) as events:  # type: ignore[arg-type]
            return [event async for event in events]

    events = asyncio.run(run())
    last = events[-1]
    assert isinstance(last, Answered)
    return events, last.answer


def test_an_extractive_answer_cites_the_exact_characters(collection: Collection, folder: Path) -> None:
    events, answer = ask(collection)
    assert isinstance(events[0], Retrieved)
    assert not answer.abstained
    assert "274" in answer.text
    for claim in answer.sentences:
        assert answer.text[claim.start : claim.end] == claim.text
        assert claim.verdict is Verdict.SUPPORTED
        assert claim.citations
    for citation in answer.citations:
        assert (folder / citation.source).read_text(encoding="utf-8")[citation.start : citation.end] == citation.quote


def test_a_citation_names_the_heading_above_its_own_words(collection: Collection, folder: Path) -> None:
    log = "# Log\n\nAll changes of the pump.\n\n## Added\n\nA copper valve.\n\n"
    log += "## Removed\n\nThe brass gauge of the pump."
    (folder / "log.md").write_text(log, encoding="utf-8")
    collection.ingest([folder])
    collection.drafter = ScriptedDrafter("A copper valve.", "The brass gauge of the pump.", "All changes of the pump.")
    _, answer = ask(collection, "What of the pump, the copper valve and the brass gauge?")
    assert [citation.heading for citation in answer.citations] == [("Log", "Added"), ("Log", "Removed"), ("Log",)]


def test_released_sentences_are_those_of_the_answer_and_in_order(collection: Collection) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.", "Titan is the largest moon of Saturn.")
    events, answer = ask(collection)
    assert tuple(event.sentence for event in events if isinstance(event, Released)) == answer.sentences
    assert tuple(c for event in events if isinstance(event, Released) for c in event.citations) == answer.citations


def test_an_unsupported_sentence_is_flagged_and_has_no_citation(collection: Collection) -> None:
    collection.drafter = ScriptedDrafter(
        "Saturn has 274 known moons.", DraftSentence("Saturn has 900 known moons.", (1,))
    )
    _, answer = ask(collection)
    good, bad = answer.sentences
    assert good.verdict is Verdict.SUPPORTED
    assert bad.verdict is Verdict.UNSUPPORTED
    assert not bad.citations
    assert bad.problem is not None
    assert "900" in bad.problem
    assert any("not supported" in warning for warning in answer.warnings)


def test_sources_that_contradict_each_other_are_both_cited_and_told(collection: Collection, folder: Path) -> None:
    (folder / "old.txt").write_text("12 March 2019\n\nSaturn has 82 known moons.", encoding="utf-8")
    collection.ingest([folder])
    for drafter in (ScriptedDrafter("Saturn has 274 known moons."), collection.drafter):
        collection.drafter = drafter
        _, answer = ask(collection)
        assert len(answer.conflicts) == 1
        quotes = [answer.citations[number - 1].quote for number in answer.conflicts[0]]
        assert {"Saturn has 274 known moons.", "Saturn has 82 known moons."} == set(quotes)
        assert "82" in answer.warnings[0]
        assert "(old.txt, 12 March 2019)" in answer.warnings[0]
    collection.drafter = ScriptedDrafter("Titan is the largest moon of Saturn.")
    assert ask(collection, "What is the largest moon of Saturn?")[1].conflicts == ()


@pytest.mark.parametrize(
    ("question", "minutes", "values"),
    [
        (
            "When is the launch of Kestrel?",
            ("The launch of Kestrel is set for 15 September.", "We agreed to ship Kestrel on 6 October."),
            ("15 September", "6 October"),
        ),
        (
            "How many subscribers do we have?",
            ("Mara said that we have 3,200 subscribers.", "Our subscriber count stands at 3,050."),
            ("3,200 subscribers", "3,050"),
        ),
    ],
)
def test_minutes_that_differ_in_words_and_in_a_value_are_both_cited_and_told(
    collection: Collection, folder: Path, question: str, minutes: tuple[str, str], values: tuple[str, str]
) -> None:
    for name, text in zip(("may.txt", "june.txt"), minutes, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    collection.ingest([folder])
    _, answer = ask(collection, question)
    (group,) = answer.conflicts
    assert {answer.citations[number - 1].quote for number in group} == set(minutes)
    assert all(value in answer.warnings[0] for value in values)


def test_strict_withholds_what_is_not_supported_and_says_how_much(collection: Collection) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 900 known moons.", "Saturn has 274 known moons.")
    _, answer = ask(collection, strict=True)
    assert answer.text == "Saturn has 274 known moons."
    assert any("1 sentence withheld" in warning for warning in answer.warnings)
    collection.drafter = ScriptedDrafter("Saturn has 900 known moons.")
    _, answer = ask(collection, strict=True)
    assert answer.abstained
    assert answer.text == ""


def test_a_drafter_that_refuses_makes_an_abstention_with_the_nearest_evidence(collection: Collection) -> None:
    collection.drafter = ScriptedDrafter(DraftEnd("refused"))
    _, answer = ask(collection)
    assert answer.abstained
    assert answer.reason
    assert answer.passages


def test_a_reply_that_breaks_off_is_incomplete_or_an_error_but_no_abstention(collection: Collection) -> None:
    cut = DraftEnd("incomplete", warnings=("The reply broke off.",))
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.", cut)
    _, answer = ask(collection)
    assert (answer.status, answer.abstained, answer.warnings) == ("incomplete", False, ("The reply broke off.",))
    collection.drafter = ScriptedDrafter(cut)
    with pytest.raises(ModelReplyBroken):
        ask(collection)


def test_a_document_deleted_while_drafting_is_not_cited_any_more(collection: Collection) -> None:
    async def delete() -> None:
        await asyncio.to_thread(collection.delete, "moons.txt")

    collection.drafter = ScriptedDrafter(
        "Saturn has 274 known moons.",
        delete,
        "Titan is the largest moon of Saturn.",
        "The rings are made of ice and rock.",
    )
    events, answer = ask(collection)
    first, second = answer.sentences
    assert first.citations == (1,)
    assert second.text == "The rings are made of ice and rock.", "words of the deleted document were released"
    assert second.verdict is Verdict.SUPPORTED
    assert answer.citations[0].state == "removed"
    assert answer.citations[0].quote == ""
    assert answer.status == "source_removed"
    assert all(passage.source != "moons.txt" for passage in answer.passages)
    stored = collection.archive.history.answer(answer.id)
    for taken in ("274 known", "Titan"):
        assert taken not in stored, "a deleted document's text stays in the stored answer"
    assert "274" in events[1].sentence.text  # type: ignore[union-attr]  # what was released stays released


def test_an_answer_that_is_not_kept_withdraws_what_was_deleted_too(collection: Collection) -> None:
    async def delete() -> None:
        await asyncio.to_thread(collection.delete, "moons.txt")

    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.", delete)
    _, answer = ask(collection, keep=False)
    assert [(citation.state, citation.quote) for citation in answer.citations] == [("removed", "")]


def test_a_document_replaced_while_drafting_is_not_cited_in_its_old_revision(
    collection: Collection, folder: Path
) -> None:
    async def replace() -> None:
        (folder / "moons.txt").write_text("Saturn has 275 known moons.", encoding="utf-8")
        await asyncio.to_thread(collection.ingest, [folder])

    collection.drafter = ScriptedDrafter(replace, "Saturn has 274 known moons.")
    _, answer = ask(collection)
    assert answer.abstained
    assert not answer.citations


def test_deleting_erases_the_text_from_stored_answers_but_not_the_place(collection: Collection) -> None:
    _, answer = ask(collection)
    record = collection.delete("moons.txt")
    stored = collection.archive.answer(answer.id)
    assert "274 known" not in stored.model_dump_json()
    assert stored.status == "source_removed"
    kept = [citation for citation in stored.citations if citation.document_id == record.document_id]
    assert kept
    assert all(citation.state == "removed" and citation.end > citation.start for citation in kept)
    for sentence in stored.sentences:
        assert stored.text[sentence.start : sentence.end] == sentence.text


def test_a_deletion_just_after_the_last_check_reaches_the_answer_and_its_copy(collection: Collection) -> None:
    save = collection.archive.history.save

    def delete_and_save(**values: object) -> None:
        with collection.store.writer() as writer:
            writer.delete(collection.document("moons.txt").document_id)
        save(**values)  # type: ignore[arg-type]

    collection.archive.history.save = delete_and_save  # type: ignore[assignment]
    _, answer = ask(collection)
    assert {citation.state for citation in answer.citations} == {"removed"}
    assert all(citation.quote == "" for citation in answer.citations)
    assert "274 known" not in collection.archive.history.answer(answer.id)


def test_an_erasure_that_failed_is_made_good(collection: Collection) -> None:
    _, answer = ask(collection)
    with collection.store.writer() as writer:  # deleted, and killed before the stored answers were reached
        writer.delete(collection.document("moons.txt").document_id)
    assert "274" in collection.archive.history.answer(answer.id)
    assert "274 known" not in collection.archive.answer(answer.id).model_dump_json()
    with pytest.raises(DocumentNotFound):
        collection.delete("moons.txt")
    assert "274 known" not in collection.archive.history.answer(answer.id)


def test_two_documents_deleted_at_once_are_both_erased(collection: Collection) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.", "The rings of Saturn are made of ice and rock.")
    _, answer = ask(collection)
    ids = [collection.document(source).document_id for source in ("moons.txt", "rings.md")]
    with ThreadPoolExecutor() as pool:
        list(pool.map(collection.archive.erase, ids))
    stored = collection.archive.history.answer(answer.id)
    assert "274 known" not in stored
    assert "ice" not in stored


def test_a_conversation_shows_replaced_documents_as_removed(collection: Collection, folder: Path) -> None:
    conversation = collection.archive.start_conversation()
    ask(collection, conversation_id=conversation)
    (folder / "moons.txt").write_text("Saturn has 275 known moons.", encoding="utf-8")
    collection.ingest([folder])
    (stored,) = collection.archive.conversation(conversation)
    assert {citation.state for citation in stored.citations if citation.source == "moons.txt"} == {"removed"}


def test_half_a_character_in_a_question_breaks_nothing(collection: Collection) -> None:
    _, answer = ask(collection, "How many known moons has Saturn\udce9?")
    assert "274" in answer.text


def test_remarks_alone_are_an_abstention(collection: Collection) -> None:
    collection.drafter = ScriptedDrafter("Sure, here is the answer:", "Saturn has 900 known moons.")
    _, answer = ask(collection, strict=True)
    assert answer.abstained
    assert answer.reason


def test_a_deleted_document_is_not_found_and_its_id_not_reused(collection: Collection, folder: Path) -> None:
    before = collection.document("moons.txt").document_id
    collection.delete("moons.txt")
    found = asyncio.run(collection.search(QUESTION))
    assert all(passage.source != "moons.txt" for passage in found.passages)
    with pytest.raises(DocumentNotFound):
        collection.document("moons.txt")
    collection.ingest([folder])
    assert collection.document("moons.txt").document_id != before


def test_ingesting_again_embeds_nothing_and_changes_nothing(
    collection: Collection, folder: Path, embedder: HashEmbedder
) -> None:
    embedded, generation = len(embedder.embedded), collection.store.generation()
    report = collection.ingest([folder])
    assert sorted(report.unchanged) == ["moons.txt", "rings.md"]
    assert report.embedded == 0
    assert len(embedder.embedded) == embedded
    assert collection.store.generation() == generation


def test_an_edited_file_is_replaced_and_keeps_its_id(collection: Collection, folder: Path) -> None:
    before = collection.document("moons.txt").document_id
    (folder / "moons.txt").write_text("Saturn has 275 known moons.", encoding="utf-8")
    assert collection.ingest([folder]).replaced == ("moons.txt",)
    assert collection.document("moons.txt").document_id == before
    _, answer = ask(collection)
    assert "275" in answer.text
    assert "274" not in answer.text


def test_another_process_commit_is_seen_by_an_open_collection(collection: Collection, folder: Path) -> None:
    ask(collection)
    with Collection.open(settings=collection.settings, embedder=HashEmbedder()) as other:
        (folder / "venus.txt").write_text("Venus has no known moons at all.", encoding="utf-8")
        other.ingest([folder])
    _, answer = ask(collection, "How many known moons has Venus?")
    assert answer.citations[0].source == "venus.txt"


def test_files_of_one_name_are_two_documents_wherever_they_lie(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("one", "Mars has 2 moons."), ("two", "Venus has no moons.")):
        elsewhere = tmp_path / name
        elsewhere.mkdir()
        (elsewhere / "readme.md").write_text(text, encoding="utf-8")
        monkeypatch.chdir(elsewhere)
        assert len(collection.ingest(["readme.md"]).added) == 1
        assert collection.ingest([elsewhere]).unchanged == (f"{elsewhere}/readme.md",)
    assert len([record for record in collection.documents() if record.source.endswith("/readme.md")]) == 2
    assert collection.document("one/readme.md").source == f"{tmp_path}/one/readme.md"
    with pytest.raises(DocumentNotFound, match="2 documents"):
        collection.document("readme.md")


def test_bad_files_are_refused_one_by_one_and_the_rest_is_ingested(collection: Collection, folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(b"\x00\x01\x02" * 100)
    (folder / "good.txt").write_text("Mars has two known moons, Phobos and Deimos.", encoding="utf-8")
    report = collection.ingest([folder, folder / "missing.txt"])
    assert report.added == ("good.txt",)
    assert {refusal.code for refusal in report.refused} == {"source_empty", "source_not_text", "source_unreadable"}


def test_leaving_early_closes_the_drafter_at_once(collection: Collection) -> None:
    async def run() -> bool:
        async def wait() -> None:
            await asyncio.sleep(60)

        drafter = ScriptedDrafter("Saturn has 274 known moons.", wait, "Never said.")
        collection.drafter = drafter
        async with collection.ask(QUESTION) as events:
            async for event in events:
                if isinstance(event, Released):
                    break
        return drafter.closed  # before the loop's end, which closes everything

    assert asyncio.run(asyncio.wait_for(run(), 5))


def test_cancelling_waits_for_the_thread_under_way() -> None:
    finished = threading.Event()

    def work() -> None:
        time.sleep(0.2)
        finished.set()

    async def run() -> None:
        task = asyncio.create_task(run_in_thread(work))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert finished.is_set()

    asyncio.run(run())


def test_a_slow_reader_does_not_lose_events_or_the_error(collection: Collection) -> None:
    async def run() -> int:
        collection.drafter = ScriptedDrafter(*["Saturn has 274 known moons."] * 40, ModelUnavailable("gone"))
        seen = 0
        try:
            async with collection.ask(QUESTION) as events:
                async for _ in events:
                    await asyncio.sleep(0)
                    seen += 1
        except ModelUnavailable:
            return seen
        return -1

    assert asyncio.run(run()) == 41


def test_a_follow_up_is_searched_for_with_what_it_leaves_out(collection: Collection) -> None:
    conversation = collection.archive.start_conversation()
    ask(collection, "How many known moons has Saturn?", conversation_id=conversation)
    _, answer = ask(collection, "And which of them is the largest?", conversation_id=conversation)
    assert "Saturn" in answer.standalone_question
    assert answer.question == "And which of them is the largest?"
    assert len(collection.archive.turns(conversation)) == 2


def test_where_restricts_what_is_found(collection: Collection) -> None:
    found = asyncio.run(collection.search("Saturn", where={"source": "*.md"}))
    assert {passage.source for passage in found.passages} == {"rings.md"}


def test_bad_questions_are_refused_with_their_code(collection: Collection) -> None:
    for question, word in (("  \n", "empty"), ("x" * 4001, "4001")):
        with pytest.raises(QuestionError, match=word):
            ask(collection, question)


def test_an_unknown_collection_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "elsewhere")
    with pytest.raises(CollectionNotFound):
        Collection.open(settings=settings)
    with (
        Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as empty,
        pytest.raises(NothingIndexed),
    ):
        ask(empty)
    assert list_collections(settings.home) == ["default"]


def test_a_collection_made_with_another_model_is_refused(collection: Collection) -> None:
    with (
        Collection.open(settings=collection.settings, embedder=HashEmbedder(name="other")) as other,
        pytest.raises(EmbedderMismatch, match=r"hash.*other|other.*hash"),
    ):
        ask(other)


def test_an_answer_is_given_with_a_warning_where_it_cannot_be_stored(collection: Collection) -> None:
    collection.archive.history.close()
    (collection.settings.home / "history.db").unlink(missing_ok=True)
    (collection.settings.home / "history.db").mkdir()
    del collection.archive
    _, answer = ask(collection)
    assert "274" in answer.text
    assert any("not stored" in warning for warning in answer.warnings)


def test_sentences_can_be_judged_against_the_collection(collection: Collection) -> None:
    check = asyncio.run(collection.judge(["Saturn has 274 known moons.", "Saturn has 12 known moons."]))
    assert [claim.verdict for claim in check.sentences] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]
    assert check.citations[0].quote == "Saturn has 274 known moons."
