"""The quality bench: its statistics against values computed by hand, its readers, and its tables on a made-up set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.__main__ import main
from bench.quality import scorers, tables
from bench.quality.measures import of_answers, of_sentences, sentence_f1, span_f1
from bench.quality.scorers import ByVerifier, EmbeddingSimilarity, Scored, WordOverlap, score_all
from bench.quality.sets import PASSAGE_CHARACTERS, Claim, cut, key_of, load
from bench.quality.statistics import (
    Spans,
    auroc,
    balanced_accuracy,
    best_threshold,
    calibration_error,
    cross_fitted,
    f1_at_prevalence,
    f1_of_sets,
    f1_of_spans,
    interval,
    macro_f1,
    reliability,
)
from rag.types import Evidence, Judgement, Span, Verdict, VerifierIdentity
from tests.fakes.embedder import HashEmbedder


def array(*values: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(values, float)


LABELS = array(1, 1, 1, 0, 0)


def test_auroc_counts_pairs_and_ties_by_half() -> None:
    assert auroc(LABELS, array(0.9, 0.8, 0.2, 0.5, 0.2)) == pytest.approx((2 + 2 + 0.5) / 6)
    assert auroc(LABELS, array(1, 1, 1, 1, 1)) == 0.5
    assert np.isnan(auroc(array(1, 1), array(0.1, 0.2)))


def test_balanced_accuracy_and_macro_f1_weigh_both_classes_alike() -> None:
    assert balanced_accuracy(LABELS, array(1, 1, 0, 0, 1)) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert balanced_accuracy(LABELS, array(1, 1, 1, 1, 1)) == 0.5
    assert np.isnan(balanced_accuracy(array(0, 0), array(1, 0)))
    assert macro_f1(LABELS, array(1, 1, 0, 0, 1)) == pytest.approx((2 * 2 / 6 + 2 * 1 / 4) / 2)


def test_f1_is_re_weighted_to_another_share_of_hallucinated_ones() -> None:
    # Of the hallucinated half is called so, of the supported a third: at 20 %, 0.1 found, 0.2667 false alarms.
    value = f1_at_prevalence(LABELS, array(1, 1, 0, 0, 1), 0.2)
    precision, recall = 0.1 / (0.1 + 0.8 / 3), 0.5
    assert value == pytest.approx(2 * precision * recall / (precision + recall))
    assert f1_at_prevalence(LABELS, array(0, 0, 0, 0, 0), 0.2) == pytest.approx(2 * 0.2 / 1.2)
    assert f1_at_prevalence(LABELS, array(1, 1, 1, 1, 1), 0.2) == 0


def test_spans_and_sets_of_sentences_have_their_f1() -> None:
    assert f1_of_spans([Spans(10, 20, 5), Spans(0, 10, 0), Spans(10, 0, 0)]) == pytest.approx(10 / 50)
    assert np.isnan(f1_of_spans([]))
    assert f1_of_sets([1, 2], [[5], [2, 3, 4]]) == pytest.approx(2 / 5)
    assert f1_of_sets([], [[1]]) == 0


def test_a_threshold_is_fitted_on_the_other_half_only() -> None:
    labels, scores = array(1, 0, 1, 0), array(0.9, 0.8, 0.3, 0.2)
    assert 0.2 < best_threshold(labels[2:], scores[2:], balanced_accuracy) < 0.3
    first = np.array([True, True, False, False])
    # By the other half's threshold all of the first half is "supported", and nothing of the second.
    assert cross_fitted(labels, scores, first, balanced_accuracy).tolist() == [1, 1, 0, 0]
    assert best_threshold(array(1, 1, 0), array(0.1, 0.2, 0.05), balanced_accuracy) < 0.1


def test_an_interval_draws_whole_documents_and_is_the_same_each_time() -> None:
    labels = array(*[1, 0] * 40)
    values = array(*[1, 0] * 20, *[0, 1] * 20)
    alike = ["a"] * 40 + ["b"] * 40
    assert interval(balanced_accuracy, labels, values, alike) == (0, 1), "two documents: all right or all wrong"
    apart = [str(number // 2) for number in range(80)]
    low, high = interval(balanced_accuracy, labels, values, apart)
    assert 0.3 < low < 0.5 < high < 0.7
    assert interval(balanced_accuracy, labels, values, apart) == (low, high)


def test_reliability_bins_hold_every_score_once() -> None:
    bins = reliability(array(1, 0, 1, 1), array(0.05, 0.09, 0.95, 1.0))
    assert [(each.low, each.claims, each.supported) for each in bins] == [(0.0, 2, 0.5), (0.9, 2, 1.0)]
    assert calibration_error(bins) == pytest.approx(0.5 * 0.43 + 0.5 * 0.025)


# Claims and scores


def claim(text: str, supported: bool, answer: str = "a", **more: object) -> Claim:
    return Claim("ragtruth", "1", text, ("Evidence.",), supported, answer, **more)  # type: ignore[arg-type]


def test_an_answer_is_as_good_as_its_weakest_sentence() -> None:
    claims = [claim("x", True), claim("y", False), claim("z", True, "b"), claim("w", True, "c")]
    scored = [Scored(0.9, True), Scored(0.2, False), Scored(0.7, True), Scored(None)]
    sample = of_answers(claims, scored)
    assert (sample.labels.tolist(), sample.scores.tolist(), sample.unscored) == ([0, 1], [0.2, 0.7], 1)
    assert sample.own is not None
    assert sample.own.tolist() == [0, 1]
    assert of_answers(claims, scored, share=True).scores.tolist() == [0.5, 1]
    assert of_sentences(claims, scored).unscored == 1


def test_marked_parts_count_by_characters_and_a_whole_sentence_where_none_is_marked() -> None:
    claims = [claim("0123456789", False, hallucinated=(Span(2, 6),)), claim("0123456789", True)]
    parts = [Scored(0.1, False, ((4, 8),)), Scored(0.9, True)]
    assert span_f1(claims, parts) == pytest.approx(2 * 2 / (4 + 4))
    assert span_f1(claims, [Scored(0.1, False), Scored(0.9, True)]) == pytest.approx(2 * 4 / (4 + 10))


def test_supporting_sentences_are_compared_where_people_named_some() -> None:
    claims = [claim("x", True, supporting=((1, 2),)), claim("y", False)]
    assert sentence_f1(claims, [Scored(1, True, (), (1,)), Scored(1, True, (), (7,))]) == pytest.approx(2 / 3)


class Fixed:
    """Finds the second piece of evidence, every time."""

    identity = VerifierIdentity("fixed", "1", 0.5)

    def __init__(self, verdict: Verdict = Verdict.UNSUPPORTED) -> None:
        self.verdict, self.asked = verdict, 0

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        self.asked += 1
        score = None if self.verdict in (Verdict.NOT_A_CLAIM, Verdict.NOT_CHECKED) else 0.3
        return Judgement(self.verdict, score, (Evidence(1, 0, 4),), unsupported=(Span(0, 2),))


def test_a_verifier_names_the_sentences_that_its_evidence_touches() -> None:
    places = ((0, Span(0, 4)), (1, Span(0, 3)), (1, Span(4, 9)))
    one = Claim("wice", "1", "x", ("a", "b"), True, sentences=("a", "b", "c"), places=places)
    assert ByVerifier("fixed", Fixed()).score(one) == Scored(0.3, False, ((0, 2),), (1,))


def test_no_claim_is_nothing_to_warn_of_and_not_checked_is_not_scored() -> None:
    assert ByVerifier("fixed", Fixed(Verdict.NOT_A_CLAIM)).score(claim("x", True)).score == 1.0
    assert ByVerifier("fixed", Fixed(Verdict.NOT_CHECKED)).score(claim("x", True)).score is None


def test_scores_are_remembered_until_claims_or_code_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = Fixed()
    scorer = ByVerifier("fixed", verifier)
    first = score_all(scorer, [claim("x", True)], tmp_path)
    assert score_all(scorer, [claim("x", True)], tmp_path) == first
    assert verifier.asked == 1
    score_all(scorer, [claim("y", True)], tmp_path)
    assert verifier.asked == 2
    monkeypatch.setattr(scorers, "code_hash", lambda: "another")
    score_all(scorer, [claim("x", True)], tmp_path)
    assert verifier.asked == 3


def test_the_baselines_are_what_they_are_called() -> None:
    one = Claim("x", "1", "Saturn has many moons", ("Saturn is big. Mars has moons.",), True)
    assert WordOverlap().score(one).score == pytest.approx(2 / 2)
    assert WordOverlap().score(Claim("x", "1", "Saturn, rings", ("Saturn is big.",), True)).score == 0.5
    similarity = EmbeddingSimilarity()
    similarity.embedder = HashEmbedder()
    assert similarity.score(Claim("x", "1", "Mars has moons", ("Saturn is big. Mars has moons.",), True)).score == (
        pytest.approx(1)
    )
    assert similarity.score(Claim("x", "1", "Mars", (), True)).score == 0


# Readers and tables


def test_long_evidence_is_cut_at_sentences_and_nothing_is_left_out() -> None:
    text = " ".join(f"The harbour number {number} of Lisbon was rebuilt of grey stone." for number in range(200))
    pieces = cut(text)
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= PASSAGE_CHARACTERS + 60
    assert " ".join(pieces).split() == text.split()
    assert cut("Short.") == ("Short.",)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of made-up sets in the formats of the public ones."""
    answers = []
    for number in range(40):
        good, bad = f"Saturn has {number + 3} moons.", "Its rings are of cheese."
        marked = number % 2 == 0
        response = f"{good} {bad}" if marked else good
        spans = [{"start": len(good) + 1, "end": len(response), "type": "x"}] if marked else []
        answers.append(
            {"id": f"{number}:m", "source_id": str(number), "task": "QA", "model": "m", "question": "?",
             "context": f"passage 1:{good}\n\npassage 2:The rings are of ice.", "response": response,
             "hallucinated": marked, "hallucinated_spans": spans, "quality": "good"}
        )  # fmt: skip
    answers.append(answers[4] | {"id": "refused", "quality": "incorrect_refusal"})
    write(tmp_path / "data/answers/ragtruth/answers.jsonl", answers)
    for name, parts in (("summedits", ("news", "samsum")), ("attributionbench", ("LFQA", "ExpertQA"))):
        claims = [
            {"id": str(n), "set": f"{name}/{parts[n % 2]}",
             "claim": f"The bridge {n // 4} is {'old' if n % 3 else 'new'}.",
             "evidence": [f"The bridge {n // 4} is old."], "label": "supported" if n % 3 else "unsupported"}
            for n in range(80)
        ]  # fmt: skip
        write(tmp_path / f"data/support/{name}/claims.jsonl", claims)
    page = ["Bridges are long.", "The bridge 5 is old.", "Rivers are wet."]
    wice = [
        {"id": str(n), "set": "wice", "claim": "The bridge 5 is old.", "evidence": [*page, str(n)],
         "label": "supported" if n % 2 else "partial", "supporting_sentences": [[1]] if n % 2 else []}
        for n in range(12)
    ]  # fmt: skip
    write(tmp_path / "data/support/wice/claims.jsonl", wice)
    return tmp_path / "data"


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def test_only_held_out_documents_of_sets_that_were_fitted_on_are_read(data: Path) -> None:
    asked: set[tuple[str, str]] = set()

    def held_out(name: str, source_id: str) -> bool:
        asked.add((name, source_id))
        return source_id in ("4", "5") or source_id == key_of("The bridge 7 is old.")

    found = load(data, held_out)
    assert {one.source_id for one in found["ragtruth"]} == {"4", "5"}
    assert [one.supported for one in found["ragtruth"]] == [True, False, True]
    assert {one.evidence for one in found["summedits"]} == {("The bridge 7 is old.",)}
    assert len(found["attributionbench"]) == 80
    assert len(found["wice"]) == 12
    assert {name for name, _ in asked} == {"ragtruth", "summedits/news", "summedits/samsum"}
    first = found["ragtruth"][1]
    assert first.evidence == ("Saturn has 7 moons.", "The rings are of ice.")
    assert [first.text[slice(*span)] for span in first.hallucinated] == ["Its rings are of cheese."]
    supported = found["wice"][1]
    piece, span = supported.places[1]
    assert supported.evidence[piece][slice(*span)] == "The bridge 5 is old."


def test_the_tables_are_printed_for_the_folder_that_an_option_names(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_DATA", "elsewhere")
    monkeypatch.setattr("sys.argv", ["bench", "quality", "--data", str(data)])
    monkeypatch.setattr(EmbeddingSimilarity, "embedder", HashEmbedder())
    monkeypatch.setattr(score_all, "__defaults__", (tmp_path / "results",))
    main()
    out = capsys.readouterr().out
    for title in (
        "RAGTruth QA: whole answers",
        "RAGTruth QA: sentences and spans",
        "Labelled claims",
        "summedits by part",
        "Agreement with people",
        "Reliability",
        "Speed: a sentence against 8 passages",
    ):
        assert f"### {title}" in out
    assert "| summedits (in-domain), mean of domains | word overlap |" in out
    assert "| wice (unseen) | built-in | 12 |" in out
    assert "RAGAS faithfulness 35.7" in out
    assert "nan" not in out
    assert list((tmp_path / "results").iterdir())


def test_a_folder_without_sets_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match="--data DIR"):
        tables.report()
