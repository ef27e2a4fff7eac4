"""Which of a classifier's outputs says that a claim is supported: read from the model's own configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rag.errors import VerifierError

SUPPORTING = frozenset(
    {
        "entailment",
        "entails",
        "entailed",
        "support",
        "supports",
        "supported",
        "consistent",
        "factually consistent",
        "factual",
        "faithful",
        "grounded",
        "attributable",
        "not hallucinated",
    }
)
"""Names of the output that is meant, in lower case and with spaces: those of NLI, of fact checking, of consistency."""

OPPOSING = re.compile(
    r"contradict|refute|hallucinat|inconsistent|unsupported|not (?:entail|support|consistent|faithful)"
)
"""Names of an output that stands for the opposite; on a model of one output they turn its meaning round."""

UNNAMED = re.compile(r"label \d+")
"""What a configuration without names calls its outputs."""

REMEDY = "Name the label that stands for support: VOUCH_VERIFIER_LABEL; or choose another model."


def supporting_index(config: Mapping[str, Any], outputs: int, label: str | None, model: str) -> int:
    """Return which output stands for support.

    Of two outputs without names the second does: that is what trainers of consistency classifiers (MiniCheck) and
    binary classifiers in general make of it. Three without names tell nothing.

    Args:
        config: The model's configuration, with ``id2label`` and ``label2id`` where it has them.
        outputs: How many outputs it has; of one, the index is 0.
        label: The user's word for which it is, as the configuration writes it; None to read it there.
        model: The model's name, for the error.

    Raises:
        VerifierError: The names do not tell, or contradict each other, or none is `label`.
    """
    names = read_names(config, outputs, model)
    shown = ", ".join(f"{index} {name!r}" for index, name in enumerate(names))
    if label is not None:
        found = [index for index, name in enumerate(names) if plain(name) == plain(label)]
        if len(found) != 1:
            raise unreadable(f"The verifier's model '{model}' has no label '{label}'; its labels are {shown}.")
        return found[0]
    if outputs == 1:
        if OPPOSING.search(plain(names[0])) and plain(names[0]) not in SUPPORTING:
            raise unreadable(f"The one output of the verifier's model '{model}' is {shown}: it does not say support.")
        return 0
    found = [index for index, name in enumerate(names) if plain(name) in SUPPORTING]
    if not found and outputs == 2 and all(UNNAMED.fullmatch(plain(name)) for name in names):
        return 1
    if len(found) != 1:
        raise unreadable(f"The labels of the verifier's model '{model}' do not tell which one is support: {shown}.")
    return found[0]


def read_names(config: Mapping[str, Any], outputs: int, model: str) -> list[str]:
    """Return the name of each output, by index; ``LABEL_n`` where the configuration has none.

    Raises:
        VerifierError: ``id2label`` and ``label2id`` name the same output differently.
    """
    by_index = {int(index): str(name) for index, name in (config.get("id2label") or {}).items()}
    by_name = {int(index): str(name) for name, index in (config.get("label2id") or {}).items()}
    names: list[str] = []
    for index in range(outputs):
        given = [
            name
            for name in (by_index.get(index), by_name.get(index))
            if name is not None and not UNNAMED.fullmatch(plain(name))
        ]
        if len({plain(name) for name in given}) > 1:
            raise unreadable(
                f"The configuration of the verifier's model '{model}' calls output {index} both {given[0]!r}"
                f" (id2label) and {given[1]!r} (label2id)."
            )
        names.append(given[0] if given else f"LABEL_{index}")
    return names


def plain(name: str) -> str:
    """Return a label for comparison: lower case, words parted by single spaces.

    >>> plain("NOT_Entailment"), plain("LABEL_1")
    ('not entailment', 'label 1')
    """
    return " ".join(re.split(r"[\W_]+", name.lower().strip()))


def unreadable(problem: str) -> VerifierError:
    """Return the error for labels that do not tell."""
    return VerifierError(problem, remedy=REMEDY, field="verifier_label")
