"""Integrity is checked without a model: every way in which a citation can stop holding is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.checking import GivenPassage, SourceText, SupportJudging, check_integrity, check_support, number_passages
from rag.types import text_hash
from rag.verifiers import BuiltInVerifier
from rag.wire import WireAnswer, WireCitation, load_answer
from tests.fakes.verifier import WordVerifier
from tests.test_wire import example

TEXT = "..." + "secret" + "... open"
SOURCE = SourceText("sha256:00", TEXT)


@pytest.fixture
def answer() -> WireAnswer:
    import json

    answer = load_answer(json.dumps(example()))
    answer.citations[1].start, answer.citations[1].end = TEXT.index("open"), len(TEXT)
    return answer


def test_an_untouched_source_is_intact(answer: WireAnswer) -> None:
    checks = check_integrity(answer, lambda citation: SOURCE)
    assert [(check.number, check.outcome, check.ok) for check in checks] == [(1, "intact", True), (2, "intact", True)]


@pytest.mark.parametrize(
    ("source", "outcome", "ok"),
    [
        (replace(SOURCE, revision="sha256:11"), "revised", True),
        (replace(SOURCE, text="." + TEXT), "altered", False),
        (SourceText("sha256:11", ""), "altered", False),
        (None, "missing", False),
    ],
)
def test_a_changed_source_is_told(answer: WireAnswer, source: SourceText | None, outcome: str, ok: bool) -> None:
    for check in check_integrity(answer, lambda citation: source):
        assert (check.outcome, check.ok) == (outcome, ok)


def test_a_file_that_is_read_otherwise_now_is_told_from_one_that_has_changed(answer: WireAnswer) -> None:
    for citation in answer.citations:
        citation.text_sha256, citation.reader = text_hash(TEXT), "pdf/3"
    same_file = SourceText("sha256:00", "." + TEXT, "pdf/4")
    other_file = replace(same_file, revision="sha256:11")
    for source, said in (
        (same_file, "the file has not changed, but Vouch reads another text in it now (pdf/3 then, pdf/4 now)"),
        (replace(same_file, reader=""), "the file has not changed, but Vouch reads another text in it now"),
        (other_file, "the file has changed"),
    ):
        for check in check_integrity(answer, lambda citation, source=source: source):  # type: ignore[misc]
            assert check.outcome == "altered"
            assert check.detail.endswith(f"; {said}")
    answer.citations[0].quote = "secreT"  # the same text, and not this quote
    check = check_integrity(answer, lambda citation: SOURCE)[0]
    assert check.detail.endswith("the file has not changed")


def test_a_forged_quote_or_span_or_number_is_told(answer: WireAnswer) -> None:
    answer.citations[0].quote = "secreT"
    answer.citations[1].end += 5
    answer.sentences[0].citations = [7]
    answer.sentences[1].start += 1
    checks = check_integrity(answer, lambda citation: SOURCE)
    assert [check.number for check in checks if not check.ok] == [0, 0, 1, 2]


def test_an_empty_quote_never_holds(answer: WireAnswer) -> None:
    answer.citations[0].quote, answer.citations[0].end = "", answer.citations[0].start
    assert check_integrity(answer, lambda citation: SOURCE)[0].outcome == "altered"


def test_a_withdrawn_citation_is_not_looked_for(answer: WireAnswer) -> None:
    answer.citations[0].state = "removed"
    seen: list[int] = []

    def find(citation: WireCitation) -> SourceText:
        seen.append(citation.number)
        return SOURCE

    assert [check.outcome for check in check_integrity(answer, find)] == ["removed", "intact"]
    assert seen == [2]


def test_places_counted_from_the_end_are_told(answer: WireAnswer) -> None:
    citation, sentence = answer.citations[1], answer.sentences[2]
    citation.start, citation.end, citation.quote = -5, -1, TEXT[-5:-1]
    sentence.start, sentence.end, sentence.text = -6, -1, answer.text[-6:-1]
    checks = check_integrity(answer, lambda citation: SOURCE)
    assert [check.number for check in checks if not check.ok] == [0, 2]


@pytest.mark.parametrize("revision", [SOURCE.revision, "sha256:11"])
def test_false_lines_are_told(answer: WireAnswer, revision: str) -> None:
    text = "a\nb" + TEXT[3:] + "\n"
    moved = SourceText(revision, text)
    assert [check.outcome for check in check_integrity(answer, lambda citation: moved)] == ["altered", "altered"]
    for citation in answer.citations:
        citation.lines = (2, 2)
    assert all(check.ok for check in check_integrity(answer, lambda citation: moved))
    answer.citations[0].lines = (2, 3)
    assert [check.ok for check in check_integrity(answer, lambda citation: moved)] == [False, True]


def put_between(answer: WireAnswer, position: int, gap: str) -> None:
    """Put a text before the sentence at `position`, behind all for the number of sentences."""
    last = position == len(answer.sentences)
    at = len(answer.text) if last else answer.sentences[position].start
    answer.text = answer.text[:at] + gap + answer.text[at:]
    for sentence in answer.sentences[position:]:
        sentence.start, sentence.end = sentence.start + len(gap), sentence.end + len(gap)


@pytest.mark.parametrize("position", [0, 1, 2, 3])
@pytest.mark.parametrize("gap", ["It is made of cheese. ", " 900 ", "\n- x ", "\n1. - "])
def test_text_outside_of_every_sentence_is_told(answer: WireAnswer, position: int, gap: str) -> None:
    put_between(answer, position, gap)
    checks = check_integrity(answer, lambda citation: SOURCE)
    assert [check.number for check in checks if not check.ok] == [0]


@pytest.mark.parametrize(
    ("position", "gap"),
    [(0, "- "), (0, "1. "), (0, "\n"), (1, "\n- "), (1, "\n\n12. "), (2, "- "), (2, "* "), (3, "\n"), (1, "\u00a0")],
)
def test_space_and_list_signs_around_sentences_are_allowed(answer: WireAnswer, position: int, gap: str) -> None:
    put_between(answer, position, gap)
    assert all(check.ok for check in check_integrity(answer, lambda citation: SOURCE))


def test_an_answer_that_is_all_text_and_no_sentence_is_told(answer: WireAnswer) -> None:
    answer.sentences = []
    assert [check.ok for check in check_integrity(answer, lambda citation: SOURCE)] == [False, True, True]


def test_support_judged_sentence_by_sentence_is_the_same() -> None:
    text = "Saturn has 274 known moons [1]. Saturn has 900 known moons [1]."
    passages = number_passages([GivenPassage("Saturn has 274 known moons.")])
    judging = SupportJudging(text, passages, BuiltInVerifier())
    for done, span in enumerate(judging.spans):
        assert len(judging.finish().sentences) == done
        judging.judge(span)
    assert judging.finish() == check_support(text, passages, BuiltInVerifier())
    assert [claim.verdict for claim in judging.finish().sentences] == ["supported", "unsupported"]


@pytest.mark.parametrize("sentence", ["Yes.", "Saturn has 274 known moons.", "Saturn has 900 known moons."])
def test_a_sentence_said_again_and_again_is_judged_once(sentence: str) -> None:
    passages = number_passages([GivenPassage("Saturn has 274 known moons.")])
    few, many = WordVerifier(), WordVerifier()
    check_support([sentence] * 3, passages, few)
    found = check_support([sentence] * 1000, passages, many)
    assert many.asked == few.asked
    assert len(found.sentences) == 1000
    assert len({(claim.verdict, claim.score, claim.citations) for claim in found.sentences}) == 1
