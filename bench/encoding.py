"""How fast the bundled embedder is beside sentence-transformers, and how near to it: ``python -m bench.encoding``.

Measured on the paragraphs of ``retrieval/qed_nq`` below ``BENCH_DATA`` (default: ``../shared/data``) where they are,
else on those of the seed documents. The original is `SentenceTransformer.encode` in float32 with batches of 32, on the
same texts, in the same process; rounds alternate, and the median of the rounds counts, because machines are noisy.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoders import load_embedder
from rag.encoders.models import bundled_folder
from rag.encoders.torch_runtime import load_sentence_transformer

if TYPE_CHECKING:
    from rag.protocols import Embedder

ROOT = Path(__file__).parents[1]
PASSAGES = 128
ROUNDS = 3
QUERIES = ("who won the first nobel prize in physics", "How many known moons has Saturn?", "when does the lease end")
QUERY_ROUNDS = 10
COLD_STARTS = 3
SPIN_S = 0.3
"""Torch's threads spin on for a while after each call; what comes next would share the cores with them."""
TIME_LIMIT_S = 80.0

COLD_START = """
import json, time
start = time.perf_counter()
from rag.encoders import load_embedder
embedder = load_embedder()
embedder.embed_query("How many known moons has Saturn?")
seconds = time.perf_counter() - start
def resident():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return [int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")]
started = resident()
text = "Saturn has many moons, and most of them are small. "
for count in range(1, 20):
    embedder.embed_passages([text * (1 + index % count) for index in range(64)])
print(json.dumps([seconds, *started, *resident()]))
"""


def main() -> None:
    """Measure and print the table."""
    began = time.perf_counter()
    embedder = load_embedder()
    original = load_sentence_transformer(bundled_folder(), "cpu", "f32")
    passages, source = fitting_passages(embedder)
    print(f"{date.today()}, {processor()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{len(passages)} passages of {source}, {sum(embedder.count_tokens(passages))} tokens\n")
    rows = [least_cosine(embedder, original, passages)]
    rows += latency(embedder, original)
    rows += throughput(embedder, original, passages, began)
    rows += cold_start()
    print_table(("measure", "Vouch", "sentence-transformers", "ratio", "bar"), rows)


def fitting_passages(embedder: Embedder) -> tuple[list[str], str]:
    """Return passages that the model takes whole, and where they are from."""
    data = Path(os.environ.get("BENCH_DATA", ROOT.parent / "shared" / "data")) / "retrieval" / "qed_nq" / "corpus.jsonl"
    if data.exists():
        lines = data.read_text(encoding="utf-8").splitlines()
        texts = [f"{row['title']}\n{row['text']}" for row in map(json.loads, lines)]
    else:
        seeds = sorted((ROOT / "corpus" / "documents").glob("*.txt"))
        texts = [text for seed in seeds for text in seed.read_text(encoding="utf-8").split("\n\n") if len(text) > 80]
    counts = embedder.count_tokens(texts)
    fitting = [text for text, count in zip(texts, counts, strict=True) if count <= embedder.identity.max_tokens]
    step = max(1, len(fitting) // PASSAGES)
    return fitting[::step][:PASSAGES], "qed_nq" if data.exists() else "the seed documents"


def least_cosine(embedder: Embedder, original: Any, passages: list[str]) -> tuple[str, ...]:  # noqa: ANN401
    """Compare every passage's vector with the original's; this also warms both."""
    cosines = (embedder.embed_passages(passages) * original.encode(passages, batch_size=32)).sum(1)
    return ("least cosine to the original", f"{cosines.min():.5f}", "1", "", ">= 0.998")


def latency(embedder: Embedder, original: Any) -> list[tuple[str, ...]]:  # noqa: ANN401
    """Time single questions, in turns of nine."""
    ours, theirs = [], []
    for _ in range(QUERY_ROUNDS):
        time.sleep(SPIN_S)
        ours += [seconds(partial(embedder.embed_query, query)) for query in QUERIES * 3]
        theirs += [seconds(partial(original.encode, query)) for query in QUERIES * 3]
    mine, other = statistics.median(ours), statistics.median(theirs)
    return [("one question, ms", f"{mine * 1e3:.2f}", f"{other * 1e3:.2f}", f"{mine / other:.2f}", "<= 0.25")]


def throughput(embedder: Embedder, original: Any, passages: list[str], began: float) -> list[tuple[str, ...]]:  # noqa: ANN401
    """Time all passages, in turns; fewer rounds where the machine is slow."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        time.sleep(SPIN_S)
        ours.append(seconds(lambda: embedder.embed_passages(passages)))
        theirs.append(seconds(lambda: original.encode(passages, batch_size=32)))
        if time.perf_counter() - began > TIME_LIMIT_S / 2:
            break
    mine, other = (len(passages) / statistics.median(times) for times in (ours, theirs))
    return [("passages a second", f"{mine:.0f}", f"{other:.0f}", f"{mine / other:.1f}", ">= 4")]


def cold_start() -> list[tuple[str, ...]]:
    """Load and embed one question in fresh processes; then look at the memory after a good deal of work."""
    runs = []
    for _ in range(COLD_STARTS):
        done = subprocess.run([sys.executable, "-c", COLD_START], capture_output=True, text=True, check=True, cwd=ROOT)
        runs.append(json.loads(done.stdout))
    start, resident, private, later, later_private = (statistics.median(values) for values in zip(*runs, strict=True))
    return [
        ("load and first question, s", f"{start:.2f}", "", "", "<= 0.5"),
        ("memory then, MB (private)", f"{resident:.0f} ({private:.0f})", "", "", ""),
        ("memory after 1,200 passages, MB (private)", f"{later:.0f} ({later_private:.0f})", "", "", "<= 500 in all"),
    ]


def seconds(run: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    flags = {flag for line in lines if line.startswith("flags") for flag in line.split()}
    return (names or [platform.machine()])[0] + "".join(
        f" {flag}" for flag in ("avx512_bf16", "amx_bf16") if flag in flags
    )


def print_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a Markdown table."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, tuple("-" * width for width in widths), *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")


if __name__ == "__main__":
    main()
