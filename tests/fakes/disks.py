"""Disks so small that they can be filled."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[bool]:
    """Mount a file system of a given size; give False where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_kib}k", "tmpfs", str(folder)]
    with suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            try:
                yield True
            finally:
                subprocess.run(["umount", str(folder)], check=True)
            return
    yield False


def may_mount() -> bool:
    """Tell whether a small disk can be had."""
    with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder, "disk"), 64) as mounted:
        return mounted


@contextmanager
def filled_up(disk: Path) -> Iterator[None]:
    """Take all the space that is left on a disk, to the last byte, until the block ends."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert os.statvfs(disk).f_bavail == 0
    try:
        yield
    finally:
        filling.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Let nothing be written to a small disk until the block ends; whatever is open for writing has to be closed."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
