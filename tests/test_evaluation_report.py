"""The report: to JSON and back, with nothing lost, and with what time changes kept apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cli.scores import write_report
from rag.errors import UsageError
from rag.evaluation import AnswerDetail, CitationDetail, ContextDetail, MetricSummary, Report, Score
from rag.evaluation.report import Interval
from rag.types import Claim, ProblemKind, Span, Usage, Verdict

CLAIM = Claim(
    "It has 24 moons.",
    0,
    16,
    Verdict.UNSUPPORTED,
    0.2,
    citations=(1,),
    problem="number 24 is not in the source",
    problem_kind=ProblemKind.NUMBER,
    unsupported=(Span(7, 9),),
    computed=("24 = 2 * 12",),
)
DETAIL = AnswerDetail(
    id="a",
    question="How many?",
    kind="number",
    answer="It has 24 moons.",
    reference="274",
    answerable=True,
    sentences=(CLAIM,),
    markers=((1,),),
    citations=(CitationDetail(1, "It has 274 moons.", "moons.txt", "Moons", 3, 20, (1, 1), 1),),
    contexts=(ContextDetail(1, "It has 274 moons.", "moons.txt", "Moons"),),
    scores={"faithfulness": Score(0.0), "mrr": Score(None, "no gold places")},
    usage=Usage(10, 20, 1, 0.5),
    timings_ms={"total": 12.5},
)
SUMMARY = MetricSummary(0.5, Interval(0.25, 0.75), 2, {"no gold places": 1}, 2 / 3)
REPORT = Report(
    samples=1,
    failed={"model_timeout": 1},
    metrics={"faithfulness": SUMMARY},
    by_kind={"number": {"faithfulness": None}},
    setup={"verifier": "built-in/1", "generation": 3},
    costs={"llm_calls": SUMMARY},
    timings={"latency_ms": SUMMARY},
    answers_per_minute=30.0,
    answers=(DETAIL,),
)


def test_a_report_comes_back_from_json_as_it_was() -> None:
    told = json.loads(json.dumps(REPORT.as_json(), allow_nan=False))
    assert Report.from_json(told) == REPORT


@given(st.text(), st.text(), st.none() | st.floats(0, 1))
def test_any_text_comes_back_from_json(question: str, answer: str, value: float | None) -> None:
    detail = replace(DETAIL, question=question, answer=answer, scores={"m": Score(value)})
    report = replace(REPORT, answers=(detail,))
    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report


def test_all_that_time_changes_stands_under_speed() -> None:
    slower = replace(
        REPORT,
        answers=(replace(DETAIL, timings_ms={"total": 99.0}),),
        timings={"latency_ms": replace(SUMMARY, mean=99.0)},
        answers_per_minute=1.0,
    )
    told, again = REPORT.as_json(), slower.as_json()
    assert told.pop("speed") != again.pop("speed")
    assert json.dumps(told) == json.dumps(again)


@pytest.mark.parametrize("told", [None, [], {}, "x", {"samples": "many"}, {"answers": [3]}, {"speed": []}])
def test_what_is_no_report_is_refused(told: object) -> None:
    with pytest.raises(UsageError, match="not a report"):
        Report.from_json(told)


def test_without_its_text_an_answer_holds_nothing_that_anyone_said() -> None:
    told = json.dumps(REPORT.as_json()["answers"][0])
    assert "moons" in told
    bare = replace(REPORT, answers=(DETAIL.without_text(),))
    told = json.dumps(bare.as_json()["answers"])
    assert "moons" not in told
    assert "How many" not in told
    assert "274" not in told
    assert bare.answers[0].scores == DETAIL.scores


def test_a_program_gets_the_heads_no_cost_of_zero_and_few_names_of_what_is_not_scored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scored, free = MetricSummary(0.5, None, 2, {}, 1.0), MetricSummary(0.0, None, 2, {}, 1.0)
    unscored = {f"metric_{number}": MetricSummary(None, None, 0, {"why": 2}) for number in range(9)}
    write_report(
        Report(2, {}, {"faithfulness": scored, **unscored}, {}, {}, costs={"cost_usd": free, "llm_calls": scored})
    )
    written = capsys.readouterr()
    heads = [line.split("\t")[0] for line in written.out.splitlines()]
    assert heads == ["metric", "faithfulness", "", "cost and speed", "llm_calls"]
    assert "metric_3 and 5 more" in written.err
