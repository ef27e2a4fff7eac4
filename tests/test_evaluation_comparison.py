"""Two runs compared: paired, seeded, by hand where a hand can reckon it, and never across different judges."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag.errors import UsageError
from rag.evaluation import AnswerDetail, Report, Score, compare, summarize
from rag.evaluation.comparison import Change, bootstrap_difference
from rag.types import Usage

SETUP = {"verifier": "words/1", "metrics": 2, "vouch": "1", "file_sha256": "a"}


def report(
    *values: float | None, metric: str = "faithfulness", setup: dict[str, str | int | float] | None = None
) -> Report:
    answers = [
        AnswerDetail(
            f"{number}", question=f"question {number}", scores={metric: Score(value, None if value else "why")}
        )
        for number, value in enumerate(values)
    ]
    return summarize(answers, setup or SETUP)


def test_a_difference_is_that_of_the_answers_scored_in_both_runs() -> None:
    found = compare(report(1.0, 0.0, 0.5, None), report(1.0, 1.0, 0.25, 1.0)).differences["faithfulness"]
    assert (found.before, found.after, found.pairs) == (0.5, 0.75, 3)
    assert found.difference == 0.25
    assert found.better == (Change("1", 0.0, 1.0),)
    assert found.worse == (Change("2", 0.5, 0.25),)


def test_the_largest_change_comes_first_and_less_is_better_where_it_is() -> None:
    found = compare(report(0.0, 0.5, 1.0), report(0.25, 1.0, 0.0)).differences["faithfulness"]
    assert [change.id for change in found.better] == ["1", "0"]
    uncited = compare(report(0.0, 1.0, metric="uncited"), report(1.0, 0.5, metric="uncited")).differences["uncited"]
    assert ([c.id for c in uncited.better], [c.id for c in uncited.worse]) == (["1"], ["0"])


def test_runs_that_do_not_differ_have_no_difference_and_those_that_do_have_a_small_p() -> None:
    assert bootstrap_difference([0.0] * 20) == ((0.0, 0.0), 1.0)
    interval, p_value = bootstrap_difference([1.0] * 30 + [0.0] * 10)
    assert interval is not None
    assert p_value is not None
    # Normal approximation: 0.75 +- 1.96 * 0.433 / sqrt(40)
    assert interval.low == pytest.approx(0.616, abs=0.03)
    assert interval.high == pytest.approx(0.884, abs=0.03)
    assert p_value < 0.01
    _, chance = bootstrap_difference([1.0, -1.0] * 20 + [1.0])
    assert chance is not None
    assert chance > 0.5
    assert bootstrap_difference([1.0]) == (None, None)


def test_pairing_sees_what_two_means_do_not() -> None:
    before, after = report(*[n / 50 for n in range(49)]), report(*[(n + 1) / 50 for n in range(49)])
    found = compare(before, after).differences["faithfulness"]
    assert found.interval is not None
    assert found.interval.low == pytest.approx(0.02)
    assert found.p_value is not None
    assert found.p_value < 0.01
    narrow, wide = found.interval, after.metrics["faithfulness"].interval
    assert wide is not None
    assert wide.low < before.metrics["faithfulness"].mean < wide.high  # type: ignore[operator]
    assert narrow.high - narrow.low < wide.high - wide.low


def test_a_comparison_is_the_same_each_time() -> None:
    before, after = report(0.1, 0.7, 0.3), report(0.2, 0.2, 0.9)
    told = [json.dumps(compare(before, after).as_json(), allow_nan=False) for _ in range(2)]
    assert told[0] == told[1]


@pytest.mark.parametrize(("name", "value"), [("verifier", "words/2"), ("metrics", 3)])
def test_runs_of_different_judges_are_not_compared(name: str, value: str | int) -> None:
    with pytest.raises(UsageError, match=f"{name} was"):
        compare(report(1.0), report(1.0, setup=SETUP | {name: value}))


def test_what_else_is_different_is_told() -> None:
    found = compare(report(1.0), report(1.0, setup=SETUP | {"vouch": "2", "file_sha256": "b"}))
    assert found.warnings == ("file_sha256 was a and is b", "vouch was 1 and is 2")
    assert compare(report(1.0), report(1.0)).warnings == ()


def test_answers_of_one_run_alone_are_named_and_those_to_another_question_left_out() -> None:
    before, after = report(1.0, 1.0, 1.0), report(1.0, 0.0)
    assert compare(before, after).only_before == ("2",)
    assert compare(after, before).only_after == ("2",)
    other = replace(after, answers=(after.answers[0], replace(after.answers[1], question="another")))
    found = compare(before, other)
    assert found.differences["faithfulness"].pairs == 1
    assert "another question" in found.warnings[0]
    bare = replace(after, answers=tuple(answer.without_text() for answer in after.answers))
    assert compare(before, bare).differences["faithfulness"].pairs == 2
    assert compare(report(), report(1.0)).warnings == ("the runs share no answer",)


def test_costs_are_compared_and_what_failed_has_none() -> None:
    def costly(calls: int, error: str | None = None) -> Report:
        return summarize([AnswerDetail("a", usage=Usage(llm_calls=calls), error=error)], SETUP)

    found = compare(costly(1), costly(3)).differences["llm_calls"]
    assert (found.difference, len(found.worse)) == (2, 1)
    assert "llm_calls" not in compare(costly(1), costly(3, "model_timeout")).differences
