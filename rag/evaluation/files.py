"""A file of questions -> a report; each result is written as it comes, and a run goes on where the last one stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from rag.collection import Collection
from rag.durable import make_folder, storage_error, write_atomically
from rag.errors import SampleError
from rag.evaluation.details import Score
from rag.evaluation.report import Report, summarize
from rag.evaluation.running import Result, run
from rag.evaluation.samples import read_samples
from rag.snapshots import content_key

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
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Report, Path]:
    """Evaluate a collection on a file of questions; return the report and the file that holds each result.

    Results are kept by what they depend on (questions, documents, models, settings, Vouch's own code), so that
    changing any of them begins anew.

    Raises:
        SampleError: The file has a bad row, or the earlier results are damaged.
        CollectionError: The collection cannot be used, or the results cannot be written.
    """
    samples = read_samples(path)[:limit]
    setup = describe_setup(collection)
    results_path = collection.settings.home / EVALUATIONS_FOLDER / f"{path.stem}-{fingerprint(path, collection)}.jsonl"
    wanted = {sample.id for sample in samples}
    done = read_results(results_path) if resume else {}
    make_folder(results_path.parent)
    # Written anew, so that a line cut off by a crash is not continued.
    write_atomically(results_path, b"".join(as_lines(done.values())))
    done = {sample_id: result for sample_id, result in done.items() if sample_id in wanted}
    finished = len(done)
    on_progress(Progress(finished, len(samples)))

    def record(result: Result) -> None:
        nonlocal finished
        finished += 1
        append(results_path, result)
        on_progress(Progress(finished, len(samples)))

    results = await run(collection, samples, done=done, record=record)
    return summarize(results, setup), results_path


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


def installed_version() -> str:
    """Return the version of Vouch; empty where it runs without being installed."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return ""


def hash_sources(folder: Path) -> str:
    """Return a hash of the Python files below a folder, their names included."""
    sources = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        sources.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return sources.hexdigest()


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


def append(path: Path, result: Result) -> None:
    """Add a result to a file.

    Raises:
        CollectionError: It cannot be written.
    """
    try:
        with path.open("ab") as file:
            file.writelines(as_lines([result]))
    except OSError as error:
        raise storage_error(error, f"The file {path}") from error


def as_lines(results: Iterable[Result]) -> list[bytes]:
    """Return results as JSON, one object a line."""
    return [(json.dumps(asdict(result), ensure_ascii=False) + "\n").encode() for result in results]


def read_results(path: Path) -> dict[str, Result]:
    """Return the results of a file by sample; empty where there is no file. A line cut off at the end is left out.

    Raises:
        SampleError: A line in the middle is not a result.
    """
    if not path.exists():
        return {}
    lines = path.read_bytes().removesuffix(b"\n").split(b"\n") if path.stat().st_size else []
    results: dict[str, Result] = {}
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line.decode())
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
