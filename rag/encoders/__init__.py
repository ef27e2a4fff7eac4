"""Text in, numbers out: the embedding models, and the cross-encoders that judge support.

On a CPU an embedding model is converted once for OpenVINO (in a process of its own, so that the one that serves never
loads torch) and kept in the user's cache; on CUDA, and where the conversion does not give the model's own vectors, it
runs through sentence-transformers. A cross-encoder always does.

- `models`: from a name to a folder with weights, and their hash.
- `converting`: the conversion itself, with torch; `conversions`: its cache, without.
- `openvino_runtime`, `torch_runtime`: the two embedders.  `texts`: tokens, batches, unit rows.
- `memory`: around either, what one answer needs again.
- `cross_encoders`: pairs of texts to probabilities; `labels`: which output of a classifier is meant.
"""

from rag.encoders.cross_encoders import CrossEncoderModel, load_cross_encoder
from rag.encoders.loading import load_embedder
from rag.encoders.memory import RememberingEmbedder

__all__ = ["CrossEncoderModel", "RememberingEmbedder", "load_cross_encoder", "load_embedder"]
