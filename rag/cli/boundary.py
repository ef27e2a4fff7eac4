"""The outermost boundary: whatever a command meets becomes an exit code and a line that helps."""

from __future__ import annotations

import inspect
import os
import re
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import typer

from rag.cli.terminal import show_error, write_note
from rag.errors import UsageError, VouchError

P = ParamSpec("P")

OK, ERROR, USAGE, ABSTAINED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141


class InternalError(VouchError):
    """A mistake of Vouch itself; the message tells where, and nothing of what was being worked on."""

    code = "internal"


class OutputError(VouchError):
    """Stdout cannot be written, a full disk say."""

    code = "output"


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """Wrap a command, which returns its exit code, so that no error leaves it as a traceback.

    A traceback could show a key or a document's text, so an unknown error is named by its class and place only.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        shape = {"as_json": bool(kwargs.get("as_json")), "as_event": bool(kwargs.get("stream_json"))}
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except typer.Exit:
            raise
        except BrokenPipeError:
            drop_output()
            code = PIPE_CLOSED
        except KeyboardInterrupt:
            write_note("Stopped.", style="yellow")
            code = INTERRUPTED
        except VouchError as error:
            code = USAGE if isinstance(error, UsageError) else ERROR
            code = report(error, code, **shape)
        except OSError as error:
            drop_output()
            code = report(output_error(error) if error.filename is None else internal_error(error), ERROR, **shape)
        except Exception as error:  # noqa: BLE001  the last line of defence
            code = report(internal_error(error), ERROR, **shape)
        raise typer.Exit(code)

    run.__doc__ = unwrap(command.__doc__ or "")
    return run


def report(error: VouchError, code: int, *, as_json: bool = False, as_event: bool = False) -> int:
    """Show an error and return the exit code, which is another where nobody reads any more."""
    try:
        show_error(error, as_json=as_json, as_event=as_event)
    except BrokenPipeError:
        drop_output()
        return PIPE_CLOSED
    except OSError:  # stdout is full: the line on stderr stands
        drop_output()
    return code


def internal_error(error: Exception) -> InternalError:
    """Return an unknown error as ours."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "rag" in Path(frame.filename).parts]
    place = f" at {'/'.join(Path(ours[-1].filename).parts[-2:])}:{ours[-1].lineno}" if ours else ""
    return InternalError(
        f"Vouch made a mistake: {type(error).__name__}{place}.",
        remedy="Please report this line and the command; `vouch doctor` may show more.",
    )


def output_error(error: OSError) -> OutputError:
    """Return that stdout failed."""
    return OutputError(
        f"The output cannot be written: {error.strerror or type(error).__name__}.",
        remedy="Make room, or send it elsewhere.",
    )


def open_closed_streams() -> None:
    """Put something in the place of streams that were closed (``>&-``), which Python leaves as None.

    Stdin is empty then, stderr is thrown away, and writing to stdout fails as it does where a disk is full. Their
    numbers must not stay free: the next file opened would get one, and what a library prints would end in it.
    """
    for number, (name, flags) in enumerate((("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY))):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, flags)  # the lowest that is free, as a rule its own
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))


def drop_output() -> None:
    """Send what can no longer be written nowhere: its reader is gone, or its disk is full."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def unwrap(text: str) -> str:
    r"""Return a docstring with each paragraph on one line, for a terminal to wrap at its own width.

    >>> unwrap("Ask.\n\n    It is\n    cited.")
    'Ask.\n\nIt is cited.'
    """
    return re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text))
