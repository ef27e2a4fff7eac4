"""From features to a calibrated score: a logistic model fitted by `training.combination`, read from a JSON file.

Each weight is held to the sign that its feature has by its meaning, so that more support for a part never lowers the
score. It is the probability that the claim is supported, where supported and unsupported ones are equally frequent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rag.errors import EmbedderError
from rag.verifiers.features import Features

FILE = Path(__file__).with_name("combination.json")


@dataclass(frozen=True, slots=True)
class Combination:
    """The fitted combination.

    Attributes:
        version: Of the fit; scores of two versions are never mixed.
        intercept: Log-odds where every feature is 0.
        weights: What one of each feature adds to the log-odds.
        threshold: Score from which a claim counts as supported.
        partial: Score from which a part of it does.
    """

    version: str
    intercept: float
    weights: Mapping[str, float]
    threshold: float
    partial: float

    def score(self, features: Features) -> float:
        """Return the probability, in (0, 1), that a claim of these features is supported."""
        added = (self.weights[name] * value for name, value in zip(Features._fields, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, self.intercept + math.fsum(added)))))


@lru_cache(maxsize=1)
def load_combination(path: Path = FILE) -> Combination:
    """Read the fitted combination.

    Raises:
        EmbedderError: The file is missing or damaged.
    """
    try:
        combination = Combination(**json.loads(path.read_text(encoding="utf-8")))
        if set(combination.weights) != set(Features._fields):
            raise ValueError(f"its features are {sorted(combination.weights)}")
    except (OSError, ValueError, TypeError) as error:
        raise EmbedderError(
            f"The verifier's file {path.name} cannot be used: {error}.", remedy="Install Vouch anew."
        ) from error
    return combination
