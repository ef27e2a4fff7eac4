"""Risk and coverage, by hand: what is counted, what is chosen on other questions, and what cannot be told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evaluation import Report, summarize
from rag.evaluation.details import AnswerDetail
from rag.evaluation.risk import auroc, cross_answers, curve, folds_of, measure_risk, shown_points, threshold_for

SCORES = (0.9, 0.8, 0.7, 0.6)
LABELS = (True, False, True, False)


def test_the_curve_counts_what_each_threshold_answers() -> None:
    points = curve(np.array(SCORES), np.array(LABELS))
    assert [round(point.coverage, 2) for point in points] == [0.25, 0.5, 0.75, 1.0]
    assert [round(point.risk, 3) for point in points] == [0.0, 0.5, 0.333, 0.5]
    assert [point.false_answers for point in points] == [0.0, 0.5, 0.5, 1.0]
    assert [point.false_refusals for point in points] == [0.5, 0.5, 0.0, 0.0]
    assert [point.threshold for point in points] == list(SCORES)


def test_the_area_under_it_is_the_mean_risk_over_all_coverages() -> None:
    report = measure_risk(SCORES, LABELS)
    assert report.aurc == pytest.approx((0.0 + 0.5 + 1 / 3 + 0.5) / 4)
    perfect = measure_risk((0.9, 0.8, 0.2, 0.1), (True, True, False, False))
    assert perfect.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


@pytest.mark.parametrize(
    ("scores", "labels", "area"),
    [
        ((0.9, 0.1), (True, False), 1.0),
        ((0.1, 0.9), (True, False), 0.0),
        ((0.5, 0.5), (True, False), 0.5),
        (SCORES, LABELS, 0.75),
    ],
)
def test_auroc_is_the_share_of_pairs_in_order_and_ties_count_half(
    scores: tuple[float, ...], labels: tuple[bool, ...], area: float
) -> None:
    assert auroc(np.array(scores), np.array(labels)) == pytest.approx(area)


def test_one_question_of_twenty_may_be_refused_at_five_percent() -> None:
    scores, labels = np.arange(20) / 20, np.ones(20, dtype=bool)
    assert (scores < threshold_for(scores, labels, 0.05)).sum() == 1
    assert (scores < threshold_for(scores, labels, 0.0)).sum() == 0


def test_each_question_is_answered_by_a_threshold_chosen_on_the_others() -> None:
    """The one answerable question with a low score must not lower the threshold that it is judged by itself."""
    scores = np.array([0.1, 0.8, 0.9, 0.85, 0.95])
    labels = np.ones(5, dtype=bool)
    answered = cross_answers(scores, labels, np.array([0, 1, 2, 3, 4]), 0.0)
    assert answered is not None
    assert answered.tolist() == [False, True, True, True, True]


def test_askings_of_one_question_share_a_fold_and_folds_depend_on_nothing_else() -> None:
    folds = folds_of(["a", "b", "a", "c"])
    assert folds[0] == folds[2]
    assert folds_of(["c", "a"]).tolist() == [folds[3], folds[0]]


def test_what_cannot_be_told_is_none_and_never_nan() -> None:
    empty = measure_risk((), ())
    assert (empty.curve, empty.aurc, empty.auroc, empty.false_answers) == ((), None, None, None)
    one_kind = measure_risk((0.5, 0.6), (True, True))
    assert one_kind.auroc is None
    assert one_kind.false_answers is None
    assert one_kind.aurc == 0.0


def test_lengths_that_differ_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="one length"):
        measure_risk((0.5,), (True, False))


def test_few_points_are_shown_and_the_last_answers_everything() -> None:
    points = curve(np.linspace(0, 1, 500), np.arange(500) % 2 == 0)
    shown = shown_points(points)
    assert len(shown) == 10
    assert shown[-1].coverage == 1.0
    assert shown_points(()) == ()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_the_report_repeats_and_more_coverage_never_refuses_more(rows: list[tuple[float, bool]]) -> None:
    scores, labels = [row[0] for row in rows], [row[1] for row in rows]
    report = measure_risk(scores, labels)
    assert report == measure_risk(scores, labels)
    refusals = [point.false_refusals for point in report.curve]
    assert refusals == sorted(refusals, reverse=True)
    for estimate in (report.auroc, report.false_answers):
        assert estimate is None or not math.isnan(estimate.value)


def test_a_report_tells_how_well_sufficiency_knows_what_can_be_answered() -> None:
    answers = [
        AnswerDetail(str(number), answerable=label, sufficiency=score)
        for number, (score, label) in enumerate(zip(SCORES, LABELS, strict=True))
    ]
    unlabelled = AnswerDetail("unlabelled", sufficiency=0.1)
    failed = AnswerDetail("failed", answerable=True, error="busy")
    report = summarize([*answers, unlabelled, failed])
    assert report.abstention is not None
    assert report.abstention.auroc is not None
    assert report.abstention.auroc.value == pytest.approx(0.75)
    assert Report.from_json(report.as_json()).abstention == report.abstention


def test_answers_that_did_not_say_how_sure_they_were_have_no_such_report() -> None:
    assert summarize([AnswerDetail("a", answerable=True)]).abstention is None
