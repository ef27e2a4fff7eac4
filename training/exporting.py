"""From a fitted encoder to what Vouch ships: OpenVINO's IR with int8 weights, the tokenizer, the rarity of tokens.

``python -m training.exporting IN OUT`` writes the graph in f32; ``python -m training.exporting --compress OUT``, in an
environment with NNCF (`training/requirements.txt`), rewrites its weights as int8, one scale an output channel.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

GRAPH = "encoder.xml"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def export(source: Path, target: Path) -> None:
    """Write the graph of a fitted encoder in f32, and what it needs beside."""
    import openvino
    import torch

    from training.encoder import SupportEncoder, bundled_folder

    model = SupportEncoder(bundled_folder())
    model.load_state_dict({name: value.float() for name, value in torch.load(source / "encoder.pt").items()})
    model.eval()
    example = tuple(torch.ones((1, 32), dtype=torch.long) for _ in INPUTS)
    model.bert.config._attn_implementation = "sdpa"
    graph = openvino.convert_model(model, example_input=example)
    for parameter, name in zip(graph.inputs, INPUTS, strict=True):
        parameter.get_tensor().set_names({name})
        parameter.get_node().set_partial_shape(openvino.PartialShape([-1, -1]))
    graph.validate_nodes_and_infer_types()
    target.mkdir(parents=True, exist_ok=True)
    openvino.save_model(graph, target / GRAPH, compress_to_fp16=False)
    shutil.copy(bundled_folder() / "tokenizer.json", target / "tokenizer.json")
    shutil.copy(source / "rarity.npy", target / "rarity.npy")


def compress(folder: Path) -> None:
    """Rewrite the weights of a graph as int8."""
    import nncf
    import openvino

    graph = openvino.Core().read_model(folder / GRAPH)
    small = nncf.compress_weights(graph, mode=nncf.CompressWeightsMode.INT8_SYM)
    written = folder / "small.xml"
    openvino.save_model(small, written, compress_to_fp16=False)
    del graph
    written.replace(folder / GRAPH)
    written.with_suffix(".bin").replace(folder / "encoder.bin")


def main() -> None:
    """Export, or compress what was exported."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--compress", action="store_true")
    given = parser.parse_args()
    if given.compress:
        compress(given.folders[0])
    else:
        export(*given.folders)


if __name__ == "__main__":
    main()
