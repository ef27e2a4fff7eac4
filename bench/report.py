"""Tables for the measurements, with date and machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """A table's row: its name and its cells."""

    name: str
    cells: Sequence[object]


def data_folder() -> Path:
    """Return the folder of the public evaluation sets: ``BENCH_DATA``, or ``../shared/data``."""
    return Path(os.environ.get("BENCH_DATA") or Path(__file__).parents[2] / "shared" / "data")


def machine() -> str:
    """Return the processor, its cores and Python's version."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def print_table(title: str, columns: Sequence[str], rows: Sequence[Row], note: str = "") -> None:
    """Print a Markdown table with its title, date, machine and a note."""
    print(f"\n### {title}\n\n{datetime.now(UTC):%Y-%m-%d}, {machine()}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join([row.name, *(str(cell) for cell in row.cells)]) + " |")
    if note:
        print(f"\n{note}")
