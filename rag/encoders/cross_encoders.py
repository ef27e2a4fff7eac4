"""Cross-encoders: two texts in, the probability that the first bears out the second out."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoders.labels import supporting_index
from rag.encoders.models import VERIFYING, ModelFolder, find_model
from rag.encoders.remembered import RememberedHashes
from rag.encoders.texts import whole_characters
from rag.errors import VerifierError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNLIMITED_MAX_TOKENS = 512
"""For models without a limit of their own (relative positions): they were hardly trained on longer pairs."""

BATCH_PAIRS = 16
CLASSIFIER = "ForSequenceClassification"
"""How the architecture of a model with a trained head ends; without one, loading would make a random head."""

DECIMALS = 6
"""Of a probability. What lies beyond depends on which pairs stand in one batch."""

Pair = tuple[str, str]
"""Evidence, and the claim it may bear out, in this order: premise and hypothesis of NLI."""


class CrossEncoderModel:
    """A sentence-transformers CrossEncoder that classifies. Safe in several threads: one call runs at a time.

    Attributes:
        name: As configured.
        revision: ``sha256:`` of its weights, its small files and the choice of the label.
        max_tokens: Tokens of a pair, special ones included.
    """

    def __init__(self, name: str, revision: str, model: Any, supporting: int) -> None:  # noqa: ANN401  CrossEncoder
        """Take a loaded CrossEncoder, and which of its outputs stands for support."""
        self.name = name
        self.revision = revision
        self.max_tokens = token_limit(model)
        self.model = model
        self.supporting = supporting
        # The tokenizer's padding and truncation are changed by each call.
        self.turn = threading.Lock()

    def count_tokens(self, pairs: Sequence[Pair]) -> list[int]:
        """Return how many tokens each pair has, special tokens included, uncut."""
        if not pairs:
            return []
        first, second = (whole_characters(texts) for texts in zip(*pairs, strict=True))
        with self.turn, vendor_errors(self.name):
            encoded = self.model.tokenizer(first, second, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the probability in [0, 1] that each pair's evidence bears out its claim, in order.

        Of one output it is the logistic function, of several the softmax.

        Raises:
            VerifierError: A pair is longer than `max_tokens` (nothing is ever cut), the model cannot be run, or gives
                a number that is not finite.
        """
        if not pairs:
            return []
        longest = max(self.count_tokens(pairs))
        if longest > self.max_tokens:
            raise VerifierError(
                f"A pair of {longest} tokens is longer than the {self.max_tokens} that the verifier's model"
                f" '{self.name}' takes.",
                remedy="Hand over shorter texts.",
            )
        with self.turn, vendor_errors(self.name):
            logits = predict(self.model, pairs)
        return [round(float(value), DECIMALS) for value in probabilities(logits, self.supporting, self.name)]


def load_cross_encoder(
    name: str, *, device: str = "auto", label: str | None = None, cache: Path | None = None
) -> CrossEncoderModel:
    """Load a cross-encoder that judges support, ready to run: NLI of two or three labels, HHEM or MiniCheck style.

    Args:
        name: The folder of a model, or its name on the Hugging Face hub; only a name that is no folder and is not in
            the hub's local cache is downloaded, and not even that one if ``HF_HUB_OFFLINE`` is set.
        device: ``cpu``, ``cuda``, or ``auto``: CUDA where there is a device.
        label: Name of the output that stands for support; read from the model's configuration if None.
        cache: Folder for the hashes of weights; the user's cache folder if None.

    Raises:
        VerifierError: The model is not there, is damaged, holds no safetensors weights, is no classifier, needs code of
            its own, or its labels do not tell which one is support.
    """
    from rag.encoders.loading import user_cache

    folder = find_model(name, RememberedHashes((cache or user_cache()) / "hashes.json"), VERIFYING)
    config = read_config(folder.folder, name)
    model = load_classifier(folder.folder, name, choose_device(device, name))
    outputs = int(model.num_labels)
    supporting = supporting_index(config, outputs, label, name)
    return CrossEncoderModel(name, revision_of(folder, supporting), model, supporting)


def revision_of(folder: ModelFolder, supporting: int) -> str:
    """Return the hash of all that a score depends on."""
    parts = f"{folder.weights_sha256}\0{folder.settings_sha256}\0{supporting}"
    return f"sha256:{hashlib.sha256(parts.encode()).hexdigest()}"


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """Return a model's configuration.

    Raises:
        VerifierError: There is none, or the model is no classifier.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VerifierError(
            f"The verifier's model '{name}' has no config.json that can be read: {error}.",
            remedy="Check that the folder holds a whole model.",
            field="verifier",
        ) from None
    architecture = str((config.get("architectures") or ["unknown"])[0])
    if not architecture.endswith(CLASSIFIER):
        raise VerifierError(
            f"The verifier's model '{name}' is no classifier: its architecture is {architecture}.",
            remedy="Name a cross-encoder for NLI or factual consistency.",
            field="verifier",
        )
    found: dict[str, Any] = config
    return found


def choose_device(device: str, name: str) -> str:
    """Return where the model is to run.

    Raises:
        VerifierError: It is to run on CUDA, and there is none.
    """
    from rag.encoders.loading import cuda_available

    if device != "cpu" and cuda_available(required=False):
        return "cuda"
    if device == "cuda":
        raise VerifierError(
            f"The verifier's model '{name}' is to run on CUDA, which is not available.",
            remedy="Set the device to 'auto' or 'cpu', or install a CUDA build of torch.",
            field="device",
        )
    return "cpu"


def load_classifier(folder: Path, name: str, device: str) -> Any:  # noqa: ANN401  CrossEncoder
    """Load a CrossEncoder from a folder: no network, and no code of its own.

    Raises:
        VerifierError: It cannot be loaded.
    """
    from rag.encoders.torch_runtime import quiet

    try:
        import torch
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise VerifierError(
            f"The verifier's model '{name}' needs torch, which is not installed: {error}.",
            remedy="Install torch: the README says how to get the small build for CPU.",
            field="verifier",
        ) from error
    with quiet():
        try:
            model = CrossEncoder(
                str(folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": torch.float32},
            )
        except Exception as error:  # a broken model fails in any of three libraries, each with errors of its own
            raise VerifierError(
                f"The verifier's model '{name}' cannot be loaded: {type(error).__name__}: {error}",
                remedy="Check that the folder holds a whole model, and that it needs no code of its own.",
                field="verifier",
            ) from error
        return model.eval()


def token_limit(model: Any) -> int:  # noqa: ANN401  CrossEncoder
    """Return how many tokens a pair may have: the tokenizer's limit, and the positions that the model has."""
    limits = [model.max_seq_length, getattr(model.config, "max_position_embeddings", None)]
    for path, module in model.named_modules():
        # RoBERTa and its kin count positions from behind the padding's.
        offset = getattr(module, "padding_idx", None)
        if path.endswith("position_embeddings") and offset is not None:
            limits.append(module.num_embeddings - offset - 1)
    known = [int(limit) for limit in limits if limit is not None and math.isfinite(limit) and 0 < limit < 2**31 - 1]
    return min(known, default=UNLIMITED_MAX_TOKENS)


def predict(model: Any, pairs: Sequence[Pair]) -> NDArray[np.float64]:  # noqa: ANN401  CrossEncoder
    """Return the raw outputs, (pairs, outputs)."""
    import numpy as np
    import torch

    texts = [whole_characters(pair) for pair in pairs]
    rows = model.predict(
        texts, prompt="", batch_size=BATCH_PAIRS, activation_fn=torch.nn.Identity(), show_progress_bar=False
    )
    return np.asarray(rows, np.float64).reshape(len(pairs), -1)


def probabilities(logits: NDArray[np.float64], supporting: int, name: str) -> NDArray[np.float64]:
    """Return the probability of the supporting output, (pairs,).

    Raises:
        VerifierError: A logit is not finite.
    """
    import numpy as np

    if not np.isfinite(logits).all():
        raise VerifierError(
            f"The verifier's model '{name}' gave a number that is not finite.",
            remedy="Name another model.",
            field="verifier",
        )
    if logits.shape[1] == 1:
        # Against a second output that is always zero; so written, nothing overflows.
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        supporting = 1
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = weights[:, supporting] / weights.sum(axis=1)
    return found


@contextmanager
def vendor_errors(name: str) -> Iterator[None]:
    """Turn any error of the vendors into ours."""
    try:
        yield
    except Exception as error:  # CUDA, torch and transformers share no base class
        raise VerifierError(
            f"The verifier's model '{name}' cannot be run: {type(error).__name__}: {error}", field="verifier"
        ) from error
