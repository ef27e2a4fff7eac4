"""Embedding through sentence-transformers: on CUDA, and where a model cannot be converted."""

from __future__ import annotations

import logging
import math
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoders.texts import pieces, require_whole, unit_rows, whole_characters
from rag.errors import EmbedderError
from rag.types import EmbedderIdentity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.types.sources import Matrix, Vector

UNLIMITED_MAX_TOKENS = 512
"""For models without a limit of their own (static ones): longer passages only blur."""

QUERY_PROMPTS = ("query",)
DOCUMENT_PROMPTS = ("document", "passage", "corpus")
"""Names of prompts in a model's configuration, as sentence-transformers looks for them."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a loaded model says of itself.

    Attributes:
        dimension: Length of a vector.
        max_tokens: Tokens of one text, special ones included.
        prompts: Put before a question, and before a passage.
    """

    dimension: int
    max_tokens: int
    prompts: tuple[str, str]


class TorchEmbedder:
    """A model run by sentence-transformers. Safe in several threads: one call runs at a time."""

    def __init__(self, identity: EmbedderIdentity, model: Any) -> None:  # noqa: ANN401  SentenceTransformer
        """Take a loaded SentenceTransformer."""
        self.identity = identity
        self.model = model
        # The tokenizer's padding and truncation are changed by each call.
        self.turn = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Return one unit row per text, (n, dimension), float32, in order; (0, dimension) for none.

        Raises:
            EmbedderError: A text is longer than `identity.max_tokens` (nothing is ever cut), the model cannot be
                run, or gave a vector that is not finite.
        """
        require_whole(texts, self.count_tokens(texts), self.identity.max_tokens, self.identity.name)
        return self.encode("encode_document", texts, self.identity.document_prompt)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question, (dimension,), float32.

        A question longer than the model takes is halved until its pieces fit, and has the mean of their vectors.

        Raises:
            EmbedderError: The model cannot be run, or gave a vector that is not finite.
        """
        rows = self.encode("encode_query", pieces(text, self.fits_query), self.identity.query_prompt)
        vector: Vector = rows[0] if len(rows) == 1 else unit_rows(rows.mean(0, keepdims=True), self.identity.name)[0]
        return vector

    def fits_query(self, text: str) -> bool:
        """Return whether the model takes the whole text as a question."""
        return self.count([self.identity.query_prompt + text])[0] <= self.identity.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has as a passage, prompt and special tokens included, uncut."""
        return self.count([self.identity.document_prompt + text for text in texts])

    def close(self) -> None:
        """Give the model's memory back; embedding afterwards is an error. Idempotent."""
        self.model = None

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special tokens included, uncut."""
        with self.turn, vendor_errors(self.identity.name):
            return count_tokens(self.opened().tokenizer, texts)

    def encode(self, method: str, texts: Sequence[str], prompt: str) -> Matrix:
        """Return one unit row per text."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.identity.dimension), np.float32)
        with self.turn, vendor_errors(self.identity.name):
            rows = encode(self.opened(), method, texts, prompt)
        return unit_rows(rows, self.identity.name)

    def opened(self) -> Any:  # noqa: ANN401  SentenceTransformer
        """Return the model, unless it is closed."""
        if self.model is None:
            raise EmbedderError(f"The embedding model '{self.identity.name}' is closed.", remedy="Load it again.")
        return self.model


def encode(model: Any, method: str, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:  # noqa: ANN401
    """Return what ``encode_query`` or ``encode_document`` gives, (n, dimension), float32."""
    import numpy as np

    rows = getattr(model, method)(
        whole_characters(texts), prompt=prompt, show_progress_bar=False, convert_to_tensor=True
    )
    return np.asarray(rows.float().cpu().numpy(), np.float32)


def count_tokens(tokenizer: Any, texts: Sequence[str]) -> list[int]:  # noqa: ANN401  of transformers, or tokenizers
    """Return how many tokens each text has, uncut, by a tokenizer of transformers or one of the tokenizers library."""
    if not texts:
        return []
    texts = whole_characters(texts)
    if hasattr(tokenizer, "encode_batch_fast"):
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    return [len(ids) for ids in tokenizer(texts, truncation=False, verbose=False)["input_ids"]]


def load_sentence_transformer(folder: Path, device: str, precision: str) -> Any:  # noqa: ANN401  SentenceTransformer
    """Load a model from a folder: no network, and no code of its own.

    Raises:
        EmbedderError: It cannot be loaded.
    """
    with quiet():
        try:
            import torch
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": torch.bfloat16 if precision == "bf16" else torch.float32},
            )
        except ImportError as error:
            raise EmbedderError(
                f"The embedding model in {folder} needs torch, which is not installed: {error}.",
                remedy="Install torch: the README says how to get the small build for CPU.",
                field="embedder",
            ) from error
        except Exception as error:  # a broken model fails in any of three libraries, each with errors of its own
            raise EmbedderError(
                f"The embedding model in {folder} cannot be loaded: {type(error).__name__}: {error}",
                remedy="Check that the folder holds a whole sentence-transformers model.",
                field="embedder",
            ) from error
        return model.eval()


def describe(model: Any) -> ModelFacts:  # noqa: ANN401  SentenceTransformer
    """Return what a loaded model says of itself."""
    limit = model.max_seq_length
    limited = limit is not None and math.isfinite(limit) and 0 < limit < 2**31 - 1
    return ModelFacts(
        dimension=int(model.get_embedding_dimension()),
        max_tokens=int(limit) if limited else UNLIMITED_MAX_TOKENS,
        prompts=(own_prompt(model, QUERY_PROMPTS), own_prompt(model, DOCUMENT_PROMPTS)),
    )


def own_prompt(model: Any, names: Sequence[str]) -> str:  # noqa: ANN401  SentenceTransformer
    """Return the first prompt that the model has under one of these names, or its default, or nothing."""
    prompts = model.prompts or {}
    found = [prompts[name] for name in (*names, model.default_prompt_name) if prompts.get(name)]
    return str(found[0]) if found else ""


def torch_sees_cuda() -> bool:
    """Return whether torch is built for CUDA and finds a device; False where torch is not installed."""
    try:
        import torch
    except ImportError:
        return False
    with quiet():
        return bool(torch.cuda.is_available())


@contextmanager
def vendor_errors(name: str) -> Iterator[None]:
    """Turn any error of the vendors into ours."""
    try:
        yield
    except EmbedderError:
        raise
    except Exception as error:  # CUDA, torch and transformers share no base class
        raise EmbedderError(
            f"The embedding model '{name}' cannot be run: {type(error).__name__}: {error}", field="embedder"
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the vendors' warnings, log lines and progress bars off the user's terminal."""
    import transformers

    shown = transformers.utils.logging.is_progress_bar_enabled()
    disabled = logging.root.manager.disable
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        if shown:
            transformers.utils.logging.enable_progress_bar()  # type: ignore[no-untyped-call]
