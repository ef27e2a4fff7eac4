"""A collection's own threshold of abstention, fitted to its user's questions; kept beside the collection.

It belongs to what scored those questions: the embedder, the version of the fitted model, and the reader. Where one of
them has changed it is not used, and every answer says so until it is fitted anew or reset.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rag.durable import storage_error, write_atomically
from rag.sufficiency import MODEL_VERSION, Cutoff, SufficiencyReader
from rag.types import EmbedderIdentity

CALIBRATION_FILE = "calibration.json"

REMEDY = "Fit it anew: vouch calibrate FILE; or go back to the built-in one: vouch calibrate --reset."


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold and what it was fitted with.

    Attributes:
        threshold: Score from which a question counts as answerable at risk 0.5, in [0, 1].
        refuse_at_most: Share of the answerable questions that it was to refuse at most.
        embedder: Name of the embedder.
        revision: Hash of its weights.
        model: Version of the fitted model of sufficiency.
        reader: Name of the reader; empty where there was none.
        answerable: Number of answerable questions it was fitted to.
        unanswerable: Number of the others.
        created_at: ISO 8601, UTC.
    """

    threshold: float
    refuse_at_most: float
    embedder: str
    revision: str
    model: str
    reader: str
    answerable: int
    unanswerable: int
    created_at: str

    def mismatch(self, identity: EmbedderIdentity, reader: SufficiencyReader | None) -> str:
        """Return what has changed since it was fitted, in words; empty where nothing has."""
        if (self.embedder, self.revision) != (identity.name, identity.revision):
            return f"another embedder ({self.embedder})"
        if self.model != MODEL_VERSION:
            return "another version of Vouch"
        if self.reader != (reader.name if reader is not None else ""):
            return f"another sufficiency model ({self.reader or 'none'})"
        return ""


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Keep a collection's calibration in its folder; any crash leaves the old one or the new one.

    Raises:
        CollectionError: It cannot be written.
    """
    text = json.dumps(asdict(calibration), ensure_ascii=False, indent=2)
    write_atomically(folder / CALIBRATION_FILE, (text + "\n").encode())


def read_calibration(folder: Path) -> Calibration | None:
    """Return a collection's calibration; None where there is none.

    Raises:
        ValueError: The file is damaged.
        CollectionError: It cannot be read.
    """
    try:
        text = (folder / CALIBRATION_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, f"The file {folder / CALIBRATION_FILE}") from error
    row = json.loads(text.decode())
    if not isinstance(row, dict):
        raise ValueError("no JSON object")
    kinds = {"float": (int, float), "int": (int,), "str": (str,)}
    values = {field.name: row.get(field.name) for field in fields(Calibration)}
    wrong = [
        field.name
        for field in fields(Calibration)
        if not isinstance(values[field.name], kinds[str(field.type)]) or isinstance(values[field.name], bool)
    ]
    if wrong or not 0.0 <= float(row["threshold"]) <= 1.0:
        raise ValueError(f"bad fields: {wrong or ['threshold']}")
    return Calibration(**values)  # type: ignore[arg-type]


def remove_calibration(folder: Path) -> bool:
    """Go back to the built-in threshold; return whether there was another.

    Raises:
        CollectionError: The file cannot be removed.
    """
    path = folder / CALIBRATION_FILE
    try:
        existed = path.exists()
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, f"The file {path}") from error
    return existed


def cutoff_of(folder: Path, identity: EmbedderIdentity, reader: SufficiencyReader | None = None) -> Cutoff:
    """Return the threshold to use: the fitted one where it fits, else the built-in one with a warning.

    Raises:
        CollectionError: The calibration cannot be read.
    """
    try:
        calibration = read_calibration(folder)
    except ValueError:
        return Cutoff(warnings=(f"The calibration of this collection is damaged and was not used. {REMEDY}",))
    if calibration is None:
        return Cutoff()
    changed = calibration.mismatch(identity, reader)
    if changed:
        return Cutoff(
            warnings=(f"The calibration of this collection was made with {changed} and was not used. {REMEDY}",)
        )
    return Cutoff(fitted=calibration.threshold)
