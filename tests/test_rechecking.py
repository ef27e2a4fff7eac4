"""Stored answers against what their documents say now: still supported, no longer, gone; nothing deleted comes back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from rag.collection import Collection
from rag.config import Settings
from rag.erasing import REMOVED_SENTENCE
from rag.errors import AnswerNotFound, CollectionDamaged
from rag.rechecking import PASSAGES_AT_ONCE, PASSAGES_MAX, Rechecking
from rag.types import Answer, Answered, Evidence, Judgement, Recheck, Standing, Verdict, VerifierIdentity
from rag.verifiers import BuiltInVerifier
from rag.wire import dump, recheck_to_wire
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn.\n"
RINGS = "The rings of Saturn were first seen by Galileo Galilei in 1610.\n"
SENTENCES = ("Saturn has 274 known moons.", "The rings of Saturn were first seen by Galileo Galilei in 1610.")
QUESTION = "How many known moons has Saturn, and who first saw its rings?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    write(documents, "moons.txt", MOONS)
    write(documents, "rings.txt", RINGS)
    return documents


@pytest.fixture
def collection(folder: Path) -> Iterator[Collection]:
    settings = Settings(home=folder / ".vouch", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([folder])
        collection.drafter = ScriptedDrafter(*SENTENCES)
        yield collection


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def replace_document(collection: Collection, folder: Path, name: str, text: str) -> None:
    write(folder, name, text)
    assert len(collection.ingest([folder]).replaced) == 1


def ask(collection: Collection, question: str = QUESTION) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question) as events:
            async for event in events:
                if isinstance(event, Answered):
                    return event.answer
        raise AssertionError("no answer")

    return asyncio.run(run())


def stale(collection: Collection, limit: int | None = None, after: str | None = None) -> list[Recheck]:
    async def run() -> list[Recheck]:
        return [check async for check in collection.stale_answers(limit=limit, after=after)]

    return asyncio.run(run())


def standings(check: Recheck) -> list[str]:
    return [str(sentence.standing) for sentence in check.sentences]


def test_an_answer_whose_documents_are_as_they_were_is_not_stale(collection: Collection, folder: Path) -> None:
    answer = ask(collection)
    write(folder, "new.txt", "Jupiter has 97 known moons.\n")
    collection.ingest([folder])
    assert stale(collection) == []
    assert collection.archive.answers(stale=True) == []
    check = asyncio.run(collection.recheck(answer.id))
    assert (check.stale, check.holds) == (False, True)
    assert standings(check) == ["unchanged", "unchanged"]


def test_a_sentence_that_the_new_text_still_bears_out_is_given_its_new_place(
    collection: Collection, folder: Path
) -> None:
    answer = ask(collection)
    text = "# News\n\nA line before.\n\n" + MOONS
    replace_document(collection, folder, "moons.txt", text)
    (check,) = stale(collection)
    assert check.answer_id == answer.id
    assert (check.stale, check.holds) == (True, True)
    assert standings(check) == ["still_supported", "unchanged"]
    assert check.summary == {Standing.UNCHANGED: 1, Standing.STILL_SUPPORTED: 1}
    (place,) = check.sentences[0].found
    assert text[place.start : place.end] == place.quote == "Saturn has 274 known moons."
    assert place.lines == (5, 5)
    assert place.revision == collection.document("moons.txt").revision != answer.citations[0].revision
    assert place.document_id == answer.citations[0].document_id


def test_a_sentence_that_the_new_text_contradicts_is_shown_what_it_says_instead(
    collection: Collection, folder: Path
) -> None:
    ask(collection)
    replace_document(collection, folder, "moons.txt", "Titan is large. Saturn has 285 known moons.\n")
    (check,) = stale(collection)
    assert not check.holds
    assert standings(check) == ["no_longer", "unchanged"]
    first = check.sentences[0]
    assert (first.before, first.verdict) == (Verdict.SUPPORTED, Verdict.UNSUPPORTED)
    assert first.found == ()
    assert first.nearest is not None
    assert first.nearest.quote == "Saturn has 285 known moons."
    assert first.problem is not None
    assert "274" in first.problem


def test_a_sentence_of_which_the_new_text_bears_out_only_a_part_no_longer_holds(
    collection: Collection, folder: Path
) -> None:
    class PartialVerifier(BuiltInVerifier):
        def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
            return Judgement(Verdict.PARTIAL, 0.3, (Evidence(0, 0, 5),), "a part is missing")

    ask(collection)
    replace_document(collection, folder, "moons.txt", "Other words than before.\n")
    collection.verifier = PartialVerifier()
    (check,) = stale(collection)
    assert standings(check)[0] == "no_longer"
    assert check.sentences[0].found == ()


def test_a_text_that_cannot_be_judged_by_is_neither_yes_nor_no(collection: Collection, folder: Path) -> None:
    ask(collection)
    replace_document(collection, folder, "moons.txt", "土星有两百七十四颗已知的卫星。土卫六是土星最大的卫星。\n")
    (check,) = stale(collection)
    assert standings(check)[0] == "not_checked"
    assert not check.holds


def test_what_a_deleted_document_gave_is_gone_and_comes_back_nowhere(collection: Collection, folder: Path) -> None:
    answer = ask(collection)
    collection.delete("moons.txt")
    (check,) = stale(collection)
    assert standings(check) == ["gone", "unchanged"]
    assert check.sentences[0].text == REMOVED_SENTENCE
    assert not check.holds
    assert "274" not in dump(recheck_to_wire(check))
    collection.ingest([folder])  # the same file again is another document
    (check,) = stale(collection)
    assert standings(check) == ["gone", "unchanged"]
    assert "274" not in dump(recheck_to_wire(check))
    assert [one.answer_id for one in collection.archive.answers(stale=True)] == [answer.id]


def test_a_document_deleted_while_it_is_judged_leaves_nothing(collection: Collection, folder: Path) -> None:
    answer = ask(collection)
    replace_document(collection, folder, "moons.txt", "Saturn has 274 known moons, it is said.\n")
    stored = collection.archive.answer(answer.id)
    rechecking = Rechecking(stored, collection.store, collection.texts, collection.verifier)
    for sentence in stored.sentences:
        rechecking.judge(sentence)
    assert rechecking.sentences[0].found
    collection.delete("moons.txt")
    check = rechecking.finish()
    assert standings(check) == ["gone", "unchanged"]
    assert "274" not in dump(recheck_to_wire(check)).replace(stored.question, "")


def test_a_document_replaced_again_while_it_is_judged_is_not_quoted(collection: Collection, folder: Path) -> None:
    answer = ask(collection)
    replace_document(collection, folder, "moons.txt", "Saturn has 274 known moons, it is said.\n")
    stored = collection.archive.answer(answer.id)
    rechecking = Rechecking(stored, collection.store, collection.texts, collection.verifier)
    for sentence in stored.sentences:
        rechecking.judge(sentence)
    replace_document(collection, folder, "moons.txt", "Nothing.\n")
    check = rechecking.finish()
    assert standings(check) == ["not_checked", "unchanged"]
    assert check.sentences[0].found == ()


def test_a_sentence_without_a_citation_is_not_judged(collection: Collection, folder: Path) -> None:
    collection.drafter = ScriptedDrafter(SENTENCES[0], "Saturn has 900 known rings of cheese.")
    ask(collection)
    replace_document(collection, folder, "moons.txt", "# News\n\n" + MOONS)
    (check,) = stale(collection)
    assert standings(check) == ["still_supported", "not_cited"]
    assert check.holds


def test_a_fragment_is_judged_with_the_question_it_answers(collection: Collection, folder: Path) -> None:
    collection.drafter = ScriptedDrafter("274.")
    answer = ask(collection, "How many known moons has Saturn?")
    assert answer.sentences[0].verdict is Verdict.SUPPORTED
    replace_document(collection, folder, "moons.txt", "# News\n\n" + MOONS)
    assert standings(stale(collection)[0]) == ["still_supported"]
    replace_document(collection, folder, "moons.txt", "The bridge weighs 274 tons.\n")
    assert standings(stale(collection)[0]) == ["no_longer"]


FILLER = (
    "The harbour of Lisbon was rebuilt of grey stone after storm number {0}, as the mayor of that year had ordered. "
)


def test_a_place_far_from_the_old_one_is_found_in_a_long_document(collection: Collection, folder: Path) -> None:
    ask(collection)
    filler = "".join(FILLER.format(number) for number in range(2000))
    text = f"{filler}\n\n{MOONS}\n\n{filler}"
    replace_document(collection, folder, "moons.txt", text)
    (check,) = stale(collection)
    first = check.sentences[0]
    assert first.standing is Standing.STILL_SUPPORTED
    assert text[first.found[0].start : first.found[0].end] == "Saturn has 274 known moons."
    assert first.passages > PASSAGES_MAX
    assert first.passages_judged <= 2 * PASSAGES_AT_ONCE


def test_what_of_a_long_document_was_not_judged_by_is_counted(collection: Collection, folder: Path) -> None:
    ask(collection)
    replace_document(collection, folder, "moons.txt", "".join(FILLER.format(number) for number in range(2000)))
    (check,) = stale(collection)
    first = check.sentences[0]
    assert first.standing is Standing.NO_LONGER
    assert first.passages_judged == PASSAGES_MAX < first.passages


def test_every_passage_of_a_shorter_document_is_judged_by(collection: Collection, folder: Path) -> None:
    seen: set[str] = set()

    class Reader(BuiltInVerifier):
        def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
            assert len(evidence) <= PASSAGES_AT_ONCE
            seen.update(piece.split("\n\n")[-1] for piece in evidence)  # behind the title
            return Judgement(Verdict.UNSUPPORTED, 0.0)

    ask(collection)
    text = "".join(FILLER.format(number) for number in range(300))
    replace_document(collection, folder, "moons.txt", text)
    collection.verifier = Reader()
    (check,) = stale(collection)
    assert check.sentences[0].passages_judged == check.sentences[0].passages == len(seen)
    assert sum(len(piece.split()) for piece in seen) == len(text.split())


def test_who_judged_then_and_now_is_told(collection: Collection, folder: Path) -> None:
    class Later(BuiltInVerifier):
        @property
        def identity(self) -> VerifierIdentity:
            return VerifierIdentity("later", "9", 0.7)

    class Earlier(BuiltInVerifier):
        @property
        def identity(self) -> VerifierIdentity:
            return VerifierIdentity("earlier", "3", 0.4, "a/model", "sha256:00")

    collection.verifier = Earlier()
    answer = ask(collection)
    replace_document(collection, folder, "moons.txt", "# News\n\n" + MOONS)
    collection.verifier = Later()
    (check,) = stale(collection)
    assert check.verifier == VerifierIdentity("later", "9", 0.7)
    assert check.answer_verifier == answer.verifier
    assert check.answer_generation == answer.generation < check.generation


def test_stale_answers_come_newest_first_and_by_pages(collection: Collection, folder: Path) -> None:
    given = [ask(collection).id for _ in range(3)]
    replace_document(collection, folder, "moons.txt", "# News\n\n" + MOONS)
    fresh = ask(collection).id
    assert [check.answer_id for check in stale(collection)] == given[::-1]
    assert [check.answer_id for check in stale(collection, limit=2)] == given[:0:-1]
    assert [check.answer_id for check in stale(collection, after=given[1])] == given[:1]
    assert stale(collection, limit=0) == []
    assert fresh not in [one.answer_id for one in collection.archive.answers(stale=True)]
    with pytest.raises(AnswerNotFound):
        stale(collection, after="ans_none")


def test_a_damaged_answer_is_named_after_the_others(collection: Collection, folder: Path) -> None:
    first, damaged = ask(collection).id, ask(collection).id
    replace_document(collection, folder, "moons.txt", "# News\n\n" + MOONS)
    collection.archive.history.close()
    with closing(sqlite3.connect(collection.archive.history.path)) as connection:
        connection.execute("UPDATE answers SET checksum = x'00' WHERE answer_id = ?", (damaged,))
        connection.commit()
    seen: list[str] = []

    async def run() -> None:
        async for check in collection.stale_answers():
            seen.append(check.answer_id)  # noqa: PERF401  what came before the error is what counts

    with pytest.raises(CollectionDamaged, match=damaged):
        asyncio.run(run())
    assert seen == [first]


def test_judging_again_is_deterministic(collection: Collection, folder: Path) -> None:
    answer = ask(collection)
    replace_document(collection, folder, "moons.txt", "Titan is large. Saturn has 285 known moons.\n")
    checks = {dump(recheck_to_wire(asyncio.run(collection.recheck(answer.id)))) for _ in range(3)}
    assert len(checks) == 1
