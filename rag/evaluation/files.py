"""A file of questions -> a report; each result is written as it comes, and a run goes on where the last one stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rag.collection import Collection
from rag.errors import SampleError
from rag.evaluation.report import Report, summarize
from rag.evaluation.running import Result, run
from rag.evaluation.samples import read_samples
from rag.evaluation.scorers import Score

EVALUATIONS_FOLDER = "evaluations"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an evaluation is."""

    done: int
    total: int


async def run_file(
    collection: Collection,
    path: Path,
    *,
    limit: int | None = None,
    resume: bool = True,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Report, Path]:
    """Evaluate a collection on a file of questions; return the report and the file that holds each result.

    Results are kept by what they depend on (questions, documents, model, verifier, settings), so that changing any of
    them begins anew.

    Raises:
        SampleError: The file has a bad row, or the earlier results are damaged.
        CollectionError: The collection cannot be used.
    """
    samples = read_samples(path)[:limit]
    setup = describe_setup(collection)
    results_path = collection.settings.home / EVALUATIONS_FOLDER / f"{path.stem}-{fingerprint(path, setup)}.jsonl"
    wanted = {sample.id for sample in samples}
    done = read_results(results_path) if resume else {}
    # Written anew, so that a line cut off by a crash is not continued.
    write_results(results_path, done.values(), "w")
    done = {sample_id: result for sample_id, result in done.items() if sample_id in wanted}
    finished = len(done)
    on_progress(Progress(finished, len(samples)))

    def record(result: Result) -> None:
        nonlocal finished
        finished += 1
        write_results(results_path, [result], "a")
        on_progress(Progress(finished, len(samples)))

    results = await run(collection, samples, done=done, record=record)
    return summarize(results, setup), results_path


def fingerprint(path: Path, setup: Mapping[str, str | int | float]) -> str:
    """Return what results depend on, as a short hash: the samples' file and what answers them."""
    content = path.read_bytes() + json.dumps(sorted(setup.items())).encode()
    return hashlib.sha256(content).hexdigest()[:12]


def describe_setup(collection: Collection) -> dict[str, str | int | float]:
    """Return what a run depends on besides its samples."""
    verifier = collection.verifier.identity
    return {
        "collection": collection.name,
        "generation": collection.store.generation(),
        "model": collection.drafter.name,
        "embedder": collection.embedder.identity.name,
        "verifier": f"{verifier.name}/{verifier.version}",
        "top_k": collection.settings.top_k,
        "risk": collection.settings.risk,
    }


def write_results(path: Path, results: Iterable[Result], mode: Literal["w", "a"]) -> None:
    """Write results to a file, one JSON object a line, anew or at its end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(result), ensure_ascii=False) + "\n" for result in results)


def read_results(path: Path) -> dict[str, Result]:
    """Return the results of a file by sample; empty where there is no file. A line cut off at the end is left out.

    Raises:
        SampleError: A line in the middle is not a result.
    """
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    results: dict[str, Result] = {}
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            scores = {name: Score(**score) for name, score in row.pop("scores").items()}
            result = Result(scores=scores, **row)
        except (ValueError, TypeError, KeyError):
            if number == len(lines):
                break
            raise SampleError(
                f"{path}:{number} is not a result.", remedy="Remove the file, or run with --no-resume."
            ) from None
        if result.error is None:
            results[result.sample_id] = result
    return results
