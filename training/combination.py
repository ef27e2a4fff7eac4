"""Fit the combination of evidence, and calibrate it, on rows that the encoder has not seen.

``python -m training.combination --data DIR --out FILE``. Every set weighs the same, and in it supported and unsupported
claims weigh the same: no set is served at the cost of another, and no base rate is learnt.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from rag.encoders.support import SupportEncoder, load_support_encoder
from rag.terms import is_no_claim, without_references
from rag.verifiers.built_in import across_pieces, nearest_piece
from rag.verifiers.features import RISING, Features, features_of, read_claim
from rag.verifiers.support import weigh
from training.sets import LabelledAnswer, read_begin, read_ragtruth, read_summedits
from training.split import is_combining

VERSION = "3"
PENALTY = 0.01
"""Of the squared weights, features scaled to a deviation of 1."""

SET_WEIGHTS = {"ragtruth": 1.0, "summedits": 1.0, "begin": 0.5}


@dataclass(frozen=True, slots=True)
class Row:
    """One claim: its set, its source document, its features, and whether it is supported."""

    set_name: str
    source_id: str
    features: Features
    supported: bool


def rows_of(answers: Iterator[LabelledAnswer], encoder: SupportEncoder) -> Iterator[Row]:
    """Yield the claims that only the combination can judge: no quotes, no greetings."""
    for answer in answers:
        for claim in answer.claims:
            supports = [(weigh(claim.text, piece), piece) for piece in answer.evidence]
            judged = [(support, piece) for support, piece in supports if support is not None]
            if not judged or is_no_claim(claim.text) or any(support.score == 1.0 for support, _ in judged):
                continue
            stated = without_references(claim.text)
            supports = {place: support for place, (support, _) in enumerate(judged)}
            best = across_pieces(supports[nearest_piece(supports)], stated, [piece for _, piece in judged])
            reading, single = read_claim(stated, [piece for _, piece in judged], encoder)
            features = features_of(encoder.tokenize(stated).ids, best, reading, single, encoder)
            yield Row(answer.set_name.partition("/")[0], answer.source_id, features, claim.supported)


def combining_answers(data: Path) -> Iterator[LabelledAnswer]:
    """Yield the answers that fit the combination."""
    for answers in (read_ragtruth(data), read_summedits(data), read_begin(data)):
        yield from (answer for answer in answers if is_combining(answer.set_name, answer.source_id))


def weights_of(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Return the weight of each row, 1.0 on the mean: sets by `SET_WEIGHTS`, classes alike in each."""
    counts = Counter((row.set_name, row.supported) for row in rows)
    weights = np.array([SET_WEIGHTS[row.set_name] / counts[row.set_name, row.supported] for row in rows])
    return np.asarray(weights / weights.mean())


def fit(rows: Sequence[Row]) -> dict[str, Any]:
    """Fit logistic regression with the sign of each weight given (`RISING`); return what is shipped."""
    table = np.array([row.features for row in rows])
    labels = np.array([row.supported for row in rows], dtype=np.float64)
    weights = weights_of(rows) / len(rows)
    mean, deviation = table.mean(0), table.std(0) + 1e-9
    scaled = (table - mean) / deviation

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = values[0] + scaled @ values[1:]
        losses = np.logaddexp(0, -logits) * labels + np.logaddexp(0, logits) * (1 - labels)
        slope = weights * (1 / (1 + np.exp(-logits)) - labels)
        penalty = PENALTY * float((values[1:] ** 2).sum())
        gradient = np.concatenate([[slope.sum()], scaled.T @ slope + 2 * PENALTY * values[1:]])
        return float((weights * losses).sum()) + penalty, gradient

    bounds = [(None, None)] + [(0, None) if name in RISING else (None, 0) for name in Features._fields]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    raw = found[1:] / deviation
    return {
        "version": VERSION,
        "intercept": round(float(found[0] - raw @ mean), 5),
        "weights": {name: round(float(value), 5) for name, value in zip(Features._fields, raw, strict=True)},
        "threshold": 0.5,
        "partial": 0.25,
    }


def main() -> None:
    """Read, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    rows = list(rows_of(combining_answers(given.data), load_support_encoder()))
    print(Counter((row.set_name, row.supported) for row in rows))
    given.out.write_text(json.dumps(fit(rows), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
