"""``vouch calibrate``: the threshold of abstention, fitted to the user's own questions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli import options
from rag.cli.boundary import OK, guarded
from rag.cli.risk import percent, write_risk
from rag.cli.session import existing_path, load_embedder, open_collection, read_settings, run_to_end
from rag.cli.terminal import output, progress_bar, write, write_json, write_note, write_warning
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.evaluation.calibrating import Fitting


@guarded
def calibrate(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="Questions, one JSON object a line, those not answered marked.", metavar="FILE"),
    ] = None,
    refuse_at_most: Annotated[
        float,
        typer.Option(
            "--refuse-at-most", help="Share of the answerable questions that may be refused.", metavar="SHARE"
        ),
    ] = 0.05,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the threshold, and keep the present one.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the built-in threshold.")] = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Fit to your own questions when Vouch answers and when it says that the documents do not say.

    Questions that the documents do not answer are marked with "answerable": false; at least 20 others are needed. From
    then on risk 0.5 means the fitted threshold, for this collection. Nothing is drafted, and no model is called.
    """
    from rag.calibration import remove_calibration, write_calibration
    from rag.collection.folders import collection_folder

    settings = read_settings(context, home=home, collection=collection)
    if reset is (file is not None):
        raise UsageError("Give a file of questions, or --reset.", remedy="vouch calibrate FILE", field="file")
    with open_collection(settings) as opened:
        folder = collection_folder(opened.settings)
        if file is None:
            removed = remove_calibration(folder)
            tell_reset(removed=removed, as_json=as_json)
            return OK
        from rag.evaluation import read_samples
        from rag.evaluation.calibrating import calibrate as fit

        samples = read_samples(existing_path(file, "file"))
        load_embedder(opened)
        with progress_bar("Calibrating", "questions") as tell:
            fitting = run_to_end(opened, fit(opened, samples, refuse_at_most=refuse_at_most, on_progress=tell))
        if not dry_run:
            write_calibration(folder, fitting.calibration)
    if as_json:
        write_json(json.dumps(fitting_as_json(fitting, kept=not dry_run), ensure_ascii=False, indent=2))
    else:
        write_fitting(fitting, kept=not dry_run)
    return OK


def tell_reset(*, removed: bool, as_json: bool) -> None:
    """Say that the built-in threshold holds."""
    if as_json:
        write_json(json.dumps({"reset": removed}))
    else:
        write(output(), "The built-in threshold holds again." if removed else "The built-in threshold holds already.")


def fitting_as_json(fitting: Fitting, *, kept: bool) -> dict[str, Any]:
    """Return what came of a fit as JSON values."""
    return {**asdict(fitting), "stored": kept}


def write_fitting(fitting: Fitting, *, kept: bool) -> None:
    """Write the curve, how well the questions are told apart, and the threshold."""
    write_risk(fitting.report)
    calibration = fitting.calibration
    write(output())
    write(output(), f"Threshold {calibration.threshold:.4f}: {'kept' if kept else 'not kept (--dry-run)'}.")
    answered = "" if fitting.false_answers is None else f" and answers {percent(fitting.false_answers)} of the others"
    write(output(), f"On these questions it refuses {percent(fitting.false_refusals)} of the answerable{answered}.")
    for note in fitting.notes:
        write_warning(note)
    if kept:
        write_note("From now on risk 0.5 means this threshold. Undo: vouch calibrate --reset")
