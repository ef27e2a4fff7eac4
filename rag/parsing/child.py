"""The process that reads: ``python -m rag.parsing.child``, started by `rag.parsing.process` and by nobody else.

It takes requests on its standard input and answers each on its standard output; see `rag.parsing.frames`. It imports
nothing but the readers, so that it is there at once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import SourceError
from rag.parsing.confinement import confine, die_with, limit_processor_time, peak_memory_bytes
from rag.parsing.frames import Message, pack, pack_document, receive
from rag.parsing.refusals import mistake, out_of_memory
from rag.reading import read

REQUEST_MAX_BYTES = 1_000_000_000
RETIRING_SHARE = 4
"""A process whose memory has once grown to this part of the limit makes room for a fresh one."""


class Pipes(NamedTuple):
    """The ends that this process holds."""

    requests: int
    replies: int


def main() -> None:
    """Serve requests until the parent hangs up. The arguments: the lifeline's descriptor, and the memory's limit."""
    lifeline, memory_max_bytes = int(sys.argv[1]), int(sys.argv[2])
    die_with(lifeline)
    pipes = take_pipes()
    given_up = confine(memory_max_bytes)
    send(pipes, Message({"ready": given_up}))
    while True:
        request = receive(lambda count: read_exactly(pipes.requests, count), REQUEST_MAX_BYTES)
        retiring = serve(request, pipes, memory_max_bytes)
        if retiring:
            return


def take_pipes() -> Pipes:
    """Keep standard input and output for messages; what a library prints goes nowhere, and what it reads is empty."""
    pipes = Pipes(os.dup(0), os.dup(1))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return pipes


def serve(request: Message, pipes: Pipes, memory_max_bytes: int) -> bool:
    """Answer one request; tell whether this process has served its time."""
    began = time.process_time()
    limit_processor_time(float(request.head["processor_s"]))
    broken = False
    try:
        reply = DOINGS[str(request.head["do"])](request)
    except SourceError as error:
        reply = refusal(error)
    except MemoryError:
        reply, broken = refusal(out_of_memory(str(request.head["source"]), memory_max_bytes)), True
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  a panic of a library, too, is an error of this one document
        reply, broken = refusal(mistake(str(request.head["source"]), error)), True
    retiring = broken or peak_memory_bytes() * RETIRING_SHARE > memory_max_bytes
    told = {"retiring": retiring, "broken": broken, "processor_s": round(time.process_time() - began, 6)}
    send(pipes, Message({**reply.head, **told}, reply.parts))
    return retiring


def read_document(request: Message) -> Message:
    """Read the file that a request names."""
    head = request.head
    document = read(
        Path(os.fsdecode(request.parts[0])),
        source=head["source"],
        max_bytes=head["max_bytes"],
        max_characters=head["max_characters"],
    )
    return pack_document(document)


def draw_page(request: Message) -> Message:
    """Draw the page of a PDF that a request names; the file's bytes are its only part."""
    from rag.reading.pdf import picture_page
    from rag.types import Span

    head = request.head
    marks = [Span(*mark) for mark in head["marks"]]
    drawn = picture_page(
        request.parts[0], head["page"], marks, page_start=head["page_start"], source=str(head["source"])
    )
    told = {"width": drawn.width, "height": drawn.height, "boxes": [list(box) for box in drawn.boxes]}
    return Message({**told, "pages": drawn.pages}, (drawn.png,))


DOINGS: dict[str, Callable[[Message], Message]] = {"read": read_document, "draw": draw_page}
"""What can be asked of a reading process."""


def refusal(error: SourceError) -> Message:
    """Return an error as a message."""
    return Message({"error": {"code": error.code, "message": error.message, "remedy": error.remedy}})


def send(pipes: Pipes, message: Message) -> None:
    """Send a message whole."""
    left: Any = memoryview(pack(message))
    while left:
        left = left[os.write(pipes.replies, left) :]


def read_exactly(descriptor: int, count: int) -> bytes:
    """Return so many bytes; the process ends where the other end has hung up."""
    found = bytearray()
    while len(found) < count:
        part = os.read(descriptor, min(count - len(found), 1 << 20))
        if not part:
            sys.exit()
        found += part
    return bytes(found)


if __name__ == "__main__":
    main()
