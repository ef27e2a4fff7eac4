"""Who scores: two baselines that anyone can compute, and the verifiers; each claim scored once and remembered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from bench.quality.sets import Claim
from rag.protocols import Embedder, Verifier
from rag.sentences import segment
from rag.terms import analyse, is_no_claim
from rag.types import Evidence, Verdict
from rag.verifiers.support import weigh

RESULTS = Path(__file__).parents[1] / "results"
SOURCES = Path(__file__).parents[2] / "rag"
EMBEDDED_CHARACTERS = 700
"""A longer sentence is embedded by its beginning: the model takes no more."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a scorer says of a claim.

    Attributes:
        score: Support in [0, 1]; None where it says that it cannot tell.
        supported: Its own decision; None for a scorer that has no threshold of its own.
        unsupported: Start and end of the parts of the claim that it marks.
        sentences: Indices of the sentences of the evidence that it names, where the claim has any to choose from.
    """

    score: float | None
    supported: bool | None = None
    unsupported: tuple[tuple[int, int], ...] = ()
    sentences: tuple[int, ...] = ()


class Scorer(Protocol):
    """Scores claims, one by one."""

    @property
    def name(self) -> str:
        """What the tables call it."""
        ...

    @property
    def version(self) -> str:
        """What its scores depend on; another version is scored anew."""
        ...

    def score(self, claim: Claim) -> Scored:
        """Return what it says of a claim."""
        ...


class WordOverlap:
    """The share of a claim's content words and numbers that occur anywhere in the evidence."""

    name = "word overlap"
    version = "1"

    def score(self, claim: Claim) -> Scored:
        """Return the share; 1 for a claim without content words."""
        keys, target = keys_of(" ".join(claim.evidence)), keys_of(claim.text)
        shares = [len(target & keys_of(sentence)) for sentence in claim.sentences]
        best = (int(np.argmax(shares)),) if shares else ()
        return Scored(len(target & keys) / len(target) if target else 1.0, sentences=best)


class EmbeddingSimilarity:
    """The highest cosine of a claim and a sentence of the evidence, by the bundled embedder."""

    name = "embedding similarity"
    version = "1"

    @cached_property
    def embedder(self) -> Embedder:
        """The bundled one."""
        from rag.encoders import load_embedder

        return load_embedder()

    def score(self, claim: Claim) -> Scored:
        """Return the cosine, 0 where it is negative or there is no evidence."""
        sentences = claim.sentences or tuple(s for piece in claim.evidence for s in sentences_of(piece))
        if not sentences:
            return Scored(0.0)
        cosines = self.embed(sentences) @ self.embed((claim.text,))[0]
        best = int(np.argmax(cosines))
        return Scored(max(0.0, float(cosines[best])), sentences=(best,) if claim.sentences else ())

    @lru_cache(maxsize=64)  # noqa: B019  one instance, which lives as long as the process
    def embed(self, texts: tuple[str, ...]) -> np.ndarray:
        """Return one unit row a text; those of one document are asked for again and again."""
        short = [text[:EMBEDDED_CHARACTERS] or " " for text in texts]
        most = self.embedder.identity.max_tokens
        fitted = [
            text if count <= most else text[: int(len(text) * most / count * 0.8)]
            for text, count in zip(short, self.embedder.count_tokens(short), strict=True)
        ]
        rows = [self.embedder.embed_passages(fitted[i : i + 64]) for i in range(0, len(fitted), 64)]
        return np.concatenate(rows)


class ByVerifier:
    """One of our verifiers, at its own threshold."""

    def __init__(self, name: str, verifier: Verifier) -> None:
        """Take what the tables call it, and the verifier."""
        self.name = name
        self.verifier = verifier

    @property
    def version(self) -> str:
        """The verifier's identity, and a hash of the code and the fitted files that it may rest on."""
        identity = self.verifier.identity
        return f"{identity.name}-{identity.version}-{code_hash()}"

    def score(self, claim: Claim) -> Scored:
        """Return the judgement; a sentence that claims nothing is not one to warn of."""
        judgement = self.verifier.verify(claim.text, claim.evidence)
        if judgement.verdict is Verdict.NOT_A_CLAIM:
            return Scored(1.0, True)
        supported = judgement.verdict is Verdict.SUPPORTED
        marked = () if supported else tuple((start, end) for start, end in judgement.unsupported)
        return Scored(judgement.score, supported, marked, sentences_named(claim, judgement.evidence))


def sentences_named(claim: Claim, evidence: Sequence[Evidence]) -> tuple[int, ...]:
    """Return the sentences of the evidence that some stretches touch."""
    return tuple(
        index
        for index, (piece, span) in enumerate(claim.places)
        if any(one.index == piece and one.start < span.end and span.start < one.end for one in evidence)
    )


class Rules:
    """Overlap and explicit checks alone, at 0.5: the built-in tier without what was fitted."""

    name = "rules, before training"

    @property
    def version(self) -> str:
        """A hash of the code that it rests on."""
        return f"rules-{code_hash()}"

    def score(self, claim: Claim) -> Scored:
        """Return the best support of a piece of evidence."""
        supports = [(index, weigh(claim.text, piece)) for index, piece in enumerate(claim.evidence)]
        judged = [(support, index) for index, support in supports if support is not None]
        if is_no_claim(claim.text):
            return Scored(1.0, True)
        if not judged:
            return Scored(None, False)
        best, index = max(judged, key=lambda pair: (pair[0].score, -pair[1]))
        evidence = tuple(Evidence(index, *span) for span in best.spans)
        return Scored(best.score, best.score >= 0.5, (), sentences_named(claim, evidence))


def scorers() -> list[Scorer]:
    """Return all, in the order of the tables."""
    from rag.verifiers.built_in import BuiltInVerifier

    return [WordOverlap(), EmbeddingSimilarity(), Rules(), ByVerifier("built-in", BuiltInVerifier())]


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return a hash of the code and the fitted files of verifiers, terms and sentences."""
    digest = hashlib.sha256()
    paths = [path for room in ("verifiers", "encoders", "terms") for path in sorted((SOURCES / room).rglob("*"))]
    for path in [*paths, SOURCES / "sentences.py"]:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=4096)
def keys_of(text: str) -> frozenset[str]:
    """Return the content words and numbers of a text."""
    analysis = analyse(text)
    return analysis.keys | {str(number.value) for number in analysis.numbers}


@lru_cache(maxsize=1024)
def sentences_of(text: str) -> tuple[str, ...]:
    """Return the sentences of a text."""
    return tuple(text[slice(*span)] for span in segment(text))


def score_all(scorer: Scorer, claims: Sequence[Claim], folder: Path = RESULTS) -> list[Scored]:
    """Return what a scorer says of each claim; what it said before is read from `folder`, what is new kept there."""
    parts = [f"{claim.text}\0{chr(0).join(claim.evidence)}" for claim in claims]
    content = hashlib.sha256("\1".join([scorer.version, *parts]).encode("utf-8", "replace")).hexdigest()[:16]
    path = folder / f"quality-{scorer.name.replace(' ', '-').replace(',', '')}-{content}.json"
    if path.exists():
        return [restore(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    scored = [scorer.score(claim) for claim in claims]
    folder.mkdir(parents=True, exist_ok=True)
    kept = [[one.score, one.supported, one.unsupported, one.sentences] for one in scored]
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(kept), encoding="utf-8")
    unfinished.replace(path)
    return scored


def restore(row: list[object]) -> Scored:
    """Return what was kept."""
    score, supported, unsupported, sentences = row
    spans = tuple((start, end) for start, end in unsupported)  # type: ignore[attr-defined]
    return Scored(score, supported, spans, tuple(sentences))  # type: ignore[arg-type]
