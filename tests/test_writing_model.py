"""A model that is wrong on purpose: its gate fails where the verifier is blind, and where it is too strict."""

from __future__ import annotations

from typing import Any

import pytest

from rag.evaluation import Sample
from rag.prompts import REFUSAL
from tests.fakes.writing_model import INVENTED, MADE_UP_ANSWER, WritingModel, tell

SAMPLES = [
    Sample("0", "How many?", reference="There are 12 of them."),
    Sample("1", "Who?", reference="Anna. She is a judge."),
    Sample("2", "What does it cost?", answerable=False),
    Sample("3", "Why?", reference="Because it rained."),
    Sample("4", "When?", reference="In spring.", kind="fact"),
    Sample("5", "Where?", answerable=False),
]


def ask(model: WritingModel, question: str) -> str:
    return model.reply({"messages": [{"content": f"passages\n\nQuestion: {question}"}]})


def told(model: WritingModel) -> dict[str, Any]:
    def verdicts(texts: set[str], verdict: str) -> list[dict[str, str]]:
        return [{"text": text, "verdict": verdict} for text in sorted(texts)]

    return {"answers": [{"sentences": verdicts(model.wrong, "unsupported") + verdicts(model.right, "supported")}]}


@pytest.fixture
def model() -> WritingModel:
    model = WritingModel(SAMPLES)
    replies = [ask(model, sample.question) for sample in SAMPLES]
    assert replies == [
        "There are 37 of them.",
        "Anna. She is a judge.",
        MADE_UP_ANSWER,
        f"Because it rained. {INVENTED}",
        "In spring.",
        REFUSAL,
    ]
    assert ask(model, "Anything else?") == REFUSAL
    return model


def test_the_gate_is_passed_by_a_verifier_that_is_right(model: WritingModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGGED", "1")
    monkeypatch.setenv("PASSED", "1")
    assert tell(told(model), model) == 0


@pytest.mark.parametrize("verdict", ["supported", "unsupported"])
def test_the_gate_fails_where_all_is_supported_and_where_nothing_is(
    verdict: str, model: WritingModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLAGGED", "0.9")
    monkeypatch.setenv("PASSED", "0.5")
    report = told(model)
    for sentence in report["answers"][0]["sentences"]:
        sentence["verdict"] = verdict
    assert tell(report, model) == 1
    assert ("flagged: 0 of 3" if verdict == "supported" else "passed: 0 of") in capsys.readouterr().out
