"""The wire schema: round trips, refusals, and the erasure of a deleted document."""

from __future__ import annotations

import json

import pytest

from rag.erasing import REMOVED_SENTENCE, erase_document
from rag.errors import UsageError
from rag.wire import WireAnswer, WireDisagreement, dump, load_answer


def example() -> dict[str, object]:
    sentences = ["Saturn has 274 moons.", "Its rings are ice.", "Titan is large."]
    text = " ".join(sentences[:2]) + "\n\n" + sentences[2]
    starts = [text.index(sentence) for sentence in sentences]
    place = {
        "title": "T",
        "revision": "sha256:00",
        "start": 3,
        "end": 9,
        "lines": [1, 1],
        "heading": ["H"],
        "locator": "Pay!B7",
    }
    return {
        "schema": 1,
        "id": "ans_1",
        "question": "q",
        "standalone_question": "q",
        "status": "complete",
        "abstained": False,
        "reason": None,
        "text": text,
        "collection": "default",
        "generation": 1,
        "model": "extractive",
        "verifier": {"name": "built-in", "version": "1", "threshold": 0.5},
        "created_at": "2026-01-01T00:00:00+00:00",
        "sentences": [
            {"text": s, "start": at, "end": at + len(s), "verdict": "supported", "score": 1.0, "citations": [number]}
            for s, at, number in zip(sentences, starts, (1, 2, 1), strict=True)
        ],
        "citations": [
            {"number": 1, "document_id": "a", "source": "a.txt", "quote": "secret", **place},
            {"number": 2, "document_id": "b", "source": "b.txt", "quote": "open", **place},
        ],
        "passages": [
            {"number": 1, "document_id": "a", "source": "a.txt", "text": "secret", "score": 1.0, **place},
            {"number": 2, "document_id": "b", "source": "b.txt", "text": "open", "score": 0.5, **place},
        ],
        "a_later_field": {"kept": True},
    }


def test_an_answer_survives_the_round_trip_with_fields_of_a_later_version() -> None:
    text = json.dumps(example())
    again = json.loads(dump(load_answer(text)))
    assert again["a_later_field"] == {"kept": True}
    assert again["schema"] == 1
    assert load_answer(json.dumps(again)) == load_answer(text)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"text": None}, "text"), ({"sentences": [{}]}, "sentences.0.text"), ({"schema": 2}, "schema")],
)
def test_what_is_not_an_answer_is_refused_with_the_field_that_is_wrong(change: dict[str, object], field: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_answer(json.dumps(example() | change))
    assert caught.value.field == field


def test_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(UsageError):
        load_answer("{")


def test_erasing_a_document_takes_its_text_and_keeps_spans_true() -> None:
    before = load_answer(json.dumps(example()))
    for citation in before.citations:
        citation.text_sha256 = f"sha256:{citation.document_id}"
    after = erase_document(before, "a")
    assert [citation.text_sha256 for citation in after.citations] == ["", "sha256:b"]
    assert [citation.locator for citation in after.citations] == [None, "Pay!B7"]
    assert "secret" not in dump(after)
    assert "274" not in dump(after)
    assert "Titan" not in dump(after)
    assert after.sentences[1].text == "Its rings are ice."
    assert after.text == f"{REMOVED_SENTENCE} Its rings are ice.\n\n{REMOVED_SENTENCE}"
    for sentence in after.sentences:
        assert after.text[sentence.start : sentence.end] == sentence.text
    assert [(c.start, c.end, c.source, c.state) for c in after.citations] == [
        (3, 9, "a.txt", "removed"),
        (3, 9, "b.txt", "live"),
    ]
    assert after.status == "source_removed"
    assert "secret" in dump(before), "the answer handed in was changed"


def test_erasing_takes_uncited_sentences_too_which_may_be_the_documents_words() -> None:
    row = example()
    row["sentences"][0] |= {"citations": [], "verdict": "unsupported"}  # type: ignore[index]
    row["sentences"][1] |= {"citations": [], "verdict": "not_a_claim"}  # type: ignore[index]
    after = erase_document(load_answer(json.dumps(row)), "a")
    assert [sentence.text for sentence in after.sentences] == [REMOVED_SENTENCE, "Its rings are ice.", REMOVED_SENTENCE]


def test_erasing_a_document_that_is_not_cited_changes_only_the_passages() -> None:
    before = load_answer(json.dumps(example()))
    assert erase_document(before, "c") == before


def test_the_schema_names_every_field_of_the_contract() -> None:
    fields = set(WireAnswer.model_json_schema(by_alias=True)["properties"])
    assert fields >= {
        "schema", "id", "question", "standalone_question", "status", "abstained", "reason", "text", "collection",
        "generation", "model", "verifier", "created_at", "warnings", "missing", "conflicts", "disagreements",
        "sentences", "citations",
        "passages", "usage", "timings_ms",
    }  # fmt: skip


def test_a_note_on_a_conflict_goes_with_the_document_that_it_quotes() -> None:
    answer = load_answer(json.dumps(example()))
    answer.conflicts = [[1, 2]]
    told = "The sources differ: 24 hours [1] (a.txt) and 7 hours [2] (b.txt)."
    answer.disagreements = [
        WireDisagreement(
            citations=[1, 2], kind="differ", said=["24 hours", "7 hours"], dates=["", "2024"], latest=None, told=told
        )
    ]
    answer.warnings = [told, "Careful."]
    erased = erase_document(answer, "b")
    assert erased.conflicts == []
    assert erased.disagreements == []
    assert erased.warnings == ["Careful."]
    kept = erase_document(answer, "z")
    assert (kept.warnings, kept.disagreements) == (answer.warnings, answer.disagreements)
