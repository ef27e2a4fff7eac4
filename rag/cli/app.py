"""The table of commands. The commands load what they need when they run, so that ``--help`` is quick."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from rag.cli import (
    answers,
    asking,
    calibrating,
    collections,
    documents,
    evaluating,
    holdings,
    ingesting,
    options,
    records,
    sampling,
    service,
    talking,
)
from rag.cli.boundary import ERROR, INTERRUPTED, drop_output, open_closed_streams, output_error, report

ASK, DOCUMENTS, ANSWERS, SYSTEM = "Ask", "Documents", "Answers", "System"

COMMANDS = (
    (asking.ask, ASK),
    (talking.chat, ASK),
    (asking.search, ASK),
    (ingesting.ingest, DOCUMENTS),
    (documents.documents, DOCUMENTS),
    (documents.show, DOCUMENTS),
    (documents.delete, DOCUMENTS),
    (holdings.original, DOCUMENTS),
    (holdings.metadata, DOCUMENTS),
    (answers.answers, ANSWERS),
    (records.verify, ANSWERS),
    (sampling.samples, ANSWERS),
    (evaluating.evaluate, ANSWERS),
    (calibrating.calibrate, ANSWERS),
    (service.serve, SYSTEM),
    (service.doctor, SYSTEM),
    (service.config, SYSTEM),
)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; always ends with `SystemExit`."""
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a file's name need not be encodable
    try:
        make_app()(args=arguments, prog_name="vouch")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:  # of --help or --version: a command has its own boundary
        drop_output()
        sys.exit(report(output_error(error), ERROR))


def make_app() -> typer.Typer:
    """Return the application with all its commands."""
    app = typer.Typer(
        name="vouch",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(take_common_options)
    for command, panel in COMMANDS:
        app.command(rich_help_panel=panel)(command)
    app.add_typer(collections.app, name="collections", rich_help_panel=DOCUMENTS)
    return app


def take_common_options(
    context: typer.Context,
    home: options.Home = None,
    collection: options.CollectionName = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=service.print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Answers from your own documents; every sentence is cited to its exact place, and checked.

    Begin with [bold]vouch ingest PATH[/], then [bold]vouch ask "..."[/].
    """
    given = {"home": home, "collection": collection}
    context.obj = {name: value for name, value in given.items() if value is not None}
