"""The verifiers: a claim against evidence -> a judgement. One module a tier, all behind `rag.protocols.Verifier`.

- `built_in`: offline, shipped with Vouch.  `cross_encoder`: any sentence-transformers model that classifies pairs.
- `judge`: a language model.  `windows`: long evidence in pieces that a model can take in.

Loaded when first asked for (PEP 562): who judges with one tier does not wait for what the others import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rag.protocols import PaidVerifier, Verifier
from rag.types import Usage

if TYPE_CHECKING:
    from rag.verifiers.built_in import BuiltInVerifier
    from rag.verifiers.cross_encoder import CrossEncoderVerifier
    from rag.verifiers.judge import JudgeVerifier

__all__ = ["BuiltInVerifier", "CrossEncoderVerifier", "JudgeVerifier", "for_one_answer", "usage_of"]

MODULES = {"BuiltInVerifier": "built_in", "CrossEncoderVerifier": "cross_encoder", "JudgeVerifier": "judge"}


def __getattr__(name: str) -> Any:  # noqa: ANN401  a class
    """Return a verifier's class, loading its module."""
    if name not in MODULES:
        raise AttributeError(f"module 'rag.verifiers' has no attribute '{name}'")
    return getattr(importlib.import_module(f"rag.verifiers.{MODULES[name]}"), name)


def for_one_answer(verifier: Verifier) -> Verifier:
    """Return the verifier so that `usage_of` tells what judging one answer has cost."""
    return verifier.counting_anew() if isinstance(verifier, PaidVerifier) else verifier


def usage_of(verifier: Verifier) -> Usage:
    """Return what judging has cost; nothing for a verifier that runs here."""
    return verifier.usage if isinstance(verifier, PaidVerifier) else Usage()
