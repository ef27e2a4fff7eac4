"""Which rows of a public set may be fitted on, and which only measure.

Split by source document, so that no sentence of a measured row was ever seen with another claim. The split is a
hash of the document's name and nothing else: it cannot drift, and anyone can compute it.
"""

from __future__ import annotations

import hashlib

MEASURED = 0.25
"""Share of the documents whose rows only measure."""

COMBINING = 0.35
"""Documents from `MEASURED` up to this fit the combination of evidence; claims about the rest fit the encoder."""

READING = 0.45
"""Where documents were judged passage by passage (ClapNQ, NoMIRACL), the encoder is fitted from this share on: what is
fitted behind it, the decision to abstain, needs more of these few rows."""


def share_of(set_name: str, source_id: str) -> float:
    """Return a fixed pseudo-random number in [0, 1) for a source document of a set."""
    digest = hashlib.sha256(f"{set_name}:{source_id}".encode()).digest()
    return digest[0] / 256


def is_test(set_name: str, source_id: str) -> bool:
    """Return whether rows on this source document only measure: a quarter of the documents."""
    return share_of(set_name, source_id) < MEASURED


def is_combining(set_name: str, source_id: str) -> bool:
    """Return whether rows on this source document fit the combination of evidence, which the encoder must not see."""
    return MEASURED <= share_of(set_name, source_id) < COMBINING
