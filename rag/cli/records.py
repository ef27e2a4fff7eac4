"""``vouch verify``: whether an answer's quotes stand where it says, and its sentences hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import ERROR, OK, guarded
from rag.cli.session import (
    existing_path,
    given_flags,
    load_embedder,
    open_collection,
    read_settings,
    read_stdin,
    run_to_end,
)
from rag.cli.terminal import is_watched, output, write, write_indented, write_json, write_warning
from rag.errors import DocumentNotFound, SourceError, UsageError
from rag.sanitize import clean_line
from rag.types import VerifierIdentity

if TYPE_CHECKING:
    from rag.checking import IntegrityCheck, SourceText
    from rag.collection import Collection
    from rag.config import Settings
    from rag.types import Claim
    from rag.wire import WireAnswer, WireCitation

    FindSource = Callable[[WireCitation], SourceText | None]

RANKS = {"supported": 2, "not_a_claim": 2, "not_checked": 2, "partial": 1, "unsupported": 0, "uncited": 0}
"""How much a verdict promises; a sentence that falls below what its answer says does not hold."""

OUTCOME_STYLES = {"intact": "green", "revised": "yellow", "removed": "yellow"}


@guarded
def verify(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="What `vouch ask --json` printed; [bold]-[/] reads stdin.", metavar="ANSWER.json")
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--documents", "-d", help="Check against the files in this folder, not a collection.", metavar="DIR"
        ),
    ] = None,
    support: Annotated[
        bool, typer.Option("--support", help="Also judge every sentence anew by what the collection holds.")
    ] = False,
    verifier: options.Verifier = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Check that an answer's quotes stand where it says, without a model. Ends with 1 if one does not.

    Without --documents and --collection, the collection that the answer names is taken.
    """
    from rag.checking import check_integrity

    if folder is not None and support:
        raise UsageError(
            "--support judges by a collection, --documents checks files.",
            remedy="Run them one by one.",
            field="support",
        )
    if verifier is not None and not support:
        raise UsageError(
            "--verifier names what judges the sentences, which are not judged.",
            remedy="Add --support.",
            field="verifier",
        )
    answer = read_answer(file)
    if folder is not None:
        settings = read_settings(context, home=home, collection=collection)
        checks = check_integrity(answer, sources_in_folder(existing_path(folder, "documents"), settings))
        return tell_outcome(answer, checks, None, as_json=as_json)
    named = given_flags(context, collection=collection).get("collection")
    settings = read_settings(context, home=home, collection=named or answer.collection, verifier=verifier)
    with open_collection(settings) as opened:
        checks = check_integrity(answer, sources_in_collection(opened))
        judged = judge_anew(opened, answer) if support else None
    return tell_outcome(answer, checks, judged, as_json=as_json)


def read_answer(file: str) -> WireAnswer:
    """Read an answer from a file, or from stdin for ``-``.

    Raises:
        UsageError: There is no such file, or it is not an answer.
    """
    from rag.wire import load_answer

    if file == "-":
        return load_answer(read_stdin())
    path = existing_path(Path(file), "file")
    try:
        return load_answer(path.read_bytes())
    except OSError as error:
        raise UsageError(f"'{file}' cannot be read: {error.strerror}.", remedy="Name a file.", field="file") from None


def sources_in_collection(collection: Collection) -> FindSource:
    """Return what finds a citation's source in a collection: by its id, or, if that is gone, by its path."""
    from rag.checking import SourceText

    def find(citation: WireCitation) -> SourceText | None:
        try:
            record = collection.store.document(citation.document_id)
        except DocumentNotFound:
            found = collection.store.find(citation.source)
            if found is None:
                return None
            record = found
        return SourceText(record.revision, collection.text(record.document_id), record.reader)

    return find


def sources_in_folder(folder: Path, settings: Settings) -> FindSource:
    """Return what finds a citation's source below a folder, wherever its path was counted from; never outside it."""
    from rag.checking import SourceText
    from rag.reading import read

    root = folder.resolve()

    def find(citation: WireCitation) -> SourceText | None:
        parts = Path(citation.source).parts
        first: SourceText | None = None
        for skipped in range(len(parts)):
            path = root.joinpath(*parts[skipped:])
            if not path.resolve().is_relative_to(root) or not path.is_file():
                continue
            try:
                document = read(
                    path,
                    source=citation.source,
                    max_bytes=settings.file_max_bytes,
                    max_characters=settings.file_max_characters,
                )
            except SourceError:
                continue
            if document.revision == citation.revision:
                return SourceText(document.revision, document.text, document.reader)
            first = first or SourceText(document.revision, document.text, document.reader)
        return first

    return find


def judge_anew(collection: Collection, answer: WireAnswer) -> Sequence[Claim]:
    """Judge an answer's sentences by what the collection holds now; none of an abstention."""
    if not answer.sentences:
        return ()
    load_embedder(collection)
    said = [sentence.text for sentence in answer.sentences]
    check = run_to_end(collection, collection.judge(said, question=answer.standalone_question))
    then = answer.verifier
    before = VerifierIdentity(then.name, then.version, then.threshold, then.model, then.revision)
    if before != check.verifier:
        write_warning(f"Another verifier judged the answer ({before}) than judges now ({check.verifier}).")
    return check.sentences


def tell_outcome(
    answer: WireAnswer, checks: Sequence[IntegrityCheck], judged: Sequence[Claim] | None, *, as_json: bool
) -> int:
    """Show what was found, and return the exit code."""
    pairs = list(zip(answer.sentences, judged or (), strict=False))
    fallen = [now for before, now in pairs if RANKS[now.verdict] < RANKS[before.verdict]]
    holds = all(check.ok for check in checks) and not fallen
    if as_json:
        told: dict[str, object] = {"id": answer.id, "holds": holds}
        told["citations"] = [asdict(check) | {"ok": check.ok} for check in checks]
        if judged is not None:
            told["sentences"] = [asdict(claim) for claim in judged]
        write_json(json.dumps(told, ensure_ascii=False, indent=2))
        return OK if holds else ERROR
    write_checks(checks)
    for before, now in pairs:
        write_judgement(before.text, str(before.verdict), now)
    cited = [check for check in checks if check.number]
    summary = f"{sum(check.ok for check in cited)} of {len(cited)} citations hold" if cited else "Nothing is cited"
    if len(cited) < len(checks):
        summary += "; the answer contradicts itself"
    if pairs:
        summary += f"; {len(pairs) - len(fallen)} of {len(pairs)} sentences are supported as the answer says"
    write(output(), Text(f"{summary}.", style="bold green" if holds else "bold red"))
    return OK if holds else ERROR


def write_checks(checks: Sequence[IntegrityCheck]) -> None:
    """Write one line a citation."""
    console = output()
    for check in checks:
        name = f"[{check.number}]" if check.number else "answer"
        style = OUTCOME_STYLES.get(check.outcome, "bold red")
        write(
            console, Text.assemble((f"{name:<6} ", "cyan"), (f"{check.outcome:<8} ", style), clean_line(check.detail))
        )


def write_judgement(text: str, before: str, now: Claim) -> None:
    """Write a sentence's verdict, as the answer has it and as it is now."""
    console = output()
    fell = RANKS[now.verdict] < RANKS[before]
    verdict = str(now.verdict) if before == now.verdict else f"{now.verdict}, was {before}"
    problem = f": {clean_line(now.problem)}" if now.problem else ""
    write(console, Text(f"{verdict}{problem}", style="bold red" if fell else "green" if not problem else "yellow"))
    shown = Text(clean_line(text))
    write_indented(console, shown, 2) if is_watched(console) else write(console, Text("  ") + shown)
