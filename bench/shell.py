"""What a person waits for at the shell, what a re-ingest costs, and what a server holds in memory."""

from __future__ import annotations

import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

from bench.report import Row, print_table

VOUCH = Path(sys.executable).with_name("vouch")
DOCUMENTS = Path(__file__).parents[1] / "corpus" / "documents"
QUESTION = "How long could Claude Opus 4 play Pokémon Red?"
RUNS = 7


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        home = ["--home", scratch]
        first_s = time_command(["ingest", DOCUMENTS, *home])
        rows = [
            Row("vouch --help", (median_s(["--help"]), "0.5")),
            Row("vouch search, cold", (median_s(["search", QUESTION, *home]), "1.5")),
            Row("vouch ask, extractive, cold", (median_s(["ask", QUESTION, *home]), "1.5")),
            Row("first ingest of the five seed documents", (f"{first_s:.2f} s", "")),
            Row("ingest again, unchanged", (median_s(["ingest", DOCUMENTS, *home]), "")),
            Row("memory of `vouch serve` after 20 questions", (f"{serving_rss_mb(scratch):.0f} MB", "500 MB")),
        ]
    print_table(f"At the shell, median of {RUNS} runs", ("what", "measured", "bar"), rows)


def median_s(arguments: Sequence[str | Path]) -> str:
    """Return the median wall time of a command."""
    return f"{statistics.median(time_command(arguments) for _ in range(RUNS)):.2f} s"


def time_command(arguments: Sequence[str | Path]) -> float:
    """Run a command of ours and return its wall time in seconds."""
    began = time.perf_counter()
    subprocess.run([VOUCH, *arguments], capture_output=True, check=True)
    return time.perf_counter() - began


def serving_rss_mb(home: str) -> float:
    """Return the resident memory of a server that has answered 20 questions, in MB."""
    from http.client import HTTPConnection

    process = subprocess.Popen([VOUCH, "serve", "--home", home, "--port", "8799"], stderr=subprocess.DEVNULL)
    try:
        wait_until_ready("http://127.0.0.1:8799/readyz")
        connection = HTTPConnection("127.0.0.1", 8799)
        for _ in range(20):
            body = '{"question": "' + QUESTION + '"}'
            connection.request("POST", "/v1/ask", body.encode(), {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status
        status = Path(f"/proc/{process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_until_ready(address: str, timeout_s: float = 30) -> None:
    """Wait until a server answers 200."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        try:
            if urlopen(address, timeout=2).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


if __name__ == "__main__":
    main()
