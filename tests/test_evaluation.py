"""Evaluation: metrics against hand-computed cases, three states, resume, one bad record never ends a run."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag.evaluation.files
from rag.collection import Collection
from rag.config import Settings
from rag.errors import CollectionError, ModelTimeout, SampleError, UsageError
from rag.evaluation import AnswerDetail, Gold, read_results, read_samples, run_file, summarize
from rag.evaluation.details import Quote, Score
from rag.evaluation.files import as_lines, fingerprint
from rag.evaluation.metrics import covered, is_same_place, ndcg, precision, recall_at_k, reciprocal_rank
from rag.evaluation.report import bootstrap_interval
from rag.evaluation.scorers import METRICS
from rag.types import DraftEnd
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder


def scored(sample: str, **scores: Score) -> AnswerDetail:
    return AnswerDetail(sample, kind="x", scores=scores)


A, B, C = Gold("a", 0, 100), Gold("b", 0, 100), Gold("c", 0, 100)


def test_ranking_metrics_equal_the_hand_computed_ones() -> None:
    ranking, gold = [C, A, C, B], [A, B]
    assert recall_at_k(ranking, gold, 1, any_of=False) == 0
    assert recall_at_k(ranking, gold, 3, any_of=False) == 0.5
    assert recall_at_k(ranking, gold, 3, any_of=True) == 1
    assert reciprocal_rank(ranking, gold) == 0.5
    # gains at ranks 2 and 4: 1/log2(3) + 1/log2(5); ideal at 1 and 2: 1 + 1/log2(3)
    assert ndcg(ranking, gold, 10, any_of=False) == pytest.approx((0.63093 + 0.43068) / 1.63093, abs=1e-4)
    assert ndcg(ranking, gold, 10, any_of=True) == pytest.approx(0.63093, abs=1e-4)
    assert precision([A, C, C], gold) == pytest.approx(1 / 3)


def test_repeating_one_place_earns_nothing() -> None:
    assert ndcg([A, A, A], [A, B], 10, any_of=False) == ndcg([A], [A, B], 10, any_of=False)


places = st.builds(
    lambda source, start, length: Gold(source, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 50),
    st.integers(1, 50),
)


@given(st.lists(places, max_size=8), st.lists(places, min_size=1, max_size=4), st.booleans())
def test_metrics_stay_in_the_unit_interval(ranking: list[Gold], gold: list[Gold], any_of: bool) -> None:
    for value in (ndcg(ranking, gold, 10, any_of=any_of), covered(ranking, gold, any_of=any_of)):
        assert 0 <= value <= 1
    assert ndcg(gold[:1], gold[:1], 10, any_of=any_of) == 1


@given(places, places)
def test_being_the_same_place_is_mutual(one: Gold, other: Gold) -> None:
    assert is_same_place(one, other) == is_same_place(other, one)


def test_what_could_not_be_scored_is_counted_and_not_zero() -> None:
    results = [
        scored("1", m=Score(1.0)),
        scored("2", m=Score(None, "no gold")),
        AnswerDetail("3", error="model_timeout"),
    ]
    report = summarize(results)
    assert report.metrics["m"].mean == 1.0
    assert report.metrics["m"].scored == 1
    assert report.metrics["m"].unscored == {"no gold": 1, "not scored": 1}
    assert report.failed == {"model_timeout": 1}
    assert "NaN" not in json.dumps(report.as_json(), allow_nan=False)


def test_the_report_does_not_depend_on_the_order_of_the_results() -> None:
    results = [scored(str(n), m=Score(n / 10)) for n in range(10)]
    report, turned = summarize(results), summarize(results[::-1])
    assert report.metrics == turned.metrics
    assert report.answers == turned.answers[::-1]


def test_the_bootstrap_interval_holds_the_mean_and_narrows_with_more_samples() -> None:
    few, many = [0.0, 1.0] * 10, [0.0, 1.0] * 200
    narrow, wide = bootstrap_interval(many), bootstrap_interval(few)
    assert narrow is not None
    assert wide is not None
    assert wide.low < narrow.low < 0.5 < narrow.high < wide.high
    # Normal approximation for n = 400: 0.5 +- 1.96 * 0.5 / 20
    assert narrow.low == pytest.approx(0.451, abs=0.01)
    assert bootstrap_interval([0.3]) is None
    varied = [n * n / 400 for n in range(20)]
    assert bootstrap_interval(varied) == bootstrap_interval(varied)


def test_bars_are_missed_by_low_means_and_by_metrics_that_could_not_be_scored() -> None:
    report = summarize([replace(scored("1", m=Score(0.5), n=Score(None, "why")), timings_ms={"total": 9.0})])
    assert report.failures({"m": 0.5, "latency_ms": 10}) == []
    assert len(report.failures({"m": 0.51, "n": 0.0, "latency_ms": 8})) == 3
    with pytest.raises(UsageError, match="absent"):
        report.failures({"absent": 1})


def test_a_run_that_failed_altogether_misses_every_bar_and_still_knows_the_metrics() -> None:
    report = summarize([AnswerDetail("1", error="model_timeout")])
    assert report.failures({"mrr": 0.1}) == ["mrr is not scored, the bar is 0.1"]
    with pytest.raises(UsageError, match=r"Known: recall@1, .*latency_ms, scoring_ms\."):
        report.failures({"absent": 1})


def test_without_texts_nothing_of_a_quote_or_an_error_stays() -> None:
    detail = AnswerDetail("1", "SECRET", answer="SECRET", quotes=(Quote(1, "SECRET", 2),))
    bare = detail.without_text()
    assert "SECRET" not in repr(bare)
    assert bare.quotes == (Quote(1, "", 2),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ('{"question": "q", "gold": 3}', "'gold' is 3"),
        ("[]", "not a JSON object"),
        ("{}", "'question' is missing"),
        ('{"question": " "}', "'question' is blank"),
        ('{"question": 3}', "'question' is 3"),
        ('{"question": "q", "answerable": "maybe"}', "'answerable'"),
        ('{"question": "q", "gold": [{"source": "a", "start": 5, "end": 5}]}', "5:5"),
        ('{"question": "q", "gold": ["a"]}', "no JSON object"),
        ('{"question": "q", "id": "first"}', "stands twice"),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(line: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text('{"question": "q", "id": "first"}\n\n' + line, encoding="utf-8")
    with pytest.raises(SampleError) as caught:
        read_samples(file)
    assert f"{file}:3" in str(caught.value)
    assert message in str(caught.value)


ROWS = [
    {"id": "a", "question": "Who runs Acme?", "answerable": True, "gold": [{"source": "a.txt", "start": 1, "end": 3}]},
    {
        "id": "b",
        "question": "Since when?",
        "answerable": False,
        "history": [{"question": "Who?", "answer": "Ann"}],
    },
    {"id": "c", "question": "Dropped", "review": "dropped"},
]


def test_questions_are_the_same_in_jsonl_as_an_array_and_in_csv(tmp_path: Path) -> None:
    names = ["id", "question", "answerable", "gold", "history", "review"]
    table = io.StringIO()
    writer = csv.DictWriter(table, names)
    writer.writeheader()
    writer.writerows(
        {name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()} for row in ROWS
    )
    written = {
        "q.jsonl": "\n".join(json.dumps(row) for row in ROWS),
        "q.json": json.dumps(ROWS, indent=1),
        "q.csv": table.getvalue(),
    }
    read = []
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        read.append(read_samples(tmp_path / name))
    assert read[0] == read[1] == read[2]
    assert [(sample.id, sample.answerable, len(sample.gold), len(sample.history)) for sample in read[0]] == [
        ("a", True, 1, 0),
        ("b", False, 0, 1),
    ]


def test_what_is_null_or_empty_in_a_row_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    row = {"question": "Who?", "id": "", "history": "", "answerable": "", "reference": None}
    file.write_text("\n".join([json.dumps(row)] * 2), encoding="utf-8")
    assert [(sample.history, sample.answerable, sample.reference) for sample in read_samples(file)] == [
        ((), True, "")
    ] * 2


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_file_without_samples_is_an_error(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(content)
    with pytest.raises(SampleError):
        read_samples(file)


MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
SAMPLES = [
    {
        "id": "moons",
        "kind": "number",
        "question": "How many known moons has Saturn?",
        "reference": "Saturn has 274 known moons.",
        "gold": [{"source": "moons.txt", "start": 0, "end": 27}],
    },
    {"id": "price", "kind": "unanswerable", "question": "What does Saturn cost?", "answerable": False},
]


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    file = tmp_path / "samples.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in SAMPLES), encoding="utf-8")
    return file


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    (tmp_path / "moons.txt").write_text(MOONS, encoding="utf-8")
    collection = Collection.open(
        settings=Settings(home=tmp_path / "home", risk=1.0), create=True, embedder=HashEmbedder()
    )
    collection.ingest([tmp_path / "moons.txt"])
    return collection


def test_a_right_cited_answer_and_a_right_abstention_score_one(collection: Collection, samples: Path) -> None:
    drafter = ScriptedDrafter("Saturn has 274 known moons.")
    collection.drafter = drafter
    report, _ = asyncio.run(run_file(collection, samples, limit=1))
    names = (
        *("recall@1", "mrr", "ndcg@10", "context_recall", "context_precision", "faithfulness", "checked"),
        *("citation_recall", "citation_precision", "citation_f1", "span_exactness", "citation_iou"),
        *("gold_citation_recall", "gold_citation_precision"),
        *("correctness_recall", "correctness_precision", "correctness_f1"),
    )
    assert {name: report.metrics[name].mean for name in names} == dict.fromkeys(names, 1.0)
    collection.drafter = ScriptedDrafter(DraftEnd("refused"))
    report, _ = asyncio.run(run_file(collection, samples, resume=False))
    assert report.metrics["abstention_recall"].mean == 1.0
    assert report.metrics["abstention_precision"].mean == 0.5
    assert report.metrics["answer_rate"].mean == 0.0
    assert report.metrics["correctness_f1"].mean == 0.0
    assert report.metrics["citation_precision"].mean is None


def test_every_metric_has_its_name_beforehand(collection: Collection, samples: Path) -> None:
    report, _ = asyncio.run(run_file(collection, samples))
    assert set(report.metrics) == set(METRICS)
    assert len(set(METRICS)) == len(METRICS)


def test_a_row_may_hold_characters_that_other_formats_break_lines_at(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    rows = [{"question": f"one{mark}two", "kind": mark} for mark in "\u2028\u2029\x85"]
    file.write_text("\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8", newline="")
    assert [sample.question for sample in read_samples(file)] == [row["question"] for row in rows]


def test_results_hold_characters_that_other_formats_break_lines_at(collection: Collection, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    rows = [{"id": f"{number}\u2028", "question": "How many moons?", "kind": "a\u2028b"} for number in range(3)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.")
    _, results = asyncio.run(run_file(collection, file))
    again = ScriptedDrafter()
    collection.drafter = again
    asyncio.run(run_file(collection, file))
    assert set(read_results(results)) == {row["id"] for row in rows}
    assert again.asked == []


CHANGES = [
    {"strict": True},
    {"top_k": 3},
    {"risk": 0.9},
    {"answer_max_tokens": 7},
    {"precision": "f32"},
    {"device": "cpu"},
    {"api_base": "http://127.0.0.1:1"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_changed_setting_begins_anew(change: dict[str, object], collection: Collection, samples: Path) -> None:
    before = fingerprint(samples, collection)
    assert fingerprint(samples, collection) == before
    collection.settings = Settings(**({"home": collection.settings.home, "risk": 1.0} | change))  # type: ignore[arg-type]
    assert fingerprint(samples, collection) != before


def test_another_revision_of_the_embedder_begins_anew(collection: Collection, samples: Path) -> None:
    before = fingerprint(samples, collection)
    embedder = HashEmbedder()
    embedder.identity = replace(embedder.identity, revision="another")
    collection.embedder = embedder
    assert fingerprint(samples, collection) != before


def test_another_version_or_any_change_of_the_code_begins_anew(
    collection: Collection, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code"
    (code / "retrieval").mkdir(parents=True)
    fusion = code / "retrieval/fusion.py"
    fusion.write_text("RANK_CONSTANT = 60\n", encoding="utf-8")
    seen = {fingerprint(samples, collection)}
    monkeypatch.setattr(rag.evaluation.files, "PACKAGE_FOLDER", code)
    seen.add(fingerprint(samples, collection))
    fusion.write_text("RANK_CONSTANT = 61\n", encoding="utf-8")
    seen.add(fingerprint(samples, collection))
    fusion.rename(code / "fusion.py")
    seen.add(fingerprint(samples, collection))
    monkeypatch.setattr(rag.evaluation.files, "installed_version", lambda: "99")
    seen.add(fingerprint(samples, collection))
    assert len(seen) == 5


def test_results_hold_nothing_that_a_document_says(collection: Collection, samples: Path) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.")
    _, results = asyncio.run(run_file(collection, samples))
    assert "274" not in results.read_text(encoding="utf-8")
    assert stat.S_IMODE(results.stat().st_mode) == 0o600


def test_going_on_never_leaves_the_results_half_written(
    collection: Collection, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.")
    _, results = asyncio.run(run_file(collection, samples))
    before = results.read_bytes()

    def crash(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", crash)
    monkeypatch.setattr("os.fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(run_file(collection, samples))
    assert results.read_bytes() == before


def test_results_that_cannot_be_written_end_the_run_with_our_error(
    collection: Collection, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.evaluation.files, "write_atomically", lambda path, data: path.mkdir())
    with pytest.raises(CollectionError, match="cannot be used"):
        asyncio.run(run_file(collection, samples))


def test_a_result_cut_off_within_a_character_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    whole = as_lines([replace(scored("1", m=Score(1.0)), kind="ü"), AnswerDetail("ü")])
    file.write_bytes(whole[0] + whole[1][: whole[1].index("ü".encode()) + 1])
    assert list(read_results(file)) == ["1"]
    file.write_bytes(b"\xff\n" + whole[0])
    with pytest.raises(SampleError, match=r"results\.jsonl:1"):
        read_results(file)
    file.write_bytes(b"")
    assert read_results(file) == {}


def test_a_wrong_answer_scores_low(collection: Collection, samples: Path) -> None:
    collection.drafter = ScriptedDrafter("Titan is the largest moon of Saturn.")
    report, _ = asyncio.run(run_file(collection, samples, limit=1))
    assert report.metrics["gold_citation_precision"].mean == 0.0
    assert report.metrics["correctness_recall"].mean == 0.0


def test_a_failing_sample_does_not_end_the_run_and_is_tried_again(collection: Collection, samples: Path) -> None:
    collection.drafter = ScriptedDrafter(ModelTimeout("too slow"))
    report, _ = asyncio.run(run_file(collection, samples))
    assert report.samples == 2
    assert report.failed == {"model_timeout": 2}
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.")
    report, _ = asyncio.run(run_file(collection, samples))
    assert report.failed == {}


def test_a_second_run_goes_on_where_the_first_stopped(collection: Collection, samples: Path) -> None:
    collection.drafter = ScriptedDrafter("Saturn has 274 known moons.")
    _, results = asyncio.run(run_file(collection, samples, limit=1))
    with results.open("a", encoding="utf-8") as file:
        file.write('{"sample_id": "pri')  # cut off by a crash
    again = ScriptedDrafter("Saturn has 274 known moons.")
    collection.drafter = again
    first, _ = asyncio.run(run_file(collection, samples))
    assert [question for question, _ in again.asked] == ["What does Saturn cost?"]
    second, _ = asyncio.run(run_file(collection, samples))
    assert replace(first, answers_per_minute=None) == second
    assert len(again.asked) == 1
    assert len(results.read_text(encoding="utf-8").splitlines()) == 2


def test_evaluating_leaves_no_trace_among_the_answers(collection: Collection, samples: Path) -> None:
    asyncio.run(run_file(collection, samples))
    assert collection.archive.answers() == []
