"""What the built-in verifier goes by: overlap, faults, and what the support encoder reads; numbers only.

Each feature says the same whatever the text is like: more of it always means more support (`RISING`) or always less.
Lengths and styles are not among them, since they tell who wrote a sentence rather than whether it holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rag.encoders.evidence import choose_sentences, join_sentences, weigh_sentences
from rag.encoders.support import CLAIM_TOKENS, EVIDENCE_TOKENS, ClaimReading, Pieces, SupportEncoder
from rag.types import Span
from rag.verifiers.overlap import read
from rag.verifiers.support import Support

WINDOWS = 3
"""Most windows of evidence that are read with one claim."""

FURTHER_WINDOW = 0.6
"""Share of the heaviest sentence's weight from which a sentence left out makes a further window worth reading."""


class Features(NamedTuple):
    """One claim against all its evidence.

    Attributes:
        pairs: Share of the claim's neighbouring content words that stand together in the best piece's best sentences.
        sentence: Share of the claim's tokens, by rarity, in the best single sentence.
        window: The same in what the encoder was shown.
        fault: Where the best piece contradicts the claim or lacks a number, the share of it that it carries; else 0.
        doubt: Where the best piece may speak of something else, the same; else 0.
        claim: The encoder's logit that the claim is not borne out.
        worst: Its highest logit of a token.
        worst_three: Mean of the three highest.
        mean: Mean probability that a token is not borne out.
    """

    pairs: float
    sentence: float
    window: float
    fault: float
    doubt: float
    claim: float
    worst: float
    worst_three: float
    mean: float


RISING = frozenset({"pairs", "sentence", "window"})
"""The features of which more means more support; of the others it means less."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A claim read with the window of evidence that bears it out best.

    Attributes:
        logits: Of each token of the claim.
        spans: Where each token stands in the claim.
        claim: Logit of the claim as a whole.
        window: The evidence shown, as token ids.
    """

    logits: tuple[float, ...]
    spans: tuple[Span, ...]
    claim: float
    window: tuple[int, ...]


@lru_cache(maxsize=512)
def tokenize_piece(encoder: SupportEncoder, piece: str) -> tuple[tuple[int, ...], ...]:
    """Return the sentences of a piece of evidence as token ids; a long one is cut into what can be read at once."""
    rows = [encoder.tokenize(sentence.text).ids for sentence in read(piece)]
    step = EVIDENCE_TOKENS - 1
    return tuple(ids[start : start + step] for ids in rows for start in range(0, len(ids), step))


def read_claim(claim: str, evidence: Sequence[str], encoder: SupportEncoder) -> tuple[Reading, float]:
    """Read a claim with the windows of evidence nearest to it.

    Returns:
        The reading of the window that bears it out best, and the share of the claim in the best single sentence.
    """
    pieces = encoder.tokenize(claim)
    sentences: list[tuple[int, ...]] = []
    starts = set()
    for piece in evidence:
        starts.add(len(sentences))
        sentences += tokenize_piece(encoder, piece)
    weights = weigh_sentences(pieces.ids, sentences, encoder.rarity, starts)
    readings: list[Reading] = []
    taken: set[int] = set()
    while len(readings) < WINDOWS:
        chosen = choose_sentences(weights, sentences, taken=taken, starts=starts)
        if readings and (not chosen or max(weights[chosen]) < FURTHER_WINDOW * max(weights)):
            break
        taken.update(chosen)
        readings.append(read_window(pieces, join_sentences(sentences, chosen, starts), encoder))
    single = max((share_carried(pieces.ids, ids, encoder) for ids in sentences), default=0.0)
    return min(readings, key=lambda reading: reading.claim), single


def read_window(pieces: Pieces, window: Sequence[int], encoder: SupportEncoder) -> Reading:
    """Read a claim with one window of evidence; a long claim in parts, of which the worst speaks for the whole."""
    logits: list[float] = []
    claim = -math.inf
    for start in range(0, max(len(pieces.ids), 1), CLAIM_TOKENS):
        part: ClaimReading = encoder.read_claim(window, pieces.ids[start : start + CLAIM_TOKENS])
        logits += part.tokens
        claim = max(claim, part.claim)
    return Reading(tuple(logits), pieces.spans, claim, tuple(window))


def share_carried(claim: Sequence[int], evidence: Sequence[int], encoder: SupportEncoder) -> float:
    """Return the share of a claim's tokens that stand in evidence, by rarity, in [0, 1]; 1.0 for none that count."""
    wanted = set(claim)
    total = sum(float(encoder.rarity[i]) for i in wanted)
    found = sum(float(encoder.rarity[i]) for i in wanted.intersection(evidence))
    return found / total if total else 1.0


def features_of(
    claim: Sequence[int], best: Support, reading: Reading, single: float, encoder: SupportEncoder
) -> Features:
    """Return the features of a claim, of which `best` is the support of its best piece of evidence."""
    group = best.measure.group if best.measure is not None else 1.0
    ordered = sorted(reading.logits, reverse=True) or [0.0]
    return Features(
        pairs=best.measure.pairs if best.measure is not None else 1.0,
        sentence=single,
        window=share_carried(claim, reading.window, encoder),
        fault=group if best.fault is not None else 0.0,
        doubt=group if best.doubt is not None else 0.0,
        claim=reading.claim,
        worst=ordered[0],
        worst_three=sum(ordered[:3]) / len(ordered[:3]),
        mean=sum(1.0 / (1.0 + math.exp(-logit)) for logit in ordered) / len(ordered),
    )
