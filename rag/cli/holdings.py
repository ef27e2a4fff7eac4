"""``vouch original`` and ``metadata``: what is held of a document beside its text."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options
from rag.cli.boundary import OK, guarded
from rag.cli.ingesting import read_metadata
from rag.cli.session import open_collection, read_settings
from rag.cli.terminal import write_json, write_note, write_table
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.types import DocumentRecord

Document = Annotated[str, typer.Argument(help="A document by source or id.", metavar="DOCUMENT", show_default=False)]


@guarded
def original(
    context: typer.Context,
    document: Document,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this new file.", metavar="FILE")
    ] = None,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Write the file that a document was read from, byte for byte, to stdout or to a file.

    It is the file that was kept, or the one at its path while that is still what was read. For example: vouch original
    report.pdf > report.pdf
    """
    if output is None and sys.stdout.isatty():
        raise UsageError(
            "A file's bytes are not written to a terminal.", remedy="Give --output FILE, or redirect.", field="output"
        )
    settings = read_settings(context, home=home, collection=collection)
    with open_collection(settings) as opened:
        content = opened.read_original(document)
    if output is None:
        sys.stdout.buffer.write(content)
        return OK
    write_new(output, content)
    write_note(f"Wrote {len(content):,} bytes to {output}.", style="")
    return OK


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        UsageError: It is there already, or cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already.", remedy="Choose another name.", field="output") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", field="output") from error


@guarded
def metadata(
    context: typer.Context,
    document: Document,
    values: Annotated[
        list[str] | None,
        typer.Argument(help="What to set; the rest stays.", metavar="KEY=VALUE...", show_default=False),
    ] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="Take this key away. Repeatable.")] = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Show a document's metadata, or set some of them; nothing is read or embedded anew.

    What is set here wins over what the file says, and stays when the file changes. For example: vouch metadata
    report.pdf date=2023-05-31 client=Acme
    """
    given: dict[str, str | int | float | bool | None] = dict.fromkeys(remove or ())
    given |= read_metadata(values or (), None)
    settings = read_settings(context, home=home, collection=collection)
    with open_collection(settings) as opened:
        record = opened.set_metadata(document, given) if given else opened.document(document)
    show_metadata(record, as_json=as_json)
    return OK


def show_metadata(record: DocumentRecord, *, as_json: bool) -> None:
    """Show a document's metadata by key."""
    if as_json:
        told = {"document_id": record.document_id, "source": record.source, "metadata": dict(record.metadata)}
        write_json(json.dumps(told, ensure_ascii=False, indent=2))
    elif record.metadata:
        write_table(("key", "value"), [(key, str(value)) for key, value in sorted(record.metadata.items())], wide=1)
    else:
        write_note(f"Nothing is known of {record.source}.", style="")
