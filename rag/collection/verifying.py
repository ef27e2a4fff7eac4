"""Anyone's answer judged by texts alone, without a collection."""

from __future__ import annotations

from collections.abc import Sequence

from rag.checking import GivenPassage, SupportCheck, check_support, number_passages
from rag.collection.workers import close_verifier, make_verifier
from rag.config import Settings, load_settings
from rag.protocols import Verifier


def verify(
    answer: str | Sequence[str],
    passages: Sequence[str | GivenPassage],
    *,
    verifier: Verifier | None = None,
    settings: Settings | None = None,
) -> SupportCheck:
    """Judge each sentence of an answer, anyone's, by passages; no collection is needed.

    Whatever markers the answer carries play no part. `rag.wire.WireChecked.model_validate` makes of the result what
    ``POST /v1/verify`` gives. To judge by what a collection holds, see `Collection.judge`.

    Args:
        answer: A text, which is cut into sentences, or its sentences.
        passages: What to judge by; an answer without passages is unsupported.
        verifier: Judges; made from the settings if None. Whoever judges many answers with a model makes it once, by
            `rag.collection.make_verifier`.
        settings: Read from the environment and ``vouch.toml`` if None; only the verifier's play a part.

    Raises:
        ConfigError: A setting cannot be used.
        VerifierError: The verifier's model cannot be loaded or run.

    Examples:
        >>> import rag
        >>> check = rag.verify(
        ...     ["Saturn has 274 known moons.", "Saturn has 300 known moons."], ["Saturn has 274 known moons."]
        ... )
        >>> [str(sentence.verdict) for sentence in check.sentences]
        ['supported', 'unsupported']
        >>> check.citations[0].quote
        'Saturn has 274 known moons.'
    """
    given = [GivenPassage(passage) if isinstance(passage, str) else passage for passage in passages]
    judge = verifier or make_verifier(settings or load_settings())
    try:
        return check_support(answer, number_passages(given), judge)
    finally:
        if verifier is None:
            close_verifier(judge)
