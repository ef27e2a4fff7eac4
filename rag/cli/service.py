"""``vouch serve``, ``doctor`` and ``config``."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import ERROR, OK, guarded
from rag.cli.session import given_flags, load_embedder, open_collection, read_settings
from rag.cli.terminal import output, write, write_indented, write_json, write_note, write_warning
from rag.errors import CollectionNotFound, VouchError
from rag.sanitize import clean_line

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.types import Finding

SERVER = "api.app"
"""The one way up: the server is above the command line, so it is reached by name."""

VALUE_CHARACTERS = 30
"""Of a setting's value; what is longer moves the rest of its line only."""

PACKAGES = ("sentence-transformers", "openvino", "faiss-cpu", "tantivy", "litellm", "torch")


@guarded
def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", help="Address of this machine to bind. [dim](VOUCH_HOST)[/]")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", "-p", help="Port to bind. [dim](VOUCH_PORT)[/]")] = None,
    model: options.Model = None,
    verifier: options.Verifier = None,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Serve the collections over HTTP, to this machine only: an address that others could reach is refused."""
    settings = read_settings(
        context, home=home, collection=collection, model=model, verifier=verifier, host=host, port=port
    )
    importlib.import_module(SERVER).serve(settings)
    return OK


@guarded
def doctor(
    context: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Also read every row and compare the index with it.")] = False,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="First remove kept files that no document needs, and read outdated ones again."),
    ] = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Check the settings, the home folder, the collection, the index, the embedding model and the verifier."""
    settings = read_settings(context, home=home, collection=collection)
    findings: list[Finding] = []
    if repair:
        repair_collection(settings)
    for finding in examine(settings, full=full):
        findings.append(finding)
        if not as_json:
            mark = ("ok    ", "green") if finding.ok else ("FAILED", "bold red")
            write(output(), Text.assemble(mark, f"  {clean_line(finding.check):<12} ", clean_line(finding.detail)))
    healthy = all(finding.ok for finding in findings)
    if as_json:
        write_json(json.dumps({"ok": healthy, "findings": [asdict(each) for each in findings]}, indent=2))
    return OK if healthy else ERROR


def repair_collection(settings: Settings) -> None:
    """Remove what a crash may have left beside the collection, read again what an earlier version has read, and tell.

    Raises:
        CollectionError: The collection cannot be used, or another process is writing.
        EmbedderError: The embedder cannot be run.
    """
    with open_collection(settings) as opened:
        removed = opened.remove_unneeded()
        report = opened.read_again()
    write_note(f"Removed {len(removed):,} kept files that no document needs.", style="")
    if report.replaced:
        write_note(f"Documents read again that an earlier version had read: {len(report.replaced):,}.", style="")
    for refusal in report.refused:
        write_warning(f"{refusal.source} stays as an earlier version has read it: {refusal.reason}")


def examine(settings: Settings, *, full: bool) -> Iterator[Finding]:
    """Yield what is found, one by one; an error is a finding too."""
    from rag.collection import check_history
    from rag.types import Finding

    yield Finding("vouch", True, f"{version()}, Python {platform.python_version()}, {platform.platform()}")
    yield Finding("packages", True, ", ".join(f"{name} {installed(name)}" for name in PACKAGES))
    told = (f"{name} {getattr(settings, name)}" for name in ("model", "verifier", "embedder", "device"))
    yield Finding("settings", True, ", ".join(told))
    home = settings.home
    if not home.exists():
        yield Finding("home", True, f"{home} is not there yet; the first `vouch ingest` makes it")
        return
    writable = os.access(home, os.W_OK | os.X_OK)
    yield Finding("home", writable, f"{home.resolve()} is {'' if writable else 'not '}writable")
    yield check_history(home, full=full)
    try:
        opened = open_collection(settings)
    except CollectionNotFound as error:
        yield Finding("collection", False, str(error))
        return
    except VouchError as error:
        yield Finding("collection", False, f"{error} ({error.code})")
        return
    with opened:
        try:
            yield Finding("collection", True, f"{settings.collection}, {len(opened.documents()):,} documents")
            yield from opened.check(full=full)
            load_embedder(opened)
            identity = opened.embedder.identity
            yield Finding("embedder", True, f"{identity.name}, {identity.dimension} dimensions, gives the same vectors")
            yield Finding("verifier", True, str(opened.verifier.identity))
        except VouchError as error:
            yield Finding(error.code, False, str(error))


@guarded
def config(
    context: typer.Context,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Show every setting, its value, and where that comes from."""
    from rag.config import origin

    flags = given_flags(context, home=home, collection=collection)
    settings = read_settings(context, home=home, collection=collection)
    values = settings.model_dump(mode="json")
    if values["api_key"] is not None:
        values["api_key"] = "(hidden)"
    origins = {name: origin(name, flags) if name in settings.model_fields_set else "default" for name in values}
    if as_json:
        told = {name: {"value": value, "origin": origins[name]} for name, value in values.items()}
        write_json(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        write_settings({name: "none" if value is None else str(value) for name, value in values.items()}, origins)
    return OK


def write_settings(values: Mapping[str, str], origins: Mapping[str, str]) -> None:
    """Write each setting with its value and where that comes from, and below it what it is."""
    from rag.config import describe_settings

    console, described = output(), describe_settings()
    widths = max(map(len, values)), min(max(map(len, values.values())), VALUE_CHARACTERS)
    for name, value in values.items():
        head = f"{name:{widths[0]}}  {clean_line(value):{widths[1]}}  "
        write(console, Text.assemble(head, (origins[name], "dim" if origins[name] == "default" else "cyan")))
        write_indented(console, Text(described.get(name, ""), style="dim"), 4)


def version() -> str:
    """Return the version of Vouch."""
    return installed("vouch-rag")


def installed(package: str) -> str:
    """Return the version of a package; ``missing`` where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def print_version(wanted: bool) -> None:
    """Print the version and end (the option ``--version``)."""
    if wanted:
        sys.stdout.write(f"vouch {version()}\n")
        sys.stdout.flush()
        raise typer.Exit
