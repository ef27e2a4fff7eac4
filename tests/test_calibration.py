"""A collection's own threshold: fitted to the user's questions, kept, used, ignored with a warning when out of date."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.calibration import CALIBRATION_FILE, cutoff_of, read_calibration, remove_calibration, write_calibration
from rag.cli import main
from rag.collection import Collection
from rag.config import Settings
from rag.errors import SampleError, UsageError
from rag.evaluation import read_samples
from rag.evaluation.calibrating import ANSWERABLE_LEAST, calibrate
from rag.types import Answer, Answered
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder

CITIES = ("Berlin", "Paris", "Rome", "Oslo", "Lima", "Cairo", "Delhi", "Quito", "Tunis", "Sofia", "Riga", "Bern")
FOUNDED = "The office in {} was opened in {}."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number, city in enumerate(CITIES):
        text = FOUNDED.format(city, 1990 + number)
        (documents / f"{city}.txt").write_text(f"{text} It has {number + 3} rooms.", encoding="utf-8")
    with Collection.open(settings=Settings(home=tmp_path / ".vouch"), create=True, embedder=HashEmbedder()) as made:
        made.ingest([documents])
    return tmp_path / ".vouch"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [{"question": f"When was the office in {city} opened?"} for city in CITIES]
    rows += [{"question": f"How many rooms has the office in {city}?"} for city in CITIES]
    rows += [
        {"question": f"What is the salary of {name}?", "answerable": False}
        for name in ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn")
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def opened(home: Path, **options: object) -> Collection:
    return Collection.open(settings=Settings(home=home, **options), embedder=HashEmbedder())  # type: ignore[arg-type]


def ask(collection: Collection, question: str) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question) as events:
            async for event in events:
                if isinstance(event, Answered):
                    return event.answer
        raise AssertionError

    return asyncio.run(run())


def folder_of(home: Path) -> Path:
    return home / "collections" / "default"


def command(home: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["calibrate", *words, "--home", str(home)])
    return int(ended.value.code or 0)


@pytest.fixture
def quick_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.collection.workers.load_embedder", lambda settings: HashEmbedder())


def test_fitting_drafts_nothing_and_tells_answerable_questions_from_the_others(home: Path, questions: Path) -> None:
    with opened(home) as collection:
        drafter = ScriptedDrafter("Nothing.")
        vars(collection)["drafter"] = drafter
        fitting = asyncio.run(calibrate(collection, read_samples(questions), refuse_at_most=0.05))
    assert drafter.asked == []
    assert (fitting.calibration.answerable, fitting.calibration.unanswerable) == (24, 6)
    assert fitting.report.auroc is not None
    assert fitting.report.auroc.value > 0.9
    assert fitting.false_refusals <= 0.05
    assert fitting.false_answers is not None
    assert fitting.false_answers < 0.5
    assert "are few" in fitting.notes[0]
    assert read_calibration(folder_of(home)) is None


def test_the_fitted_threshold_is_what_risk_one_half_means_from_then_on(home: Path, questions: Path) -> None:
    with opened(home) as collection:
        question = "When was the office in Rome opened?"
        before = ask(collection, question)
        fitting = asyncio.run(calibrate(collection, read_samples(questions)))
        strict = replace(fitting.calibration, threshold=0.9999)
        write_calibration(folder_of(home), strict)
        after = ask(collection, question)
    assert before.sufficiency is not None
    assert after.sufficiency is not None
    assert (before.abstained, before.sufficiency.calibrated) == (False, False)
    assert (after.abstained, after.sufficiency.calibrated, after.sufficiency.threshold) == (True, True, 0.9999)
    assert before.warnings == after.warnings == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"revision": "sha256:other"}, "another embedder"),
        ({"model": "0"}, "another version of Vouch"),
        ({"reader": "reader/1"}, "another sufficiency model"),
    ],
)
def test_a_threshold_that_belongs_to_something_else_is_ignored_and_said_to_be(
    home: Path, questions: Path, changed: dict[str, str], said: str
) -> None:
    with opened(home) as collection:
        fitting = asyncio.run(calibrate(collection, read_samples(questions)))
        write_calibration(folder_of(home), replace(fitting.calibration, threshold=0.9999, **changed))
        answer = ask(collection, "When was the office in Rome opened?")
    assert answer.sufficiency is not None
    assert not answer.sufficiency.calibrated
    assert not answer.abstained
    assert any(said in warning for warning in answer.warnings)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"threshold": 0.5}', "\ud800".encode("utf-8", "surrogatepass")])
def test_a_damaged_calibration_is_ignored_and_said_to_be(home: Path, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (folder_of(home) / CALIBRATION_FILE).write_bytes(data)
    cutoff = cutoff_of(folder_of(home), HashEmbedder().identity)
    assert cutoff.fitted is None
    assert "damaged" in cutoff.warnings[0]


def test_too_few_answerable_questions_are_refused_before_anything_is_searched(home: Path, questions: Path) -> None:
    samples = [sample for sample in read_samples(questions) if sample.answerable][: ANSWERABLE_LEAST - 1]
    with opened(home) as collection, pytest.raises(SampleError, match="at least 20") as refused:
        asyncio.run(calibrate(collection, samples))
    assert refused.value.remedy


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_out_of_range_is_refused(home: Path, questions: Path, share: float) -> None:
    with opened(home) as collection, pytest.raises(UsageError, match="no share"):
        asyncio.run(calibrate(collection, read_samples(questions), refuse_at_most=share))


@pytest.mark.usefixtures("quick_embedder")
def test_the_command_keeps_shows_and_resets(home: Path, questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(home, str(questions), "--dry-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["stored"] is False
    assert told["report"]["auroc"][0] > 0.9
    assert read_calibration(folder_of(home)) is None
    assert command(home, str(questions), "--refuse-at-most", "0.1") == 0
    shown = capsys.readouterr().out
    assert "AUROC" in shown
    assert "Threshold" in shown
    kept = read_calibration(folder_of(home))
    assert kept is not None
    assert kept.refuse_at_most == 0.1
    assert command(home, "--reset") == 0
    assert read_calibration(folder_of(home)) is None
    assert not remove_calibration(folder_of(home))


@pytest.mark.usefixtures("quick_embedder")
def test_the_command_needs_a_file_or_reset_and_not_both(home: Path, questions: Path) -> None:
    assert command(home) == 2
    assert command(home, str(questions), "--reset") == 2
