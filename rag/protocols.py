"""The seams: what one room may ask of another. Each has two implementations; a fake counts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from rag.types import (
    DraftEnd,
    DraftSentence,
    EmbedderIdentity,
    Hit,
    Judgement,
    Passage,
    Repair,
    Usage,
    VerifierIdentity,
)

if TYPE_CHECKING:
    from rag.types.sources import Matrix, Vector


class Embedder(Protocol):
    """Text in, unit vectors out. Safe to call from several threads at once."""

    @property
    def identity(self) -> EmbedderIdentity:
        """What the vectors depend on."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Return one unit row per text, (n, dimension), float32, in order; (0, dimension) for none.

        Raises:
            EmbedderError: The model cannot be run, or gave a vector that is not finite.
        """
        ...

    def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a question, (dimension,), float32.

        Raises:
            EmbedderError: The model cannot be run, or gave a vector that is not finite.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has as a passage, prompt and special tokens included, uncut."""
        ...


class SearchIndex(Protocol):
    """An immutable snapshot of one generation; searching it needs no lock."""

    @property
    def generation(self) -> int:
        """The store's generation that it shows."""
        ...

    def __len__(self) -> int:
        """Return the number of live chunks."""
        ...

    def search_dense(self, query: Vector, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return at most `k` live chunks by inner product, best first; only those in `allowed`, if given."""
        ...

    def search_lexical(self, question: str, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """Return at most `k` live chunks by BM25 over the question's terms, best first."""
        ...

    def score_dense(self, query: Vector, chunk_ids: Sequence[int]) -> list[float]:
        """Return the inner product of the question with each chunk, in order; 0.0 for one that is not live."""
        ...


class Drafter(Protocol):
    """Question and passages in, sentences out as they come."""

    @property
    def name(self) -> str:
        """``extractive``, or the model's name."""
        ...

    def draft(self, question: str, passages: Sequence[Passage]) -> AsyncIterator[DraftSentence | DraftEnd]:
        """Yield sentences in order, then one `DraftEnd`. Closing the iterator cancels what is under way.

        Raises:
            ModelError: The model did not answer (before its first sentence; later it is an incomplete draft).
        """
        ...

    async def repair(self, question: str, sentence: DraftSentence, problem: str, passages: Sequence[Passage]) -> Repair:
        """Return what should stand in the place of a drafted sentence that the passages do not bear out.

        One that is cancelled leaves nothing under way. Several may run at once, and beside a draft.

        Args:
            question: The stand-alone question.
            sentence: As drafted.
            problem: What is wrong with it, in words.
            passages: What it may rest on.

        Raises:
            ModelError: The model did not answer.
        """
        ...

    async def aclose(self) -> None:
        """Close what drafting has opened on the running event loop; drafting again opens it anew."""
        ...


@runtime_checkable
class EmbeddingDrafter(Drafter, Protocol):
    """A drafter that compares texts in meaning."""

    def embedding_through(self, embedder: Embedder) -> Self:
        """Return the same drafter with another embedder of the same vectors; itself where it goes by words alone."""
        ...


class Verifier(Protocol):
    """A claim against evidence. Deterministic: same input, same judgement. Safe in several threads."""

    @property
    def identity(self) -> VerifierIdentity:
        """Tier, version, threshold and model, which stand in every answer."""
        ...

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """Judge one sentence by the best support among the pieces of evidence.

        Adding irrelevant evidence does not change the verdict. No evidence gives `Verdict.UNSUPPORTED`; where the
        verifier cannot tell, it says so: `Verdict.NOT_CHECKED`, never a guess.

        Raises:
            VerifierError: The verifier's model cannot be run.
        """
        ...


@runtime_checkable
class PaidVerifier(Verifier, Protocol):
    """A verifier whose judgements cost something, and which keeps connections open."""

    @property
    def usage(self) -> Usage:
        """What judging has cost since it was made."""
        ...

    def counting_anew(self) -> Self:
        """Return the same verifier with a usage that begins at nothing."""
        ...

    def close(self) -> None:
        """Close what judging has opened; judging again opens it anew. Idempotent."""
        ...
