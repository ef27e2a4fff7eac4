"""The verifiers: a claim against evidence -> a judgement. One module a tier, all behind `rag.protocols.Verifier`."""

from rag.verifiers.built_in import BuiltInVerifier

__all__ = ["BuiltInVerifier"]
