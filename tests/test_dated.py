"""Figures and their periods: what a report says of one quarter is not said of another."""

from __future__ import annotations

import pytest

from rag.citations import Cited, cite
from rag.computations import Statement, settle_periods
from rag.computations.dated import dated_figures, find_misdated
from rag.computations.directions import turned
from rag.sentences import segment
from rag.terms.periods import Period, place_periods, read_periods
from rag.types import DraftSentence, Judgement, Passage, ProblemKind, Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.passages import passage

FIRST = (
    "Prepared on 11 April 2025. Revenue in the first quarter of 2025 was 1.84 million euros. Operating profit was "
    "212,000 euros. We shipped 46 kilns, and the order backlog stood at 31 kilns at the end of March."
)
SECOND = (
    "Prepared on 9 July 2025. Revenue in the second quarter of 2025 was 2.07 million euros. Operating profit was "
    "187,000 euros. We shipped 51 kilns, and the order backlog stood at 27 kilns at the end of June."
)
REPORTS = (
    passage(FIRST, 1, title="Quarterly report Q1 2025", heading=("Quarterly report Q1 2025", "Results")),
    passage(SECOND, 2, title="Quarterly report Q2 2025", heading=("Quarterly report Q2 2025", "Results")),
)


def judged(text: str, shown: tuple[Passage, ...] = REPORTS) -> Cited:
    return cite(DraftSentence(text), shown, BuiltInVerifier())


@pytest.mark.parametrize(
    "claim",
    [
        "Revenue in the first quarter was 2.07 million euros.",
        "In Q1 2025 revenue was 2.07 million euros.",
        "Operating profit was 187,000 euros in the first quarter of 2025.",
        "In Q2, operating profit was 212,000 euros.",
        "46 kilns were shipped in Q2.",
        "In the first quarter of 2025, 51 kilns were shipped.",
        "Revenue rose from 2.07 million euros in the first quarter to 1.84 million euros in the second quarter.",
        "Revenue was 2.07 million euros in Q1 and 1.84 million euros in Q2.",
        "The order backlog stood at 27 kilns in Q1 2025.",
    ],
)
def test_a_figure_of_another_quarter_is_not_supported(claim: str) -> None:
    cited = judged(claim)
    assert cited.judgement.verdict is Verdict.UNSUPPORTED
    assert cited.judgement.problem_kind is ProblemKind.DATE
    assert " is said of Q" in str(cited.judgement.problem)
    assert cited.sources == ()


@pytest.mark.parametrize(
    "claim",
    [
        "Revenue in the first quarter was 1.84 million euros.",
        "In Q2 2025 revenue was 2.07 million euros.",
        "Operating profit was 187,000 euros in the second quarter of 2025.",
        "Operating profit was 212,000 euros in the first quarter.",
        "46 kilns were shipped in Q1.",
        "Revenue was 1.84 million euros in the first quarter and 2.07 million euros in the second quarter.",
        "Revenue rose from 1.84 million euros in the first quarter to 2.07 million euros in the second quarter.",
    ],
)
def test_a_figure_of_the_right_quarter_is_supported(claim: str) -> None:
    assert judged(claim).judgement.verdict is Verdict.SUPPORTED


def test_what_two_reports_say_is_cited_to_both() -> None:
    cited = judged("Revenue was 1.84 million euros in the first quarter and 2.07 million euros in the second quarter.")
    assert {shown.number for shown, _ in cited.sources} == {1, 2}


def test_a_change_between_two_reports_is_computed_from_both() -> None:
    cited = judged("Revenue increased by 0.23 million euros (12.5 %), from 1.84 million euros to 2.07 million euros.")
    assert cited.judgement.verdict is Verdict.SUPPORTED
    assert cited.computed == (
        "0.23 million euros = 2.07 million - 1.84 million",
        "12.5 % = (2.07 million - 1.84 million) / 1.84 million",
    )
    assert {shown.number for shown, _ in cited.sources} == {1, 2}


def test_a_wrong_change_between_two_reports_is_not_supported() -> None:
    cited = judged("Revenue increased by 0.32 million euros, from 1.84 million euros to 2.07 million euros.")
    assert cited.judgement.verdict is not Verdict.SUPPORTED


def test_a_figure_of_another_thing_in_another_document_does_not_bear_out_a_sentence() -> None:
    other = passage("The rent of the workshop in Moss was 2.07 million euros last year.", 2)
    cited = judged("Revenue rose from 1.84 million euros to 2.07 million euros.", (REPORTS[0], other))
    assert cited.judgement.verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Revenue in the first quarter was 2.07 million euros.", [("2.07 million euros", Period(None, 1))]),
        (
            "In Q1 2025 revenue was 2 million, and profit was 187,000.",
            [("2 million", Period(2025, 1)), ("187,000", Period(2025, 1))],
        ),
        ("In Q2, revenue was 2.07 million, up from 1.84 million.", [("2.07 million", Period(None, 2))]),
        (
            "Net sales were $82 million in Q3 2022 compared with $81 million in Q3 2021.",
            [("82 million", Period(2022, 3)), ("81 million", Period(2021, 3))],
        ),
        (
            "Total current assets: July 30, 2023: 28,797; January 29, 2023: 23,073",
            [("28,797", Period(2023, None, 7, 30)), ("23,073", Period(2023, None, 1, 29))],
        ),
        (
            "Revenue in Q1 and Q2 was 30 and 40 euros, respectively.",
            [("30", Period(None, 1)), ("40 euros", Period(None, 2))],
        ),
        ("Revenue in Q1 and Q2 was 30 and 40 euros.", []),
        (
            "Inflation was 2.1 % in March and 1.9 % in April.",
            [("2.1 %", Period(None, None, 3)), ("1.9 %", Period(None, None, 4))],
        ),
        ("March sold 5 kilns, and May may sell 6.", []),
        ("Founded in 1998, it has 46 employees.", []),
        ("The booth costs 88,000 euros from 1 August 2025.", []),
        ("Two reports came out in 2024.", []),
        ("Nothing is dated here: 5 euros.", []),
        ("", []),
    ],
)
def test_figures_belong_to_the_period_of_their_clause_or_to_none(text: str, found: list[tuple[str, Period]]) -> None:
    assert [(text[d.figure.start : d.figure.end], d.period) for d in dated_figures(text)] == found


@pytest.mark.parametrize(
    ("claim", "statement"),
    [
        ("Revenue was 5 million in 2023.", Statement("Revenue was 5 million.")),
        ("Revenue was 5 million in Q1 2023.", Statement("Revenue was 5 million.", ("Ended December 31, 2022",))),
        ("Revenue was 5 million in fiscal 2023.", Statement("Revenue was 5 million in the fourth quarter.")),
        ("Revenue was 5 million in Q1.", Statement("Revenue was 5 million.", ("Q2 2023",), "In the first quarter:")),
        ("Rent was 5 million in June 2025.", Statement("Rent was 5 million.", ("Minutes, 17 March 2025",))),
        ("Revenue was 5 million in Q1.", Statement("Revenue was 5 million in Q1 2024.", ("Report Q2 2024",))),
        ("Revenue was 5 million in Q1 2024.", Statement("Revenue was 5 million in Q1.", ("Report Q2 2024",))),
        ("Revenue was 5 million in 2023.", Statement("Costs were 5 million in 2022.")),
        ("Revenue was 5 million in 2023.", Statement("Revenue was 6 million in 2022.")),
        ("Revenue was 5 million.", Statement("Revenue was 5 million in 2022.")),
    ],
)
def test_what_is_not_certain_is_no_difference(claim: str, statement: Statement) -> None:
    assert find_misdated(claim, [statement]) is None


def test_one_statement_of_the_right_period_is_enough() -> None:
    claim = "Revenue was 5 million in 2023."
    wrong, right = Statement("Revenue was 5 million in 2022."), Statement("Revenue in 2023 was 5 million.")
    assert find_misdated(claim, [wrong]) is not None
    assert find_misdated(claim, [wrong, right]) is None
    assert find_misdated(claim, [right, wrong]) is None


def test_the_year_of_a_quarter_is_taken_from_what_it_stands_under() -> None:
    found = find_misdated(
        "Revenue was 5 million in Q1 2023.",
        [Statement("Revenue in the first quarter was 5 million.", ("Report 2024",))],
    )
    assert found is not None
    assert [str(period) for period in found.said] == ["Q1 2024"]


def test_a_misdated_figure_is_told_in_words_and_by_place() -> None:
    claim = "Revenue was 5 million in 2023."
    judgement = Judgement(Verdict.SUPPORTED, 0.9)
    found = settle_periods(claim, judgement, [Statement("Revenue was 5 million in 2022.")])
    assert found.problem == "5 million is said of 2022, not of 2023"
    assert [claim[slice(*span)] for span in found.unsupported] == ["5 million"]
    assert found.score == pytest.approx(0.18)
    assert settle_periods(claim, judgement, []) == judgement


def test_periods_are_placed_where_they_stand() -> None:
    text = "İ: up in the first quarter of 2025, then on 3 May 2025."
    assert [text[start:end] for start, end, _ in place_periods(text)] == ["first quarter of 2025", "3 May 2025"]
    assert tuple(period for _, _, period in place_periods(text)) == read_periods(text)


NET = passage("Net income rose to $2.1 million from $1.8 million.")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Net income increased from $1.8 million to $2.1 million.", Verdict.SUPPORTED),
        ("Net income increased from $2.1 million to $1.8 million.", Verdict.UNSUPPORTED),
        ("Net income went from $2.1 million to $1.8 million.", Verdict.UNSUPPORTED),
    ],
)
def test_a_figure_goes_the_way_that_its_source_says(claim: str, verdict: Verdict) -> None:
    assert judged(claim, (NET,)).judgement.verdict is verdict


def test_a_sentence_whose_words_and_figures_go_different_ways_is_not_supported() -> None:
    source = passage("In 2023 net income was $2.1 million. In 2024 net income was $1.8 million.")
    cited = judged("Net income rose from $2.1 million to $1.8 million.", (source,))
    assert cited.judgement.problem == "its figures go the other way than its words say"


def test_a_figure_of_another_month_in_the_same_sentence_is_not_supported() -> None:
    source = passage("Inflation was 2.1 percent in March and 1.9 percent in April.")
    assert judged("Inflation was 2.1 percent in March.", (source,)).judgement.verdict is Verdict.SUPPORTED
    wrong = judged("Inflation was 1.9 percent in March.", (source,)).judgement
    assert wrong.problem == "1.9 percent is said of April, not of March"


YEAR_BEFORE = [
    (
        "In 2024 revenue was $5 million.",
        "Revenue was $5 million, compared with $4 million in 2023.",
        "Annual report 2024",
    ),
    ("In Q2 2025 revenue was 5 euros.", "Revenue was 5 euros, up from 4 euros in Q1 2025.", "Q2 2025"),
    ("The rent for 2025 is 900 euros.", "As agreed in 2024, the rent is 900 euros a month.", "Budget 2025"),
    ("The plan had 450 members in 2024.", "The plan, founded in 1998, has 450 members.", "Pension report 2024"),
    ("In 2024, the firm had 45 sites.", "The firm has 2000 employees at 45 sites.", "Annual report 2024"),
]


@pytest.mark.parametrize(("claim", "text", "title"), YEAR_BEFORE)
def test_a_figure_may_be_of_the_year_of_its_report_though_another_is_named(claim: str, text: str, title: str) -> None:
    assert find_misdated(claim, [Statement(text, (title,))]) is None


@pytest.mark.parametrize(("claim", "text"), [(claim, text) for claim, text, _ in YEAR_BEFORE[:4]])
def test_a_figure_that_no_title_dates_otherwise_stays_misdated(claim: str, text: str) -> None:
    assert find_misdated(claim, [Statement(text)]) is not None


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (
            "From 1 March to 30 April, fares on all lines are reduced.",
            "Fares on all lines are reduced from 1 March to 30 April.",
        ),
        ("Charges increase from 30 June to 1 September.", "Charges increase from 30 June to 1 September in all towns."),
        ("Noise is reduced from 22:00 to 6:00.", "Noise is to be reduced from 22:00 to 6:00 in all houses."),
        ("Staff rose to 198 in 2022.", "Staff rose to 198 in 2022. Staff rose to 212 from 198 in 2023."),
    ],
)
def test_times_are_no_rises_and_a_figure_reached_before_is_reached(claim: str, source: str) -> None:
    assert turned(claim, [source[slice(*span)] for span in segment(source)]) == ""


def test_what_a_figure_came_from_is_not_what_it_came_to() -> None:
    source = "Staff numbers rose to 212 from 198 a year before."
    assert turned("Staff numbers rose to 198.", [source]) != ""
    assert turned("Staff numbers rose to 212.", [source]) == ""
    assert judged("Staff numbers rose to 198.", (passage(source),)).judgement.verdict is Verdict.UNSUPPORTED
