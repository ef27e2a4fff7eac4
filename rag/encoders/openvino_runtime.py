"""Embedding through OpenVINO, on CPU. Needs neither torch nor transformers once the model is converted."""

from __future__ import annotations

import importlib
import shutil
import sys
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rag.encoders.texts import Tokens, batches, pad, padded_length, pieces, require_whole, unit_rows
from rag.errors import EmbedderError
from rag.types import EmbedderIdentity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.types.sources import Matrix, Vector

BATCH_TOKENS = 768
"""Tokens run at once, padding included: the fastest of 256 to 8192 as measured (what is under way fits
the caches), and 100 MB of memory less than 2048."""

TELEMETRY = "openvino_telemetry"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A converted model on disk.

    Attributes:
        graph: OpenVINO's XML.
        weights: Its constants, which are mapped into memory.
        tokenizer: The ``tokenizer.json`` that the model was converted with.
        inputs: What the graph takes, of ``input_ids``, ``attention_mask`` and ``token_type_ids``.
        pad_token: Token to pad with.
    """

    graph: Path
    weights: Path
    tokenizer: Path
    inputs: tuple[str, ...]
    pad_token: int


class OpenVinoEmbedder:
    """A converted model, compiled for this CPU. Safe in several threads: each call has infer requests of its own.

    A text's vector is the same to the last bit whatever it is embedded with, and as a question or a passage if the
    prompts are the same (on one machine; another kind of CPU shifts it by rounding).
    """

    def __init__(
        self, identity: EmbedderIdentity, files: ModelFiles, *, precision: str, scratch: Path | None = None
    ) -> None:
        """Compile the model.

        Args:
            identity: What the vectors depend on.
            files: The converted model.
            precision: ``bf16`` or ``f32``.
            scratch: Folder to remove when the embedder is gone; that of `files`, where it is temporary.

        Raises:
            EmbedderError: The files cannot be read or compiled.
        """
        self.identity = identity
        self.files = files
        self.precision = precision
        if scratch is not None:
            weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        try:
            self.tokens = Tokens(files.tokenizer.read_text(encoding="utf-8"))
            self.compiled = compile_model(files, precision)
        except Exception as error:  # OpenVINO and tokenizers raise bare RuntimeError and Exception
            raise EmbedderError(
                f"The embedding model '{identity.name}' cannot be opened: {first_line(error)}",
                remedy=f"Remove {files.graph.parent} and try again.",
                field="embedder",
            ) from error
        self.idle: deque[Any] = deque()

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Return one unit row per text, (n, dimension), float32, in order; (0, dimension) for none.

        Raises:
            EmbedderError: A text is longer than `identity.max_tokens` (nothing is ever cut), the model cannot be
                run, or gave a vector that is not finite.
        """
        ids = self.tokens.encode([self.identity.document_prompt + text for text in texts])
        require_whole(texts, [len(row) for row in ids], self.identity.max_tokens, self.identity.name)
        return self.embed_ids(ids)

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question, (dimension,), float32.

        A question longer than the model takes is halved until its pieces fit, and has the mean of their vectors.

        Raises:
            EmbedderError: The model cannot be run, or gave a vector that is not finite.
        """
        prompt = self.identity.query_prompt
        ids = self.tokens.encode([prompt + text])
        if len(ids[0]) > self.identity.max_tokens:
            ids = self.tokens.encode([prompt + piece for piece in pieces(text, self.fits_query)])
        rows = self.embed_ids(ids)
        vector: Vector = rows[0] if len(rows) == 1 else unit_rows(rows.mean(0, keepdims=True), self.identity.name)[0]
        return vector

    def fits_query(self, text: str) -> bool:
        """Return whether the model takes the whole text as a question."""
        return len(self.tokens.encode([self.identity.query_prompt + text])[0]) <= self.identity.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has as a passage, prompt and special tokens included, uncut."""
        return [len(row) for row in self.tokens.encode([self.identity.document_prompt + text for text in texts])]

    def close(self) -> None:
        """Give the model's memory back; embedding afterwards is an error. Idempotent."""
        self.idle.clear()
        self.compiled = None

    def embed_ids(self, ids: Sequence[Sequence[int]]) -> Matrix:
        """Return one unit row per list of token ids."""
        import numpy as np

        rows = np.zeros((len(ids), self.identity.dimension), np.float32)
        if self.compiled is None:
            raise EmbedderError(f"The embedding model '{self.identity.name}' is closed.", remedy="Load it again.")
        try:
            self.run(ids, rows)
        except Exception as error:  # OpenVINO raises bare RuntimeError
            raise EmbedderError(
                f"The embedding model '{self.identity.name}' cannot be run: {first_line(error)}", field="embedder"
            ) from error
        return unit_rows(rows, self.identity.name) if len(rows) else rows

    def run(self, ids: Sequence[Sequence[int]], rows: NDArray[np.float32]) -> None:
        """Fill `rows`, keeping as many batches under way as the model has streams."""
        under_way: deque[tuple[Any, list[int]]] = deque()

        def collect() -> Any:  # noqa: ANN401  openvino.InferRequest
            request, positions = under_way.popleft()
            request.wait()
            rows[positions] = request.get_output_tensor(0).data
            return request

        lengths = [padded_length(len(row), self.identity.max_tokens) for row in ids]
        for positions in batches(lengths, BATCH_TOKENS, self.streams):
            request = collect() if len(under_way) == self.streams else self.take_request()
            request.start_async(self.inputs([ids[position] for position in positions], lengths[positions[0]]))
            under_way.append((request, positions))
        while under_way:
            self.idle.append(collect())

    @cached_property
    def streams(self) -> int:
        """How many batches run at once."""
        return max(1, int(self.compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")))

    def inputs(self, rows: Sequence[Sequence[int]], length: int) -> dict[str, NDArray[np.int64]]:
        """Return the model's inputs for some texts, padded to `length`."""
        import numpy as np

        ids, mask = pad(rows, length, self.files.pad_token)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: given[name] for name in self.files.inputs}

    def take_request(self) -> Any:  # noqa: ANN401  openvino.InferRequest
        """Return a request that nobody else uses; two threads on one would be refused as busy."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.compiled.create_infer_request()


def import_openvino() -> ModuleType:
    """Import OpenVINO without its telemetry, which would report every import and conversion to its makers."""
    if "openvino" not in sys.modules:
        sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # the import system's own sign for "not there"
    return importlib.import_module("openvino")


def openvino_version() -> str:
    """Return the version with its build, as it stands in the key of a converted model."""
    return str(import_openvino().__version__)


def choose_precision(precision: str) -> str:
    """Return ``bf16`` or ``f32`` for this CPU.

    Raises:
        EmbedderError: bf16 is asked for, and the CPU does not compute in it.
    """
    able = "BF16" in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if precision == "bf16" and not able:
        raise EmbedderError(
            "The embedding precision 'bf16' is not available: this CPU has neither AVX512-BF16 nor AMX.",
            remedy="Set the precision to 'auto' or 'f32'.",
            field="precision",
        )
    return "f32" if precision == "f32" or not able else "bf16"


def compile_model(files: ModelFiles, precision: str) -> Any:  # noqa: ANN401  openvino.CompiledModel
    """Compile for throughput: several streams, so that batches run side by side and threads do not queue."""
    core = import_openvino().Core()
    model = core.read_model(files.graph, files.weights)
    return core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "THROUGHPUT"})


def first_line(error: Exception) -> str:
    """Return the telling line of a vendor's error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
