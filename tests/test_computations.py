"""Numbers of an answer: in a cited stretch, computed from cited ones with the expression shown, or flagged."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from rag.citations import Cited, cite
from rag.computations import compute
from rag.terms import analyse
from rag.types import DraftSentence, Evidence, Judgement, Passage, ProblemKind, Span, Verdict, VerifierIdentity
from rag.verifiers import BuiltInVerifier
from tests.fakes.passages import passages

SCORES = "The score of the team was 20 in May. The score of the team was 23 in June."
PLANTS = "The plant in Linz employs 120 people. The plant in Graz employs 80 people."
TABLE = "| | 2019 | 2018 | 2017 |\n| --- | --- | --- | --- |\n| Net sales | 44.1 | 56.7 | 70.8 |"


def computed(sentence: str, *pieces: str, question: str = "", context: str = "") -> str | None:
    """Return the expression found for the first number of the sentence that is in none of the pieces."""
    known = [number for piece in pieces for number in analyse(piece).numbers]
    lacking = [n for n in analyse(sentence).numbers if not any(n.agrees(other) for other in known)]
    found = compute(lacking[0], sentence, pieces, question=question, context=context)
    return found.expression if found else None


def cite_text(text: str, shown: Sequence[Passage], *, question: str = "") -> Cited:
    return cite(DraftSentence(text), shown, BuiltInVerifier(), question=question)


def quotes(cited: Cited) -> list[str]:
    return [p.canonical[span.start - p.start : span.end - p.start] for p, span in cited.sources]


@pytest.mark.parametrize(
    ("sentence", "pieces", "expression"),
    [
        ("The score rose by 15%.", [SCORES], "15% = (23 - 20) / 20"),
        ("The score rose by 3.", [SCORES], "3 = 23 - 20"),
        ("The score fell by 13%.", ["It was 23, then 20."], "13% = (23 - 20) / 23"),
        ("The change was -13.04%.", ["It was 23, then 20."], "-13.04% = (20 - 23) / 23"),
        ("Both plants employ 200 people in total.", [PLANTS], "200 = 120 + 80"),
        ("Together they have 60 members.", ["One has 10, one 20, one 30."], "60 = 10 + 20 + 30"),
        ("The average score was 21.5.", [SCORES], "21.5 = (20 + 23) / 2"),
        ("The mean of them is 20.33.", ["They had 10, 19 and 32."], "20.33 = (10 + 19 + 32) / 3"),
        ("That is 60% of the staff.", ["Of 200 people 120 left."], "60% = 120 / 200"),
        ("The other 28% failed.", ["72% passed."], "28% = 100% - 72%"),
        ("That is 3 times as long.", ["The first took 15 minutes, the second 45 minutes."], "3 times = 45 / 15"),
        ("That is $25 per hour.", ["They paid $100 for 4 hours."], "$25 = $100 / 4"),
        ("At 15% of the 240 workers, 36 left.", ["Of 240 workers 15% left."], "36 = 15% × 240"),
        ("They cost $60 altogether.", ["Each of the 5 costs $12."], "$60 = 5 × $12"),
        ("It was found 45 years later.", ["Seen in 1610.", "Found in 1655."], "45 years = 1655 - 1610"),
        ("It closed 12 years later, in 1667.", ["Built in 1655.", "It stood 12 years."], "1667 = 1655 + 12"),
        ("It took 0.75 hours.", ["It took 45 minutes."], "0.75 hours = 45 minutes / 60"),
        ("It weighs 1500 g.", ["It weighs 1.5 kg."], "1500 g = 1.5 kilograms × 1000"),
        ("Sales were $1.5 billion.", ["Sales: $1,496.5 million."], "$1.5 billion = $1,496.5 million, rounded"),
        ("Three tools came out.", ["The tools are Alpha, Beta, and Gamma."], "Three = count of Alpha; Beta; Gamma"),
        ("It fell by $0.2 million.", ["It was $1.2m, now $1.0m."], None),
        ("It fell by $0.25 billion.", ["It was $1.25bn, now $1.0bn."], "$0.25 billion = $1.25bn - $1.0bn"),
    ],
)  # fmt: skip
def test_what_the_words_say_is_computed_from_cited_numbers(
    sentence: str, pieces: list[str], expression: str | None
) -> None:
    assert computed(sentence, *pieces) == expression


@pytest.mark.parametrize(
    ("sentence", "pieces"),
    [
        ("The score was 43.", [SCORES]),  # a sum of which nothing speaks
        ("The score rose by 16%.", [SCORES]),
        ("The score rose by 15%.", ["It fell from 23 to 20."]),
        ("It rose 15% from 23 to 20.", ["It went from 23 to 20."]),
        ("It grew by 3.", ["It went from 23 to 20."]),
        ("The score rose 21% from 20 to 25.", ["It was 20, then 25."]),
        ("Together they have 143 members.", ["There were 120 workers and 23 machines."]),
        ("In total it is 2042.", ["In 2019 there were 23."]),
        ("It scored 7.1 more.", ["Opus 4 and Claude 3.7 played.", "It scored 10.8."]),
        ("It grew by 12%.", ["The figures were 100, 112, 131, 157."]),  # one of too many that would do
        ("In all 10 days passed.", ["On May 4 and on May 6."]),
    ],
)
def test_what_only_chance_or_a_wrong_direction_gives_is_not_computed(sentence: str, pieces: list[str]) -> None:
    assert computed(sentence, *pieces) is None


def test_a_number_of_a_table_in_millions_is_said_in_full() -> None:
    assert computed("Sales were $44.1 million.", "| Sales | 44.1 |", context="| (in millions) |") == (
        "$44.1 million = 44.1 (in millions)"
    )
    assert computed("Sales were $44.1 million.", "| Sales | 44.1 |") is None
    assert computed("Sales fell by $12.6 million.", "| Sales | 44.1 | 56.7 |", context="(in millions)") == (
        "$12.6 million = 56.7 - 44.1 (in millions)"
    )


def test_a_number_in_brackets_in_a_table_is_below_zero() -> None:
    assert computed("The total was 30.", "| Gain | (12) | 42 |") == "30 = (-12) + 42"
    assert computed("The total was 54.", "| Gain | (12) | 42 |") is None


def test_chance_hits_are_rare_among_random_numbers() -> None:
    """Four cited numbers and each kind of words: fewer than two in a hundred random numbers are "computed"."""
    chosen = random.Random(1)
    hits = trials = 0
    for _ in range(300):
        pieces = [f"The figures were {', '.join(str(chosen.randint(100, 9999)) for _ in range(4))}."]
        for words, unit in (
            ("in total", ""), ("more than before", ""), ("on average", ""), ("of all, a share", "%"), ("growth", "%"),
            ("in all, each", ""), ("as a ratio, times", ""),
        ):  # fmt: skip
            low, high = (1, 99) if unit else (100, 20000)
            trials += 1
            hits += computed(f"It was {chosen.randint(low, high)}{unit} {words}.", *pieces) is not None
    assert trials == 2100
    assert hits < 0.02 * trials


def test_a_sentence_whose_only_fault_is_a_computed_number_is_supported_and_shows_how() -> None:
    cited = cite_text("The plants in Linz and Graz employ 200 people in total.", passages(PLANTS, SCORES))
    assert cited.judgement.verdict is Verdict.SUPPORTED
    assert cited.judgement.problem is None
    assert cited.computed == ("200 = 120 + 80",)
    assert "120" in " ".join(quotes(cited))
    assert "80" in " ".join(quotes(cited))


def test_a_number_that_follows_from_nothing_is_flagged() -> None:
    cited = cite_text("The plants in Linz and Graz employ 210 people in total.", passages(PLANTS, SCORES))
    assert cited.judgement.verdict is not Verdict.SUPPORTED
    assert cited.judgement.problem_kind is ProblemKind.NUMBER
    assert "210" in (cited.judgement.problem or "")
    assert not cited.sources
    assert not cited.computed


def test_a_right_sum_does_not_carry_a_wrong_subject() -> None:
    cited = cite_text("The hospitals in Vienna treat 200 patients in total.", passages(PLANTS))
    assert cited.judgement.verdict is not Verdict.SUPPORTED
    assert not cited.computed


def test_the_years_of_a_question_choose_the_columns_of_a_table() -> None:
    question = "What was the change in net sales from 2018 to 2019?"
    assert cite_text("-12.6", passages(TABLE), question=question).computed == ("-12.6 = 44.1 - 56.7",)
    assert cite_text("-26.7", passages(TABLE), question=question).computed == ()
    cited = cite_text("21.2", passages(TABLE), question="By how much did net sales change from 2017 to 2018?")
    assert cited.computed == ()  # it fell, so the change is -14.1
    assert quotes(cite_text("-12.6", passages(TABLE), question=question))[0].startswith("| Net sales")


class TrustingVerifier:
    """Supports everything by the first sentence of the first piece, whatever its numbers."""

    identity = VerifierIdentity("trusting", "1", 0.5)

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        return Judgement(Verdict.SUPPORTED, 0.9, (Evidence(0, 0, evidence[0].index(".") + 1),))


def test_a_number_that_the_verifier_lets_through_is_flagged_all_the_same() -> None:
    sentence = DraftSentence("The score of the team was 77 in May.")
    cited = cite(sentence, passages(SCORES), TrustingVerifier())
    assert cited.judgement.verdict is Verdict.PARTIAL
    assert cited.judgement.score == 0.45
    assert cited.judgement.problem == "number 77 is not in the cited source"
    assert cited.judgement.problem_kind is ProblemKind.NUMBER
    assert cited.judgement.unsupported == (Span(26, 28),)


def test_a_number_of_another_sentence_of_the_passage_brings_that_sentence_as_a_citation() -> None:
    cited = cite(
        DraftSentence("The score of the team was 20 in May and 23 later."), passages(SCORES), TrustingVerifier()
    )
    assert cited.judgement.verdict is Verdict.SUPPORTED
    assert quotes(cited) == ["The score of the team was 20 in May.", "The score of the team was 23 in June."]


def test_what_the_sentence_before_cites_may_be_computed_with_and_is_cited() -> None:
    shown = passages("The plant in Linz employs 120 people.", "The plant in Graz employs 80 people.")
    before = cite_text("The plant in Graz employs 80 people.", shown)
    sentence = DraftSentence("With the plant in Linz it employs 200 people in total.")
    alone = cite(sentence, shown, BuiltInVerifier())
    assert alone.computed == ()
    cited = cite(sentence, shown, BuiltInVerifier(), nearby=before.sources)
    assert cited.computed == ("200 = 120 + 80",)
    assert sorted(p.number for p, _ in cited.sources) == [1, 2]
    gone = cite(sentence, shown[:1], BuiltInVerifier(), nearby=before.sources)
    assert gone.computed == ()


def test_a_verbatim_sentence_is_judged_once_and_left_alone() -> None:
    cited = cite_text("The score of the team was 20 in May.", passages(SCORES))
    assert cited.judgement.score == 1.0
    assert cited.computed == ()
