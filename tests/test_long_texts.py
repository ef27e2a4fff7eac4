"""What is judged and asked may be long and of any make: the time grows with its length, not with its square."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.checking import without_markers
from rag.drafting.tables import label_of_figures
from rag.followups import rewrite
from rag.retrieval.mentions import read_mention
from rag.sufficiency import find_false_premise
from rag.terms import analyse, is_no_claim, without_references
from rag.terms.comparing import read_comparison
from rag.terms.contrasts import clauses
from rag.types import Turn
from rag.verifiers.support import weigh
from tests.fakes.passages import passages
from tests.fakes.timing import cpu_time_limit

SEEDS = [" ", "\n", " .", "( ", ", ", "bigger ", "no ", "no but ", "not word ", "12 ", "1 a ", "不是", "word ", "[1 ",
         "only ", "all of ", "and he ", "here is ", "passage ", "The cat sat on the mat and "]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_sentence_is_judged_in_linear_time(seed: str) -> None:
    long = seed * (16_000 // len(seed))
    with cpu_time_limit(4.0):
        weigh(f"The cat {long} sat here.", f"The dog {long} sat there.")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("read", [analyse, without_markers, without_references, is_no_claim, clauses])
def test_a_long_text_is_taken_apart_in_linear_time(read: Callable[[str], object], seed: str) -> None:
    with cpu_time_limit(4.0):
        read(f"The cat {seed * (60_000 // len(seed))} sat here.")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_question_is_read_in_linear_time(seed: str) -> None:
    question = f"Why did Acme in the latest {seed * (3_900 // len(seed))} Q3 2022 report buy 12 Bolts?"
    with cpu_time_limit(4.0):
        find_false_premise(question, passages("Acme was founded in Graz and it had 12 people."))
        read_mention(question)
        rewrite(f"And {question}", [Turn(question, question)])
        rewrite(f"What about the {seed * (3_900 // len(seed))} Bergen lease, and York?", [Turn(question, question)])
        read_comparison(f"What is rent {' of a and b' * 350}, {seed * (200 // len(seed))}?")


@pytest.mark.parametrize("figure", ["5% ", "(3) ", "$ 7 ", "12 – ", "1,2. "])
def test_a_long_line_of_figures_is_read_in_linear_time(figure: str) -> None:
    with cpu_time_limit(4.0):
        label_of_figures(f"Share of sales by month {figure * 5_000} of all sales.")


def test_a_marker_goes_with_the_white_space_before_it_and_no_other() -> None:
    assert without_markers("a  [1]  b\n [2, 3].[4] c").text == "a  b. c"
