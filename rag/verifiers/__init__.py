"""The verifiers: a claim against evidence -> a judgement. One module a tier, all behind `rag.protocols.Verifier`.

- `built_in`: offline, shipped with Vouch.  `cross_encoder`: any sentence-transformers model that classifies pairs.
- `judge`: a language model.  `windows`: long evidence in pieces that a model can take in.
"""

from rag.protocols import PaidVerifier, Verifier
from rag.types import Usage
from rag.verifiers.built_in import BuiltInVerifier
from rag.verifiers.cross_encoder import CrossEncoderVerifier
from rag.verifiers.judge import JudgeVerifier

__all__ = ["BuiltInVerifier", "CrossEncoderVerifier", "JudgeVerifier", "for_one_answer", "usage_of"]


def for_one_answer(verifier: Verifier) -> Verifier:
    """Return the verifier so that `usage_of` tells what judging one answer has cost."""
    return verifier.counting_anew() if isinstance(verifier, PaidVerifier) else verifier


def usage_of(verifier: Verifier) -> Usage:
    """Return what judging has cost; nothing for a verifier that runs here."""
    return verifier.usage if isinstance(verifier, PaidVerifier) else Usage()
