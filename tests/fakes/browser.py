"""A real browser without a window: Chromium, if it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)


class Look:
    """What came of opening a page.

    Attributes:
        dom: The document after its scripts have run.
        console: What was written to the console, a line each.
    """

    def __init__(self, dom: str, log: str) -> None:
        self.dom = dom
        self.console = [line for line in log.splitlines() if "CONSOLE" in line]


def open_page(page: Path, fragment: str = "", *switches: str) -> Look:
    """Open a file and return what came of it; `switches` are the browser's."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory() as profile:
        run = subprocess.run(
            [
                CHROMIUM,
                *SWITCHES,
                f"--user-data-dir={profile}",
                "--virtual-time-budget=3000",
                "--dump-dom",
                *switches,
                page.as_uri() + fragment,
            ],
            capture_output=True,
            text=True,
            timeout=200,
            check=True,
        )
    return Look(run.stdout, run.stderr)


def photograph(page: Path, picture: Path, width: int, height: int, *switches: str) -> bytes:
    """Take a picture of a page and return it as PNG."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                CHROMIUM,
                *SWITCHES,
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--screenshot={picture}",
                *switches,
                page.as_uri(),
            ],
            capture_output=True,
            timeout=200,
            check=True,
        )
    return picture.read_bytes()
