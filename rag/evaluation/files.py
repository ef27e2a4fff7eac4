"""A file of questions -> a report; each result is written as it comes, and a run goes on where the last one stopped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rag.collection import Collection
from rag.durable import make_folder, storage_error, write_atomically
from rag.errors import SampleError
from rag.evaluation.details import AnswerDetail
from rag.evaluation.report import Report, summarize
from rag.evaluation.running import run
from rag.evaluation.samples import read_samples
from rag.evaluation.scorers import METRICS_VERSION, withdraw_citation_scores
from rag.protocols import Verifier
from rag.snapshots import content_key

RESULT: TypeAdapter[AnswerDetail] = TypeAdapter(AnswerDetail)

EVALUATIONS_FOLDER = "evaluations"

PACKAGE = "vouch-rag"
PACKAGE_FOLDER = Path(__file__).parents[1]

SETTINGS_WITHOUT_EFFECT = frozenset({"home", "host", "port", "api_key"})
"""Settings that no result depends on; a new setting is taken to have an effect."""


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
    texts: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Report, Path]:
    """Evaluate a collection on a file of questions; return the report and the file that holds each result.

    Results are kept by what they depend on (questions, documents, models, settings, Vouch's own code), so that
    changing any of them begins anew. They hold scores and no text, so that nothing of a document outlives its deletion
    in them; with `texts` every question is therefore asked anew, and the report's answers hold what was said.

    Raises:
        SampleError: The file has a bad row, or the earlier results are damaged.
        CollectionError: The collection cannot be used, or the results cannot be written.
    """
    samples = read_samples(path)[:limit]
    setup = describe_setup(collection) | describe_file(path, "questions")
    start = time.perf_counter()
    results_path = collection.settings.home / EVALUATIONS_FOLDER / f"{path.stem}-{fingerprint(path, collection)}.jsonl"
    wanted = {sample.id for sample in samples}
    done = read_results(results_path) if resume else {}
    make_folder(results_path.parent)
    # Written anew, so that a line cut off by a crash is not continued.
    write_atomically(results_path, b"".join(as_lines(done.values())))
    done = {} if texts else {sample_id: result for sample_id, result in done.items() if sample_id in wanted}
    known = finished = len(done)
    on_progress(Progress(finished, len(samples)))

    def record(result: AnswerDetail) -> None:
        nonlocal finished
        finished += 1
        append(results_path, result)
        on_progress(Progress(finished, len(samples)))

    results = withdraw_citation_scores(await run(collection, samples, done=done, record=record))
    answers = results if texts else [result.without_text() for result in results]
    speed = pace(len(samples) - known, time.perf_counter() - start)
    return summarize(answers, setup, answers_per_minute=speed), results_path


def pace(answers: int, seconds: float) -> float | None:
    """Return answers a minute; None where there were none."""
    return 60 * answers / seconds if answers and seconds > 0 else None


def fingerprint(path: Path, collection: Collection) -> str:
    """Return what results depend on, as a short hash: the samples' file, and all that answers and scores them."""
    settings = collection.settings.model_dump(mode="json", exclude=set(SETTINGS_WITHOUT_EFFECT))
    depends_on = {
        "samples": hashlib.sha256(path.read_bytes()).hexdigest(),
        "setup": describe_setup(collection),
        "settings": settings,
        "embedder": collection.embedder.identity.revision,
        "documents": content_key(collection.store),
        "version": installed_version(),
        "code": hash_sources(PACKAGE_FOLDER),
    }
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:12]


SOURCE_SUFFIXES = frozenset({".py", ".json", ".xml", ".bin", ".npy"})
"""Endings of the files that scores may depend on: code, and what was fitted."""


def installed_version() -> str:
    """Return the version of Vouch; empty where it runs without being installed."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return ""


def hash_sources(folder: Path) -> str:
    """Return a hash of the code and the fitted files below a folder, their names included."""
    sources = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in SOURCE_SUFFIXES):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        sources.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return sources.hexdigest()


def describe_file(path: Path | None, read_as: str) -> dict[str, str | int | float]:
    """Return which file was evaluated, and how its rows were understood."""
    read: dict[str, str | int | float] = {"read_as": read_as}
    if path is None:
        return read
    with path.open("rb") as file:
        return read | {"file": path.name, "file_sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def describe_judge(verifier: Verifier) -> dict[str, str | int | float]:
    """Return what scores depend on besides the answers."""
    return {"verifier": str(verifier.identity), "metrics": METRICS_VERSION, "vouch": installed_version()}


def describe_setup(collection: Collection) -> dict[str, str | int | float]:
    """Return what a run depends on besides its samples."""
    return describe_judge(collection.verifier) | {
        "collection": collection.name,
        "generation": collection.store.generation(),
        "model": collection.drafter.name,
        "embedder": collection.embedder.identity.name,
        "top_k": collection.settings.top_k,
        "risk": collection.settings.risk,
    }


def append(path: Path, result: AnswerDetail) -> None:
    """Add a result to a file.

    Raises:
        CollectionError: It cannot be written.
    """
    try:
        with path.open("ab") as file:
            file.writelines(as_lines([result]))
    except OSError as error:
        raise storage_error(error, f"The file {path}") from error


def as_lines(results: Iterable[AnswerDetail]) -> list[bytes]:
    """Return results as JSON, one object a line, without any text."""
    return [RESULT.dump_json(result.without_text()) + b"\n" for result in results]


def read_results(path: Path) -> dict[str, AnswerDetail]:
    """Return the results of a file by sample; empty where there is no file. A line cut off at the end is left out.

    Raises:
        SampleError: A line in the middle is not a result.
    """
    if not path.exists():
        return {}
    lines = path.read_bytes().removesuffix(b"\n").split(b"\n") if path.stat().st_size else []
    results: dict[str, AnswerDetail] = {}
    for number, line in enumerate(lines, 1):
        try:
            result = RESULT.validate_json(line)
        except ValidationError:
            if number == len(lines):
                break
            raise SampleError(
                f"{path}:{number} is not a result.", remedy="Remove the file, or run with --no-resume."
            ) from None
        if result.error is None:
            results[result.id] = result
    return results
