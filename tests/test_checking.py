"""Integrity is checked without a model: every way in which a citation can stop holding is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.checking import SourceText, check_integrity
from rag.wire import WireAnswer, WireCitation, load_answer
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
