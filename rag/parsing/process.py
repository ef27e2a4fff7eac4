"""One reading process, seen from its parent: started, asked, waited for until a deadline, killed."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rag
from rag.errors import SourceError
from rag.parsing.frames import FrameError, FrameTooLong, Message, pack, receive
from rag.parsing.refusals import ended, foul, out_of_memory, too_long, too_slow

START_TIMEOUT_S = 60.0
ENDING_TIMEOUT_S = 5.0
PIPE_BYTES = 1 << 20
LOOK_S = 0.02
"""How often the parent looks at the memory of a process that it waits for."""
OUT_OF_MEMORY_SHARE = 0.75
"""A process that a signal ended when it had taken this part of its limit is taken to have run into it."""
KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "TMPDIR", "TZ")
"""Of the environment; a reader has no use for the rest, keys least of all."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may have, and what reading it may take.

    Attributes:
        file_max_bytes: Largest file.
        file_max_characters: Longest canonical text.
        processor_s: Seconds of computing for one file; by the clock it may take four times as long, since others
            compute, too.
        memory_max_bytes: Address space of a reading process.
    """

    file_max_bytes: int = 20_000_000
    file_max_characters: int = 10_000_000
    processor_s: float = 60.0
    memory_max_bytes: int = 1536 << 20

    @property
    def clock_s(self) -> float:
        """Seconds by the clock that one file may take."""
        return 4 * self.processor_s

    @property
    def reply_max_bytes(self) -> int:
        """Longest message that a reading process may send: text, reading text, their map and places."""
        return 32 * self.file_max_characters + (1 << 26)


class ProcessFailed(Exception):
    """A reading process is gone, or was killed; `error` is what to say of the document it was at."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


class ReadingProcess:
    """A process that reads files, one at a time.

    Attributes:
        served: Requests it has answered.
        given_up: What it could give up: ``memory``, ``writing``, ``network``.
    """

    def __init__(self, limits: Limits, module: str = "rag.parsing.child") -> None:
        """Start it, and do not wait for it.

        Args:
            limits: What it may use.
            module: What it runs.
        """
        self.limits = limits
        self.served = 0
        self._peak_bytes = 0
        self.given_up: dict[str, bool] | None = None
        lifeline, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(lifeline), str(limits.memory_max_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=(lifeline,),
                start_new_session=True,  # Ctrl-C is the parent's, who kills it
                env=child_environment(),
                cwd="/",
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(lifeline)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._requests, False)
        os.set_blocking(self._replies, False)

    @property
    def process_id(self) -> int:
        """Its number at the system."""
        return self._process.pid

    def ask(self, request: Message) -> Message:
        """Send a request, whose head names the ``source``, and return the reply.

        Raises:
            ProcessFailed: It ended, said what is no message, or took too long; it is of no more use.
        """
        source = str(request.head["source"])
        try:
            if self.given_up is None:
                self.given_up = dict(self._receive(time.monotonic() + START_TIMEOUT_S).head["ready"])
            deadline = time.monotonic() + self.limits.clock_s
            self._send(pack(request), deadline)
            reply = self._receive(deadline)
        except TimeoutError:
            raise ProcessFailed(too_slow(source, self.limits.clock_s, "by the clock")) from None
        except (EOFError, BrokenPipeError):
            raise ProcessFailed(self._ending(source)) from None
        except FrameTooLong:
            raise ProcessFailed(too_long(source)) from None
        except (FrameError, KeyError, TypeError, ValueError) as error:
            raise ProcessFailed(foul(source)) from error
        self.served += 1
        return reply

    def kill(self) -> None:
        """End it now, whatever it is at. Safe to call from any thread, and again."""
        self._process.kill()

    def close(self) -> None:
        """End it, and give back what it held; not while another thread asks it."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _look(self) -> None:
        """Note how much memory it has taken so far: once it has ended, nobody can tell."""
        self._peak_bytes = max(self._peak_bytes, address_space_bytes(self.process_id))

    def _send(self, packed: bytes, deadline: float) -> None:
        left = memoryview(packed)
        while left:
            wait(self._requests, select.POLLOUT, deadline, self._look)
            left = left[os.write(self._requests, left[:PIPE_BYTES]) :]

    def _receive(self, deadline: float) -> Message:
        def read(count: int) -> bytes:
            found = bytearray()
            while len(found) < count:
                wait(self._replies, select.POLLIN, deadline, self._look)
                part = os.read(self._replies, min(count - len(found), PIPE_BYTES))
                if not part:
                    raise EOFError
                found += part
            return bytes(found)

        return receive(read, self.limits.reply_max_bytes)

    def _ending(self, source: str) -> SourceError:
        """Return what to say of the document at which the process ended."""
        try:
            status = self._process.wait(ENDING_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return foul(source)
        if status == -signal.SIGXCPU:
            return too_slow(source, self.limits.processor_s, "of computing")
        # A library written in C that gets no more memory ends its process, and has no word for it.
        if status < 0 and self._peak_bytes >= OUT_OF_MEMORY_SHARE * self.limits.memory_max_bytes:
            return out_of_memory(source, self.limits.memory_max_bytes)
        return ended(source, status)


def wait(descriptor: int, event: int, deadline: float, on_wait: Callable[[], None]) -> None:
    """Wait until a pipe can be read or written; `on_wait` is called every `LOOK_S` meanwhile.

    Raises:
        TimeoutError: It could not until the deadline.
    """
    waiting = select.poll()
    waiting.register(descriptor, event)
    while True:
        left_s = max(deadline - time.monotonic(), 0.0)
        if waiting.poll(min(left_s, LOOK_S) * 1000):
            return
        if left_s <= LOOK_S:
            raise TimeoutError
        on_wait()


def address_space_bytes(process_id: int) -> int:
    """Return the most that a process's address space has had; 0 where that is not known."""
    try:
        status = Path(f"/proc/{process_id}/status").read_bytes()
    except OSError:
        return 0
    found = re.search(rb"VmPeak:\s*(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def child_environment() -> dict[str, str]:
    """Return the environment of a reading process: where Python and the readers are, and little else."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    root = str(Path(rag.__file__).resolve().parents[1])
    given = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(folder)]
    return {**kept, **ONE_THREAD, "PYTHONPATH": os.pathsep.join([root, *given]), "PYTHONUTF8": "1"}
