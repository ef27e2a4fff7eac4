"""The readers at work: processes that are started when needed, kept, and put in the place of those that fail."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rag import errors
from rag.errors import SourceCrashed, SourceError
from rag.parsing.frames import FrameError, Message, unpack_document
from rag.parsing.process import Limits, ProcessFailed, ReadingProcess
from rag.parsing.refusals import foul, mistake, stopped
from rag.reading import read, suffix_of
from rag.types import Document, Span

if TYPE_CHECKING:
    from rag.reading.pdf import PagePicture

SMALL_BYTES = 16_000
"""A plain text of this size is read without a process of its own: the most hostile Markdown of this size that was tried
takes 0.6 s and 20 MB, while a process costs 0.15 s to start."""
PLAIN_SUFFIXES = frozenset({"", ".log", ".markdown", ".md", ".rst", ".text", ".txt"})
MARKED = (b"PK\x03\x04", b"{\\rtf")
"""How text may begin that is of another kind than its name says."""
MARK_OF_PDF = b"%PDF-"
"""It may stand anywhere in the first kilobyte."""
HEAD_BYTES = 1024
BYTE_ORDER_MARK = "\ufeff"
PROCESSES_MAX = 8


class Parsers:
    """Reads files in processes of their own, each within limits; safe to use from several threads.

    A crash, a hang or a bomb is the error of one document; the next gets a fresh process.

    Attributes:
        limits: For each file.
        count: Processes that may be at work at once.
    """

    def __init__(self, limits: Limits, *, count: int | None = None, module: str = "rag.parsing.child") -> None:
        """Take the limits.

        Args:
            limits: For each file.
            count: Processes at once; one for each core if None.
            module: What the processes run.
        """
        self.limits = limits
        self.count = count or min(cores(), PROCESSES_MAX)
        self._module = module
        self._free: list[ReadingProcess] = []
        self._all: set[ReadingProcess] = set()
        self._turns = threading.BoundedSemaphore(self.count)
        self._lock = threading.Lock()
        self._closed = False

    def read(self, path: Path, source: str) -> Document:
        """Read a file; see `rag.reading.read`.

        Raises:
            SourceError: It cannot be read, or not within the limits.
        """
        limits = {"max_bytes": self.limits.file_max_bytes, "max_characters": self.limits.file_max_characters}
        if is_small_text(path, source):
            try:
                return read(path, source=source, **limits)
            except (SourceError, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # noqa: BLE001  a panic of a library is no Exception
                raise mistake(source, error) from None
        request = Message({"do": "read", "source": source, **limits}, (os.fsencode(os.path.abspath(path)),))
        reply = self._ask(request)
        try:
            document = unpack_document(reply)
        except FrameError as error:
            raise foul(source) from error
        if document.source != source:
            raise foul(source)
        return document

    def draw(
        self, content: bytes, page: int, marks: Sequence[Span], *, page_start: int | None, source: str
    ) -> PagePicture:
        """Draw a page of a PDF; see `rag.reading.pdf.picture_page`.

        Raises:
            SourceError: It cannot be drawn, or not within the limits.
        """
        from rag.reading.pdf.picture import Box, PagePicture

        head = {"do": "draw", "source": source, "page": page, "page_start": page_start, "marks": list(map(list, marks))}
        reply = self._ask(Message(head, (content,)))
        try:
            boxes = tuple(Box(*map(int, box)) for box in reply.head["boxes"])
            width, height, pages = (int(reply.head[name]) for name in ("width", "height", "pages"))
            return PagePicture(reply.parts[0], width, height, boxes, pages)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise foul(source) from error

    def close(self) -> None:
        """End all processes; what is being read in other threads fails at once."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
            for process in self._all:
                process.kill()
        for process in free:
            self._discard(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: Message) -> Message:
        """Ask a process; where one that has served before fails, ask a fresh one, too, so that its past is no matter.

        Raises:
            SourceError: The file cannot be read.
        """
        request = Message({**request.head, "processor_s": self.limits.processor_s}, request.parts)
        source = str(request.head["source"])
        with self._turns:
            process = self._take(source)
            used = process.served > 0
            try:
                reply, error = self._ask_once(process, request)
            except ProcessFailed as failure:
                if self._closed or not used or isinstance(failure.error, errors.SourceTimeout):
                    raise self._failure(source, failure) from failure
                return self._ask_fresh(source, request)
            if used and reply.head.get("broken"):
                return self._ask_fresh(source, request)
        if error is not None:
            raise error
        return reply

    def _ask_fresh(self, source: str, request: Message) -> Message:
        """Ask a process that has read nothing yet.

        Raises:
            SourceError: The file cannot be read.
        """
        process = self._start(source)
        try:
            reply, error = self._ask_once(process, request)
        except ProcessFailed as failure:
            raise self._failure(source, failure) from failure
        if error is not None:
            raise error
        return reply

    def _failure(self, source: str, failure: ProcessFailed) -> SourceError:
        """Return what to say of a file whose process failed: it may have been ended with all others."""
        return stopped(source) if self._closed else failure.error

    def _ask_once(self, process: ReadingProcess, request: Message) -> tuple[Message, SourceError | None]:
        """Ask a process and keep it, or discard it where it is of no more use; return its reply and its refusal.

        Raises:
            ProcessFailed: It failed.
        """
        keep = False
        try:
            reply = process.ask(request)
            keep = reply.head.get("retiring") is False
        finally:
            self._keep(process) if keep else self._discard(process)
        told = reply.head.get("error")
        return reply, unpack_error(told, str(request.head["source"])) if told is not None else None

    def _take(self, source: str) -> ReadingProcess:
        """Return a process that has nothing to do, started if need be."""
        with self._lock:
            if self._free and not self._closed:
                return self._free.pop()
        return self._start(source)

    def _start(self, source: str) -> ReadingProcess:
        """Start a process.

        Raises:
            SourceCrashed: The system does not let us, or all is being closed.
        """
        self._require_open(source)
        try:
            process = ReadingProcess(self.limits, self._module)
        except OSError as error:
            raise SourceCrashed(
                f"{source!r} cannot be read: no process can be started ({error.strerror or error}).",
                remedy="Try again when the machine has room.",
            ) from error
        with self._lock:
            self._all.add(process)
            if self._closed:
                process.kill()
        return process

    def _require_open(self, source: str) -> None:
        """Refuse to read once all is closed.

        Raises:
            SourceCrashed: It is.
        """
        if self._closed:
            raise stopped(source)

    def _keep(self, process: ReadingProcess) -> None:
        """Keep a process for the next request."""
        with self._lock:
            if not self._closed:
                self._free.append(process)
                return
        self._discard(process)

    def _discard(self, process: ReadingProcess) -> None:
        """End a process."""
        with self._lock:
            self._all.discard(process)
        process.close()


def is_small_text(path: Path, source: str) -> bool:
    """Tell whether a file is so small and plain that it is read without a process of its own.

    It is UTF-8 text of a kind that readers written in Python read; all else is read in a process, by whatever library.
    What cannot be looked at counts as such: reading it says why.

    Args:
        path: Where it lies.
        source: The name it goes by.
    """
    if suffix_of(path, source) not in PLAIN_SUFFIXES:
        return False
    try:
        if os.stat(path).st_size > SMALL_BYTES:
            return False
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            content = file.read(SMALL_BYTES + 1) or b""
    except (OSError, ValueError):
        return True
    return len(content) <= SMALL_BYTES and is_plain(content)


def is_plain(content: bytes) -> bool:
    """Tell whether the bytes of a file are UTF-8 text that is no HTML and has no mark of another format."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    if "\0" in text or content.startswith(MARKED) or MARK_OF_PDF in content[:HEAD_BYTES]:
        return False
    return not text.removeprefix(BYTE_ORDER_MARK).lstrip().startswith("<")


def unpack_error(told: Any, source: str) -> SourceError:  # noqa: ANN401  it comes from outside
    """Return the error that a reading process tells of."""
    if not isinstance(told, dict):
        return foul(source)
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SourceError)]
    kind = next((kind for kind in kinds if kind.code == told.get("code")), SourceCrashed)
    return kind(str(told.get("message")), remedy=str(told.get("remedy") or ""))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
