"""Does a text answer a question? What the support encoder says of the two read together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rag.encoders.evidence import choose_sentences, join_sentences, weigh_sentences
from rag.encoders.support import CLAIM_TOKENS, EVIDENCE_TOKENS, VERSION, SupportEncoder, load_support_encoder
from rag.sentences import segment


class QuestionReader:
    """Reads questions with passages. Deterministic; safe in several threads."""

    def __init__(self, encoder: SupportEncoder | None = None) -> None:
        """Take another encoder than the shipped one, which is loaded when it is first needed."""
        self.given_encoder = encoder

    @property
    def name(self) -> str:
        """Name and version: a threshold fitted with another one does not fit."""
        return f"support-encoder/{VERSION}"

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return how likely each text answers the question, in [0, 1], in order.

        Of a text longer than the encoder reads at once, the sentences that share most with the question are read.

        Raises:
            EmbedderError: The encoder cannot be opened or run.
        """
        encoder = self.given_encoder or load_support_encoder()
        asked = encoder.tokenize(question).ids[:CLAIM_TOKENS]
        logits = [encoder.read_question(shown(asked, text, encoder), asked) for text in texts]
        return [1.0 / (1.0 + math.exp(-logit)) for logit in logits]


def shown(asked: Sequence[int], text: str, encoder: SupportEncoder) -> list[int]:
    """Return the part of a text that is read with a question, as token ids: all of it where it fits."""
    whole = encoder.tokenize(text).ids
    if len(whole) <= EVIDENCE_TOKENS:
        return list(whole)
    sentences = [encoder.tokenize(text[slice(*span)]).ids[: EVIDENCE_TOKENS - 1] for span in segment(text)]
    weights = weigh_sentences(asked, sentences, encoder.rarity)
    return join_sentences(sentences, choose_sentences(weights, sentences))
