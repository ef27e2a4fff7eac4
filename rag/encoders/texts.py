"""Between texts and numbers: tokens, batches with little padding, unit rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.errors import EmbedderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.types.sources import Matrix

PADDING_STEP = 16
"""Texts are padded to a multiple of this. Kernels treat the odd remainder of a row differently: with it, a text's
vector depends on the texts around it (5e-4 in bf16); without, it is the same to the last bit in every batch."""

SHOWN_CHARACTERS = 60


class Tokens:
    """A tokenizer that neither cuts nor pads. Safe in several threads: nothing in it changes."""

    def __init__(self, definition: str) -> None:
        """Take the tokenizer's definition, the text of a ``tokenizer.json``."""
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_str(definition)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token ids, special tokens included, uncut."""
        encodings = self.tokenizer.encode_batch_fast(whole_characters(texts))
        return [encoding.ids for encoding in encodings]


def whole_characters(texts: Sequence[str]) -> list[str]:
    """Return the texts with ``?`` for each half of a surrogate pair, which a str may hold and a tokenizer refuses."""
    return [text if text.isascii() else text.encode("utf-8", "replace").decode() for text in texts]


def padded_length(tokens: int, max_tokens: int) -> int:
    """Return the length that a text of so many tokens is padded to; never more than the model has positions for."""
    return min(-(-tokens // PADDING_STEP) * PADDING_STEP, max(tokens, max_tokens))


def batches(lengths: Sequence[int], batch_tokens: int, workers: int = 1) -> Iterator[list[int]]:
    """Group texts of similar length, longest first.

    Args:
        lengths: Each text's length, padded.
        batch_tokens: Tokens of a batch, padding included; a longer text has a batch of its own.
        workers: Batches that are run at once; little work is shared out among them.

    Yields:
        Positions in `lengths`; every position occurs once. A batch is as long as its first text, and holds texts of
        that length only where it is no multiple of the padding step.
    """
    limit = min(batch_tokens, -(-sum(lengths) // max(workers, 1)))
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        length = lengths[batch[0]] if batch else 0
        if batch and (length * (len(batch) + 1) > limit or (length % PADDING_STEP and length != lengths[position])):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def pad(rows: Sequence[Sequence[int]], length: int, token: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return token ids padded on the right, and the mask that is 1 on text; both (texts, length)."""
    import numpy as np

    ids = np.full((len(rows), length), token, np.int64)
    mask = np.zeros((len(rows), length), np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return ids, mask


def unit_rows(rows: NDArray[np.float32], name: str) -> Matrix:
    """Return the rows made unit length, in float32.

    Raises:
        EmbedderError: A row is not finite, or is all zero and so has no direction.
    """
    import numpy as np

    rows = np.ascontiguousarray(rows, np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise EmbedderError(
            f"The embedding model '{name}' gave a vector that is not finite or is zero.",
            remedy="Set the precision to 'f32', or name another model.",
            field="embedder",
        )
    unit: Matrix = rows / norms
    return unit


def require_whole(texts: Sequence[str], lengths: Sequence[int], max_tokens: int, name: str) -> None:
    """Refuse a text of which the model would not see all.

    Raises:
        EmbedderError: A text is longer than the model takes.
    """
    for text, length in zip(texts, lengths, strict=True):
        if length > max_tokens:
            raise EmbedderError(
                f"A passage of {length} tokens is longer than the {max_tokens} that the embedding model '{name}' takes:"
                f" {text[:SHOWN_CHARACTERS]!r}...",
                remedy="Split it into smaller passages.",
                field="passages",
            )


def pieces(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Halve a text, at a space where there is one, until each piece fits; the pieces joined are the text.

    Raises:
        EmbedderError: Not even one character fits.
    """
    if fits(text):
        return [text]
    if len(text) < 2:
        raise EmbedderError(
            "The embedding model's prompt leaves no room for text.", remedy="Use a shorter prompt.", field="embedder"
        )
    middle = len(text) // 2
    cut = text.rfind(" ", middle // 2 + 1, middle + 1)
    cut = cut if cut > 0 else middle
    return pieces(text[:cut], fits) + pieces(text[cut:], fits)
