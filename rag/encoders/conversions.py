"""The cache of converted models: made once, checked when opened, made anew when damaged."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.durable import make_folder, write_atomically
from rag.encoders.models import ModelFolder
from rag.encoders.openvino_runtime import ModelFiles
from rag.encoders.remembered import RememberedHashes
from rag.errors import CollectionError, EmbedderError

FORMAT = 1
MANIFEST = "manifest.json"
CONVERT = "from rag.encoders.converting import main; main()"
CONVERT_TIMEOUT_S = 900.0
FILES = ("model.xml", "model.bin", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Conversion:
    """A converted model, ready to be compiled.

    Attributes:
        dimension: Length of a vector.
        max_tokens: Tokens of one text, special ones included.
        prompts: The model's own, put before a question and before a passage.
        files: What to compile; None where the model is to be run by torch instead.
        refused: Why it is to be run by torch; empty otherwise.
        scratch: Folder of `files` where the cache cannot be written; whoever compiles them removes it.
    """

    dimension: int
    max_tokens: int
    prompts: tuple[str, str]
    files: ModelFiles | None
    refused: str = ""
    scratch: Path | None = None


class Conversions:
    """Converted models in a folder, one folder for each of weights, settings, OpenVINO's version and precision.

    Files are named after their hash, and the manifest that names them is written last: a reader, or two processes that
    convert at the same time, meet a whole conversion or none.
    """

    def __init__(self, folder: Path, openvino_version: str) -> None:
        """Take the folder, which need not exist, and the version that converts."""
        self.folder = folder
        self.openvino_version = openvino_version
        self.hashes = RememberedHashes(folder / "hashes.json")

    def open(self, model: ModelFolder, precision: str) -> Conversion:
        """Return the conversion of a model; make it if it is missing or damaged.

        Raises:
            EmbedderError: The model cannot be loaded.
        """
        place = self.folder / self.key(model, precision)
        return self.read(place) or self.make(model, precision, place)

    def key(self, model: ModelFolder, precision: str) -> str:
        """Return the name of a conversion's folder."""
        version = re.sub(r"[^A-Za-z0-9.]+", "-", self.openvino_version)[:40]
        return f"{model.weights_sha256[:16]}-{model.settings_sha256[:8]}-{version}-{precision}-{FORMAT}"

    def read(self, place: Path) -> Conversion | None:
        """Return the conversion in a folder; None if it is missing, incomplete or damaged."""
        try:
            sealed = json.loads((place / MANIFEST).read_bytes())
            facts = sealed["facts"]
            if sealed["sha256"] != seal(facts):
                return None
            for name in facts["files"].values():
                if self.hashes.sha256(place / name) != Path(name).stem:
                    return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return conversion(facts, place)

    def make(self, model: ModelFolder, precision: str, place: Path) -> Conversion:
        """Convert in another process, store the result, and return it."""
        scratch = Path(tempfile.mkdtemp(prefix="vouch-"))
        kept = False
        try:
            facts = convert_apart(model, scratch, precision)
            try:
                make_folder(place)
                stored = facts | {"files": {} if facts["refused"] else self.store(scratch, place)}
                write_atomically(place / MANIFEST, json.dumps({"facts": stored, "sha256": seal(stored)}).encode())
            except CollectionError:
                # No cache, no matter: the model is used from where it was made.
                kept = not facts["refused"]
                facts |= {"files": {name: name for name in FILES}}
                return conversion(facts, scratch, scratch if kept else None)
            return conversion(stored, place)
        finally:
            if not kept:
                shutil.rmtree(scratch, ignore_errors=True)

    def store(self, folder: Path, place: Path) -> dict[str, str]:
        """Copy the files of a conversion, named after their hash; return the names by role."""
        names = {}
        for name in FILES:
            data = (folder / name).read_bytes()
            names[name] = hashlib.sha256(data).hexdigest() + Path(name).suffix
            write_atomically(place / names[name], data)
        for leftover in place.iterdir():
            if leftover.name not in {*names.values(), MANIFEST}:
                leftover.unlink(missing_ok=True)
        return names


def seal(facts: dict[str, Any]) -> str:
    """Return the hash that tells a whole manifest from a damaged one."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def conversion(facts: dict[str, Any], folder: Path, scratch: Path | None = None) -> Conversion:
    """Return the value for a manifest's facts."""
    files = None
    if not facts["refused"]:
        graph, weights, tokenizer = (folder / facts["files"][name] for name in FILES)
        files = ModelFiles(graph, weights, tokenizer, tuple(facts["inputs"]), facts["pad_token"])
    query, document = facts["prompts"]
    return Conversion(facts["dimension"], facts["max_tokens"], (query, document), files, facts["refused"], scratch)


def convert_apart(model: ModelFolder, folder: Path, precision: str) -> dict[str, Any]:
    """Convert in a process of its own, so that this one never loads torch; return the facts about it.

    Raises:
        EmbedderError: The model cannot be loaded, or the conversion took too long.
    """
    command = [sys.executable, "-c", CONVERT, str(model.folder), str(folder), precision]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CONVERT_TIMEOUT_S,
        )
        if done.returncode == 0:
            facts: dict[str, Any] = json.loads((folder / "facts.json").read_bytes())
            return facts
        problem = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    raise EmbedderError(
        f"The embedding model '{model.name}' cannot be prepared: {problem}",
        remedy="Check the model's folder, and that torch is installed.",
        field="embedder",
    )
