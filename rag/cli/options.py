"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that holds the collections. [dim](VOUCH_HOME, else .vouch)[/]"),
]
CollectionName = Annotated[
    str | None,
    typer.Option("--collection", "-c", help="Collection to work on. [dim](VOUCH_COLLECTION, else default)[/]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="[bold]extractive[/], or any LiteLLM model name.", metavar="NAME"),
]
Verifier = Annotated[
    str | None,
    typer.Option(
        "--verifier",
        help="What judges the sentences: [bold]built-in[/], [bold]cross-encoder:[/]NAME, or [bold]llm[/].",
        metavar="NAME",
    ),
]
TopK = Annotated[int | None, typer.Option("--top-k", "-k", help="Passages to find.", metavar="N")]
Strict = Annotated[bool, typer.Option("--strict", help="Withhold what the documents do not support.")]
Conditions = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        "-w",
        help="Only documents with KEY=VALUE (also >=, <=, >, <); [bold]source=[/] takes a path or a glob. Repeatable.",
        metavar="KEY=VALUE",
    ),
]
Folders = Annotated[
    list[str] | None,
    typer.Option(
        "--folder", help="Only documents below this folder: its path, or the end of it. Repeatable.", metavar="FOLDER"
    ),
]
Continue = Annotated[bool, typer.Option("--continue", help="Go on with the latest conversation.")]
Resume = Annotated[str | None, typer.Option("--resume", help="Go on with this conversation.", metavar="ID")]
Limit = Annotated[int, typer.Option("--limit", "-n", help="At most so many.", min=1, max=1000)]
