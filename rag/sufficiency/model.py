"""The fitted numbers of abstention, and what the knob `risk` makes of them.

Logistic models, fitted by ``python -m bench abstention`` with the bundled embedder: each set and each label weighing
the same, thresholds never chosen on the rows they are scored on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

MODEL_VERSION = "3"
"""Grows whenever coefficients or features change: a threshold fitted with another version does not fit any more."""

RISK_SLOPE = 1.0
"""Log-odds of the threshold for one of risk's: how far the knob reaches."""

STRONGEST = 0.99
"""Score asked for at risk 0."""

LIMIT = 1e-6
"""Nearest to 0 and 1 that a reader's score is taken to be, so that it never settles the matter alone."""


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A logistic model of sufficiency.

    Attributes:
        coefficients: Log-odds by feature, and the ``intercept``.
        threshold: Score from which a question counts as answerable at risk 0.5.
    """

    coefficients: Mapping[str, float]
    threshold: float

    @property
    def features(self) -> tuple[str, ...]:
        """The names of its features, in the order of the coefficients."""
        return tuple(name for name in self.coefficients if name != "intercept")

    def log_odds(self, features: Mapping[str, float]) -> float:
        """Return the fitted log-odds that the passages can answer."""
        return self.coefficients["intercept"] + sum(self.coefficients[n] * features[n] for n in self.features)


BY_WORDS = FittedModel(
    {"intercept": -3.8, "similarity": 5.0, "sentence": 0.3, "passage": 1.0, "names": -1.8, "numbers": -1.5},
    threshold=0.2,
)
"""Without an embedder at hand."""

BY_MEANING = FittedModel(
    {
        "intercept": -3.15,
        "similarity": 3.01,
        "contrast": 4.52,
        "expected": 0.28,
        "first": 0.87,
        "names": -1.73,
        "numbers": -1.25,
    },
    threshold=0.3,
)
"""With an embedder, which compares the question with single sentences. Below the threshold lie 1.0, 2.4, 0.5 and 3.0 %
of the answerable questions of clapnq, nomiracl, chunking_eval and tatqa, and 18 % of policyqa's, which are asked of any
website alike: refusing what the documents do say costs trust first."""

BY_READING = FittedModel(
    {
        "intercept": -3.17,
        "similarity": 3.60,
        "contrast": 5.60,
        "expected": 0.0,
        "first": 0.0,
        "names": -1.73,
        "numbers": -1.25,
        "reader": 0.27,
    },
    threshold=0.15,
)
"""With a reader of question and passages as well, fitted on documents that the reader was not. Names and numbers keep
the weight that they have without it: the sets hold few questions about what stands nowhere, which people try first."""

BY_LANGUAGE = FittedModel(
    {"intercept": -4.25, "sentence": 5.0, "offered": 3.5, "names": -1.73, "numbers": -1.25},
    threshold=0.3,
)
"""For a question in a language that the embedder is not fitted to: words decide. Not fitted: it answers from two thirds
of a question in one sentence, or from two fifths in one that holds the kind of thing asked for."""


def probability(log_odds: float) -> float:
    """Return the probability of log-odds, in [0, 1]."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    grown = math.exp(max(log_odds, -700.0))
    return grown / (1.0 + grown)


def odds_of(score: float) -> float:
    """Return the log-odds of a score in [0, 1], kept finite."""
    kept = min(max(score, LIMIT), 1.0 - LIMIT)
    return math.log(kept / (1.0 - kept))


def threshold_at(risk: float, fitted: float = BY_MEANING.threshold) -> float:
    """Return the least score that is answered: `STRONGEST` at 0, `fitted` at 0.5, 0 at 1, falling all the way."""
    if risk >= 1.0:
        return 0.0
    if risk <= 0.0:
        return max(STRONGEST, fitted)
    if risk == 0.5:
        return fitted
    log_odds = odds_of(fitted) - RISK_SLOPE * math.log(risk / (1.0 - risk))
    return min(max(STRONGEST, fitted), probability(log_odds))
