"""Citations are as good whatever model writes, and however it marks its sources."""

from __future__ import annotations

import pytest

from bench.citing import cut, main, score
from rag.verifiers import BuiltInVerifier
from tests.fakes.citing import MODELS, CitingModel

VERIFIER = BuiltInVerifier()
POINTS = 2.0
WELL_BEHAVED = score(MODELS[0], VERIFIER)


def test_the_well_behaved_model_is_cited_right() -> None:
    assert min(WELL_BEHAVED.precision, WELL_BEHAVED.recall) >= 95.0


@pytest.mark.parametrize("model", MODELS[1:], ids=lambda model: model.name)
def test_a_models_citations_are_within_two_points_of_the_well_behaved_one(model: CitingModel) -> None:
    found = score(model, VERIFIER)
    assert found.precision >= WELL_BEHAVED.precision - POINTS
    assert found.recall >= WELL_BEHAVED.recall - POINTS


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_what_a_model_says_is_left_as_it_is_but_for_its_markers(model: CitingModel) -> None:
    said = [sentence.text for sentence in cut(model) if sentence.text != "Here is what I found:"]
    assert said == [saying.text for saying in model.sayings]


def test_between_near_duplicates_the_marker_decides() -> None:
    silent = next(model for model in MODELS if model.name == "none")
    told_apart = CitingModel("none", silent.reply, silent.passages, silent.sayings, tells=True)
    assert score(told_apart, VERIFIER).recall < WELL_BEHAVED.recall - POINTS, "the gold has nothing to tell apart"


def test_the_bench_prints_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    printed = capsys.readouterr().out
    assert all(f"| {model.name} |" in printed for model in MODELS)
