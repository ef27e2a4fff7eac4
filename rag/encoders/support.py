"""The support encoder: one small model that reads evidence together with a claim, or with a question.

``[CLS] evidence [SEP] claim [SEP]`` gives a logit for each token of the claim and one for the claim: is it not borne
out? ``[CLS] evidence [SEP] question [SEP]`` gives one: can the question be answered? The model is shipped with the
package (`rag/encoders/support/`, int8 weights); how it was fitted: `training/MODEL_CARD.md`.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoders.openvino_runtime import choose_precision, first_line, import_openvino
from rag.encoders.texts import PADDING_STEP, Tokens, whole_characters
from rag.errors import EmbedderError
from rag.types import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).with_name("support")
GRAPH, WEIGHTS, TOKENIZER, RARITY = "encoder.xml", "encoder.bin", "tokenizer.json", "rarity.npy"
VERSION = "1"

CLS, SEP, GAP = 101, 102, 1529
"""Special tokens; the last, ``…``, stands where evidence was left out."""

EVIDENCE_TOKENS = 300
"""Most tokens of evidence that are read at once."""

CLAIM_TOKENS = 136
"""Most tokens of a claim or question that are read at once; a longer claim is read in parts, of a longer question its
beginning."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text as tokens.

    Attributes:
        ids: Token ids, without special ones.
        spans: Where each token stands in the text.
    """

    ids: tuple[int, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """What the encoder says of a claim and a stretch of evidence: logits, higher means less borne out.

    Attributes:
        claim: Of the claim as a whole.
        tokens: Of each of its tokens.
    """

    claim: float
    tokens: tuple[float, ...]


class SupportEncoder:
    """The shipped model, compiled for this CPU. Safe in several threads: each call has a request of its own.

    One sequence is run at a time, padded to a multiple of `PADDING_STEP`, so that a reading depends on nothing else.
    """

    def __init__(self, folder: Path = FOLDER, *, precision: str = "auto") -> None:
        """Compile the model.

        Args:
            folder: Where graph, weights, tokenizer and rarity lie.
            precision: ``bf16``, ``f32``, or ``auto``: bf16 where the CPU computes in it.

        Raises:
            EmbedderError: The files cannot be read or compiled.
        """
        import numpy as np

        try:
            self.tokens = Tokens((folder / TOKENIZER).read_text(encoding="utf-8"))
            self.rarity: NDArray[np.float32] = np.load(folder / RARITY, allow_pickle=False)
            core = import_openvino().Core()
            hints = {"INFERENCE_PRECISION_HINT": choose_precision(precision), "PERFORMANCE_HINT": "LATENCY"}
            self.compiled = core.compile_model(core.read_model(folder / GRAPH, folder / WEIGHTS), "CPU", hints)
        except Exception as error:  # OpenVINO and tokenizers raise bare RuntimeError and Exception
            raise EmbedderError(
                f"The support encoder cannot be opened: {first_line(error)}", remedy="Install Vouch anew."
            ) from error
        self.idle: deque[Any] = deque()
        self.folder = folder

    def tokenize(self, text: str) -> Pieces:
        """Return a text as tokens."""
        encoding = self.tokens.tokenizer.encode(whole_characters([text])[0], add_special_tokens=False)
        return Pieces(tuple(encoding.ids), tuple(Span(start, end) for start, end in encoding.offsets))

    def read_claim(self, evidence: Sequence[int], claim: Sequence[int]) -> ClaimReading:
        """Read a claim with evidence, both as token ids; at most `EVIDENCE_TOKENS` and `CLAIM_TOKENS` of them.

        Raises:
            EmbedderError: The model cannot be run.
        """
        tokens, claims, _ = self.run(evidence, claim)
        start = len(evidence) + 2
        end = start + len(claim)
        return ClaimReading(float(claims[end]), tuple(float(value) for value in tokens[start:end]))

    def read_question(self, evidence: Sequence[int], question: Sequence[int]) -> float:
        """Return the logit that evidence answers a question, both as token ids within the same limits.

        Raises:
            EmbedderError: The model cannot be run.
        """
        return float(self.run(evidence, question)[2])

    def run(
        self, evidence: Sequence[int], second: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        """Return the logits of each token, of each place as a claim's end, and of the question."""
        import numpy as np

        if len(evidence) > EVIDENCE_TOKENS or len(second) > CLAIM_TOKENS:
            raise ValueError(f"{len(evidence)} and {len(second)} tokens are more than the encoder reads at once")
        ids = [CLS, *evidence, SEP, *second, SEP]
        length = -(-len(ids) // PADDING_STEP) * PADDING_STEP
        given = np.zeros((3, 1, length), np.int64)
        given[0, 0, : len(ids)] = ids
        given[1, 0, : len(ids)] = 1
        given[2, 0, len(evidence) + 2 : len(ids)] = 1
        request = self.take_request()
        try:
            request.infer({"input_ids": given[0], "attention_mask": given[1], "token_type_ids": given[2]})
            tokens, claims, question = (request.get_output_tensor(place).data.copy() for place in range(3))
        except Exception as error:  # OpenVINO raises bare RuntimeError
            raise EmbedderError(f"The support encoder cannot be run: {first_line(error)}") from error
        self.idle.append(request)
        return tokens[0, : len(ids)], claims[0, : len(ids)], float(question.reshape(-1)[0])

    def take_request(self) -> Any:  # noqa: ANN401  openvino.InferRequest
        """Return a request that nobody else uses; two threads on one would be refused as busy."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.compiled.create_infer_request()


REVISION_DIGITS = 8


@lru_cache(maxsize=8)
def encoder_revision(folder: Path = FOLDER) -> str:
    """Return a short hash of an encoder's files, which changes whenever another one is fitted; read once a process.

    Raises:
        EmbedderError: The files cannot be read.
    """
    found = hashlib.sha256()
    try:
        for name in (GRAPH, WEIGHTS, TOKENIZER, RARITY):
            found.update(hashlib.sha256((folder / name).read_bytes()).digest())
    except OSError as error:
        raise EmbedderError(
            f"The support encoder cannot be opened: {first_line(error)}", remedy="Install Vouch anew."
        ) from error
    return found.hexdigest()[:REVISION_DIGITS]


loading = threading.Lock()


def load_support_encoder() -> SupportEncoder:
    """Return the shipped encoder, compiled once a process.

    Raises:
        EmbedderError: It cannot be opened.
    """
    with loading:
        return compiled_once()


@lru_cache(maxsize=1)
def compiled_once() -> SupportEncoder:
    """Compile the shipped encoder."""
    return SupportEncoder()
