"""What reaches the terminal: stdout for the answer, stderr for everything else.

Colour, ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM=dumb`` are rich's business; layout (wrapping, tables, spinners) asks
whether a person is looking, which ``FORCE_COLOR`` does not change.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from rag.sanitize import clean_line

if TYPE_CHECKING:
    from rich.status import Status

    from rag.errors import VouchError

WIDTH_MAX = 100
"""Longer lines are hard to read."""

ITEM_CHARACTERS = 28
"""Of the name beside a progress bar."""

NOT_SHOWN_RAW = re.compile(
    "[\x7f-\x9f\xad\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""What JSON lets through and a terminal may obey: C1 controls, bidirectional and invisible characters."""
NOT_ASCII = re.compile("[^\x00-\x7e]")

GLUE = "\x1f"
"""A space at which no line breaks; cleaned text never holds it."""


class OurConsole(Console):
    """A console that leaves a closed pipe to the boundary."""

    def on_broken_pipe(self) -> None:
        """Say so, instead of exiting with 1."""
        raise BrokenPipeError


def output() -> Console:
    """Return the console of stdout."""
    return make_console(sys.stdout)


def notes() -> Console:
    """Return the console of stderr."""
    return make_console(sys.stderr)


def make_console(file: TextIO) -> Console:
    """Return a console on a stream; text is never read as markup, and numbers and paths are not coloured."""
    console = OurConsole(file=file, markup=False, highlight=False, emoji=False)
    if console.width > WIDTH_MAX:
        console.width = WIDTH_MAX
    return console


def is_watched(console: Console) -> bool:
    """Tell whether a person is looking at it, on a terminal that can do more than print."""
    return console.file.isatty() and not console.is_dumb_terminal


def write(console: Console, text: Text | str = "", end: str = "\n") -> None:
    """Print text; wrapped by words where a person is looking, as it is elsewhere."""
    console.print(text, end=end, soft_wrap=not is_watched(console))


def write_indented(console: Console, text: Text, indent: int, head: str = "") -> None:
    """Print text with all its lines indented, `head` standing in the first; wrapped where a person is looking."""
    lead = Text.assemble((head.ljust(indent), "cyan"))
    lines = text.wrap(console, max(console.width - indent, 20)) if is_watched(console) else text.split("\n")
    for line in lines:
        line.rstrip()
        console.print(lead + line, soft_wrap=True)
        lead = Text(" " * indent)


def write_note(text: Text | str, style: str = "dim") -> None:
    """Print a line about the work on stderr."""
    write(notes(), text if isinstance(text, Text) else Text(clean_line(text), style=style))


def write_warning(text: str) -> None:
    """Print a warning on stderr."""
    write(notes(), Text.assemble(("warning: ", "yellow"), clean_line(text)))


def write_json(text: str) -> None:
    """Print JSON text on stdout, unseen characters escaped, so that no terminal obeys what a document says."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    unsafe = NOT_SHOWN_RAW if encoding == "utf8" else NOT_ASCII
    sys.stdout.write(unsafe.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n")
    sys.stdout.flush()


def show_error(error: VouchError, *, as_json: bool = False, as_event: bool = False) -> None:
    """Print an error: a line on stderr for people, and on stdout an object or an event where JSON was asked for."""
    line = Text.assemble(("error: ", "bold red"), clean_line(str(error)), (f" ({error.code})", "dim"))
    write(notes(), line)
    told = {"code": error.code, "message": error.message, "remedy": error.remedy, "field": error.field}
    if as_event:
        write_json(json.dumps({"event": "error", "data": told}, ensure_ascii=False))
    elif as_json:
        write_json(json.dumps({"error": told}, ensure_ascii=False))


def write_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, wide: int = 0, head: bool = False) -> None:
    """Print rows on stdout: a table for a person, tab-separated lines for a program.

    Args:
        columns: Heads of the columns; one that begins with ``>`` is set to the right.
        rows: Cells, any text.
        wide: The column that gives way when the terminal is narrow.
        head: Whether a program gets the heads too, where a run has several tables.
    """
    console = output()
    clean = [[clean_line(cell) for cell in row] for row in rows]
    if not is_watched(console):
        heads = [[name.lstrip(">") for name in columns]] if head else []
        for row in [*heads, *clean]:
            console.file.write("\t".join(row) + "\n")  # rich would make spaces of the tabs
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for position, name in enumerate(columns):
        justify, no_wrap = ("right" if name.startswith(">") else "left"), position != wide
        table.add_column(Text(name.lstrip(">")), justify=justify, no_wrap=no_wrap, overflow="fold")  # type: ignore[arg-type]
    for row in clean:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


@contextmanager
def working(text: str) -> Iterator[Status | None]:
    """Show a spinner on stderr while a person waits; nothing elsewhere."""
    console = notes()
    if not is_watched(console):
        yield None
        return
    with console.status(Text(text, style="dim"), spinner="dots", spinner_style="cyan") as status:
        yield status


class Tell(Protocol):
    """Takes how far the work is."""

    def __call__(self, done: int, total: int, *, rate: str = "", item: str = "") -> None:
        """Show it.

        Args:
            done: Finished so far.
            total: What there is to do.
            rate: How fast it goes.
            item: What was finished last.
        """


@contextmanager
def progress_bar(work: str, unit: str) -> Iterator[Tell]:
    """Give a callback that shows progress on stderr; it does nothing where no person is looking."""
    console = notes()
    if not is_watched(console):
        yield lambda done, total, *, rate="", item="": None
        return
    from rich import progress as bars

    columns = (
        bars.TextColumn(work),
        bars.BarColumn(bar_width=30),
        bars.MofNCompleteColumn(),
        bars.TextColumn(unit),
        bars.TextColumn("{task.fields[rate]}", style="dim", markup=False),
        bars.TimeRemainingColumn(),
        bars.TextColumn("{task.fields[item]}", style="dim", markup=False),
    )
    with bars.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, rate="", item="")

        def tell(done: int, total: int, *, rate: str = "", item: str = "") -> None:
            name = clean_line(item)
            short = name if len(name) <= ITEM_CHARACTERS else "..." + name[3 - ITEM_CHARACTERS :]
            bar.update(task, completed=done, total=total, rate=rate, item=short)

        yield tell


def page(text: Text) -> None:
    """Show text; through the pager where a person is looking and it is longer than the screen."""
    console = output()
    lines = text.plain.count("\n") + 1
    try:
        command = shlex.split(os.environ.get("PAGER", "")) or ["less", "-R"]
    except ValueError:  # an open quote
        command = ["less", "-R"]
    fits = lines < console.height - 2
    if fits or not is_watched(console) or not sys.stdin.isatty() or shutil.which(command[0]) is None:
        console.print(text, soft_wrap=True)
        return
    with console.capture() as captured:
        console.print(text, soft_wrap=True)
    environment = os.environ | {"LESS": os.environ.get("LESS", "-RF"), "LESSSECURE": "1"}
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's
    try:
        subprocess.run(command, input=captured.get().encode(), env=environment, check=False)
    finally:
        signal.signal(signal.SIGINT, previous)


class Flow:
    """Writes text on from where it ended, word by word, so that an answer flows while it is being released.

    Attributes:
        console: Where to write.
        column: Cells written on the present line.
    """

    def __init__(self, console: Console) -> None:
        """Take the console; lines break at its width where a person is looking, and nowhere else."""
        self.console = console
        self.width = console.width if is_watched(console) else 0
        self.column = 0

    def add(self, text: Text) -> None:
        """Write `text` on; `GLUE` in it is a space that does not break."""
        flowed = Text()
        for number, line in enumerate(text.split("\n", allow_blank=True)):
            if number:
                flowed.append("\n")
                self.column = 0
            for word in re.finditer(r"[^ \t]+", line.plain):
                self.add_word(line[word.start() : word.end()], flowed)
        written = flowed if self.width else text.copy()
        written.plain = written.plain.replace(GLUE, " ")
        self.console.print(written, end="", soft_wrap=True)

    def add_word(self, word: Text, flowed: Text) -> None:
        """Put a word on the present line, or on the next where it does not fit."""
        size = cell_len(word.plain.replace(GLUE, " "))
        if self.column and self.width and self.column + 1 + size > self.width:
            flowed.append("\n")
            self.column = 0
        elif self.column:
            flowed.append(" ")
            self.column += 1
        flowed.append_text(word)
        self.column += size

    def end(self) -> None:
        """End the line, if one is begun."""
        if self.column:
            self.console.print("", soft_wrap=True)
        self.column = 0
