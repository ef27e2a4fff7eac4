"""Cases -> coefficients, a threshold, and the table."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence

import numpy as np

from bench.abstention.cases import FITTED, LOOKED_AT, Asking, Case
from bench.abstention.vectors import KeptVectors
from bench.answering_parts.data import Array, balanced
from bench.report import Row, print_table
from rag.evaluation.risk import REFUSALS, Estimate, RiskReport, folds_of, measure_risk, threshold_for
from rag.sufficiency import BY_MEANING, BY_READING
from rag.sufficiency.model import odds_of

FEATURES = BY_MEANING.features
"""Those of `features_of` that the fit takes; more of them moved no set by more than its interval."""

STRENGTH = 0.03
"""Inverse strength of the ridge, on features of unit variance."""


def load_reader() -> object | None:
    """Return the reader that ``BENCH_READER`` names as ``module:function``, or None."""
    named = os.environ.get("BENCH_READER", "")
    module, _, function = named.partition(":")
    return getattr(importlib.import_module(module), function)() if named else None


def gather() -> dict[str, list[Case]]:
    """Return the cases of every set."""
    vectors = KeptVectors()
    asking = Asking(vectors, load_reader())
    sets: dict[str, list[Case]] = {}
    for name, cases in {**FITTED, **LOOKED_AT}.items():
        sets[name] = list(cases(asking))
        vectors.save()
    return sets


def matrix(cases: Sequence[Case]) -> Array:
    """Return the features, a reader's log-odds behind them where there is one."""
    read = [[] if case.read is None else [odds_of(case.read)] for case in cases]
    return np.array([[case.features[name] for name in FEATURES] + more for case, more in zip(cases, read, strict=True)])


def labels_of(cases: Sequence[Case]) -> np.ndarray:
    """Return which can be answered."""
    return np.array([case.answerable for case in cases])


def fit(parts: Sequence[Sequence[Case]]) -> tuple[Array, float]:
    """Return coefficients and intercept of a ridge logistic, each set and each label weighing the same."""
    from sklearn.linear_model import LogisticRegression

    features = np.concatenate([matrix(cases) for cases in parts])
    labels = np.concatenate([labels_of(cases) for cases in parts])
    weights = np.concatenate([balanced(labels_of(cases).astype(float), 500.0) for cases in parts])
    centre, spread = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    model.fit((features - centre) / spread, labels, sample_weight=weights)
    coefficients = model.coef_[0] / spread
    return coefficients, float(model.intercept_[0] - coefficients @ centre)


def cross_fitted(name: str, sets: dict[str, list[Case]]) -> Array:
    """Return scores of a set's cases, each by a fit on the other sets and the other folds of its own.

    A set that only measures is scored by the fit on the others.
    """
    cases = sets[name]
    folds = folds_of([case.group for case in cases])
    others = [sets[other] for other in FITTED if other != name]
    scores = np.zeros(len(cases))
    for fold in np.unique(folds):
        own = [case for case, number in zip(cases, folds, strict=True) if number != fold]
        coefficients, intercept = fit([own, *others] if name in FITTED else others)
        scores[folds == fold] = matrix(cases)[folds == fold] @ coefficients + intercept
    return scores


def measured(cases: Sequence[Case], scores: Sequence[float]) -> RiskReport:
    """Return how well scores tell a set's questions apart."""
    return measure_risk(list(scores), [case.answerable for case in cases], [case.group for case in cases])


def shown(estimate: Estimate | None) -> str:
    """Return a figure with its interval."""
    return "-" if estimate is None else f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def row_of(name: str, sets: dict[str, list[Case]]) -> Row:
    """Return a set's row: cross-fitted, the floors, and as built in."""
    cases = sets[name]
    found = measured(cases, cross_fitted(name, sets))
    nearness = measured(cases, [case.features["similarity"] for case in cases])
    words = measured(cases, [case.overlap for case in cases])
    model = BY_MEANING if cases[0].read is None else BY_READING
    read = [{} if case.read is None else {"reader": odds_of(case.read)} for case in cases]
    odds = [model.log_odds({**case.features, **more}) for case, more in zip(cases, read, strict=True)]
    built = np.array(odds) >= odds_of(model.threshold)
    labels = labels_of(cases)
    return Row(
        name if name in FITTED else f"{name} (not fitted on)",
        (
            f"{labels.sum()} + {(~labels).sum()}",
            shown(found.auroc),
            shown(found.false_answers),
            f"{found.false_refusals or 0.0:.3f}",
            f"{nearness.auroc.value if nearness.auroc else 0:.3f} / {words.auroc.value if words.auroc else 0:.3f}",
            " / ".join(f"{each.false_answers.value if each.false_answers else 0:.3f}" for each in (nearness, words)),
            f"{1 - built[labels].mean():.3f}",
            f"{built[~labels].mean():.3f}",
        ),
    )


def note_of(sets: dict[str, list[Case]]) -> str:
    """Return the fit on all sets, and the thresholds that refuse few of each set's answerable questions."""
    coefficients, intercept = fit([sets[name] for name in FITTED])
    names = [*FEATURES, "reader"][: len(coefficients)]
    told = ", ".join(f'"{name}": {value:.2f}' for name, value in zip(names, coefficients, strict=True))
    lines = [f'Fitted on all: {{"intercept": {intercept:.2f}, {told}}}']
    for share in (0.02, REFUSALS, 0.1):
        thresholds = []
        for name in FITTED:
            scores = 1 / (1 + np.exp(-(matrix(sets[name]) @ coefficients + intercept)))
            thresholds.append(threshold_for(scores, labels_of(sets[name]), share))
        told = ", ".join(f"{name} {value:.3f}" for name, value in zip(FITTED, thresholds, strict=True))
        lines.append(f"Threshold that refuses {100 * share:.0f} % of the answerable: {told}")
    return "\n\n".join(lines)


def print_report() -> None:
    """Print the fit, and how well it tells answerable questions from others."""
    sets = gather()
    columns = (
        "set",
        "answerable + not",
        "AUROC [95 %]",
        "false answers at 5 % refused [95 %]",
        "refused",
        "AUROC of similarity / words",
        "their false answers",
        "refused as built",
        "false answers as built",
    )
    print_table("Abstention", columns, [row_of(name, sets) for name in sets], note_of(sets))
