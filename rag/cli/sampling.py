"""``vouch samples``: questions drafted from one's own documents, and the walk through them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import OK, guarded
from rag.cli.session import existing_path, load_embedder, open_collection, read_settings, run_to_end
from rag.cli.terminal import notes, progress_bar, write, write_json, write_note, write_warning
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.llm import LanguageModel
    from rag.sampling import Wish

UNANSWERABLE = {
    "evidence_left_out": "with their evidence left out",
    "near_miss": "near misses",
}


@guarded
def samples(
    context: typer.Context,
    review: Annotated[
        Path | None,
        typer.Option("--review", help="Walk through the samples of this file: keep, edit or drop.", metavar="FILE"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write them here instead of to stdout.", metavar="FILE")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", help="So many in all.", metavar="N", min=1, max=10_000)] = 40,
    unanswerable: Annotated[
        float,
        typer.Option(
            "--unanswerable", help="Share that the documents do not answer.", metavar="SHARE", min=0.0, max=1.0
        ),
    ] = 0.3,
    seed: Annotated[int, typer.Option("--seed", help="Another one draws other samples.", metavar="N")] = 0,
    model: options.Model = None,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Draft questions from your documents, to be reviewed and then given to [bold]vouch evaluate[/].

    Without a model they are made by rule from plain sentences: few, and the same every time. Some have their evidence
    left out, or ask for something the documents nearly say; there the right answer is that they do not say.
    """
    if review is not None:
        from rag.cli.reviewing import review_file

        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(
                "Reviewing needs a terminal.",
                remedy='Elsewhere, set "review" in the file to "kept" or "dropped".',
                field="review",
            )
        return review_file(existing_path(review, "review"))
    if output is not None and output.exists():
        raise UsageError(
            f"'{output}' is there already, perhaps with somebody's review in it.",
            remedy="Name another file, or remove it.",
            field="output",
        )
    from rag.sampling import Wish

    settings = read_settings(context, home=home, collection=collection, model=model)
    rows = draft(settings, Wish(count, unanswerable, seed))
    write_rows_to(output, rows)
    tell(rows, count, output)
    return OK


def draft(settings: Settings, wish: Wish) -> list[dict[str, Any]]:
    """Return the rows drafted from the settings' collection.

    Raises:
        VouchError: The collection, its embedder or the model cannot be used.
    """
    from rag.sampling import as_rows, draft_samples

    with open_collection(settings) as opened:
        load_embedder(opened)
        with progress_bar("Drafting", "samples") as show:
            drafting = draft_samples(opened, wish, model=model_of(settings), on_progress=show)
            return as_rows(run_to_end(opened, drafting))


def model_of(settings: Settings) -> LanguageModel | None:
    """Return the language model that the settings name; None where answers are quotes."""
    if settings.model == "extractive":
        return None
    from rag.collection.workers import make_model

    return make_model(settings)


def write_rows_to(output: Path | None, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows to a file, or as lines to stdout.

    Raises:
        UsageError: There is no folder for the file.
        CollectionError: The file cannot be written.
    """
    from rag.sampling import dump_rows, write_rows

    if output is None:
        if rows:
            write_json(dump_rows(rows).removesuffix("\n"))
        return
    if not output.absolute().parent.is_dir():
        raise UsageError(f"There is no folder '{output.parent}'.", remedy="Make it, or name another.", field="output")
    write_rows(output, rows)


def tell(rows: Sequence[Mapping[str, Any]], wished: int, output: Path | None) -> None:
    """Say on stderr what was drafted, and what to do with it."""
    kinds = Counter(row["kind"] for row in rows)
    parts = [f"{sum(row['answerable'] for row in rows)} answerable"]
    parts += [f"{kinds[kind]} {words}" for kind, words in UNANSWERABLE.items() if kinds[kind]]
    write(notes(), Text(f"Drafted {len(rows)}: {', '.join(parts)}.", style="dim"))
    if len(rows) < wished:
        write_warning(
            f"Only {len(rows)} of {wished}: few sentences are plain enough to be asked about by rule. "
            "A model drafts more: --model NAME."
        )
    if output is not None and rows:
        write_note(f"Review them: vouch samples --review {output}")
