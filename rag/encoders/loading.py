"""Which runtime a model gets: CUDA where there is one, else OpenVINO, else torch."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from rag.encoders.conversions import Conversions
from rag.encoders.models import ModelFolder, find_model
from rag.encoders.remembered import RememberedHashes
from rag.errors import EmbedderError

if TYPE_CHECKING:
    from rag.encoders.openvino_runtime import OpenVinoEmbedder
    from rag.encoders.torch_runtime import TorchEmbedder

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "bf16", "f32")
NVIDIA_SIGNS = ("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg")
"""Where the driver shows itself on Linux and under WSL; asking torch instead would cost seconds."""


def load_embedder(
    name: str = "bundled",
    *,
    device: str = "auto",
    precision: str = "auto",
    cache: Path | None = None,
    query_prompt: str | None = None,
    document_prompt: str | None = None,
) -> OpenVinoEmbedder | TorchEmbedder:
    """Load an embedding model, ready to run.

    The first use of a model on a CPU converts it, which takes about ten seconds; later ones a quarter of a second.

    Args:
        name: ``bundled`` (all-MiniLM-L6-v2, which comes with the package), the folder of a sentence-transformers
            model, or its name on the Hugging Face hub. Only a name that is no folder and is not in the hub's local
            cache is downloaded, and not even that one if ``HF_HUB_OFFLINE`` is set.
        device: ``cpu``, ``cuda``, or ``auto``: CUDA where there is a device.
        precision: ``bf16``, ``f32``, or ``auto``: bf16 where the CPU computes in it, f32 elsewhere and on CUDA.
        cache: Folder for converted models; the user's cache folder if None. Where it cannot be written, the
            converted model lives as long as the embedder.
        query_prompt: Instead of the model's own; put before every question.
        document_prompt: Instead of the model's own; put before every passage.

    Raises:
        EmbedderError: The model is not there, is damaged, holds no safetensors weights or cannot be run; or the
            device or the precision is not available.
    """
    require("embedding device", device, DEVICES)
    require("embedding precision", precision, PRECISIONS)
    place = cache if cache is not None else user_cache()
    model = find_model(name, RememberedHashes(place / "hashes.json"))
    prompts = (query_prompt, document_prompt)
    if device != "cpu" and cuda_available(required=device == "cuda"):
        return load_torch(model, "cuda", precision, prompts)
    return load_on_cpu(model, place, precision, prompts)


def load_on_cpu(
    model: ModelFolder, cache: Path, precision: str, prompts: tuple[str | None, str | None]
) -> OpenVinoEmbedder | TorchEmbedder:
    """Load through OpenVINO, or through torch where the conversion is known not to give the model's vectors."""
    from rag.encoders.openvino_runtime import OpenVinoEmbedder, choose_precision, openvino_version

    chosen = choose_precision(precision)
    conversion = Conversions(cache, openvino_version()).open(model, chosen)
    if conversion.files is None:
        return load_torch(model, "cpu", "f32", prompts)
    identity = model.identity(conversion.dimension, conversion.max_tokens, conversion.prompts, prompts)
    return OpenVinoEmbedder(identity, conversion.files, precision=chosen, scratch=conversion.scratch)


def load_torch(
    model: ModelFolder, device: str, precision: str, prompts: tuple[str | None, str | None]
) -> TorchEmbedder:
    """Load through sentence-transformers."""
    from rag.encoders.torch_runtime import TorchEmbedder, describe, load_sentence_transformer

    loaded = load_sentence_transformer(model.folder, device, "bf16" if precision == "bf16" else "f32")
    own = describe(loaded)
    return TorchEmbedder(model.identity(own.dimension, own.max_tokens, own.prompts, prompts), loaded)


def cuda_available(*, required: bool) -> bool:
    """Return whether torch can use CUDA; torch is only asked where a driver shows itself.

    Raises:
        EmbedderError: It is required, and not there.
    """
    found = False
    if any(os.path.exists(sign) for sign in NVIDIA_SIGNS) or shutil.which("nvidia-smi"):
        from rag.encoders.torch_runtime import torch_sees_cuda

        found = torch_sees_cuda()
    if required and not found:
        raise EmbedderError(
            "The embedding device 'cuda' is not available: there is no NVIDIA driver, or torch is built without CUDA.",
            remedy="Set the device to 'auto' or 'cpu', or install a CUDA build of torch.",
            field="device",
        )
    return found


def user_cache() -> Path:
    """Return the folder for converted models in the user's cache."""
    from platformdirs import user_cache_path

    return user_cache_path("vouch", appauthor=False) / "encoders"


def require(what: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a value that is not among the known ones."""
    if value not in known:
        raise EmbedderError(
            f"The {what} '{value}' is unknown.", remedy=f"Use one of: {', '.join(known)}.", field=what.split()[1]
        )
