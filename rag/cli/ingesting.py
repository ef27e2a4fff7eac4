"""``vouch ingest``: files and folders go in, what is gone goes out, and a person sees how far it is."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date as calendar_date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import ERROR, OK, guarded
from rag.cli.session import open_collection, read_settings, typed
from rag.cli.terminal import ITEM_CHARACTERS, is_watched, notes, write, write_json, write_note
from rag.errors import UsageError
from rag.sanitize import clean_line

if TYPE_CHECKING:
    from rag.collection import Collection
    from rag.ingesting import Progress
    from rag.types import IngestReport, Refusal

REFUSALS_SHOWN = 20
TEXT_KEYS = ("date", "address", "author", "language", "title")
"""Keys whose values are text even where they look like a number."""
LINE_INTERVAL_S = 10.0
"""Between two lines about progress where no person is looking."""
BAR_UNITS = 10_000
DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")

Include = Annotated[
    list[str] | None,
    typer.Option("--include", help="In folders, only files that match; as in .gitignore. Repeatable.", metavar="GLOB"),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", help="In folders, leave out what matches. Repeatable.", metavar="GLOB"),
]
GivenMetadata = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata", help="Give each document found KEY=VALUE to filter on. Repeatable.", metavar="KEY=VALUE"
    ),
]
GivenDate = Annotated[
    str | None, typer.Option("--date", help="Give each document found this date.", metavar="YYYY[-MM[-DD]]")
]
Prune = Annotated[bool, typer.Option("--prune", help="Delete the documents from these folders whose files are gone.")]
QuietUnchanged = Annotated[
    bool, typer.Option("--quiet-unchanged", help="Say nothing if nothing changed and nothing was refused.")
]


@guarded
def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH...", show_default=False)],
    include: Include = None,
    exclude: Exclude = None,
    metadata: GivenMetadata = None,
    date: GivenDate = None,
    prune: Prune = False,
    yes: Annotated[bool, typer.Option("--yes", help="Prune even if most of them would go.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    quiet_unchanged: QuietUnchanged = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Add files and folders to a collection; what is there unchanged costs nothing.

    Folders are searched for files, hidden ones and what a [bold].vouchignore[/] names left out. A file that cannot be
    read is refused with its reason, and the others go on. Ends with 1 if a path that you named was refused, or if
    nothing could be read; refused files in folders alone do not change that it ends with 0.
    """
    if yes and not prune:
        raise UsageError("--yes goes with --prune.", remedy="Leave it out, or add --prune.", field="yes")
    given = read_metadata(metadata or (), date)
    settings = read_settings(context, home=home, collection=collection)
    with open_collection(settings, create=True) as opened, shown_progress(quiet=quiet) as show:
        report = opened.ingest(
            paths,
            include=include or (),
            exclude=exclude or (),
            metadata=given,
            prune=prune,
            confirmed=yes,
            on_progress=show,
        )
        failed = refused_by_name(paths, report, opened)
    if as_json:
        write_json(json.dumps(asdict(report), ensure_ascii=False, indent=2))
    elif not quiet and (is_news(report) or not quiet_unchanged):
        write_report(report, settings.collection)
    done = report.added or report.replaced or report.unchanged
    return ERROR if failed or (report.refused and not done) else OK


def read_metadata(pairs: Sequence[str], date: str | None) -> dict[str, str | int | float | bool]:
    """Return the metadata that options state; values that look like numbers or truth values are such, dates are text.

    Raises:
        UsageError: One has no key or no value, or a date is none.
    """
    values: dict[str, str | int | float | bool] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (key and equals and value):
            raise UsageError(
                f"The metadata '{pair}' cannot be understood.", remedy="Write KEY=VALUE.", field="metadata"
            )
        values[key] = value if key in TEXT_KEYS else typed(value)
    if date is not None:
        values["date"] = date
    if "date" in values:
        require_date(str(values["date"]))
    return values


def require_date(date: str) -> None:
    """Refuse what is no day, month or year of the calendar.

    Raises:
        UsageError: It is none.
    """
    try:
        if not DATE.fullmatch(date):
            raise ValueError
        calendar_date.fromisoformat((date + "-01-01")[: len("2023-05-31")])
    except ValueError:
        raise UsageError(f"'{date}' is no date.", remedy="Write 2023-05-31, 2023-05 or 2023.", field="date") from None


def is_news(report: IngestReport) -> bool:
    """Tell whether an ingest changed or refused anything."""
    return bool(report.added or report.replaced or report.refused or report.removed)


def refused_by_name(paths: list[Path], report: IngestReport, collection: Collection) -> list[Refusal]:
    """Return what was refused of the paths that were named by themselves, not found in a folder."""
    from rag.reading import absolute, place_of, source_of

    root = absolute(collection.settings.home.resolve().parent)
    named = {source_of(place_of(path, root), root).encode("utf-8", "backslashreplace").decode() for path in paths}
    return [refusal for refusal in report.refused if refusal.source in named]


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Give what shows progress on stderr: one calm line for a person, a line now and then elsewhere, or nothing."""
    console = notes()
    if quiet:
        yield lambda progress: None
    elif not is_watched(console):
        yield sparse_lines()
    else:
        from rich import progress as bars

        columns = (
            bars.TextColumn("Ingesting"),
            bars.BarColumn(bar_width=20),
            bars.TextColumn("{task.fields[told]}", markup=False),
            bars.TextColumn("{task.fields[item]}", style="dim", markup=False),
        )
        with bars.Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=BAR_UNITS, told="", item="")

            def show(progress: Progress) -> None:
                done = int(progress.share * BAR_UNITS)
                bar.update(task, completed=done, told=told(progress), item=item(progress, shorten(progress.source)))

            yield show


def sparse_lines() -> Callable[[Progress], None]:
    """Return what writes a line about progress every `LINE_INTERVAL_S` seconds, and none in a shorter ingest."""
    last = time.monotonic()

    def show(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_INTERVAL_S:
            last = time.monotonic()
            write_note(f"Ingesting: {told(progress)}; {item(progress, clean_line(progress.source))}", style="")

    return show


def told(progress: Progress) -> str:
    """Return how far an ingest is: ``12/50 files, 140 chunks/s, 13 s left``."""
    parts = [f"{progress.files_done:,}/{progress.files_total:,} files"]
    if progress.chunks_done and progress.seconds > 0:
        parts.append(f"{progress.chunks_done / progress.seconds:,.0f} chunks/s")
    if progress.remaining_s is not None and progress.share < 1:
        parts.append(f"{duration(progress.remaining_s)} left")
    return ", ".join(parts)


def item(progress: Progress, name: str) -> str:
    """Return what is done with the file at hand, by the name that it shall go by."""
    if progress.is_reading:
        return f"reading {name}"
    return f"{progress.file_chunks_done * 100 // progress.file_chunks} % of {name}" if progress.file_chunks else name


def shorten(name: str) -> str:
    """Return a name as it fits beside a bar."""
    name = clean_line(name)
    return name if len(name) <= ITEM_CHARACTERS else "..." + name[3 - ITEM_CHARACTERS :]


def duration(seconds: float) -> str:
    """Return a time for a person: ``8 s``, ``3 min``, ``2.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def write_report(report: IngestReport, collection: str) -> None:
    """Write what an ingest did, on stderr."""
    counts = {
        "added": (report.added, "green"),
        "replaced": (report.replaced, "green"),
        "unchanged": (report.unchanged, ""),
        "removed": (report.removed, "green"),
        "refused": (report.refused, "yellow"),
    }
    parts = [Text(f"{len(files):,} {what}", style=style) for what, (files, style) in counts.items() if files]
    line = Text(", ").join(parts or [Text("Nothing found")])
    line.append(f"  ({report.chunks:,} chunks in {report.seconds:.1f} s, collection {collection})", style="dim")
    write(notes(), line)
    for partial in report.partial[:REFUSALS_SHOWN]:
        told = (clean_line(partial.source), f": {clean_line(partial.reason)}")
        write(notes(), Text.assemble(("  in part: ", "yellow"), *told))
    if len(report.partial) > REFUSALS_SHOWN:
        rest = len(report.partial) - REFUSALS_SHOWN
        write(notes(), Text(f"  and {rest:,} more in part; --json lists them all."))
    for refusal in report.refused[:REFUSALS_SHOWN]:
        write(
            notes(),
            Text.assemble(
                ("  refused: ", "yellow"),
                clean_line(refusal.source),
                f": {clean_line(refusal.reason)}",
                (f" ({refusal.code})", "dim"),
            ),
        )
    codes = Counter(refusal.code for refusal in report.refused[REFUSALS_SHOWN:])
    if codes:
        kinds = ", ".join(f"{number:,} {code}" for code, number in sorted(codes.items()))
        write(notes(), Text(f"  and {codes.total():,} more ({kinds}); --json lists them all."))
