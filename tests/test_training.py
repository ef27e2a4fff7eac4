"""How the fitted parts are made: edits mark what they break, splits never move, trees come out as they went in."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from rag.errors import EmbedderError
from rag.verifiers.combination import Combination, load_combination
from rag.verifiers.features import RISING, Features
from training import edits
from training.combination import Row, fit
from training.edits import Edited, Sources, falsify, say_otherwise
from training.sets import edited_spans
from training.split import is_combining, is_test
from training.wordnet import base_forms, inflect

TEXT = "In 1843, Charles Babbage and the Earl of Lovelace visited London, where the engine (built by hand) was shown."


class Words:
    """A dictionary of two words."""

    senses = {"noun": {"engine": [1]}, "verb": {"show": [2]}, "adj": {}, "adv": {}}  # noqa: RUF012

    def synonyms(self, word: str, part: str) -> list[str]:
        return {"engine": ["machine"]}.get(word, [])

    def antonyms(self, word: str, part: str) -> list[str]:
        return {"show": ["hide"]}.get(word, [])

    def siblings(self, word: str, part: str) -> list[str]:
        return {"engine": ["turbine"]}.get(word, [])


def sources(seed: int) -> Sources:
    return Sources(random.Random(seed), Words(), ["Ada King"], ["Tom Brady"], ["1999"], ["the firm was sold"])  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(60))
def test_a_false_sentence_has_its_false_part_marked_and_nothing_else(seed: int) -> None:
    edited = falsify(TEXT, sources(seed))
    assert edited is not None
    assert edited.text.lower() != TEXT.lower()
    assert edited.wrong
    for span in edited.wrong:
        assert 0 <= span.start < span.end <= len(edited.text)
        assert edited.text[span.start : span.end].strip()
    outside = "".join(c for i, c in enumerate(edited.text) if not any(s.start <= i < s.end for s in edited.wrong))
    assert "turbine" not in outside
    assert "Brady" not in outside
    assert "sold" not in outside


@pytest.mark.parametrize("seed", range(30))
def test_saying_otherwise_marks_nothing(seed: int) -> None:
    edited = say_otherwise(TEXT, sources(seed))
    assert edited.wrong == ()
    assert "turbine" not in edited.text
    assert " not " not in edited.text


def test_marks_move_with_the_text_around_them() -> None:
    edited = Edited("a b c").replaced(4, 5, "XX", false=True).replaced(0, 1, "long", false=False)
    assert edited.text == "long b XX"
    assert [edited.text[span.start : span.end] for span in edited.wrong] == ["XX"]


def test_what_was_left_out_is_marked_at_the_word_that_follows() -> None:
    edited = Edited("It is not late.").replaced(6, 10, "", false=True)
    assert edited.text == "It is late."
    assert [edited.text[span.start : span.end] for span in edited.wrong] == ["late."]


def test_edits_of_every_kind_apply_somewhere() -> None:
    text = "In May, two of the 300 lamps may be shown to Ann Lee and Bob Ray before noon (as usual), and all is well."
    for edit, _ in (*edits.BREAKING, *edits.KEEPING):
        results = [edit(Edited(text), sources(seed)) for seed in range(8)]
        if edit not in (edits.use_synonym, edits.change_noun, edits.change_verb, edits.oppose, edits.move_opening):
            assert any(result and result.text != text for result in results), edit.__name__


def test_an_edited_summary_is_compared_with_its_nearest_original() -> None:
    spans = edited_spans("Ann sold the red car.", ["Bob went home.", "Ann bought the red car."])
    assert spans is not None
    assert ["Ann sold the red car."[span.start : span.end] for span in spans] == ["sold"]
    assert edited_spans("Ann sold it.", []) is None


def test_words_are_inflected_like_the_ones_they_replace() -> None:
    assert ("visit", "ed") in base_forms("visited")
    assert [inflect("carry", "s"), inflect("make", "ing"), inflect("bake", "ed")] == ["carries", "making", "baked"]


def test_the_split_is_what_it_was_when_the_models_were_fitted() -> None:
    names = [f"{number}" for number in range(2000)]
    assert sum(is_test("ragtruth", name) for name in names) == 480
    assert not any(is_test("ragtruth", name) and is_combining("ragtruth", name) for name in names)
    assert [number for number in range(24) if is_test("ragtruth", str(number))] == [8, 10, 11, 13, 17]


def test_a_fit_separates_what_can_be_and_never_weighs_a_feature_against_its_meaning() -> None:
    draw = np.random.default_rng(1)
    table = draw.random((900, len(Features._fields)))
    # The last feature speaks against its meaning here, as it may by chance in real rows.
    supported = table[:, 0] + table[:, 2] - table[:, 5] + table[:, 8] + 0.3 * draw.random(900) > 1.2
    rows = [
        Row("ragtruth", str(i // 3), Features(*map(float, row)), bool(label))
        for i, (row, label) in enumerate(zip(table, supported, strict=True))
    ]
    combination = Combination(**fit(rows))
    scores = np.array([combination.score(row.features) for row in rows])
    assert scores[supported].mean() > scores[~supported].mean() + 0.2
    assert all(combination.weights[name] >= 0 for name in RISING)
    assert all(combination.weights[name] <= 0 for name in set(Features._fields) - RISING)


def test_the_shipped_combination_takes_the_features_that_are_computed() -> None:
    shipped = load_combination()
    assert set(shipped.weights) == set(Features._fields)
    assert 0.0 < shipped.partial < shipped.threshold < 1.0
    least = Features(**{name: 0.0 if name in RISING else 1.0 for name in Features._fields})
    most = Features(**{name: 1.0 if name in RISING else 0.0 for name in Features._fields})
    assert shipped.score(least) < shipped.threshold < shipped.score(most)


def test_a_damaged_combination_is_our_error(tmp_path: Path) -> None:
    for text in ("", "[]", '{"version": "2"}', '{"version":"2","intercept":0,"weights":{},"threshold":1,"partial":0}'):
        (tmp_path / "damaged.json").write_text(text)
        load_combination.cache_clear()
        with pytest.raises(EmbedderError, match="cannot be used"):
            load_combination(tmp_path / "damaged.json")
