"""``python -m tests.fakes.reading_child``: the real reading process, with a reader that does what the file says.

A file whose name ends in ``.scripted`` holds one word, the name of one of the functions below, and perhaps a number.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rag.parsing.child
from rag.reading import hash_file, read
from rag.types import Document, ReadingText

REAL_READ = read
READ_SO_FAR: list[str] = []


def spin(number: int) -> str:
    """Compute for ever, in a C library that lets nobody else in."""
    return str(re.match(r"(a+)+$", "a" * 60 + "b"))


def sleep(number: int) -> str:
    """Wait for ever."""
    time.sleep(3600)
    return ""


def segfault(number: int) -> str:
    """Read where nothing is."""
    return str(ctypes.string_at(0))


def abort(number: int) -> str:
    """Give up, as C libraries do."""
    os.abort()


def killed(number: int) -> str:
    """Be killed from outside, as when the machine has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
    return ""


def leave(number: int) -> str:
    """End the process."""
    os._exit(3)


def allocate(number: int) -> str:
    """Take memory until there is none."""
    taken = []
    while True:
        taken.append(bytearray(32 << 20))


def exhaust(number: int) -> str:
    """Take memory until there is none and give up, as C libraries do."""
    malloc = ctypes.CDLL(None).malloc
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    while malloc(4 << 20):
        time.sleep(0.001)
    os.abort()


def grow(number: int) -> str:
    """Take some memory, and be done."""
    return f"grown to {len(bytearray(number << 20)):,} bytes"


def fail(number: int) -> str:
    """Meet a mistake of the reader, whose message holds the document's words."""
    raise KeyError("secret of the document")


def recurse(number: int) -> str:
    """Go deeper than Python goes."""
    return recurse(number + 1)


def write(number: int) -> str:
    """Write a file."""
    Path(os.environ.get("TMPDIR", "/tmp"), f"written by {os.getpid()}").write_text("harm")
    return "written"


def connect(number: int) -> str:
    """Call home."""
    with socket.create_connection(("127.0.0.1", number), timeout=5):
        return "connected"


def tell(number: int) -> str:
    """Say what the process knows: its environment, its open files."""
    names = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    open_files = sorted(os.readlink(name) for name in names if os.path.lexists(name))
    return f"process {os.getpid()}; {sorted(os.environ.items())}; {open_files}"


def speak(number: int) -> str:
    """Print, as libraries do."""
    sys.stdout.write("vch1 hello" * 1000)
    sys.stdout.flush()
    os.write(1, b"more")
    os.write(2, b"more")
    return f"spoken, and {sys.stdin.read()!r} read"


def lie(number: int) -> str:
    """Send what is no message."""
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, b"GET / HTTP/1.1\r\n" * 10)
        except OSError:
            continue
    return "lied"


def flood(number: int) -> str:
    """Send a text that is longer than it may be."""
    return "a" * number


def tire(number: int) -> str:
    """Fail where another file has been read before."""
    if len(READ_SO_FAR) > 1:
        os.abort()
    return "I was the first."


def hold(number: int) -> str:
    """Take a while."""
    time.sleep(number / 1000)
    return f"held {number} ms"


DOINGS: dict[str, Callable[[int], str]] = {
    each.__name__: each
    for each in (
        spin, sleep, segfault, abort, killed, leave, allocate, exhaust, grow, fail, recurse, write, connect, tell,
        speak, lie, flood, tire, hold,
    )
}  # fmt: skip


def scripted_read(path: Path, **options: Any) -> Document:
    """Read a file, or do what a scripted one says."""
    READ_SO_FAR.append(str(path))
    if path.suffix != ".scripted":
        return REAL_READ(path, **options)
    words = path.read_text().split()
    text = DOINGS[words[0]](int(words[1]) if len(words) > 1 else 0)
    revision = hash_file(path, max_bytes=10_000)
    return Document(options["source"], words[0], revision, text, ReadingText.plain(text), reader="scripted/1")


if __name__ == "__main__":
    rag.parsing.child.read = scripted_read
    rag.parsing.child.main()
