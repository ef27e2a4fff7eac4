"""``vouch collections`` and what it does with whole ones: create, delete, export and import."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rag.cli import options
from rag.cli.boundary import OK, guarded
from rag.cli.documents import size
from rag.cli.session import existing_path, read_settings
from rag.cli.terminal import working, write_json, write_note, write_table
from rag.errors import UsageError

app = typer.Typer(help="List the collections; create, delete, export or import one.")

Name = Annotated[str, typer.Argument(help="Name of the collection.", metavar="NAME", show_default=False)]


@app.callback(invoke_without_command=True)
def collections(context: typer.Context, as_json: options.AsJson = False, home: options.Home = None) -> None:
    """List the collections; create, delete, export or import one."""
    if home is not None:
        context.obj = {**(context.obj or {}), "home": home}
    if context.invoked_subcommand is None:
        show_list(context, as_json=as_json)


@guarded
def show_list(context: typer.Context, as_json: bool) -> int:
    """List the collections of the home folder."""
    from rag.collection import describe_collections

    settings = read_settings(context)
    found = describe_collections(settings.home)
    if as_json:
        write_json(json.dumps({"collections": [asdict(each) for each in found]}, ensure_ascii=False, indent=2))
    elif found:
        rows = [
            (
                each.name,
                each.problem if each.documents is None else f"{each.documents:,}",
                size(each.size_bytes),
                each.embedder or "",
                (each.changed_at or "")[:16].replace("T", " "),
            )
            for each in found
        ]
        write_table(("collection", ">documents", ">size", "model", "last change (UTC)"), rows)
    else:
        write_note(f"There are no collections in {settings.home}. Make one: vouch ingest PATH", style="")
    return OK


@app.command()
@guarded
def create(context: typer.Context, name: Name, home: options.Home = None) -> int:
    """Make an empty collection."""
    from rag.collection import create_collection

    settings = read_settings(context, home=home)
    with working("Preparing the embedding model ..."):
        create_collection(settings, name)
    write_note(f"Created the collection '{name}'. Add documents: vouch ingest PATH --collection {name}", style="")
    return OK


@app.command()
@guarded
def delete(
    context: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: options.Home = None,
) -> int:
    """Delete a collection, its kept files and the answers given from it; the files it was read from stay."""
    from rag.collection import delete_collection, describe_collections

    settings = read_settings(context, home=home)
    found = next((each for each in describe_collections(settings.home) if each.name == name), None)
    if found is not None and not yes:
        require_consent(name, found.documents)
    delete_collection(settings, name)
    write_note(f"Deleted the collection '{name}'.", style="")
    return OK


def require_consent(name: str, documents: int | None) -> None:
    """Ask whether a collection shall be deleted.

    Raises:
        UsageError: Nobody can be asked, or the answer is no.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            f"Deleting the collection '{name}' needs a yes.", remedy="Give --yes if you mean it.", field="yes"
        )
    number = "its documents" if documents is None else f"its {documents:,} documents"
    if not typer.confirm(f"Delete the collection '{name}' with {number} and all answers given from it?", err=True):
        raise UsageError("Nothing was deleted.")


@app.command(name="export")
@guarded
def export_(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> int:
    """Write a collection to one file, its kept files included; others may go on reading and writing it."""
    from rag.collection import export_collection

    settings = read_settings(context, home=home)
    with working("Exporting ..."):
        written = export_collection(settings, name, file, overwrite=force)
    if as_json:
        write_json(json.dumps(asdict(written) | {"file": str(file)}, ensure_ascii=False, indent=2))
    else:
        write_note(f"Exported {written.documents:,} documents to {file} ({size(file.stat().st_size)}).", style="")
    return OK


@app.command(name="import")
@guarded
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An exported collection.", metavar="FILE", show_default=False)],
    name: Annotated[str | None, typer.Option("--as", help="Give it another name.", metavar="NAME")] = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
) -> int:
    """Make a collection of an exported file, once all of it has been checked."""
    from rag.collection import import_collection

    settings = read_settings(context, home=home)
    existing_path(file, "file")
    with working("Checking and importing ..."):
        manifest = import_collection(settings, file, name)
    told = name or manifest.collection
    if as_json:
        write_json(json.dumps({"collection": told, "documents": manifest.documents}, ensure_ascii=False, indent=2))
    else:
        write_note(f"Imported the collection '{told}' with {manifest.documents:,} documents.", style="")
    return OK
