"""Metrics of what an answer claims: pure functions, each with the definition it follows. None comes with a reason.

Throughout, a claim is a sentence that claims something, counted once however often it is said. What the verifier
cannot check (`Verdict.NOT_CHECKED`) counts as not supported as long as anything of the answer could be checked, so
that a score is never raised by saying something in a way that cannot be checked; where nothing could be, there is no
score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.evaluation.details import Score
from rag.evaluation.entailment import normal_form
from rag.types import Claim, Verdict

Holds = Callable[[str, Sequence[str]], bool | None]
"""Whether pieces of evidence support a claim; None where that cannot be said."""

CITATIONS_JUDGED = 10
"""Citations of one claim whose precision is judged; each further one counts as irrelevant, which bounds the work."""

CLAIMING = frozenset(Verdict) - {Verdict.NOT_A_CLAIM}
WORST_LAST = (Verdict.SUPPORTED, Verdict.NOT_CHECKED, Verdict.PARTIAL, Verdict.UNCITED, Verdict.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class CitedClaim:
    """A claim, its verdict, and the texts that it cites.

    Attributes:
        text: The claim.
        verdict: What the verifier says of it by all the passages.
        cited: What it cites, each once; an empty text for a citation of what is not there.
    """

    text: str
    verdict: Verdict
    cited: tuple[str, ...] = ()


def unique_claims(sentences: Sequence[Claim], cited: Sequence[Sequence[str]]) -> list[CitedClaim]:
    """Return what an answer claims, each claim once with all that it cites; its verdict is the worst it was given."""
    found: dict[str, CitedClaim] = {}
    for sentence, texts in zip(sentences, cited, strict=True):
        if sentence.verdict not in CLAIMING:
            continue
        key = normal_form(sentence.text)
        earlier = found.get(key)
        verdict = sentence.verdict
        if earlier is not None:
            texts = (*earlier.cited, *texts)
            verdict = max(verdict, earlier.verdict, key=WORST_LAST.index)
        found[key] = CitedClaim(sentence.text if earlier is None else earlier.text, verdict, (*dict.fromkeys(texts),))
    return list(found.values())


def faithfulness(claims: Sequence[CitedClaim]) -> Score:
    """Return the share of the claims that the passages support (Es et al. 2023, RAGAS; verdicts by our verifier).

    >>> faithfulness([CitedClaim("a", Verdict.SUPPORTED), CitedClaim("b", Verdict.PARTIAL)]).value
    0.5
    """
    if not claims:
        return Score(None, "it claims nothing")
    if all(claim.verdict is Verdict.NOT_CHECKED for claim in claims):
        return Score(None, "no claim could be checked")
    return Score(sum(claim.verdict is Verdict.SUPPORTED for claim in claims) / len(claims))


def checked_share(claims: Sequence[CitedClaim]) -> Score:
    """Return the share of the claims that could be checked at all: how much `faithfulness` rests on."""
    if not claims:
        return Score(None, "it claims nothing")
    return Score(sum(claim.verdict is not Verdict.NOT_CHECKED for claim in claims) / len(claims))


def uncited_share(claims: Sequence[CitedClaim]) -> Score:
    """Return the share of the claims that cite nothing."""
    if not claims:
        return Score(None, "it claims nothing")
    return Score(sum(not claim.cited for claim in claims) / len(claims))


def citation_recall(claims: Sequence[CitedClaim], holds: Holds) -> Score:
    """Return the share of the claims that what they cite, taken together, supports (Gao et al. 2023, ALCE, 4.3).

    A claim that cites nothing is not supported by it.
    """
    if not claims:
        return Score(None, "it claims nothing")
    found = [holds(claim.text, claim.cited) if claim.cited else False for claim in claims]
    if all(each is None for each in found):
        return Score(None, "no claim could be checked")
    return Score(sum(map(bool, found)) / len(claims))


def citation_precision(claims: Sequence[CitedClaim], holds: Holds) -> Score:
    """Return the share of the citations that are not irrelevant (Gao et al. 2023, ALCE, 4.3).

    A citation counts if what its claim cites supports it together, and it is not irrelevant: it supports the claim by
    itself, or the others no longer do without it. Of a claim with more than `CITATIONS_JUDGED` citations those count
    alone, as if it had no others, and the rest are irrelevant.
    """
    citations = [(claim, position) for claim in claims for position in range(len(claim.cited))]
    if not claims:
        return Score(None, "it claims nothing")
    if not citations:
        return Score(None, "it cites nothing")
    if all(holds(claim.text, claim.cited[:CITATIONS_JUDGED]) is None for claim in claims if claim.cited):
        return Score(None, "no claim could be checked")
    return Score(sum(is_relevant(*citation, holds) for citation in citations) / len(citations))


def is_relevant(claim: CitedClaim, position: int, holds: Holds) -> bool:
    """Return whether one citation counts for `citation_precision`."""
    judged = claim.cited[:CITATIONS_JUDGED]
    if position >= len(judged) or not holds(claim.text, judged):
        return False
    if holds(claim.text, judged[position : position + 1]):
        return True
    return not holds(claim.text, judged[:position] + judged[position + 1 :])


def harmonic_mean(precision: Score, recall: Score) -> Score:
    """Return F1 of precision and recall; 0.0 where both are, or where nothing is cited or said for a precision.

    >>> harmonic_mean(Score(1.0), Score(0.5)).value  # doctest: +ELLIPSIS
    0.666...
    """
    if recall.value is None:
        return recall
    if precision.value is None:
        return Score(0.0) if recall.value == 0 else precision
    total = precision.value + recall.value
    return Score(2 * precision.value * recall.value / total if total else 0.0)


def share_that_follows(claims: Sequence[str], follows: Callable[[str], bool | None], nothing: str) -> Score:
    """Return the share of claims for which `follows` holds; None where there are none (`nothing` says why).

    With an answer's claims and "follows from the reference" this is its precision, with the reference's claims and
    "follows from the answer" its recall (Ru et al. 2024, RAGChecker); with "follows from the passages" it is the
    recall of the context (Es et al. 2023, RAGAS).
    """
    if not claims:
        return Score(None, nothing)
    found = [follows(claim) for claim in claims]
    if all(each is None for each in found):
        return Score(None, "no claim could be compared")
    return Score(sum(map(bool, found)) / len(found))


def context_precision(relevant: Sequence[bool]) -> Score:
    """Return the mean of the precisions at the ranks of the relevant passages; 0.0 where none is relevant.

    Average precision (Manning et al. 2008, 8.4), as RAGAS takes it. A passage is relevant if it supports a claim of
    the reference by itself.

    >>> context_precision([True, False, True]).value  # doctest: +ELLIPSIS
    0.833...
    """
    if not relevant:
        return Score(None, "no passages")
    hits = 0
    total = 0.0
    for rank, each in enumerate(relevant, 1):
        hits += each
        total += each * hits / rank
    return Score(total / hits if hits else 0.0)


def exact_share(exact: Sequence[bool]) -> Score:
    """Return the share of the quotes that stand, character for character, where the answer says."""
    return Score(sum(exact) / len(exact)) if exact else Score(None, "it quotes nothing")
