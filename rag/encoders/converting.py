"""From a sentence-transformers model to OpenVINO. Runs in a process of its own: it loads torch, and then ends.

``python -c "from rag.encoders.converting import main; main()" MODEL_FOLDER NEW_FOLDER PRECISION``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.encoders.openvino_runtime import ModelFiles, OpenVinoEmbedder, import_openvino
from rag.encoders.torch_runtime import ModelFacts, count_tokens, describe, encode, load_sentence_transformer, quiet
from rag.errors import EmbedderError
from rag.types import EmbedderIdentity

GRAPH, WEIGHTS, TOKENIZER, FACTS = "model.xml", "model.bin", "tokenizer.json", "facts.json"
OUTPUT = "sentence_embedding"
INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
LEAST_COSINE = 0.995
"""A converted model that agrees less with the original, on any canary text, is not used."""

CANARIES = (
    "moon",
    "How many known moons has Saturn?",
    "Der Vertrag tritt am 1. März 2024 in Kraft; § 7 Abs. 2 bleibt unberührt. ÄÖÜ, façade, naïve, Łódź.",
    "$12.5m (up 3.4 %) vs. 11,900,000 -- see Table 4-b, note [7]\n\n\tTOTAL: 0x1F & <b>x</b>",
    "東京は日本の首都です。 Москва 🚀",
    "The term of the lease is five years, and may be extended once by the tenant if no rent is owed. " * 9,
)


def main() -> None:
    """Convert the model of the first argument into the folder of the second, for the precision of the third."""
    source, target, precision = sys.argv[1:4]
    try:
        facts = convert(Path(source), Path(target), precision)
    except EmbedderError as error:
        sys.exit(error.message)
    (Path(target) / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def convert(source: Path, target: Path, precision: str) -> dict[str, Any]:
    """Write the converted model into a folder, and return the facts about it.

    Returns:
        ``dimension``, ``max_tokens``, ``prompts``, ``inputs``, ``pad_token``, and ``refused``: why the converted
        model is not to be used; empty if it is.

    Raises:
        EmbedderError: The model cannot be loaded.
    """
    model = load_sentence_transformer(source, "cpu", "f32")
    own = describe(model)
    facts: dict[str, Any] = {
        "dimension": own.dimension,
        "max_tokens": own.max_tokens,
        "prompts": list(own.prompts),
        "inputs": [],
        "pad_token": 0,
        "refused": "",
    }
    try:
        with quiet():
            facts |= write_files(model, target)
            files = ModelFiles(
                target / GRAPH, target / WEIGHTS, target / TOKENIZER, tuple(facts["inputs"]), facts["pad_token"]
            )
            facts["refused"] = disagreement(model, own, files, precision)
    except Exception as error:  # noqa: BLE001  whatever a model is made of, it does not fail for want of a conversion
        facts["refused"] = f"{type(error).__name__}: {error}"
    return facts


def write_files(model: Any, target: Path) -> dict[str, Any]:  # noqa: ANN401  SentenceTransformer
    """Convert pooling and all into graph, weights and tokenizer; return the graph's inputs and the padding token.

    Raises:
        ValueError: The model is of a kind whose vectors could not be right.
    """
    openvino = import_openvino()
    if any(getattr(module, "include_prompt", True) is False for module in model.modules()):
        raise ValueError("its pooling leaves the prompt out")
    example = {name: value for name, value in model.preprocess(["one two three", "four"]).items() if name in INPUTS}
    if not {"input_ids", "attention_mask"} <= example.keys():
        raise ValueError(f"its inputs are {sorted(example)}")
    tokenizer = model.tokenizer
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError("its tokenizer is not one of the tokenizers library")
    whole = openvino.convert_model(model, example_input={"input": example})
    results = [result for result in whole.get_results() if OUTPUT in result.output(0).get_names()]
    taken = [parameter.output(0).get_any_name() for parameter in whole.get_parameters()]
    if len(results) != 1 or not set(taken) <= INPUTS:
        raise ValueError(f"its graph takes {taken} and gives {len(results)} sentence embeddings")
    graph = openvino.Model(results, whole.get_parameters(), "encoder")
    openvino.save_model(graph, target / GRAPH, compress_to_fp16=False)
    (target / TOKENIZER).write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
    return {"inputs": taken, "pad_token": int(tokenizer.pad_token_id or 0)}


def disagreement(model: Any, own: ModelFacts, files: ModelFiles, precision: str) -> str:  # noqa: ANN401
    """Return how the converted model differs from the original on the canary texts; empty if it does not."""
    import numpy as np

    identity = EmbedderIdentity("converted", "", own.dimension, own.prompts[0], own.prompts[1], own.max_tokens)
    converted = OpenVinoEmbedder(identity, files, precision=precision)
    texts = fitting(model, own)
    if not texts:
        return f"no canary text fits into {own.max_tokens} tokens"
    pairs = (
        (encode(model, "encode_document", texts, own.prompts[1]), converted.embed_passages(texts)),
        (
            encode(model, "encode_query", texts, own.prompts[0]),
            np.stack([converted.embed_query(text) for text in texts]),
        ),
    )
    for original, rows in pairs:
        if original.shape != rows.shape:
            return f"its vectors have the shape {original.shape}, converted {rows.shape}"
        least = float(((original * rows).sum(1) / np.linalg.norm(original, axis=1)).min())
        if not least >= LEAST_COSINE:
            return f"converted, its vectors differ: least cosine {least:.4f}"
    return ""


def fitting(model: Any, own: ModelFacts) -> Sequence[str]:  # noqa: ANN401  SentenceTransformer
    """Return the canary texts that the model takes whole, with either prompt."""
    longest = max(own.prompts, key=len)
    counts = count_tokens(model.tokenizer, [longest + text for text in CANARIES])
    return [text for text, count in zip(CANARIES, counts, strict=True) if count <= own.max_tokens]
